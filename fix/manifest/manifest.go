// Package manifest knows which files of a project the install command of a package manager reads, so that these can be
// copied into an image before the sources.
//
// In: a command with its words, and the build context as dockfix sees it. Out: the files to copy first, the directories
// that the command fills inside the project, or the reason why it needs the sources. For
//
//	npm ci
//
// in a context with package.json and package-lock.json, the Plan has Files {package.json, package-lock.json} and Fills
// {node_modules}; where package.json has a postinstall script that runs the project's own code, it has a Refuse.
//
// The package opens nothing: what it says rests on the entries and texts in a fix.BuildContext.
package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
)

// Command is one simple command of a shell, with the words as the shell hands them to the program.
type Command struct {
	Name string
	Args []string
	Vars []string // the names of the variables that are set for it, as in CI=1 npm ci
}

// String is the command on one line.
func (c Command) String() string { return strings.Join(append([]string{c.Name}, c.Args...), " ") }

// Plain reports whether its words are for a shell what they are: nothing in them is replaced, quoted or cut.
func (c Command) Plain() bool {
	return !slices.ContainsFunc(append([]string{c.Name}, c.Args...), func(w string) bool {
		return w == "" || strings.ContainsAny(w, "\x00$\"'`\\ \t\r\n;&|<>*?~#(){}[]!")
	})
}

// Install is a command that installs what the manifests of a project ask for.
type Install struct {
	Manager string // as the user calls it: npm, pip, go
	Dir     string // the directory the command is told to work in, as written; "" for the current one
	// Files are the manifests that the command names itself, as it names them.
	Files []string
	// Never says why the install needs the sources in every project; "" where that depends.
	Never string
	plan  func(*planner)
	args  arguments
}

// Plan is what an install needs of the project. All paths are relative to the root of the build context.
type Plan struct {
	Files []string // files to copy first, in order
	Dirs  []string // directories to copy first, whole
	Fills []string // directories that the install fills, which need not exist
	// Refuse says why the install cannot run before the sources are copied, as a clause; "" where it can.
	Refuse string
	// Unsure names a condition that could not be checked; "" where all were.
	Unsure string
	// Offer is an install of the dependencies alone, where the install itself has to wait; nil where it has not.
	Offer *Offer
}

// Project is a directory of a build context with the place it has in the image.
type Project struct {
	Context *fix.BuildContext
	Root    string // of the copied tree, in the context; "." for all of it
	Dir     string // the directory the command works in, in the context
	// InContext gives for a path of the image, absolute or relative to Dir, the one in the context that is copied there.
	InContext func(string) (string, bool)
}

// Plan says what an install needs in a project.
func (i *Install) Plan(p Project) Plan {
	pl := &planner{Project: p, install: i, seen: map[string]bool{}}
	i.plan(pl)
	// What lies in a directory that is copied whole needs no COPY of its own.
	pl.Files = slices.DeleteFunc(pl.Files, func(f string) bool {
		return slices.ContainsFunc(pl.Dirs, func(dir string) bool { return strings.HasPrefix(f, dir+"/") })
	})
	return pl.Plan
}

// planner gathers a Plan.
type planner struct {
	Plan
	Project
	install  *Install
	seen     map[string]bool
	scripted string // why a script of the project keeps pnpm waiting
}

// refuse keeps the first reason.
func (p *planner) refuse(format string, args ...any) {
	if p.Refuse == "" {
		p.Refuse = fmt.Sprintf(format, args...)
	}
}

// unsure keeps the first condition that could not be checked.
func (p *planner) unsure(format string, args ...any) {
	if p.Unsure == "" {
		p.Unsure = fmt.Sprintf(format, args...)
	}
}

// at is the path in the context of a file beside the manifests.
func (p *planner) at(name string) string { return path.Join(p.Dir, name) }

// has reports whether the project has a file or directory of that name.
func (p *planner) has(name string) bool { return p.Context.Has(p.at(name)) }

// isDir reports whether the project has a directory of that name.
func (p *planner) isDir(name string) bool {
	e, ok := p.Context.Entry(p.at(name))
	return ok && e.Mode.IsDir()
}

// text is the text of a file of the project. One that is there and was not read refuses.
func (p *planner) text(name string) (string, bool) {
	text, ok := p.Context.Texts[p.at(name)]
	if !ok && p.has(name) {
		p.refuse("%s could not be read", p.at(name))
	}
	return strings.TrimPrefix(string(text), "\ufeff"), ok
}

// need adds a file without which the install does not work.
func (p *planner) need(name string) bool {
	if !p.has(name) {
		p.refuse("%s is not in the build context, or is ignored", p.at(name))
		return false
	}
	p.add(name)
	return true
}

// add adds those of the files that exist.
func (p *planner) add(names ...string) {
	for _, name := range names {
		full := p.at(name)
		if p.seen[full] || !p.has(name) {
			continue
		}
		if p.isDir(name) {
			p.addDir(name)
			continue
		}
		if e, _ := p.Context.Entry(full); !e.Mode.IsRegular() {
			p.refuse("%s is not a regular file", full)
			return
		}
		if !p.inTree(full) {
			p.refuse("%s is not in the directory that is copied", full)
			return
		}
		p.seen[full] = true
		p.Files = append(p.Files, full)
	}
}

// addDir adds a directory with all that is in it, if it exists.
func (p *planner) addDir(name string) {
	full := p.at(name)
	switch {
	case p.seen[full] || !p.isDir(name):
	case full == p.Dir || !p.inTree(full):
		p.refuse("%s is not a directory inside the one that is copied", full)
	default:
		p.seen[full] = true
		p.Dirs = append(p.Dirs, full)
	}
}

// inTree reports whether a path of the context is in the copied tree.
func (p *planner) inTree(full string) bool {
	return p.Root == "." && full != ".." && !strings.HasPrefix(full, "../") || strings.HasPrefix(full, p.Root+"/")
}

// addMatches adds the files beside the manifests whose names match a pattern of path.Match.
func (p *planner) addMatches(pattern string) (n int) {
	for _, e := range p.Context.Entries {
		if ok, _ := path.Match(pattern, path.Base(e.Path)); ok && e.Mode.IsRegular() && path.Dir(e.Path) == p.Dir {
			p.add(path.Base(e.Path))
			n++
		}
	}
	return n
}

// below lists the regular files in the project whose names match a pattern, relative to it.
func (p *planner) below(pattern string) []string {
	var names []string
	for _, e := range p.Context.Entries {
		rel, in := relative(p.Dir, e.Path)
		if ok, _ := path.Match(pattern, path.Base(e.Path)); ok && in && e.Mode.IsRegular() {
			names = append(names, rel)
		}
	}
	return names
}

// fills adds directories that the install fills.
func (p *planner) fills(names ...string) {
	for _, name := range names {
		if full := p.at(name); !slices.Contains(p.Fills, full) {
			p.Fills = append(p.Fills, full)
		}
	}
}

// relative is a path of the context as seen from dir, if it is below it.
func relative(dir, full string) (string, bool) {
	if dir == "." {
		return full, true
	}
	return strings.CutPrefix(full, dir+"/")
}
