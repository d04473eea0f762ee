package dockerfile

import (
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// NpmOnlyProduction finds the old flag for production packages only.
var NpmOnlyProduction = &fix.Rule{
	Name:    "npm-only-production",
	Title:   "--only=production, which npm calls --omit=dev",
	Why:     "npm 7 deprecated --only=production for --omit=dev. Nothing is said on Node.js before 15, whose npm does not know --omit; unsafe where the version is not known.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check:   checkNpmOnlyProduction,
}

func checkNpmOnlyProduction(p *fix.Pass) {
	for s := range scripts(p, saysOnly) {
		node, known := nodeMajor(p.Doc.Dockerfile.Stages[s.In.Stage])
		if known && node < 15 {
			continue
		}
		for _, c := range s.Commands {
			at, ok := c.onlyProduction()
			if !c.runs("npm") || !ok {
				continue
			}
			f := fix.Finding{Span: at.Span, Message: p.Doc.Text(at.Span) + " is deprecated"}
			replace(&f, "use --omit=dev", at, "--omit=dev")
			if f.Fix != nil && !known {
				f.Fix.Safety, f.Reason = fix.Unsafe, "which npm the base image has is not known"
			}
			p.Report(f)
		}
	}
}

// onlyProduction finds --only=production or --only production.
func (c *shellCommand) onlyProduction() (source.Word, bool) {
	for i, w := range c.Words {
		if w.Text == "--only=production" || w.Text == "--only=prod" {
			return source.Word{Span: w.Span, Text: w.Text, Split: w.Cut}, true
		}
		if w.Text == "--only" && i+1 < len(c.Words) && (c.Words[i+1].Text == "production" || c.Words[i+1].Text == "prod") {
			span := source.Span{Start: w.Start, End: c.Words[i+1].End}
			return source.Word{Span: span, Split: span.Len() != len("--only ")+len(c.Words[i+1].Text)}, true
		}
	}
	return source.Word{}, false
}
