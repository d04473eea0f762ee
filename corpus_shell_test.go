package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// hygiene are the rules about instructions and the structure of RUN, those among them that are off by default too.
var hygiene = []*fix.Rule{
	dockerfile.AddLocal, dockerfile.CopyDirectory, dockerfile.ShellForm, dockerfile.InvalidJSONForm, dockerfile.NamedUser,
	dockerfile.Pipefail, dockerfile.RunCd, dockerfile.LeftBehind, dockerfile.CopyThenOwn,
}

// TestCorpusHygiene runs these rules over real Dockerfiles with the build context that lies around each of them, and counts
// what becomes of the findings. Nothing may break, be refused by the proof, or change a second time.
func TestCorpusHygiene(t *testing.T) {
	t.Parallel()
	files := corpus.Files(t, "dockerfile", "dockerfile-derived")
	for _, unsafe := range []bool{false, true} {
		for _, shape := range corpus.Shapes {
			n := hygieneCount{outcomes: map[string]*[4]int{}, reasons: map[string]int{}}
			for nth, f := range files {
				if !shape.Takes(nth) {
					continue
				}
				n.add(t, f, shape.Of(f.Text), unsafe)
			}
			if shape.Name == corpus.Shapes[0].Name {
				n.log(t, unsafe)
			}
			if n.broken+n.unstable+n.refused+n.worse > 0 {
				t.Errorf("%s, unsafe %v: %d broken, %d not idempotent, %d refused by the proof, %d with a new fault", shape.Name, unsafe, n.broken, n.unstable, n.refused, n.worse)
			}
		}
	}
}

// hygieneCount counts by rule: findings, fixed, held back, without a fix.
type hygieneCount struct {
	outcomes                         map[string]*[4]int
	reasons                          map[string]int
	broken, unstable, refused, worse int
}

func (n *hygieneCount) add(t *testing.T, f corpus.File, text []byte, unsafe bool) {
	r := fixHygiene(f, text, unsafe)
	if r == nil || r.Rejected != nil {
		return
	}
	for _, found := range r.Findings {
		n.count(t, f, r, found)
	}
	again := fixHygiene(f, r.After, unsafe)
	switch {
	case r.Err != nil || again == nil || again.Rejected != nil:
		n.broken++
		t.Logf("%s: %v", f.Name, r.Err)
	case !bytes.Equal(again.After, r.After):
		n.unstable++
		t.Logf("%s: a second run changes it again", f.Name)
	case r.Changed() && (unreadable(again.Doc) > unreadable(r.Doc) || lintsMore(t, r)):
		n.worse++
		t.Logf("%s: a RUN does not parse, or a check of BuildKit speaks that did not", f.Name)
	}
}

// unreadable counts the RUNs whose program does not parse.
func unreadable(doc *source.Document) int {
	n := 0
	for _, in := range doc.Dockerfile.Instructions {
		if in.Name != "RUN" {
			continue
		}
		if _, err := doc.Shell(in); err != nil && strings.Contains(err.Error(), "does not parse") {
			n++
		}
	}
	return n
}

// lintsMore reports whether a check of BuildKit speaks more often after the fixes.
func lintsMore(t *testing.T, r *fix.Result) bool {
	before, after := lint(t, r.Doc.Bytes), lint(t, r.After)
	for check, n := range after {
		if n > before[check] {
			return true
		}
	}
	return false
}

func (n *hygieneCount) count(t *testing.T, f corpus.File, r *fix.Result, found *fix.Finding) {
	c := n.outcomes[found.Rule.Name]
	if c == nil {
		c = new([4]int)
		n.outcomes[found.Rule.Name] = c
	}
	c[0]++
	switch {
	case found.Outcome == fix.Fixed:
		c[1]++
	case found.Outcome == fix.Refused:
		n.refused++
		line, _ := r.Doc.Position(found.Span.Start)
		t.Logf("%s:%d: %s refused: %s", f.Name, line, found.Rule.Name, found.Reason)
	case found.Outcome == fix.Open && found.Fix != nil:
		c[2]++
	default:
		c[3]++
		n.reasons[found.Rule.Name+": "+found.Reason]++
	}
	if dump := os.Getenv("DOCKFIX_DUMP"); dump == found.Rule.Name {
		line, _ := r.Doc.Position(found.Span.Start)
		t.Logf("HIT %s:%d: %s | %s | %v", f.Name, line, found.Message, found.Reason, found.Outcome == fix.Fixed)
	}
}

func (n *hygieneCount) log(t *testing.T, unsafe bool) {
	t.Logf("unsafe %v: rule, findings, fixed, held back, without a fix", unsafe)
	for _, name := range slices.Sorted(maps.Keys(n.outcomes)) {
		c := n.outcomes[name]
		t.Logf("%-20s %5d %5d %5d %5d", name, c[0], c[1], c[2], c[3])
	}
	if unsafe {
		return
	}
	for _, reason := range slices.Sorted(maps.Keys(n.reasons)) {
		t.Logf("%4d %s", n.reasons[reason], reason)
	}
}

func fixHygiene(f corpus.File, text []byte, unsafe bool) *fix.Result {
	doc, err := source.Parse(f.Name, source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	facts := &fix.Facts{Contexts: []*fix.BuildContext{contextAround(f, fix.Wants(doc, hygiene))}}
	return fix.Run(context.Background(), doc, fix.Options{Rules: hygiene, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// contextAround lists the folder of a corpus file, as the program does where no Compose file says how it is built.
func contextAround(f corpus.File, wants []fix.Want) *fix.BuildContext {
	dir := filepath.Dir(f.Path)
	made := &fix.BuildContext{Dir: ".", Guess: true, Texts: map[string][]byte{}}
	listing, err := project.List(context.Background(), project.Context{Dir: dir, Dockerfile: f.Path}, 2000)
	if err != nil {
		made.Failed = err.Error()
		return made
	}
	made.Partial = listing.Partial
	for _, e := range listing.Entries {
		made.Entries = append(made.Entries, fix.ContextEntry{Path: e.Path, Mode: e.Mode, Size: e.Size})
		if e.Mode.IsRegular() && slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(e.Path) }) {
			if text, err := project.ReadSmall(filepath.Join(dir, filepath.FromSlash(e.Path))); err == nil {
				made.Texts[e.Path] = text
			}
		}
	}
	return made
}
