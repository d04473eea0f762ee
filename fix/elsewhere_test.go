package fix

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// across is a rule for the tests: where a RUN has x it becomes y, and in the Compose file old becomes new.
func across(old, new string, declares ...string) *Rule {
	return &Rule{Name: "across", Title: "t", Why: "w", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.y"}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			text := string(p.Facts.Files["c.yaml"])
			if at := strings.Index(text, old); in.Name == "RUN" && in.Rest.Text == "x" && at >= 0 {
				edits := []Edit{Replace(in.Rest.Span, "y"), {File: "c.yaml", Span: source.Span{Start: at, End: at + len(old)}, New: new}}
				p.Report(Finding{Span: in.Span, Message: "m", Fix: &Fix{Title: "t", Safety: Safe, Edits: edits, Elsewhere: map[string][]string{"c.yaml": declares}}})
			}
		}
	}}
}

// lines is a prover for the tests: the meaning of a file is its lines without comments.
type lines string

func (l lines) Changes(text []byte, files map[string][]byte) ([]Change, error) {
	if strings.Contains(string(text), "broken") {
		return nil, errors.New("broken")
	}
	var changes []Change
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); !strings.Contains(string(l), line) {
			changes = append(changes, Change{Stage: -1, Path: line, What: "a line"})
		}
	}
	return changes, nil
}

func (lines) Accept() {}

func TestFixAcrossDocuments(t *testing.T) {
	const compose = "services:\n  web:\n    image: a # why\n    # note\n"
	for _, c := range []struct {
		name, old, new string
		declares       []string
		after, says    string
	}{
		{"declared", "image: a", "image: b", []string{"image: *"}, strings.Replace(compose, "image: a", "image: b", 1), "across@7=fixed"},
		{"undeclared", "image: a", "image: b", nil, "", "across@7=refused(it would change more than it says: c.yaml: a line)"},
		{"what else it does", "image: a", "image: b\n    x: 1", []string{"image: b"}, "", "across@7=refused(it would change more than it says: c.yaml: a line)"},
		{"lost comment", "    # note\n", "", nil, "", "across@7=refused(c.yaml: the comment on line 4 would be lost)"},
		{"no YAML any more", "services:", "services: [", nil, "", "across@7=refused(c.yaml: the text would no longer parse: c.yaml:3: "},
		{"not accepted", "image: a", "image: broken", []string{"image: *"}, "", "across@7=refused(c.yaml: the new text would not be accepted: broken)"},
	} {
		r := runAcross(t, compose, across(c.old, c.new, c.declares...), func(d *source.Document, _ map[string][]byte) (Prover, error) {
			return lines(d.Bytes), nil
		})
		if got := told(r); !strings.HasPrefix(got, c.says) || string(r.Files["c.yaml"]) != c.after || (c.after != "") != r.Changed() {
			t.Errorf("%s: %s\n%s", c.name, got, r.Files["c.yaml"])
		}
	}
}

// Without a prover for it another document stays as it is, and the document with it.
func TestNoProverElsewhere(t *testing.T) {
	r := runAcross(t, "services: {}\n", across("{}", "{a: {}}", "*"), nil)
	if got := told(r); got != "across@7=refused(c.yaml: nothing about this file can be proven)" || r.Changed() {
		t.Error(got)
	}
}

func runAcross(t *testing.T, compose string, rule *Rule, elsewhere func(*source.Document, map[string][]byte) (Prover, error)) *Result {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte("FROM a\nRUN x\n"))
	if err != nil {
		t.Fatal(err)
	}
	facts := &Facts{Files: map[string][]byte{"c.yaml": []byte(compose)}, Documents: map[string]source.Kind{"c.yaml": source.ComposeKind}}
	p := &runs{accepted: meaning(doc.Bytes)}
	return Run(context.Background(), doc, Options{Rules: []*Rule{rule}, Facts: facts, Prover: func() (Prover, error) { return p, nil }, Elsewhere: elsewhere})
}

func TestStandIns(t *testing.T) {
	if got := string(standIns([]byte("a: ${A:?set A}\nb: ${B:-x}"), []byte("a: ${C?}${A?}"))); got != "A=1\nC=1\n" {
		t.Errorf("%q", got)
	}
}
