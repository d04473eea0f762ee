package source

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// yamlErrorLine is how yaml.v3 starts its messages. It names the line where the thing began that it could not read to its
// end, which may be far above the problem.
var yamlErrorLine = lazyregexp.New(`^(?:yaml: )?(?:line (\d+): )?`)

// parserProblems are the messages of yaml.v3's parser, which counts lines from 0; its scanner counts from 1. Where the
// line would be the first, both leave it out.
var parserProblems = []string{
	"did not find expected <document start>",
	"did not find expected ',' or ']'",
	"did not find expected ',' or '}'",
	"found undefined tag handle",
	"found duplicate %YAML directive",
	"found incompatible YAML document",
	"found duplicate %TAG directive",
}

// collectionProblems are those of its messages that name the line where the mapping or sequence around begins.
var collectionProblems = []string{
	"did not find expected key",
	"did not find expected '-' indicator",
	"did not find expected node content",
}

// scalarProblems are those of its messages that name the line where the scalar around begins.
var scalarProblems = []string{
	"found a tab character that violates indentation",
	"found a tab character where an indentation space is expected",
	"found unknown escape character",
	"did not find expected hexdecimal number",
	"found invalid Unicode character escape code",
}

// unknownAnchor starts the one message of yaml.v3 that quotes the file: what follows may be a password that starts with *.
const unknownAnchor = "unknown anchor"

// yamlError says where and why yaml.v3 gave up on d.
func yamlError(d *Document, err error) *Error {
	b := d.Bytes
	if at := invalidUTF8(b); at >= 0 {
		line, column := d.Position(at)
		return &Error{d.Name, line, column, fmt.Sprintf("byte 0x%02x is not UTF-8; save the file as UTF-8", b[at])}
	}
	if at := controlCharacter(b); at >= 0 {
		line, column := d.Position(at)
		r, _ := utf8.DecodeRune(b[at:])
		return &Error{d.Name, line, column, fmt.Sprintf("control character %U, which YAML does not allow", r)}
	}
	m := yamlErrorLine.FindStringSubmatch(err.Error())
	problem := strings.TrimPrefix(err.Error(), m[0])
	named, _ := strconv.Atoi(m[1])
	lines := newYAMLLines(b, d.lines)
	line := min(problemLine(lines, problem, named), len(lines.starts))
	e := &Error{Name: d.Name, Line: d.lineAt(lines.starts[line-1]), Message: problem}
	switch start := d.Line(e.Line); {
	case strings.HasPrefix(problem, unknownAnchor):
		e.Message = "an alias stands for no anchor above it; text that starts with * needs quotes"
	case bytes.HasPrefix(bytes.TrimLeft(b[start.Start:start.End], " "), []byte("\t")):
		e.Message += " (the line is indented with a tab, YAML wants spaces)"
	}
	return e
}

// problemLine is the 1-based line of a problem for which yaml.v3 named a line, 0 if none.
func problemLine(l *yamlLines, problem string, named int) int {
	switch {
	case slices.Contains(collectionProblems, problem), strings.HasPrefix(problem, unknownAnchor):
		return l.lastLineBefore(consumed(l.b), problem)
	case slices.Contains(scalarProblems, problem):
		return l.firstLineWith(consumed(l.b), problem)
	case slices.Contains(parserProblems, problem):
		return named + 1
	case named > 1 && problemWithin(l, 1, problem) && problemWithin(l, named-1, problem):
		return 1 // what began on the first line is named by the line where it should have ended
	}
	return max(named, 1)
}

// problemWithin reports whether the first n lines alone have the problem.
func problemWithin(l *yamlLines, n int, problem string) bool {
	if n >= len(l.starts) {
		return true
	}
	_, err := parseYAML(l.b[:l.starts[n]])
	return err != nil && strings.HasSuffix(err.Error(), problem)
}

// firstLineWith is the line of a character that the scanner cannot take. It has read up to the offset end, a few characters
// further.
func (l *yamlLines) firstLineWith(end int, problem string) int {
	line := l.lineAt(max(end-1, 0))
	for line > 1 && problemWithin(l, line-1, problem) {
		line--
	}
	return line
}

// lastLineBefore is the line that makes the parser give up when it has read up to the offset end. It reads one token
// ahead, so that the problem can stand a line or two above; then the lines above have the problem without those below.
func (l *yamlLines) lastLineBefore(end int, problem string) int {
	line := l.lineAt(max(end-1, 0))
	for range 8 {
		for line > 1 && !l.hasContent(line) {
			line--
		}
		if line == 1 || !problemWithin(l, line-1, problem) {
			return line
		}
		line--
	}
	return line
}

// hasContent reports whether a line holds more than blanks and a comment.
func (l *yamlLines) hasContent(line int) bool {
	text := bytes.TrimSpace(l.b[l.starts[line-1]:lineEnd(l.b, l.starts[line-1])])
	return len(text) > 0 && text[0] != '#'
}

// lineAt is the 1-based line that holds the byte at offset.
func (l *yamlLines) lineAt(offset int) int {
	i, found := slices.BinarySearch(l.starts, offset)
	if found {
		return i + 1
	}
	return max(i, 1)
}

// consumed is how much of b the parser reads until it gives up.
func consumed(b []byte) int {
	r := &byteReader{b: b}
	_, _ = decodeYAML(r)
	return r.at
}

// byteReader gives one byte at a time, so that at tells how far a reader went.
type byteReader struct {
	b  []byte
	at int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.at == len(r.b) {
		return 0, io.EOF
	}
	n := copy(p[:min(1, len(p))], r.b[r.at:])
	r.at += n
	return n, nil
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 where there is none.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// controlCharacter is the offset of the first character that YAML does not allow, -1 where there is none.
func controlCharacter(b []byte) int {
	return bytes.IndexFunc(b, func(r rune) bool {
		switch r {
		case '\t', '\n', '\r', 0x85:
			return false
		}
		return r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0xFFFE || r == 0xFFFF
	})
}
