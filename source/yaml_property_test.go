package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// yamlOperation is one edit and what it must do to the tree of the file, and to nothing else.
type yamlOperation struct {
	name string
	at   *Node
	edit func() ([]Splice, error)
	want treeChange
}

func (o yamlOperation) String() string { return o.name + " " + o.at.name() }

// treeChange is the difference between two trees: at a node of the first, its value is another, or count nodes of its
// Content are taken out at index and new scalars put in.
type treeChange struct {
	at     *yaml.Node
	value  string
	index  int
	count  int
	insert []string
	toMap  bool // a list becomes a mapping: each item a key with a value
}

const placeholder = "PH__0"

// yamlOperations are all edits that can be tried on a file.
func yamlOperations(d *Document) []yamlOperation {
	var ops []yamlOperation
	add := func(name string, n *Node, want treeChange, edit func() ([]Splice, error)) {
		ops = append(ops, yamlOperation{name, n, edit, want})
	}
	entry := []string{placeholder + ": x"}
	for _, root := range d.Compose.Documents {
		walk(root, func(n *Node) bool {
			y := n.YAML
			end := treeChange{at: y, index: len(y.Content), insert: []string{placeholder, "x"}}
			switch {
			case n.IsEmpty():
				add("insert value", n, treeChange{at: y, value: placeholder}, func() ([]Splice, error) { return d.InsertValue(n, placeholder) })
			case n.Indent < 0:
				add("replace", n, treeChange{at: y, value: placeholder}, func() ([]Splice, error) { return d.ReplaceNode(n, placeholder) })
			}
			if _, ok := n.Scalar(); ok && !n.IsEmpty() {
				add("replace scalar", n, treeChange{at: y, value: placeholder}, func() ([]Splice, error) { return d.ReplaceScalar(n, placeholder) })
				nasty := "it's: \"a\\b\" #, {x}\n\té "
				add("replace scalar by nasty text", n, treeChange{at: y, value: nasty}, func() ([]Splice, error) { return d.ReplaceScalar(n, nasty) })
			}
			switch {
			case n.IsMapping():
				add("append entry", n, end, func() ([]Splice, error) { return d.AppendEntry(n, entry) })
			case n.IsSequence():
				item := treeChange{at: y, index: len(y.Content), insert: []string{placeholder}}
				add("append item", n, item, func() ([]Splice, error) { return d.AppendItem(n, placeholder) })
				add("list to map", n, treeChange{at: y, toMap: true}, func() ([]Splice, error) { return d.ListToMap(n, itemToEntry) })
			}
			if n.Parent.IsSequence() {
				add("delete item", n, treeChange{at: n.Parent.YAML, index: n.index, count: 1}, func() ([]Splice, error) { return d.DeleteItem(n) })
			}
			if n.Parent != nil && n.IsKey() {
				p := n.Parent.YAML
				before, after := treeChange{at: p, index: n.index, insert: end.insert}, treeChange{at: p, index: n.index + 2, insert: end.insert}
				gone := treeChange{at: p, index: n.index, count: 2}
				add("delete", n, gone, func() ([]Splice, error) { return d.DeleteEntry(n, false) })
				add("delete but comment", n, gone, func() ([]Splice, error) { return d.DeleteEntry(n, true) })
				add("insert before", n, before, func() ([]Splice, error) { return d.InsertEntryBefore(n, entry) })
				add("insert after", n, after, func() ([]Splice, error) { return d.InsertEntryAfter(n, entry) })
			}
			return true
		})
	}
	return ops
}

func itemToEntry(item *Node) ([]string, error) {
	return []string{doubleQuote(item.Text()) + ":", "  " + placeholder + ": x"}, nil
}

// check makes the edit and compares the trees. It gives the reason where the edit is refused, and what is wrong where
// it does not do what it says.
func (o yamlOperation) check(d *Document) (refused, wrong string) {
	splices, err := o.edit()
	if err != nil {
		if _, ok := err.(Refused); !ok {
			return "", "error of an unknown kind: " + err.Error()
		}
		return err.Error(), ""
	}
	text, err := Apply(d.Bytes, splices)
	if err != nil {
		return "", err.Error()
	}
	after, err := Parse(d.Name, ComposeKind, text)
	if err != nil {
		return "", "does not parse: " + err.Error()
	}
	if len(after.Compose.Documents) != len(d.Compose.Documents) {
		return "", fmt.Sprintf("has %d documents", len(after.Compose.Documents))
	}
	for i, root := range d.Compose.Documents {
		if diff := diffTrees(root.YAML, after.Compose.Documents[i].YAML, o.want); diff != "" {
			return "", diff
		}
	}
	return "", keepsForm(d, after, o.name)
}

// diffTrees says where got is not want with a change made, empty where it is.
func diffTrees(want, got *yaml.Node, c treeChange) string {
	here := func(what string) string {
		return fmt.Sprintf("%s in %s %q, got %s %s %q", what, want.ShortTag(), want.Value, got.ShortTag(), got.Anchor, got.Value)
	}
	if want == c.at && c.value != "" {
		if got.Kind != yaml.ScalarNode || got.Value != c.value || got.Anchor != want.Anchor || got.ShortTag() != "!!str" {
			return here("new value")
		}
		return ""
	}
	if want == c.at && c.toMap {
		return diffListAsMap(want, got)
	}
	sameTag := want.Kind == yaml.AliasNode || want.ShortTag() == got.ShortTag() // the tag of an alias is that of its target
	if want.Kind != got.Kind || !sameTag || want.Value != got.Value || want.Anchor != got.Anchor {
		return here("node")
	}
	content := want.Content
	if want == c.at {
		content = slices.Clone(content)
		content = slices.Delete(content, c.index, c.index+c.count)
		for i, v := range c.insert {
			content = slices.Insert(content, c.index+i, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v})
		}
	}
	if len(content) != len(got.Content) {
		return here("children")
	}
	for i := range content {
		if diff := diffTrees(content[i], got.Content[i], c); diff != "" {
			return diff
		}
	}
	return ""
}

func diffListAsMap(want, got *yaml.Node) string {
	if got.Kind != yaml.MappingNode || len(got.Content) != 2*len(want.Content) || got.Anchor != want.Anchor {
		return "not a mapping of the items"
	}
	for i, item := range want.Content {
		key, value := got.Content[2*i], got.Content[2*i+1]
		if key.Value != item.Value || value.Kind != yaml.MappingNode || len(value.Content) != 2 || value.Content[0].Value != placeholder {
			return fmt.Sprintf("item %d is %q", i, key.Value)
		}
	}
	return ""
}

// keepsForm says which line end, byte order mark or comment an edit did not keep.
func keepsForm(d, after *Document, edit string) string {
	lf := func(b []byte) int { return bytes.Count(b, []byte("\n")) - bytes.Count(b, []byte("\r\n")) }
	old, text := d.Bytes, after.Bytes
	switch {
	case bytes.HasPrefix(old, bom) != bytes.HasPrefix(text, bom):
		return "byte order mark"
	case lf(old) == 0 && d.Newline == "\r\n" && lf(text) > 0:
		return "LF in a file with CRLF"
	case !bytes.ContainsRune(old, '\r') && bytes.ContainsRune(text, '\r'):
		return "CR in a file with LF"
	case carriageReturnsOnly(old) && bytes.ContainsRune(text, '\n'):
		return "LF in a file with CR"
	case strings.HasPrefix(edit, "delete") && endsInBlankLine(after) && !endsInBlankLine(d):
		return "a blank line at the end"
	case bytes.HasSuffix(old, []byte("\n")) && !hasOtherBreaks(old) && !bytes.HasSuffix(text, []byte("\n")):
		return "the line end at the end is gone"
	}
	if edit != "delete" && !slices.Equal(commentTexts(d), commentTexts(after)) {
		return fmt.Sprintf("comments %q became %q", commentTexts(d), commentTexts(after))
	}
	return ""
}

// endsInBlankLine reports whether the last line is blank and not one of a block scalar.
func endsInBlankLine(d *Document) bool {
	last := lineEndBefore(d.Bytes, len(d.Bytes))
	start := lineStart(d.Bytes, last)
	text := lastLeaf(d.Compose.Documents[len(d.Compose.Documents)-1])
	return last < len(d.Bytes) && start > 0 && isBlankLine(d.Bytes[start:last]) && text.Span.End < start
}

// commentTexts are the comments of the YAML itself. Those of an inline Dockerfile are text of its scalar, which diffTrees compares, and
// are not found any more where a key above them has another name.
func commentTexts(d *Document) []string {
	var texts []string
	for _, c := range d.Comments {
		if !c.Inline {
			texts = append(texts, d.Text(c.Span))
		}
	}
	return texts
}

// editable parses a file and lifts the refusal to edit it, which holds for what it means and not for its bytes.
func editable(name string, b []byte) (*Document, error) {
	d, err := Parse(name, ComposeKind, b)
	if err == nil {
		d.Compose.Refusal = ""
	}
	return d, err
}

// checkMap checks what the map of a file promises: places nest and follow each other, each scalar's bytes alone decode to
// its value, and comments stand outside of all text.
func checkMap(t *testing.T, d *Document) {
	t.Helper()
	for _, root := range d.Compose.Documents {
		walk(root, func(n *Node) bool {
			checkNode(t, d, n)
			return true
		})
	}
	at := 0
	for _, c := range d.Comments {
		if c.Start < at || c.End > len(d.Bytes) || d.Bytes[c.Start] != '#' || lineEnd(d.Bytes, c.Start) != c.End {
			t.Errorf("comment at %v is not one", c.Span)
		}
		at = c.End
	}
}

func checkNode(t *testing.T, d *Document, n *Node) {
	t.Helper()
	around := Span{0, len(d.Bytes)}
	if n.Parent != nil {
		around = n.Parent.Span
		if n.index > 0 && n.Parent.Children[n.index-1].Span.End > n.Span.Start {
			t.Errorf("%s: %v starts before the end of the one before", n.Path(), n.Span)
		}
	}
	if n.Span.Start > n.Span.End || !around.Contains(n.Span) || !n.Span.Contains(n.Content) {
		t.Errorf("%s: span %v with content %v lies not in %v", n.Path(), n.Span, n.Content, around)
	}
	if n.Declined != "" {
		return
	}
	if line, _ := d.Position(n.Span.Start); line != n.Line() {
		t.Errorf("%s: line %d, not %d", n.Path(), line, n.Line())
	}
	s, ok := n.Scalar()
	switch {
	case !ok:
		return
	case s.Exact && d.Text(s.Span) != s.Value:
		t.Errorf("%s: %q is not exactly %q", n.Path(), d.Text(s.Span), s.Value)
	case !n.IsEmpty() && readAgain(d, n) != s.Value:
		t.Errorf("%s: %q decodes to %q, not %q", n.Path(), d.Text(n.Content), readAgain(d, n), s.Value)
	}
	inText := Span{n.Content.Start, n.Content.End}
	if s.Style >= LiteralStyle {
		inText.Start = nextLine(d.Bytes, inText.Start) // its first line may have a comment
	}
	if inText.Len() > 0 && len(d.commentsIn(inText)) > 0 {
		t.Errorf("%s: a comment stands in its text", n.Path())
	}
}

// readAgain gives the bytes of a scalar alone to the parser.
func readAgain(d *Document, n *Node) string {
	text := d.Text(n.Content)
	switch styleOf(n.YAML) {
	case PlainStyle: // with an x, as a colon at the end means something else when nothing follows it
		if text = " " + text + "x"; n.InFlow {
			text = "[" + text + "]"
		}
	case LiteralStyle, FoldedStyle:
		text = "--- " + text
		for p := n.Parent; p != nil; p = p.Parent {
			if p.Indent >= 0 {
				text = strings.Repeat(" ", p.Indent) + "k: " + d.Text(n.Content)
				break
			}
		}
		if n.Content.End < len(d.Bytes) {
			text += d.Text(Span{n.Content.End, n.Content.End + breakLen(d.Bytes, n.Content.End)})
		}
	}
	docs, err := parseYAML([]byte(text))
	if err != nil || len(docs) == 0 {
		return fmt.Sprint(err)
	}
	root := docs[0].Content[0]
	if len(root.Content) > 0 {
		root = root.Content[len(root.Content)-1]
	}
	if styleOf(n.YAML) == PlainStyle {
		return strings.TrimSuffix(root.Value, "x")
	}
	return root.Value
}
