package source

import "bytes"

// DeleteEntry takes out an entry of a block mapping with its whole lines. A comment behind the key goes with it, or
// becomes a line of its own with keepComment. A blank line below goes too where there would else be one at the top of the
// file, or two in a row.
func (d *Document) DeleteEntry(key *Node, keepComment bool) ([]Splice, error) {
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
	if keepComment {
		if splices := d.deleteAround(gone, key); splices != nil {
			return splices, nil
		}
	}
	gone.End = d.swallowBlankLine(gone)
	above := d.blockScalarAbove(key)
	if above != nil && d.wouldAbsorb(above, gone.End) {
		return nil, refuse("the block scalar of %s would take in what stands below", above.name())
	}
	if gone.End == len(d.Bytes) && !endsBreak(d.Bytes, gone.End) {
		if above != nil && d.needsLineEnd(above) {
			return nil, refuse("the block scalar of %s would lose its line end", above.name())
		}
		gone.Start = d.lineEndBefore(gone.Start)
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

// deleteAround takes out gone but for the comment behind the key, or else behind the value; nil where there is none.
func (d *Document) deleteAround(gone Span, key *Node) []Splice {
	comments := d.commentsIn(Span{key.Span.End, lineEnd(d.Bytes, key.Span.End)})
	if len(comments) == 0 {
		comments = d.commentsIn(Span{key.Value().Span.End, gone.End})
	}
	if len(comments) == 0 {
		return nil
	}
	from := key.Span.Start
	if key.lead >= 0 {
		from = key.lead
	}
	splices := []Splice{{Span{from, comments[0].Start}, ""}}
	if rest := nextLine(d.Bytes, comments[0].End); rest < gone.End {
		splices = append(splices, Splice{Span{rest, gone.End}, ""})
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
		end := d.lineEndBefore(gone.Start)
		if !isBlankLine(d.Bytes[lineStart(d.Bytes, end):end]) {
			return gone.End
		}
	}
	return below.End
}

func isBlankLine(line []byte) bool { return len(bytes.Trim(line, " \t\r\n")) == 0 }

// lineEndBefore is the offset of the line end right before start.
func (d *Document) lineEndBefore(start int) int {
	switch {
	case start >= 2 && d.Bytes[start-1] == '\n' && d.Bytes[start-2] == '\r':
		return start - 2
	case start >= 1 && (d.Bytes[start-1] == '\n' || d.Bytes[start-1] == '\r'):
		return start - 1
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
		end := nextLine(d.Bytes, at)
		line := bytes.TrimRight(d.Bytes[at:end], "\r\n")
		switch {
		case len(line) == 0 && !keeps:
			at = end
		case isBlankLine(line):
			return true
		default:
			text := bytes.TrimLeft(line, " ")
			return text[0] == '#' && len(line)-len(text) > scalar.Parent.Indent
		}
	}
	return false
}
