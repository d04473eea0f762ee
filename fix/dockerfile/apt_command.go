package dockerfile

import (
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AptCommand finds apt where apt-get is meant.
var AptCommand = &fix.Rule{
	Name:    "apt-command",
	Title:   "apt, which is for people, in a build",
	Why:     "apt warns that it has no stable interface for scripts. apt-get and apt-cache do the same with the same words; full-upgrade is called dist-upgrade there, and apt upgrade installs new packages too, so it gets --with-new-pkgs. Left alone where they have no such subcommand.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3027"},
	Changes: []string{"exec-args"},
	Check:   checkAptCommand,
}

var (
	aptGetSubs   = []string{"update", "install", "upgrade", "full-upgrade", "dist-upgrade", "remove", "purge", "autoremove", "clean", "autoclean", "source", "build-dep", "download"}
	aptCacheSubs = []string{"search", "show", "policy", "depends", "rdepends", "showsrc", "madison"}
)

func checkAptCommand(p *fix.Pass) {
	for s := range scripts(p, saysApt) {
		for _, c := range s.Commands {
			if !c.runs("apt") || c.Words[0].Text != "apt" {
				continue
			}
			f := fix.Finding{Span: c.Words[0].Span, Message: "apt is for people, not for scripts"}
			switch {
			case c.Sub == 0:
				f.Reason = "its subcommand is not known"
			case c.Words[0].Cut || c.Words[c.Sub].Cut:
				f.Reason = cut
			case slices.Contains(aptGetSubs, c.sub()):
				f.Fix = &fix.Fix{Title: "use apt-get", Safety: fix.Safe, Edits: s.aptGet(c)}
			case slices.Contains(aptCacheSubs, c.sub()):
				f.Fix = &fix.Fix{Title: "use apt-cache", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(c.Words[0].Span, "apt-cache")}}
			default:
				f.Reason = "apt-get has no " + c.sub()
			}
			p.Report(f)
		}
	}
}

func (s *script) aptGet(c *shellCommand) []fix.Edit {
	edits := []fix.Edit{fix.Replace(c.Words[0].Span, "apt-get")}
	switch c.sub() {
	case "full-upgrade":
		edits = append(edits, fix.Replace(c.Words[c.Sub].Span, "dist-upgrade"))
	case "upgrade":
		edits = append(edits, s.addFlag(c, "--with-new-pkgs"))
	}
	return edits
}
