package compose

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// around is what the rules about health want to know of all services, gathered once a round.
type around struct {
	doc      *source.Document
	facts    *fix.Facts
	services map[string]*source.Service
	ending   map[string]bool              // those that some service waits for to end; nil for none
	heirs    map[string][]heir            // those that extend a service; nil for none
	touching map[string][]fix.ComposeFile // the other files that say something of a service; nil for none
	offers   map[*source.Service]*offer   // what offerFor has found
	ready    map[string]readiness         // what readinessOf has found
	loops    map[string]int               // what inLoop has found: the services that wait for each other have the same number
	heal     string                       // the service that restarts all containers which are not healthy; "" for none
	blind    bool                         // what a service without its check would be asked is looked for
	swarm    string                       // why the file is one for Swarm, a clause; "" where it is not
}

// heir is a service that extends another one.
type heir struct {
	*source.Service
	where string // " in FILE", "" for the file itself
}

type aroundKey struct{}

// aroundOf gathers it.
func aroundOf(p *fix.Pass) *around {
	return p.Shared(aroundKey{}, func() any { return newAround(p.Doc, p.Facts, swarmOf(p)) }).(*around)
}

func newAround(d *source.Document, facts *fix.Facts, swarm string) *around {
	a := &around{
		doc: d, facts: facts, heal: autohealOf(d), swarm: swarm,
		services: make(map[string]*source.Service, len(d.Compose.Services)), offers: make(map[*source.Service]*offer, len(d.Compose.Services)),
	}
	readings := readingsOf(d)
	for i, s := range d.Compose.Services {
		if a.services[s.Name] == nil {
			a.services[s.Name] = s
		}
		for _, dep := range readings[i].dependencies {
			if dep.Condition == completed {
				if a.ending == nil {
					a.ending = map[string]bool{}
				}
				a.ending[dep.Name] = true
			}
		}
		if e := readings[i].extends; e != nil && e.File == "" {
			a.addHeir(e.Service, heir{s, ""})
		}
	}
	for _, f := range facts.Project.Others {
		a.addFile(f)
	}
	return a
}

// addFile adds what another file of the project says.
func (a *around) addFile(f fix.ComposeFile) {
	if a.touching == nil {
		a.touching = map[string][]fix.ComposeFile{}
	}
	seen := map[string]bool{}
	for _, s := range f.Doc.Compose.Services {
		if !seen[s.Name] {
			seen[s.Name] = true
			a.touching[s.Name] = append(a.touching[s.Name], f)
		}
		if e := s.Extends(); f.Extends && e != nil && e.File != "" {
			a.addHeir(e.Service, heir{s, " in " + f.Doc.Name})
		}
	}
}

func (a *around) addHeir(of string, h heir) {
	if a.heirs == nil {
		a.heirs = map[string][]heir{}
	}
	a.heirs[of] = append(a.heirs[of], h)
}

// inLoop reports whether two services wait for each other, be it through others.
func (a *around) inLoop(one, other string) bool {
	if a.loops == nil {
		a.loops = graphOf(a.doc).loops()
	}
	return a.loops[one] == a.loops[other]
}

// inherited is a setting of a service or of one that it extends.
func (a *around) inherited(s *source.Service, name string) (source.Field, bool) {
	d := a.doc
	for range 8 {
		if f, ok := s.Field(name); ok {
			return f, true
		}
		e := s.Extends()
		if e == nil {
			break
		}
		if d, s = extendedBy(d, e, a.facts); s == nil {
			break
		}
	}
	return source.Field{}, false
}

// extendedBy is the service that another one takes its settings from, with its file; nil where it is not known.
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
