package source

import (
	"errors"
	"fmt"
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
		{"unknown anchor", "# *x\na: b\nc: *x\nd: '*x'\n", "f:3: an alias stands for no anchor above it; text that starts with * needs quotes"},
		{"unknown anchor, comments below", "a: *x\n# *x\n\nb: *x\n", "f:1: an alias stands for no anchor above it; text that starts with * needs quotes"},
		{"unknown anchor in a key", "a: b\n*x : c\n", "f:2: an alias stands for no anchor above it; text that starts with * needs quotes"},
		{"unknown anchor in brackets", "a: b\nc: [\n  *x,\n  d\n]\n", "f:3: an alias stands for no anchor above it; text that starts with * needs quotes"},
		{"tab below plain text", "a:\n    b: c\n\td: []\n", "f:3: found a tab character that violates indentation (the line is indented with a tab, YAML wants spaces)"},
		{"tabs below plain text", "a:\n    b: c\n\n\t\n\te: f\n\tg: h\n", "f:4: found a tab character that violates indentation (the line is indented with a tab, YAML wants spaces)"},
		{"tab below plain text on line 1", "a: b\n\tc: d\n", "f:2: found a tab character that violates indentation (the line is indented with a tab, YAML wants spaces)"},
		{"tab at the start of a literal", "a: b\nd: |\n\n \te\n", "f:4: found a tab character where an indentation space is expected (the line is indented with a tab, YAML wants spaces)"},
		{"tab further down in a literal", "a: b\nd: |\n    e\n    f\n\tg\n", "f:5: found a tab character where an indentation space is expected (the line is indented with a tab, YAML wants spaces)"},
		{"escape", "a: b\nc: \"d\n  # e\n  \\q\n  f\"\n", "f:4: found unknown escape character"},
		{"escape on line 1", "a: \"\\q\n  f\"\n", "f:1: found unknown escape character"},
		{"escape without digits", "c: \"d\n  \\xy1\n  f\"\n", "f:2: did not find expected hexdecimal number"},
		{"escape of half a character", "c: \"d\n\n  e \\ud83d\"\n", "f:3: found invalid Unicode character escape code"},
		{"lone CR", "a: b\rc:\r  d: e\r f: g\r", "f:4: did not find expected key"},
		{"lone CR, tab", "a:\r    b: c\r\td: []\r", "f:3: found a tab character that violates indentation (the line is indented with a tab, YAML wants spaces)"},
		{"lone CR, Latin-1", "a: b\r# caf\xe9\r", "f:2:6: byte 0xe9 is not UTF-8; save the file as UTF-8"},
		{"lone CR among LF", "a: b\rc: d\n e: f\n", "f:2: mapping values are not allowed in this context"},
		{"lone CR and LS", "a: b\u2028c: d\r e: f\r", "f:2: mapping values are not allowed in this context"},
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
	if err == nil || err.Error() != "the YAML parser panics" {
		t.Errorf("error is %v", err)
	}
	if _, err := decodeYAML(faultyReader{}); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("error is %v", err)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("out of order, with text of the file") }

type faultyReader struct{}

func (faultyReader) Read(p []byte) (int, error) { return int(p[len(p)]), nil }

// TestYAMLErrorsQuoteNothing checks that no message quotes the file: any text in it may be a secret.
func TestYAMLErrorsQuoteNothing(t *testing.T) {
	for _, text := range []string{
		"%s\n", "*%s\n", "a: *%s\n", "a:\n- *%s\n", "*%s : x\n", "a: [*%s]\n", "a: {<<: *%s}\n", "a: !%s!x y\n", "a: !<%s y\n", "a: !%%zz%s y\n", "%%%s x\na: b\n",
		"%%YAML %s\n---\na: b\n", "%%TAG %s\n---\na: b\n", "%%TAG !%s! x\n%%TAG !%s! x\n---\na: b\n", "a: @%s\n", "a: `%s`\n", "a: |%s\n", "a: \"\\x%s\"\n", "a: \"%s\n", "a: '%s\n",
		"a: [%s\n", "a: {%s\n", "a: b: %s\n", "a: b\n%s\nc: d\n", "a: \"b\" %s\n", "a: &%s &%s b\n", "a: ***%s\n", "a: &*%s\n", "%s: a\n\tb: c\n", "a: \"\n--- %s\"\n",
	} {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "%s", "Tr0ub4dor3"), "%%", "%")
		d, err := Parse("f", ComposeKind, []byte(text))
		message := fmt.Sprint(err)
		if err == nil {
			message = d.Compose.Refusal
		}
		if message == "" || strings.Contains(message, "Tr0ub4dor3") {
			t.Errorf("%q: %q", text, message)
		}
	}
}
