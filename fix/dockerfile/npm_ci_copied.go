package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// npmLock is a lock file that is copied next to its package.json before a RUN.
type npmLock struct {
	name       string // in the build context
	local      bool   // other checkouts lack it
	lock, spec []byte // nil where the text is not known
	config     string // why .npmrc may make npm install do more; "" where it does not
	changed    string // what may have changed one of the files since they were copied; "" for nothing
}

// npmFiles are what an install of npm goes by, and .npmrc, which tells how.
var npmFiles = []string{"package.json", "npm-shrinkwrap.json", "package-lock.json", ".npmrc"}

// landed is a file of the build context in the image.
type landed struct {
	from string // in the build context
	in   *source.Instruction
}

// npmProject follows what lies in the directory that a RUN works in.
type npmProject struct {
	pass    *fix.Pass
	context *fix.BuildContext
	files   map[string]landed // by their names in the image, as place has them
	unclear []unclearCopy
}

// unclearCopy is a COPY or ADD of which it is not known which files it brings.
type unclearCopy struct {
	in   *source.Instruction
	dest string // as place has it; "" where that is not known either
}

// copiedLock finds package.json and its lock file in the directory that the RUN of s works in; nil where they were not both copied there.
func copiedLock(p *fix.Pass, s *script) *npmLock {
	if len(p.Facts.Contexts) == 0 {
		return nil
	}
	n := &npmProject{pass: p, context: p.Facts.Contexts[0], files: map[string]landed{}}
	dir := n.follow(s.In)
	spec, ok := n.files[joinDir(dir, "package.json")]
	if !ok {
		return nil
	}
	for _, name := range []string{"npm-shrinkwrap.json", "package-lock.json"} {
		lock, ok := n.files[joinDir(dir, name)]
		if !ok {
			continue
		}
		l := &npmLock{name: lock.from, lock: n.context.Texts[lock.from], spec: n.context.Texts[spec.from]}
		l.local = n.context.Local(l.name) != ""
		first := spec.in
		if lock.in.Start < first.Start {
			first = lock.in
		}
		l.changed = n.changedSince(s, first, dir)
		if rc, ok := n.files[joinDir(dir, ".npmrc")]; ok {
			l.config = npmrcRefuses(rc.from, n.context.Texts[rc.from])
		}
		return l
	}
	return nil
}

// follow goes through all instructions before in, and gives the directory that in works in.
func (n *npmProject) follow(in *source.Instruction) string {
	before := lineage(n.pass.Doc.Dockerfile, in)
	root := n.pass.Doc.Dockerfile.Stages[in.Stage]
	for root.Base != nil {
		root = root.Base
	}
	at := startOf(n.pass.Doc, root, nil)
	for _, o := range before {
		if o.Name == "WORKDIR" || o.Name == "ENV" || o.Name == "ARG" {
			at = at.after(n.pass.Doc, o)
		}
	}
	end := at.dir
	at = startOf(n.pass.Doc, root, nil)
	for _, o := range before {
		switch o.Name {
		case "WORKDIR", "ENV", "ARG":
			at = at.after(n.pass.Doc, o)
		case "COPY", "ADD":
			n.copied(o, at, end)
		}
	}
	return end
}

// copied puts down what a COPY or ADD brings. end is the directory that the install works in: it is there, or WORKDIR would fail.
func (n *npmProject) copied(in *source.Instruction, at place, end string) {
	last := len(in.Args) - 1
	if in.Declined != "" || last < 1 {
		n.unclear = append(n.unclear, unclearCopy{in, ""})
		return
	}
	word := in.Args[last].Text
	dest, ok := at.resolve(n.pass.Doc, word)
	if !ok {
		n.unclear = append(n.unclear, unclearCopy{in, ""})
		return
	}
	inside := last > 1 || strings.HasSuffix(word, "/") || path.Base(word) == "." || path.Base(word) == ".." || dest == at.dir || dest == end
	unclear := len(in.Heredocs) > 0 || slices.ContainsFunc(in.Flags, func(f source.Flag) bool { return f.Name == "from" || f.Name == "parents" || f.Name == "exclude" })
	for _, w := range in.Args[:last] {
		if unclear || url(w.Text) || strings.ContainsAny(w.Text, "$\"'\\") || in.Name == "ADD" && archiveName.MatchString(w.Text) {
			n.unclear = append(n.unclear, unclearCopy{in, dest})
			continue
		}
		n.brings(in, cleanSource(w.Text), dest, inside)
	}
}

// brings puts down what one source of a COPY brings.
func (n *npmProject) brings(in *source.Instruction, src, dest string, inside bool) {
	for _, e := range n.context.Entries {
		if !e.Mode.IsRegular() {
			continue
		}
		to := ""
		if src == e.Path && !inside {
			to = dest
		} else if matched, _ := path.Match(src, e.Path); matched {
			to = joinDir(dest, path.Base(e.Path))
		} else if top, ok := topOf(src, e.Path); ok {
			to = joinDir(dest, strings.TrimPrefix(strings.TrimPrefix(e.Path, top), "/"))
		}
		if to != "" && slices.Contains(npmFiles, path.Base(to)) {
			n.files[to] = landed{e.Path, in}
		}
	}
}

// topOf is the directory that a source names and in which a file lies: its content goes to the destination.
func topOf(src, file string) (string, bool) {
	if src == "." {
		return "", true
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if ok, _ := path.Match(src, dir); ok || dir == src {
			return dir, true
		}
	}
	return "", false
}

// changedSince says what may have changed package.json or the lock file in dir between the COPY that brought the first of them and the
// install; "" for nothing.
func (n *npmProject) changedSince(s *script, first *source.Instruction, dir string) string {
	for _, u := range n.unclear {
		if u.in.Start > first.Start && !n.misses(u, dir) {
			line, _ := n.pass.Doc.Position(u.in.Start)
			return fmt.Sprintf("the %s on line %d may bring another package.json or lock file", u.in.Name, line)
		}
	}
	for _, in := range lineage(n.pass.Doc.Dockerfile, s.In) {
		if in.Name == "RUN" && in.Start > first.Start && !s.reader.leavesManifests(in) {
			line, _ := n.pass.Doc.Position(in.Start)
			return fmt.Sprintf("the RUN on line %d may change package.json or the lock file", line)
		}
	}
	return ""
}

// misses reports whether a COPY that is not known brings no file to the directory itself, as far as its destination tells.
func (n *npmProject) misses(u unclearCopy, dir string) bool {
	switch {
	case u.dest == "" || slices.Contains(npmFiles, path.Base(u.dest)):
		return false
	case path.IsAbs(u.dest) != path.IsAbs(dir):
		return noProjectDir.MatchString(u.dest)
	}
	return !within(u.dest, dir)
}

// noProjectDir finds directories in which nobody installs a project.
var noProjectDir = lazyregexp.New(`^/(usr/(local/)?(s?bin|lib|share|include)|s?bin|etc|lib|lib64|var/lib|tmp)(/|$)`)
