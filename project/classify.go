package project

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// Classify tells from a file's name alone what it holds: Dockerfile, Containerfile, Dockerfile.dev, Dockerfile-dev,
// dev.Dockerfile; compose.yaml, compose.dev.yml, docker-compose-dev.yml, docker-compose2.yaml; upper and lower case are
// the same. Directories before the name do not count. A name that leaves a doubt is refused: templates, backups,
// Dockerfile.dockerignore, and names like dockerfile.go, which are more often a program about Dockerfiles.
func Classify(name string) (source.Kind, bool) {
	kind, sure := classify(baseName(name))
	return kind, sure
}

// baseName is the last element of a path of this system or with slashes, in lower case.
func baseName(name string) string {
	return strings.ToLower(path.Base(filepath.ToSlash(name)))
}

// classify is Classify with a third answer: a kind without being sure, where only the text can tell.
func classify(base string) (kind source.Kind, sure bool) {
	if leftover(base) || templateName(base) {
		return 0, false
	}
	if composeName(base) {
		return source.ComposeKind, true
	}
	if !dockerfileName(base) {
		return 0, false
	}
	return source.DockerfileKind, !foreign[path.Ext(base)]
}

// classifyNamed is classifyOther for a file that is named on the command line, which may be a .env file, too.
func classifyNamed(path string) (kind source.Kind, sure bool) {
	base := baseName(path)
	if base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env") {
		return source.EnvKind, true
	}
	return classifyOther(path)
}

// classifyOther tells which of the other files with images a path is: docker-bake.hcl, .github/workflows/ci.yml, action.yml,
// .gitlab-ci.yml, devcontainer.json. Any other YAML may be a Kubernetes manifest: only the text can tell.
func classifyOther(name string) (kind source.Kind, sure bool) {
	base := baseName(name)
	if leftover(base) || templateName(base) {
		return 0, false
	}
	ext := path.Ext(base)
	yml := ext == ".yml" || ext == ".yaml"
	dir := strings.ToLower(path.Dir(filepath.ToSlash(name)))
	switch {
	case strings.HasPrefix(base, "docker-bake") && (ext == ".hcl" || ext == ".json"):
		return source.BakeKind, true
	case yml && strings.HasSuffix(dir, ".github/workflows"), base == "action.yml", base == "action.yaml":
		return source.ActionsKind, true
	case strings.HasSuffix(base, ".gitlab-ci.yml"), strings.HasSuffix(base, ".gitlab-ci.yaml"):
		return source.GitLabKind, true
	case base == "devcontainer.json", base == ".devcontainer.json":
		return source.DevcontainerKind, true
	case yml:
		return source.KubernetesKind, false
	}
	return 0, false
}

// dockerfileName knows Dockerfile and Containerfile, alone, with a suffix, and as an extension.
func dockerfileName(base string) bool {
	for _, stem := range []string{"dockerfile", "containerfile"} {
		if base == stem || strings.HasSuffix(base, "."+stem) {
			return true
		}
		rest, ok := strings.CutPrefix(base, stem)
		if ok && len(rest) > 1 && strings.Contains(".-_", rest[:1]) {
			return true
		}
	}
	return false
}

// composeName knows compose and docker-compose, alone and with a suffix, as YAML; composer.yaml is none.
func composeName(base string) bool {
	stem, ok := strings.CutSuffix(base, ".yaml")
	if !ok {
		stem, ok = strings.CutSuffix(base, ".yml")
	}
	if !ok {
		return false
	}
	for _, prefix := range []string{"docker-compose", "docker_compose", "compose"} {
		if rest, ok := strings.CutPrefix(stem, prefix); ok {
			return rest == "" || strings.Contains(".-_0123456789", rest[:1])
		}
	}
	return false
}

// foreign are the extensions of source code and prose. Dockerfile.go can be the Dockerfile of a Go service or a Go file
// about Dockerfiles.
var foreign = set(".bats", ".c", ".cc", ".class", ".cpp", ".cs", ".css", ".csv", ".ex", ".exs", ".go", ".h", ".html",
	".java", ".js", ".json", ".jsx", ".kt", ".lua", ".md", ".mjs", ".php", ".pl", ".png", ".py", ".rb", ".rs", ".rst",
	".scala", ".sh", ".svg", ".swift", ".toml", ".ts", ".tsx", ".txt", ".vim", ".xml", ".yaml", ".yml", ".zip", ".gz")

// leftover knows what editors, patches and other tools leave beside a file, and the ignore file that BuildKit reads
// beside a Dockerfile.
func leftover(base string) bool {
	return strings.HasSuffix(base, "~") || leftovers[path.Ext(base)]
}

var leftovers = set(".asc", ".bak", ".diff", ".dockerignore", ".orig", ".patch", ".rej", ".sha256", ".sig", ".swo",
	".swp", ".tmp")

// templateName knows the extensions of template languages, in front of or behind the name proper.
func templateName(base string) bool {
	return templateExtensions[path.Ext(base)]
}

var templateExtensions = set(".ejs", ".epp", ".erb", ".gotmpl", ".handlebars", ".hbs", ".in", ".j2", ".jinja", ".jinja2",
	".liquid", ".m4", ".mako", ".mustache", ".template", ".tmpl", ".tpl", ".tt", ".twig")

// namedTemplate tells whether a file would be a Dockerfile or a Compose file once its template is filled in:
// Dockerfile.j2, compose.yml.erb.
func namedTemplate(base string) bool {
	stem := base
	for templateName(stem) {
		stem = strings.TrimSuffix(stem, path.Ext(stem))
	}
	return stem != base && !leftover(stem) && (dockerfileName(stem) || composeName(stem))
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
