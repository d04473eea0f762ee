package compose

import "github.com/dockfix/dockfix/source"

// reading is what many rules ask of a service, read once a document. None of it is to be changed.
type reading struct {
	environment  []source.EnvironmentVariable
	dependencies []source.Dependency
	ports        []source.Port
	build        *source.Build
	mounts       []mount
	extends      *source.Extends
}

// readings are those of a document.
type readings struct {
	list []reading // of its services, in their order
	of   map[*source.Service]*reading
}

type readingsKey struct{}

func readAll(d *source.Document) *readings {
	return d.Derived(readingsKey{}, func() any {
		all := &readings{make([]reading, len(d.Compose.Services)), make(map[*source.Service]*reading, len(d.Compose.Services))}
		for i, s := range d.Compose.Services {
			all.list[i] = read(s)
			all.of[s] = &all.list[i]
		}
		return all
	}).(*readings)
}

// readingsOf are the readings of the services of a document, in their order: for rules that ask all of them.
func readingsOf(d *source.Document) []reading { return readAll(d).list }

// readingOf is the reading of a service of a document. One that is of another document is read anew.
func readingOf(d *source.Document, s *source.Service) *reading {
	known := readAll(d).of[s]
	if known == nil {
		other := read(s)
		known = &other
	}
	return known
}

func read(s *source.Service) reading {
	return reading{s.Environment(), s.DependsOn(), s.Ports(), s.Build(), mounts(s), s.Extends()}
}

// The settings of a composed service are those of the reading, in the place of the methods of source.Service, which read them anew.

func (c *composed) Environment() []source.EnvironmentVariable { return c.read.environment }
func (c *composed) DependsOn() []source.Dependency            { return c.read.dependencies }
func (c *composed) Ports() []source.Port                      { return c.read.ports }
func (c *composed) Build() *source.Build                      { return c.read.build }
