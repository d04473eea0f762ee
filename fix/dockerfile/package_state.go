package dockerfile

import (
	"slices"
	"strings"
)

// packageState is what is known of one package at a place: whether a package manager has installed it.
type packageState struct {
	name    string
	there   bool
	unsure  bool     // a command that may not run, or that cannot be read, may have changed it
	virtual []string // apk add --virtual: names of groups that hold the package
}

// installsBefore reports whether a package manager installs a package before c, in its RUN or one that is in force, and does not
// remove it again; known is false where that cannot be told.
func (s *script) installsBefore(c *shellCommand, name string) (there, known bool) {
	is := &packageState{name: name}
	for _, in := range lineage(s.doc.Dockerfile, s.In) {
		if in.Name != "RUN" || !mentions(s.doc, in, name, "apk") {
			continue
		}
		o := s.reader.script(in, name, "apk")
		if o == nil {
			is.unsure = is.unsure || mentions(s.doc, in, "del")
			continue
		}
		for _, before := range o.Commands {
			is.run(before)
		}
	}
	for _, before := range s.Commands {
		if before.Start < c.Start {
			is.run(before)
		}
	}
	return is.there, !is.unsure
}

// run notes what one command does to the package.
func (is *packageState) run(c *shellCommand) {
	certain := !c.in(inOrLeft, inOrRight, inNegation, inBackground, inIf, inLoop, inCase, inFunction)
	elsewhere := c.has("--root", "-p", "--installroot", "--simulate", "-s")
	removes := c.runs("apk", "del") || (c.isApt() || c.isRpm()) && slices.Contains([]string{"remove", "purge", "erase", "autoremove"}, c.sub())
	installs := (c.isApt() || c.isRpm()) && c.sub() == "install" || c.runs("apk", "add") || c.runs("zypper", "install", "in")
	switch {
	case elsewhere && !removes:
	case installs && is.among(c, is.name):
		is.there, is.unsure = true, is.unsure || !certain
		if c.runs("apk") {
			is.group(c)
		}
	case c.runs("apk", "add") && is.among(c, "!"+is.name), removes && is.among(c, append(is.virtual, is.name)...):
		is.there, is.unsure = false, is.unsure || !certain
	case removes && !c.plain():
		is.unsure = is.unsure || is.there
	}
}

// among reports whether one of the arguments is one of the packages, of any version.
func (is *packageState) among(c *shellCommand, names ...string) bool {
	return slices.ContainsFunc(c.args(), func(w shellWord) bool {
		name, _, _ := strings.Cut(w.Text, "=")
		return slices.Contains(names, name) && (w.Plain || len(name) < len(w.Text))
	})
}

// group notes the name that apk add --virtual gives to its packages.
func (is *packageState) group(c *shellCommand) {
	for i, w := range c.Words {
		value, joined := strings.CutPrefix(w.Text, "--virtual=")
		switch {
		case joined:
		case (w.isFlag("--virtual") || w.isFlag("-t")) && i+1 < len(c.Words):
			value = c.Words[i+1].Text
		default:
			continue
		}
		is.virtual = append(is.virtual, value)
	}
}
