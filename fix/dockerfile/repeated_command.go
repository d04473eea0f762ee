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
		last := make([]*source.Instruction, len(onePerStage))
		for _, in := range slices.Backward(s.Instructions) {
			i := slices.Index(onePerStage, in.Name)
			switch {
			case i < 0:
			case last[i] == nil:
				last[i] = in
			case in.Declined == "":
				reportRepeated(p, in, last[i])
			}
		}
	}
}

func reportRepeated(p *fix.Pass, in, last *source.Instruction) {
	line, _ := p.Doc.Position(last.Start)
	f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("the %s on line %d replaces this one", in.Name, line)}
	remove(p, &f, in, "remove it", nil)
	p.Report(f)
}
