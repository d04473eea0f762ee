package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// tally counts what a run over real files came to.
type tally struct {
	files, unparsed, rejected, changed, fixed, open int
	broken, unstable, unsettled, refused            int
	outside, lostComments                           int
}

// TestCorpus fixes every real file in four shapes and requires that nothing breaks: each changed file is still accepted,
// a second run changes nothing, no byte outside of the edits differs, and no comment is lost.
func TestCorpus(t *testing.T) {
	files := corpus.Files(t, "dockerfile", "compose", "dockerfile-derived", "compose-derived")
	for _, unsafe := range []bool{false, true} {
		for _, shape := range corpus.Shapes {
			name := shape.Name
			if unsafe {
				name += ", unsafe"
			}
			t.Run(name, func(t *testing.T) {
				var n tally
				byRule := map[string][2]int{}
				for _, f := range files {
					n.add(t, f, shape.Of(f.Text), unsafe, byRule)
				}
				t.Logf("%+v", n)
				if shape.Name == corpus.Shapes[0].Name {
					logRules(t, byRule)
				}
				if n.changed == 0 || n.broken+n.unstable+n.unsettled+n.outside+n.lostComments > 0 {
					t.Errorf("%d broken, %d not idempotent, %d not settled, %d with bytes changed outside of edits, %d with a lost comment",
						n.broken, n.unstable, n.unsettled, n.outside, n.lostComments)
				}
			})
		}
	}
}

func logRules(t *testing.T, byRule map[string][2]int) {
	for _, name := range slices.Sorted(maps.Keys(byRule)) {
		t.Logf("%-24s %5d fixed %5d not", name, byRule[name][0], byRule[name][1])
	}
}

func (n *tally) add(t *testing.T, f corpus.File, text []byte, unsafe bool, byRule map[string][2]int) {
	t.Helper()
	kind := source.DockerfileKind
	if strings.HasPrefix(f.Kind, "compose") {
		kind = source.ComposeKind
	}
	n.files++
	r, err := fixQuietly(f.Name, kind, text, unsafe)
	switch {
	case err != nil:
		n.unparsed++
		return
	case r.Rejected != nil:
		n.rejected++
	case r.Err != nil:
		n.unsettled++
		t.Log(r.Err)
	}
	n.count(t, r, byRule)
	if !r.Changed() {
		return
	}
	n.changed++
	again, err := fixQuietly(f.Name, kind, r.After, unsafe)
	switch {
	case err != nil:
		n.broken++
		t.Logf("%s: after the fixes: %v", f.Name, err)
	case again.Rejected != nil:
		n.broken++
		t.Logf("%s: after the fixes: %v", f.Name, again.Rejected)
	case again.Changed():
		n.unstable++
		t.Logf("%s: a second run changes it again", f.Name)
	default:
		n.compare(t, r, again)
	}
}

func fixQuietly(name string, kind source.Kind, text []byte, unsafe bool) (*fix.Result, error) {
	doc, err := source.Parse(name, kind, text)
	if err != nil {
		return nil, err
	}
	return fix.Run(context.Background(), doc, fix.Options{Rules: command.Rules, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}}), nil
}

func (n *tally) count(t *testing.T, r *fix.Result, byRule map[string][2]int) {
	for _, f := range r.Findings {
		c := byRule[f.Rule.Name]
		if f.Outcome == fix.Fixed {
			n.fixed++
			c[0]++
		} else {
			n.open++
			c[1]++
		}
		byRule[f.Rule.Name] = c
		if f.Outcome == fix.Refused {
			n.refused++
			line, _ := r.Doc.Position(f.Span.Start)
			t.Logf("%s:%d: %s refused: %s", r.Doc.Name, line, f.Rule.Name, f.Reason)
		}
	}
}

// compare looks at the bytes and comments that no edit was allowed to touch, by other means than the engine.
func (n *tally) compare(t *testing.T, r, again *fix.Result) {
	if name := removedComment(r.Doc, again.Doc); name != "" {
		n.lostComments++
		t.Logf("%s: comment lost: %s", r.Doc.Name, name)
	}
	if line := strayLine(r); line != "" {
		n.outside++
		t.Logf("%s: a line that no edit touches changed: %q", r.Doc.Name, line)
	}
}

func removedComment(before, after *source.Document) string {
	left := map[string]int{}
	for _, c := range after.Comments {
		left[after.Text(c.Span)]++
	}
	for _, c := range before.Comments {
		if left[before.Text(c.Span)]--; left[before.Text(c.Span)] < 0 {
			return before.Text(c.Span)
		}
	}
	return ""
}

// strayLine is a line of the original that does not stand in the result although no edit of a made fix lies on it. The
// lines are compared as a sequence, so order counts.
func strayLine(r *fix.Result) string {
	touched := map[int]bool{}
	for _, f := range r.Findings {
		if f.Outcome != fix.Fixed || f.Fix == nil {
			continue
		}
		for _, e := range f.Fix.Edits {
			first, _ := r.Doc.Position(min(e.Start, len(r.Doc.Bytes)))
			last, _ := r.Doc.Position(min(e.End, len(r.Doc.Bytes)))
			// A fix of a later round has its place in a later text: a few lines of slack.
			for l := first - 3; l <= last+3; l++ {
				touched[l] = true
			}
		}
	}
	after := bytes.SplitAfter(r.After, []byte("\n"))
	at := 0
	for l, line := range bytes.SplitAfter(r.Doc.Bytes, []byte("\n")) {
		if touched[l+1] {
			continue
		}
		for at < len(after) && !bytes.Equal(after[at], line) {
			at++
		}
		if at == len(after) {
			return fmt.Sprintf("%d: %s", l+1, line)
		}
		at++
	}
	return ""
}
