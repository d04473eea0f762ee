package project

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Deployments is what the YAML files of a repository run by the names of images.
type Deployments struct {
	Composes   []File // Compose files, and those for docker stack deploy whatever their names
	Containers []ContainerImage
}

// ContainerImage is an image that a manifest of Kubernetes, a template of Helm or a job of a CI service runs.
type ContainerImage struct {
	Image string // as written; "$" stands for what a template fills in
	Place string // "k8s/web.yaml:12"
	CI    bool   // it is the container of a job, which runs what the job says
	// Dockerfile is what an action of GitHub is built from, absolute, without symbolic links; with it there is no Image.
	Dockerfile string
}

var (
	templated = lazyregexp.New(`\$?\{\{.*?\}\}`)
	// imageLine gives an image as a value, or leaves it to the lines below.
	imageLine = lazyregexp.New(`^(\s*)(?:-\s+)?["']?(image|container|uses)["']?\s*:\s*(.*?)\s*$`)
	imageName = lazyregexp.New(`^\s*(?:-\s+)?["']?name["']?\s*:\s*(\S.*?)\s*$`)
)

// Deployments reads the YAML files of a repository. It ends early where ctx does.
func (f *Scripts) Deployments(ctx context.Context) *Deployments {
	d := &Deployments{}
	for _, y := range f.yaml {
		if ctx.Err() != nil {
			break
		}
		text := readStart(y.Path, false)
		switch b := []byte(text); {
		case !strings.Contains(text, "image") && !strings.Contains(text, "container"):
		case strings.HasPrefix(filepath.Base(y.Path), "action."):
			d.Containers = append(d.Containers, actionImages(y, text)...)
		case apiVersionLine.Match(b) && kindLine.Match(b):
			d.Containers = append(d.Containers, imagesIn(y.Name, text, false)...)
		case ofCI(y.Path):
			d.Containers = append(d.Containers, imagesIn(y.Name, text, true)...)
		case servicesKey.Match(b):
			d.Composes = append(d.Composes, File{Name: y.Name, Path: y.Path, Kind: source.ComposeKind})
		}
	}
	return d
}

// servicesKey is the section of a Compose file.
var servicesKey = lazyregexp.New(`(?m)^["']?services["']?[ \t]*:`)

// imagesIn are the images that the lines of a file run. A template is no YAML, and is read like any other file.
func imagesIn(name, text string, ci bool) (list []ContainerImage) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		m := imageLine.FindStringSubmatch(line)
		if m == nil || m[2] != "image" && !ci {
			continue
		}
		image := m[3]
		if m[2] == "uses" {
			if _, image, _ = strings.Cut(image, "docker://"); image == "" {
				continue
			}
		}
		if image == "" && ci && i+1 < len(lines) { // image: and container: with a mapping
			if n := imageName.FindStringSubmatch(lines[i+1]); n != nil && m[2] == "image" {
				image = n[1]
			}
		}
		image, _, _ = strings.Cut(templated.ReplaceAllString(image, "$$X"), " #")
		if image = strings.Trim(strings.TrimSpace(image), `"'`); image == "" || strings.ContainsAny(image[:1], "{[|>&*!#") {
			continue
		}
		list = append(list, ContainerImage{Image: strings.Clone(image), Place: fmt.Sprintf("%s:%d", name, i+1), CI: ci})
	}
	return list
}

// maxDeployments is how many YAML files of a repository are read for what they run.
const maxDeployments = 2000

// dockerAction is the Dockerfile of an action of GitHub.
var dockerAction = lazyregexp.New(`(?m)^\s+["']?image["']?\s*:\s*["']?([^\s"':]+)["']?\s*$`)

// actionImages are the Dockerfiles that the definition of an action names.
func actionImages(y File, text string) (list []ContainerImage) {
	for _, m := range dockerAction.FindAllStringSubmatchIndex(text, -1) {
		line := 1 + strings.Count(text[:m[2]], "\n")
		list = append(list, ContainerImage{Dockerfile: realPath(under(filepath.Dir(y.Path), filepath.FromSlash(text[m[2]:m[3]]))), Place: fmt.Sprintf("%s:%d", y.Name, line)})
	}
	return list
}

// mayDeploy tells the files that Deployments reads.
func mayDeploy(base string) bool {
	ext := filepath.Ext(base)
	return (ext == ".yml" || ext == ".yaml") && !slices.Contains(lockFiles, base)
}

// lockFiles are large and run nothing.
var lockFiles = []string{"pnpm-lock.yaml", "pnpm-workspace.yaml", "mkdocs.yml", ".pre-commit-config.yaml"}
