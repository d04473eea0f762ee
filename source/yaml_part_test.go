package source

import (
	"strings"
	"testing"
)

// TestReplaceParts replaces the word old, or all of the value, in every style of a scalar.
func TestReplaceParts(t *testing.T) {
	const whole = "whole"
	for _, c := range []struct{ name, text, what, with, want string }{
		{"plain", "services:\n  a:\n    command: x old y # c\n", "old", "${N:?set N}", "services:\n  a:\n    command: x ${N:?set N} y # c\n"},
		{"single", "services:\n  a:\n    command: 'it''s old'\n", "old", "new", "services:\n  a:\n    command: 'it''s new'\n"},
		{"double", "services:\n  a:\n    command: \"a\\told\"\n", "old", "new", "services:\n  a:\n    command: \"a\\tnew\"\n"},
		{"literal", "services:\n  a:\n    command: |\n      one\n      x old y\n      three\n", "old", "new", "services:\n  a:\n    command: |\n      one\n      x new y\n      three\n"},
		{"folded", "services:\n  a:\n    command: >-\n      x old y\n", "old", "new", "services:\n  a:\n    command: >-\n      x new y\n"},
		{"folded lines", "services:\n  a:\n    command: >\n      x\n      old y\n", "old", "new", ""},
		{"flow needs quotes", "services:\n  a: {command: old}\n", "old", "${N:?set N}", "services:\n  a: {command: \"${N:?set N}\"}\n"},
		{"literal, whole", "services:\n  a:\n    command: |\n      one\n      two\n    image: b\n", whole, "${N}", "services:\n  a:\n    command: \"${N}\"\n    image: b\n"},
		{"literal of one line, whole", "services:\n  a:\n    command: |\n      one\n    image: b\n", whole, "${N}", ""},
	} {
		d := mustParseCompose(t, c.text)
		_, n := d.Compose.Services[0].Node.Get("command")
		from, to := 0, len(n.Text())
		if c.what != whole {
			from = strings.Index(n.Text(), c.what)
			to = from + len(c.what)
		}
		splices, err := d.ReplaceParts(n, []Part{{from, to, c.with}})
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		got, err := Apply(d.Bytes, splices)
		if err != nil || c.want != "" && string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
		_, now := mustParseCompose(t, string(got)).Compose.Services[0].Node.Get("command")
		if want := n.Text()[:from] + c.with + n.Text()[to:]; now.Text() != want {
			t.Errorf("%s: the value is %q, want %q\n%s", c.name, now.Text(), want, got)
		}
	}
}
