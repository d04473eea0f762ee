package command

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// elsewhere are the builds of the Compose files and bake files of a repository that the run itself does not have, by Dockerfile. In the
// repository a file in any folder can build any Dockerfile, as with ../deploy/compose.yaml.
func (b *builds) elsewhere(ctx context.Context, top string) map[string][]build {
	if top == "" {
		return nil
	}
	list, known := b.repos[top]
	if !known {
		list = map[string][]build{}
		files := slices.DeleteFunc(project.BuildFilesBelow(ctx, top), func(c project.File) bool { return b.ofRun(c) || !mayBuild(c) })
		for _, c := range b.withNamed(files) {
			for _, found := range b.buildsOf(c) {
				list[found.Real()] = append(list[found.Real()], found)
			}
		}
		b.repos[top] = list
	}
	return list
}

// above are the builds of a file by Compose files beside and above it that known does not have: the file itself may lie where the
// search of a repository does not look, in test data or in a folder that git leaves out.
func (b *builds) above(f project.File, known []build) []build {
	var list []build
	for _, c := range b.withNamed(b.buildFilesAbove(f)) {
		if slices.ContainsFunc(known, func(k build) bool { return b.real(k.compose) == b.real(c) }) {
			continue
		}
		for _, found := range b.buildsOf(c) {
			if found.Real() == b.real(f) {
				list = append(list, found)
			}
		}
	}
	return list
}

// mayBuild leaves out the files that need not be parsed: a repository can be a collection of hundreds that build nothing.
func mayBuild(f project.File) bool {
	content, err := project.Read(f)
	return err == nil && (f.Kind != source.ComposeKind || bytes.Contains(content.Bytes, []byte("build")) ||
		bytes.Contains(content.Bytes, []byte("include")) || bytes.Contains(content.Bytes, []byte("extends")))
}

// maxNamed is how many Compose files that others include or extend are followed from one set.
const maxNamed = 100

// withNamed adds the Compose files that those of a list include, or take services from, and that a run knows from nowhere else.
func (b *builds) withNamed(files []project.File) []project.File {
	seen := map[string]bool{}
	for _, f := range files {
		seen[b.real(f)] = true
	}
	all := slices.Clone(files)
	for i := 0; i < len(all) && len(all) < len(files)+maxNamed; i++ {
		if all[i].Kind != source.ComposeKind {
			continue
		}
		n := b.noted(all[i])
		for _, name := range slices.Concat(n.includes, n.extends) {
			named := composeFileAt(all[i], name)
			named.Name = path.Join(path.Dir(all[i].Name), filepath.ToSlash(name))
			if !strings.Contains(name, "$") && !seen[b.real(named)] && !b.ofRun(named) && b.document(named) != nil {
				seen[b.real(named)] = true
				all = append(all, named)
			}
		}
	}
	return all
}

// ofRun reports whether a file is one of the Compose files and bake files of the run.
func (b *builds) ofRun(f project.File) bool {
	if b.own == nil {
		b.own = map[string]bool{}
		for _, c := range b.files {
			b.own[b.real(c)] = true
		}
	}
	return b.own[b.real(f)]
}

// buildsOf are the builds of one Compose file. Where it gives a service no context, another file of the folder may, over which it is
// read: the build is then meant as the two together.
func (b *builds) buildsOf(compose project.File) []build {
	own := b.noted(compose).builds
	builds := project.ComposeBuilds{File: own.File}
	for _, made := range own.Builds {
		over := b.over(compose, made)
		override, _ := usualName(compose)
		if len(over) == 0 || !override {
			builds.Builds = append(builds.Builds, made)
		}
		builds.Builds = append(builds.Builds, over...)
	}
	var list []build
	for _, c := range project.Contexts(nil, []project.ComposeBuilds{builds}) {
		list = append(list, build{c, compose})
	}
	return list
}

// over are the builds that one without a context makes when it is read over another Compose file of the folder.
func (b *builds) over(compose project.File, made project.Build) []project.Build {
	if made.Context != "" || made.Inline != "" || compose.Kind != source.ComposeKind {
		return nil
	}
	var list []project.Build
	override, _ := usualName(compose)
	for _, other := range b.composeFilesIn(filepath.Dir(compose.Path)) {
		if other.Path == compose.Path || override && !merged(compose, other) {
			continue
		}
		for _, base := range b.noted(other).builds.Builds {
			if base.Service == made.Service && base.Context != "" && base.Inline == "" {
				list = append(list, merge(base, made))
			}
		}
	}
	return list
}

// merge is a build with what another file says over it.
func merge(base, over project.Build) project.Build {
	base.Dockerfile, base.Target = cmp.Or(over.Dockerfile, base.Dockerfile), cmp.Or(over.Target, base.Target)
	args := map[string]string{}
	maps.Copy(args, base.Args)
	maps.Copy(args, over.Args)
	base.Args = args
	base.Contexts = slices.Concat(base.Contexts, over.Contexts)
	return base
}

// unlessSet is what a text with variables means where none of them is set; the text itself where that depends on more.
func unlessSet(text string) string {
	if plain, ok := source.WithoutVariables(text); ok {
		return plain
	}
	return text
}

// buildFilesAbove are the Compose files and bake files beside and above a file, up to the top of its repository, that the run itself does not
// have. Without a repository they are those beside it alone.
func (b *builds) buildFilesAbove(f project.File) []project.File {
	var list []project.File
	dir := filepath.Dir(f.Path)
	top := cmp.Or(b.top(dir), dir)
	for ; ; dir = filepath.Dir(dir) {
		found, known := b.aboves[dir]
		if !known {
			found = slices.DeleteFunc(project.BuildFilesIn(dir), func(c project.File) bool {
				return slices.ContainsFunc(b.files, func(r project.File) bool { return r.Path == c.Path })
			})
			b.aboves[dir] = found
		}
		list = append(list, found...)
		if dir == top || dir == filepath.Dir(dir) {
			break
		}
	}
	return list
}

// serviceImage is the image that a service of a Compose file names.
type serviceImage struct{ service, image string }

// serviceImages are the images of all services of a Compose file: as a list they take a tenth of what a map does.
func serviceImages(doc *source.Document) []serviceImage {
	images := doc.ServiceImages()
	list := make([]serviceImage, 0, len(images))
	for _, service := range slices.Sorted(maps.Keys(images)) {
		list = append(list, serviceImage{service, images[service]})
	}
	return list
}

// builtBy are the images that Compose files build, by name. Files of one folder are taken for parts of one project: what one builds is
// no image to pull in another, as with compose.override.yaml.
func (b *builds) builtBy(files []project.File) []string {
	var names []string
	services := map[string]bool{} // folder and service
	for _, c := range files {
		names = append(names, b.noted(c).built...)
		for _, s := range b.noted(c).made {
			services[filepath.Dir(c.Path)+"\x00"+s] = true
		}
	}
	for _, c := range files {
		for _, s := range b.noted(c).images {
			if s.image != "" && services[filepath.Dir(c.Path)+"\x00"+s.service] {
				names = append(names, s.image)
			}
		}
	}
	return names
}

// builtIn are the images that the Compose files of a folder build together.
func (b *builds) builtIn(dir string) []string {
	names, known := b.inFolder[dir]
	if !known {
		if files := b.composeFilesIn(dir); len(files) > 1 {
			names = b.builtBy(files)
		}
		b.inFolder[dir] = names
	}
	return names
}

// cloned are texts that do not keep the file they come from in memory.
func cloned(list []string) []string {
	for i := range list {
		list[i] = strings.Clone(list[i])
	}
	return list
}
