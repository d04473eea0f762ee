package source

import (
	"bytes"
	"sort"
	"testing"
)

func TestApply(t *testing.T) {
	got, err := Apply([]byte("hello world"), []Splice{{Span{6, 11}, "there"}, {Span{0, 0}, "oh "}, {Span{5, 5}, ","}})
	if err != nil || string(got) != "oh hello, there" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range [][]Splice{
		{{Span{0, 3}, ""}, {Span{2, 4}, ""}},
		{{Span{3, 2}, ""}},
		{{Span{0, 12}, ""}},
		{{Span{-1, 0}, ""}},
	} {
		if got, err := Apply([]byte("hello world"), bad); err == nil {
			t.Errorf("%v gives %q and no error", bad, got)
		}
	}
}

// FuzzApply compares Apply with the naive way: from the last splice to the first, each on the whole text.
func FuzzApply(f *testing.F) {
	f.Add([]byte("FROM a\nRUN b\n"), []byte{0, 4, 'x', 5, 1, 'y'})
	f.Add([]byte(""), []byte{0, 0, 'n'})
	f.Fuzz(func(t *testing.T, text, plan []byte) {
		var splices []Splice
		for ; len(plan) >= 3; plan = plan[3:] {
			start := int(plan[0])
			splices = append(splices, Splice{Span{start, start + int(plan[1]%8)}, string(plan[2:3])})
		}
		got, err := Apply(text, splices)
		if err != nil {
			return
		}
		sort.SliceStable(splices, func(i, j int) bool {
			a, b := splices[i], splices[j]
			return a.Start < b.Start || a.Start == b.Start && a.End < b.End
		})
		want := bytes.Clone(text)
		for i := len(splices) - 1; i >= 0; i-- {
			s := splices[i]
			want = append(append(bytes.Clone(want[:s.Start]), s.New...), want[s.End:]...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("Apply(%q, %v) = %q, want %q", text, splices, got, want)
		}
	})
}

func TestPosition(t *testing.T) {
	d := &Document{Bytes: []byte("\ufeffé x\r\ny"), lines: lineStarts([]byte("\ufeffé x\r\ny"))}
	for _, c := range []struct{ offset, line, column int }{{3, 1, 1}, {5, 1, 2}, {6, 1, 3}, {9, 2, 1}, {10, 2, 2}, {0, 1, 1}} {
		if line, column := d.Position(c.offset); line != c.line || column != c.column {
			t.Errorf("offset %d is %d:%d, want %d:%d", c.offset, line, column, c.line, c.column)
		}
	}
}
