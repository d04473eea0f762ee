package fix

import (
	"sort"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// moves tells where the places of a text stand after splices, and the other way round.
type moves struct {
	splices []source.Splice // in order
	grown   []int           // by how many bytes the text grew up to and with each
}

func newMoves(splices []source.Splice) *moves {
	m := &moves{splices: splices, grown: make([]int, len(splices))}
	sort.SliceStable(splices, func(i, j int) bool {
		a, b := splices[i], splices[j]
		return a.Start < b.Start || a.Start == b.Start && a.End < b.End
	})
	total := 0
	for i, s := range splices {
		total += len(s.New) - s.Len()
		m.grown[i] = total
	}
	return m
}

// after is where a span of the old text stands in the new one. An end inside a replaced range goes to its start; what is
// inserted at an end stands before it.
func (m *moves) after(s source.Span) source.Span {
	return source.Span{Start: m.offset(s.Start), End: m.offset(s.End)}
}

func (m *moves) offset(old int) int {
	i := sort.Search(len(m.splices), func(i int) bool { return m.splices[i].End > old })
	if i < len(m.splices) && m.splices[i].Start < old {
		old = m.splices[i].Start
	}
	if i > 0 {
		old += m.grown[i-1]
	}
	return old
}

// before is where an offset of the new text stood in the old one: for inserted text, where it was inserted.
func (m *moves) before(now int) int {
	grown := func(i int) int {
		if i == 0 {
			return 0
		}
		return m.grown[i-1]
	}
	// The last splice that starts at or before the place.
	i := sort.Search(len(m.splices), func(i int) bool { return m.splices[i].Start+grown(i) > now }) - 1
	if i < 0 {
		return now
	}
	if s := m.splices[i]; now < s.Start+grown(i)+len(s.New) {
		return s.Start
	}
	return now - m.grown[i]
}

// touches reports whether a splice lies inside the span, or reaches into it.
func (m *moves) touches(s source.Span) bool {
	i := sort.Search(len(m.splices), func(i int) bool { return m.splices[i].End > s.Start })
	return i < len(m.splices) && m.splices[i].Start < s.End
}

// lineNumbers finds the numbers of lines in a reason.
var lineNumbers = lazyregexp.New(`\b(lines?) \d+(?: and \d+)?`)

// withOldLines is the reason of this round, or the known one where nothing but the numbers of lines differs: like the place of the finding
// they are those of the original text.
func withOldLines(known, now string) string {
	if known != now && lineNumbers.ReplaceAllString(known, "$1") == lineNumbers.ReplaceAllString(now, "$1") {
		return known
	}
	return now
}
