package command

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// facts gathers what rules want to know about a document, and fills in o.beside.
func (s *session) facts(ctx context.Context, doc *source.Document, o outcome, rules []*fix.Rule) (*fix.Facts, error) {
	facts := &fix.Facts{Files: map[string][]byte{}, Images: s.lookups.images, Bases: s.lookups.bases, Unsafe: s.unsafe, Pin: s.lookup.pin, EnvFiles: s.envFiles}
	wants := fix.Wants(doc, rules)
	for _, w := range wants {
		switch w {
		case fix.WantLegacyCompose:
			facts.LegacyCompose = s.legacyCompose(ctx, filepath.Dir(o.file.Path))
		case fix.WantLocal:
			facts.Local = s.builds.local(o.file)
		case fix.WantDockerfiles:
			facts.Dockerfiles = s.builds.dockerfiles(o.file, doc)
			facts.VariablesElsewhere = s.builds.variablesElsewhere(o.file)
		}
		if name, ok := w.File(); ok {
			if err := s.fileBeside(facts, o, name); err != nil {
				return nil, err
			}
		}
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
	return facts, nil
}

// ofContexts reports whether a fact is one about build contexts.
func ofContexts(w fix.Want) bool {
	_, text := w.Text()
	return text || w == fix.WantContexts
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
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	evidence, err := s.callers.LegacyCompose(ctx, dir)
	if err != nil {
		return ""
	}
	i := slices.IndexFunc(evidence, needsVersion)
	if i < 0 {
		return ""
	}
	e := evidence[i]
	what := "asks for docker-compose " + e.Version
	if e.Stack {
		what = "runs docker stack deploy"
	}
	name := e.Path
	if rel, err := filepath.Rel(dir, e.Path); err == nil {
		name = filepath.ToSlash(rel)
	}
	return fmt.Sprintf("%s:%d %s", name, e.Line, what)
}

// needsVersion leaves out docker-compose from 1.27 on, which reads a file without the key as Compose does.
func needsVersion(e project.Evidence) bool {
	var minor int
	n, _ := fmt.Sscanf(e.Version, "1.%d", &minor)
	return e.Stack || n == 0 || minor < 27
}
