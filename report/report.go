// Package report says what was found and what became of it.
//
// In: fix.Results. Out: text for people, a block a file, and the counts of a whole run. For one finding in one file:
//
//	app/Dockerfile
//	  2:1  maintainer  MAINTAINER is deprecated
//	       fix: use a LABEL
package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dockfix/dockfix/fix"
)

// Style says how text is written.
type Style struct {
	Color bool // for a terminal
}

const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	cyan  = "\x1b[36m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

func (s Style) paint(color, text string) string {
	if !s.Color {
		return text
	}
	return color + text + plain
}

// Text writes the findings of one file: the name, then for each finding its line and column (from 1, columns in runes),
// its rule and what is there, and below it what the fix does, with what could not be checked where it is made all the same, or why it
// is held back. Suppressed findings are left out; without any other it writes nothing.
func Text(w io.Writer, r *fix.Result, s Style) error {
	var b strings.Builder
	width := 0
	for _, f := range Shown(r) {
		width = max(width, len(place(r, f)))
	}
	for i, f := range Shown(r) {
		if i == 0 {
			b.WriteString(s.paint(bold, Printable(r.Doc.Name)) + "\n")
		}
		fmt.Fprintf(&b, "  %-*s  %s  %s\n", width, place(r, f), s.paint(cyan, f.Rule.Name), Printable(f.Message))
		for _, line := range advice(f) {
			fmt.Fprintf(&b, "  %*s  %s\n", width, "", s.paint(line.color, Printable(line.text)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Shown are the findings that a report tells about.
func Shown(r *fix.Result) []*fix.Finding {
	var shown []*fix.Finding
	for _, f := range r.Findings {
		if f.Outcome != fix.Suppressed {
			shown = append(shown, f)
		}
	}
	return shown
}

func place(r *fix.Result, f *fix.Finding) string {
	line, column := r.Doc.Position(f.Span.Start)
	return fmt.Sprintf("%d:%d", line, column)
}

type advised struct{ color, text string }

// advice is what is said below a finding.
func advice(f *fix.Finding) []advised {
	switch {
	case f.Outcome == fix.Refused && f.Fix != nil:
		return []advised{{faint, "refused: " + f.Fix.Title}, {faint, f.Reason}}
	case f.Outcome == fix.Fixed && f.Fix == nil:
		return []advised{{green, "fix: another one clears it"}}
	case f.Waits:
		return []advised{{faint, "held back: " + f.Reason}}
	case f.Fix == nil:
		return []advised{{faint, "not fixed: " + f.Reason}}
	case f.Outcome == fix.Fixed && f.Fix.Safety == fix.Unsafe && f.Reason != "":
		return []advised{{green, "fix: " + f.Fix.Title}, {faint, "unsafe: " + f.Reason}}
	case f.Outcome == fix.Fixed:
		return []advised{{green, "fix: " + f.Fix.Title}}
	case f.Fix.Safety == fix.Manual:
		return []advised{{faint, "proposed: " + f.Fix.Title}, {faint, f.Reason}}
	}
	return []advised{{faint, "held back: " + f.Fix.Title}, {faint, f.Reason}}
}

// Printable is text from a file made safe for a terminal: what cannot be seen, and what turns the direction of the text
// around, is shown as Go writes it.
func Printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r != utf8.RuneError && (unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)) {
			b.WriteRune(r)
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		quoted := strconv.QuoteToASCII(s[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// Counts is what a whole run came to.
type Counts struct {
	Files    int // looked at
	Found    int // files with a finding
	Changed  int // files with a new text
	Findings int // suppressed ones left out
	Fixed    int // the fix was made and proven
	Held     int // held back for a reason that is told: there is a fix, or it waits for a look-up
	Unsafe   int // of these: --unsafe would make it
	Refused  int // the proof found that the fix does more than it says
	Manual   int // nothing can be done mechanically, or nothing is proposed to be done without a person
	Silenced int // suppressed by a comment
}

// Add counts one file.
func (c *Counts) Add(r *fix.Result) {
	c.Files++
	if r.Changed() {
		c.Changed++
	}
	if len(Shown(r)) > 0 {
		c.Found++
	}
	for _, f := range r.Findings {
		c.add(f)
	}
}

func (c *Counts) add(f *fix.Finding) {
	if f.Outcome == fix.Suppressed {
		c.Silenced++
		return
	}
	c.Findings++
	switch {
	case f.Outcome == fix.Fixed:
		c.Fixed++
	case f.Outcome == fix.Refused:
		c.Refused++
	case f.Waits:
		c.Held++
	case f.Fix == nil || f.Fix.Safety == fix.Manual:
		c.Manual++
	default:
		c.Held++
		if f.Fix.Safety == fix.Unsafe {
			c.Unsafe++
		}
	}
}

// Summary tells the counts in one line; verb says what was done to those that can be fixed: "to fix", "fixed".
func (c Counts) Summary(verb string) string {
	if c.Findings == 0 {
		return Count(c.Silenced, "finding") + " silenced by comments"
	}
	parts := []string{fmt.Sprintf("%d %s", c.Fixed, verb)}
	for _, p := range []struct {
		n    int
		what string
	}{{c.Held, "held back"}, {c.Refused, "refused by the proof"}, {c.Manual, "without a mechanical fix"}, {c.Silenced, "silenced by comments"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fmt.Sprintf("%s in %s: %s", Count(c.Findings, "finding"), Count(c.Found, "file"), strings.Join(parts, ", "))
}

// Count writes a number with its noun.
func Count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "x"):
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
