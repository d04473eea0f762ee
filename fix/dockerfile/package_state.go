package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
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
	is := s.reader.packageBefore(s.In, name)
	for _, before := range s.Commands {
		if before.Start < c.Start {
			is.run(before)
		}
	}
	return is.there, !is.unsure
}

// packageKey is what the state of a package behind the instructions of a stage is kept by.
type packageKey struct {
	stage *source.Stage
	name  string
}

// packageProgress is the state of a package behind the first instructions of a stage.
type packageProgress struct {
	packageState
	read int // how many instructions
}

// packageBefore is the state of a package before an instruction.
func (r *reader) packageBefore(in *source.Instruction, name string) packageState {
	st := r.doc.Dockerfile.Stages[in.Stage]
	return r.packageBehind(st, indexBehind(st, in)-1, name)
}

// packageBehind is the state of a package behind the first instructions of a stage. It goes on from the last place that was asked
// for.
func (r *reader) packageBehind(st *source.Stage, count int, name string) packageState {
	key := packageKey{st, name}
	begin := func() *packageProgress {
		p := &packageProgress{packageState: packageState{name: name}}
		if st.Base != nil {
			p.packageState = r.packageBehind(st.Base, len(st.Base.Instructions), name)
		}
		return p
	}
	p := r.packages.of(key, begin)
	if p.read > count {
		*p = *begin()
	}
	for ; p.read < count; p.read++ {
		r.packageIn(st.Instructions[p.read], &p.packageState)
	}
	copied := p.packageState
	copied.virtual = slices.Clip(copied.virtual)
	return copied
}

// packageIn notes what an instruction does to the package.
func (r *reader) packageIn(in *source.Instruction, is *packageState) {
	if in.Name != "RUN" || !mentions(r.doc, in, is.name, "apk") {
		return
	}
	s := r.script(in)
	if s == nil {
		is.unsure = is.unsure || mentions(r.doc, in, "del")
		return
	}
	for _, c := range s.Commands {
		is.run(c)
	}
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
