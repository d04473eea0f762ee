package fix

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// word is a rule for the tests: it finds old as the first argument of a RUN and puts new in its place.
func word(name, old, new string) *Rule {
	return &Rule{Name: name, Title: name, Why: name, Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran." + new}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name == "RUN" && in.Rest.Text == old {
				p.Report(Finding{Span: in.Rest.Span, Message: old, Fix: &Fix{Title: new, Safety: Safe, Edits: []Edit{Replace(in.Rest.Span, new)}}})
			}
		}
	}}
}

// runs is a prover for the tests: the meaning of a file is the list of what it runs.
type runs struct {
	accepted, last []string
	calls          int
	rejects        string // a text that the engine does not accept
}

func meaning(text []byte) []string {
	d, err := source.Parse("D", source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	var out []string
	for _, in := range d.Dockerfile.Instructions {
		if in.Name == "RUN" {
			out = append(out, in.Rest.Text)
		}
	}
	return out
}

func (r *runs) Changes(text []byte, _ map[string][]byte) ([]Change, error) {
	r.calls++
	r.last = meaning(text)
	if r.rejects != "" && strings.Contains(string(text), r.rejects) {
		return nil, errors.New("no such thing as " + r.rejects)
	}
	var changes []Change
	for i, now := range r.last {
		if i >= len(r.accepted) || r.accepted[i] != now {
			changes = append(changes, Change{Path: "ran." + now, After: now, What: "RUN " + fmt.Sprint(i+1)})
		}
	}
	return changes, nil
}

func (r *runs) Accept() { r.accepted = r.last }

func runRules(t *testing.T, text string, rules ...*Rule) (*Result, *runs) {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := &runs{accepted: meaning([]byte(text))}
	return Run(context.Background(), doc, Options{Rules: rules, Prover: func() (Prover, error) { return p, nil }}), p
}

// told is what a result says, in short.
func told(r *Result) string {
	var parts []string
	for _, f := range r.Findings {
		part := f.Rule.Name + "@" + fmt.Sprint(f.Span.Start) + "=" + [...]string{"open", "fixed", "suppressed", "refused"}[f.Outcome]
		if f.Reason != "" {
			part += "(" + f.Reason + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func expect(t *testing.T, r *Result, text, findings string) {
	t.Helper()
	if string(r.After) != text {
		t.Errorf("text %q, want %q", r.After, text)
	}
	if got := told(r); got != findings {
		t.Errorf("findings %s\nwant     %s", got, findings)
	}
}

func TestOneProofForARound(t *testing.T) {
	r, p := runRules(t, "FROM a\nRUN x\nRUN x\nRUN x\n", word("xy", "x", "y"))
	expect(t, r, "FROM a\nRUN y\nRUN y\nRUN y\n", "xy@11=fixed xy@17=fixed xy@23=fixed")
	if p.calls != 1 {
		t.Errorf("%d proofs, want 1", p.calls)
	}
}

func TestNothingToFixNeedsNoProver(t *testing.T) {
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN y\n"))
	if err != nil {
		t.Fatal(err)
	}
	Run(context.Background(), doc, Options{Rules: []*Rule{word("xy", "x", "y")}, Prover: func() (Prover, error) {
		t.Error("the prover was made for a file without findings")
		return nil, nil
	}})
}

func TestFixOfAFix(t *testing.T) {
	r, _ := runRules(t, "FROM a\nRUN x\n", word("xy", "x", "y"), word("yz", "y", "z"))
	expect(t, r, "FROM a\nRUN z\n", "xy@11=fixed yz@11=fixed")
}

func TestTouchingFixesWait(t *testing.T) {
	var order []string
	half := func(name, letter, becomes string) *Rule {
		return &Rule{Name: name, Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
			in := p.Doc.Dockerfile.Instructions[1]
			if i := strings.Index(in.Rest.Text, letter); i >= 0 {
				order = append(order, name)
				at := source.Span{Start: in.Rest.Start + i, End: in.Rest.Start + i + 1}
				p.Report(Finding{Span: at, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(at, becomes)}}})
			}
		}}
	}
	r, p := runRules(t, "FROM a\nRUN xy\n", half("x", "x", "1"), half("y", "y", "2"))
	expect(t, r, "FROM a\nRUN 12\n", "x@11=fixed y@12=fixed")
	if p.calls != 2 || strings.Join(order, "") != "xyy" {
		t.Errorf("%d proofs, checks %v", p.calls, order)
	}
}

func TestUndeclaredChangeIsDropped(t *testing.T) {
	liar := word("liar", "q", "w")
	liar.Changes = nil
	r, _ := runRules(t, "FROM a\nRUN x\nRUN q\nRUN x\n", word("xy", "x", "y"), liar)
	expect(t, r, "FROM a\nRUN y\nRUN q\nRUN y\n",
		"xy@11=fixed liar@17=refused(it would change more than it says: RUN 2) xy@23=fixed")
}

func TestExpectedValueIsRequired(t *testing.T) {
	exact := word("exact", "x", "y")
	inner := exact.Check
	exact.Check = func(p *Pass) {
		inner(p)
		for _, f := range p.found {
			f.Fix.Expect = map[string]string{"ran.y": "other"}
		}
	}
	r, _ := runRules(t, "FROM a\nRUN x\n", exact)
	expect(t, r, "FROM a\nRUN x\n", "exact@11=refused(it would change more than it says: RUN 1)")
}

func TestTextThatNoLongerParses(t *testing.T) {
	r, _ := runRules(t, "FROM a\nRUN x\nRUN x\nUSER u\n", &Rule{Name: "break", Kind: source.DockerfileKind, Safety: Safe, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name == "USER" {
				p.Report(Finding{Span: in.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(in.Span, "NONSENSE u")}}})
			}
		}
	}}, word("xy", "x", "y"))
	expect(t, r, "FROM a\nRUN y\nRUN y\nUSER u\n",
		`xy@11=fixed xy@17=fixed break@19=refused(the text would no longer parse: Dockerfile:4:1: "NONSENSE" is no Dockerfile instruction)`)
}

func TestSwallowedInstructionIsDropped(t *testing.T) {
	r, _ := runRules(t, "FROM a\nUSER u\nWORKDIR /w\n", &Rule{Name: "glue", Kind: source.DockerfileKind, Safety: Safe, Check: func(p *Pass) {
		if in := p.Doc.Dockerfile.Instructions[1]; in.Rest.Text == "u" {
			p.Report(Finding{Span: in.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(in.Rest.Span, "u \\")}}})
		}
	}})
	expect(t, r, "FROM a\nUSER u\nWORKDIR /w\n", "glue@7=refused(the WORKDIR on line 3, which no edit touches, would read differently)")
}

func TestLostCommentIsDropped(t *testing.T) {
	eat := &Rule{Name: "eat", Kind: source.DockerfileKind, Safety: Safe, Check: func(p *Pass) {
		for _, c := range p.Doc.Comments {
			p.Report(Finding{Span: c.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(c.Span, "")}}})
		}
	}}
	r, _ := runRules(t, "FROM a\n# why\nUSER u\n", eat)
	expect(t, r, "FROM a\n# why\nUSER u\n", "eat@7=refused(the comment on line 2 would be lost)")
	r, _ = runRules(t, "FROM a\n#\nUSER u\n", eat)
	expect(t, r, "FROM a\n#\nUSER u\n", "eat@7=refused(the comment on line 2 would be lost)")
}

func TestEndlessFixesGiveTheOriginalBack(t *testing.T) {
	grow := &Rule{Name: "grow", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
		in := p.Doc.Dockerfile.Instructions[1]
		p.Report(Finding{Span: in.Rest.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(in.Rest.Span, in.Rest.Text+"x")}}})
	}}
	r, _ := runRules(t, "FROM a\nRUN x\n", grow)
	if r.Err == nil || r.Err.Error() != "Dockerfile: the fixes of grow do not settle after 10 rounds, nothing was changed" {
		t.Errorf("error %v", r.Err)
	}
	expect(t, r, "FROM a\nRUN x\n", "grow@11=open(the fixes of this file do not settle)")
}

func TestRejectedFileIsLeftAlone(t *testing.T) {
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\n"))
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("D:2: no")
	r := Run(context.Background(), doc, Options{Rules: []*Rule{word("xy", "x", "y")}, Prover: func() (Prover, error) { return nil, why }})
	expect(t, r, "FROM a\nRUN x\n", "xy@11=open(nothing about this file can be proven, see the error)")
	if r.Rejected != why {
		t.Errorf("rejected: %v", r.Rejected)
	}
}

func TestTextTheEngineDoesNotAccept(t *testing.T) {
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\nRUN q\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := &runs{accepted: meaning(doc.Bytes), rejects: "bad"}
	r := Run(context.Background(), doc, Options{Rules: []*Rule{word("xy", "x", "y"), word("qb", "q", "bad")}, Prover: func() (Prover, error) { return p, nil }})
	expect(t, r, "FROM a\nRUN y\nRUN q\n", "xy@11=fixed qb@17=refused(the new text would not be accepted: no such thing as bad)")
}

func TestSafetyLevels(t *testing.T) {
	level := func(s Safety) *Rule {
		r := word(s.String(), s.String(), "done")
		inner := r.Check
		r.Check = func(p *Pass) {
			from := len(p.found)
			inner(p)
			for _, f := range p.found[from:] {
				f.Fix.Safety, f.Reason = s, "told"
			}
		}
		return r
	}
	rules := []*Rule{level(Manual), level(Unsafe), level(Safe)}
	const text = "FROM a\nRUN manual\nRUN unsafe\nRUN safe\n"
	r, _ := runRules(t, text, rules...)
	expect(t, r, "FROM a\nRUN manual\nRUN unsafe\nRUN done\n", "manual@11=open(told) unsafe@22=open(told) safe@33=fixed(told)")
	doc, err := source.Parse("D", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if r := Run(context.Background(), doc, Options{Rules: rules, Unsafe: true}); string(r.After) != "FROM a\nRUN manual\nRUN done\nRUN done\n" {
		t.Errorf("unsafe: %q", r.After)
	}
	capped := word("capped", "x", "y")
	capped.Safety = Unsafe
	if r, _ := runRules(t, "FROM a\nRUN x\n", capped); r.Changed() {
		t.Error("a finding is safer than its rule")
	}
}

func TestFixAcrossFiles(t *testing.T) {
	both := &Rule{Name: "both", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name != "RUN" || in.Rest.Text == "done" {
				continue
			}
			end := len(p.Facts.Files[".env"])
			p.Report(Finding{Span: in.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{
				Replace(in.Rest.Span, "done"),
				{File: ".env", Span: source.Span{Start: end, End: end}, New: in.Rest.Text + "\n"},
				{File: ".new." + in.Rest.Text, New: "new\n"},
			}}})
		}
	}}
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\nRUN y\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := Run(context.Background(), doc, Options{Rules: []*Rule{both}, Facts: &Facts{Files: map[string][]byte{".env": []byte("a\n"), "other": []byte("o")}}})
	expect(t, r, "FROM a\nRUN done\nRUN done\n", "both@7=fixed both@13=fixed")
	if got := fmt.Sprintf("%q", r.Files); got != `map[".env":"a\nx\ny\n" ".new.x":"new\n" ".new.y":"new\n"]` {
		t.Errorf("files %s", got)
	}
}

func TestSuppression(t *testing.T) {
	xy := word("xy", "x", "y")
	xy.Aliases = []string{"DL9999", "XyCheck"}
	for _, c := range []struct {
		name, text string
		silent     bool
	}{
		{"own", "FROM a\n# dockfix ignore=xy; it is right here\nRUN x\n", true},
		{"own with a list", "FROM a\n# dockfix ignore=other, xy\nRUN x\n", true},
		{"own by alias in lower case", "FROM a\n# dockfix ignore=dl9999\nRUN x\n", true},
		{"comments and blank lines between", "FROM a\n# dockfix ignore=xy\n\n# more\nRUN x\n", true},
		{"another rule", "FROM a\n# dockfix ignore=other\nRUN x\n", false},
		{"the next instruction only", "FROM a\n# dockfix ignore=xy\nUSER u\nRUN x\n", false},
		{"no comment but text", "FROM a\n#dockfix-ignore=xy\nRUN x\n", false},
		{"file", "FROM a\nUSER u\nRUN x\n# dockfix global ignore=xy\n", true},
		{"hadolint", "FROM a\n# hadolint ignore=DL9999\nRUN x\n", true},
		{"hadolint file", "# hadolint global ignore=DL9999,DL1\nFROM a\nRUN x\n", true},
		{"tally", "FROM a\n# tally ignore=buildkit/XyCheck;reason=z\nRUN x\n", true},
		{"BuildKit file", "# check=skip=Other,XyCheck;error=true\nFROM a\nRUN x\n", true},
		{"BuildKit all", "# check=skip=all\nFROM a\nRUN x\n", true},
		{"BuildKit instruction", "FROM a\n# check=skip=XyCheck\nRUN x\n", true},
		{"BuildKit directive too late", "FROM a\nUSER u\n# check=skip=XyCheck\nUSER v\nRUN x\n", false},
		{"inside a continuation", "FROM a\nRUN \\\n # dockfix ignore=xy\n x\n", true},
		{"in a here-document", "FROM a\nCOPY <<E /f\n# dockfix ignore=xy\nE\nRUN x\n", false},
	} {
		r, _ := runRules(t, c.text, xy)
		if len(r.Findings) != 1 || (r.Findings[0].Outcome == Suppressed) != c.silent || r.Changed() == c.silent {
			t.Errorf("%s: %s, text %q", c.name, told(r), r.After)
		}
	}
}

// A change is only declared by a fix that can have an effect in its stage.
func TestDeclarationsStayInTheirStage(t *testing.T) {
	liar := word("liar", "q", "y")
	liar.Changes = nil
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\nFROM b\nRUN q\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := &staged{runs{accepted: meaning(doc.Bytes)}}
	r := Run(context.Background(), doc, Options{Rules: []*Rule{word("xy", "x", "y"), liar}, Prover: func() (Prover, error) { return p, nil }})
	expect(t, r, "FROM a\nRUN y\nFROM b\nRUN q\n", "xy@11=fixed liar@24=refused(it would change more than it says: RUN 2)")
}

// staged tells the stage of each change: every RUN of these tests has a stage for itself.
type staged struct{ runs }

func (s *staged) Changes(text []byte, files map[string][]byte) ([]Change, error) {
	changes, err := s.runs.Changes(text, files)
	for i := range changes {
		fmt.Sscanf(changes[i].What, "RUN %d", &changes[i].Stage)
		changes[i].Stage--
	}
	return changes, err
}

func TestInterruptedRunChangesNothing(t *testing.T) {
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := Run(ctx, doc, Options{Rules: []*Rule{word("xy", "x", "y")}, Prover: func() (Prover, error) {
		cancel()
		return &runs{accepted: meaning(doc.Bytes)}, nil
	}})
	expect(t, r, "FROM a\nRUN x\n", "xy@11=open(interrupted)")
	if !errors.Is(r.Err, context.Canceled) {
		t.Errorf("error %v", r.Err)
	}
}

// Many deletions in a row are one round, and thousands of findings are no burden.
func TestManyFindings(t *testing.T) {
	drop := &Rule{Name: "drop", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name == "CMD" {
				p.Report(Finding{Span: in.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(in.Lines, "")}}})
			}
		}
	}}
	r, p := runRules(t, "FROM a\n"+strings.Repeat("CMD b\n", 20000), drop)
	if string(r.After) != "FROM a\n" || p.calls != 1 {
		t.Errorf("%d bytes left after %d proofs", len(r.After), p.calls)
	}
}

// together is a prover that cannot follow two fixes at once.
type together struct{ runs }

func (p *together) Changes(text []byte, files map[string][]byte) ([]Change, error) {
	changes, err := p.runs.Changes(text, files)
	if len(changes) > 1 {
		changes = append(changes, Change{Path: "both", What: "two at once"})
	}
	return changes, err
}
