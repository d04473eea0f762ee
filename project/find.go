package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/dockfix/dockfix/source"
)

// FindOptions say how paths are read.
type FindOptions struct {
	Dir string // the working directory, absolute; the process's own where empty
	// AllFiles makes a walk find every kind of file that names images: bake files, workflows of GitHub Actions, GitLab CI,
	// devcontainers and Kubernetes manifests, too. Files that are named are taken for what they are without it.
	AllFiles bool
}

// Find looks for Dockerfiles and Compose files at the paths, which are files and directories; none means ".". Other files
// that name images are found where they are named, and with AllFiles.
//
// A file that is named is taken whatever its name, directory and .gitignore say, also when it is generated; only a
// template is refused. A directory is walked: without what .gitignore files and .git/info/exclude leave out, without
// the directories of other people's code and of test data, and without following symbolic links to directories. What
// lies in a directory that is named is found although a walk from above would have passed it by.
func Find(ctx context.Context, paths []string, opts FindOptions) *Walk {
	f := &finder{ctx: ctx, all: opts.AllFiles, seen: map[string]bool{}, files: map[string]candidate{}}
	if f.dir = opts.Dir; f.dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return &Walk{Errors: []error{fmt.Errorf("working directory: %w", err)}}
		}
		f.dir = dir
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		if path == "" {
			// A variable of a script that is not set must not mean everything.
			f.fail(errors.New(`"" is not a path`))
			continue
		}
		f.named(placeOf(f.dir, path))
	}
	return f.result()
}

// finder gathers what is found.
type finder struct {
	ctx  context.Context
	dir  string // the working directory, absolute
	all  bool   // FindOptions.AllFiles
	walk Walk
	seen map[string]bool // identities of the directories entered: a bind mount can make a loop
	// files are the candidates by identity.
	files map[string]candidate
}

// candidate is a file that may be one to work on: what it says has not been looked at.
type candidate struct {
	File
	link bool // reached through a symbolic link
	sure bool // the kind is certain from the name
}

// named takes one path of the command line.
func (f *finder) named(p place) {
	info, err := os.Stat(p.path)
	if err != nil {
		f.fail(at(p.name, err))
		return
	}
	if info.IsDir() {
		real, err := filepath.EvalSymlinks(p.path)
		if err != nil {
			f.fail(at(p.name, err))
			return
		}
		f.directory(real, place{p.name, real}, info, ignoresAbove(real))
		return
	}
	if err := special(info); err != nil {
		f.fail(at(p.name, err))
		return
	}
	kind, sure := classify(baseName(p.path))
	if kind == 0 {
		kind, sure = classifyNamed(p.path)
	}
	f.add(candidate{File: File{p.name, p.path, kind, true}, link: isLink(p.path), sure: sure}, info)
}

func (f *finder) fail(err error) { f.walk.Errors = append(f.walk.Errors, err) }

func (f *finder) skip(p place, reason string) {
	f.walk.Skipped = append(f.walk.Skipped, Skipped{Name: p.name, Reason: reason})
}

// add keeps the better of two ways to the same file: named before found, itself before a link to it, and then the first name
// in path order.
func (f *finder) add(c candidate, info fs.FileInfo) {
	id := identityOf(c.Path, info)
	if old, ok := f.files[id]; !ok || better(c, old) {
		f.files[id] = c
	}
}

func better(c, than candidate) bool {
	switch {
	case c.Named != than.Named:
		return c.Named
	case c.link != than.link:
		return than.link
	}
	return c.Name < than.Name
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// result looks into the candidates and puts everything in order.
func (f *finder) result() *Walk {
	f.inspectAll()
	if err := f.ctx.Err(); err != nil {
		f.fail(err)
	}
	w := f.walk
	slices.SortFunc(w.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(w.Skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Reason, b.Reason))
	})
	w.Skipped = slices.Compact(w.Skipped)
	slices.SortFunc(w.Errors, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return &w
}

// sideBySide is how many candidates are worth another goroutine.
const sideBySide = 64

// inspectAll looks into the candidates. The order of what it finds is that of nothing.
func (f *finder) inspectAll() {
	candidates := slices.Collect(maps.Values(f.files))
	parts := make([]finder, min(runtime.GOMAXPROCS(0), len(candidates)/sideBySide)+1)
	var wg sync.WaitGroup
	for n := range parts {
		part := &parts[n]
		part.ctx = f.ctx
		look := func() {
			for i := n; i < len(candidates) && f.ctx.Err() == nil; i += len(parts) {
				part.inspect(candidates[i])
			}
		}
		if n == len(parts)-1 {
			look() // the last part has no goroutine of its own
		} else {
			wg.Go(look)
		}
	}
	wg.Wait()
	for _, part := range parts {
		f.walk.Files = append(f.walk.Files, part.walk.Files...)
		f.walk.Skipped = append(f.walk.Skipped, part.walk.Skipped...)
		f.walk.Errors = append(f.walk.Errors, part.walk.Errors...)
	}
}

// inspect decides from a file's text whether it is worked on. A file that cannot be read is kept, so that Read says why.
func (f *finder) inspect(c candidate) {
	if c.Named && namedTemplate(baseName(c.Path)) {
		f.leave(c, "a template, by its name")
		return
	}
	b, _, err := readRegular(c.Path, source.MaxBytes)
	if err != nil {
		if c.Kind == 0 {
			f.fail(at(c.Name, err))
			return
		}
		f.walk.Files = append(f.walk.Files, c.File)
		return
	}
	if !c.sure && !f.sniff(&c, b) {
		return
	}
	if reason, ok := Template(b, c.Kind); ok {
		f.leave(c, reason)
	} else if reason, ok := Generated(b, c.Kind); ok && !c.Named {
		f.leave(c, reason)
	} else {
		f.walk.Files = append(f.walk.Files, c.File)
	}
}

func (f *finder) leave(c candidate, reason string) {
	f.walk.Skipped = append(f.walk.Skipped, Skipped{c.Name, reason, c.Named})
}

// sniff settles the kind of a file whose name leaves it open.
func (f *finder) sniff(c *candidate, b []byte) bool {
	kind, ok := Sniff(b)
	switch {
	case ok && (c.Named || kind == c.Kind):
		c.Kind = kind
		return true
	case c.Named && (c.Kind == 0 || c.Kind == source.KubernetesKind):
		f.fail(fmt.Errorf("%s: %w", c.Name, errNeither))
	case c.Named:
		return true
	}
	return false
}

var errNeither = errors.New("neither a Dockerfile nor a Compose file (a Dockerfile begins with FROM, a Compose file has services)")
