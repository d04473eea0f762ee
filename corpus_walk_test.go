package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// outcomes counts what a rule made of its findings, by reason, and keeps an example line for each finding.
type outcomes struct {
	files, findings, fixed, refusedByProof int
	held, refused                          map[string]int
	samples                                []string
}

// TestCorpusRules holds each of these rules by itself to what corpusWalk requires, with the facts that a run of the program has.
func TestCorpusRules(t *testing.T) {
	for _, rule := range []*fix.Rule{
		compose.MissingRestart, compose.DefaultNetwork, compose.DataBindMount, compose.Links, compose.ContainerNameScale, compose.UnquotedBoolean,
		compose.Privileged, compose.DockerSocket, compose.DevInProduction, compose.ExposedPort, compose.MissingLimits,
		dockerfile.RootUser, dockerfile.MissingHealthcheck, dockerfile.SecretInEnv, dockerfile.SingleStageBuild, dockerfile.NeedlessTool,
		dockerfile.UntrustedBase, dockerfile.SeveralProcesses, dockerfile.FatBase,
	} {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			w := corpusWalk{kind: "dockerfile", rule: rule}
			if rule.Kind == source.ComposeKind {
				w.kind = "compose"
				folders := composeFolders(t)
				w.facts = func(doc *source.Document, f corpus.File) *fix.Facts { return composeFacts(t, doc, f, folders) }
			} else {
				b := newBuilt(t)
				w.facts = func(doc *source.Document, f corpus.File) *fix.Facts { return b.facts(t, rule, doc, f) }
			}
			w.run(t)
		})
	}
}

// corpusWalk fixes the files of a kind with one rule, in four shapes, with and without unsafe fixes. It requires that the rule finds
// something, that every change is the declared one, that what is fixed still parses and has all its comments, and that a second run changes
// nothing.
type corpusWalk struct {
	kind  string // of corpus.Files
	rule  *fix.Rule
	facts func(*source.Document, corpus.File) *fix.Facts
	takes func(*source.Document) bool // nil: all of them

	n outcomes
}

func (w *corpusWalk) run(t *testing.T) {
	w.n = outcomes{held: map[string]int{}, refused: map[string]int{}}
	for nth, f := range corpus.Files(t, w.kind) {
		for i, shape := range corpus.Shapes {
			if shape.Takes(nth) {
				w.fix(t, f, shape.Of(f.Text), i == 0)
			}
		}
	}
	n := &w.n
	t.Logf("%s: %d files, %d findings: %d fixed, %d held back, %d refused", w.rule.Name, n.files, n.findings, n.fixed, total(n.held), total(n.refused))
	logCounts(t, "held", n.held)
	logCounts(t, "refused", n.refused)
	if n.findings == 0 || n.refusedByProof > 0 {
		t.Errorf("%d findings, %d fixes dropped by the proof", n.findings, n.refusedByProof)
	}
	n.write(t, w.rule.Name)
}

// fix fixes one file in one shape; first tells that it is the one that counts.
func (w *corpusWalk) fix(t *testing.T, f corpus.File, text []byte, first bool) {
	t.Helper()
	doc, err := source.Parse(f.Name, w.rule.Kind, text)
	if err != nil || w.takes != nil && !w.takes(doc) {
		return
	}
	facts := w.facts(doc, f)
	for _, unsafe := range []bool{false, true} {
		r := w.once(doc, facts, unsafe)
		if r.Err != nil {
			t.Errorf("%s: %v", f.Name, r.Err)
		}
		if r.Rejected != nil {
			return
		}
		if first && !unsafe {
			w.n.files++
		}
		if first {
			w.n.count(t, r, unsafe)
		}
		if r.Changed() {
			w.again(t, r, facts, unsafe)
		}
	}
}

func (w *corpusWalk) once(doc *source.Document, facts *fix.Facts, unsafe bool) *fix.Result {
	return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{w.rule}, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// again fixes what was fixed.
func (w *corpusWalk) again(t *testing.T, r *fix.Result, facts *fix.Facts, unsafe bool) {
	t.Helper()
	after, err := source.Parse(r.Doc.Name, w.rule.Kind, r.After)
	if err != nil {
		t.Errorf("%s: after the fix: %v", r.Doc.Name, err)
		return
	}
	if w.once(after, facts, unsafe).Changed() {
		t.Errorf("%s: a second run changes it again", r.Doc.Name)
	}
	if removedComment(r.Doc, after) != "" {
		t.Errorf("%s: a comment is lost", r.Doc.Name)
	}
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
