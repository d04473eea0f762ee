package project

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// ScriptLine is a line of a script that tells of images, with those that it is continued on.
type ScriptLine struct {
	Place  string // "Makefile:3"
	Text   string
	Builds bool // it may build, tag or push an image that it names, or give such an image to the lines that do
}

// maxLines bounds the lines that are kept of the scripts of one repository.
const maxLines = 20000

var (
	// imageTool is part of all files that build images.
	imageTool = lazyregexp.New(`(?i)docker|podman|buildah|nerdctl|kaniko|skaffold|\bjib\b|container|image|earthly`)
	// buildWord is what builds, tags or pushes.
	buildWord = lazyregexp.New(`(?i)\b(?:build|builds|buildx|bud|tags?|push|publish|destinations?|load|kaniko)\b|(?:^|[\s"',\[])-t\b`)
	// givesName is a variable or key that is given something.
	givesName = lazyregexp.New(`^\s*(?:-\s+)?(?:(?:export|set|local|readonly|const|let|var|override|define)\s+|\$env:|env\.)?["']?([A-Za-z_][\w.-]*)["']?\s*(?:[:?+!]{0,3}=|:)`)
	// telling is part of the lines that tell something without building an image.
	telling = lazyregexp.New(`(?i)target|\bARG\b|dockerfile|containerfile|podman|buildah|kaniko`)
)

// Keys of YAML files below which images are named that are run, and those below which they are named to be built.
var (
	runKeys   = []string{"image", "services", "container", "containers", "uses", "from", "executor", "script", "before_script", "after_script", "run", "command", "commands"}
	buildKeys = []string{"tags", "images", "destinations", "artifacts", "args", "with", "inputs", "settings", "image_templates"}
)

// lines are those of a script that tell of images. name is that of the file as shown.
func (f *Scripts) lines(name, file, text string, all []statement) {
	if !imageTool.MatchString(text) {
		return
	}
	base := baseName(file)
	var parents [][]string
	if yamlFile(base) {
		parents, _ = outline(text)
	}
	for _, s := range all {
		for i, line := range strings.Split(s.text, "\n") {
			if strings.TrimSpace(line) == "" || len(f.Lines) >= maxLines {
				continue
			}
			whole := s.text
			builds := wholly(base)
			if at := s.line - 1 + i; at < len(parents) {
				builds = builds || mayBuild(line, parents[at])
			} else {
				builds = builds || mayBuild(whole, nil)
			}
			if builds || telling.MatchString(whole) {
				f.Lines = append(f.Lines, ScriptLine{Place: fmt.Sprintf("%s:%d", name, s.line+i), Text: strings.Clone(line), Builds: builds})
			}
		}
	}
}

// mayBuild reports whether a line builds or pushes what it names, or keeps its name for another line. parents are the keys that it
// stands below in a YAML file, the innermost last.
func mayBuild(line string, parents []string) bool {
	below := func(keys []string) bool {
		return slices.ContainsFunc(parents, func(k string) bool { return slices.Contains(keys, k) })
	}
	if buildWord.MatchString(line) || below(buildKeys) || slices.ContainsFunc(parents, func(k string) bool { return strings.Contains(k, "/") }) {
		return true
	}
	m := givesName.FindStringSubmatch(line)
	runs := m != nil && slices.Contains(runKeys, m[1]) && !strings.HasSuffix(m[0], m[1]+"=") // image=x is of a shell
	return m != nil && !runs && !below(runKeys)
}

// wholly knows the files each line of which may name an image to be built: programs, and those of tools that build by description.
func wholly(base string) bool {
	return programExtensions[path.Ext(base)] || buildNames[base] || strings.HasPrefix(base, "skaffold") || slices.Contains([]string{"earthfile", "tiltfile"}, base)
}

// programExtensions are those of programs that are no shell scripts.
var programExtensions = set(".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".rb", ".rake", ".pl", ".php", ".kts")

// imageFiles are the starts of the names of files that build images, besides the scripts.
var imageFiles = []string{
	"skaffold", "earthfile", "tiltfile", "magefile.go", "werf.y", ".goreleaser", "azure-pipelines", "cloudbuild", "buildspec", ".drone", ".woodpecker", ".gitlab-ci",
}

// programNames are the starts of the names of programs that are run to build and to release.
var programNames = []string{"build", "release", "publish", "deploy", "docker", "image", "make", "push", "ci"}

// tellsImages knows the files that may build images or tell of them, by a name in lower case. Where nameless is true only the first
// line can say that it is one.
func tellsImages(top, dir, base string) (is, nameless bool) {
	inFolder := inScriptFolder(dir)
	switch ext := path.Ext(base); {
	case isScript(dir, base), base == "devcontainer.json", hasPrefix(base, imageFiles):
		return true, false
	case programExtensions[ext]:
		return inFolder || hasPrefix(base, programNames), false
	}
	return isNameless(base) && (inFolder || dir == top), true
}

func yamlFile(base string) bool {
	for templateName(base) {
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	return path.Ext(base) == ".yml" || path.Ext(base) == ".yaml"
}
