package diffview

import (
	"fmt"
	"strings"
)

// hunks writes all hunks of f with context unchanged lines around each change.
func (p *printer) hunks(f File, context int) {
	a, b := splitLines(f.Old), splitLines(f.New)
	changes := compare(a, b)
	for len(changes) > 0 {
		n := 1
		// Like git, two hunks become one when no line would stand between them.
		for n < len(changes) && changes[n].a0-changes[n-1].a1 <= 2*context {
			n++
		}
		p.hunk(a, b, changes[:n], context)
		changes = changes[n:]
	}
}

func (p *printer) hunk(a, b []string, changes []change, context int) {
	first, last := changes[0], changes[len(changes)-1]
	above := min(context, first.a0)
	below := min(context, len(a)-last.a1)
	at := first.a0 - above
	p.cyan(fmt.Sprintf("@@ -%s +%s @@", lineRange(at, last.a1+below), lineRange(first.b0-above, last.b1+below)))
	for _, c := range changes {
		p.same(a[at:c.a0])
		p.replaced(a[c.a0:c.a1], b[c.b0:c.b1])
		at = c.a1
	}
	p.same(a[at : at+below])
}

// lineRange writes the lines from start to end (exclusive, counted from 0) as a hunk header does: the first line counted
// from 1 and the number of lines, which is left out when it is 1. No lines stand behind the line before them.
func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

func (p *printer) same(lines []string) {
	for _, line := range lines {
		p.line(" ", "", line, nil)
	}
}

func (p *printer) replaced(old, new []string) {
	var oldMarks, newMarks [][]span
	if p.color && len(old) > 0 && len(new) > 0 {
		oldMarks, newMarks = changedWords(old, new)
	}
	for i, line := range old {
		p.line("-", red, line, marksOf(oldMarks, i))
	}
	for i, line := range new {
		p.line("+", green, line, marksOf(newMarks, i))
	}
}

func marksOf(marks [][]span, line int) []span {
	if marks == nil {
		return nil
	}
	return marks[line]
}

// line writes one line of the file behind its sign. A last line without "\n" is followed by git's remark on that.
func (p *printer) line(sign, color, line string, marks []span) {
	text, ended := strings.CutSuffix(line, "\n")
	if p.color {
		if p.dropCR && ended {
			text = strings.TrimSuffix(text, "\r")
		}
		text = painted(sign, color, text, marks)
	} else {
		text = sign + text
	}
	p.w.WriteString(text + "\n")
	if !ended {
		p.w.WriteString("\\ No newline at end of file\n")
	}
}
