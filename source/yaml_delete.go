package source

import (
	"bytes"
	"strings"
)

// DeleteEntry takes out an entry of a block mapping with its whole lines. The comments in it go too or, with keepComments,
// become lines of their own. A blank line below goes where there would else be one at the top of the file, or two in a row,
// and those above where they would be the end of the file.
func (d *Document) DeleteEntry(key *Node, keepComments bool) ([]Splice, error) {
	if err := d.mayDelete(key); err != nil {
		return nil, err
	}
	start, err := d.entryLine(key)
	if err != nil {
		return nil, err
	}
	value := key.Value()
	gone := Span{start, nextLine(d.Bytes, max(value.Span.End, key.Span.End))}
	if err := d.noTabBelow(max(value.Span.End, key.Span.End)); err != nil {
		return nil, err
	}
	for _, n := range []*Node{key, value} {
		if err := usedOutside(n, gone); err != nil {
			return nil, err
		}
	}
	if keepComments {
		if splices := d.deleteAround(gone, key); splices != nil {
			return splices, nil
		}
	}
	gone.End = d.swallowBlankLine(gone)
	if gone.End == len(d.Bytes) && key.index > 0 {
		gone.Start = d.blankLinesAbove(gone.Start, key.Parent.Children[key.index-2].lastOfEntry())
	}
	if gone.Start == 0 && bytes.HasPrefix(d.Bytes[gone.End:], bom) {
		return nil, refuse("what stands below %s would start with a byte order mark", key.name())
	}
	above := d.blockScalarAbove(key)
	if above != nil && d.wouldAbsorb(above, gone.End) {
		return nil, refuse("the block scalar of %s would take in what stands below", above.name())
	}
	if gone.End == len(d.Bytes) && !endsBreak(d.Bytes, gone.End) {
		if above != nil && d.needsLineEnd(above) {
			return nil, refuse("the block scalar of %s would lose its line end", above.name())
		}
		gone.Start = lineEndBefore(d.Bytes, gone.Start)
	}
	return []Splice{{gone, ""}}, nil
}

func (d *Document) mayDelete(key *Node) error {
	if !key.IsKey() {
		return refuse("there is no such key")
	}
	mapping := key.Parent
	if err := d.mayRestructure(mapping); err != nil {
		return err
	}
	switch {
	case mapping.Indent < 0:
		return refuse("%s stands in [ ] or { }", key.name())
	case len(mapping.Children) == 2:
		return refuse("%s is the only entry of %s", key.name(), mapping.name())
	}
	var err error
	walk(key.Value(), func(n *Node) bool {
		if isOverride(n) {
			err = refuse("%s carries the tag %s", n.name(), n.YAML.Tag)
		}
		return err == nil
	})
	return err
}

// deleteAround takes out gone but for the comments in it, each of which becomes a line of its own where the key stood; nil
// where there are none.
func (d *Document) deleteAround(gone Span, key *Node) []Splice {
	from := key.Span.Start
	if key.lead >= 0 {
		from = key.lead
	}
	comments := d.commentsIn(Span{from, gone.End})
	if len(comments) == 0 {
		return nil
	}
	indent := d.Text(Span{gone.Start, from})
	splices := []Splice{{Span{from, comments[0].Start}, ""}}
	for i, c := range comments[1:] {
		if between := (Span{nextLine(d.Bytes, comments[i].End), c.Start}); d.Text(between) != indent {
			splices = append(splices, Splice{between, indent})
		}
	}
	rest := Span{nextLine(d.Bytes, comments[len(comments)-1].End), gone.End}
	if !endsBreak(d.Bytes, gone.End) {
		rest.Start = comments[len(comments)-1].End
	}
	if rest.Len() > 0 {
		splices = append(splices, Splice{rest, ""})
	}
	return splices
}

// swallowBlankLine is the end of gone, or that of the blank line below it.
func (d *Document) swallowBlankLine(gone Span) int {
	below := Span{gone.End, nextLine(d.Bytes, gone.End)}
	if below.Len() == 0 || !isBlankLine(d.Bytes[below.Start:below.End]) {
		return gone.End
	}
	if gone.Start > 0 && !bytes.Equal(d.Bytes[:gone.Start], bom) {
		end := lineEndBefore(d.Bytes, gone.Start)
		if !isBlankLine(d.Bytes[lineStart(d.Bytes, end):end]) {
			return gone.End
		}
	}
	return below.End
}

// blankLinesAbove is the start of the blank lines between the node before and the line that starts at start; start where
// there are none. Blank lines that belong to a block scalar stand in that.
func (d *Document) blankLinesAbove(start int, before *Node) int {
	top := nextLine(d.Bytes, before.Span.End)
	for start > top {
		above := lineStart(d.Bytes, lineEndBefore(d.Bytes, start))
		if !isBlankLine(d.Bytes[above:start]) {
			break
		}
		start = above
	}
	return start
}

// blockScalarAbove is the block scalar that ends right above an entry; nil where something else does.
func (d *Document) blockScalarAbove(key *Node) *Node {
	if key.index == 0 {
		return nil
	}
	if leaf := lastLeaf(key.Parent.Children[key.index-2].lastOfEntry()); isBlockScalar(leaf) {
		return leaf
	}
	return nil
}

// wouldAbsorb reports whether lines from offset at on could become text of a block scalar that comes to stand right above
// them: blank lines where it keeps them all, or with blanks in them, and comments that are indented.
func (d *Document) wouldAbsorb(scalar *Node, at int) bool {
	keeps := readBlockHeader(d.Bytes, scalar.Content.Start).chomp == '+'
	for at < len(d.Bytes) {
		line := d.Bytes[at:lineEnd(d.Bytes, at)]
		switch {
		case len(line) == 0 && !keeps:
			at = nextLine(d.Bytes, at)
		case isBlankLine(line):
			return true
		default:
			text := bytes.TrimLeft(line, " ")
			return text[0] == '#' && len(line)-len(text) > scalar.Parent.Indent
		}
	}
	return false
}

// DeleteItem takes an item of plain or quoted text out of a block sequence, with its line and, where they would be the end of
// the file, the blank lines above it.
func (d *Document) DeleteItem(item *Node) ([]Splice, error) {
	list := item.Parent
	if !list.IsSequence() {
		return nil, refuse("%s is not an item of a list", item.name())
	}
	if err := d.mayRestructure(list); err != nil {
		return nil, err
	}
	s, ok := item.Scalar()
	start := lineStart(d.Bytes, item.Span.Start)
	line := Span{start, nextLine(d.Bytes, item.Span.End)}
	switch {
	case list.Indent < 0:
		return nil, refuse("%s stands in [ ]", item.name())
	case len(list.Children) == 1:
		return nil, refuse("%s is the only item of %s", item.name(), list.name())
	case !ok || s.Style >= LiteralStyle || item.lead < start || strings.Trim(d.Text(Span{start, item.lead}), " ") != "":
		return nil, refuse("%s does not have a line for itself", item.name())
	case len(d.commentsIn(line)) > 0:
		return nil, refuse("a comment stands behind %s", item.name())
	case item.index > 0 && isBlockScalar(lastLeaf(list.Children[item.index-1])):
		return nil, refuse("the block scalar above %s could take in what stands below", item.name())
	}
	if err := usedOutside(item, line); err != nil {
		return nil, err
	}
	if line.End == len(d.Bytes) && item.index > 0 {
		line.Start = d.blankLinesAbove(line.Start, list.Children[item.index-1])
	}
	if line.End == len(d.Bytes) && !endsBreak(d.Bytes, line.End) {
		line.Start = lineEndBefore(d.Bytes, line.Start)
	}
	return []Splice{{line, ""}}, nil
}
