package dockerfile

import (
	"slices"
	"strconv"
	"strings"

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
	var found []fix.Finding
	for s := range scripts(p, saysApt|saysYum|saysDnf|saysZypper) {
		for _, c := range s.Commands {
			if c.Sub == 0 || c.in(inPipe) && !c.via("xargs") {
				continue
			}
			switch {
			case c.isApt() && slices.Contains(aptAsks, c.sub()) && !c.has("-y", "--yes", "--assume-yes", "--assume-no", "-s", "--simulate", "--dry-run", "--print-uris", "-d", "--download-only") && !c.quietApt(),
				c.isRpm() && slices.Contains(rpmAsks, c.sub()) && !c.has("-y", "--assumeyes", "--assumeno"):
				found = append(found, yesFinding(c, "-y", s.addFlag(c, "-y")))
			case c.runs("zypper", zypperAsks...) && !c.has("-n", "-y", "--non-interactive", "--no-confirm", "--dry-run", "-D"):
				found = append(found, yesFinding(c, "--non-interactive", insertBehind(s.doc, c.Words[0], "--non-interactive")))
			}
		}
	}
	reportUnless(p, found, "Assume-Yes", "assumeyes")
}

func yesFinding(c *shellCommand, flag string, edit fix.Edit) fix.Finding {
	return fix.Finding{Span: c.Span, Message: c.name() + " " + c.sub() + " asks before it goes on", Fix: &fix.Fix{Title: "add " + flag, Safety: fix.Safe, Edits: []fix.Edit{edit}}}
}

// quietApt reports whether the flags of apt-get say -q twice, which means -y (apt-get(8)).
func (c *shellCommand) quietApt() bool {
	n := 0
	for _, w := range c.Words[1:] {
		flags, level, set := strings.Cut(w.Text, "=")
		long := flags == "--quiet"
		switch {
		case !long && (!strings.HasPrefix(flags, "-") || strings.IndexFunc(flags[1:], notLetter) >= 0 || !strings.Contains(flags, "q")):
		case set && (long || strings.HasSuffix(flags, "q")): // the number is the level, whatever stands before
			n, _ = strconv.Atoi(level)
		case long:
			n++
		default:
			n += strings.Count(flags, "q")
		}
	}
	return n > 1
}
