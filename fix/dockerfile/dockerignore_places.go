package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// ranAt is a command of a RUN that runs for certain where those before it succeed, with the directory of the image that it works in.
type ranAt struct {
	manifest.Command
	dir   string
	start int // in the file
}

// treeAt is a COPY of a directory of the build context, with what the stage has when it ends.
type treeAt struct {
	stage      *source.Stage
	root, dest string
	ran        []ranAt   // in the stage and in those that it is built on
	taken      []takenAt // by COPY --from
	doc        *source.Document
}

// takenAt is where COPY --from puts one of its sources.
type takenAt struct{ from, to string }

// placesKey is what the tree copies of a Dockerfile are kept by.
type placesKey struct{}

// treesAt are the directories that a Dockerfile copies, each with the commands that may fill it.
func treesAt(doc *source.Document) []*treeAt {
	return doc.Derived(placesKey{}, func() any {
		var all []*treeAt
		ends := map[*source.Stage]place{}
		ran, taken := map[*source.Stage][]ranAt{}, map[*source.Stage][]takenAt{}
		for _, st := range doc.Dockerfile.Stages {
			at := startOf(doc, st, ends)
			var trees []*treeAt
			if st.Base != nil {
				ran[st], taken[st] = slices.Clone(ran[st.Base]), slices.Clone(taken[st.Base])
			}
			for _, in := range st.Instructions {
				switch in.Name {
				case "WORKDIR", "ENV", "ARG":
					at = at.after(doc, in)
				case "RUN":
					ran[st] = append(ran[st], ranIn(doc, in, at.dir)...)
				case "COPY", "ADD":
					if _, from := in.Flag("from"); from {
						taken[st] = append(taken[st], takenBy(doc, in, at)...)
					} else if root, ok := treeSource(in); ok {
						dest, _ := at.resolve(doc, in.Args[1].Text)
						trees = append(trees, &treeAt{stage: st, root: root, dest: dest, doc: doc})
					}
				}
			}
			for _, t := range trees {
				t.ran, t.taken = ran[st], taken[st]
			}
			ends[st], all = at, append(all, trees...)
		}
		return all
	}).([]*treeAt)
}

func takenBy(doc *source.Document, in *source.Instruction, at place) []takenAt {
	var list []takenAt
	last := len(in.Args) - 1
	for i := range max(last, 0) {
		if to, ok := at.resolve(doc, in.Args[last].Text); ok {
			list = append(list, takenAt{path.Clean(in.Args[i].Text), to})
		}
	}
	return list
}

// ranIn are the commands of one RUN that stand in no branch, loop or function.
func ranIn(doc *source.Document, in *source.Instruction, dir string) []ranAt {
	if in.JSON {
		return []ranAt{{commandsIn(doc, in)[0], dir, in.Start}}
	}
	shell, err := doc.Shell(in)
	if err != nil {
		return nil
	}
	f := &follower{shell: shell, dir: dir}
	for _, st := range shell.File.Stmts {
		f.statement(st)
	}
	return f.list
}

// follower goes through a program with its directory.
type follower struct {
	shell *source.Shell
	dir   string
	list  []ranAt
}

func (f *follower) statement(st *syntax.Stmt) {
	switch c := st.Cmd.(type) {
	case *syntax.BinaryCmd:
		f.statement(c.X)
		if c.Op != syntax.OrStmt {
			f.statement(c.Y)
		}
	case *syntax.Subshell:
		before := f.dir
		for _, inner := range c.Stmts {
			f.statement(inner)
		}
		f.dir = before
	case *syntax.Block:
		for _, inner := range c.Stmts {
			f.statement(inner)
		}
	case *syntax.CallExpr:
		cmd, ok := commandOf(c, nil)
		switch {
		case !ok:
		case cmd.Name == "cd" && len(cmd.Args) == 1 && !strings.ContainsAny(cmd.Args[0], variable+"~-"):
			f.dir = joinDir(f.dir, cmd.Args[0])
		case cmd.Name == "cd" || cmd.Name == "pushd" || cmd.Name == "popd":
			f.dir = unknownDir("cd")
		default:
			at, _ := f.shell.Span(c)
			f.list = append(f.list, ranAt{cmd, f.dir, at.Start})
		}
	}
}

// elsewhereFlags are options by which a tool works in another directory, or puts what it makes there.
var elsewhereFlags = lazyregexp.New(`^(--prefix|--cwd|--dir|-C|--directory|--working-dir|-d|--manifest-path|--target-dir|-f|--file|-p|--project-dir|--project|--root|--chdir)(=|$)`)

// workDir is where a command works; not known for one that says so itself.
func (r ranAt) workDir() (string, bool) {
	moved := func(w string) bool {
		return strings.HasPrefix(w, "--target-dir") || strings.HasPrefix(w, "--manifest-path")
	}
	if i := manifest.Recognise(r.Command); i != nil && !slices.ContainsFunc(r.Args, moved) {
		return joinDir(r.dir, i.Dir), true
	}
	return r.dir, !slices.ContainsFunc(r.Args, elsewhereFlags.MatchString)
}

// trees are the copies of directories in all Dockerfiles of the context that may take a path along.
func (l *leavingOut) trees(p string) []*treeAt {
	var list []*treeAt
	for _, doc := range l.docs {
		for _, t := range treesAt(doc) {
			if t.root == "." || within(t.root, p) {
				list = append(list, t)
			}
		}
	}
	return list
}

// place is where a path of the context lies in the image.
func (t *treeAt) place(p string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(p, t.root), "/")
	if t.root == "." {
		rest = p
	}
	return joinDir(t.dest, rest)
}

// filledIn reports whether each stage that copies a directory of the context runs such a command there, or takes what it would make from another
// stage.
func (l *leavingOut) filledIn(dir, name string, is func(manifest.Command) bool) bool {
	trees := l.trees(path.Join(dir, name))
	return len(trees) > 0 && !slices.ContainsFunc(trees, func(t *treeAt) bool { return !t.filled(t.place(dir), name, is) })
}

func (t *treeAt) filled(at, name string, is func(manifest.Command) bool) bool {
	if t.dest == "" {
		return false
	}
	if slices.ContainsFunc(t.taken, func(o takenAt) bool {
		return o.to == joinDir(at, name) || o.to == at && path.Base(o.from) == name
	}) {
		return true
	}
	return slices.ContainsFunc(t.ran, func(r ranAt) bool {
		dir, known := r.workDir()
		return known && dir == at && is(r.Command)
	})
}

// unnamedBefore reports whether no stage that copies a directory names it before such a command makes it.
func (l *leavingOut) unnamedBefore(p string, is func(manifest.Command) bool) bool {
	name := regexp.QuoteMeta(path.Base(p))
	return !slices.ContainsFunc(l.trees(p), func(t *treeAt) bool {
		reads := regexp.MustCompile(`(^|[\s"'=(\[])(\./)?` + name + `(/|[\s"'])|` + regexp.QuoteMeta(t.place(p)) + `(/|[\s"'])`)
		for _, r := range t.ran {
			if is(r.Command) && r.start > t.stage.Instructions[0].Start {
				return reads.MatchString(t.doc.Text(source.Span{Start: t.stage.Instructions[0].Start, End: r.start}))
			}
		}
		return false
	})
}

// modules are the patterns for node_modules: at any depth where each directory with a package.json has its install, else beside those that have.
func (l *leavingOut) modules(dirs []string) []unneeded {
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return strings.Contains("/"+dir+"/", "/node_modules/") })
	var filled []string
	for _, dir := range dirs {
		if l.filledIn(dir, "node_modules", installsModules) || l.workspace(dir) {
			filled = append(filled, dir)
		}
	}
	for _, e := range l.ig.seen() {
		if path.Base(e.Path) == "node_modules" && l.copied(e.Path) && !strings.Contains(path.Dir(e.Path), "node_modules") && !slices.Contains(filled, path.Dir(e.Path)) {
			dirs = union(dirs, []string{path.Dir(e.Path)})
		}
	}
	if len(filled) == len(dirs) {
		return []unneeded{core(anywhere("**/node_modules", "node_modules")).beside(dirs)}
	}
	var list []unneeded
	for _, dir := range filled {
		list = append(list, core(atTop(path.Join(dir, "node_modules"))))
	}
	return list
}

// workspace reports whether an install further up fills the node_modules of a directory too: it is a workspace of that project.
func (l *leavingOut) workspace(dir string) bool {
	for dir != "." {
		dir = path.Dir(dir)
		spec := string(l.ig.context.Texts[path.Join(dir, "package.json")])
		if (strings.Contains(spec, `"workspaces"`) || l.ig.context.Has(path.Join(dir, "pnpm-workspace.yaml"))) && l.filledIn(dir, "node_modules", installsModules) {
			return true
		}
	}
	return false
}

// venvNeeded reports whether a program may live in the virtual environment of the host: a Dockerfile names it and does not make it, or a stage
// that copies it installs nothing.
func (l *leavingOut) venvNeeded(name string) bool {
	trees := l.trees(name)
	brings := func(t *treeAt) bool {
		return slices.ContainsFunc(t.ran, func(r ranAt) bool { return installsPackages(r.Command) }) ||
			slices.ContainsFunc(t.taken, func(o takenAt) bool {
				return containsAny(o.from+o.to, []string{"site-packages", "venv", "/usr/local", ".local", "install", "packages", "wheels"})
			})
	}
	return len(trees) == 0 || slices.ContainsFunc(trees, func(t *treeAt) bool { return !brings(t) || t.namesVenv(name) })
}

// namesVenv reports whether the Dockerfile names the virtual environment that a copy brings, and makes it nowhere.
func (t *treeAt) namesVenv(name string) bool {
	at := t.place(name)
	made := t.filled(t.place("."), name, func(c manifest.Command) bool {
		_, venv := manifest.EffectOf(c)
		return path.Clean(venv) == name || venv == at || name == ".venv" && path.Base(c.Name) == "uv"
	})
	if made {
		return false
	}
	names := regexp.MustCompile(`(^|[\s"'=(\[:])(\./)?` + regexp.QuoteMeta(name) + `(/|[\s"'\]]|$)|` + regexp.QuoteMeta(at) + `(/|[\s"':\]]|$)`)
	for in := range instructions(t.doc, "RUN", "ENV", "ARG", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL") {
		if names.MatchString(strings.ReplaceAll(in.Rest.Text, "-m venv", "")) {
			return true
		}
	}
	return false
}
