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
	Composes   []Composition
	Containers []ContainerImage
}

// Composition is a Compose file, or one for docker stack deploy whatever its name.
type Composition struct {
	File
	Images []string // that its lines name
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
	// imageValue gives an image; jobImage is one in a file of a CI service alone.
	imageValue = lazyregexp.New(`\bimage["']?[ \t]*:[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s"',}\]#]+))`)
	jobImage   = lazyregexp.New(`^\s*container["']?[ \t]*:[ \t]*["']?([^\s"'#{]+)|\bdocker://([^\s"'#]+)`)
	// imageBelow leaves the image to the line below, where imageName gives it.
	imageBelow = lazyregexp.New(`^\s*(?:-\s+)?image["']?\s*:\s*(?:#.*)?$`)
	imageName  = lazyregexp.New(`^\s*(?:-\s+)?["']?name["']?\s*:\s*["']?([^\s"'#]+)`)
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
		case !strings.Contains(text, "image") && !strings.Contains(text, "container") && !strings.Contains(text, "docker://"):
		case strings.HasPrefix(filepath.Base(y.Path), "action."):
			d.Containers = append(d.Containers, actionImages(y, text)...)
		case apiVersionLine.Match(b) && kindLine.Match(b):
			d.Containers = append(d.Containers, imagesIn(y.Name, text, false)...)
		case ofCI(y.Path) && (!servicesByName.Match(b) || strings.Contains(y.Path, "woodpecker")):
			d.Containers = append(d.Containers, imagesIn(y.Name, text, true)...)
		case servicesKey.Match(b):
			c := Composition{File: File{Name: y.Name, Path: y.Path, Kind: source.ComposeKind}}
			for _, i := range imagesIn(y.Name, text, false) {
				c.Images = append(c.Images, i.Image)
			}
			if strings.Contains(text, "*") { // an alias may stand for an image
				c.Images = nil
			}
			d.Composes = append(d.Composes, c)
		}
	}
	return d
}

// servicesKey is the section of a Compose file.
var servicesKey = lazyregexp.New(`(?m)^["']?services["']?[ \t]*:`)

// servicesByName is that section with a service below it. Files of CI services have a list there, but for Woodpecker's; a Compose file can
// lie in a folder ci.
var servicesByName = lazyregexp.New(`(?m)^["']?services["']?[ \t]*:[ \t\r]*(?:#.*)?\n(?:[ \t\r]*(?:#.*)?\n)*[ \t]+["']?[\w.-]+["']?[ \t]*:`)

// imagesIn are the images that the lines of a file run. A template is no YAML, and is read like any other file.
func imagesIn(name, text string, ci bool) (list []ContainerImage) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.Contains(line, "image") && (!ci || !strings.Contains(line, "container") && !strings.Contains(line, "docker://")) || commentLine.MatchString(line) {
			continue
		}
		line = templated.ReplaceAllString(line, "$$X")
		found := imageValue.FindAllStringSubmatch(line, -1)
		if ci {
			found = append(found, jobImage.FindAllStringSubmatch(line, -1)...)
		}
		if ci && i+1 < len(lines) && imageBelow.MatchString(line) {
			found = append(found, imageName.FindAllStringSubmatch(templated.ReplaceAllString(lines[i+1], "$$X"), -1)...)
		}
		for _, m := range found {
			if image := strings.TrimSpace(strings.Join(m[1:], "")); image != "" && !strings.ContainsAny(image[:1], "{[|>&*!#") {
				list = append(list, ContainerImage{Image: strings.Clone(image), Place: fmt.Sprintf("%s:%d", name, i+1), CI: ci})
			}
		}
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
