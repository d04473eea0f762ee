package dockerfile

import (
	"fmt"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// RepeatedCommand finds CMD, ENTRYPOINT and HEALTHCHECK that a later one of the stage replaces.
var RepeatedCommand = &fix.Rule{
	Name:    "repeated-command",
	Title:   "CMD, ENTRYPOINT or HEALTHCHECK more than once in a stage",
	Why:     "Only the last one of a stage counts; the others look as if they ran. They go, and the comments around them stay.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"MultipleInstructionsDisallowed", "DL4003", "DL4004", "DL3012"},
	Check:   checkRepeatedCommand,
}

func checkRepeatedCommand(p *fix.Pass) {
	for _, s := range p.Doc.Dockerfile.Stages {
		last := map[string]*source.Instruction{}
		for _, in := range s.Instructions {
			last[in.Name] = in
		}
		for _, in := range s.Instructions {
			if in.Declined != "" || in == last[in.Name] || !oneOf(in.Name, []string{"CMD", "ENTRYPOINT", "HEALTHCHECK"}) {
				continue
			}
			line, _ := p.Doc.Position(last[in.Name].Start)
			p.Report(fix.Finding{
				Span:    in.Span,
				Message: fmt.Sprintf("the %s on line %d replaces this one", in.Name, line),
				Fix:     &fix.Fix{Title: "remove it", Safety: fix.Safe, Edits: []fix.Edit{removal(p.Doc, in)}},
			})
		}
	}
}
