package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// variable stands in a word for what only the shell knows.
const variable = "\x00"

// runReading is what a RUN does to the copied trees.
type runReading struct {
	installs []located
	venvs    []string
	sets     map[string]string // variables that it sets itself
	harmless bool              // it neither reads nor changes a tree
	split    *split
	uncut    string // why it cannot be cut where it must be to be moved
	early    *early // how an install of the dependencies alone can come before it; nil where it cannot
	build    *located
	refuse   string // why an install in it cannot be moved
	in       *source.Instruction
	somehow  bool // an install is in it, at a place that is not known
}

// split is where a RUN is cut: what is repeated before the tail, and the tail.
type split struct {
	shell      *source.Shell
	repeat     []*syntax.Stmt
	head, tail *syntax.Stmt // the last before the cut, the first behind it
	end        *syntax.Stmt // the last of all
}

// early is what an install of the dependencies alone is made of: the commands before the install, and the install.
type early struct {
	shell   *source.Shell
	setup   []*syntax.Stmt
	install *syntax.Stmt
}

// concerns reports whether an install of the RUN reads its manifests from a tree.
func (r *runReading) concerns(t *tree) bool {
	return r.somehow || slices.ContainsFunc(r.installs, func(i located) bool { return within(t.dest, i.dir) })
}

// cached reports whether the RUN keeps the downloads of an install that always needs the sources in a cache mount: there is
// nothing better to say.
func (r *runReading) cached() bool {
	never := slices.ContainsFunc(r.installs, func(i located) bool { return i.install.Never != "" })
	return never && mountsCache(r.in)
}

func mountsCache(in *source.Instruction) bool {
	return slices.ContainsFunc(in.Flags, func(f source.Flag) bool { return f.Name == "mount" && strings.Contains(f.Value.Text, "type=cache") })
}

// readRun reads the commands of a RUN.
func readRun(doc *source.Document, in *source.Instruction, at place, trees []*tree) *runReading {
	r := &runReading{in: in}
	for _, f := range in.Flags {
		if f.Name == "mount" && (!strings.Contains(f.Value.Text, "type=") || strings.Contains(f.Value.Text, "type=bind")) {
			r.refuse = "the RUN has a bind mount"
		}
	}
	if in.Declined == "" && in.JSON {
		r.exec(in, at)
		return r
	}
	shell, err := doc.Shell(in)
	if err != nil {
		if i, ok := manifest.Mentions(in.Rest.Text); ok {
			r.somehow, r.refuse = true, "the RUN cannot be read: "+err.Error()
			// Its words are not known, for the message either.
			r.installs = []located{{&i, manifest.Command{Name: "the install with " + i.Manager}, at.dir}}
		}
		return r
	}
	c := &chain{doc: doc, shell: shell, at: at, trees: trees, env: shellEnv(at, shell.File), installing: mayInstall(doc, in), feeds: containsAny(shell.Text(shell.File), []string{"$(", "`", "<"})}
	c.read()
	r.venvs = c.venvs
	if !c.installing {
		r.harmless = c.harmless()
		return r
	}
	r.early = c.early()
	switch {
	case c.found == 0:
		r.harmless = c.harmless()
		if c.build != nil && r.early != nil && c.refuse == "" && r.refuse == "" && len(in.Heredocs) == 0 {
			r.build, r.sets = c.build, setsOf(shell.File, c.env)
		}
		return r
	case len(in.Heredocs) > 0:
		c.refuse = "the RUN is a here-document"
	}
	r.installs, r.sets = c.installs, setsOf(shell.File, c.env)
	r.somehow = len(c.installs) == 0
	r.refuse = first(r.refuse, c.refuse)
	if r.refuse == "" {
		r.split, r.uncut = c.cut()
	}
	return r
}

// exec reads a RUN in JSON form: one command.
func (r *runReading) exec(in *source.Instruction, at place) {
	if len(in.Args) == 0 {
		return
	}
	c := manifest.Command{Name: in.Args[0].Text}
	for _, w := range in.Args[1:] {
		c.Args = append(c.Args, w.Text)
	}
	if i := manifest.Recognise(c); i != nil {
		r.installs = []located{{i, c, joinDir(at.dir, i.Dir)}}
		return
	}
	effect, _ := manifest.EffectOf(c)
	r.harmless = effect != manifest.Unknown && !slices.ContainsFunc(c.Args, path.IsAbs)
}

// step is one command of a chain a && b && c.
type step struct {
	stmt *syntax.Stmt
	kind kind
}

// chain reads a shell program that is one chain of simple commands.
type chain struct {
	doc        *source.Document
	shell      *source.Shell
	at         place
	trees      []*tree
	env        map[string]string // what variables of ENV hold
	installing bool              // there may be an install or a build in the program
	feeds      bool              // there may be a substitution or a file that is read in it
	steps      []step
	installs   []located
	build      *located // the first command, if it is a build that downloads what it needs
	venvs      []string
	found      int // installs anywhere in the program
	refuse     string
}

func (c *chain) read() {
	if c.installing {
		c.count()
	}
	stmts := c.shell.File.Stmts
	for _, s := range stmts {
		c.flatten(s)
	}
	if len(stmts) > 1 && c.found > 0 {
		c.stop("the commands of the RUN are joined by ;")
	}
	if c.found > len(c.installs) {
		c.stop("the install is part of a larger shell construct")
	}
}

// count counts the installs, wherever in the program.
func (c *chain) count() {
	walkCommands(c.shell.File, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			if cmd, ok := c.command(call); ok && manifest.Recognise(cmd) != nil {
				c.found++
			}
		}
		return true
	})
}

// harmless reports whether no command reads or changes a copied tree.
func (c *chain) harmless() bool {
	return c.refuse == "" && !slices.ContainsFunc(c.steps, func(s step) bool { return s.kind == other })
}

func (c *chain) stop(reason string) { c.refuse = first(c.refuse, reason) }

// flatten takes a && b apart.
func (c *chain) flatten(s *syntax.Stmt) {
	if b, ok := s.Cmd.(*syntax.BinaryCmd); ok && b.Op == syntax.AndStmt && !s.Negated && !s.Background && len(s.Redirs) == 0 {
		c.flatten(b.X)
		c.flatten(b.Y)
		return
	}
	c.steps = append(c.steps, step{s, c.kindOf(s)})
}

// cut finds where the RUN must be split so that the rest can run behind the sources; nil where all of it may stay together.
func (c *chain) cut() (*split, string) {
	last := 0
	for i, s := range c.steps {
		switch {
		case s.kind == install:
			last = i
		case s.kind == other && len(c.installs) > 0 && c.before(i):
			return nil, "the RUN does more before the install, which may read or change the copied files"
		}
	}
	tail := last + 1
	for tail < len(c.steps) && (c.steps[tail].kind == benign || c.steps[tail].kind == cleanup) {
		tail++
	}
	rest := c.steps[tail:]
	if !slices.ContainsFunc(rest, func(s step) bool { return s.kind == other || s.kind == cleanup }) {
		return nil, "" // nothing behind it needs the sources
	}
	sp := &split{shell: c.shell, head: c.steps[tail-1].stmt, tail: rest[0].stmt, end: rest[len(rest)-1].stmt}
	for _, s := range c.steps[:tail] {
		switch s.kind {
		case assign:
			return nil, "the RUN sets a variable that what comes after the install may use"
		case setup:
			sp.repeat = append(sp.repeat, s.stmt)
		}
	}
	for _, s := range rest {
		if s.kind == cleanup || isRemoval(s.stmt) {
			return nil, "the RUN removes at its end what it installed: in two RUNs the files would stay in a layer"
		}
	}
	return sp, ""
}

// early finds the install, or a build, where nothing but setup comes before it.
func (c *chain) early() *early {
	if len(c.shell.File.Stmts) != 1 {
		return nil
	}
	e := &early{shell: c.shell}
	for _, s := range c.steps {
		switch {
		case s.kind == setup:
			e.setup = append(e.setup, s.stmt)
		case s.kind == install || c.build != nil:
			e.install = s.stmt
			return e
		default:
			return nil
		}
	}
	return nil
}

// before reports whether an install comes after the step.
func (c *chain) before(i int) bool {
	return slices.ContainsFunc(c.steps[i+1:], func(s step) bool { return s.kind == install })
}

// isRemoval reports whether a statement runs something that removes files or packages, wherever in it.
func isRemoval(s *syntax.Stmt) bool {
	removes := false
	walkCommands(s, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			cmd, _ := commandOf(call, nil)
			words := append([]string{path.Base(cmd.Name)}, cmd.Args...)
			removes = removes || slices.Contains([]string{"rm", "find", "rmdir", "unlink"}, words[0]) ||
				len(words) > 1 && slices.Contains([]string{"prune", "uninstall", "purge", "del", "remove", "autoremove", "clean", "cache"}, words[1])
		}
		return true
	})
	return removes
}
