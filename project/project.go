// Package project is the only one that touches the disk. It turns the paths of a command line into the files to work
// on, tells facts about what lies around them, and writes new texts: all of them or none.
//
// In: paths as typed. Out: files in path order with what was left alone and why, and build contexts with their lists of
// files. In a directory that holds app/Dockerfile, app/Dockerfile.j2, compose.yaml and vendor/lib/Dockerfile,
//
//	Find(ctx, []string{"."}, FindOptions{})
//
// gives the files app/Dockerfile and compose.yaml, and says that app/Dockerfile.j2 is a template and vendor holds
// vendored code. Then Read gives the bytes of each, and Commit writes what became of them.
package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// File is one file to work on.
type File struct {
	// Name is what the user is shown: the slash path relative to the working directory where the file lies below it, else
	// the path as typed. Either is cleaned: ./a/Dockerfile is shown as a/Dockerfile.
	Name  string
	Path  string // absolute, for opening
	Kind  source.Kind
	Named bool // named on the command line itself, not found by a walk
}

// Skipped is something that was left alone, and why.
type Skipped struct {
	Name   string // as File.Name
	Reason string // "vendored code", "a template, by its name"
	Named  bool   // named on the command line itself
}

// Walk is what Find found. All three lists are in the byte order of the names; each file is in Files once, however often
// it was reached.
type Walk struct {
	Files   []File
	Skipped []Skipped
	Errors  []error // one for each named path that could not be looked at
}

// place is where something lies and how it is shown.
type place struct {
	name string // slashes, cleaned
	path string // absolute
}

// below is the entry of a directory.
func (p place) below(entry string) place {
	name := entry
	if p.name != "." {
		name = strings.TrimSuffix(p.name, "/") + "/" + entry
	}
	return place{name, filepath.Join(p.path, entry)}
}

// placeOf is the place that a path means in dir, an absolute path.
func placeOf(dir, path string) place {
	abs := path
	if !filepath.IsAbs(path) {
		abs = filepath.Join(dir, path)
	}
	name := filepath.Clean(path)
	if rel, ok := relative(dir, abs); ok {
		name = rel
	}
	return place{filepath.ToSlash(name), filepath.Clean(abs)}
}

// relative is path as seen from dir, where it is dir or lies below it. Both are absolute.
func relative(dir, path string) (string, bool) {
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rel, true
}

// at puts the place before the bare fact of an error.
func at(name string, err error) error { return fmt.Errorf("%s: %w", name, bare(err)) }

// bare is an error of the operating system without the path it is about, which can be that of a temporary file or of
// the target of a link.
func bare(err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		return pathError.Err
	case errors.As(err, &linkError):
		return linkError.Err
	}
	return err
}

// realPath is path without symbolic links, or as it is where it does not exist.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
