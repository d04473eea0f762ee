package command

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// dockerfiles puts the Dockerfiles that the services of a Compose file build into its facts, with the health checks that this run adds, to
// them or for them to the Compose file: what waits for a service then waits until it is healthy in the same run, what goes on until it is
// stopped is started again, and a second run finds nothing to do.
func (s *session) dockerfiles(ctx context.Context, facts *fix.Facts, f project.File, doc *source.Document) {
	facts.Dockerfiles = s.builds.dockerfiles(f, doc)
	if !slices.Contains(s.rules, dockerfile.MissingHealthcheck) || doc.Kind != source.ComposeKind {
		return
	}
	checked := map[string]bool{}
	awaited, restarted := s.awaited(doc), s.restarted(doc)
	for name, d := range facts.Dockerfiles {
		file := project.File{Name: d.Name, Path: d.Name, Kind: source.DockerfileKind}
		if !awaited[name] && !(restarted[name] && !tellsServer(d)) || !s.isOfRun(file) {
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

// awaited are the services that others wait for, as far as the run has the rule that asks.
func (s *session) awaited(doc *source.Document) map[string]bool {
	names := map[string]bool{}
	if !slices.Contains(s.rules, compose.DependsOnNotHealthy) {
		return names
	}
	for _, service := range doc.Compose.Services {
		for _, d := range service.DependsOn() {
			names[d.Name] = true
		}
	}
	return names
}

// restarted are the services that have no restart policy yet, as far as the run has the rule that asks.
func (s *session) restarted(doc *source.Document) map[string]bool {
	names := map[string]bool{}
	if !slices.Contains(s.rules, compose.MissingRestart) {
		return names
	}
	for _, service := range doc.Compose.Services {
		if _, ok := service.Field("restart"); !ok {
			names[service.Name] = true
		}
	}
	return names
}

// tellsServer reports whether the last stage of a Dockerfile says already that a server runs.
func tellsServer(doc *source.Document) bool {
	if len(doc.Dockerfile.Stages) == 0 {
		return false
	}
	for s := doc.Dockerfile.Stages[len(doc.Dockerfile.Stages)-1]; s != nil; s = s.Base {
		if slices.ContainsFunc(s.Instructions, func(in *source.Instruction) bool { return in.Name == "EXPOSE" || in.Name == "HEALTHCHECK" }) {
			return true
		}
	}
	return false
}

// isOfRun reports whether the run works on a file.
func (s *session) isOfRun(f project.File) bool {
	if s.ofRun == nil { // standard input, or a command that changes no file
		return false
	}
	kind, ok := s.ofRun()[f.Real()]
	return ok && kind == f.Kind
}

// kindsByPath are the kinds of files by their paths without symbolic links.
func kindsByPath(files []project.File) map[string]source.Kind {
	kinds := make(map[string]source.Kind, len(files))
	for _, f := range files {
		kinds[f.Real()] = f.Kind
	}
	return kinds
}

// checkedDockerfile is a Dockerfile as the run makes it, as far as health checks go.
type checkedDockerfile struct {
	doc      *source.Document
	services map[string]bool // those that get a healthcheck in their Compose file
}

// withHealthcheck adds the health checks of a Dockerfile, in memory; nil where that cannot be done, of which the run tells in its turn.
func (s *session) withHealthcheck(ctx context.Context, f project.File) *checkedDockerfile {
	r := s.inMemory(ctx, f, dockerfile.MissingHealthcheck)
	if r == nil {
		return nil
	}
	doc, err := source.Parse(r.Doc.Name, r.Doc.Kind, r.After)
	if err != nil {
		return nil
	}
	after := &checkedDockerfile{doc: doc, services: map[string]bool{}}
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

// checkedIn are the services that a Compose file waits for, and that get a healthcheck in another file of its project in this run.
func (s *session) checkedIn(ctx context.Context, others []fix.ComposeFile, f project.File, doc *source.Document) map[string]string {
	if !slices.Contains(s.rules, compose.MissingServiceHealthcheck) || doc.Kind != source.ComposeKind {
		return nil
	}
	awaited := s.awaited(doc)
	list := map[string]string{}
	for _, other := range others {
		path := filepath.Join(filepath.Dir(f.Path), filepath.FromSlash(other.Doc.Name))
		file := project.File{Name: other.Doc.Name, Path: path, Kind: source.ComposeKind}
		if !s.isOfRun(file) || !slices.ContainsFunc(other.Doc.Compose.Services, func(o *source.Service) bool { return awaited[o.Name] }) {
			continue
		}
		for _, name := range s.checkedServices(ctx, file) {
			if awaited[name] {
				list[name] = other.Doc.Name
			}
		}
	}
	return list
}

// checkedServices are the services of a Compose file that get a healthcheck, in memory.
func (s *session) checkedServices(ctx context.Context, f project.File) (names []string) {
	r := s.inMemory(ctx, f, compose.MissingServiceHealthcheck)
	if r == nil {
		return nil
	}
	for _, found := range r.Findings {
		if found.Outcome != fix.Fixed {
			continue
		}
		for _, path := range found.Fix.Changes {
			name, _ := strings.CutPrefix(path, "services.")
			names = append(names, strings.TrimSuffix(name, ".healthcheck"))
		}
	}
	return names
}

// inMemory is what one rule makes of a file, which is not written; nil where the file cannot be read, of which the run tells in its turn.
func (s *session) inMemory(ctx context.Context, f project.File, rule *fix.Rule) *fix.Result {
	content, err := project.Read(f)
	if err != nil {
		return nil
	}
	doc, err := source.Parse(f.Name, f.Kind, content.Bytes)
	if err != nil {
		return nil
	}
	rules := []*fix.Rule{rule}
	facts, err := s.facts(ctx, doc, outcome{file: f, content: content, beside: map[string]beside{}}, rules)
	if err != nil {
		return nil
	}
	return s.fix(ctx, doc, facts, rules)
}
