package dockerfile

import (
	"fmt"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// RepeatedCommand finds CMD, ENTRYPOINT and HEALTHCHECK that a later one of the stage replaces.
var RepeatedCommand = &fix.Rule{
	Name:    "repeated-command",
	Title:   "CMD, ENTRYPOINT or HEALTHCHECK more than once in a stage",
	Why:     "Only the last one of a stage counts; the others look as if they ran. They go, and the comments around them stay. Held back where one of these comments asks for silence, since it would then silence what comes next.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"MultipleInstructionsDisallowed", "DL4003", "DL4004", "DL3012"},
	Check:   checkRepeatedCommand,
}

// onePerStage are the instructions of which only the last one of a stage counts.
var onePerStage = []string{"CMD", "ENTRYPOINT", "HEALTHCHECK"}

func checkRepeatedCommand(p *fix.Pass) {
	for _, s := range p.Doc.Dockerfile.Stages {
		last := map[string]*source.Instruction{}
		for _, in := range s.Instructions {
			last[in.Name] = in
		}
		for _, in := range s.Instructions {
			if in.Declined != "" || in == last[in.Name] || !slices.Contains(onePerStage, in.Name) {
				continue
			}
			line, _ := p.Doc.Position(last[in.Name].Start)
			f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("the %s on line %d replaces this one", in.Name, line)}
			remove(p, &f, in, "remove it", nil)
			p.Report(f)
		}
	}
}
