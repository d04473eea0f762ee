package fix

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

// lists is a rule for the tests: it puts "done" in the place of the argument of each RUN and a line with it, and one that all have, at
// the end of a list.
func lists(name string) *Rule {
	return &Rule{Name: name, Title: name, Why: name, Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name != "RUN" || in.Rest.Text == "done" || in.Rest.Text[:1] != name {
				continue
			}
			end := len(p.Facts.Files["list"])
			at := source.Span{Start: end, End: end}
			p.Report(Finding{Span: in.Rest.Span, Message: name, Fix: &Fix{Title: name, Safety: Safe, Edits: []Edit{
				Replace(in.Rest.Span, "done"), {File: "list", Span: at, New: "all\n"}, {File: "list", Span: at, New: in.Rest.Text + "\n", Secret: true},
			}}})
		}
	}}
}

// Fixes of one rule add their lines in one round, each line once; those of two rules in two.
func TestLinesOfSeveralFixes(t *testing.T) {
	r, p := runRules(t, "FROM a\nRUN a1\nRUN a2\nRUN a1\nRUN b1\n", lists("a"), lists("b"))
	if got := string(r.Files["list"]); got != "all\na1\na2\nall\nb1\n" {
		t.Errorf("list is %q", got)
	}
	if !r.Secret["list"] || len(r.Secret) != 1 {
		t.Errorf("secret are %v", r.Secret)
	}
	if p.calls != 2 || string(r.After) != "FROM a\nRUN done\nRUN done\nRUN done\nRUN done\n" {
		t.Errorf("%d proofs\n%s", p.calls, r.After)
	}
}
