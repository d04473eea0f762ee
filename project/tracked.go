package project

import (
	"context"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

// Tracked are the files that git tracks below a directory. The zero value knows nothing.
type Tracked struct {
	known bool
	paths []string // slashes, relative to the directory, in byte order
}

// Known reports whether git could be asked: the directory is in a repository, and the program git is there.
func (t Tracked) Known() bool { return t.known }

// Has tells for a file or a directory, by its slash path relative to the directory, whether git tracks it or something in it.
// "." is the directory itself.
func (t Tracked) Has(path string) bool {
	if path == "." {
		return len(t.paths) > 0
	}
	i := sort.SearchStrings(t.paths, path)
	if i < len(t.paths) && t.paths[i] == path {
		return true
	}
	i = sort.SearchStrings(t.paths, path+"/")
	return i < len(t.paths) && strings.HasPrefix(t.paths[i], path+"/")
}

// trackedTime bounds how long git may take: on a cold disk a large index takes seconds.
const trackedTime = 10 * time.Second

// TrackedBelow asks git, once when it is first needed, what it tracks below dir, which is absolute.
func TrackedBelow(ctx context.Context, dir string) func() Tracked {
	return sync.OnceValue(func() Tracked {
		if _, ok := Repository(dir); !ok {
			return Tracked{}
		}
		ctx, cancel := context.WithTimeout(ctx, trackedTime)
		defer cancel()
		// A repository's own configuration can name a program to run for fsmonitor: none is.
		git := exec.CommandContext(ctx, "git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--", ".")
		git.Dir = dir
		out, err := git.Output()
		if err != nil {
			return Tracked{}
		}
		paths := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if len(out) == 0 {
			paths = nil
		}
		for i, p := range paths {
			paths[i] = filepath.ToSlash(p)
		}
		sort.Strings(paths)
		return Tracked{known: true, paths: paths}
	})
}
