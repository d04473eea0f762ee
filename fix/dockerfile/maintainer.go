package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// authors is the label that the OCI image specification has for what MAINTAINER says (annotations.md).
const authors = "org.opencontainers.image.authors"

// Maintainer finds MAINTAINER.
var Maintainer = &fix.Rule{
	Name:    "maintainer",
	Title:   "the deprecated MAINTAINER instruction",
	Why:     "MAINTAINER has been deprecated since Docker 1.13. The label " + authors + " says the same and can be read by tools. Its value is the text of MAINTAINER, character for character; quotes around it were part of it. Where the stage sets that label anyway, or a later MAINTAINER of the stage replaces this one, it only goes. Held back where a stage built on this one has a MAINTAINER of its own, and where a comment that asks for silence would be left behind.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"MaintainerDeprecated", "DL4000"},
	Changes: []string{"image.author", "image.config.Labels." + authors},
	Check:   checkMaintainer,
}

func checkMaintainer(p *fix.Pass) {
	for in := range instructions(p.Doc, "MAINTAINER") {
		if in.Stage < 0 || len(in.Args) != 1 {
			continue
		}
		f := fix.Finding{Span: in.Span, Message: "MAINTAINER is deprecated"}
		stage := p.Doc.Dockerfile.Stages[in.Stage]
		label := "image.config.Labels." + authors
		switch {
		case laterMaintainer(stage, in):
			remove(p, &f, in, "remove it: a later one of the stage replaces it", map[string]string{})
		case inherited(p.Doc.Dockerfile, stage):
			f.Reason = "a stage built on this one has a MAINTAINER of its own, and would get the label beside it"
		case setsLabel(stage, authors):
			remove(p, &f, in, "remove it: the label "+authors+" is set anyway", map[string]string{"image.author": ""})
		case in.Rest.Split || in.Keyword.Split:
			f.Reason = cut
		default:
			f.Fix = &fix.Fix{
				Title:  "use a LABEL",
				Safety: fix.Safe,
				Edits: []fix.Edit{
					fix.Replace(in.Keyword.Span, likeCase("LABEL", in.Keyword.Text)),
					fix.Replace(in.Rest.Span, authors+"="+quoted(in.Rest.Text, p.Doc.Dockerfile.Escape)),
				},
				Expect: map[string]string{"image.author": "", label: in.Rest.Text},
			}
		}
		p.Report(f)
	}
}

// inherited reports whether a stage built on s has a MAINTAINER of its own. The label of s would reach it, and stand
// beside another author.
func inherited(df *source.Dockerfile, s *source.Stage) bool {
	for _, other := range df.Stages {
		for base := other.Base; base != nil; base = base.Base {
			if base == s && slices.ContainsFunc(other.Instructions, func(in *source.Instruction) bool { return in.Name == "MAINTAINER" }) {
				return true
			}
		}
	}
	return false
}

// laterMaintainer reports whether another MAINTAINER of the stage replaces this one.
func laterMaintainer(s *source.Stage, in *source.Instruction) bool {
	for _, other := range s.Instructions {
		if other.Name == "MAINTAINER" && other.Start > in.Start && len(other.Args) == 1 {
			return true
		}
	}
	return false
}

func setsLabel(s *source.Stage, name string) bool {
	for _, in := range s.Instructions {
		if in.Name != "LABEL" {
			continue
		}
		for _, pair := range in.Pairs {
			if strings.Trim(pair.Name.Text, `"'`) == name {
				return true
			}
		}
	}
	return false
}

// quoted puts text in double quotes so that it stands for itself. MAINTAINER expands no variables, LABEL does.
func quoted(text string, escape byte) string { return `"` + escaped(text, escape) + `"` }

// escaped writes text so that it stands for itself inside double quotes.
func escaped(text string, escape byte) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c == '"' || c == '$' || c == escape {
			b.WriteByte(escape)
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
