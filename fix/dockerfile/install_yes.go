package dockerfile

import (
	"bytes"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// InstallYes finds package managers that would ask.
var InstallYes = &fix.Rule{
	Name:    "install-without-yes",
	Title:   "a package manager that asks before it installs",
	Why:     "Nobody answers in a build: apt-get, yum, dnf and zypper stop at their question and the build fails. -y says yes. Nothing is said where another flag, the configuration or the left side of a pipe does.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3014", "DL3030", "DL3034", "DL3038"},
	Changes: []string{"exec-args"},
	Check:   checkInstallYes,
}

var (
	aptAsks    = []string{"install", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove", "build-dep", "autopurge"}
	rpmAsks    = []string{"install", "update", "upgrade", "groupinstall", "localinstall", "remove", "erase", "autoremove", "reinstall", "swap", "downgrade", "distro-sync"}
	zypperAsks = []string{"install", "in", "remove", "rm", "update", "up", "patch", "dist-upgrade", "dup", "source-install", "si"}
)

func checkInstallYes(p *fix.Pass) {
	if bytes.Contains(p.Doc.Bytes, []byte("Assume-Yes")) || bytes.Contains(p.Doc.Bytes, []byte("assumeyes")) {
		return
	}
	for s := range scripts(p.Doc, "apt", "yum", "dnf", "zypper") {
		for _, c := range s.Commands {
			if c.Sub == 0 || c.in(inPipe) && !c.via("xargs") {
				continue
			}
			switch {
			case c.isApt() && slices.Contains(aptAsks, c.sub()) && !c.has("-y", "--yes", "--assume-yes", "--assume-no", "-s", "--simulate", "--dry-run", "--print-uris", "-d", "--download-only") && !c.quietApt(),
				c.isRpm() && slices.Contains(rpmAsks, c.sub()) && !c.has("-y", "--assumeyes", "--assumeno"):
				p.Report(yesFinding(c, "-y", s.addFlag(c, "-y")))
			case c.runs("zypper", zypperAsks...) && !c.has("-n", "-y", "--non-interactive", "--no-confirm", "--dry-run", "-D"):
				p.Report(yesFinding(c, "--non-interactive", insertBehind(s.doc, c.Words[0], "--non-interactive")))
			}
		}
	}
}

func yesFinding(c *shellCommand, flag string, edit fix.Edit) fix.Finding {
	return fix.Finding{Span: c.Span, Message: c.name() + " " + c.sub() + " asks before it goes on", Fix: &fix.Fix{Title: "add " + flag, Safety: fix.Safe, Edits: []fix.Edit{edit}}}
}

// quietApt reports whether the flags of apt-get say -q twice, which means -y (apt-get(8)).
func (c *shellCommand) quietApt() bool {
	n := 0
	for _, w := range c.Words[1:] {
		if w.Text == "-q=2" || w.Text == "--quiet=2" {
			return true
		}
		if w.isFlag("-q") && w.Text[1] != '-' {
			for _, b := range w.Text {
				if b == 'q' {
					n++
				}
			}
		}
		if w.Text == "--quiet" {
			n++
		}
	}
	return n > 1
}

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
	for s := range scripts(p.Doc, "apt") {
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
