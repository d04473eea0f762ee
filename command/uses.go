package command

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// inContainer is what the containers of a Dockerfile are known by.
type inContainer struct {
	real     string              // of the Dockerfile
	services map[string][]string // the folders of the Compose files, by service
	images   []string
}

// uses are the scripts of the repository that run commands of their own in a container of the Dockerfile f, as shown to the user.
func (b *builds) uses(ctx context.Context, f project.File) []string {
	if b.early || f.Kind != source.DockerfileKind {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readRun()
	scripts := b.scripts(ctx, b.top(filepath.Dir(f.Path)))
	if len(scripts.Uses) == 0 {
		return nil
	}
	c := inContainer{real: b.real(f), services: map[string][]string{}}
	for _, found := range b.of(ctx, f) {
		if found.Guess() {
			continue
		}
		c.services[found.Service] = append(c.services[found.Service], filepath.Dir(found.compose.Path))
		c.images = append(c.images, b.noted(found.compose).parents[found.Service].images...)
	}
	for _, t := range scripts.Tags {
		if t.Dockerfile == b.real(f) {
			c.images = append(c.images, t.Image)
		}
	}
	var list []string
	for _, u := range scripts.Uses {
		if c.usedBy(u) && !slices.Contains(list, u.Place) {
			list = append(list, u.Place)
		}
	}
	return list
}

// usedBy reports whether a script runs a command in one of the containers.
func (c inContainer) usedBy(u project.ContainerUse) bool {
	if u.Develops {
		if u.Words[0] != "" {
			file := project.File{Path: filepath.Join(u.Dir, filepath.FromSlash(u.Words[0]))}
			return file.Real() == c.real
		}
		return c.near(u.Words[1], u.Dir)
	}
	for i, w := range u.Words[:max(len(u.Words)-1, 0)] { // without a command the image's own runs
		name := strings.Trim(w, `"'`)
		switch {
		case w == "-u" || strings.HasPrefix(w, "-u=") || strings.HasPrefix(w, "--user"):
			return false
		case strings.HasPrefix(w, "-") || i > 0 && takesWord(u.Words[i-1]):
		case c.near(name, u.Dir), !u.Compose && anySame(c.images, []string{name}):
			return true
		case u.Compose:
			return false // another service
		}
	}
	return false
}

// takesWord reports whether an option of exec or run has its value in the next word.
func takesWord(option string) bool {
	return slices.Contains([]string{"-e", "--env", "-w", "--workdir", "-v", "--volume", "-p", "--publish", "--name", "--entrypoint", "--index", "--env-file", "-l", "--label"}, option)
}

// near reports whether a name is that of a service whose Compose file lies above or below a script.
func (c inContainer) near(name, dir string) bool {
	return name != "" && slices.ContainsFunc(c.services[name], func(at string) bool {
		return contains(at, dir) || contains(dir, at)
	})
}

// contains reports whether a folder is another one, or above it.
func contains(folder, dir string) bool {
	rel, err := filepath.Rel(folder, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// installs are the places that may install packages in a container of the Dockerfile f from an index that the image has: scripts of its build
// contexts, and what starts containers.
func (b *builds) installs(ctx context.Context, f project.File) (list []fix.Install) {
	if b.early || f.Kind != source.DockerfileKind {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.scripts(ctx, b.top(filepath.Dir(f.Path))).Installs
	if len(all) == 0 {
		return nil
	}
	contexts := b.of(ctx, f)
	for _, i := range all {
		if i.Inside || slices.ContainsFunc(contexts, func(c build) bool { return contains(c.Dir, filepath.Dir(i.Path)) }) {
			list = append(list, fix.Install{Tool: i.Tool, File: filepath.Base(i.Path), Place: i.Place})
		}
	}
	return list
}
