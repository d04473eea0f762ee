package command

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/diffview"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// beside is a file that a fix of another file may edit too, such as the .env of a Compose file.
type beside struct {
	path    string
	content *project.Content // as it stands on the disk; nil where it does not exist
	text    []byte           // as this run sees it; nil where it does not exist
	// document tells that it is a file with findings of its own, such as the Compose file that builds a Dockerfile.
	document bool
	// blocked is why it may not be written, with its name; "" where it may. Only the .env is asked about beforehand.
	blocked string
}

// besides knows what this run has made of files that stand beside others: two Compose files share one .env, and the
// second must see what the first one added; a Dockerfile and the Compose file that builds it can change together. The zero
// value is ready.
type besides struct {
	mu      sync.Mutex
	texts   map[string][]byte // new texts by path, from the files that were emitted
	written bool              // the new texts are on the disk: the run is one with --write
	reports bool              // the run only reports: the places that it tells are those of the texts as they are
}

// text is what this run has made of a file, if it has changed it.
func (bs *besides) text(path string) (text []byte, changed bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	text, changed = bs.texts[path]
	return text, changed
}

// read gives the file of that name beside f as this run sees it.
func (bs *besides) read(f project.File, name string) (beside, error) {
	b := beside{path: filepath.Join(filepath.Dir(f.Path), filepath.FromSlash(name))}
	content, err := project.Read(project.File{Name: besideName(f, name), Path: b.path})
	switch {
	case err == nil:
		b.content, b.text = content, content.Bytes
	case !errors.Is(err, fs.ErrNotExist):
		return b, err
	}
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if text, ok := bs.texts[b.path]; ok {
		b.text = text
	}
	return b, nil
}

// stale reports whether the file of o, or one beside it, has changed since o was made.
func (bs *besides) stale(o outcome) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.outdated(o.file.Path, o.result.Doc.Bytes, o.content) {
		return true
	}
	for _, b := range o.beside {
		if bs.outdated(b.path, b.text, b.content) {
			return true
		}
	}
	return false
}

// outdated reports whether a text is not the one that this run has made of a file. The disk can have been read before an earlier
// file was written, and the texts after it.
func (bs *besides) outdated(path string, text []byte, onDisk *project.Content) bool {
	now, ok := bs.texts[path]
	return ok && (string(now) != string(text) || bs.written && (onDisk == nil || string(now) != string(onDisk.Bytes)))
}

// changed keeps what o made of its file, where that can stand beside another, and of the files beside it.
func (bs *besides) changed(o outcome) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.texts == nil {
		bs.texts = map[string][]byte{}
	}
	if o.file.Kind == source.ComposeKind && string(o.result.After) != string(o.result.Doc.Bytes) && !bs.reports {
		bs.texts[o.file.Path] = o.result.After
	}
	for name, text := range o.result.Files {
		if b := o.beside[name]; !b.document || !bs.reports {
			bs.texts[b.path] = text
		}
	}
}

// changes are the files that an outcome changes, for a diff, and the names of those with secrets: a diff would show them, or be a patch
// that writes something else.
func changes(o outcome) (files []diffview.File, leftOut []string) {
	files = []diffview.File{{Name: patchName(o.file.Name), Old: o.result.Doc.Bytes, New: o.result.After}}
	for _, name := range slices.Sorted(maps.Keys(o.result.Files)) {
		if o.result.Secret[name] {
			leftOut = append(leftOut, name)
			continue
		}
		files = append(files, diffview.File{Name: patchName(besideName(o.file, name)), Old: o.beside[name].text, New: o.result.Files[name]})
	}
	return files, leftOut
}

// showDiff prints the changes of a file as a patch, and tells of the files with secrets, which are not in it.
func (s *session) showDiff(o outcome) error {
	files, leftOut := changes(o)
	for _, name := range leftOut {
		what := "makes the file"
		if names := newVariables(name, o.beside[name].text, o.result.Files[name]); len(names) > 0 {
			what = "writes " + strings.Join(names, " and ") + " there"
		}
		s.complain(fmt.Errorf("%s: not in the diff, which would show the secret: --write %s", besideName(o.file, name), what))
	}
	return diffview.Patch(s.Out, files, diffview.Options{Color: s.style.Color})
}

// newVariables are the names of the variables of a .env file that it did not have before, or had with another value.
func newVariables(name string, before, after []byte) (names []string) {
	was, err := source.Parse(name, source.EnvKind, before)
	is, err2 := source.Parse(name, source.EnvKind, after)
	if err != nil || err2 != nil || path.Base(name) != ".env" {
		return nil
	}
	for _, e := range is.Env.Entries {
		if there, ok := was.Env.Entry(e.Name); !ok || there.Value != e.Value {
			names = append(names, e.Name)
		}
	}
	return names
}

// modeOf are the permissions of a new file.
func modeOf(r *fix.Result, name string) fs.FileMode {
	if r.Secret[name] {
		return 0o600
	}
	return 0o644
}

// patchName is the name of a file in a patch. patch and git apply refuse names that lead out of the directory they work in:
// one above it loses its "..", and an absolute one its root, so that patch -p1 -d DIR applies it.
func patchName(name string) string {
	name = strings.TrimLeft(path.Clean(name), "/")
	for strings.HasPrefix(name, "../") {
		name = name[len("../"):]
	}
	return name
}

// besideName is how a file beside f is shown.
func besideName(f project.File, name string) string { return path.Join(path.Dir(f.Name), name) }
