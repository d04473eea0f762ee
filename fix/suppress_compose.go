package fix

import "github.com/dockfix/dockfix/source"

// composeScope is the entry of a mapping or the item of a list that a comment speaks of, with all that it holds: the one
// that starts on the comment's own line, or the next one below where the comment has its line for itself.
func composeScope(doc *source.Document, c source.Comment) (source.Span, bool) {
	line, _ := doc.Position(c.Start)
	var found source.Span
	ok := false
	for _, root := range doc.Compose.Documents {
		entries(root, func(e source.Span) bool {
			on, _ := doc.Position(e.Start)
			hit := c.Own && e.Start > c.End || !c.Own && on == line && e.Start < c.Start
			if hit && !ok {
				found, ok = e, true
			}
			return !ok
		})
	}
	return found, ok
}

// entries calls visit for the entries and items below n in file order, outer ones first, until it returns false.
func entries(n *source.Node, visit func(source.Span) bool) bool {
	for i, child := range n.Children {
		switch {
		case n.IsMapping() && i%2 == 0:
			value := n.Children[i+1]
			if !visit(source.Span{Start: child.Span.Start, End: max(child.Span.End, value.Span.End)}) || !entries(value, visit) {
				return false
			}
		case n.IsSequence():
			if !visit(child.Span) || !entries(child, visit) {
				return false
			}
		}
	}
	return true
}
