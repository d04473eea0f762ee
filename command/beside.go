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

// changes are the files that an outcome changes, for a diff, and the names of those whose values are hidden in it.
func changes(o outcome) (files []diffview.File, hidden []string) {
	files = []diffview.File{{Name: patchName(o.file.Name), Old: o.result.Doc.Bytes, New: o.result.After}}
	for _, name := range slices.Sorted(maps.Keys(o.result.Files)) {
		f := diffview.File{Name: patchName(besideName(o.file, name)), Old: o.beside[name].text, New: o.result.Files[name]}
		if o.result.Secret[name] {
			f.Old, f.New = withoutValues(name, f.Old, f.New)
			hidden = append(hidden, besideName(o.file, name))
		}
		files = append(files, f)
	}
	return files, hidden
}

// showDiff prints the changes of a file as a patch. One whose values are hidden must not be applied.
func (s *session) showDiff(o outcome) error {
	files, hidden := changes(o)
	for _, name := range hidden {
		s.complain(fmt.Errorf("%s: the diff shows its values as %s: do not apply it there, --write writes them", name, mask))
	}
	return diffview.Patch(s.Out, files, diffview.Options{Color: s.style.Color})
}

// mask is what a diff shows in the place of a value.
const mask = "****"

// withoutValues hides the values of a .env file before and after, those in comments too, but for those that change: they are tags of
// images. Of any other file it hides all.
func withoutValues(name string, old, new []byte) (shownOld, shownNew []byte) {
	before, err := source.Parse(name, source.EnvKind, old)
	after, err2 := source.Parse(name, source.EnvKind, new)
	if err != nil || err2 != nil || name != ".env" {
		return nil, []byte(mask + "\n")
	}
	hide := func(d, other *source.Document) []byte {
		var splices []source.Splice
		for _, e := range d.Env.Entries {
			if there, ok := other.Env.Entry(e.Name); !ok || there.Value == e.Value {
				splices = append(splices, source.Splice{Span: e.Span, New: mask})
			}
		}
		for _, c := range d.Comments {
			if i := strings.IndexByte(d.Text(c.Span), '='); i >= 0 {
				splices = append(splices, source.Splice{Span: source.Span{Start: c.Start + i + 1, End: c.End}, New: mask})
			}
		}
		text, err := source.Apply(d.Bytes, splices)
		if err != nil {
			return []byte(mask + "\n")
		}
		return text
	}
	shownNew = hide(after, before)
	if old != nil {
		shownOld = hide(before, after)
	}
	return shownOld, shownNew
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
