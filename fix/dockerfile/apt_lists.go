package dockerfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AptLists finds package lists of apt that stay in the layer.
var AptLists = &fix.Rule{
	Name:    "apt-lists",
	Title:   "package lists of apt that stay in the image",
	Why:     "apt-get update downloads some 20 MB of package lists. They are old when the image is used, and only a removal in the same RUN keeps them out of it. The removal goes to the end of the chain. Nothing is said where a cache mount holds them, and in a stage that others only copy from. Refused where a later RUN installs without an update of its own; unsafe where a later RUN runs a script that may do so.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3009"},
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: []string{"apt"},
		fills:   func(c *shellCommand) bool { return c.isApt() && slices.Contains(aptNeedsLists, c.sub()) },
		cleans: func(c *shellCommand) bool {
			return c.removes("/var/lib/apt", "/var/lib/*", "/var/lib/{", "/var/lib/cache") || c.isApt() && (c.sub() == "dist-clean" || c.sub() == "distclean")
		},
		mounts:  []string{"/apt"},
		dirs:    []string{"/var/lib/apt/lists"},
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
	for _, in := range laterIn(p.Doc.Dockerfile, s.In) {
		line, _ := p.Doc.Position(in.Start)
		switch needs, script := s.needsLists(in); {
		case needs:
			return "", fmt.Sprintf("line %d reads the lists without an update of its own", line)
		case script != "" && held == "":
			held = fmt.Sprintf("whether %s on line %d reads the lists is not known", script, line)
		}
	}
	return held, ""
}

var aptInstall = regexp.MustCompile(`\bapt(-get|itude)?\s[^&|;\n]*\b(install|build-dep|upgrade)\b`)

// needsLists reports whether an instruction reads package lists that it did not fetch, or else which script it runs that may.
func (s *script) needsLists(in *source.Instruction) (needs bool, runs string) {
	text := s.doc.Text(in.Span)
	if in.Trigger != nil || in.Name == "CMD" || in.Name == "ENTRYPOINT" {
		return aptInstall.MatchString(text) && !strings.Contains(text, "update"), ""
	}
	if in.Name != "RUN" || in.Declined != "" {
		return false, ""
	}
	o := s.reader.script(in, "")
	if o == nil {
		return aptInstall.MatchString(text) && !strings.Contains(text, "update"), ""
	}
	for _, c := range o.Commands {
		switch {
		case c.updatesApt():
			return false, ""
		case c.isApt() && slices.Contains(aptNeedsLists, c.sub()) && !c.localOnly(), c.runs("apt-cache"), c.runs("rosdep", "install"):
			return true, ""
		}
		if runs == "" {
			runs = c.script()
		}
	}
	return false, runs
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

// script is the name of the shell script that the command runs, as its name tells; "" where it runs none.
func (c *shellCommand) script() string {
	name := c.name()
	if slices.Contains([]string{"sh", "bash", "dash", ".", "source"}, name) {
		for _, w := range c.Words[1:] {
			if !strings.HasPrefix(w.Text, "-") && w.Plain && !slices.Contains([]string{"sh", "bash"}, name) || strings.HasSuffix(w.Text, ".sh") {
				if name == "." || name == "source" { // nvm.sh, activate: they set variables
					return ""
				}
				return w.Text
			}
		}
		return ""
	}
	if strings.HasSuffix(name, ".sh") || len(c.Words) > 0 && strings.HasPrefix(c.Words[0].Text, "./") && !slices.Contains([]string{"configure", "bootstrap", "gradlew", "mvnw", "autogen.sh", "Configure", "config"}, name) {
		return name
	}
	return ""
}
