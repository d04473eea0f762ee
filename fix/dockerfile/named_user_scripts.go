package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// interpreters are programs that run a script, in which anything may stand, and those that set up systems.
var interpreters = strings.Fields("sh bash ash dash ksh zsh . source eval ansible-playbook ansible puppet chef-solo chef-client salt-call chroot")

// tame are scripts whose work is known to be another one than to change accounts, and sourced those that only set variables.
var (
	tame    = strings.Fields("configure gradlew mvnw autogen.sh bootstrap bootstrap.sh buildconf")
	sourced = strings.Fields("os-release activate nvm.sh env")
)

// unpackers are programs that put files into a directory that one of their words names.
var unpackers = strings.Fields("cp mv install ln rsync tar bsdtar unzip cpio")

// scripts doubts the accounts where a RUN runs a script that may change them, or brings files to where they are kept.
func (a *accounts) scripts(in *source.Instruction) {
	s := a.reader.script(in)
	if s == nil {
		a.doubt = firstOf(a.doubt, "a RUN that cannot be read may change accounts")
		return
	}
	for _, c := range s.Commands {
		switch {
		case a.isScript(c):
			a.doubt = firstOf(a.doubt, "a script that a RUN runs may change accounts")
		case slices.Contains(unpackers, c.name()) && c.namesEtc():
			a.doubt = firstOf(a.doubt, c.name()+" may bring an /etc/passwd")
		}
	}
}

// isScript reports whether a command may be a script that nothing is known of.
func (a *accounts) isScript(c *shellCommand) bool {
	name := path.Base(c.Words[0].Text)
	switch {
	case (name == "." || name == "source") && len(c.Words) > 1:
		return !slices.Contains(sourced, strings.Trim(path.Base(c.Words[1].Text), `"`))
	case slices.Contains(interpreters, name), slices.Contains(a.files, name):
		return true
	case slices.Contains(tame, name):
		return false
	}
	inBin := slices.Contains([]string{"bin", "sbin", ".bin"}, path.Base(path.Dir(c.Words[0].Text)))
	return mayBeScript(c.Words[0].Text) && (!inBin || strings.HasSuffix(name, ".sh"))
}

// namesEtc reports whether one of the words of a command is / or /etc.
func (c *shellCommand) namesEtc() bool {
	return slices.ContainsFunc(c.Words[1:], func(w shellWord) bool {
		at := strings.IndexByte(w.Text, '/')
		if at < 0 || at > 0 && !strings.HasPrefix(w.Text, "-") {
			return false
		}
		dir := path.Clean(w.Text[at:])
		return dir == "/" || dir == "/etc"
	})
}
