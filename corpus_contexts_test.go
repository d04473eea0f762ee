package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// corpusContexts gathers facts about the files of the corpus as the program does: the Compose files of a repository say how
// its Dockerfiles are built, the rest is a guess.
type corpusContexts struct {
	composes map[string][]project.ComposeBuilds // by the folder of the repository
}

// repositoryOf is the folder of a file's repository: files/OWNER__NAME.
func repositoryOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func (c *corpusContexts) add(t *testing.T, files []corpus.File) {
	t.Helper()
	for _, f := range files {
		doc, err := source.Parse(f.Name, source.ComposeKind, f.Text)
		if err != nil {
			continue
		}
		builds := project.ComposeBuilds{File: project.File{Name: f.Name, Path: f.Path, Kind: source.ComposeKind}}
		for _, s := range doc.Compose.Services {
			if b := s.Build(); b != nil {
				builds.Builds = append(builds.Builds, project.Build{Service: s.Name, Context: b.Context, Dockerfile: b.Dockerfile, Target: b.Target, Inline: b.Inline})
			}
		}
		c.composes[repositoryOf(f.Name)] = append(c.composes[repositoryOf(f.Name)], builds)
	}
}

// facts are those of one Dockerfile of the corpus.
func (c *corpusContexts) facts(t *testing.T, f corpus.File, wants []fix.Want) *fix.Facts {
	t.Helper()
	file := project.File{Name: f.Name, Path: f.Path, Kind: source.DockerfileKind}
	facts := &fix.Facts{Files: map[string][]byte{}}
	for _, known := range project.For(project.Contexts([]project.File{file}, c.composes[repositoryOf(f.Name)]), file) {
		facts.Contexts = append(facts.Contexts, c.list(t, f, known, wants, facts))
	}
	return facts
}

func (c *corpusContexts) list(t *testing.T, f corpus.File, known project.Context, wants []fix.Want, facts *fix.Facts) *fix.BuildContext {
	t.Helper()
	rel := func(p string) string {
		r, err := filepath.Rel(filepath.Dir(f.Path), p)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(r)
	}
	made := &fix.BuildContext{Dir: rel(known.Dir), Guess: known.Guess(), Target: known.Target, Texts: map[string][]byte{}, Ignore: rel(filepath.Join(known.Dir, ".dockerignore"))}
	listing, err := project.List(context.Background(), known, 20_000)
	if err != nil {
		made.Failed = "the build context cannot be listed"
		return made
	}
	made.Partial, made.Patterns = listing.Partial, listing.Patterns
	if listing.Ignore != "" {
		made.Ignore = rel(listing.Ignore)
		text, err := os.ReadFile(listing.Ignore)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		facts.Files[made.Ignore] = text
	}
	for _, e := range listing.Entries {
		made.Entries = append(made.Entries, fix.ContextEntry{Path: e.Path, Mode: e.Mode, Size: e.Size})
		if e.Mode.IsRegular() && slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(e.Path) }) {
			if made.Texts[e.Path], err = os.ReadFile(filepath.Join(known.Dir, filepath.FromSlash(e.Path))); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What stands in the corpus is what git tracks of it.
	made.Tracked = func(string) (bool, bool) { return true, true }
	return made
}

// ruleOnCorpus runs one rule, with contexts, over all Dockerfiles in four shapes, and counts what it says. It requires that
// what is fixed is accepted, settled, in the shape it had, and that no comment is lost; the engine requires the declared changes.
func ruleOnCorpus(t *testing.T, rule *fix.Rule, general func(string) string) {
	contexts := &corpusContexts{composes: map[string][]project.ComposeBuilds{}}
	contexts.add(t, corpus.Files(t, "compose"))
	files := corpus.Files(t, "dockerfile", "dockerfile-derived")
	n := map[string]int{}
	for nth, f := range files {
		doc, err := source.Parse(f.Name, source.DockerfileKind, f.Text)
		if err != nil {
			continue
		}
		facts := contexts.facts(t, f, rule.Wants(doc))
		var plain *fix.Result
		for _, shape := range corpus.Shapes {
			if !shape.Takes(nth) {
				continue
			}
			if r := oneOnCorpus(t, f, rule, shape.Of(f.Text), facts); r != nil && shape.Name == corpus.Shapes[0].Name {
				plain = r
				tellFindings(t, f, r, n, general)
			} else if r != nil && plain != nil && !bytes.Equal(r.After, shape.Of(plain.After)) && isPlain(f.Text) {
				t.Errorf("%s, %s: another outcome", f.Name, shape.Name)
			}
		}
	}
	for _, key := range sortedKeys(n) {
		t.Logf("%5d %s", n[key], key)
	}
}

// isPlain reports whether the shapes of a text differ from it in nothing but the shape: one with mixed line ends, a mark of
// its own or several final newlines does not count.
func isPlain(text []byte) bool {
	return !bytes.Contains(text, []byte("\r")) && !bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) && bytes.HasSuffix(text, []byte("\n")) && !bytes.HasSuffix(text, []byte("\n\n"))
}

func sortedKeys(n map[string]int) []string {
	var keys []string
	for k := range n {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return n[b] - n[a] })
	return keys
}

// oneOnCorpus fixes one text with unsafe fixes too, and once more.
func oneOnCorpus(t *testing.T, f corpus.File, rule *fix.Rule, text []byte, facts *fix.Facts) *fix.Result {
	t.Helper()
	doc, err := source.Parse(f.Name, source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	run := func(doc *source.Document, facts *fix.Facts) *fix.Result {
		return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{rule}, Facts: facts, Unsafe: true, Prover: func() (fix.Prover, error) {
			return proveWith(context.Background(), doc, facts.Files)
		}})
	}
	r := run(doc, facts)
	if r.Err != nil {
		t.Error(r.Err)
	}
	if !r.Changed() {
		return r
	}
	after, err := source.Parse(f.Name, source.DockerfileKind, r.After)
	if err != nil {
		t.Errorf("%s: %v", f.Name, err)
		return r
	}
	again := *facts
	again.Files = map[string][]byte{}
	for name, text := range facts.Files {
		again.Files[name] = text
	}
	for name, text := range r.Files {
		again.Files[name] = text
	}
	if second := run(after, &again); second.Changed() {
		t.Errorf("%s: a second run changes it again", f.Name)
	}
	return r
}

func tellFindings(t *testing.T, f corpus.File, r *fix.Result, n map[string]int, general func(string) string) {
	t.Helper()
	for _, found := range r.Findings {
		line, _ := r.Doc.Position(found.Span.Start)
		key := "refused: " + general(found.Reason)
		switch {
		case found.Outcome == fix.Refused:
			t.Errorf("%s:%d: %s", f.Name, line, found.Reason)
			continue
		case found.Outcome == fix.Suppressed:
			key = "silenced"
		case found.Fix != nil && r.Rejected != nil:
			key = "not proven"
		case found.Fix != nil && found.Fix.Safety == fix.Unsafe:
			key = "held back: " + general(found.Reason)
		case found.Fix != nil:
			key = "fixed"
		}
		n[key]++
		n["findings"]++
		if os.Getenv("DOCKFIX_SAMPLE") != "" {
			t.Logf("%s:%d: %s: %s: %s", f.Name, line, key, found.Message, found.Reason)
		}
	}
}
