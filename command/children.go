package command

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// kinship knows which Dockerfiles are built on which.
type kinship struct {
	files   []project.File              // the Dockerfiles of the run
	scripts map[string]*project.Scripts // what a repository holds, by its top
	refs    map[string][]string         // the images that a Dockerfile begins with, by path

	deployed map[string]*deployed // what a repository runs by the names of images, by its top
}

func newKinship(files []project.File) kinship {
	return kinship{
		files:   slices.DeleteFunc(slices.Clone(files), func(f project.File) bool { return f.Kind != source.DockerfileKind }),
		scripts: map[string]*project.Scripts{}, refs: map[string][]string{}, deployed: map[string]*deployed{},
	}
}

// parentage is what one service or target calls the image that it builds, and what it builds it from.
type parentage struct {
	images   []string
	contexts map[string]string // additional contexts, by name
	args     map[string]string
	inline   bool
	bases    []string // the images that an inline Dockerfile begins with
}

// parentages are those of a Compose file or bake file, by service or target.
func parentages(f project.File, doc *source.Document) map[string]parentage {
	list := map[string]parentage{}
	for _, b := range doc.BakeBuilds() {
		p := parentage{images: b.Tags, contexts: b.Contexts, args: b.Args, inline: b.Inline}
		if b.Inline { // which of them it holds is not told
			p.bases = basesOf(strings.NewReplacer(`\n`, "\n", `"`, "\n").Replace(string(doc.Bytes)))
		}
		list[b.Target] = p
	}
	if doc.Compose == nil {
		return list
	}
	images := doc.ServiceImages()
	folder := strings.ToLower(filepath.Base(filepath.Dir(f.Path)))
	for _, s := range doc.Compose.Services {
		build := s.Build()
		if build == nil {
			continue
		}
		p := parentage{contexts: valuesOf(build.Contexts), args: valuesOf(build.Args), inline: build.Inline != "", bases: basesOf(build.Inline)}
		// Compose names what has no name after the project: with "_" before its version 2.
		p.images = []string{folder + "-" + s.Name, folder + "_" + s.Name}
		if name := images[s.Name]; name != "" {
			p.images = append(p.images, strings.Clone(name))
		}
		if build.Field.Node.IsMapping() {
			if tags, ok := build.Field.Node.Lookup("tags"); ok && tags.Node.IsSequence() {
				for _, item := range tags.Node.Children {
					p.images = append(p.images, strings.Clone(item.Resolve().Text()))
				}
			}
		}
		list[s.Name] = p
	}
	return list
}

// owner is a service or target of a Compose file or bake file.
type owner struct{ compose, service string }

// children are the Dockerfiles that are built on an image of the Dockerfile f, as shown to the user: those of the run and of its
// repository, and those that stand in Compose files and bake files.
func (b *builds) children(ctx context.Context, f project.File) []string {
	if b.early || f.Kind != source.DockerfileKind {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readRun()
	owners := map[owner]bool{}
	var images []string
	for _, found := range b.of(ctx, f) {
		if found.Guess() {
			continue
		}
		owners[owner{b.real(found.compose), found.Service}] = true
		images = append(images, b.noted(found.compose).parents[found.Service].images...)
	}
	scripts := b.scripts(ctx, b.top(filepath.Dir(f.Path)))
	for _, t := range scripts.Tags {
		if t.Dockerfile == b.real(f) {
			images = append(images, t.Image)
		}
	}
	list := map[string]bool{}
	if len(images)+len(owners) == 0 {
		return nil
	}
	for _, c := range slices.Concat(b.kin.files, scripts.Dockerfiles) {
		if b.real(c) != b.real(f) && anySame(images, b.bases(c.Path)) {
			list[c.Name] = true
		}
	}
	for _, c := range b.composeFilesFor(f) {
		maps.Copy(list, b.childrenIn(c, f, owners, images))
	}
	return slices.Sorted(maps.Keys(list))
}

// composeFilesFor are the Compose files and bake files that may build something on a Dockerfile.
func (b *builds) composeFilesFor(f project.File) []project.File {
	files := slices.Concat(b.files, b.buildFilesAbove(f))
	for _, list := range b.repos[b.top(filepath.Dir(f.Path))] {
		for _, found := range list {
			files = append(files, found.compose)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(c project.File) bool {
		known := seen[b.real(c)]
		seen[b.real(c)] = true
		return known
	})
}

// childrenIn are those that a Compose file or bake file builds on f: it gives them an image of f as a context or argument, or as the
// image that an inline Dockerfile begins with.
func (b *builds) childrenIn(c, f project.File, owners map[owner]bool, images []string) map[string]bool {
	list := map[string]bool{}
	dockerfiles := map[string]string{}
	for _, found := range b.buildsOf(c) {
		dockerfiles[found.Service] = found.Dockerfile
	}
	for name, p := range b.noted(c).parents {
		if owners[owner{b.real(c), name}] {
			continue
		}
		at := dockerfiles[name]
		bases := p.bases
		if !p.inline && at != "" {
			bases = b.bases(at)
		}
		child := p.inline && anySame(images, bases) || anySame(images, slices.Collect(maps.Values(p.args)))
		for as, what := range p.contexts {
			kind, service, _ := strings.Cut(what, ":")
			of := (kind == "service" || kind == "target") && owners[owner{b.real(c), service}] || anySame(images, []string{strings.TrimPrefix(what, "docker-image://")})
			child = child || of && (p.inline || at == "" || anySame([]string{as}, bases))
		}
		switch {
		case !child:
		case p.inline || at == "":
			list[fmt.Sprintf("the Dockerfile of %s in %s", name, c.Name)] = true
		default:
			list[path.Join(path.Dir(filepath.ToSlash(c.Name)), relativeTo(c, at))] = true
		}
	}
	return list
}

// scripts are those of a repository, read once.
func (b *builds) scripts(ctx context.Context, top string) *project.Scripts {
	if top == "" {
		return &project.Scripts{}
	}
	found, known := b.kin.scripts[top]
	if !known {
		found = project.ScriptsBelow(ctx, top)
		b.kin.scripts[top] = found
	}
	return found
}

// testRuns are the places in the tests around a Compose file that may run it, those of its folder, of those above and of those below, and the
// places in the repository that run Compose files on other machines.
func (b *builds) testRuns(ctx context.Context, f project.File) (list []project.EnvUse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := filepath.Dir(f.Path)
	for _, u := range b.scripts(ctx, b.top(dir)).TestRuns() {
		if at := filepath.Dir(u.Path); u.Kind == project.EnvApart || contains(at, dir) || contains(dir, at) {
			list = append(list, u)
		}
	}
	return list
}

// bases are the images that the stages of a Dockerfile begin with.
func (b *builds) bases(path string) []string {
	refs, known := b.kin.refs[path]
	if !known {
		if text, err := project.ReadSmall(path); err == nil {
			refs = basesOf(string(text))
		}
		b.kin.refs[path] = refs
	}
	return refs
}

var (
	fromLine  = lazyregexp.New(`(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?`)
	argLine   = lazyregexp.New(`(?im)^[ \t]*ARG[ \t]+(\w+)=["']?([^\s"']+)`)
	aVariable = lazyregexp.New(`\$(?:(\w+)|\{(\w+)(?::?[-+?]([^}]*))?\})`)
)

// basesOf are the images behind FROM in a text, with the defaults of its build arguments.
func basesOf(text string) []string {
	defaults := map[string]string{}
	for _, m := range argLine.FindAllStringSubmatch(text, -1) {
		defaults[m[1]] = m[2]
	}
	var list []string
	stages := map[string]bool{}
	for _, m := range fromLine.FindAllStringSubmatch(text, -1) {
		ref := aVariable.ReplaceAllStringFunc(strings.Trim(m[1], `"'`), func(v string) string {
			m := aVariable.FindStringSubmatch(v)
			if value, ok := defaults[m[1]+m[2]]; ok {
				return value
			}
			return v
		})
		if !stages[strings.ToLower(ref)] {
			list = append(list, strings.Clone(ref))
		}
		if m[2] != "" {
			stages[strings.ToLower(m[2])] = true
		}
	}
	return list
}

// anySame reports whether one of the images that are made is one of those that are used.
func anySame(made, used []string) bool {
	for _, m := range made {
		name, tag := nameTag(m)
		if name != "" && slices.ContainsFunc(used, func(u string) bool { return sameImage(name, tag, u) }) {
			return true
		}
	}
	return false
}

// sameImage reports whether a reference may mean the image of a name and tag: a variable may be anything. The tag is only compared where
// the name has no owner, as with a node:custom that is built on node:22.
func sameImage(name, tag, ref string) bool {
	other, otherTag := nameTag(ref)
	same := name == other
	if strings.Contains(name, "$") || strings.Contains(other, "$") {
		last := path.Base(name)
		same = last == path.Base(other) && !strings.Contains(last, "$")
	}
	return same && (tag == otherTag || strings.Contains(name+tag+otherTag, "$") || strings.Contains(name, "/"))
}

// hubPrefixes are the names of Docker Hub's registry.
var hubPrefixes = []string{"docker.io/", "index.docker.io/", "registry-1.docker.io/"}

func nameTag(ref string) (name, tag string) {
	ref, _, _ = strings.Cut(aVariable.ReplaceAllString(strings.ToLower(ref), "$$"), "@")
	for _, prefix := range hubPrefixes {
		if rest, ok := strings.CutPrefix(ref, prefix); ok {
			ref = rest
			break
		}
	}
	ref = strings.TrimPrefix(ref, "library/")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[:i], ref[i+1:]
	}
	return ref, "latest"
}

// extendedBy is another Compose file that takes services from one of those that build f; "" where there is none.
func (b *builds) extendedBy(f, compose project.File) string {
	for _, c := range b.composeFilesFor(f) {
		if c.Kind != source.ComposeKind || b.real(c) == b.real(compose) {
			continue
		}
		for _, name := range b.noted(c).extends {
			if b.real(composeFileAt(c, name)) == b.real(compose) {
				return c.Name
			}
		}
	}
	return ""
}
