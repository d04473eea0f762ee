package fix

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestMoves(t *testing.T) {
	splice := func(start, end int, text string) source.Splice {
		return source.Splice{Span: source.Span{Start: start, End: end}, New: text}
	}
	for _, c := range []struct {
		name    string
		in      source.Span
		splices []source.Splice
		want    source.Span
	}{
		{"after an insertion", source.Span{Start: 10, End: 12}, []source.Splice{splice(2, 2, "abc")}, source.Span{Start: 13, End: 15}},
		{"before an edit", source.Span{Start: 1, End: 3}, []source.Splice{splice(5, 6, "")}, source.Span{Start: 1, End: 3}},
		{"around an edit", source.Span{Start: 1, End: 9}, []source.Splice{splice(5, 6, "xyz")}, source.Span{Start: 1, End: 11}},
		{"inside a deletion", source.Span{Start: 6, End: 8}, []source.Splice{splice(5, 10, "")}, source.Span{Start: 5, End: 5}},
		{"after several", source.Span{Start: 20, End: 21}, []source.Splice{splice(15, 18, "z"), splice(0, 4, "")}, source.Span{Start: 14, End: 15}},
	} {
		if got := newMoves(c.splices).after(c.in); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"image.author", "image.author", true},
		{"image.author", "image.authors", false},
		{"services.*.environment.*", "services.web.environment.A.B", true},
		{"services.*.environment.*", "services.web.image", false},
		{"*.User", "image.config.User", true},
		{"image.*", "exec-user", false},
		{"a*a", "a", false},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.s, got)
		}
	}
}

// TestMovesBack takes every place of a new text back to the old one: text that no splice touches comes from itself.
func TestMovesBack(t *testing.T) {
	old := []byte("0123456789abcdef")
	splices := []source.Splice{
		{Span: source.Span{Start: 2, End: 4}, New: "XYZ"}, {Span: source.Span{Start: 6, End: 6}, New: "++"},
		{Span: source.Span{Start: 8, End: 11}}, {Span: source.Span{Start: 12, End: 13}, New: "-"},
	}
	now, err := source.Apply(old, splices)
	if err != nil {
		t.Fatal(err)
	}
	m := newMoves(splices)
	for i, c := range now {
		back := m.before(i)
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'f' {
			if old[back] != c {
				t.Errorf("%c at %d of %s comes from %c", c, i, now, old[back])
			}
		}
	}
	if got := m.before(2); got != 2 {
		t.Errorf("inserted text comes from %d, want 2", got)
	}
}
