package prove

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestAlign(t *testing.T) {
	for _, row := range []struct{ before, after, want string }{
		{"abc", "abc", ""},
		{"abc", "axc", "b/x"},
		{"abc", "ac", "b/"},
		{"ac", "abc", "/b"},
		{"abcd", "xbcy", "a/x d/y"},
		{"abc", "bca", "a/ /a"},
		{"", "ab", "/ab"},
		{"ab", "", "ab/"},
	} {
		var got []string
		for _, g := range align(len(row.before), len(row.after), func(i, j int) bool { return row.before[i] == row.after[j] }) {
			got = append(got, letters(row.before, g.before)+"/"+letters(row.after, g.after))
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s to %s: got %q, want %q", row.before, row.after, s, row.want)
		}
	}
}

func letters(s string, places []int) string {
	var b strings.Builder
	for _, p := range places {
		b.WriteByte(s[p])
	}
	return b.String()
}

// What is joined must be in order, each place once, as many as can be, and at the least distance that any way has.
func TestPairUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n, m := r.IntN(5), r.IntN(5)
		table := make([][]int, n)
		for i := range table {
			for range m {
				table[i] = append(table[i], r.IntN(5)-1)
			}
		}
		distance := func(i, j int) int {
			if table[i][j] == 0 {
				return 1 // the equal never come here
			}
			return table[i][j]
		}
		var joined, sum int
		lastB, lastA := -1, -1
		var all []int
		for _, p := range pairUp(span(0, n), span(0, m), distance) {
			if p.before >= 0 {
				if p.before <= lastB {
					t.Fatal("out of order")
				}
				lastB = p.before
				all = append(all, p.before)
			}
			if p.after >= 0 {
				if p.after <= lastA {
					t.Fatal("out of order")
				}
				lastA = p.after
				all = append(all, 100+p.after)
			}
			if p.before >= 0 && p.after >= 0 {
				joined++
				sum += distance(p.before, p.after)
			}
		}
		slices.Sort(all)
		if !slices.Equal(all, slices.Concat(span(0, n), span(100, 100+m))) {
			t.Fatalf("%v are not all places once", all)
		}
		if wantJoined, wantSum := bestPairs(0, 0, n, m, distance); joined != wantJoined || sum != wantSum {
			t.Fatalf("%v: %d joined at %d, want %d at %d", table, joined, sum, wantJoined, wantSum)
		}
	}
}

// bestPairs tries every way.
func bestPairs(i, j, n, m int, distance func(i, j int) int) (joined, sum int) {
	if i == n || j == m {
		return 0, 0
	}
	joined, sum = bestPairs(i+1, j, n, m, distance)
	for k := j; k < m; k++ {
		if d := distance(i, k); d >= 0 {
			if c, s := bestPairs(i+1, k+1, n, m, distance); c+1 > joined || c+1 == joined && s+d < sum {
				joined, sum = c+1, s+d
			}
		}
	}
	return joined, sum
}
