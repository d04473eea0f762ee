package dockerfile

import (
	"fmt"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AdjacentRun finds RUNs that could be one.
var AdjacentRun = &fix.Rule{
	Name:    "adjacent-run",
	Title:   "RUN after RUN",
	Why:     "Each RUN is a layer. Joined with && there is one less, and a change of one command runs all of them again: two RUNs are often two on purpose, so this rule looks only where it is asked for. Refused where the first leaves something behind that would reach the second, such as cd or a variable, where the second could hide a failure of the first, and with flags, here-documents, shell comments and other shells. RUNs that a later one cleans up are left-behind.",
	Kind:    source.DockerfileKind,
	Off:     true,
	Safety:  fix.Safe,
	Aliases: []string{"DL3059"},
	Changes: []string{"exec-args", "step-removed"},
	Check:   checkAdjacentRun,
}

func checkAdjacentRun(p *fix.Pass) {
	for in := range instructions(p.Doc, "RUN") {
		if in.Stage < 0 {
			continue
		}
		before := runBefore(p.Doc, in)
		if before == nil {
			continue
		}
		line, _ := p.Doc.Position(before.Start)
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("RUN follows the RUN on line %d", line)}
		edit, quiet := joinEdit(p, before, in)
		switch why := sharedReader(p).apartBecause(before, in); {
		case why != "":
			f.Reason = why
		case !quiet:
			f.Reason = "a comment asks for silence"
		default:
			f.Fix = &fix.Fix{Title: "join them", Safety: fix.Safe, Edits: []fix.Edit{edit}}
		}
		p.Report(f)
	}
}
