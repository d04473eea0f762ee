package dockerfile

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/buildkit/frontend/dockerfile/command"
)

// EmptyContinuation finds blank lines between the lines of an instruction.
var EmptyContinuation = &fix.Rule{
	Name:    "empty-continuation",
	Title:   "a blank line inside an instruction",
	Why:     "Builders skip blank lines after a continuation character today and have said that they will reject them. The blank lines go; comments between the lines stay. Held back where the next line looks like an instruction of its own, since then the continuation character before it is the mistake.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"NoEmptyContinuation"},
	Check:   checkEmptyContinuation,
}

func checkEmptyContinuation(p *fix.Pass) {
	for in := range instructions(p.Doc) {
		if len(in.Blank) == 0 {
			continue
		}
		line, _ := p.Doc.Position(in.Blank[0].Start)
		f := fix.Finding{Span: in.Blank[0], Message: fmt.Sprintf("blank line %d is inside the %s that starts above it", line, in.Name)}
		if kw := swallowed(p.Doc, in); kw != "" {
			f.Reason = mistake(kw, in.Name)
		} else {
			f.Fix = &fix.Fix{Title: "remove the blank lines", Safety: fix.Safe}
			for _, blank := range in.Blank {
				f.Fix.Edits = append(f.Fix.Edits, fix.Replace(blank, ""))
			}
		}
		p.Report(f)
	}
}

// mistake is the reason to leave an instruction alone that has taken in another one.
func mistake(keyword, name string) string {
	return fmt.Sprintf("a line of it begins with %s, which the builder takes for a part of this %s: remove the continuation character above it if that is a mistake", keyword, name)
}

// swallowed is the keyword that a line after a blank one begins with; "" where there is none.
func swallowed(doc *source.Document, in *source.Instruction) string {
	for _, blank := range in.Blank {
		n, _ := doc.Position(blank.Start)
		if n < doc.Lines() { // else the file ends inside the instruction
			if kw := keywordOf(doc.Text(doc.Line(n + 1))); kw != "" {
				return kw
			}
		}
	}
	return ""
}

// keywordOf is the keyword in capitals with which a line looks like an instruction; "" where it does not.
func keywordOf(line string) string {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != strings.ToUpper(words[0]) {
		return ""
	}
	if _, known := command.Commands[strings.ToLower(words[0])]; !known {
		return ""
	}
	return words[0]
}
