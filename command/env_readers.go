package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// readers tells which services of Compose files in other folders get the .env beside f, or see it.
func (b *builds) readers(d *fix.DotEnv, f project.File) {
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := filepath.Dir(f.Path)
	if n := len(b.composeFilesIn(dir)); n > maxTogether {
		d.Doubts = append(d.Doubts, fmt.Sprintf("the folder has %d Compose files, and what all of them do with the .env is not looked at", n))
	}
	for _, other := range slices.Concat(b.files, b.buildFilesAbove(f)) {
		if other.Kind != source.ComposeKind || filepath.Dir(other.Path) == dir {
			continue
		}
		if name := b.completes(f, other); name != "" {
			d.Doubts = append(d.Doubts, fmt.Sprintf("%s in %s has neither image nor build, as where it is read together with this file: the .env beside one of them would count for both", name, relativeTo(f, other.Path)))
		}
		for _, h := range b.noted(other).hands {
			path := h.path
			if !filepath.IsAbs(path) {
				path = filepath.Join(filepath.Dir(other.Path), path)
			}
			who := h.service + " in " + relativeTo(f, other.Path)
			rel, err := filepath.Rel(path, filepath.Join(dir, ".env"))
			switch {
			case err != nil || !filepath.IsLocal(rel):
			case rel == ".":
				d.Readers = append(d.Readers, who)
			case h.mount:
				d.Doubts = append(d.Doubts, who+" mounts the folder of the .env, and sees it")
			}
		}
	}
}

// completes is a service of another folder's Compose file that f may complete: no file of that folder starts it, and f has one of its name.
func (b *builds) completes(f, other project.File) string {
	at, dir := filepath.Dir(other.Path), filepath.Dir(f.Path)
	if !contains(at, dir) && !contains(dir, at) && filepath.Dir(at) != filepath.Dir(dir) {
		return ""
	}
	for _, name := range b.noted(other).partial {
		if b.starts(f, name) && !slices.ContainsFunc(b.composeFilesIn(at), func(c project.File) bool { return b.starts(c, name) }) {
			return name
		}
	}
	return ""
}

// starts reports whether a Compose file has an image or a build for a service.
func (b *builds) starts(f project.File, service string) bool {
	n := b.noted(f)
	return slices.Contains(n.made, service) || slices.ContainsFunc(n.images, func(i serviceImage) bool { return i.service == service })
}

// handed is a file or folder that a service is given, by env_file or as a mount.
type handed struct {
	service, path string // as written
	mount         bool
}

// handedTo are the files and folders that the services of a Compose file are given. The whole machine is none: what watches it, as exporters do, has
// seen the secret in the Compose file too.
func handedTo(doc *source.Document) (list []handed) {
	for _, s := range doc.Compose.Services {
		for _, name := range compose.EnvFiles(s) {
			list = append(list, handed{strings.Clone(s.Name), strings.Clone(name), false})
		}
		for _, name := range compose.Mounted(s) {
			if name == "/" {
				continue
			}
			list = append(list, handed{strings.Clone(s.Name), strings.Clone(name), true})
		}
	}
	return list
}

// partialIn are the services of a Compose file that another file has to say the image of.
func partialIn(doc *source.Document) (list []string) {
	for _, s := range doc.Compose.Services {
		if !compose.Starts(s) {
			list = append(list, strings.Clone(s.Name))
		}
	}
	return list
}
