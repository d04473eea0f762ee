package project

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Evidence is a line of a script that hands Compose files to a program which needs their "version:".
type Evidence struct {
	Path    string // absolute
	Line    int    // 1-based
	Stack   bool   // docker stack deploy; else docker-compose 1.x
	Version string // the docker-compose that is asked for, as written: "1.25.0", "1."; empty for docker stack deploy
}

// Callers looks for scripts that run old programs on Compose files, each directory once. The zero value is ready; it
// is not for use by several goroutines at a time.
type Callers struct {
	dirs map[string][]Evidence
}

// LegacyCompose looks in the scripts around a Compose file in dir, an absolute path: those in dir and in every
// directory above it up to the top of the repository, and in the usual folders for scripts right below each of these.
// Without a repository only dir is looked at. docker-compose before 1.27 refuses a file without "version:", and so
// did docker stack deploy until 2022; prose is not looked at, and a comment does not count. The error is that of ctx.
func (c *Callers) LegacyCompose(ctx context.Context, dir string) (evidence []Evidence, err error) {
	top, ok := Repository(dir)
	if !ok {
		top = dir
	}
	seen := map[string]bool{} // app/deploy is itself, and a folder of app
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, folder := range scriptFolders {
			if folder = filepath.Join(dir, folder); !seen[folder] {
				seen[folder] = true
				evidence = append(evidence, c.scan(folder)...)
			}
		}
		if dir == top || dir == filepath.Dir(dir) {
			return evidence, nil
		}
		dir = filepath.Dir(dir)
	}
}

// scriptFolders are where the scripts of a directory lie.
var scriptFolders = []string{".", ".circleci", ".github/workflows", ".gitlab", "bin", "build", "ci", "deploy", "hack", "script", "scripts", "tools"}

// maxScripts bounds the scripts read in one directory, and maxScript their size in bytes.
const (
	maxScripts = 200
	maxScript  = 512 << 10
)

// scan is the evidence in the scripts of one directory.
func (c *Callers) scan(dir string) []Evidence {
	if found, ok := c.dirs[dir]; ok {
		return found
	}
	entries, _ := os.ReadDir(dir) // most of the folders do not exist
	var found []Evidence
	read := 0
	for _, e := range entries {
		if !e.Type().IsRegular() || !isScript(dir, e.Name()) || read == maxScripts {
			continue
		}
		read++
		file := filepath.Join(dir, e.Name())
		if b, _, err := readRegular(file, maxScript); err == nil {
			found = append(found, legacyLines(file, string(b))...)
		}
	}
	if c.dirs == nil {
		c.dirs = map[string][]Evidence{}
	}
	c.dirs[dir] = found
	return found
}

// isScript knows the files that run programs or say which ones are installed.
func isScript(dir, name string) bool {
	base := strings.ToLower(name)
	switch ext := path.Ext(base); {
	case scriptNames[base], ext == ".mk", ext == ".sh", ext == ".bash", ext == ".ps1":
		return true
	case strings.HasPrefix(base, "makefile."), strings.HasPrefix(base, "jenkinsfile."):
		return true
	case strings.HasPrefix(base, "requirements"):
		return ext == ".txt" || ext == ".in"
	case ext == ".yml", ext == ".yaml":
		return slices.Contains([]string{"workflows", ".circleci", ".gitlab", "ci"}, filepath.Base(dir))
	}
	return false
}

var scriptNames = set("makefile", "gnumakefile", "justfile", "jenkinsfile", "taskfile.yml", "taskfile.yaml", "package.json",
	".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", ".drone.yml", "appveyor.yml", "azure-pipelines.yml",
	"bitbucket-pipelines.yml", "circle.yml", "pipfile", "pyproject.toml", "tox.ini", "vagrantfile")

// legacyLines finds the lines of a script that count. A line can be continued: "docker stack \" is not found.
func legacyLines(file, text string) (found []Evidence) {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if commentLine.MatchString(line) {
			continue
		}
		if m := pinnedCompose.FindStringSubmatch(line); m != nil {
			found = append(found, Evidence{Path: file, Line: n, Version: m[1]})
		}
		if stackDeploy.MatchString(line) {
			found = append(found, Evidence{Path: file, Line: n, Stack: true})
		}
	}
	return found
}

var (
	commentLine = regexp.MustCompile(`^\s*(?:#|//|REM\b)`)
	// pinnedCompose is docker-compose 1.x from pip or apt, as an image, as a download, or by the variable that a
	// download uses. The npm package docker-compose has a version 1 too, and is written with a colon.
	pinnedCompose = regexp.MustCompile(`(?i)(?:docker[-_]compose["' ]*[=~<>]=? *["'=~^]*|docker/compose:(?:[a-z]+-)?|compose/releases/download/|` +
		`compose[-_]version["' ]*(?:[:?]?=|:) *["']?(?:\$\{\w+:?[-=])?)v?(1\.[\d*x][\w.]*)`)
	stackDeploy = regexp.MustCompile(`\bdocker(?: +-{1,2}[\w-]+(?:[= ][^\s-]\S*)?)* +stack +(?:deploy|up)\b`)
)
