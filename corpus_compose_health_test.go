package main

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// TestCorpusComposeHealth fixes every Compose file of the corpus with the two rules about health and the facts that a run of the program
// has, and counts each rule's decisions by their reason.
func TestCorpusComposeHealth(t *testing.T) {
	t.Parallel()
	rules := []*fix.Rule{compose.MissingServiceHealthcheck, compose.DependsOnNotHealthy}
	folders := composeFolders(t)
	of := map[*fix.Rule]*outcomes{}
	for _, r := range rules {
		of[r] = &outcomes{held: map[string]int{}, refused: map[string]int{}}
	}
	n, rejected := tally{}, 0
	for nth, f := range corpus.Files(t, "compose", "compose-derived") {
		for i, shape := range corpus.Shapes {
			doc, err := source.Parse(f.Name, source.ComposeKind, shape.Of(f.Text))
			if err != nil || !shape.Takes(nth) {
				continue
			}
			facts := composeFacts(t, doc, f, folders)
			for _, unsafe := range []bool{false, true} {
				r := runHealth(rules, doc, facts, unsafe)
				if r.Rejected != nil || r.Err != nil {
					rejected++
					continue
				}
				if i == 0 && !unsafe {
					countByRule(t, of, r)
				}
				n.requireWhole(t, r, func(d *source.Document) *fix.Result { return runHealth(rules, d, facts, unsafe) })
			}
		}
	}
	t.Logf("%+v, %d runs over files that compose-go does not accept", n, rejected)
	for _, r := range rules {
		o := of[r]
		t.Logf("%s: %d findings: %d fixed, %d held back, %d refused", r.Name, o.findings, o.fixed, total(o.held), total(o.refused))
		logCounts(t, "held", o.held)
		logCounts(t, "refused", o.refused)
		o.write(t, r.Name)
	}
	if n.changed == 0 || n.broken+n.unstable+n.outside+n.lostComments+n.undeclared > 0 {
		t.Errorf("%+v", n)
	}
}

func runHealth(rules []*fix.Rule, doc *source.Document, facts *fix.Facts, unsafe bool) *fix.Result {
	return fix.Run(context.Background(), doc, fix.Options{Rules: rules, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// requireWhole looks at a changed file by other means than the engine: it is accepted, what changed is declared, a second run
// changes nothing, and no comment is lost.
func (n *tally) requireWhole(t *testing.T, r *fix.Result, run func(*source.Document) *fix.Result) {
	t.Helper()
	n.files++
	if !r.Changed() {
		return
	}
	n.changed++
	n.judge(t, r)
	after, err := source.Parse(r.Doc.Name, r.Doc.Kind, r.After)
	if err != nil {
		n.broken++
		t.Logf("%s: after the fixes: %v", r.Doc.Name, err)
		return
	}
	again := run(after)
	if again.Changed() {
		n.unstable++
		t.Logf("%s: a second run changes it again", r.Doc.Name)
		return
	}
	n.compare(t, r, again)
}

func countByRule(t *testing.T, of map[*fix.Rule]*outcomes, r *fix.Result) {
	for rule, o := range of {
		own := *r
		own.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f *fix.Finding) bool { return f.Rule != rule })
		o.count(t, &own, false)
	}
}

// composeFolders are the Compose files of the corpus by their folder.
func composeFolders(t *testing.T) map[string][]corpus.File {
	folders := map[string][]corpus.File{}
	for _, f := range corpus.Files(t, "compose") {
		folders[path.Dir(f.Name)] = append(folders[path.Dir(f.Name)], f)
	}
	return folders
}

// composeFacts are the other Compose files of the folder and the Dockerfiles that the services build.
func composeFacts(t *testing.T, doc *source.Document, f corpus.File, folders map[string][]corpus.File) *fix.Facts {
	t.Helper()
	facts := &fix.Facts{Read: map[string][]byte{}, Dockerfiles: map[string]*source.Document{}}
	for _, other := range folders[path.Dir(f.Name)] {
		name := path.Base(other.Name)
		parsed, err := source.Parse(name, source.ComposeKind, other.Text)
		if err == nil && other.Name != f.Name {
			facts.Project.Others = append(facts.Project.Others, fix.ComposeFile{Doc: parsed, Override: strings.Contains(name+path.Base(f.Name), ".override.")})
		}
	}
	dir := filepath.Dir(f.Path)
	for _, w := range fix.Wants(doc, []*fix.Rule{compose.DependsOnNotHealthy}) {
		if name, ok := w.ReadFile(); ok {
			if text, err := project.ReadSmall(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
				facts.Read[name] = text
			}
		}
	}
	for _, s := range doc.Compose.Services {
		build := s.Build()
		if build == nil {
			continue
		}
		name := build.Dockerfile
		if name == "" {
			name = "Dockerfile"
		}
		text, err := project.ReadSmall(filepath.Join(dir, filepath.FromSlash(build.Context), filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		if parsed, err := source.Parse(name, source.DockerfileKind, text); err == nil {
			facts.Dockerfiles[s.Name] = parsed
		}
	}
	return facts
}
