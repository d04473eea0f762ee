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

type readingKey struct{}

// readingOf is the reading of a service of a document. One that is of another document is read anew.
func readingOf(d *source.Document, s *source.Service) *reading {
	known := d.Derived(readingKey{}, func() any {
		readings := make([]reading, len(d.Compose.Services))
		all := make(map[*source.Service]*reading, len(readings))
		for i, s := range d.Compose.Services {
			readings[i] = read(s)
			all[s] = &readings[i]
		}
		return all
	}).(map[*source.Service]*reading)[s]
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
