package project

import (
	"os"
	"path/filepath"
	"strings"
)

// Repository is the top directory of the git repository that holds dir, which is absolute; false where there is none.
func Repository(dir string) (string, bool) {
	for {
		// A worktree and a submodule have a file .git that names the real directory.
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// excludeFile is the info/exclude of the repository at top. All worktrees of a repository share one.
func excludeFile(top string) string {
	git := filepath.Join(top, ".git")
	if link, err := ReadSmall(git); err == nil {
		git = firstLineAfter(link, "gitdir: ", top, git)
		if common, err := ReadSmall(filepath.Join(git, "commondir")); err == nil {
			git = firstLineAfter(common, "", git, git)
		}
	}
	return filepath.Join(git, "info", "exclude")
}

// firstLineAfter is the path in a one-line file after a prefix, relative to dir; without the prefix it is otherwise.
func firstLineAfter(text []byte, prefix, dir, otherwise string) string {
	line, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), prefix)
	switch {
	case !ok:
		return otherwise
	case filepath.IsAbs(line):
		return line
	}
	return filepath.Join(dir, line)
}

// ignoresAbove are the rules in force at dir, from the top of its repository down to dir's parent. A directory that is
// itself left out by them was named on purpose, so none of them count below it.
func ignoresAbove(dir string) ignores {
	top, ok := Repository(dir)
	if !ok {
		return nil
	}
	ig := ignores(nil).with(top, excludeFile(top))
	rel, _ := relative(top, dir)
	if rel == "." {
		return ig
	}
	at := top
	for _, name := range strings.Split(rel, string(filepath.Separator)) {
		ig = ig.with(at, filepath.Join(at, ".gitignore"))
		at = filepath.Join(at, name)
		if ig.ignored(at, true) {
			return nil
		}
	}
	return ig
}

// Ignored reports whether git would leave out a file at an absolute path, by the .gitignore files of its repository. The user's
// own core.excludesFile is not read. The file need not exist, and may be tracked all the same.
func Ignored(path string) bool {
	top, ok := Repository(filepath.Dir(path))
	if !ok {
		return false
	}
	ig := ignores(nil).with(top, excludeFile(top))
	rel, _ := relative(top, path)
	at := top
	names := strings.Split(rel, string(filepath.Separator))
	for i, name := range names {
		ig = ig.with(at, filepath.Join(at, ".gitignore"))
		at = filepath.Join(at, name)
		if ig.ignored(at, i < len(names)-1) {
			return true
		}
	}
	return false
}

// Exists reports whether there is something at a path.
func Exists(path string) bool { return exists(path) }
