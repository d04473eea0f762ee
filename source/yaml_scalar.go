package source

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// scalar maps a scalar that starts at m.at with its properties, by decoding its bytes and comparing with the value.
// indent is the column of the block collection around it.
func (m *yamlMap) scalar(n *Node, indent int) string {
	if !m.properties(n.YAML, len(m.b)) {
		n.Content.Start = m.at
		return "its anchor or tag is not what the parser sees"
	}
	n.Content.Start = m.at
	var ok bool
	switch styleOf(n.YAML) {
	case SingleQuotedStyle:
		n.exact, ok = m.quoted(n.YAML.Value, '\'')
	case DoubleQuotedStyle:
		n.exact, ok = m.quoted(n.YAML.Value, '"')
	case LiteralStyle:
		ok = m.blockScalar(n.YAML.Value, '|', indent)
	case FoldedStyle:
		ok = m.blockScalar(n.YAML.Value, '>', indent)
	default:
		n.exact, ok = m.plain(n.YAML.Value)
	}
	if !ok {
		return "its bytes do not decode to the parser's value"
	}
	return ""
}

// plain steps over a plain scalar; exact is false where line ends in it are folded.
func (m *yamlMap) plain(value string) (exact, ok bool) {
	if strings.HasPrefix(m.rest(), value) {
		m.at += len(value)
		return true, true
	}
	i := m.at
	for value != "" {
		if i == len(m.b) {
			return false, false
		}
		next, folded := m.fold(i)
		if next == i {
			if m.b[i] != value[0] {
				return false, false
			}
			i, value = i+1, value[1:]
			continue
		}
		if value, ok = strings.CutPrefix(value, string(folded)); !ok {
			return false, false
		}
		i = next
	}
	m.at = i
	return false, true
}

// fold steps over the blanks and line ends at i where there is a line end among them, and gives what they mean: a blank
// for one line end, else the line ends after the first. LS and PS are kept.
func (m *yamlMap) fold(i int) (next int, folded []byte) {
	j := i
	for j < len(m.b) && isBlank(m.b[j]) {
		j++
	}
	if j == len(m.b) || breakLen(m.b, j) == 0 {
		return i, nil
	}
	j, m.folded = appendBreak(m.folded[:0], m.b, j)
	j, m.folded = appendBreaks(m.folded, m.b, j)
	switch {
	case m.folded[0] != '\n':
		return j, m.folded
	case len(m.folded) == 1:
		return j, append(m.folded[:0], ' ')
	}
	return j, m.folded[1:]
}

// appendBreaks adds all line ends at i, and steps over the blanks between them.
func appendBreaks(to, b []byte, i int) (next int, _ []byte) {
	for i < len(b) && (isBlank(b[i]) || breakLen(b, i) > 0) {
		if isBlank(b[i]) {
			i++
		} else {
			i, to = appendBreak(to, b, i)
		}
	}
	return i, to
}

// appendBreak adds the line end at i as YAML reads it: LF, but LS and PS as they are.
func appendBreak(to, b []byte, i int) (next int, _ []byte) {
	n := breakLen(b, i)
	if n == 3 {
		return i + n, append(to, b[i:i+n]...)
	}
	return i + n, append(to, '\n')
}

// rest is the file from m.at on, without a copy of it.
func (m *yamlMap) rest() string { return m.doc.text[m.at:] }

// quoted steps over a quoted scalar. It is exact where no quote is doubled, nothing escaped and no line end folded.
func (m *yamlMap) quoted(value string, quote byte) (exact, ok bool) {
	if m.at == len(m.b) || m.b[m.at] != quote {
		return false, false
	}
	end := m.at + 1
	for ; ; end++ {
		switch {
		case end >= len(m.b):
			return false, false
		case m.b[end] == '\\' && quote == '"':
			end++
			continue
		case m.b[end] != quote:
			continue
		case quote == '\'' && end+1 < len(m.b) && m.b[end+1] == quote:
			end++
			continue
		}
		break
	}
	inner := Span{m.at + 1, end}
	end++
	exact = m.doc.text[inner.Start:inner.End] == value
	if !exact && string(m.unquoted(inner, quote)) != value && !decodesTo(m.doc.text[m.at:end], value) {
		return false, false
	}
	m.at = end
	return exact, true
}

// unquoted decodes the text between quotes. Where it cannot, the result is not what the text means.
func (m *yamlMap) unquoted(s Span, quote byte) []byte {
	m.buf = m.buf[:0]
	for i := s.Start; i < s.End; {
		next, folded := m.fold(i)
		switch c := m.b[i]; {
		case next > i:
			m.buf, i = append(m.buf, folded...), next
		case c == quote: // of two
			m.buf, i = append(m.buf, c), i+2
		case c == '\\' && quote == '"' && breakLen(m.b, i+1) > 0:
			i, m.buf = appendBreaks(m.buf, m.b, i+1+breakLen(m.b, i+1))
		case c == '\\' && quote == '"':
			i += m.escape(m.doc.text[i+1:s.End]) + 1
		default:
			m.buf, i = append(m.buf, c), i+1
		}
	}
	return m.buf
}

// escapes are what the letters after a backslash mean.
var escapes = map[byte]rune{
	'0': 0, 'a': '\a', 'b': '\b', 't': '\t', '\t': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r', 'e': 0x1B, ' ': ' ',
	'"': '"', '\'': '\'', '/': '/', '\\': '\\', 'N': 0x85, '_': 0xA0, 'L': 0x2028, 'P': 0x2029,
}

// escape decodes what follows a backslash and gives its length.
func (m *yamlMap) escape(text string) int {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[0]]
	r, ok := escapes[text[0]]
	if digits > 0 && digits < len(text) {
		v, err := strconv.ParseUint(text[1:1+digits], 16, 32)
		r, ok = rune(v), err == nil
	}
	if ok {
		m.buf = utf8.AppendRune(m.buf, r)
	}
	return 1 + digits
}

// decodesTo asks the parser what a quoted scalar means.
func decodesTo(text, value string) bool {
	docs, err := parseYAML([]byte(text))
	return err == nil && len(docs) == 1 && len(docs[0].Content) == 1 &&
		docs[0].Content[0].Kind == yaml.ScalarNode && docs[0].Content[0].Value == value
}

// blockHeader is what the first line of a block scalar says.
type blockHeader struct {
	chomp  byte // '-' strips the last line end, '+' keeps all, 0 keeps one
	indent int  // from the indicator, 0 where it is found from the text
	end    int  // offset right after the indicators
}

func readBlockHeader(b []byte, i int) blockHeader {
	h := blockHeader{end: i + 1}
	for ; h.end < len(b); h.end++ {
		switch c := b[h.end]; {
		case (c == '-' || c == '+') && h.chomp == 0:
			h.chomp = c
		case c >= '1' && c <= '9' && h.indent == 0:
			h.indent = int(c - '0')
		default:
			return h
		}
	}
	return h
}

// blockScalar steps over a literal or folded scalar: up to its last line that counts, the line end of that excluded.
func (m *yamlMap) blockScalar(value string, indicator byte, indent int) bool {
	if m.at == len(m.b) || m.b[m.at] != indicator {
		return false
	}
	h := readBlockHeader(m.b, m.at)
	for m.at = h.end; m.at < len(m.b) && isBlank(m.b[m.at]); {
		m.at++
	}
	comments := len(m.doc.Comments)
	if m.at < len(m.b) && m.b[m.at] == '#' {
		m.comment()
	}
	if m.at < len(m.b) && breakLen(m.b, m.at) == 0 {
		return false
	}
	s := blockText{b: m.b, at: m.at, end: h.end, parent: indent, folded: indicator == '>', out: m.buf[:0]}
	if h.indent > 0 {
		s.indent = max(indent, 0) + h.indent
	}
	s.read(h.chomp)
	if m.buf, m.at = s.out, s.end; m.at == h.end {
		m.doc.Comments = m.doc.Comments[:comments] // there is no text, so the comment stands after the scalar
	}
	return string(s.out) == value
}

// blockText decodes the lines of a block scalar the way the scanner of yaml.v3 does.
type blockText struct {
	b      []byte
	at     int
	end    int // right after the last byte that counts
	parent int // column of the block collection around
	indent int // column of the text, 0 while it is not known
	folded bool
	out    []byte

	breaks    []byte // the line ends of blank lines, not yet in out
	lastBreak int    // offset of the last of them
}

func (s *blockText) read(chomp byte) {
	if s.at < len(s.b) {
		s.at += breakLen(s.b, s.at)
	}
	s.lastBreak = s.end
	column := s.blankLines()
	var pending []byte // the line end of the line before
	wasBlank := false  // the line before starts with a blank
	for column == s.indent && s.at < len(s.b) {
		blank := isBlank(s.b[s.at])
		if s.folded && !wasBlank && !blank && len(pending) > 0 && pending[0] == '\n' {
			if len(s.breaks) == 0 {
				s.out = append(s.out, ' ')
			}
		} else {
			s.out = append(s.out, pending...)
		}
		s.out = append(s.out, s.breaks...)
		pending, s.breaks, wasBlank = pending[:0], s.breaks[:0], blank
		s.end = lineEnd(s.b, s.at)
		s.out = append(s.out, s.b[s.at:s.end]...)
		s.at, s.lastBreak = s.end, s.end
		if s.at < len(s.b) {
			s.at, pending = appendBreak(pending, s.b, s.at)
		}
		column = s.blankLines()
	}
	if chomp != '-' {
		s.out = append(s.out, pending...)
	}
	if chomp == '+' {
		s.out = append(s.out, s.breaks...)
		s.end = s.lastBreak
	}
}

// blankLines steps over lines without text and the indentation of the next, and gives the column it stops at. The first
// call finds the indentation: that of the longest of these lines, as far as that is deeper than the collection around.
func (s *blockText) blankLines() (column int) {
	longest := 0
	for {
		column = 0
		for s.at < len(s.b) && s.b[s.at] == ' ' && (s.indent == 0 || column < s.indent) {
			s.at, column = s.at+1, column+1
		}
		longest = max(longest, column)
		if s.at == len(s.b) || breakLen(s.b, s.at) == 0 {
			break
		}
		s.lastBreak = s.at
		s.at, s.breaks = appendBreak(s.breaks, s.b, s.at)
	}
	if s.indent == 0 {
		s.indent = max(longest, s.parent+1, 1)
	}
	return column
}
