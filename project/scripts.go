package project

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Scripts is what a repository says of its images outside of Compose files.
type Scripts struct {
	Dockerfiles []File
	Tags        []ImageTag
	Unplaced    []string // names of images whose Dockerfile only a variable tells
	Uses        []ContainerUse
	Installs    []Install

	yaml []File // what Deployments reads
}

// ImageTag is a name that a script gives to the image it builds.
type ImageTag struct {
	Image      string // as written
	Dockerfile string // absolute, without symbolic links
}

// ScriptsBelow reads the scripts of the repository at top, without those that git leaves out and those of other people. It ends early
// where ctx does.
func ScriptsBelow(ctx context.Context, top string) *Scripts {
	type folder struct {
		path string
		ig   ignores
	}
	wd, _ := os.Getwd()
	found := &Scripts{}
	queue := []folder{{top, ignores(nil).with(top, excludeFile(top))}}
	for n := 0; n < len(queue) && n < maxRepository && ctx.Err() == nil; n++ {
		at := queue[n]
		at.ig = at.ig.with(at.path, filepath.Join(at.path, ".gitignore"))
		read := 0
		for _, e := range firstNames(at.path) {
			path := filepath.Join(at.path, e.Name())
			_, other := others[e.Name()]
			base := strings.ToLower(e.Name())
			if mayDeploy(base) && e.Type().IsRegular() && len(found.yaml) < maxDeployments && !at.ig.ignored(path, false) {
				p := placeOf(wd, path)
				found.yaml = append(found.yaml, File{Name: p.name, Path: p.path})
			}
			switch {
			case other || at.ig.ignored(path, e.IsDir()):
			case e.IsDir() && !exists(filepath.Join(path, ".git")):
				queue = append(queue, folder{path, at.ig})
			case !e.Type().IsRegular():
			case kindByName(e.Name()) == source.DockerfileKind:
				p := placeOf(wd, path)
				found.Dockerfiles = append(found.Dockerfiles, File{Name: p.name, Path: p.path, Kind: source.DockerfileKind})
			case (isScript(at.path, base) || base == "devcontainer.json") && read < maxScripts:
				read++
				found.script(top, path, wd)
			}
		}
	}
	return found
}

// script takes what one script says.
func (f *Scripts) script(top, path, wd string) {
	text := readStart(path, false)
	f.Installs = append(f.Installs, installs(placeOf(wd, path).name, path, text)...)
	if !strings.Contains(text, "build") && !usesContainer.MatchString(text) && !strings.Contains(text, "Command\"") {
		return
	}
	name := placeOf(wd, path).name
	f.Tags = append(f.Tags, actionTags(top, text)...)
	f.Uses = append(f.Uses, devcontainerUses(name, filepath.Dir(path), text)...)
	for _, s := range syntaxOf(path).statements(text) {
		tags, unplaced := s.tags(top, filepath.Dir(path))
		f.Tags, f.Unplaced = append(f.Tags, tags...), append(f.Unplaced, unplaced...)
		f.Uses = append(f.Uses, s.uses(name, filepath.Dir(path))...)
	}
}

var (
	imageBuild  = lazyregexp.New(`\b(?:docker|podman|nerdctl|buildah)\s+(?:buildx\s+|image\s+|builder\s+)?(?:build|bud)\s`)
	enters      = lazyregexp.New(`\bcd\s+["']?([^\s"';&|)]+)`)
	substituted = lazyregexp.New(`\$\([^()]*\)`) // a variable of make, or what a command prints
	commandEnds = lazyregexp.New(`[;&|)><\x60]`)
)

// buildSwitches are options of docker build without a value; all others take one.
var buildSwitches = []string{"--pull", "--no-cache", "--push", "--load", "--quiet", "-q", "--rm", "--force-rm", "--squash", "--compress", "-D", "--debug", "--check"}

// tags are the names that a statement gives to the images it builds, where the Dockerfile of these can be told; and those where it cannot.
func (s statement) tags(top, dir string) (list []ImageTag, unplaced []string) {
	text := substituted.ReplaceAllString(strings.ReplaceAll(s.text, "\n", " "), "$${X}")
	for _, m := range imageBuild.FindAllStringIndex(text, -1) {
		rest := text[m[1]:]
		if end := commandEnds.FindStringIndex(rest); end != nil {
			rest = rest[:end[0]]
		}
		call := readBuild(rest)
		var in string
		if cd := enters.FindAllStringSubmatch(text[:m[0]], -1); cd != nil {
			in = cd[len(cd)-1][1]
		}
		if strings.Contains(call.file+call.context+in, "$") {
			unplaced = append(unplaced, call.tags...)
			continue
		}
		for _, from := range []string{dir, top} {
			if file, ok := call.dockerfile(filepath.Join(from, in)); ok {
				for _, name := range call.tags {
					list = append(list, ImageTag{name, file})
				}
				break
			}
		}
	}
	return list, unplaced
}

// buildCall is a call of docker build.
type buildCall struct {
	tags          []string
	file, context string
}

func readBuild(text string) (c buildCall) {
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		switch {
		case !strings.HasPrefix(name, "-"):
			c.context = strings.Trim(words[i], `"'`)
			continue
		case slices.Contains(buildSwitches, name):
			continue
		case !joined && i+1 < len(words):
			i++
			value = words[i]
		}
		switch value = strings.Trim(value, `"'`); name {
		case "-t", "--tag":
			c.tags = append(c.tags, strings.Clone(value))
		case "-f", "--file":
			c.file = value
		}
	}
	return c
}

// dockerfile is the one that is built when the call is made in a folder.
func (c buildCall) dockerfile(dir string) (string, bool) {
	file := c.file
	if file == "" {
		file = filepath.Join(c.context, "Dockerfile")
	}
	if c.context == "" && c.file == "" || strings.Contains(file, "$") {
		return "", false
	}
	file = realPath(under(dir, filepath.FromSlash(file)))
	return file, exists(file)
}
