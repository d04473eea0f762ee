package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Refused is why an edit of a YAML file cannot be made, in words for the user: nothing then is to be changed.
type Refused string

func (r Refused) Error() string { return string(r) }

func refuse(format string, args ...any) error { return Refused(fmt.Sprintf(format, args...)) }

// maxKeyLen is the length of the longest key that is written; YAML readers give up at 1,024 characters.
const maxKeyLen = 512

// ReplaceScalar gives a scalar another value. It is written in the style of the old one where that can hold it, else with
// quotes; a literal or folded scalar becomes one of one line. An anchor stays, so that all its aliases change too: see
// Shared.
func (d *Document) ReplaceScalar(n *Node, value string) ([]Splice, error) {
	if err := d.mayChange(n); err != nil {
		return nil, err
	}
	s, ok := n.Scalar()
	switch {
	case !ok:
		return nil, refuse("%s is not a scalar", n.name())
	case n.IsEmpty():
		return nil, refuse("%s has no value to replace", n.name())
	case n.YAML.Style&yaml.TaggedStyle != 0 && s.Tag != "!!str":
		return nil, refuse("%s carries the tag %s", n.name(), s.Tag)
	case !utf8.ValidString(value):
		return nil, refuse("the new value is not UTF-8")
	}
	if err := d.mayReplace(n); err != nil {
		return nil, err
	}
	if n.IsKey() {
		if err := n.mayRename(value); err != nil {
			return nil, err
		}
	}
	text := writeScalar(value, s.Style, place{flow: n.InFlow, tag: s.Tag})
	if text == d.Text(n.Content) {
		return nil, nil
	}
	return []Splice{{n.Content, text}}, nil
}

// mayReplace checks that other text can stand where n does.
func (d *Document) mayReplace(n *Node) error {
	if len(d.commentsIn(n.Content)) > 0 {
		return refuse("a comment stands in %s", n.name())
	}
	if at := n.Content.Start; at > n.Span.Start && !isBlank(d.Bytes[at-1]) && !endsBreak(d.Bytes, at) {
		return refuse("no blank stands between %s and its anchor", n.name())
	}
	// yaml.v3 takes a | or > on a line of its own for the value of a key that is as deep; it takes nothing else there.
	start := lineStart(d.Bytes, n.Content.Start)
	if isBlockScalar(n) && n.Parent != nil && n.Content.Start-start <= n.Parent.Indent && isBlankLine(d.Bytes[start:n.Content.Start]) {
		return refuse("%s is not indented below its key", n.name())
	}
	return d.noTabBelow(n.Content.End)
}

// noTabBelow checks the blank lines and comments below the line of an offset. yaml.v3 takes tabs at their start behind a
// plain scalar and nowhere else, so that nothing but one may come to stand above them.
func (d *Document) noTabBelow(at int) error {
	for at = nextLine(d.Bytes, at); at < len(d.Bytes); at = nextLine(d.Bytes, at) {
		line := d.Bytes[at:lineEnd(d.Bytes, at)]
		text := bytes.TrimLeft(line, " \t")
		if bytes.IndexByte(line[:len(line)-len(text)], '\t') >= 0 {
			return refuse("line %d starts with a tab", d.lineAt(at))
		}
		if len(text) > 0 && text[0] != '#' {
			break
		}
	}
	return nil
}

// mayRename checks that a key can be given a name.
func (n *Node) mayRename(name string) error {
	switch other, _ := n.Parent.Get(name); {
	case isMerge(n):
		return refuse("%s merges a mapping", n.name())
	case other != nil && other != n:
		return refuse("%s is there already, on line %d", other.name(), other.Line())
	case len(name) > maxKeyLen:
		return refuse("a key of %d bytes is too long", len(name))
	}
	return nil
}

// ReplaceNode puts YAML text of one line in the place of a scalar, an alias, or a collection in [ ] or { }. An anchor
// stays.
func (d *Document) ReplaceNode(n *Node, text string) ([]Splice, error) {
	if err := d.mayChange(n); err != nil {
		return nil, err
	}
	switch {
	case n.IsEmpty():
		return nil, refuse("%s has no value to replace", n.name())
	case n.Indent >= 0:
		return nil, refuse("%s is not in flow style", n.name())
	case n.YAML.Style&yaml.TaggedStyle != 0:
		return nil, refuse("%s carries the tag %s", n.name(), n.YAML.ShortTag())
	case n.YAML.Kind != yaml.ScalarNode && n.Shared() != nil:
		return nil, n.sharedError()
	}
	if err := d.mayReplace(n); err != nil {
		return nil, err
	}
	if err := usedOutside(n, n.Content); err != nil {
		return nil, err
	}
	if n.IsFlow() && d.Bytes[n.Content.Start] != '[' && d.Bytes[n.Content.Start] != '{' {
		return nil, refuse("%s is a pair without braces", n.name())
	}
	if err := d.mayStandFor(n, text); err != nil {
		return nil, err
	}
	return []Splice{{n.Content, text}}, nil
}

// mayStandFor checks that text is one node where n stands.
func (d *Document) mayStandFor(n *Node, text string) error {
	if isOneWord(text) && !n.IsKey() {
		return d.mayEndBefore(n, text)
	}
	around := "- " + text
	if n.InFlow {
		around = "- [" + text + "]"
	}
	piece, err := fragment([]string{around})
	if err != nil {
		return err
	}
	item := piece.Compose.Root.Children[0]
	if n.InFlow && len(item.Children) == 1 {
		item = item.Children[0]
	}
	whole := item.Indent < 0 && !item.IsEmpty() && item.Content.Len() == len(text)
	if !whole || isPair(item) || isBlockScalar(item) || marksDocument(text) {
		return refuse("the new text of %s is not one YAML value", n.name())
	}
	if err := d.mayEndBefore(n, text); err != nil {
		return err
	}
	if err := d.anchorsAreNew(piece); err != nil {
		return err
	}
	if n.IsKey() {
		return n.mayRename(item.Text())
	}
	return nil
}

// isPair reports whether n is a pair without braces of its own: [a: b].
func isPair(n *Node) bool {
	return n.IsMapping() && n.IsFlow() && len(n.Children) > 0 &&
		(n.Children[0].lead >= 0 && n.Children[0].lead == n.Content.Start || n.Children[0].Span.Start == n.Content.Start)
}

// mayEndBefore checks that text ends in the place of n where it ends alone.
func (d *Document) mayEndBefore(n *Node, text string) error {
	if d.runsInto(n, text) {
		return refuse("the new text of %s would run into what stands right behind it", n.name())
	}
	return nil
}

// runsInto reports whether text in the place of n would not end where n ends. Right behind quotes and brackets a colon or,
// for yaml.v3, a comment may stand; behind other text it belongs to that: {"a":1} has a key and a value, {a:1} one key.
func (d *Document) runsInto(n *Node, text string) bool {
	rest := d.Bytes[n.Content.End:]
	if n.InFlow && joinsColon(rest) && !strings.ContainsAny(text[len(text)-1:], `"']}`) {
		return true
	}
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
	}
	switch {
	case len(rest) == 0, isBlank(rest[0]), breakLen(rest, 0) > 0, strings.ContainsAny(text[len(text)-1:], `"']}`):
		return false
	}
	return !n.InFlow || d.Bytes[n.Content.End] == ':' || !strings.ContainsRune(",]}", rune(rest[0]))
}

// joinsColon reports whether a colon comes next that is one only behind quotes or brackets, as nothing is set off behind it: yaml.v3
// reads {"a" :} as a key and {a :} as the text "a :".
func joinsColon(rest []byte) bool {
	next := bytes.TrimLeft(rest, " \t\r\n")
	return len(next) < len(rest) && len(next) > 1 && next[0] == ':' && !isBlank(next[1]) && breakLen(next, 1) == 0
}

// InsertValue gives a value to a node that has none: `key:` or `-`.
func (d *Document) InsertValue(n *Node, value string) ([]Splice, error) {
	if err := d.mayRestructure(n); err != nil {
		return nil, err
	}
	switch {
	case !n.IsEmpty():
		return nil, refuse("%s has a value", n.name())
	case n.InFlow:
		return nil, refuse("%s stands in [ ] or { }", n.name())
	case n.lead < 0:
		return nil, refuse("no : or - stands before the value of %s", n.name())
	case n.YAML.Style&yaml.TaggedStyle != 0:
		return nil, refuse("%s carries the tag %s", n.name(), n.YAML.Tag)
	case n.IsKey():
		return nil, refuse("%s is a key", n.name())
	case !utf8.ValidString(value):
		return nil, refuse("the new value is not UTF-8")
	}
	return []Splice{{Span{n.Content.End, n.Content.End}, " " + writeScalar(value, PlainStyle, place{})}}, nil
}

// name is how messages call n.
func (n *Node) name() string {
	if path := n.Path(); path != "" {
		return path
	}
	return "the top level"
}

// mayChange checks that the text of n may be changed.
func (d *Document) mayChange(n *Node) error {
	switch {
	case d.Compose == nil || n == nil:
		return refuse("there is no such place")
	case d.Compose.Refusal != "":
		return Refused(d.Compose.Refusal)
	case n.Declined != "":
		return Refused(n.Declined)
	}
	for p := n; p != nil; p = p.Parent {
		if isOverride(p) {
			return refuse("%s carries the tag %s", p.name(), p.YAML.Tag)
		}
	}
	return nil
}

// mayRestructure checks that entries or items may be added to n, or taken from it.
func (d *Document) mayRestructure(n *Node) error {
	if err := d.mayChange(n); err != nil {
		return err
	}
	if n.Shared() != nil {
		return n.sharedError()
	}
	if first, second := duplicateKey(n); second != nil {
		return refuse("%s is defined twice, on lines %d and %d", second.name(), first.Line(), second.Line())
	}
	return nil
}

func (n *Node) sharedError() error {
	shared := n.Shared()
	return refuse("%s is used through the anchor &%s, on line %d too", shared.name(), shared.YAML.Anchor, shared.uses()[0].Line())
}

// isOverride reports whether n carries one of the tags by which Compose files that are merged replace each other's text.
func isOverride(n *Node) bool { return n.YAML.Tag == "!reset" || n.YAML.Tag == "!override" }

// usedOutside checks that no alias outside of gone uses an anchor in n that goes with it. The anchor of n itself is in
// gone or not.
func usedOutside(n *Node, gone Span) error {
	var err error
	walk(n, func(n *Node) bool {
		for _, use := range n.uses() {
			if gone.Contains(n.Span) && !gone.Contains(use.Span) {
				err = refuse("the anchor &%s of %s is used on line %d", n.YAML.Anchor, n.name(), use.Line())
			}
		}
		return err == nil
	})
	return err
}

// commentsIn are the comments of YAML that start in s.
func (d *Document) commentsIn(s Span) []Comment {
	after := func(c Comment, at int) int { return c.Start - at }
	from, _ := slices.BinarySearchFunc(d.Comments, s.Start, after)
	to, _ := slices.BinarySearchFunc(d.Comments, s.End, after)
	return slices.DeleteFunc(slices.Clone(d.Comments[from:to]), func(c Comment) bool { return c.Inline })
}

// fragment parses lines of YAML that are to be put into a file. Its messages do not quote them, as they may hold secrets of
// the file.
func fragment(lines []string) (*Document, error) {
	for _, line := range lines {
		switch {
		case !utf8.ValidString(line) || lineEnd([]byte(line), 0) < len(line):
			return nil, refuse("a line of the new text holds a line end or is not UTF-8")
		case marksDocument(line), strings.HasPrefix(line, "%"), strings.ContainsRune(line, '\uFEFF'):
			return nil, refuse("a line of the new text belongs to no entry")
		}
	}
	b := []byte(strings.Join(lines, "\n") + "\n")
	docs, err := parseYAML(b)
	if err != nil || len(docs) != 1 {
		return nil, refuse("the new text is not YAML")
	}
	piece := &Document{Bytes: b, text: string(b), lines: lineStarts(b), Compose: &Compose{}}
	roots, _ := mapYAML(piece, docs)
	root := roots[0]
	if root.Declined != "" || root.Indent != 0 || root.Content != root.Span {
		return nil, refuse("the new text is not a list of entries")
	}
	piece.Compose.Documents, piece.Compose.Root = []*Node{root}, root
	return piece, nil
}

// marksDocument reports whether a line of this text would start or end a document.
func marksDocument(text string) bool {
	marker := strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...")
	return marker && (len(text) == 3 || isBlank(text[3]))
}

// anchorsAreNew checks that the file has none of the anchors of a piece that is put into it: an alias below would then stand
// for something else.
func (d *Document) anchorsAreNew(piece *Document) error {
	anchors := map[string]bool{}
	walk(piece.Compose.Root, func(n *Node) bool {
		if n.YAML.Anchor != "" {
			anchors[n.YAML.Anchor] = true
		}
		return true
	})
	if len(anchors) == 0 {
		return nil
	}
	var err error
	for _, root := range d.Compose.Documents {
		walk(root, func(n *Node) bool {
			if anchors[n.YAML.Anchor] {
				err = refuse("the anchor &%s of the new text is there already, on line %d", n.YAML.Anchor, n.Line())
			}
			return err == nil
		})
	}
	return err
}
