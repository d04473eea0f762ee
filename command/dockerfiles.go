package command

import (
	"context"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// dockerfiles are the Dockerfiles that the services of a Compose file build, with the health checks that this run adds to them: what
// waits for a service then waits until it is healthy in the same run, and a second one finds nothing to do.
func (s *session) dockerfiles(ctx context.Context, f project.File, doc *source.Document) map[string]*source.Document {
	list := s.builds.dockerfiles(f, doc)
	if !slices.Contains(s.rules, dockerfile.MissingHealthcheck) || !slices.Contains(s.rules, compose.DependsOnNotHealthy) || doc.Kind != source.ComposeKind {
		return list
	}
	awaited := map[string]bool{}
	for _, service := range doc.Compose.Services {
		for _, d := range service.DependsOn() {
			awaited[d.Name] = true
		}
	}
	for name, d := range list {
		file := project.File{Name: d.Name, Path: d.Name, Kind: source.DockerfileKind}
		if awaited[name] && s.isOfRun(file) {
			list[name] = s.withHealthcheck(ctx, file, d)
		}
	}
	return list
}

// isOfRun reports whether the run works on a file.
func (s *session) isOfRun(f project.File) bool {
	return slices.ContainsFunc(s.files, func(o project.File) bool { return o.Kind == f.Kind && o.Real() == f.Real() })
}

// withHealthcheck is a Dockerfile as the run makes it, as far as its health check goes.
func (s *session) withHealthcheck(ctx context.Context, f project.File, doc *source.Document) *source.Document {
	rules := []*fix.Rule{dockerfile.MissingHealthcheck}
	facts, err := s.facts(ctx, doc, outcome{file: f, beside: map[string]beside{}}, rules)
	if err != nil {
		return doc
	}
	r := fix.Run(ctx, doc, fix.Options{
		Rules: rules, Facts: facts, Unsafe: s.unsafe,
		Prover: func() (fix.Prover, error) { return s.Prove(ctx, doc, facts.Files) },
	})
	after, err := source.Parse(doc.Name, doc.Kind, r.After)
	if err != nil {
		return doc
	}
	return after
}
