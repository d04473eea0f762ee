package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dockfix/dockfix/source"
)

// others are directories of other people's code and of test data: a walk says that it passes them by. The empty ones are
// passed by in silence, as they never hold anything to work on.
var others = map[string]string{
	"vendor":           "vendored code",
	"node_modules":     "vendored code",
	"bower_components": "vendored code",
	"third_party":      "vendored code",
	"venv":             "vendored code",
	".venv":            "vendored code",
	".terraform":       "vendored code",
	"testdata":         "test data",
	"fixtures":         "test data",
	".git":             "",
	".hg":              "",
	".svn":             "",
	"__pycache__":      "",
}

// directory walks one directory. root is where the walk began, without symbolic links; ig are the rules in force above p.
func (f *finder) directory(root string, p place, info fs.FileInfo, ig ignores) {
	id := identityOf(p.path, info)
	if f.seen[id] || f.ctx.Err() != nil {
		return
	}
	f.seen[id] = true
	// ReadDir gives what it could read also with an error.
	entries, err := os.ReadDir(p.path)
	switch {
	case err != nil && p.path == root:
		f.fail(at(p.name, err))
	case err != nil:
		f.skip(p, "cannot be read: "+bare(err).Error())
	}
	ig = ig.with(p.path, filepath.Join(p.path, ".gitignore"))
	for _, e := range entries {
		f.entry(root, p.below(e.Name()), e, ig)
	}
}

func (f *finder) entry(root string, p place, e fs.DirEntry, ig ignores) {
	if ig.ignored(p.path, e.IsDir()) {
		return
	}
	switch {
	case e.IsDir():
		f.subdirectory(root, p, e, ig)
	case e.Type()&fs.ModeSymlink != 0:
		f.link(root, p)
	default:
		f.file(p, e)
	}
}

func (f *finder) subdirectory(root string, p place, e fs.DirEntry, ig ignores) {
	if reason, ok := others[e.Name()]; ok {
		if reason != "" {
			f.skip(p, reason)
		}
		return
	}
	if strings.Contains(e.Name(), "{{") || strings.Contains(e.Name(), "{%") {
		f.skip(p, "a template, by its name")
		return
	}
	info, err := e.Info()
	if err != nil {
		return // gone since it was listed
	}
	if _, err := os.Lstat(filepath.Join(p.path, ".git")); err == nil {
		// A repository of its own: what git leaves out around it has no say inside.
		ig = ignores(nil).with(p.path, excludeFile(p.path))
	}
	f.directory(root, p, info, ig)
}

func (f *finder) file(p place, e fs.DirEntry) {
	base := baseName(e.Name())
	if namedTemplate(base) {
		f.skip(p, "a template, by its name")
		return
	}
	kind, sure := f.classify(p)
	if kind == 0 {
		return
	}
	info, err := e.Info()
	if err != nil {
		return // gone since it was listed
	}
	if err := special(info); err != nil {
		f.skip(p, err.Error())
		return
	}
	f.add(candidate{File: File{p.name, p.path, kind, false}, sure: sure}, info)
}

// classify tells what a walk takes a file for, by its name.
func (f *finder) classify(p place) (kind source.Kind, sure bool) {
	if kind, sure = classify(baseName(p.path)); kind == 0 && f.all {
		kind, sure = classifyOther(p.path)
	}
	return kind, sure
}

// link follows a symbolic link to a file inside the walked tree.
func (f *finder) link(root string, p place) {
	kind, sure := f.classify(p)
	real, err := filepath.EvalSymlinks(p.path)
	var info fs.FileInfo
	if err == nil {
		info, err = os.Stat(real)
	}
	if err != nil {
		if kind != 0 {
			f.skip(p, brokenLink(err))
		}
		return
	}
	rel, inside := relative(root, real)
	switch {
	case !inside && (kind != 0 || info.IsDir()):
		f.skip(p, "a symbolic link out of the tree")
	case kind == 0 || info.IsDir():
	case inOthers(rel):
		f.skip(p, "a symbolic link to vendored code or test data")
	case special(info) != nil:
		f.skip(p, special(info).Error())
	default:
		f.add(candidate{File: File{p.name, p.path, kind, false}, link: true, sure: sure}, info)
	}
}

// brokenLink says why a symbolic link leads to no file. EvalSymlinks has no error value of its own for a loop.
func brokenLink(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "a symbolic link to nothing"
	case errors.Is(err, syscall.ELOOP), strings.Contains(err.Error(), "too many links"):
		return "a symbolic link in a loop"
	}
	return "cannot be read: " + bare(err).Error()
}

// inOthers tells whether a relative path goes through a directory that walks pass by.
func inOthers(rel string) bool {
	for name := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if _, ok := others[name]; ok {
			return true
		}
	}
	return false
}
