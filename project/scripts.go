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
	Lines       []ScriptLine
	Builds      []ScriptBuild
	Installs    []Install

	yaml     []File   // what Deployments reads
	tests    []string // the paths of what may run Compose files in tests, or on other machines
	testRuns []EnvUse
	read     bool // testRuns are those of all tests
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
			if mayTest(at.path, base) && !other && e.Type().IsRegular() && len(found.tests) < maxTests && !at.ig.ignored(path, false) {
				found.tests = append(found.tests, path)
			}
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
			case read < maxScripts:
				if is, nameless := tellsImages(top, at.path, base); is {
					read++
					found.script(top, path, wd, nameless)
				}
			}
		}
	}
	return found
}

// maxTests is how many files are noted that may run Compose files in tests, or on other machines.
const maxTests = 2000

// mayTest knows, by a name in lower case, what lists the libraries of tests, the tests of languages whose libraries run Compose files, and
// the roles of Ansible.
func mayTest(dir, base string) bool {
	if buildNames[base] || base == "conftest.py" || requirements(strings.ToLower(filepath.Base(dir)), base) || base == "pyproject.toml" {
		return true
	}
	switch filepath.Ext(base) {
	case ".yml", ".yaml":
		return strings.Contains(filepath.ToSlash(dir)+"/", "/roles/")
	case ".java", ".kt", ".groovy", ".scala":
		return strings.Contains(filepath.ToSlash(dir)+"/", "/src/test") || strings.Contains(filepath.ToSlash(dir)+"/", "/src/it")
	}
	return false
}

// TestRuns are the places in the tests of the repository, and in what lists their libraries, that may run Compose files, and those in the
// roles of Ansible that run them on other machines.
func (f *Scripts) TestRuns() []EnvUse {
	for _, path := range f.tests {
		if f.read {
			break
		}
		for _, u := range envUses(path, readStart(path, false)) {
			if u.Kind == EnvCIAny || u.Kind == EnvApart {
				f.testRuns = append(f.testRuns, u)
			}
		}
	}
	f.read = true
	return f.testRuns
}

// script takes what one script says.
func (f *Scripts) script(top, path, wd string, nameless bool) {
	text := readStart(path, nameless)
	f.Installs = append(f.Installs, installs(placeOf(wd, path).name, path, text)...)
	if !imageTool.MatchString(text) && !usesContainer.MatchString(text) && !strings.Contains(text, "Command\"") {
		return
	}
	name := placeOf(wd, path).name
	f.Tags = append(f.Tags, actionTags(top, text)...)
	f.Uses = append(f.Uses, devcontainerUses(name, filepath.Dir(path), text)...)
	base, dir := baseName(path), filepath.Dir(path)
	all := syntaxOf(path).statements(text)
	for _, s := range all {
		f.Uses = append(f.Uses, s.uses(name, dir)...)
	}
	f.lines(name, path, text, all)
	if !strings.Contains(text, "build") && !strings.Contains(text, "kaniko") {
		return
	}
	lost := movesAbout.MatchString(text)
	switch {
	case programExtensions[filepath.Ext(base)]:
		all = []statement{{1, listsJoined(text, "build")}}
	case yamlFile(base):
		all = folded(all)
	}
	for _, s := range all {
		tags, unplaced := s.tags(top, dir)
		f.Tags, f.Unplaced = append(f.Tags, tags...), append(f.Unplaced, unplaced...)
		f.Builds = append(f.Builds, s.builds(name, path, top, lost)...)
	}
	if yamlFile(base) {
		f.Builds = append(f.Builds, yamlBuilds(name, path, top, text)...)
	}
}

var (
	imageBuild  = lazyregexp.New(`(?:\b(?:docker|podman|nerdctl|buildah|acr)|\$[{(]?\w*(?i:docker|podman|container|engine|oci)\w*[})]?)\s+(?:buildx\s+|image\s+|builder\s+)?(?:build|bud)\s|kaniko/executor\s`)
	enters      = lazyregexp.New(`\bcd\s+["']?([^\s"';&|)]+)`)
	substituted = lazyregexp.New(`\$\([^()]*\)`) // a variable of make, or what a command prints
	commandEnds = lazyregexp.New("[;&|)><\x60]|[\"'],")
	movesAbout  = lazyregexp.New(`working[-_]directory|\bdir\(|\bpushd\b|--directory`)
)

// buildSwitches are options of docker build without a value; all others take one.
var buildSwitches = []string{"--pull", "--no-cache", "--push", "--load", "--quiet", "-q", "--rm", "--force-rm", "--squash", "--compress", "-D", "--debug", "--check"}

// tags are the names that a statement gives to the images it builds, where the Dockerfile of these can be told; and those where it cannot.
func (s statement) tags(top, dir string) (list []ImageTag, unplaced []string) {
	for _, call := range s.calls() {
		if strings.Contains(call.file+call.context+call.in, "$") {
			unplaced = append(unplaced, call.tags...)
			continue
		}
		for _, from := range []string{dir, top} {
			if file, ok := call.dockerfile(filepath.Join(from, call.in)); ok {
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
	at            int    // offset in the statement, about: variables may have been written in another way
	in            string // where the command goes before
	tags          []string
	file, context string
	contexts      []string // names of further contexts
}

// calls are the calls of docker build in a statement.
func (s statement) calls() (list []buildCall) {
	if !imageBuild.MatchString(s.text) {
		return nil
	}
	text := withVariables(strings.ReplaceAll(s.text, "\n", " "))
	offsets := imageBuild.FindAllStringIndex(s.text, -1)
	for i, m := range imageBuild.FindAllStringIndex(text, -1) {
		rest, behind := text[m[1]:], ""
		if end := commandEnds.FindStringIndex(rest); end != nil {
			rest, behind = rest[:end[0]], rest[end[0]:]
		}
		call := readBuild(rest)
		if strings.HasPrefix(behind, "<(") || call.file == "/dev/stdin" {
			call.file = "-"
		}
		if call.at = m[0]; i < len(offsets) {
			call.at = offsets[i][0]
		}
		if cd := enters.FindAllStringSubmatch(text[:m[0]], -1); cd != nil {
			call.in = cd[len(cd)-1][1]
		}
		list = append(list, call)
	}
	return list
}

func readBuild(text string) (c buildCall) {
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		if len(words[i]) > 2 && (words[i][:2] == "-f" || words[i][:2] == "-t") {
			name, value, joined = words[i][:2], strings.TrimPrefix(words[i][2:], "="), true
		}
		switch {
		case name == "-" || !strings.HasPrefix(name, "-"):
			c.context = strings.Clone(unlisted(words[i]))
			continue
		case slices.Contains(buildSwitches, name):
			continue
		case !joined && i+1 < len(words):
			i++
			value = words[i]
		}
		switch value = strings.Clone(unlisted(value)); name {
		case "-t", "--tag", "--destination":
			c.tags = append(c.tags, value)
		case "-f", "--file", "--dockerfile":
			c.file = value
		case "--context":
			c.context = value
		case "--build-context":
			as, _, _ := strings.Cut(value, "=")
			c.contexts = append(c.contexts, as)
		}
	}
	return c
}

// unlisted is a word without the quotes and brackets of a list that it stands in.
func unlisted(word string) string {
	word = strings.TrimLeft(word, `"'`)
	for word != "" {
		last := word[len(word)-1]
		if strings.IndexByte(`"'],`, last) < 0 && (last != '}' || strings.Count(word, "{") >= strings.Count(word, "}")) {
			break
		}
		word = word[:len(word)-1]
	}
	return word
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
