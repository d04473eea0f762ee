package source

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joined is the logical line of an instruction: its physical lines without continuation characters, line ends, and
// the blank and comment lines between. The pieces tell where each part of the text stands in the file.
type joined struct {
	text   string
	pieces []piece
}

// piece says that the text from index at on stands in the file from byte offset on, until the next piece.
type piece struct{ at, offset int }

// offset is the place in the file of the byte at index i of the text.
func (j *joined) offset(i int) int { return j.pieces[j.pieceOf(i)].offsetOf(i) }

// offsetOf is the place of the byte at index i of the text, which lies in the piece.
func (p piece) offsetOf(i int) int { return p.offset + i - p.at }

// pieceOf is the index of the piece that the byte at index i of the text lies in.
func (j *joined) pieceOf(i int) int {
	lo, hi := 0, len(j.pieces)
	for lo+1 < hi {
		if m := (lo + hi) / 2; j.pieces[m].at <= i {
			lo = m
		} else {
			hi = m
		}
	}
	return lo
}

// span covers the text from index from to index to in the file. For an empty range it is the place before from.
func (j *joined) span(from, to int) Span {
	if len(j.pieces) == 0 {
		return Span{}
	}
	n := j.pieceOf(from)
	start := j.pieces[n].offsetOf(from)
	switch {
	case from >= to:
		return Span{start, start}
	case n+1 == len(j.pieces) || to <= j.pieces[n+1].at: // as most words
		return Span{start, start + to - from}
	}
	return Span{start, j.offset(to-1) + 1}
}

// word is the text from index from to index to as a Word.
func (j *joined) word(from, to int) Word {
	s := j.span(from, to)
	return Word{Span: s, Text: j.text[from:to], Split: s.Len() != to-from}
}

// add appends bytes of the file that start at offset.
func (j *joined) add(t *lineText, line []byte, offset int) {
	if len(line) > 0 || len(j.pieces) == 0 {
		j.pieces = append(j.pieces, piece{t.len, offset})
		t.add(line)
	}
}

// lineText puts a logical line together. As long as it is the one that is expected, that one is used and nothing is copied.
type lineText struct {
	expected string
	len      int
	other    strings.Builder // the line, once it is another one
}

func (t *lineText) add(line []byte) {
	if t.other.Len() == 0 {
		if end := t.len + len(line); end <= len(t.expected) && t.expected[t.len:end] == string(line) {
			t.len = end
			return
		}
		t.other.WriteString(t.expected[:t.len])
	}
	t.other.Write(line)
	t.len = t.other.Len()
}

func (t *lineText) text() string {
	if t.other.Len() == 0 {
		return t.expected[:t.len]
	}
	return t.other.String()
}

// joinLines rebuilds the logical line of the instruction on lines first to last, as BuildKit's Parse does, and returns
// the last line that belongs to it; here-documents follow. It records the comments and blank lines between.
func (d *Document) joinLines(in *Instruction, first, last int, room *lineRoom) int {
	escape := d.Dockerfile.Escape
	text := lineText{expected: in.Node.Original}
	in.line.pieces = room.pieces.list()
	n := first
	for ; n <= last; n++ {
		s := d.content(n)
		line := d.Bytes[s.Start:s.End]
		lead := leadingSpace(line)
		if n == first {
			s.Start += lead
			line = line[lead:]
		} else if lead == len(line) {
			in.Blank = append(in.Blank, d.Line(n))
			continue
		} else if d.addComment(n) {
			continue
		}
		kept, more := cutContinuation(line, escape)
		in.line.add(&text, line[:kept], s.Start)
		if !more {
			break
		}
	}
	in.line.text = text.text()
	in.line.pieces = room.pieces.keep(in.line.pieces)
	return min(n, last)
}

// cutContinuation tells how much of a line stays when a continuation character at its end is cut, and whether there was
// one. As in BuildKit two escape characters are none, and neither are three.
func cutContinuation(line []byte, escape byte) (kept int, more bool) {
	end := len(bytes.TrimRight(line, " \t"))
	if end == 0 || line[end-1] != escape {
		return len(line), false
	}
	if end > 1 && line[end-2] == escape {
		return len(line), false
	}
	return end - 1, true
}

// leadingSpace counts the bytes of white space at the start of b, white space being what unicode.IsSpace says.
func leadingSpace(b []byte) int {
	if len(b) > 0 && b[0] > ' ' && b[0] < utf8.RuneSelf {
		return 0
	}
	return len(b) - len(bytes.TrimLeftFunc(b, unicode.IsSpace))
}

// skipSpace is the index of the first rune at or after i that is not white space.
func skipSpace(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) {
			break
		}
		i += size
	}
	return i
}

// isWordSpace is the white space that separates the words of an instruction for BuildKit: [\t\v\f\r ].
func isWordSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\n' }
