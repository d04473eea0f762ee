package source

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ListToMap turns a list of scalars into a mapping. For each item entry gives the lines of the entry that takes its place,
// at column 0: "db:", "  condition: service_healthy". Comments between and behind the items stay where they are. A list in
// [ ] becomes a mapping with an entry a line.
func (d *Document) ListToMap(list *Node, entry func(item *Node) ([]string, error)) ([]Splice, error) {
	if err := d.mayRestructure(list); err != nil {
		return nil, err
	}
	if !list.IsSequence() || len(list.Children) == 0 || list.Content != list.Span {
		return nil, refuse("%s is not a plain list", list.name())
	}
	if list.InFlow {
		return nil, refuse("%s stands in [ ] or { }", list.name())
	}
	if err := d.mayEndInColon(list); err != nil {
		return nil, err
	}
	entries, err := d.entriesFor(list, entry)
	if err != nil {
		return nil, err
	}
	if list.IsFlow() {
		return d.flowListToMap(list, entries)
	}
	return d.blockListToMap(list, entries)
}

// mayEndInColon checks that a colon and lines below can stand where a list or its items end.
func (d *Document) mayEndInColon(list *Node) error {
	ends := list.Children
	if list.IsFlow() {
		ends = []*Node{list}
	}
	for _, n := range ends {
		// yaml.v3 takes a # for a comment right behind a quote or a bracket, but not behind a colon.
		if at := n.Span.End; at < len(d.Bytes) && !isBlank(d.Bytes[at]) && breakLen(d.Bytes, at) == 0 {
			return refuse("no blank stands behind %s", n.name())
		}
		if err := d.noTabBelow(n.Span.End); err != nil {
			return err
		}
	}
	return nil
}

// entriesFor asks for the entry of each item of a list.
func (d *Document) entriesFor(list *Node, entry func(item *Node) ([]string, error)) ([][]string, error) {
	var entries [][]string
	var all []string
	for _, item := range list.Children {
		s, ok := item.Scalar()
		if !ok || s.Style >= LiteralStyle || item.IsEmpty() || item.Content != item.Span {
			return nil, refuse("%s is not plain or quoted text", item.name())
		}
		lines, err := entry(item)
		if err != nil {
			return nil, err
		}
		if err := d.mayTakeItem(lines); err != nil {
			return nil, err
		}
		entries = append(entries, lines)
		all = append(all, lines...)
	}
	if _, err := entriesOf(all); err != nil {
		return nil, refuse("%s names something twice", list.name())
	}
	return entries, nil
}

// mayTakeItem checks that lines can stand in place of an item: the first one where that stands, above the comment behind it
// the others.
func (d *Document) mayTakeItem(lines []string) error {
	piece, err := entriesOf(lines)
	if err != nil {
		return err
	}
	if piece.Compose.Root.Line() != 1 {
		return refuse("the new text does not start with its entry")
	}
	behind, err := fragment(append([]string{lines[0] + " # c"}, lines[1:]...))
	if err != nil || len(behind.Comments) != len(piece.Comments)+1 || !sameTree(behind.Compose.Root.YAML, piece.Compose.Root.YAML) {
		return refuse("no comment can stand behind the first line of the new text")
	}
	return d.anchorsAreNew(piece)
}

// sameTree reports whether two nodes mean the same and are written in the same style.
func sameTree(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Style == b.Style && a.Tag == b.Tag && a.Anchor == b.Anchor && a.Value == b.Value &&
		slices.EqualFunc(a.Content, b.Content, sameTree)
}

// blockListToMap puts each entry where its item stands. The items of a list may have the column of the key above, the
// entries of a mapping must be deeper: there the dash becomes a blank.
func (d *Document) blockListToMap(list *Node, entries [][]string) ([]Splice, error) {
	shift := 0
	if list.Parent.IsMapping() && list.Indent == list.Parent.Indent {
		shift = 2
	}
	var splices []Splice
	for i, item := range list.Children {
		start := lineStart(d.Bytes, item.lead)
		old := Span{item.lead, item.Span.End}
		if strings.Trim(d.Text(Span{start, item.lead}), " ") != "" {
			return nil, refuse("%s is not the first on its line", item.name())
		}
		if len(d.commentsIn(old)) > 0 {
			return nil, refuse("a comment stands in %s", item.name())
		}
		head := strings.Repeat(" ", shift) + entries[i][0]
		splices = append(splices, d.withLinesBelow(old, head, list.Indent+shift, entries[i][1:])...)
	}
	return splices, nil
}

// flowListToMap moves the items of a list that stands on the line of its key to lines of their own.
func (d *Document) flowListToMap(list *Node, entries [][]string) ([]Splice, error) {
	key := list.Key
	switch {
	case key == nil || list.lead < 0:
		return nil, refuse("%s is not the value of a key with a line of its own", list.name())
	case lineEnd(d.Bytes, list.lead) < list.Span.End:
		return nil, refuse("%s goes over several lines", list.name())
	}
	var lines []string
	for _, entry := range entries {
		lines = append(lines, entry...)
	}
	old := Span{list.lead + 1, list.Span.End}
	return d.withLinesBelow(old, "", key.Parent.Indent+d.Compose.Step, lines), nil
}

// ScalarToMap turns a scalar that stands on the line of its key into a mapping with it as the value of an entry: "build: ./app" into
// "build:" and, below, "context: ./app". A comment behind it stays on the line of the key.
func (d *Document) ScalarToMap(n *Node, name string) ([]Splice, error) {
	s, ok := n.Scalar()
	if err := d.mayRestructure(n); err != nil {
		return nil, err
	}
	switch {
	case !ok || n.IsEmpty() || s.Style >= LiteralStyle || n.Content != n.Span:
		return nil, refuse("%s is not plain or quoted text", n.name())
	case n.InFlow:
		return nil, refuse("%s stands in [ ] or { }", n.name())
	case n.Key == nil || n.lead < 0:
		return nil, refuse("%s is not the value of a key", n.name())
	case lineEnd(d.Bytes, n.lead) < n.Span.End:
		return nil, refuse("%s does not stand on the line of its key", n.name())
	}
	if err := d.mayEndInColon(n); err != nil {
		return nil, err
	}
	return d.withLinesBelow(Span{n.lead + 1, n.Span.End}, "", n.Key.Parent.Indent+d.Compose.Step, []string{name + ": " + d.Text(n.Span)}), nil
}

// withLinesBelow replaces old and adds lines below the line on which it ends. Edits that touch are made one.
func (d *Document) withLinesBelow(old Span, text string, indent int, lines []string) []Splice {
	at := lineEnd(d.Bytes, old.End)
	newline := d.newlineAt(at)
	var below strings.Builder
	for _, line := range lines {
		below.WriteString(newline + indented(line, indent))
	}
	switch {
	case len(lines) == 0:
		return []Splice{{old, text}}
	case at == old.End:
		return []Splice{{old, text + below.String()}}
	}
	return []Splice{{old, text}, {Span{at, at}, below.String()}}
}
