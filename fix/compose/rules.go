// Package compose holds the rules for Compose files, one a file, and their table.
//
// In: a fix.Pass over a parsed Compose file. Out: findings with byte edits. For
//
//	version: '3.8'
//	services: {...}
//
// compose-version deletes the first line. A rule opens nothing and remembers nothing.
package compose

import (
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Rules are the rules in the order of the documentation, which also decides between fixes at one place.
var Rules = []*fix.Rule{
	Version,
	UnquotedPort,
	InlineSecret,
	MissingServiceHealthcheck,
	DependsOnNotHealthy,
	MissingRestart,
	MissingLimits,
	ExposedPort,
	DefaultNetwork,
	DataBindMount,
	Localhost,
	Links,
	ContainerNameScale,
	UnquotedBoolean,
	Privileged,
	DockerSocket,
	DevInProduction,
}

// edit turns what the document says about an edit into a fix, or into the reason why there is none.
func edit(f *fix.Finding, title string, safety fix.Safety, splices []source.Splice, err error) {
	if err != nil {
		f.Reason = err.Error()
		return
	}
	f.Fix = &fix.Fix{Title: title, Safety: safety, Edits: fix.Of(splices...)}
}
