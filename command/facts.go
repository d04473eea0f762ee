package command

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// facts gathers what rules want to know about a document, and fills in o.beside.
func (s *session) facts(ctx context.Context, doc *source.Document, o outcome, rules []*fix.Rule) (*fix.Facts, error) {
	facts := &fix.Facts{Files: map[string][]byte{}, Read: map[string][]byte{}, Images: s.lookups.images, Bases: s.lookups.bases, Unsafe: s.unsafe, Pin: s.lookup.pin, EnvFiles: s.envFiles, SecretFiles: s.secretFiles}
	wants := fix.Wants(doc, rules)
	for _, w := range wants {
		switch w {
		case fix.WantLegacyCompose:
			facts.LegacyCompose = s.legacyCompose(ctx, filepath.Dir(o.file.Path))
		case fix.WantBuildArgs:
			facts.BuildArguments = s.buildArguments(ctx, filepath.Dir(o.file.Path))
		case fix.WantLocal:
			facts.Local = s.builds.local(ctx, o.file)
		case fix.WantChildren:
			facts.Children = s.builds.children(ctx, o.file)
		case fix.WantUses:
			facts.Uses = s.builds.uses(ctx, o.file)
		case fix.WantScripts:
			facts.Scripts = s.builds.scriptFacts(ctx, o.file)
		case fix.WantDeployments:
			s.builds.otherUses(ctx, facts, o.file)
		case fix.WantInstalls:
			facts.Installs = s.builds.installs(ctx, o.file)
		case fix.WantProject:
			facts.Project = s.project(ctx, o.file, doc)
		case fix.WantDockerfiles:
			s.dockerfiles(ctx, facts, o.file, doc)
			facts.VariablesElsewhere = s.builds.variablesElsewhere(o.file)
		case fix.WantDotEnv:
			s.dotEnv(ctx, facts, doc, o)
		}
		if name, ok := w.File(); ok {
			err := s.fileBeside(facts, o, name)
			switch {
			case err == nil:
			case !slices.Contains(wants, fix.WantDotEnv):
				return nil, err
			default: // the other rules can do without
				facts.DotEnv.Failed = err.Error()
			}
		}
		if name, ok := w.ReadFile(); ok {
			if text, err := project.ReadSmall(filepath.Join(filepath.Dir(o.file.Path), filepath.FromSlash(name))); err == nil {
				facts.Read[name] = text
			}
		}
	}
	if slices.Contains(wants, fix.WantDockerfiles) {
		facts.CheckedIn = s.checkedIn(ctx, facts.Project.Others, o.file, doc)
	}
	if !slices.ContainsFunc(wants, ofContexts) {
		return facts, nil
	}
	facts.Contexts = s.builds.contexts(ctx, o.file, wants)
	for _, c := range facts.Contexts {
		if err := s.fileBeside(facts, o, c.Ignore); err != nil {
			return nil, err
		}
	}
	if slices.Contains(wants, fix.WantComposeFiles) || slices.Contains(rules, dockerfile.MissingHealthcheck) && dockerfile.AsksCompose(facts) {
		return facts, s.composeFiles(facts, o)
	}
	return facts, nil
}

// composeFiles makes the Compose files that build a Dockerfile documents that its fixes may edit. Of standard input nothing but
// the text itself is written; templates are left alone.
func (s *session) composeFiles(facts *fix.Facts, o outcome) error {
	facts.Documents = map[string]source.Kind{}
	for _, c := range facts.Contexts {
		if c.ComposeFile == "" || o.content == nil {
			continue
		}
		if err := s.fileBeside(facts, o, c.ComposeFile); err != nil {
			return err
		}
		text, ok := facts.Files[c.ComposeFile]
		if _, template := project.Template(text, source.ComposeKind); !ok || template {
			continue
		}
		facts.Documents[c.ComposeFile] = source.ComposeKind
		b := o.beside[c.ComposeFile]
		b.document = true
		o.beside[c.ComposeFile] = b
	}
	return nil
}

// ofContexts reports whether a fact is one about build contexts.
func ofContexts(w fix.Want) bool {
	_, text := w.Text()
	return text || w == fix.WantContexts || w == fix.WantComposeFiles
}

// fileBeside puts a file that stands beside the document into the facts.
func (s *session) fileBeside(facts *fix.Facts, o outcome, name string) error {
	if _, known := o.beside[name]; known {
		return nil
	}
	b, err := s.beside.read(o.file, name)
	if err != nil {
		return err
	}
	o.beside[name] = b
	if b.text != nil {
		facts.Files[name] = b.text
	}
	return nil
}

// legacyCompose names the first script that still needs the version key of the Compose files in dir.
func (s *session) legacyCompose(ctx context.Context, dir string) string {
	evidence := s.evidence(ctx, dir)
	i := slices.IndexFunc(evidence, needsVersion)
	if i < 0 {
		return ""
	}
	e := evidence[i]
	what := "asks for docker-compose " + e.Version
	if e.Stack {
		what = "runs docker stack deploy"
	}
	return fmt.Sprintf("%s:%d %s", relativeName(dir, e.Path), e.Line, what)
}

// evidence is what scripts around the Compose files in dir say of who reads these; nothing when the run is interrupted.
func (s *session) evidence(ctx context.Context, dir string) []project.Evidence {
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	list, _ := s.callers.LegacyCompose(ctx, dir)
	return list
}

// buildArguments are the scripts around a Dockerfile in dir that pass arguments to builds.
func (s *session) buildArguments(ctx context.Context, dir string) map[string][]string {
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	places := map[string][]string{}
	list, _ := s.callers.BuildArguments(ctx, dir)
	for _, e := range list {
		places[e.Argument] = append(places[e.Argument], fmt.Sprintf("%s:%d", relativeName(dir, e.Path), e.Line))
	}
	return places
}

// calls are the calls of Compose in the same scripts that tell about its .env.
func (s *session) calls(ctx context.Context, dir string) []project.Evidence {
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	list, _ := s.callers.Calls(ctx, dir)
	return list
}

// relativeName is a path as seen from a folder, with slashes.
func relativeName(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

// needsVersion leaves out docker-compose from 1.27 on, which reads a file without the key as Compose does.
func needsVersion(e project.Evidence) bool {
	var minor int
	n, _ := fmt.Sscanf(e.Version, "1.%d", &minor)
	return e.Stack || n == 0 || minor < 27
}
