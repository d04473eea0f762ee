package dockerfile

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// GemDocs finds gem install that builds documentation.
var GemDocs = &fix.Rule{
	Name:    "gem-docs",
	Title:   "gem install that builds documentation",
	Why:     "gem builds documentation of everything that it installs, unless it is told not to. Nothing is said on the official ruby images, whose gemrc says so, and where the Dockerfile writes a gemrc. Unsafe on releases from before 2015, whose gem may not know the flag.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check:   checkGemDocs,
}

func checkGemDocs(p *fix.Pass) {
	var found []fix.Finding
	for s := range scripts(p, saysGem) {
		name, _ := nameAndTag(base(p.Doc.Dockerfile.Stages[s.In.Stage]))
		if name == "ruby" {
			continue
		}
		for _, c := range s.Commands {
			if !c.runs("gem", "install", "update", "i") || c.has("--no-document", "-N", "--no-doc", "--no-docs", "--no-rdoc", "--no-ri", "--document", "--system", "--ri", "--rdoc") || strings.HasPrefix(c.sub(), "-") {
				continue
			}
			found = append(found, s.flagFinding(c, "gem "+c.sub()+" builds documentation", "--no-document", "gem"))
		}
	}
	reportUnless(p, found, "gemrc")
}
