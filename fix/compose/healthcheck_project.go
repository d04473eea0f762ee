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
func hasOwnCheck(d *source.Document, s *source.Service, facts *fix.Facts) bool {
	return len(checksOf(d, s, facts)) > 0
}

// checked is a healthcheck section with the file in which it stands.
type checked struct {
	source.Field
	file     string // "" for the document itself
	override bool   // Compose merges that file without being asked
}

// checksOf are the healthcheck sections of a service: its own or the one it extends, and those of other files.
func checksOf(d *source.Document, s *source.Service, facts *fix.Facts) []checked {
	var list []checked
	if f, ok := inherited(d, s, facts, "healthcheck"); ok {
		list = append(list, checked{Field: f})
	}
	for _, other := range facts.Project.Touching(s.Name) {
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

// inherited is a setting of a service or of one that it extends.
func inherited(d *source.Document, s *source.Service, facts *fix.Facts, name string) (source.Field, bool) {
	for range 8 {
		if f, ok := s.Field(name); ok {
			return f, true
		}
		e := s.Extends()
		if e == nil {
			return source.Field{}, false
		}
		if d, s = extendedBy(d, e, facts); s == nil {
			return source.Field{}, false
		}
	}
	return source.Field{}, false
}

// extendedBy is the service that another one takes its settings from; nil where it is not known.
func extendedBy(d *source.Document, e *source.Extends, facts *fix.Facts) (*source.Document, *source.Service) {
	if e.File == "" {
		return d, serviceOf(d, e.Service)
	}
	for _, other := range facts.Project.Others {
		if other.Doc.Name == strings.TrimPrefix(e.File, "./") {
			return other.Doc, other.Service(e.Service)
		}
	}
	return nil, nil
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
	for _, other := range r.doc.Compose.Services {
		if e := other.Extends(); e != nil && e.File == "" && e.Service == s.Name {
			q.refuseHeir(other, "")
		}
	}
	for _, file := range r.facts.Project.Others {
		if file.Extends {
			for _, other := range file.Doc.Compose.Services {
				if e := other.Extends(); e != nil && e.File != "" && e.Service == s.Name {
					q.refuseHeir(other, " in "+file.Doc.Name)
				}
			}
		}
		if same := file.Service(s.Name); same != nil && mergedWith(file, same) {
			q.doubtMerged(file, same)
		}
	}
}

// refuseHeir refuses a check that another service would inherit and that runs something else.
func (q *question) refuseHeir(heir *source.Service, where string) {
	if _, own := heir.Field("healthcheck"); own {
		return
	}
	for _, name := range []string{"image", "build", "command", "entrypoint"} {
		if _, ok := heir.Field(name); ok {
			q.refuse = "the service " + heir.Name + where + " extends it with another " + name + ", and would inherit the check"
			return
		}
	}
}

// doubtMerged doubts a check where another file changes what the server is.
func (q *question) doubtMerged(file fix.ComposeFile, same *source.Service) {
	for _, name := range []string{"image", "build", "command", "entrypoint"} {
		if _, ok := same.Field(name); ok {
			q.doubt("%s gives it another %s", file.Doc.Name, name)
			return
		}
	}
	for _, v := range same.Environment() {
		if slices.Contains(q.check.Variables, v.Name) {
			q.doubt("%s sets %s", file.Doc.Name, v.Name)
		}
	}
}

// serves tells that a service runs the server of its image, as far as can be told: no other program, and nothing that others wait for to
// end. Of a script it is enough that it names the server, or an
// entrypoint.
func (r runner) serves(checks []images.Check) bool {
	if ending(r.doc, r.service) {
		return false
	}
	name := r.launched.program()
	if r.launched.script == "" {
		return name == "" && !r.launched.entry || slices.ContainsFunc(checks, func(c images.Check) bool {
			return slices.ContainsFunc(c.Server, func(s string) bool { return path.Base(s) == name })
		})
	}
	return slices.ContainsFunc(checks, func(c images.Check) bool {
		return strings.Contains(r.launched.script, "entrypoint") || slices.ContainsFunc(c.Server, func(s string) bool { return strings.Contains(r.launched.script, s) })
	})
}

// ending tells that some service waits for a service to end.
func ending(d *source.Document, s *source.Service) bool {
	for _, other := range d.Compose.Services {
		for _, dep := range other.DependsOn() {
			if dep.Name == s.Name && dep.Condition == "service_completed_successfully" {
				return true
			}
		}
	}
	return false
}
