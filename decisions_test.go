package main

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// TestDecisions holds rules to the decisions written in testdata/decisions/RULE.txtar. A part NAME is a Dockerfile; the parts
// NAME/context/PATH are its build context, NAME/compose.yaml builds it with the first service that builds something, and
// NAME/registry is what a registry says of its base images (fix.Base by reference, JSON), and NAME/want is the decision: quiet, fixed, held or
// refused, and below it what must stand in the new text or in the reason, a line each. NAME/compose.want is what compose.yaml becomes, in each
// shape of its bytes. A context file "PATH (0600)" has that mode.
func TestDecisions(t *testing.T) {
	eachArchive(t, "testdata/decisions/*.txtar", func(file string) string { return file }, func(_ string, rule *fix.Rule, archive *txtar.Archive) {
		testDecisions(t, rule, archive)
	})
}

func testDecisions(t *testing.T, rule *fix.Rule, archive *txtar.Archive) {
	parts := map[string]string{}
	n := 0
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	for _, f := range archive.Files {
		if strings.Contains(f.Name, "/") {
			continue
		}
		n++
		t.Run(rule.Name+"/"+f.Name, func(t *testing.T) {
			doc, err := source.Parse("Dockerfile", source.DockerfileKind, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			facts := decisionFacts(t, rule, doc, f.Name, archive)
			r := fixText(t, "Dockerfile", source.DockerfileKind, f.Data, []*fix.Rule{rule}, facts, false)
			unsafe := fixText(t, "Dockerfile", source.DockerfileKind, f.Data, []*fix.Rule{rule}, facts, true)
			expectDecision(t, parts[f.Name+"/want"], r, unsafe)
			expectCompose(t, rule, f.Data, facts, parts[f.Name+"/compose.want"])
		})
	}
	t.Logf("%s: %d decisions", rule.Name, n)
}

// decisionFacts are those of one case: a context is always known, if only as an empty directory.
func decisionFacts(t *testing.T, rule *fix.Rule, doc *source.Document, name string, archive *txtar.Archive) *fix.Facts {
	t.Helper()
	fx := &fixture{archive: archive, rule: rule, name: "Dockerfile", facts: &fix.Facts{}}
	wants := rule.Wants(doc)
	c := &fix.BuildContext{Dir: ".", Guess: true, Ignore: ".dockerignore", Texts: map[string][]byte{}}
	facts := &fix.Facts{Files: map[string][]byte{}, Contexts: []*fix.BuildContext{c}}
	for _, f := range archive.Files {
		p, ok := strings.CutPrefix(f.Name, name+"/context/")
		if !ok {
			continue
		}
		p, private := strings.CutSuffix(p, " (0600)")
		fx.addEntry(c, p, f.Data, wants)
		if private {
			c.Entries[len(c.Entries)-1].Mode = 0o600
		}
	}
	slices.SortFunc(c.Entries, func(a, b fix.ContextEntry) int { return cmp.Compare(a.Path, b.Path) })
	c.Entries = slices.CompactFunc(c.Entries, func(a, b fix.ContextEntry) bool { return a.Path == b.Path })
	if text, ok := fx.part(name + "/registry"); ok {
		if err := json.Unmarshal([]byte(text), &facts.Bases); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if text, ok := fx.part(name + "/compose.yaml"); ok {
		facts.Contexts = servicesOf(t, c, text)
		facts.Files["compose.yaml"] = []byte(text)
		facts.Documents = map[string]source.Kind{"compose.yaml": source.ComposeKind}
	}
	return facts
}

// servicesOf are the ways in which the services of a Compose file build the Dockerfile.
func servicesOf(t *testing.T, c *fix.BuildContext, text string) []*fix.BuildContext {
	t.Helper()
	doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var list []*fix.BuildContext
	for _, s := range doc.Compose.Services {
		if b := s.Build(); b != nil {
			own := *c
			own.Guess, own.Compose, own.ComposeFile, own.Service, own.Target = false, "compose.yaml", "compose.yaml", s, b.Target
			list = append(list, &own)
		}
	}
	if len(list) == 0 {
		t.Fatal("no service of compose.yaml builds")
	}
	return list
}

// expectDecision compares a result with the wanted decision. What is written below held and refused is in the reasons; what is written
// below fixed, and behind a + below held, are lines of the new text.
func expectDecision(t *testing.T, want string, r, unsafe *fix.Result) {
	t.Helper()
	decision, rest, _ := strings.Cut(want, "\n")
	got := "quiet"
	var reasons []string
	for _, f := range r.Findings {
		reasons = append(reasons, f.Reason)
		switch {
		case f.Outcome == fix.Refused:
			got = "dropped by the proof"
		case f.Fix == nil && got == "quiet":
			got = "refused"
		case f.Outcome == fix.Fixed:
			got = "fixed"
		case f.Fix != nil:
			got = "held"
		}
	}
	said := strings.Join(reasons, "\n")
	if got != decision {
		t.Errorf("%s, want %s\n%s\n%s", got, decision, said, unsafe.After)
		return
	}
	if got == "held" && !unsafe.Changed() {
		t.Errorf("held, and --unsafe changes nothing: %s", reportedText(unsafe))
	}
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\n")
		text, added := strings.CutPrefix(line, "+ ")
		switch {
		case line == "":
		case added || got == "fixed":
			if !slices.Contains(strings.Split(string(unsafe.After), "\n"), text) {
				t.Errorf("no line %q in\n%s", text, unsafe.After)
			}
		case !strings.Contains(said, line):
			t.Errorf("says %q, not %q", said, line)
		}
	}
}

// expectCompose compares what becomes of compose.yaml with the wanted text; "" where it stays.
func expectCompose(t *testing.T, rule *fix.Rule, text []byte, facts *fix.Facts, want string) {
	t.Helper()
	was, ok := facts.Files["compose.yaml"]
	if !ok {
		return
	}
	for _, shape := range corpus.Shapes {
		shaped := *facts
		shaped.Files = maps.Clone(facts.Files)
		shaped.Files["compose.yaml"] = shape.Of(was)
		r := fixText(t, "Dockerfile", source.DockerfileKind, shape.Of(text), []*fix.Rule{rule}, &shaped, true)
		got, expected := string(r.Files["compose.yaml"]), ""
		if want != "" {
			expected = string(shape.Of([]byte(want)))
		}
		if got != expected {
			t.Errorf("%s: compose.yaml becomes\n%s\nwant\n%s\n%s", shape.Name, got, expected, reportedText(r))
		}
	}
}

func reportedText(r *fix.Result) string {
	var b strings.Builder
	_ = report.Text(&b, r, report.Style{})
	return b.String()
}

// proveElsewhere proves another document that a fix edits.
func proveElsewhere(doc *source.Document, files map[string][]byte) (fix.Prover, error) {
	return proveWith(context.Background(), doc, files)
}
