package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Listing is what a builder would get of a build context.
type Listing struct {
	Entries []Entry // in the byte order of their paths
	// Ignore is the ignore file that was read, absolute; empty where there is none. It is either
	// <Dockerfile>.dockerignore beside the Dockerfile or .dockerignore in the context.
	Ignore   string
	Patterns []string // of the ignore file, as the builder reads them
	// Partial says why Entries are not all; empty when they are. Directories are listed level by level, so the
	// missing ones are the deepest.
	Partial string
}

// Entry is a file, directory or symbolic link of a build context.
type Entry struct {
	Path string // slashes, relative to the context
	Mode fs.FileMode
	Size int64 // bytes, of regular files
}

// Has tells whether the listing has an entry at path.
func (l *Listing) Has(path string) bool {
	_, ok := slices.BinarySearchFunc(l.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	return ok
}

// List lists the build context c through its ignore file, as BuildKit does: symbolic links are entries and are not
// followed. It stops at limit entries, or when ctx is done, and says so in Partial. The error is about a context that
// is no directory or an ignore file that cannot be read or has a malformed pattern, on which a build fails too.
func List(ctx context.Context, c Context, limit int) (*Listing, error) {
	info, err := os.Stat(c.Dir)
	if err != nil {
		return nil, at(c.Dir, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: is not a directory", c.Dir)
	}
	l := &lister{ctx: ctx, dir: c.Dir, limit: limit}
	if err := l.readIgnore(c); err != nil {
		return nil, err
	}
	if l.matcher, err = patternmatcher.New(l.Patterns); err != nil {
		return nil, fmt.Errorf("%s: %w", l.Ignore, err)
	}
	for level := []listed{{}}; len(level) > 0 && l.Partial == ""; {
		var next []listed
		for _, d := range level {
			dirs, err := l.list(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.Ignore, err)
			}
			next = append(next, dirs...)
		}
		level = next
	}
	l.settle()
	return &l.Listing, nil
}

// lister gathers a Listing.
type lister struct {
	Listing
	ctx     context.Context
	dir     string
	limit   int
	matcher *patternmatcher.PatternMatcher
	held    map[string]Entry // ignored directories, entries once something below them is
}

// listed is a directory that is listed, and how the patterns matched it.
type listed struct {
	path  string // slashes, relative; empty for the context itself
	match patternmatcher.MatchInfo
}

// HasOwnIgnore reports whether the Dockerfile has an ignore file of its own, beside it.
func HasOwnIgnore(c Context) bool { return exists(c.Dockerfile + ".dockerignore") }

func (l *lister) readIgnore(c Context) error {
	for _, path := range []string{c.Dockerfile + ".dockerignore", filepath.Join(c.Dir, ".dockerignore")} {
		b, err := ReadSmall(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			l.Ignore = path
			l.Patterns, err = ignorefile.ReadAll(bytes.NewReader(b))
		}
		return err
	}
	return nil
}

// list adds the entries of one directory and gives the directories among them that have to be listed. The error is that of a
// pattern which only matching shows to be malformed.
func (l *lister) list(d listed) (dirs []listed, err error) {
	entries, err := os.ReadDir(filepath.Join(l.dir, filepath.FromSlash(d.path)))
	if err != nil {
		l.Partial = fmt.Sprintf("%s cannot be read: %s", d.name(), bare(err))
	}
	for _, e := range entries {
		if !l.more() {
			break
		}
		path := strings.TrimPrefix(d.path+"/"+e.Name(), "/")
		ignored, match, err := l.matcher.MatchesUsingParentResults(path, d.match)
		if err != nil {
			return nil, err
		}
		l.add(path, e, ignored)
		if e.IsDir() && (!ignored || l.mayInclude(path)) {
			dirs = append(dirs, listed{path, match})
		}
	}
	return dirs, nil
}

func (d listed) name() string {
	if d.path == "" {
		return "the build context"
	}
	return d.path
}

// more tells whether there is room and time for one more entry.
func (l *lister) more() bool {
	switch {
	case l.ctx.Err() != nil:
		l.Partial = "took too long"
	case len(l.Entries) >= l.limit:
		l.Partial = fmt.Sprintf("more than %d files", l.limit)
	}
	return l.Partial == ""
}

func (l *lister) add(path string, e fs.DirEntry, ignored bool) {
	info, err := e.Info()
	if err != nil {
		return // gone since it was listed
	}
	entry := Entry{Path: path, Mode: info.Mode()}
	switch {
	case ignored && e.IsDir():
		if l.held == nil {
			l.held = map[string]Entry{}
		}
		l.held[path] = entry
		return
	case ignored:
		return
	case entry.Mode.IsRegular():
		entry.Size = info.Size()
	}
	l.Entries = append(l.Entries, entry)
}

// mayInclude tells whether a pattern with ! could bring back something below an ignored directory. BuildKit decides it the
// same way: by the words of the pattern up to its first wildcard.
func (l *lister) mayInclude(dir string) bool {
	if !l.matcher.Exclusions() {
		return false
	}
	for _, p := range l.matcher.Patterns() {
		if !p.Exclusion() {
			continue
		}
		fixed := filepath.ToSlash(p.String())
		if i := strings.IndexAny(fixed, `*?[\`); i >= 0 {
			fixed = fixed[:i]
			if strings.HasPrefix(dir+"/", fixed) {
				return true
			}
		}
		if strings.HasPrefix(fixed, dir+"/") {
			return true
		}
	}
	return false
}

// settle adds the ignored directories that something stands in, and sorts.
func (l *lister) settle() {
	for _, e := range slices.Clone(l.Entries) {
		for dir := e.Path; ; {
			i := strings.LastIndexByte(dir, '/')
			if i < 0 {
				break
			}
			dir = dir[:i]
			if held, ok := l.held[dir]; ok {
				l.Entries = append(l.Entries, held)
				delete(l.held, dir)
			}
		}
	}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
}
