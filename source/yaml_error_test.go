package source

import (
	"errors"
	"strings"
	"testing"
)

// TestYAMLErrors checks the line and the words of what cannot be parsed. The line is the one a user has to look at, which
// often is not the one that yaml.v3 names.
func TestYAMLErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bad dedent", "services:\n  web:\n    image: x\n   ports: y\n", "f:4: did not find expected key"},
		{"bad dedent, first mapping", "a: 1\n b: 2\n", "f:2: mapping values are not allowed in this context"},
		{"text after quotes", "a:\n  b: \"x\" y\n  c: d\n", "f:2: did not find expected key"},
		{"text after quotes, blank lines", "a:\n  b: \"x\" y\n\n# c\n\n  c: d\n", "f:2: did not find expected key"},
		{"item not in line", "a:\n  - b\n  c: d\ne: f\n", "f:3: did not find expected '-' indicator"},
		{"key under items", "a:\n  - b\n\n  # c\n\n  deploy:\n    d: e\n", "f:6: did not find expected '-' indicator"},
		{"open quote", "a: b\nc: \"d\ne: f\n", "f:2: found unexpected end of stream"},
		{"open quote on line 1", "a: \"b\nc: d\ne: f\n", "f:1: found unexpected end of stream"},
		{"open quote after a closed one", "a: \"b\n c\"\nd: \"e\n", "f:3: found unexpected end of stream"},
		{"open list", "a: b\nc: [d, e\nf: g\n", "f:2: did not find expected ',' or ']'"},
		{"open list on line 1", "a: [b\nc: d\n", "f:2: did not find expected ',' or ']'"},
		{"open braces", "a: b\nc: {d: e\n", "f:2: did not find expected ',' or '}'"},
		{"key without colon", "a:\n  b: c\n  d\n  e: f\n", "f:3: could not find expected ':'"},
		{"text on line 1", "'a'\nb: c\nd: e\n", "f:2: did not find expected <document start>"},
		{"tab", "a:\n\tb: c\n", "f:2: found character that cannot start any token (the line is indented with a tab, YAML wants spaces)"},
		{"at sign", "a: b\nc: @d\n", "f:2: found character that cannot start any token"},
		{"stars", "a:\n  PASSWORD: ******\n", "f:2: did not find expected alphabetic or numeric character"},
		{"unknown anchor", "# *x\na: b\nc: *x\nd: '*x'\n", "f:3: unknown anchor 'x' referenced"},
		{"unknown tag handle", "a: b\nc: !x!y d\n", "f:2: found undefined tag handle"},
		{"second document", "a: b\n---\nc: d\n e: f\n", "f:4: mapping values are not allowed in this context"},
		{"text after a document", "{a: b}\n\n{c: d}\n", "f:3: did not find expected <document start>"},
		{"YAML 1.2", "%YAML 1.2\n---\na: b\n", "f:1: found incompatible YAML document"},
		{"CRLF", "a: b\r\nc:\r\n  d: e\r\n f: g\r\n", "f:4: did not find expected key"},
		{"line separator above", "a: \"\u2028\"\nb: c\n d: e\n", "f:3: mapping values are not allowed in this context"},
		{"Latin-1", "a: b\n# caf\xe9\n", "f:2:6: byte 0xe9 is not UTF-8; save the file as UTF-8"},
		{"Latin-1 and a syntax error above", "a: [\n# caf\xe9\n", "f:2:6: byte 0xe9 is not UTF-8; save the file as UTF-8"},
		{"escape character", "a: b\nc: \x1b[0m\n", "f:2:4: control character U+001B, which YAML does not allow"},
		{"NUL", "a: b\nc: \x00\n", "f:2: has a NUL byte: binary, not text"},
	} {
		_, err := Parse("f", ComposeKind, []byte(c.text))
		if e := new(Error); !errors.As(err, &e) || e.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestYAMLPanic feeds the parser through a reader that panics, as the parser itself does on some input.
func TestYAMLPanic(t *testing.T) {
	_, err := decodeYAML(panicReader{})
	if err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Errorf("error is %v", err)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("out of order") }
