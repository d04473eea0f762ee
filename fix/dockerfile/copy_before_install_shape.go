package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// tree is a COPY or ADD of one directory of the build context.
type tree struct {
	in   *source.Instruction
	root string // the directory in the context; "." for all of it
	dest string // the directory in the image, as place has it
	at   place  // where it was copied
	// blocked says why nothing that comes later may run before the COPY; "" where it may.
	blocked string
}

// lateInstall is an install that runs after the tree it reads its manifests from was copied.
type lateInstall struct {
	tree     *tree
	run      *source.Instruction
	at       place // at the RUN
	installs []located
	venvs    []string          // directories of the image that hold a virtual environment
	sets     map[string]string // variables that the RUN sets itself
	split    *split            // where the RUN must be cut; nil where it moves whole
	uncut    string            // why it cannot be cut there
	early    *early            // how an install of the dependencies alone can come before it; nil where it cannot
	build    bool              // it is a build, which is no matter unless there is something to offer
	between  []*source.Instruction
	refuse   string
}

// located is an install with the directory of the image that it works in.
type located struct {
	install *manifest.Install
	command manifest.Command
	dir     string
}

func (l *lateInstall) title() string {
	if len(l.installs) == 0 {
		return "the install"
	}
	const most = 60
	if s := l.installs[0].command.String(); len(s) <= most && !strings.ContainsAny(s, "@:\x00") {
		return s
	}
	return l.installs[0].command.Name + " " + strings.Join(l.installs[0].command.Args[:min(1, len(l.installs[0].command.Args))], "")
}

// lateInstalls finds, stage by stage, the first install that reads each copied tree.
func lateInstalls(p *fix.Pass) []*lateInstall {
	var found []*lateInstall
	ends := map[*source.Stage]place{}
	for _, s := range p.Doc.Dockerfile.Stages {
		first, last := treesOf(s)
		if first < 0 {
			continue
		}
		install := lastInstall(p.Doc, s)
		if install < first {
			continue
		}
		w := &walk{pass: p, at: startOf(p.Doc, s, ends), installed: map[string]bool{}, lastTree: s.Instructions[last].Start}
		for _, in := range s.Instructions[:install+1] {
			w.next(in)
		}
		found = append(found, w.found...)
	}
	return found
}

// treesOf are the indexes of the first and the last COPY or ADD of a stage that may be of a tree; -1 where there is none.
func treesOf(s *source.Stage) (first, last int) {
	first, last = -1, -1
	for i, in := range s.Instructions {
		if in.Name != "COPY" && in.Name != "ADD" {
			continue
		}
		if _, ok := treeSource(in); ok {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	return first, last
}

// lastInstall is the index of the last RUN of a stage that may hold an install; -1 where there is none.
func lastInstall(doc *source.Document, s *source.Stage) int {
	for i, in := range slices.Backward(s.Instructions) {
		if in.Name == "RUN" && mayInstall(doc, in) {
			return i
		}
	}
	return -1
}

// mayInstall reports whether a RUN may hold an install or a build: it names a program for that, itself or by a variable of ENV.
func mayInstall(doc *source.Document, in *source.Instruction) bool {
	return manifest.Names(in.Rest.Text) || len(in.Heredocs) > 0 || strings.Contains(in.Rest.Text, "$") && slices.ContainsFunc(doc.Dockerfile.Instructions, func(in *source.Instruction) bool {
		return in.Name == "ENV" && manifest.Names(in.Rest.Text)
	})
}

// walk goes through the instructions of a stage, up to the last install.
type walk struct {
	pass      *fix.Pass
	at        place
	trees     []*tree
	between   []*source.Instruction
	venvs     []string
	installed map[string]bool // manager and directory of installs so far
	lastTree  int             // where the last COPY starts that may be of a tree
	found     []*lateInstall
}

func (w *walk) next(in *source.Instruction) {
	w.between = append(w.between, in)
	switch in.Name {
	case "COPY", "ADD":
		w.copied(in)
	case "RUN":
		if len(w.trees) > 0 || in.Start < w.lastTree && leadsUp(w.pass.Doc, in) {
			w.ran(in)
		}
	case "VOLUME":
		w.block(in, "drops what later instructions write there")
	case "WORKDIR", "ENV", "ARG":
		w.at = w.at.after(w.pass.Doc, in)
	case "LABEL", "EXPOSE", "USER", "CMD", "ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL", "MAINTAINER", "SHELL", "ONBUILD":
	default:
		w.block(in, "is not known")
	}
}

// leadsUp reports whether a RUN before all trees can matter to an install behind them: it is an install itself, or makes a virtual
// environment.
func leadsUp(doc *source.Document, in *source.Instruction) bool {
	return mayInstall(doc, in) || strings.Contains(in.Rest.Text, "env")
}

// block makes everything after in stay behind the trees.
func (w *walk) block(in *source.Instruction, why string) {
	line, _ := w.pass.Doc.Position(in.Start)
	for _, t := range w.trees {
		if t.blocked == "" {
			t.blocked = fmt.Sprintf("the %s on line %d %s", in.Name, line, why)
		}
	}
}

// copied looks at a COPY or ADD: it may be a tree, and it may write where a tree was copied to.
func (w *walk) copied(in *source.Instruction) {
	dest, ok := "", false
	if in.Declined == "" && len(in.Args) > 0 {
		dest, ok = w.at.resolve(w.pass.Doc, in.Args[len(in.Args)-1].Text)
	}
	for _, t := range w.trees {
		if t.blocked == "" && (!ok || !apartDirs(t.dest, dest)) {
			line, _ := w.pass.Doc.Position(in.Start)
			t.blocked = fmt.Sprintf("the %s on line %d in between may write to the same directory", in.Name, line)
		}
	}
	root, isTree := treeSource(in)
	if !ok || !isTree || in.Declined != "" {
		return
	}
	if root != "." && !slices.ContainsFunc(w.pass.Facts.Contexts, func(c *fix.BuildContext) bool { e, ok := c.Entry(root); return ok && e.Mode.IsDir() }) {
		return
	}
	w.trees = append(w.trees, &tree{in: in, root: root, dest: dest, at: w.at})
}

// treeSource is the directory of the build context that an instruction copies, if it may be one.
func treeSource(in *source.Instruction) (root string, ok bool) {
	if len(in.Args) != 2 || len(in.Heredocs) > 0 || in.Declined != "" {
		return "", false
	}
	if _, from := in.Flag("from"); from {
		return "", false
	}
	src := in.Args[0].Text
	if strings.ContainsAny(src, "$*?[\\\"' \t:@") || src == "" {
		return "", false
	}
	if src == "." || src == "./" {
		return ".", true
	}
	root = path.Clean("/" + src)[1:]
	if root == "" {
		root = "."
	}
	return root, true
}

// apartDirs reports whether two directories of the image are known, and none is inside the other.
func apartDirs(a, b string) bool {
	known := strings.HasPrefix(a, "/") && strings.HasPrefix(b, "/")
	return known && !within(a, b) && !within(b, a)
}

// within reports whether a path is dir or below it.
func within(dir, p string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// ran looks at a RUN: it may be the install, and if it is not it must leave the trees alone.
func (w *walk) ran(in *source.Instruction) {
	r := readRun(w.pass.Doc, in, w.at, w.trees)
	w.builds(in, r)
	w.venvs = append(w.venvs, r.venvs...)
	var keep []*tree
	reported := false
	for _, t := range w.trees {
		switch {
		case !r.concerns(t):
			if t.blocked == "" && !r.harmless {
				line, _ := w.pass.Doc.Position(in.Start)
				t.blocked = fmt.Sprintf("the RUN on line %d in between may read or change the copied files", line)
			}
			keep = append(keep, t)
		case !reported && !w.known(r) && !r.cached():
			reported = true
			w.report(t, in, r)
		}
	}
	w.trees = keep
	for _, i := range r.installs {
		w.installed[i.install.Manager+" "+i.dir] = true
	}
}

// builds looks at a RUN with a build that downloads what it needs: that can be done before the sources are copied.
func (w *walk) builds(in *source.Instruction, r *runReading) {
	if r.build == nil || mountsCache(in) || fetched(w.pass.Doc, in, r.build.install.Manager) {
		return
	}
	for _, t := range w.trees {
		if t.blocked == "" && within(t.dest, r.build.dir) {
			built := *r
			built.installs = []located{*r.build}
			w.report(t, in, &built)
			w.found[len(w.found)-1].build = true
			return
		}
	}
}

// bringsPackages are the words by which a step tells that it brings the packages of a manager: it downloads them, builds with them or copies
// the directory that has them.
var bringsPackages = map[string]*lazyregexp.Regexp{
	"go":    lazyregexp.New(`\bgo\s+(?:mod|get|build|install|test|generate|vet|run)\b|/go/pkg`),
	"maven": lazyregexp.New(`\bmvnw?\b|/\.m2\b`),
}

// fetched reports whether a step before in, in its stage or in one that it is built on, brings the packages of a manager.
func fetched(doc *source.Document, in *source.Instruction, manager string) bool {
	for s := doc.Dockerfile.Stages[in.Stage]; s != nil; s = s.Base {
		if slices.ContainsFunc(s.Instructions, func(before *source.Instruction) bool {
			return before.Start < in.Start && (before.Name == "RUN" || before.Name == "COPY") && bringsPackages[manager].MatchString(before.Rest.Text)
		}) {
			return true
		}
	}
	return false
}

// known reports whether the same manager has installed in the same directory before: the file copies its manifests first
// already.
func (w *walk) known(r *runReading) bool {
	return slices.ContainsFunc(r.installs, func(i located) bool { return w.installed[i.install.Manager+" "+i.dir] })
}

func (w *walk) report(t *tree, in *source.Instruction, r *runReading) {
	l := &lateInstall{tree: t, run: in, at: w.at, installs: r.installs, venvs: w.venvs, sets: r.sets, split: r.split, uncut: r.uncut, early: r.early, refuse: first(t.blocked, r.refuse)}
	from := slices.Index(w.between, t.in)
	l.between = slices.Clone(w.between[from+1 : len(w.between)-1])
	if l.refuse == "" {
		for _, i := range r.installs {
			if i.install.Never != "" {
				l.refuse = i.install.Never
			} else if !within(t.dest, i.dir) {
				l.refuse = fmt.Sprintf("%s works outside of the copied directory", i.command.Name)
			}
		}
	}
	w.found = append(w.found, l)
}

// project is the tree as an install in a directory of the image sees it.
func (t *tree) project(c *fix.BuildContext, dir string) manifest.Project {
	at, _ := t.inContext(dir)
	return manifest.Project{Context: c, Root: t.root, Dir: at, InContext: func(name string) (string, bool) {
		if !path.IsAbs(name) {
			name = joinDir(dir, name)
		}
		return t.inContext(name)
	}}
}

// inContext is where the file of the image comes from, if it is one of the tree.
func (t *tree) inContext(image string) (string, bool) {
	if !within(t.dest, image) {
		return "", false
	}
	return path.Join(t.root, strings.TrimPrefix(image, t.dest)), true
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}
