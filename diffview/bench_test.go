package diffview

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

func numberedLines(n int, edited func(int) bool) []byte {
	var b strings.Builder
	for i := range n {
		switch {
		case edited(i):
			fmt.Fprintf(&b, "    edited: %d\n", i)
		case i%4 == 3:
			b.WriteString("\n")
		default:
			fmt.Fprintf(&b, "    key-%d: value\n", i%500)
		}
	}
	return []byte(b.String())
}

func BenchmarkUnified(b *testing.B) {
	never := func(int) bool { return false }
	for _, c := range []struct {
		name   string
		lines  int
		edited func(int) bool
	}{
		{"2000 lines, 50 edits", 2000, func(i int) bool { return i%40 == 20 }},
		{"100000 lines, 1 edit", 100_000, func(i int) bool { return i == 50_000 }},
		{"100000 lines, 2 edits at the ends", 100_000, func(i int) bool { return i == 1 || i == 99_998 }},
		{"4000 lines, every second edited", 4000, func(i int) bool { return i%2 == 0 }},
	} {
		f := File{Name: "f", Old: numberedLines(c.lines, never), New: numberedLines(c.lines, c.edited)}
		for _, color := range []bool{false, true} {
			b.Run(fmt.Sprint(c.name, ", colour ", color), func(b *testing.B) {
				b.SetBytes(int64(len(f.Old)))
				for b.Loop() {
					if err := Unified(io.Discard, f, Options{Color: color}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
