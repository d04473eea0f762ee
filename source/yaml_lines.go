package source

import (
	"bytes"
	"unicode/utf8"
)

// yamlLines finds the byte of a line and column as yaml.v3 counts them: lines end as in YAML 1.1, at LF, CRLF, a lone CR,
// NEL, LS and PS; columns count runes; a byte order mark at the start of the file has no column.
//
// Look-ups go forward in the file, so that each line is walked once however many nodes stand on it.
type yamlLines struct {
	b      []byte
	starts []int // offset of the first byte of each line; one more where the file ends in a line end
	simple bool  // lines end only at "\n": they are those of Document.Position

	line, column, at int // where the last look-up ended
}

// newYAMLLines takes the offsets of the lines that end at "\n", which are those of nearly every file.
func newYAMLLines(b []byte, lines []int) *yamlLines {
	l := &yamlLines{b: b, simple: !hasOtherBreaks(b)}
	if l.simple {
		l.starts = append(make([]int, 0, len(lines)+1), lines...)
		if n := len(b); n > 0 && b[n-1] == '\n' {
			l.starts = append(l.starts, n)
		}
	} else {
		l.starts = yamlLineStarts(b)
	}
	if bytes.HasPrefix(b, bom) {
		l.starts[0] = len(bom)
	}
	return l
}

func hasOtherBreaks(b []byte) bool {
	return bytes.IndexByte(b, '\r') >= 0 && bytes.Count(b, []byte("\r")) != bytes.Count(b, []byte("\r\n")) ||
		bytes.Contains(b, []byte("\u0085")) || bytes.Contains(b, []byte("\u2028")) || bytes.Contains(b, []byte("\u2029"))
}

func yamlLineStarts(b []byte) []int {
	starts := []int{0}
	for i := 0; i < len(b); {
		n := breakLen(b, i)
		i += max(n, 1)
		if n > 0 {
			starts = append(starts, i)
		}
	}
	return starts
}

// carriageReturnsOnly reports whether "\r" is what ends the lines of a file: such a file has no "\n".
func carriageReturnsOnly(b []byte) bool {
	return bytes.IndexByte(b, '\r') >= 0 && bytes.IndexByte(b, '\n') < 0
}

func carriageReturnLineStarts(b []byte) []int {
	starts := []int{0}
	for i, c := range b {
		if c == '\r' && i+1 < len(b) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset is the byte at a 1-based line and column; false where the file has no such place.
func (l *yamlLines) offset(line, column int) (int, bool) {
	if line < 1 || line > len(l.starts) || column < 1 {
		return 0, false
	}
	if line != l.line || column < l.column {
		l.line, l.column, l.at = line, 1, l.starts[line-1]
	}
	for ; l.column < column; l.column++ {
		switch {
		case l.at >= len(l.b):
			return 0, false
		case l.b[l.at] < utf8.RuneSelf:
			l.at++
		default:
			_, n := utf8.DecodeRune(l.b[l.at:])
			l.at += n
		}
	}
	return l.at, true
}

// breakLen is the length of the line end at b[i], 0 where there is none.
func breakLen(b []byte, i int) int {
	switch b[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(b) && b[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if i+1 < len(b) && b[i+1] == 0x85 {
			return 2
		}
	case 0xE2:
		if i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0xA8 || b[i+2] == 0xA9) {
			return 3
		}
	}
	return 0
}

// lineEnd is the offset of the line end at or after i, len(b) on the last line.
func lineEnd(b []byte, i int) int {
	for i < len(b) && breakLen(b, i) == 0 {
		i++
	}
	return i
}

// nextLine is the offset of the line after that of i, len(b) where there is none.
func nextLine(b []byte, i int) int {
	if i = lineEnd(b, i); i < len(b) {
		i += breakLen(b, i)
	}
	return i
}

// lineStart is the offset of the first byte of the line that holds i, a byte order mark left out.
func lineStart(b []byte, i int) int {
	for i > 0 && !endsBreak(b, i) {
		i--
	}
	if i == 0 && bytes.HasPrefix(b, bom) {
		return len(bom)
	}
	return i
}

// lineEndBefore is the offset of the line end right before i, i where there is none.
func lineEndBefore(b []byte, i int) int {
	for n := min(3, i); n > 0; n-- {
		if breakLen(b, i-n) == n {
			return i - n
		}
	}
	return i
}

// isBlankLine reports whether a line, given with or without its line end, holds nothing but blanks.
func isBlankLine(line []byte) bool {
	text := bytes.TrimLeft(line, " \t")
	return len(text) == 0 || breakLen(text, 0) > 0
}

// endsBreak reports whether a line end stands right before i.
func endsBreak(b []byte, i int) bool {
	switch b[i-1] {
	case '\n':
		return true
	case '\r':
		return i == len(b) || b[i] != '\n'
	case 0x85:
		return i >= 2 && b[i-2] == 0xC2
	case 0xA8, 0xA9:
		return i >= 3 && b[i-2] == 0x80 && b[i-3] == 0xE2
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
