package command

import (
	"context"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// dockerfiles puts the Dockerfiles that the services of a Compose file build into its facts, with the health checks that this run adds, to
// them or for them to the Compose file: what waits for a service then waits until it is healthy in the same run, and a second one finds
// nothing to do.
func (s *session) dockerfiles(ctx context.Context, facts *fix.Facts, f project.File, doc *source.Document) {
	facts.Dockerfiles = s.builds.dockerfiles(f, doc)
	if !slices.Contains(s.rules, dockerfile.MissingHealthcheck) || !slices.Contains(s.rules, compose.DependsOnNotHealthy) || doc.Kind != source.ComposeKind {
		return
	}
	awaited, checked := map[string]bool{}, map[string]bool{}
	for _, service := range doc.Compose.Services {
		for _, d := range service.DependsOn() {
			awaited[d.Name] = true
		}
	}
	for name, d := range facts.Dockerfiles {
		file := project.File{Name: d.Name, Path: d.Name, Kind: source.DockerfileKind}
		if !awaited[name] || !s.isOfRun(file) {
			continue
		}
		if r := s.withHealthcheck(ctx, file); r != nil {
			facts.Dockerfiles[name] = r.doc
			if r.services[name] {
				checked[name] = true
			}
		}
	}
	facts.Checked = checked
}

// isOfRun reports whether the run works on a file.
func (s *session) isOfRun(f project.File) bool {
	return slices.ContainsFunc(s.files, func(o project.File) bool { return o.Kind == f.Kind && o.Real() == f.Real() })
}

// checkedDockerfile is a Dockerfile as the run makes it, as far as health checks go.
type checkedDockerfile struct {
	doc      *source.Document
	services map[string]bool // those that get a healthcheck in their Compose file
}

// withHealthcheck adds the health checks of a Dockerfile, in memory; nil where that cannot be done, of which the run tells in its turn.
func (s *session) withHealthcheck(ctx context.Context, f project.File) *checkedDockerfile {
	content, err := project.Read(f)
	if err != nil {
		return nil
	}
	doc, err := source.Parse(f.Name, f.Kind, content.Bytes)
	if err != nil {
		return nil
	}
	rules := []*fix.Rule{dockerfile.MissingHealthcheck}
	facts, err := s.facts(ctx, doc, outcome{file: f, content: content, beside: map[string]beside{}}, rules)
	if err != nil {
		return nil
	}
	r := s.fix(ctx, doc, facts, rules)
	after := &checkedDockerfile{services: map[string]bool{}}
	if after.doc, err = source.Parse(doc.Name, doc.Kind, r.After); err != nil {
		return nil
	}
	for _, found := range r.Findings {
		if found.Outcome != fix.Fixed {
			continue
		}
		for _, paths := range found.Fix.Elsewhere {
			for _, path := range paths {
				name, _ := strings.CutPrefix(path, "services.")
				name, section := strings.CutSuffix(name, ".healthcheck")
				after.services[name] = section
			}
		}
	}
	return after
}
