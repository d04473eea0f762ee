package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// built is what is known of how the Dockerfiles of the corpus are built: as in a run of the program, from the Compose files
// beside and above them and from the files that lie in their contexts.
type built struct {
	byRepo map[string][]project.ComposeBuilds
	docs   map[string]*source.Document
	// bases answers what the rule wants to know about base images; nil: nothing is known.
	bases func(rule *fix.Rule, doc *source.Document, facts *fix.Facts)
}

func newBuilt(t *testing.T) *built {
	t.Helper()
	b := &built{byRepo: map[string][]project.ComposeBuilds{}, docs: map[string]*source.Document{}}
	for _, f := range corpus.Files(t, "compose") {
		doc, err := source.Parse(f.Name, source.ComposeKind, f.Text)
		if err != nil {
			continue
		}
		known := project.ComposeBuilds{File: project.File{Name: f.Name, Path: f.Path, Kind: source.ComposeKind}}
		for _, s := range doc.Compose.Services {
			if build := s.Build(); build != nil {
				known.Builds = append(known.Builds, project.Build{
					Service: s.Name, Context: build.Context, Dockerfile: build.Dockerfile, Target: build.Target, Inline: build.Inline,
				})
			}
		}
		b.docs[f.Name] = doc
		b.byRepo[repoOf(f.Name)] = append(b.byRepo[repoOf(f.Name)], known)
	}
	return b
}

// repoOf is the folder of a repository in the corpus: files/OWNER__NAME.
func repoOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return path.Join(parts[0], parts[1])
}

// facts are those that the rule wants for a Dockerfile of the corpus.
func (b *built) facts(t *testing.T, rule *fix.Rule, doc *source.Document, f corpus.File) *fix.Facts {
	t.Helper()
	facts := &fix.Facts{Files: map[string][]byte{}}
	wants := rule.Wants(doc)
	file := project.File{Name: f.Name, Path: f.Path, Kind: source.DockerfileKind}
	for _, c := range project.For(project.Contexts([]project.File{file}, b.byRepo[repoOf(f.Name)]), file) {
		made := &fix.BuildContext{Guess: c.Guess(), Target: c.Target, Compose: c.From, Texts: map[string][]byte{}, Dir: "."}
		facts.Contexts = append(facts.Contexts, made)
		if compose := b.docs[c.From]; compose != nil {
			i := slices.IndexFunc(compose.Compose.Services, func(s *source.Service) bool { return s.Name == c.Service })
			made.Service = compose.Compose.Services[i]
		}
		listing, err := project.List(context.Background(), c, 20_000)
		if err != nil {
			made.Failed = err.Error()
			continue
		}
		for _, e := range listing.Entries {
			// The files of the corpus have the mode that the machine gives them.
			made.Entries = append(made.Entries, fix.ContextEntry{Path: e.Path, Mode: e.Mode | 0o444 | (e.Mode&fs.ModeDir)>>31*0o111, Size: e.Size})
			if e.Mode.IsRegular() && slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(e.Path) }) {
				if text, err := project.ReadSmall(filepath.Join(c.Dir, filepath.FromSlash(e.Path))); err == nil {
					made.Texts[e.Path] = text
				}
			}
		}
	}
	return facts
}

// outcomes counts what a rule made of its findings, by reason, and keeps an example line for each finding.
type outcomes struct {
	files, findings, fixed, refusedByProof int
	held, refused                          map[string]int
	samples                                []string
}

// testCorpusRule fixes every Dockerfile of the corpus with one rule and its facts, in four shapes, with and without unsafe fixes. It
// requires that every change is the declared one, that nothing is left to do, and that nothing is dropped by the proof.
func testCorpusRule(t *testing.T, rule *fix.Rule) {
	t.Parallel()
	testCorpusOf(t, rule, newBuilt(t), func(*source.Document) bool { return true })
}

// testCorpusOf does so with some of the files.
func testCorpusOf(t *testing.T, rule *fix.Rule, b *built, takes func(*source.Document) bool) {
	n := outcomes{held: map[string]int{}, refused: map[string]int{}}
	for nth, f := range corpus.Files(t, "dockerfile") {
		for i, shape := range corpus.Shapes {
			if !shape.Takes(nth) {
				continue
			}
			b.fixShape(t, rule, f, shape.Of(f.Text), i == 0, takes, &n)
		}
	}
	t.Logf("%s: %d files, %d findings: %d fixed, %d held back, %d refused", rule.Name, n.files, n.findings, n.fixed, total(n.held), total(n.refused))
	logCounts(t, "held", n.held)
	logCounts(t, "refused", n.refused)
	if n.findings == 0 || n.refusedByProof > 0 {
		t.Errorf("%d findings, %d fixes dropped by the proof", n.findings, n.refusedByProof)
	}
	n.write(t, rule.Name)
}

// write gives a sample to read to the file that DOCKFIX_SAMPLE names.
func (n *outcomes) write(t *testing.T, rule string) {
	name := os.Getenv("DOCKFIX_SAMPLE")
	if name == "" {
		return
	}
	rand.New(rand.NewSource(1)).Shuffle(len(n.samples), func(i, j int) { n.samples[i], n.samples[j] = n.samples[j], n.samples[i] })
	if err := os.WriteFile(name+"."+rule, []byte(strings.Join(n.samples, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *built) fixShape(t *testing.T, rule *fix.Rule, f corpus.File, text []byte, first bool, takes func(*source.Document) bool, n *outcomes) {
	t.Helper()
	doc, err := source.Parse(f.Name, source.DockerfileKind, text)
	if err != nil || !takes(doc) {
		return
	}
	facts := b.facts(t, rule, doc, f)
	if b.bases != nil {
		b.bases(rule, doc, facts)
	}
	for _, unsafe := range []bool{false, true} {
		run := func(doc *source.Document) *fix.Result {
			return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{rule}, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
				return proveWith(context.Background(), doc, nil)
			}})
		}
		r := run(doc)
		if r.Err != nil {
			t.Errorf("%s: %v", f.Name, r.Err)
		}
		if r.Rejected != nil {
			return
		}
		if first && !unsafe {
			n.files++
		}
		if first {
			n.count(t, r, unsafe)
		}
		if !r.Changed() {
			continue
		}
		after, err := source.Parse(f.Name, source.DockerfileKind, r.After)
		if err != nil {
			t.Errorf("%s: after the fix: %v", f.Name, err)
			continue
		}
		if again := run(after); again.Changed() {
			t.Errorf("%s: a second run changes it again", f.Name)
		}
	}
}

func (n *outcomes) count(t *testing.T, r *fix.Result, unsafe bool) {
	for _, f := range r.Findings {
		line, _ := r.Doc.Position(f.Span.Start)
		if f.Outcome == fix.Refused {
			n.refusedByProof++
			t.Errorf("%s:%d: %s", r.Doc.Name, line, f.Reason)
		}
		if unsafe || f.Outcome == fix.Suppressed {
			continue
		}
		n.findings++
		reason, decision := kindOfReason(f.Reason), "fixed"
		switch {
		case f.Outcome == fix.Fixed:
			n.fixed++
		case f.Fix == nil:
			n.refused[reason]++
			decision = "refused: " + f.Reason
		default:
			n.held[reason]++
			decision = "held, would " + f.Fix.Title + ": " + f.Reason
		}
		n.samples = append(n.samples, fmt.Sprintf("%s:%d: %s: %s%s", r.Doc.Name, line, f.Message, decision, written(f.Fix)))
	}
}

// written is what a fix puts into the file, for a sample that is read.
func written(f *fix.Fix) string {
	var b strings.Builder
	for i := 0; f != nil && i < len(f.Edits); i++ {
		fmt.Fprintf(&b, "\n    %s+ %q", f.Edits[i].File, f.Edits[i].New)
	}
	return b.String()
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func logCounts(t *testing.T, what string, counts map[string]int) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return counts[b] - counts[a] })
	for _, k := range keys {
		t.Logf("%-8s %4d %s", what, counts[k], k)
	}
}
