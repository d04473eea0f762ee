package project

import (
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

var (
	// printer is a command that only prints its arguments, as a step of a YAML list, behind a keyword of the shell, or in a
	// recipe of a Makefile.
	printer = lazyregexp.New(`^\s*(?:(?:-|[({!]|\w[\w.-]*:|[\w*"|.-]+\)|then|else|do)\s+)*\(?[@+-]*(?:\$\((?:info|warning|error)|` +
		`(?:echo|printf|print|println|puts|say|desc|(?i:write-(?:host|output|warning|error|verbose|information))))(?:[\s(.]|$)`)
	// substitution is a command among the arguments. $(DOCKER) is a variable of make.
	substitution = lazyregexp.New("(?i)(?:\\$\\(|`)[^)`]*docker[^)`\\s]*\\s")
	// toTerminal is where a redirection still only prints.
	toTerminal = lazyregexp.New(`^\s*(?:&[12]|/dev/(?:null|stderr|stdout|tty))`)
)

// command is a simple command in a statement.
type command struct {
	start, end int
	passedOn   bool // what it prints goes to a file or to another program
}

// withoutPrinted blanks the commands that only print, and leaves the line ends.
func (s syntax) withoutPrinted(text string) string {
	var blanked []byte
	for _, c := range s.commands(text) {
		own := text[c.start:c.end]
		m := printer.FindStringIndex(own)
		if m == nil || c.passedOn || substitution.MatchString(own[m[1]:]) {
			continue
		}
		if blanked == nil {
			blanked = []byte(text)
		}
		for i := c.start; i < c.end; i++ {
			if blanked[i] != '\n' {
				blanked[i] = ' '
			}
		}
	}
	if blanked == nil {
		return text
	}
	return string(blanked)
}

// commands divides a statement where a shell would.
func (s syntax) commands(text string) (all []command) {
	var now command
	for i, c := range s.unquoted(text) {
		before, after := byteAt(text, i-1), byteAt(text, i+1)
		switch {
		case c == '>':
			now.passedOn = now.passedOn || !toTerminal.MatchString(text[i+1:])
			continue
		case c == '&' && (before == '>' || after == '>'):
			continue
		case c == '|':
			now.passedOn = now.passedOn || before != '|' && after != '|'
		case c != '&' && c != ';':
			continue
		}
		now.end = i
		all = append(all, now)
		now = command{start: i + 1}
	}
	now.end = len(text)
	return append(all, now)
}

func byteAt(text string, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// proseKey begins a line of YAML or JSON that names or describes a step.
var proseKey = lazyregexp.New(`(?i)^\s*(?:-\s+)?["']?(?:name|desc|description|display-?name|help|message|msg|summary|title)["']?\s*:\s`)

// isProse tells whether a statement only speaks about what is run.
func (s statement) isProse() bool {
	return strings.Contains(s.text, ":") && proseKey.MatchString(s.text)
}
