package prove

import "slices"

// gap is a run of places that two lists do not share, between two places that they do.
type gap struct{ before, after []int }

// mostCells bounds the tables of align and pairUp. Lists that would need more are compared place by place.
const mostCells = 1 << 20

// align finds the longest common subsequence of two lists and gives the gaps between its members.
func align(n, m int, same func(i, j int) bool) []gap {
	from := 0
	for from < n && from < m && same(from, from) {
		from++
	}
	for n > from && m > from && same(n-1, m-1) {
		n, m = n-1, m-1
	}
	if n == from && m == from {
		return nil
	}
	if (n-from)*(m-from) > mostCells {
		return []gap{{span(from, n), span(from, m)}}
	}
	return gapsOf(from, n, m, commonLengths(from, n, m, same))
}

// commonLengths is the usual table: the length of the longest common subsequence of what follows (i, j), its sign
// negative where the two places themselves are the same.
func commonLengths(from, n, m int, same func(i, j int) bool) [][]int {
	t := make([][]int, n-from+1)
	for i := range t {
		t[i] = make([]int, m-from+1)
	}
	for i := n - 1; i >= from; i-- {
		for j := m - 1; j >= from; j-- {
			x, y := i-from, j-from
			if same(i, j) {
				t[x][y] = -(abs(t[x+1][y+1]) + 1)
				continue
			}
			t[x][y] = max(abs(t[x+1][y]), abs(t[x][y+1]))
		}
	}
	return t
}

func gapsOf(from, n, m int, t [][]int) []gap {
	gaps := []gap{{}}
	for i, j := from, from; i < n || j < m; {
		g := &gaps[len(gaps)-1]
		switch {
		case i < n && j < m && t[i-from][j-from] < 0:
			if len(g.before)+len(g.after) > 0 {
				gaps = append(gaps, gap{})
			}
			i, j = i+1, j+1
		case j >= m || i < n && abs(t[i+1-from][j-from]) >= abs(t[i-from][j+1-from]):
			g.before = append(g.before, i)
			i++
		default:
			g.after = append(g.after, j)
			j++
		}
	}
	return gaps
}

// pair is one place of each list; -1 stands for none.
type pair struct{ before, after int }

// pairUp joins as many places as it can, in order, and of the ways to do so takes one with the least sum of distances.
// Places of distance -1 cannot be joined.
func pairUp(before, after []int, distance func(i, j int) int) []pair {
	var first, last []pair
	// No distance is smaller than 1, the equal being gone, so that neighbours at this distance belong together.
	for len(before) > 0 && len(after) > 0 && near(distance(before[0], after[0])) {
		first = append(first, pair{before[0], after[0]})
		before, after = before[1:], after[1:]
	}
	for n, m := len(before)-1, len(after)-1; n >= 0 && m >= 0 && near(distance(before[n], after[m])); n, m = n-1, m-1 {
		last = append(last, pair{before[n], after[m]})
		before, after = before[:n], after[:m]
	}
	slices.Reverse(last)
	return slices.Concat(first, pairRest(before, after, distance), last)
}

func near(distance int) bool { return distance == 0 || distance == 1 }

func pairRest(before, after []int, distance func(i, j int) int) []pair {
	n, m := len(before), len(after)
	if n*m > mostCells/16 { // a distance takes longer than a comparison
		return inOrder(before, after, distance)
	}
	const alone = 1 << 20 // more than the distances of any two lists sum up to
	cost := make([][]int, n+1)
	for x := n; x >= 0; x-- {
		cost[x] = make([]int, m+1)
		for y := m; y >= 0; y-- {
			switch {
			case x == n:
				cost[x][y] = (m - y) * alone
			case y == m:
				cost[x][y] = (n - x) * alone
			default:
				cost[x][y] = alone + min(cost[x+1][y], cost[x][y+1])
				if d := distance(before[x], after[y]); d >= 0 {
					cost[x][y] = min(cost[x][y], d+cost[x+1][y+1])
				}
			}
		}
	}
	return cheapest(before, after, distance, cost, alone)
}

func cheapest(before, after []int, distance func(i, j int) int, cost [][]int, alone int) []pair {
	n, m := len(before), len(after)
	var pairs []pair
	for x, y := 0, 0; x < n || y < m; {
		if x < n && y < m {
			if d := distance(before[x], after[y]); d >= 0 && cost[x][y] == d+cost[x+1][y+1] {
				pairs = append(pairs, pair{before[x], after[y]})
				x, y = x+1, y+1
				continue
			}
		}
		if y == m || x < n && cost[x][y] == alone+cost[x+1][y] {
			pairs = append(pairs, pair{before[x], -1})
			x++
			continue
		}
		pairs = append(pairs, pair{-1, after[y]})
		y++
	}
	return pairs
}

// inOrder joins the places one by one as far as they can be joined.
func inOrder(before, after []int, distance func(i, j int) int) []pair {
	var pairs []pair
	for k := range max(len(before), len(after)) {
		switch {
		case k >= len(before):
			pairs = append(pairs, pair{-1, after[k]})
		case k >= len(after):
			pairs = append(pairs, pair{before[k], -1})
		case distance(before[k], after[k]) < 0:
			pairs = append(pairs, pair{before[k], -1}, pair{-1, after[k]})
		default:
			pairs = append(pairs, pair{before[k], after[k]})
		}
	}
	return pairs
}

func span(from, to int) []int {
	s := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		s = append(s, i)
	}
	return s
}

func abs(n int) int { return max(n, -n) }
