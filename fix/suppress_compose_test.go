package fix

import (
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// marks is a rule for the tests: it finds every scalar, key or value, that begins with x.
var marks = &Rule{Name: "mark", Kind: source.ComposeKind, Safety: Safe, Check: func(p *Pass) {
	var look func(n *source.Node)
	look = func(n *source.Node) {
		if text, ok := n.Scalar(); ok && strings.HasPrefix(text.Value, "x") {
			p.Report(Finding{Span: text.Span, Message: text.Value})
		}
		for _, child := range n.Children {
			look(child)
		}
	}
	for _, root := range p.Doc.Compose.Documents {
		look(root)
	}
}}

func TestComposeSuppression(t *testing.T) {
	const comment = "# dockfix ignore=mark"
	for _, c := range []struct{ name, text, silenced string }{
		{"entry below", "a: x1\n@\nb: x2\nc: x3\n", "x2"},
		{"entry below, blank and comment between", "a: x1\n@\n\n# more\nb: x2\nc: x3\n", "x2"},
		{"all of the entry below", "a: x1\n@\nb:\n  x2: x3\n  c: [x4, {d: x5}]\n  e:\n    - x6\nf: x7\n", "x2 x3 x4 x5 x6"},
		{"nested entry below", "a:\n  b: x1\n  @\n  c:\n    d: x2\n  e: x3\n", "x2"},
		{"item below", "a:\n  - x1\n  @\n  - x2\n  - x3\n", "x2"},
		{"item that is a mapping", "a:\n  @\n  - b: x1\n    c: x2\n  - d: x3\n", "x1 x2"},
		{"deeper comment", "a:\n  b: x1\n    @\nc: x2\nd: x3\n", ""},
		{"nothing below", "a: x1\nb: x2\n@\n", ""},
		{"second document", "a: x1\n---\n@\nb: x2\nc: x3\n---\nd: x4\n", "x2"},

		{"on the line", "a: x1\nb: x2 @\nc: x3\n", "x2"},
		{"on the line of a key with more below", "a: x1\nb: @\n  c: x2\n  d: [x3]\ne: x4\n", "x2 x3"},
		{"on the line of a list", "a: x1\nb: [x2, x3] @\nc: x4\n", "x2 x3"},
		{"on an item", "a:\n  - x1\n  - x2 @\n  - x3\n", "x2"},
		{"on the last line of a value", "a: x1\nb: \"x2\n  more\" @\nc: x3\n", "x2"},
		{"on the last line of an item", "a:\n  - x1\n  - \"x2\n    more\" @\n  - x3\n", "x2"},
		{"on the closing bracket", "a: x1\nb: [\n  x2,\n  x3\n] @\nc: x4\n", "x2 x3"},
		{"on the closing bracket of a nested list", "a: {b: [\n  x1\n  ] @\n  , c: x2}\nd: x3\n", "x1"},
		{"on an item before the closing bracket", "a: [\n  x1, @\n  x2 ]\nb: x3\n", "x1"},
		{"on the last line of a value in the second document", "a: x1\n---\nb: \"x2\n  more\" @\nc: x3\n", "x2"},
		{"behind the document", "a: x1\n--- @\nb: x2\n", ""},

		{"file", "a: x1\n# dockfix global ignore=mark\nb: x2\n", "x1 x2"},
	} {
		d, err := source.Parse("compose.yaml", source.ComposeKind, []byte(strings.ReplaceAll(c.text, "@", comment)))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var silenced []string
		for _, f := range Check(d, []*Rule{marks}, &Facts{}) {
			if f.Outcome == Suppressed {
				silenced = append(silenced, strings.Fields(f.Message)[0])
			}
		}
		if got := strings.Join(silenced, " "); got != c.silenced {
			t.Errorf("%s: silenced %q, want %q", c.name, got, c.silenced)
		}
	}
}
