package diffview

import (
	"bufio"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Git's colours for a diff, and reverse video for changed words.
const (
	bold      = "\x1b[1m"
	red       = "\x1b[31m"
	green     = "\x1b[32m"
	cyan      = "\x1b[36m"
	reset     = "\x1b[m"
	markStart = "\x1b[7m"
	markEnd   = "\x1b[27m"
)

// printer writes the lines of a diff. The error of w shows when it is flushed.
type printer struct {
	w      *bufio.Writer
	color  bool
	dropCR bool // leave out the "\r" of line ends: every line has it
}

func (p *printer) bold(text string) { p.meta(bold, text) }
func (p *printer) cyan(text string) { p.meta(cyan, text) }

func (p *printer) meta(color, text string) {
	if p.color {
		text = color + text + reset
	}
	p.w.WriteString(text + "\n")
}

// painted is a line for a terminal. Marks are byte ranges of text; one may reach past a "\r" that was left out.
func painted(sign, color, text string, marks []span) string {
	var b strings.Builder
	b.WriteString(color + sign)
	at := 0
	for _, m := range marks {
		start, end := min(m.start, len(text)), min(m.end, len(text))
		if start == end {
			continue
		}
		b.WriteString(visible(text[at:start]) + markStart + visible(text[start:end]) + markEnd)
		at = end
	}
	b.WriteString(visible(text[at:]))
	if color != "" {
		b.WriteString(reset)
	}
	return b.String()
}

// visible writes what a terminal would obey, hide or reorder the way less shows it: ^M and ^[ for control characters of
// ASCII, <9B> for a byte that is not UTF-8, <U+202E> for other control characters, for those that turn the direction of
// writing, and for a byte order mark. A tab stays.
func visible(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<%02X>", text[0])
		case r == '\t':
			b.WriteByte('\t')
		case r < ' ' || r == 0x7f:
			b.WriteString("^" + string(r^0x40))
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\uFEFF':
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}
