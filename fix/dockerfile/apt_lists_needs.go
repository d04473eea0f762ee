package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

var aptInstall = lazyregexp.New(`\b(apt(-get|itude|-fast)?|nala)\s[^&|;\n]*\b(install|build-dep|upgrade|satisfy|source|download)\b|\bapt-cache\s`)

// aptInText reports whether a text that is no program of its own reads lists that it does not fetch.
func aptInText(text string) bool {
	return (strings.Contains(text, "apt") || strings.Contains(text, "nala")) && aptInstall.MatchString(text) && !strings.Contains(text, "update")
}

// aptFrontends are programs that install packages of Debian by way of apt, or ask apt about them, with the lists as they are.
var aptFrontends = []string{"apt-cache", "apt-fast", "apt-build", "apt-rdepends", "tasksel", "gdebi", "gdebi-core", "mk-build-deps", "unattended-upgrade", "unattended-upgrades", "module-assistant", "m-a", "wajig", "nala", "debget", "auto-apt"}

// provisioners are programs that run what other files say, packages of apt included.
var provisioners = []string{"ansible", "ansible-playbook", "ansible-pull", "ansible-local", "puppet", "chef-client", "chef-solo", "salt-call", "just", "task", "rake", "invoke"}

// listsWords are texts of which each RUN that needsLists is about has one: names of programs and of scripts, and what begins a variable.
var listsWords = append([]string{"apt", "nala", "tasksel", "gdebi", "mk-build-deps", "unattended-upgrade", "module-assistant", "m-a", "wajig", "debget", "rosdep", "make", "dash", ".sh", "./", "$", "`"}, provisioners...)

// listsNeed tells whether an instruction reads package lists that it did not fetch, or else which script it runs that may.
type listsNeed struct {
	needs bool
	runs  string
}

// needsLists is what an instruction needs. Each is looked at for what needs the lists for certain, and again for scripts.
func (s *script) needsLists(in *source.Instruction) listsNeed {
	return s.reader.lists.of(in, func() listsNeed {
		needs, runs := s.findListsNeed(in)
		return listsNeed{needs, runs}
	})
}

func (s *script) findListsNeed(in *source.Instruction) (needs bool, runs string) {
	if in.Trigger != nil || in.Name == "CMD" || in.Name == "ENTRYPOINT" {
		return aptInText(plainText(s.doc, in)), ""
	}
	if in.Name != "RUN" || in.Declined != "" || !s.reader.says(in, listsWords...) {
		return false, ""
	}
	o := s.reader.script(in)
	if o == nil {
		return aptInText(plainText(s.doc, in)), ""
	}
	for _, c := range o.Commands {
		switch {
		case o.fetchesItself(c):
			return false, ""
		case o.readsLists(c):
			return true, ""
		}
		if runs == "" {
			runs = c.runsOther()
		}
	}
	if len(in.Heredocs) > 0 && !o.Heredoc && aptInText(s.doc.Text(in.Span)) {
		return true, ""
	}
	return false, runs
}

// fetchesItself reports whether a command fetches the lists. add-apt-repository does so of itself from Ubuntu 18.04 on.
func (s *script) fetchesItself(c *shellCommand) bool {
	if c.isApt() {
		return c.sub() == "update"
	}
	if !c.updatesApt() || c.has("-n", "--no-update") {
		return false
	}
	name, tag := nameAndTag(base(s.doc.Dockerfile.Stages[s.In.Stage]))
	return c.has("-u", "--update") || name == "ubuntu" && newUbuntu.MatchString(tag)
}

var newUbuntu = lazyregexp.New(`^(18|19|2[0-9])\.|^(bionic|focal|jammy|noble|latest|rolling|devel)|^$`)

func (s *script) readsLists(c *shellCommand) bool {
	switch {
	case c.isApt():
		return slices.Contains(aptNeedsLists, c.sub()) && !c.localOnly() || c.Sub == 0 && !c.plain()
	case slices.Contains(aptFrontends, c.name()), c.runs("rosdep", "install"):
		return true
	case slices.Contains([]string{"echo", "printf"}, c.name()):
		return false
	}
	return slices.ContainsFunc(c.list, func(w shellWord) bool { return aptInText(w.Text) }) || c.variableFor("apt", "install", "pkg") || s.commandVariable(c, "apt")
}

// variableFor reports whether the program is a variable whose name has one of the words.
func (c *shellCommand) variableFor(words ...string) bool {
	if len(c.Words) == 0 || c.Words[0].Plain || strings.Contains(c.Words[0].Text, "/") {
		return false
	}
	name := strings.ToLower(c.Words[0].Text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}

// commandVariable reports whether the program is a variable whose value has the text, or is set nowhere.
func (s *script) commandVariable(c *shellCommand, text string) bool {
	if len(c.Words) == 0 || c.Words[0].Plain || !onlyVariable.MatchString(c.Words[0].Text) {
		return false
	}
	name := strings.Trim(c.Words[0].Text, `"${}`)
	found := false
	for _, in := range lineage(s.doc.Dockerfile, s.In) {
		for _, p := range in.Pairs {
			if p.Name.Text == name {
				found = true
				if strings.Contains(p.Value.Text, text) || strings.Contains(p.Value.Text, "$") {
					return true
				}
			}
		}
	}
	for _, a := range append(slices.Clone(s.Exports), c.Assigned...) {
		if a.Name == name {
			found = true
			if !a.Value.Plain || strings.Contains(a.Value.Text, text) {
				return true
			}
		}
	}
	return !found
}

var onlyVariable = lazyregexp.New(`^"?\$(\w+|\{\w+\})"?$`)

// usualTargets are the targets of makefiles that build; others may install packages.
var usualTargets = []string{"all", "install", "clean", "distclean", "build", "test", "tests", "check", "release", "docs", "html", "modules", "modules_install", "install-strip", "altinstall"}

// runsOther is what the command runs that another file spells out: a script, a playbook, a target of a makefile; "" for nothing.
func (c *shellCommand) runsOther() string {
	if slices.Contains(provisioners, c.name()) {
		return c.name()
	}
	if c.name() != "make" && c.name() != "gmake" {
		return c.script()
	}
	for i, w := range c.Words[1:] {
		before := c.Words[i].Text
		switch {
		case strings.HasPrefix(w.Text, "-"), strings.Contains(w.Text, "="), slices.Contains([]string{"-C", "-f", "-j", "-l", "-I", "-o"}, before), slices.Contains(usualTargets, w.Text):
		default:
			return "make " + w.Text
		}
	}
	return ""
}

// names reports whether one of the words has the text.
func (c *shellCommand) names(text string) bool {
	return slices.ContainsFunc(c.Words[1:], func(w shellWord) bool { return strings.Contains(w.Text, text) })
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
