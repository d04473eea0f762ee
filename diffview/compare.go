package diffview

import (
	"slices"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// change is one place where two texts differ: the lines a0 to a1 (exclusive, counted from 0) of the old one became the
// lines b0 to b1 of the new one. Two changes always have an unchanged line between them.
type change struct{ a0, a1, b0, b1 int }

// maxCells bounds old lines times new lines in one exact comparison, which takes time up to that product: a fifth of
// a second. Above it the texts are first cut at lines that both have once, and the result need not be minimal.
const maxCells = 1 << 24

// maxRounds is how often a part is cut at anchors before it is cut in the middle.
const maxRounds = 4

// compare returns the changes that turn a into b, in order.
func compare(a, b []string) []change {
	head, tail := commonEnds(a, b)
	m := newMatcher(a[head:len(a)-tail], b[head:len(b)-tail])
	m.match(upTo(len(m.a)), upTo(len(m.b)), 0)
	changes := m.changes(head)
	slide(changes, a, b)
	return changes
}

// commonEnds counts the equal elements at the start and, of the rest, at the end.
func commonEnds[T comparable](a, b []T) (head, tail int) {
	shorter := min(len(a), len(b))
	for head < shorter && a[head] == b[head] {
		head++
	}
	for tail < shorter-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// matcher pairs the equal lines of two texts in ascending order. A line is a number here, equal lines the same one.
type matcher struct {
	a, b []int
	pair []int // for each line of a the one of b it is kept as, or -1
	most int   // maxCells, less in tests
}

func newMatcher(a, b []string) *matcher {
	numbers := map[string]int{}
	number := func(lines []string) []int {
		out := make([]int, len(lines))
		for i, line := range lines {
			n, ok := numbers[line]
			if !ok {
				n = len(numbers)
				numbers[line] = n
			}
			out[i] = n
		}
		return out
	}
	m := &matcher{a: number(a), b: number(b), most: maxCells}
	m.pair = slices.Repeat([]int{-1}, len(a))
	return m
}

// match pairs the lines at the places ai of the old text with those at the places bi of the new one. Lines that only
// one side has are dropped beforehand: they can never be paired, and most of what a fix changes is of that kind.
//
// Too large a problem is cut at anchors. Text made so that each round of anchors yields only a few would take forever,
// so after maxRounds it is cut in the middle instead.
func (m *matcher) match(ai, bi []int, round int) {
	ai, bi = m.matchEnds(ai, bi)
	if len(ai) == 0 || len(bi) == 0 {
		return
	}
	ai, bi = shared(m.a, ai, m.b, bi), shared(m.b, bi, m.a, ai)
	if len(ai) == 0 {
		return
	}
	if len(ai)*len(bi) <= m.most {
		m.exact(ai, bi)
		return
	}
	cuts := [][2]int{{len(ai) / 2, len(bi) / 2}}
	if round < maxRounds {
		if found := m.anchors(ai, bi); len(found) > 0 {
			cuts = found
		}
	}
	from := [2]int{}
	for _, cut := range append(cuts, [2]int{len(ai), len(bi)}) {
		m.match(ai[from[0]:cut[0]], bi[from[1]:cut[1]], round+1)
		from = cut
	}
}

// matchEnds pairs equal lines at both ends and returns the places left between them.
func (m *matcher) matchEnds(ai, bi []int) (restA, restB []int) {
	for len(ai) > 0 && len(bi) > 0 && m.a[ai[0]] == m.b[bi[0]] {
		m.pair[ai[0]] = bi[0]
		ai, bi = ai[1:], bi[1:]
	}
	for len(ai) > 0 && len(bi) > 0 && m.a[ai[len(ai)-1]] == m.b[bi[len(bi)-1]] {
		m.pair[ai[len(ai)-1]] = bi[len(bi)-1]
		ai, bi = ai[:len(ai)-1], bi[:len(bi)-1]
	}
	return ai, bi
}

// exact pairs as many lines as can be. go-diff compares strings of runes and breaks on surrogates, so the lines are
// numbered anew from 0: both sides have the same lines, at most the root of maxCells, far below U+D800.
func (m *matcher) exact(ai, bi []int) {
	runes := map[int]rune{}
	encode := func(lines, at []int) []rune {
		out := make([]rune, len(at))
		for i, place := range at {
			r, ok := runes[lines[place]]
			if !ok {
				r = rune(len(runes))
				runes[lines[place]] = r
			}
			out[i] = r
		}
		return out
	}
	for _, d := range runeDiff(encode(m.a, ai), encode(m.b, bi)) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			ai = ai[n:]
		case diffmatchpatch.DiffInsert:
			bi = bi[n:]
		case diffmatchpatch.DiffEqual:
			for i := range n {
				m.pair[ai[i]] = bi[i]
			}
			ai, bi = ai[n:], bi[n:]
		}
	}
}

// runeDiff is go-diff without a time limit: with one, the result would be minimal only on a quick machine.
func runeDiff(a, b []rune) []diffmatchpatch.Diff {
	d := diffmatchpatch.New()
	d.DiffTimeout = 0
	return d.DiffMainRunes(a, b, false)
}

// anchors finds lines that stand once in ai and once in bi, as many as keep their order, and returns where in ai and bi.
func (m *matcher) anchors(ai, bi []int) [][2]int {
	inA, inB := places(m.a, ai), places(m.b, bi)
	var piles []int         // piles[n]: where in ai the lowest-ending run of n+1 anchors ends
	before := map[int]int{} // the anchor before this one in its run
	other := map[int]int{}  // where in bi
	for i, place := range ai {
		j := inB[m.a[place]]
		if j < 0 || inA[m.a[place]] < 0 {
			continue
		}
		other[i] = j
		n, _ := slices.BinarySearchFunc(piles, j, func(top, j int) int { return other[top] - j })
		if n > 0 {
			before[i] = piles[n-1]
		}
		if n == len(piles) {
			piles = append(piles, i)
		} else {
			piles[n] = i
		}
	}
	run := make([][2]int, len(piles))
	for n := len(piles) - 1; n >= 0; n-- {
		i := piles[n]
		run[n] = [2]int{i, other[i]}
		if n > 0 {
			piles[n-1] = before[i]
		}
	}
	return run
}

// places maps each line to where in at it stands, or to -1 when it stands there more than once.
func places(lines, at []int) map[int]int {
	found := make(map[int]int, len(at))
	for i, place := range at {
		if _, twice := found[lines[place]]; twice {
			i = -1
		}
		found[lines[place]] = i
	}
	return found
}

// shared returns those places of at whose line also stands at one of the places there of others.
func shared(lines, at, others, there []int) []int {
	has := make(map[int]bool, len(there))
	for _, place := range there {
		has[others[place]] = true
	}
	var out []int
	for _, place := range at {
		if has[lines[place]] {
			out = append(out, place)
		}
	}
	return out
}

// changes lists what lies between the pairs, moved down by the lines above the compared part.
func (m *matcher) changes(head int) []change {
	var out []change
	i, j := 0, 0
	for i < len(m.a) || j < len(m.b) {
		i0, j0 := i, j
		for i < len(m.a) && m.pair[i] < 0 {
			i++
		}
		j = len(m.b)
		if i < len(m.a) {
			j = m.pair[i]
		}
		if i > i0 || j > j0 {
			out = append(out, change{head + i0, head + i, head + j0, head + j})
		}
		i, j = i+1, j+1
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
