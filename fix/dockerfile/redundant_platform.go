package dockerfile

import (
	"fmt"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// RedundantPlatform finds FROM --platform=$TARGETPLATFORM.
var RedundantPlatform = &fix.Rule{
	Name:    "redundant-platform",
	Title:   "FROM --platform=$TARGETPLATFORM",
	Why:     "The target platform is what FROM takes by itself. The flag goes, unless the file gives TARGETPLATFORM a value of its own. --platform=$BUILDPLATFORM is another thing and stays.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"RedundantTargetPlatform"},
	Check:   checkRedundantPlatform,
}

func checkRedundantPlatform(p *fix.Pass) {
	for _, s := range p.Doc.Dockerfile.Stages {
		flag, ok := s.From.Flag("platform")
		value := flag.Unquoted(p.Doc.Dockerfile.Escape)
		if !ok || s.From.Declined != "" || value != "$TARGETPLATFORM" && value != "${TARGETPLATFORM}" {
			continue
		}
		f := fix.Finding{Span: flag.Span, Message: fmt.Sprintf("--platform=%s is what FROM does by itself", value)}
		gap := source.Span{Start: flag.End, End: s.Image.Start}
		switch {
		case setsGlobal(p.Doc.Dockerfile, "TARGETPLATFORM"):
			f.Reason = "the file sets TARGETPLATFORM itself"
		case flag.Split || !isBlank(p.Doc.Text(gap)):
			f.Reason = cut
		default:
			at := source.Span{Start: flag.Start, End: s.Image.Start}
			f.Fix = &fix.Fix{Title: "remove the flag", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(at, "")}}
		}
		p.Report(f)
	}
}

func setsGlobal(df *source.Dockerfile, name string) bool {
	for _, g := range df.Globals {
		if g.Name == name && g.HasDefault {
			return true
		}
	}
	return false
}

func isBlank(s string) bool {
	for i := range len(s) {
		if s[i] != ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}
