package source

import "testing"

// TestWriteScalar writes values in every style and place and reads them again: they must be strings with that value.
func TestWriteScalar(t *testing.T) {
	values := []string{
		"a", "a b", "", " a", "a ", "a: b", "a:b", "a:", ":a", "a #b", "a#b", "#a", "- a", "-a", "-", "?", "? a", "?a", ":", "*a", "&a", "!a",
		"|", ">", "%a", "@a", "`a`", "'a'", "it's", `"a"`, `say "a"`, `a\b`, `\n`, "{a}", "[a]", "a, b", "${A}", "${A:?b c}", "$A", "a\nb",
		"a\tb", "\t", "a\r\nb", "\x00\x01", "\u0085", "\u2028", "\ufeffa", "\u00a0", "é日本🎉", "null", "~", "Null", "true", "False", "yes", "No", "on",
		"y", "1", "012", "0x1F", "0o17", "1_000", "1.5", "1e3", ".inf", ".nan", "22:22", "1:30:00", "2001-01-01", "<<", "=", "---", "...", "a---",
		"127.0.0.1:80:80", "-1", "+1", "8080:80/tcp", "http://a/b?c=d#e", "a\\", `C:\x`, "x\u0000y", "0b11", "!!str", "a,", "]", "}", ",",
	}
	for _, value := range values {
		for style := PlainStyle; style <= FoldedStyle; style++ {
			for _, flow := range []bool{false, true} {
				text := writeScalar(value, style, place{flow: flow})
				around := "k: " + text + "\n"
				if flow {
					around = "[" + text + ",{" + text + ": " + text + "}]\n"
				}
				docs, err := parseYAML([]byte(around))
				if err != nil {
					t.Errorf("%q in style %d: %q: %v", value, style, around, err)
					continue
				}
				root := docs[0].Content[0]
				read := root.Content[1:]
				if flow {
					read = append(root.Content[:1:1], root.Content[1].Content...)
				}
				for _, n := range read {
					if n.Value != value || n.ShortTag() != "!!str" {
						t.Errorf("%q in style %d: %q reads as %s %q", value, style, around, n.ShortTag(), n.Value)
					}
				}
			}
		}
	}
}

func TestWriteScalarStyle(t *testing.T) {
	for _, c := range []struct {
		value string
		style ScalarStyle
		tag   string
		want  string
	}{
		{"a b", PlainStyle, "!!str", "a b"}, {"a: b", PlainStyle, "!!str", `"a: b"`}, {`a: "b"`, PlainStyle, "!!str", `'a: "b"'`},
		{"it's", SingleQuotedStyle, "!!str", "'it''s'"}, {"a\nb", SingleQuotedStyle, "!!str", `"a\nb"`}, {`a"`, DoubleQuotedStyle, "!!str", `"a\""`},
		{"80", PlainStyle, "!!int", "80"}, {"0.5", PlainStyle, "!!int", "0.5"}, {"80", PlainStyle, "!!str", `"80"`}, {"true", PlainStyle, "!!bool", "true"},
		{"true", PlainStyle, "!!str", `"true"`}, {"no", PlainStyle, "!!str", `"no"`}, {"a", LiteralStyle, "!!str", `"a"`}, {"é", PlainStyle, "!!str", "é"},
		{".501_", PlainStyle, "!!str", `".501_"`}, {".4_", PlainStyle, "!!float", `".4_"`}, {"0x_", PlainStyle, "!!str", `"0x_"`}, {"-0b_", PlainStyle, "!!int", `"-0b_"`},
		{"2001-13-40", PlainStyle, "!!str", `"2001-13-40"`}, {"2001-12-14 21:59:43 -5", PlainStyle, "!!str", `"2001-12-14 21:59:43 -5"`},
		{".", PlainStyle, "!!str", "."}, {"1.2.3", PlainStyle, "!!str", "1.2.3"}, {"0xyz", PlainStyle, "!!str", "0xyz"}, {"2001-12-14-a", PlainStyle, "!!str", "2001-12-14-a"},
		{"--- a", PlainStyle, "!!str", `"--- a"`}, {"... a", PlainStyle, "!!str", `"... a"`}, {"---a", PlainStyle, "!!str", "---a"}, {"...a", PlainStyle, "!!str", "...a"},
	} {
		if got := writeScalar(c.value, c.style, place{tag: c.tag}); got != c.want {
			t.Errorf("%q in style %d: %s, want %s", c.value, c.style, got, c.want)
		}
	}
}
