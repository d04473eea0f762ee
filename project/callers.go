package project

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Evidence is a line of a script that hands Compose files to a program which needs their "version:", or that passes an argument to
// a build, or that tells about the .env of Compose files.
type Evidence struct {
	Path    string // absolute
	Line    int    // 1-based
	Stack   bool   // docker stack deploy; else docker-compose 1.x
	Version string // the docker-compose that is asked for, as written: "1.25.0", "1.*", "<1.27"; empty for docker stack deploy
	// EnvFile is the file that Compose is told to read in place of .env; CI tells that a CI service runs Compose; Command is what
	// Compose is told then.
	EnvFile string
	CI      bool
	Command string
	// Ends is the option by which Compose is told, with Command, to end with one of its containers.
	Ends string
	// Argument is the name after --build-arg, or in the build-args of a workflow; with it nothing else is set.
	Argument string
}

// Callers looks for scripts that run old programs on Compose files, each directory once. The zero value is ready; it
// is not for use by several goroutines at a time.
type Callers struct {
	dirs map[string]scanned
	told map[string][]EnvUse // by path
}

// scanned is what one directory holds.
type scanned struct {
	evidence []Evidence
	uses     []EnvUse
	folders  []string // names
	told     []string // the paths of what is read for Told alone
}

// Bounds of one search, so that no repository can keep it busy. What lies beyond them is not looked at.
const (
	maxFolders = 400       // directories looked into
	maxNames   = 5000      // names listed in one directory
	maxBelow   = 50        // folders below one script folder
	maxScripts = 200       // files opened in one directory
	maxBytes   = 4 << 20   // read in one directory
	maxScript  = 512 << 10 // bytes of one script, from its start
)

// LegacyCompose looks in the scripts around a Compose file in dir, an absolute path: those in dir and in every
// directory above it up to the top of the repository, in the usual folders for scripts right below each of these, and
// one level below such a folder. Without a repository only dir and its script folders are looked at. docker-compose
// before 1.27 refuses a file without "version:", and so did docker stack deploy until 2022. Comments, prose and text
// that is only printed do not count; where a line leaves a doubt it counts. The error is that of ctx.
func (c *Callers) LegacyCompose(ctx context.Context, dir string) ([]Evidence, error) {
	all, err := c.around(ctx, dir)
	return slices.DeleteFunc(all, func(e Evidence) bool { return e.Argument != "" || e.Command != "" }), err
}

// Calls looks in the same scripts for lines that give Compose another file in place of .env, for those by which a CI service runs it,
// and for those that run it until a container ends.
func (c *Callers) Calls(ctx context.Context, dir string) ([]Evidence, error) {
	all, err := c.around(ctx, dir)
	return slices.DeleteFunc(all, func(e Evidence) bool { return e.Command == "" }), err
}

// BuildArguments looks in the same scripts for arguments that they pass to builds.
func (c *Callers) BuildArguments(ctx context.Context, dir string) ([]Evidence, error) {
	all, err := c.around(ctx, dir)
	return slices.DeleteFunc(all, func(e Evidence) bool { return e.Argument == "" }), err
}

// around is all evidence in the scripts around a directory.
func (c *Callers) around(ctx context.Context, dir string) ([]Evidence, error) {
	s, err := c.search(ctx, dir)
	if err != nil {
		return nil, err
	}
	return s.evidence, nil
}

// search looks through the scripts around a directory.
func (c *Callers) search(ctx context.Context, dir string) (*search, error) {
	top, ok := Repository(dir)
	if !ok {
		top = dir
	}
	s := search{callers: c, ctx: ctx, top: top, seen: map[string]bool{}}
	if real, err := filepath.EvalSymlinks(top); err == nil {
		s.top = real
	}
	for {
		for _, name := range s.look(dir) {
			if below, ok := scriptFolder(name); ok {
				s.folder(filepath.Join(dir, name), below)
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if dir == top || dir == filepath.Dir(dir) {
			return &s, nil
		}
		dir = filepath.Dir(dir)
	}
}

// search is one call of around.
type search struct {
	callers  *Callers
	ctx      context.Context
	top      string          // of the repository, without symbolic links
	seen     map[string]bool // app/deploy is itself, and a folder of app
	looks    int
	evidence []Evidence
	uses     []EnvUse
	told     []string
}

// folder looks into a script folder and so many levels of folders below it.
func (s *search) folder(dir string, below int) {
	folders := s.look(dir)
	if below == 0 {
		return
	}
	for _, name := range folders[:min(len(folders), maxBelow)] {
		s.folder(filepath.Join(dir, name), below-1)
	}
}

// look takes the evidence in one directory, and gives the names of the folders in it.
func (s *search) look(dir string) []string {
	if s.looks++; s.looks > maxFolders || s.ctx.Err() != nil {
		return nil
	}
	found, ok := s.callers.dirs[dir]
	if !ok {
		if found = s.scan(dir); s.ctx.Err() != nil {
			return nil // it may not be whole
		}
		if s.callers.dirs == nil {
			s.callers.dirs = map[string]scanned{}
		}
		s.callers.dirs[dir] = found
	}
	if !s.seen[dir] {
		s.seen[dir] = true
		s.evidence = append(s.evidence, found.evidence...)
		s.uses = append(s.uses, found.uses...)
		s.told = append(s.told, found.told...)
	}
	return found.folders
}

// scan reads the scripts of one directory. Those known by their names come first, so that the bounds cut off the rest.
func (s *search) scan(dir string) (found scanned) {
	var known, nameless []string
	for _, e := range firstNames(dir) {
		name := e.Name()
		mode := s.follow(filepath.Join(dir, name), e)
		switch base := strings.ToLower(name); {
		case mode.IsDir() && base == "docs":
			found.told = append(found.told, documents(filepath.Join(dir, name))...)
		case mode.IsDir() && !passedBy(base):
			found.folders = append(found.folders, name)
		case !mode.IsRegular():
		case isScript(dir, base):
			known = append(known, name)
		case (toldNames[base] || toldToPeople(base) || programExtensions[filepath.Ext(base)] && inScriptFolder(dir)) && len(found.told) < maxScripts:
			found.told = append(found.told, filepath.Join(dir, name))
		case isNameless(base):
			nameless = append(nameless, name)
		}
	}
	files := append(known, nameless...)
	size := 0
	for i, name := range files[:min(len(files), maxScripts)] {
		if size > maxBytes || s.ctx.Err() != nil {
			break
		}
		path := filepath.Join(dir, name)
		text := readStart(path, i >= len(known))
		found.evidence = append(found.evidence, endLines(path, text)...)
		size += len(text)
		if !buildNames[strings.ToLower(files[i])] {
			found.evidence = append(found.evidence, legacyLines(path, text)...)
			found.evidence = append(found.evidence, callLines(path, text)...)
		}
		found.uses = append(found.uses, envUses(path, text)...)
	}
	return found
}

// firstNames gives the entries of a directory in order; none where it cannot be read.
func firstNames(dir string) []fs.DirEntry {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxNames) // what could be read
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

// follow is the type of an entry, or of what a symbolic link leads to inside the repository.
func (s *search) follow(path string, e fs.DirEntry) fs.FileMode {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type()
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fs.ModeIrregular
	}
	rel, inside := relative(s.top, real)
	info, err := os.Stat(real)
	if err != nil || !inside || inOthers(rel) {
		return fs.ModeIrregular
	}
	return info.Mode().Type()
}
