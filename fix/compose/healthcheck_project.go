package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// hasOwnCheck tells that the service has a healthcheck, be it one that is switched off, here, in what it extends, or in another file of the
// project.
func (a *around) hasOwnCheck(s *source.Service) bool { return !a.blind && len(a.checksOf(s)) > 0 }

// checked is a healthcheck section with the file in which it stands.
type checked struct {
	source.Field
	file     string // "" for the document itself
	override bool   // Compose merges that file without being asked
}

// checksOf are the healthcheck sections of a service: its own or the one it extends, and those of other files.
func (a *around) checksOf(s *source.Service) []checked {
	var list []checked
	if f, ok := a.inherited(s, "healthcheck"); ok {
		list = append(list, checked{Field: f})
	}
	for _, other := range a.touching[s.Name] {
		same := other.Service(s.Name)
		if f, ok := same.Field("healthcheck"); ok && mergedWith(other, same) {
			list = append(list, checked{f, other.Doc.Name, other.Override})
		}
	}
	return list
}

// mergedWith tells that what another file says of a service is meant to be merged: it is a part of it, or Compose does so by itself. A
// whole service with an image of its own is that of another project in the same folder.
func mergedWith(other fix.ComposeFile, same *source.Service) bool {
	_, image := same.Image()
	return other.Override || !image && same.Build() == nil
}

// mayMerge tells that a caller may give Compose another file over this one: it is meant to be merged, or is called like this one with a word
// more, as compose.prod.yaml beside compose.yaml.
func (a *around) mayMerge(other fix.ComposeFile, same *source.Service) bool {
	return mergedWith(other, same) || path.Dir(other.Doc.Name) == "." && stemOf(a.doc.Name) == "compose" && strings.HasPrefix(stemOf(other.Doc.Name), "compose.")
}

// stemOf is the name of a Compose file without its folder and ending, docker-compose as compose.
func stemOf(name string) string {
	base := path.Base(name)
	return strings.TrimPrefix(strings.TrimSuffix(base, path.Ext(base)), "docker-")
}

// serviceOf is the service of that name; nil where there is none.
func serviceOf(d *source.Document, name string) *source.Service {
	i := slices.IndexFunc(d.Compose.Services, func(s *source.Service) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return d.Compose.Services[i]
}

// weighProject looks at the other services and files that the check would reach, or that say more about the service.
func (q *question) weighProject(r runner) {
	s := r.service
	if e := s.Extends(); e != nil {
		q.doubt("what it takes from %s, which it extends, is not looked at", e.Service)
	}
	for _, h := range r.around.heirs[s.Name] {
		q.refuseHeir(h)
	}
	for _, file := range r.around.touching[s.Name] {
		if same := file.Service(s.Name); r.around.mayMerge(file, same) {
			q.doubtMerged(r, file, same)
		}
	}
}

// refuseHeir refuses a check that another service would inherit and that runs something else.
func (q *question) refuseHeir(h heir) {
	if _, own := h.Field("healthcheck"); own {
		return
	}
	for _, name := range []string{"image", "build", "command", "entrypoint"} {
		if _, ok := h.Field(name); ok {
			q.refuse = "the service " + h.Name + h.where + " extends it with another " + name + ", and would inherit the check"
			return
		}
	}
}

// doubtMerged doubts a check where another file changes what the server is.
func (q *question) doubtMerged(r runner, file fix.ComposeFile, same *source.Service) {
	if what := r.around.changes(r.service, file, same, "it"); what != "" {
		q.doubt("%s %s", file.Doc.Name, what)
	}
}

// serves tells that a service runs the server of its image, as far as can be told: no other program, and nothing that others wait for to
// end. Of a script it is enough that it names the server, or an
// entrypoint.
func (r runner) serves(checks []*images.Check) bool {
	if r.around.ending[r.service.Name] || r.launched.tells() {
		return false
	}
	name := r.launched.program()
	if r.launched.script == "" {
		return name == "" && !r.launched.entry || slices.ContainsFunc(checks, func(c *images.Check) bool {
			return slices.ContainsFunc(c.Server, func(s string) bool { return path.Base(s) == name })
		})
	}
	return slices.ContainsFunc(checks, func(c *images.Check) bool {
		return strings.Contains(r.launched.script, "entrypoint") || slices.ContainsFunc(c.Server, func(s string) bool { return strings.Contains(r.launched.script, s) })
	})
}
