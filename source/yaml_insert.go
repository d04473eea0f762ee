package source

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// AppendEntry adds an entry, or several, to a mapping: right after the last line of its last value, so that comments and
// blank lines below stay where they are. The lines are YAML at column 0; those of nested mappings are indented by
// Compose.Step.
func (d *Document) AppendEntry(mapping *Node, lines []string) ([]Splice, error) {
	if err := d.mayAddEntries(mapping, lines); err != nil {
		return nil, err
	}
	return d.insertAfter(mapping, mapping.Indent, lines)
}

// InsertEntryAfter adds an entry, or several, below another one.
func (d *Document) InsertEntryAfter(key *Node, lines []string) ([]Splice, error) {
	if !key.IsKey() {
		return nil, refuse("there is no such key")
	}
	if err := d.mayAddEntries(key.Parent, lines); err != nil {
		return nil, err
	}
	return d.insertAfter(key.lastOfEntry(), key.Parent.Indent, lines)
}

// InsertEntryBefore adds an entry, or several, above another one and the comments that stand right above it. A comment at
// the top of the file is not taken as one of the entry.
func (d *Document) InsertEntryBefore(key *Node, lines []string) ([]Splice, error) {
	if !key.IsKey() {
		return nil, refuse("there is no such key")
	}
	if err := d.mayAddEntries(key.Parent, lines); err != nil {
		return nil, err
	}
	start, err := d.entryLine(key)
	if err != nil {
		return nil, err
	}
	newline := d.newlineAt(lineEnd(d.Bytes, key.Span.Start))
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(indented(line, key.Parent.Indent) + newline)
	}
	at := d.aboveComments(start)
	return []Splice{{Span{at, at}, text.String()}}, nil
}

// AppendItem adds a scalar to a block sequence, below its last item and written like that.
func (d *Document) AppendItem(sequence *Node, value string) ([]Splice, error) {
	if err := d.mayRestructure(sequence); err != nil {
		return nil, err
	}
	switch {
	case !sequence.IsSequence():
		return nil, refuse("%s is not a list", sequence.name())
	case sequence.Indent < 0:
		return nil, refuse("%s is written in [ ]", sequence.name())
	case !utf8.ValidString(value):
		return nil, refuse("the new value is not UTF-8")
	}
	style := PlainStyle
	if s, ok := sequence.Children[len(sequence.Children)-1].Scalar(); ok && s.Style <= DoubleQuotedStyle {
		style = s.Style
	}
	return d.insertAfter(sequence, sequence.Indent, []string{"- " + writeScalar(value, style, place{})})
}

// mayAddEntries checks that lines are entries that a mapping can take.
func (d *Document) mayAddEntries(mapping *Node, lines []string) error {
	if err := d.mayRestructure(mapping); err != nil {
		return err
	}
	switch {
	case !mapping.IsMapping():
		return refuse("%s is not a mapping", mapping.name())
	case mapping.Indent < 0:
		return refuse("%s is written in { }", mapping.name())
	}
	if keys := plainEntries(lines); keys != nil {
		return mapping.lacks(keys)
	}
	piece, err := entriesOf(lines)
	if err != nil {
		return err
	}
	var keys []string
	for i := 0; i < len(piece.Compose.Root.Children); i += 2 {
		keys = append(keys, piece.Compose.Root.Children[i].Text())
	}
	if err := mapping.lacks(keys); err != nil {
		return err
	}
	return d.anchorsAreNew(piece)
}

// lacks checks that a mapping has none of the keys.
func (n *Node) lacks(keys []string) error {
	for _, key := range keys {
		if there, _ := n.Get(key); there != nil {
			return refuse("%s is there already, on line %d", there.name(), there.Line())
		}
	}
	return nil
}

// entriesOf parses lines that are the entries of a mapping, to be put below and above text of any kind.
func entriesOf(lines []string) (*Document, error) {
	piece, err := fragment(lines)
	if err != nil {
		return nil, err
	}
	entries := piece.Compose.Root
	if _, twice := duplicateKey(entries); !entries.IsMapping() || twice != nil {
		return nil, refuse("the new text is not a list of entries")
	}
	if strings.TrimLeft(lines[0], " \t") != lines[0] || lines[0] == "" {
		return nil, refuse("a block scalar above could take in the first line of the new text")
	}
	if isBlockScalar(lastLeaf(entries)) {
		return nil, refuse("the new text ends in a block scalar, which could take in the lines below")
	}
	return piece, nil
}

// insertAfter adds lines below the line on which n ends, comment included, and below the comments of n that follow it.
func (d *Document) insertAfter(n *Node, indent int, lines []string) ([]Splice, error) {
	at := d.belowComments(n, lineEnd(d.Bytes, n.Span.End), indent)
	if at == len(d.Bytes) && d.needsLineEnd(n) {
		return nil, refuse("%s ends the file without a line end, which would become part of it", lastLeaf(n).name())
	}
	if at < len(d.Bytes) && breakLen(d.Bytes, at) == len("\u2028") {
		return nil, refuse("the line of %s ends in a line or paragraph separator", lastLeaf(n).name())
	}
	if err := d.noTabBelow(at); err != nil {
		return nil, err
	}
	newline := d.newlineAt(at)
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(newline + indented(line, indent))
	}
	return []Splice{{Span{at, at}, text.String()}}, nil
}

// needsLineEnd reports whether a line end after n would change the value of a block scalar there.
func (d *Document) needsLineEnd(n *Node) bool {
	leaf := lastLeaf(n)
	return isBlockScalar(leaf) && readBlockHeader(d.Bytes, leaf.Content.Start).chomp != '-'
}

// lastLeaf is the last node of n that holds none itself.
func lastLeaf(n *Node) *Node {
	for len(n.Children) > 0 && !n.IsFlow() {
		if last := n.Children[len(n.Children)-1]; last.Key != nil {
			n = last.Key.lastOfEntry()
		} else {
			n = last
		}
	}
	return n
}

// lastOfEntry is the value of a key, or the key itself where there is only `? key`.
func (n *Node) lastOfEntry() *Node {
	if value := n.Value(); value.lead >= 0 || !value.IsEmpty() {
		return value
	}
	return n
}

// newlineAt is the line end for a line that is added at the line end at offset at: the same one, at the end of the file
// that of the line before. In a file with line ends of both kinds each part so keeps its own.
func (d *Document) newlineAt(at int) string {
	if at == len(d.Bytes) {
		at = lineEndBefore(d.Bytes, lineStart(d.Bytes, at))
	}
	if at == len(d.Bytes) || breakLen(d.Bytes, at) == 0 {
		return d.Newline
	}
	switch newline := d.Text(Span{at, at + breakLen(d.Bytes, at)}); {
	case newline == "\n", newline == "\r\n", newline == "\r":
		return newline
	case carriageReturnsOnly(d.Bytes):
		return "\r"
	}
	return d.Newline
}

func indented(line string, indent int) string {
	if line == "" {
		return ""
	}
	return strings.Repeat(" ", indent) + line
}

// entryLine is the start of the line of a key, which must be the first thing on it.
func (d *Document) entryLine(key *Node) (int, error) {
	at := key.Span.Start
	if key.lead >= 0 {
		at = key.lead
	}
	start := lineStart(d.Bytes, at)
	if strings.Trim(d.Text(Span{start, at}), " ") != "" {
		return 0, refuse("%s is not the first on its line", key.name())
	}
	return start, nil
}

// aboveComments is the start of the block of comments that ends right above the line at start, where they are indented
// like it; start where there is none, or where the block is the first thing in the file.
func (d *Document) aboveComments(start int) int {
	column := d.columnOfText(start)
	at := start
	for at > 0 && lineEndBefore(d.Bytes, at) < at {
		above := lineStart(d.Bytes, lineEndBefore(d.Bytes, at))
		comments := d.commentsIn(Span{above, at})
		if len(comments) == 0 || !comments[0].Own || d.columnOfText(above) != column {
			return at
		}
		at = above
	}
	return start
}

// columnOfText is the number of blanks at the start of a line.
func (d *Document) columnOfText(start int) int {
	n := 0
	for start+n < len(d.Bytes) && d.Bytes[start+n] == ' ' {
		n++
	}
	return n
}

// belowComments is the line end of the last comment right below the line end at offset at that belongs to n: one that is indented deeper than
// the entries to be added, or one of an item, in a list whose items stand no deeper than its key.
func (d *Document) belowComments(n *Node, at, indent int) int {
	if isBlockScalar(lastLeaf(n)) {
		return at
	}
	for {
		start := nextLine(d.Bytes, at)
		end := lineEnd(d.Bytes, start)
		comments := d.commentsIn(Span{start, end})
		if start >= len(d.Bytes) || len(comments) == 0 || !comments[0].Own {
			return at
		}
		column := d.columnOfText(start)
		item := column == indent && n.lastItems().Indent == indent && strings.HasPrefix(strings.TrimLeft(d.Text(Span{start, end}), "# "), "- ")
		if column <= indent && !item {
			return at
		}
		at = end
	}
}

// lastItems is the last block sequence that n is, or ends in as a mapping; a node without indentation where there is none.
func (n *Node) lastItems() *Node {
	for n != nil && n.IsMapping() && !n.IsFlow() && len(n.Children) > 0 {
		n = n.Children[len(n.Children)-1]
	}
	if n == nil || !n.IsSequence() {
		return &Node{Indent: -1}
	}
	return n
}

// isBlockScalar reports whether n is a literal or folded scalar.
func isBlockScalar(n *Node) bool {
	return n.YAML.Kind == yaml.ScalarNode && styleOf(n.YAML) >= LiteralStyle
}
