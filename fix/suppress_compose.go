package fix

import (
	"sort"

	"github.com/dockfix/dockfix/source"
)

// scopes finds the entries of mappings and the items of lists that comments of a Compose file speak of.
type scopes struct {
	doc     *source.Document
	entries []source.Span // in file order, outer ones first
}

func newScopes(doc *source.Document) *scopes {
	s := &scopes{doc: doc}
	for _, root := range doc.Compose.Documents {
		s.gather(root)
	}
	return s
}

// gather adds the entries and items below n, each with all that it holds.
func (s *scopes) gather(n *source.Node) {
	for i, child := range n.Children {
		switch {
		case n.IsMapping() && i%2 == 0:
			value := n.Children[i+1]
			s.entries = append(s.entries, source.Span{Start: child.Span.Start, End: max(child.Span.End, value.Span.End)})
			s.gather(value)
		case n.IsSequence():
			s.entries = append(s.entries, child.Span)
			s.gather(child)
		}
	}
}

// of is the entry that a comment speaks of. Where the comment has its line for itself that is the next one below, unless
// it is indented less; else the outermost one that starts on its line. Where none does, as behind the closing bracket of a
// list, it is the innermost one that the line belongs to.
func (s *scopes) of(c source.Comment) (source.Span, bool) {
	line, column := s.doc.Position(c.Start)
	if c.Own {
		i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].Start > c.End })
		if i == len(s.entries) {
			return source.Span{}, false
		}
		_, entryColumn := s.doc.Position(s.entries[i].Start)
		return s.entries[i], entryColumn >= column
	}
	start := s.doc.Line(line).Start
	i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].Start >= start })
	if i < len(s.entries) && s.entries[i].Start < c.Start {
		return s.entries[i], true
	}
	for i--; i >= 0; i-- {
		if s.entries[i].End > start {
			return s.entries[i], true
		}
	}
	return source.Span{}, false
}
