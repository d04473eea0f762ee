package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AptLists finds package lists of apt that stay in the layer.
var AptLists = &fix.Rule{
	Name:    "apt-lists",
	Title:   "package lists of apt that stay in the image",
	Why:     "apt-get update downloads some 20 MB of package lists. They are old when the image is used, and only a removal in the same RUN keeps them out of it. The removal goes to the end of the chain. Nothing is said where a cache mount holds them, and in a stage that others only copy from. Refused where a later RUN installs without an update of its own; or names their directory; unsafe where a later RUN runs a script, a playbook or a makefile that may do so, or another Dockerfile is built on the image, and where something installs packages in its container without an update of its own.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3009"},
	Changes: []string{"exec-args"},
	Wants:   func(doc *source.Document) []fix.Want { return append(wantStarts(doc, "apt"), fix.WantChildren) },
	Check: (&cleaner{
		mention: saysApt,
		fills:   func(c *shellCommand) bool { return c.isApt() && slices.Contains(aptNeedsLists, c.sub()) },
		cleans: func(c *shellCommand) bool {
			return c.removes("/var/lib/apt", "/var/lib/*", "/var/lib/{", "/var/lib/cache") || c.runs("cd") && c.names("/var/lib/apt") || c.isApt() && (c.sub() == "dist-clean" || c.sub() == "distclean")
		},
		mounts:  []string{"/apt"},
		dirs:    []string{"/var/lib/apt/lists"},
		cache:   &keptCache{dirs: []string{"/var/lib/apt/lists"}, words: []string{"/var/lib"}, names: cachePaths(`/var/lib`, "apt")},
		command: func(*shellCommand) string { return "rm -rf /var/lib/apt/lists/*" },
		atEnd:   true,
		held:    heldAptLists,
		message: func(c *shellCommand) string { return "the package lists of " + c.name() + " update stay in the image" },
	}).check,
}

// aptNeedsLists are the subcommands of apt-get that read the package lists.
var aptNeedsLists = []string{"install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "download", "satisfy"}

func (c *shellCommand) isApt() bool { return c.runs("apt-get") || c.runs("apt") || c.runs("aptitude") }

// updatesApt reports whether the command fetches the lists.
func (c *shellCommand) updatesApt() bool {
	return c.isApt() && c.sub() == "update" || c.runs("add-apt-repository") || c.runs("apt-add-repository")
}

func heldAptLists(p *fix.Pass, s *script, c *shellCommand) (held, refused string) {
	updates := slices.ContainsFunc(s.Commands, func(c *shellCommand) bool { return c.isApt() && c.sub() == "update" })
	if !updates {
		return "", "the apt-get update is in another RUN"
	}
	if held, refused = s.readsListsBehind(c); refused != "" {
		return "", refused
	}
	if in := s.reader.firstLater(asked("lists"), s.In, func(in *source.Instruction) bool { return s.needsLists(in).needs }); in != nil {
		line, _ := p.Doc.Position(in.Start)
		return "", fmt.Sprintf("line %d reads the lists without an update of its own", line)
	}
	if in := s.reader.firstLater(asked("lists in a script"), s.In, func(in *source.Instruction) bool { return s.needsLists(in).runs != "" }); in != nil {
		line, _ := p.Doc.Position(in.Start)
		return fmt.Sprintf("whether %s on line %d reads the lists is not known", s.needsLists(in).runs, line), ""
	}
	if held == "" {
		held = childDoubt(p.Facts, "and may install from the lists")
	}
	if held == "" {
		held = startInstall(p, aptReader)
	}
	return held, ""
}

// readsListsBehind says what reads the lists behind the branch that c stands in: they are removed at its end.
func (s *script) readsListsBehind(c *shellCommand) (held, refused string) {
	if len(c.Within) == 0 {
		return "", ""
	}
	end, _ := s.program.Span(c.Among[len(c.Among)-1])
	for _, o := range s.Commands {
		switch {
		case o.Start < end.End:
		case len(o.Within) == 0 && s.fetchesItself(o):
			return held, ""
		case s.readsLists(o):
			return "", o.name() + " behind it reads the lists"
		case o.runsOther() != "":
			held = "whether " + o.runsOther() + " behind it reads the lists is not known"
		}
	}
	return held, ""
}

// localOnly reports whether apt-get gets nothing but files to install.
func (c *shellCommand) localOnly() bool {
	n := 0
	for _, w := range c.args() {
		if strings.HasPrefix(w.Text, "-") {
			continue
		}
		if !strings.HasSuffix(w.Text, ".deb") {
			return false
		}
		n++
	}
	return n > 0
}
