package command

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// related are the services that tell how the image of a build runs, besides the one that builds it: those of the same name in the other
// Compose files of its folder, those that extend it, and those that run the image by its name, in these files and all others of the run.
func (b *builds) related(of build, service *source.Service) []fix.RelatedService {
	image, _ := service.Image()
	name := image.Node.Text()
	var list []fix.RelatedService
	for _, f := range b.relatives(of.compose) {
		beside := filepath.Dir(f.Path) == filepath.Dir(of.compose.Path)
		if !beside && (name == "" || !b.runs(f, name)) {
			continue
		}
		doc := b.document(f)
		if doc == nil || doc.Compose == nil {
			continue
		}
		own := f.Path == of.compose.Path
		for _, s := range doc.Compose.Services {
			if own && s.Name == service.Name || s.Build() != nil && !(beside && s.Name == service.Name) {
				continue
			}
			if beside && !own && s.Name == service.Name || beside && extends(s, service.Name, own, of.compose) || runsImage(s, name) {
				list = append(list, fix.RelatedService{Service: s, Compose: f.Name, Same: s.Name == service.Name && beside})
			}
		}
	}
	return list
}

// relatives are the Compose files in which a service may stand that runs what another one builds.
func (b *builds) relatives(compose project.File) []project.File {
	list := []project.File{compose}
	folder := b.composeFilesIn(filepath.Dir(compose.Path))
	for _, f := range folder {
		if f.Path != compose.Path && (len(folder) <= maxTogether || merged(f, compose)) {
			f.Name = filepath.ToSlash(filepath.Join(filepath.Dir(compose.Name), filepath.Base(f.Path)))
			list = append(list, f)
		}
	}
	for _, f := range b.files {
		if f.Kind == source.ComposeKind && filepath.Dir(f.Path) != filepath.Dir(compose.Path) {
			list = append(list, f)
		}
	}
	return list
}

// runs reports whether a service of a Compose file has an image of that name.
func (b *builds) runs(f project.File, name string) bool {
	last, _, _ := strings.Cut(path.Base(name), ":")
	for _, s := range b.noted(f).images {
		if strings.Contains(s.image, last) && source.IsContext(s.image, []string{name}) {
			return true
		}
	}
	return false
}

// runsImage reports whether a service runs the image of that name.
func runsImage(s *source.Service, name string) bool {
	image, ok := s.Image()
	return ok && name != "" && (image.Node.Text() == name || source.IsContext(image.Node.Text(), []string{name}))
}

// extends reports whether a service takes its settings from the one of that name in a Compose file, of which it may be a part.
func extends(s *source.Service, name string, own bool, compose project.File) bool {
	e := s.Extends()
	if e == nil || e.Service != name {
		return false
	}
	return own && e.File == "" || slices.Contains([]string{filepath.Base(compose.Path), "./" + filepath.Base(compose.Path)}, e.File)
}
