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
	Why:     "The target platform is what FROM takes by itself. The flag goes, unless the file declares TARGETPLATFORM itself. --platform=$BUILDPLATFORM is another thing and stays.",
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
		if declares(p.Doc.Dockerfile, "TARGETPLATFORM") {
			f.Reason = "not in this file, which declares TARGETPLATFORM itself and so may be given another value"
		} else {
			gap := p.Doc.Text(source.Span{Start: flag.End, End: s.Image.Start})
			at := source.Span{Start: flag.Start, End: s.Image.Start}
			replace(&f, "remove the flag", source.Word{Span: at, Split: flag.Split || !isBlank(gap)}, "")
		}
		p.Report(f)
	}
}

func declares(df *source.Dockerfile, name string) bool {
	for _, g := range df.Globals {
		if g.Name == name {
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
