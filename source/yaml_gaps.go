package source

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// properties steps over the anchor and the tag of a node, in either order, and the blanks after them; none stands at or
// after stop.
func (m *yamlMap) properties(y *yaml.Node, stop int) bool {
	if isEmpty(y) {
		return m.propertiesAlone(y)
	}
	for m.atProperty() && m.at < stop {
		if !m.property(y) {
			return false
		}
		m.blanks(stop)
	}
	return true
}

// propertiesAlone steps over the anchor and the tag of a node without text, and over no blank after them. What stands on
// the next line may belong to the next node: there it takes no more than the parser saw, and gives up before a tag without
// a name, of which the parser says nothing.
func (m *yamlMap) propertiesAlone(y *yaml.Node) bool {
	anchor, tag := y.Anchor != "", y.Style&yaml.TaggedStyle != 0
	for m.atProperty() {
		if m.b[m.at] == '&' {
			anchor = false
		} else {
			tag = false
		}
		if !m.property(y) {
			return false
		}
		end := m.at
		for m.at < len(m.b) && isBlank(m.b[m.at]) {
			m.at++
		}
		if m.atProperty() {
			continue
		}
		comments := len(m.doc.Comments)
		m.blanks(len(m.b))
		if !anchor && !tag {
			nameless := m.at < len(m.b) && m.b[m.at] == '!' &&
				(m.at+1 == len(m.b) || isBlank(m.b[m.at+1]) || breakLen(m.b, m.at+1) > 0)
			m.at, m.doc.Comments = end, m.doc.Comments[:comments]
			return !nameless
		}
	}
	return false
}

func (m *yamlMap) atProperty() bool {
	return m.at < len(m.b) && (m.b[m.at] == '&' || m.b[m.at] == '!')
}

// property steps over one anchor or tag.
func (m *yamlMap) property(y *yaml.Node) bool {
	if m.b[m.at] == '&' {
		if y.Anchor == "" || !bytes.HasPrefix(m.b[m.at+1:], []byte(y.Anchor)) {
			return false
		}
		m.at += 1 + len(y.Anchor)
		return true
	}
	for m.at < len(m.b) && !isBlank(m.b[m.at]) && breakLen(m.b, m.at) == 0 {
		m.at++
	}
	return true
}

// gap steps over what may stand between two nodes, up to the byte to, and gives the place of the last indicator.
func (m *yamlMap) gap(to int, lead string) (at int, ok bool) {
	at = -1
	for {
		m.blanks(to)
		if m.at >= to {
			return at, m.at == to
		}
		i := strings.IndexByte(lead, m.b[m.at])
		if i < 0 {
			return at, false
		}
		at, lead = m.at, lead[i+1:]
		m.at++
	}
}

// indicators steps over the indicators of lead that come next, and over no blank after them.
func (m *yamlMap) indicators(lead string) (at int) {
	at = -1
	for lead != "" {
		before, comments := m.at, len(m.doc.Comments)
		if m.at == m.peekedFrom && (m.peekedTo == len(m.b) || strings.IndexByte(lead, m.b[m.peekedTo]) < 0) {
			return at
		}
		m.blanks(len(m.b))
		i := -1
		if m.at < len(m.b) {
			i = strings.IndexByte(lead, m.b[m.at])
		}
		if i < 0 {
			m.peekedFrom, m.peekedTo = before, m.at
			m.at, m.doc.Comments = before, m.doc.Comments[:comments]
			return at
		}
		at, lead = m.at, lead[i+1:]
		m.at++
	}
	return at
}

// documentGap steps over what may stand before, between and after documents.
func (m *yamlMap) documentGap(to int) bool {
	for m.blanks(to); m.at < to; m.blanks(to) {
		rest := m.b[m.at:]
		switch {
		case m.at > m.lines.starts[0] && !endsBreak(m.b, m.at):
			return false
		case bytes.HasPrefix(rest, []byte("---")), bytes.HasPrefix(rest, []byte("...")):
			m.at += 3
		case rest[0] == '%':
			m.at = lineEnd(m.b, m.at)
		default:
			return false
		}
	}
	return m.at == to
}

// blanks steps over blanks, line ends and comments, up to the byte to.
func (m *yamlMap) blanks(to int) {
	for m.at < to {
		switch c := m.b[m.at]; c {
		case ' ', '\n', '\t', '\r':
			m.at++
		case '#':
			m.comment()
		case 0xC2, 0xE2:
			n := breakLen(m.b, m.at)
			if n == 0 {
				return
			}
			m.at += n
		default:
			return
		}
	}
}

// comment takes the comment that starts at m.at. YAML wants a blank before it; yaml.v3 does not.
func (m *yamlMap) comment() {
	s := Span{m.at, lineEnd(m.b, m.at)}
	before := m.at
	for before > 0 && isBlank(m.b[before-1]) {
		before--
	}
	m.doc.Comments = append(m.doc.Comments, Comment{
		Span: s,
		Text: strings.TrimSpace(m.doc.text[s.Start+1 : s.End]),
		Own:  before == 0 || before == m.lines.starts[0] || endsBreak(m.b, before),
	})
	m.at = s.End
}
