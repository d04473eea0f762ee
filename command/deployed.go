package command

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// deployed is what a repository runs by the names of images.
type deployed struct {
	containers []project.ContainerImage
	services   []deployedService
}

// deployedService is a service of a Compose file that builds nothing, or of a file for docker stack deploy.
type deployedService struct {
	image, name, compose string
	others               []string // command and entrypoint, where it has them and no healthcheck
	counts               []string // its sections that may count on root
}

// rootSections are those of a service that may count on root.
var rootSections = []string{"command", "entrypoint", "volumes", "user", "privileged", "cap_add", "devices", "secrets", "configs", "tmpfs"}

// deployments are those of a repository, read once.
func (b *builds) deployments(ctx context.Context, top string) *deployed {
	d, known := b.kin.deployed[top]
	if known {
		return d
	}
	d = &deployed{}
	b.kin.deployed[top] = d
	found := b.scripts(ctx, top).Deployments(ctx)
	d.containers = found.Containers
	for _, c := range found.Composes {
		if len(c.Images) > 0 && !slices.ContainsFunc(c.Images, func(image string) bool { return !everybodys(image) }) {
			continue
		}
		doc := b.document(c.File)
		if doc == nil || doc.Compose == nil {
			continue
		}
		for _, s := range doc.Compose.Services {
			image, ok := s.Image()
			if !ok || s.Build() != nil {
				continue
			}
			made := deployedService{image: strings.Clone(image.Node.Text()), name: strings.Clone(s.Name), compose: c.Name}
			has := func(name string) bool { f, ok := s.Field(name); return ok && !f.Node.IsNull() }
			if !has("healthcheck") {
				made.others = slices.DeleteFunc([]string{"command", "entrypoint"}, func(name string) bool { return !has(name) })
			}
			made.counts = slices.DeleteFunc(slices.Clone(rootSections), func(name string) bool { return !has(name) })
			d.services = append(d.services, made)
		}
	}
	return d
}

// imageNames tell whether an image is that of a Dockerfile.
type imageNames struct {
	own, others []string // that it is built with, and that other Dockerfiles are
	unplaced    []string // that may be of any
	open        bool     // a variable names it
	folders     []string // the last names of its folder and of its repository
}

// likeness is how much an image looks like that of a Dockerfile.
type likeness int

const (
	another  likeness = iota // that of another Dockerfile, or one that everybody can pull
	unlike                   // nothing tells whose it is
	notKnown                 // its name, or that of the Dockerfile's image, comes from a variable
	like                     // it has the name of the Dockerfile's folder
	same                     // it has a name that the image is built with
)

// image names the image in a message.
func (l likeness) image() string {
	if l == same {
		return "the image"
	}
	return "an image that may be this one"
}

// likeness compares an image, as written, with that of the Dockerfile.
func (n imageNames) likeness(image string) likeness {
	image = defaultValue.ReplaceAllString(image, "$1")
	name, _ := nameTag(image)
	last := path.Base(name)
	switch {
	case slices.ContainsFunc(n.own, func(own string) bool { return sameName(own, image) }):
		return same
	case slices.ContainsFunc(n.unplaced, func(any string) bool { return sameName(any, image) }):
		return notKnown
	case slices.ContainsFunc(n.others, func(other string) bool { return sameName(other, image) }):
		return another
	case strings.Contains(last, "$"):
		return notKnown
	case slices.Contains(n.folders, last):
		return like
	case everybodys(image):
		return another
	case n.open:
		return notKnown
	}
	return unlike
}

var (
	// defaultValue is a variable with what it is where nothing sets it.
	defaultValue = lazyregexp.New(`\$\{\w+:?-([^{}$]+)\}`)
	// public are the images of well known projects.
	public = lazyregexp.New(`^(?:registry\.k8s\.io|k8s\.gcr\.io|gcr\.io/(?:google|distroless|kaniko)|mcr\.microsoft\.com|public\.ecr\.aws/docker|quay\.io/(?:prometheus|jetstack|coreos|keycloak)|bitnami|bitnamilegacy|grafana|prom|otel|hashicorp|jaegertracing|cypress|confluentinc|amazon|curlimages|bats|koalaman|hadolint)/`)
)

// everybodys reports whether an image is one of those that everybody can pull.
func everybodys(image string) bool {
	name, _ := nameTag(image)
	return images.Lookup(image).Known || public.MatchString(name)
}

// sameName is sameImage whatever the tags are.
func sameName(a, b string) bool {
	nameA, _ := nameTag(a)
	nameB, _ := nameTag(b)
	if strings.Contains(nameA+nameB, "$") {
		last := path.Base(nameA)
		return last == path.Base(nameB) && !strings.Contains(last, "$")
	}
	return nameA != "" && nameA == nameB
}

// namesOf are the names that tell the image of a Dockerfile.
func (b *builds) namesOf(ctx context.Context, f project.File, top string) (n imageNames) {
	real := b.real(f)
	for _, c := range b.composeFilesFor(f) {
		for _, found := range b.buildsOf(c) {
			if list := b.noted(c).parents[found.Service].images; found.Real() == real {
				n.own = append(n.own, list...)
			} else {
				n.others = append(n.others, list...)
			}
		}
	}
	for _, t := range b.scripts(ctx, top).Tags {
		if t.Dockerfile == real {
			name, _ := nameTag(t.Image)
			n.own, n.open = append(n.own, t.Image), n.open || strings.Contains(path.Base(name), "$")
		} else {
			n.others = append(n.others, t.Image)
		}
	}
	n.unplaced = b.scripts(ctx, top).Unplaced
	for _, dir := range []string{filepath.Dir(real), top} {
		n.folders = append(n.folders, strings.ToLower(filepath.Base(dir)))
	}
	return n
}

// otherUses fills in who else in the repository runs the image of a Dockerfile.
func (b *builds) otherUses(ctx context.Context, facts *fix.Facts, f project.File) {
	top := b.topOf(f)
	if b.early || f.Kind != source.DockerfileKind || top == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readRun()
	names := b.namesOf(ctx, f, top)
	d := b.deployments(ctx, top)
	for _, s := range d.services {
		l := names.likeness(s.image)
		if l < notKnown {
			continue
		}
		for _, what := range s.others {
			facts.Commands = append(facts.Commands, fmt.Sprintf("the service %s in %s runs another %s with %s", s.name, s.compose, what, l.image()))
		}
		if len(s.counts) > 0 {
			facts.Deployed = append(facts.Deployed, fmt.Sprintf("the service %s in %s runs %s and has %s, which may count on root", s.name, s.compose, l.image(), s.counts[0]))
		}
	}
	for _, u := range b.scripts(ctx, top).Uses {
		if u.Run && !u.Compose && names.runBy(u.Words) {
			facts.Commands = append(facts.Commands, u.Place+" with another command than the image has")
		}
	}
	for _, c := range d.containers {
		if c.Dockerfile != "" {
			if c.Dockerfile == b.real(f) {
				facts.Deployed = append(facts.Deployed, c.Place+" makes an action of it, which GitHub runs as root")
			}
			continue
		}
		switch l := names.likeness(c.Image); {
		case c.CI && l >= notKnown:
			facts.Deployed = append(facts.Deployed, c.Place+" runs the steps of a job in "+l.image()+", and they may count on root")
		case !c.CI && l >= unlike:
			facts.Deployed = append(facts.Deployed, c.Place+" runs "+l.image()+": its volumes, ports and commands may count on root")
		}
	}
}

// topOf is the repository that a file is in, "" for none.
func (b *builds) topOf(f project.File) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.top(filepath.Dir(f.Path))
}

// runBy reports whether the words behind docker run start the image with another command than its own.
func (n imageNames) runBy(words []string) bool {
	other := false
	for i, w := range words {
		switch w = strings.Trim(w, `"'`); {
		case strings.ContainsAny(w, "<>"):
			return false
		case strings.HasPrefix(w, "-"):
			other = other || strings.HasPrefix(w, "--entrypoint")
		case i > 0 && takesWord(words[i-1]):
		case n.likeness(w) == same || n.likeness(w) == like && strings.Contains(w, "/"):
			return other || i+1 < len(words) && !strings.ContainsAny(words[i+1], "<>")
		}
	}
	return false
}
