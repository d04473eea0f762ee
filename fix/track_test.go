package fix

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// A refused fix among others that change the length of the text is refused once, and covers no other finding.
func TestRefusedFindingIsKnownAgain(t *testing.T) {
	liar := word("liar", "q", "w")
	liar.Changes = nil
	r, p := runRules(t, "FROM a\nRUN x\nRUN x\nRUN q\nRUN q\nRUN z\n", word("grow", "x", "much longer"), liar, word("later", "much longer", "x y z"))
	const why = "(it would change more than it says: RUN 3)"
	const whyToo = "(it would change more than it says: RUN 4)"
	expect(t, r, "FROM a\nRUN x y z\nRUN x y z\nRUN q\nRUN q\nRUN z\n",
		"grow@11=fixed later@11=fixed grow@17=fixed later@17=fixed liar@23=refused"+why+" liar@29=refused"+whyToo)
	if p.calls > 14 {
		t.Errorf("%d proofs: what was refused is tried again and again", p.calls)
	}
}

// What only a later round finds is placed where it came from in the original text.
func TestPlaceOfALaterFinding(t *testing.T) {
	drop := &Rule{Name: "drop", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.*"}, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name == "RUN" && strings.HasPrefix(in.Rest.Text, "drop") {
				p.Report(Finding{Span: in.Span, Fix: &Fix{Safety: Safe, Edits: []Edit{Replace(in.Lines, "")}}})
			}
		}
	}}
	after := &Rule{Name: "after", Kind: source.DockerfileKind, Safety: Safe, Check: func(p *Pass) {
		ins := p.Doc.Dockerfile.Instructions
		if last := ins[len(ins)-1]; len(ins) == 2 {
			p.Report(Finding{Span: last.Span, Reason: "nothing to do"})
		}
	}}
	r, _ := runRules(t, "FROM a\nRUN drop 1\nRUN drop 2\nUSER u\n", drop, after)
	expect(t, r, "FROM a\nUSER u\n", "drop@7=fixed drop@18=fixed after@29=open(nothing to do)")
}

// A fix can be right only together with one that comes after it.
func TestFixThatNeedsALaterOne(t *testing.T) {
	doc, err := source.Parse("D", source.DockerfileKind, []byte("FROM a\nRUN x\nRUN q\nRUN u\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{runs{accepted: meaning(doc.Bytes), rejects: "bad"}}
	r := Run(context.Background(), doc, Options{
		Rules:  []*Rule{word("xy", "x", "needs"), word("qb", "q", "bad"), word("uv", "u", "there")},
		Prover: func() (Prover, error) { return p, nil },
	})
	expect(t, r, "FROM a\nRUN needs\nRUN q\nRUN there\n",
		"xy@11=fixed qb@17=refused(the new text would not be accepted: no such thing as bad) uv@23=fixed")
}

// pair is an engine that accepts "needs" only where "there" stands too.
type pair struct{ runs }

func (p *pair) Changes(text []byte, files map[string][]byte) ([]Change, error) {
	if strings.Contains(string(text), "needs") && !strings.Contains(string(text), "there") {
		return nil, errors.New("something is missing")
	}
	return p.runs.Changes(text, files)
}

// TestWaitForTheNextRound requires a fix that is right alone, and not beside another, to be made in the next round.
func TestWaitForTheNextRound(t *testing.T) {
	const text = "FROM a\nRUN x\nRUN p\n"
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := &together{runs{accepted: meaning([]byte(text))}}
	r := Run(context.Background(), doc, Options{Rules: []*Rule{word("xy", "x", "y"), word("pq", "p", "q")}, Prover: func() (Prover, error) { return p, nil }})
	expect(t, r, "FROM a\nRUN y\nRUN q\n", "xy@11=fixed pq@17=fixed")
}

// A finding without a fix is not cleared, and not there twice, when a fix of another rule moves what it is about.
func TestFindingThatAFixMoves(t *testing.T) {
	held := &Rule{Name: "held", Kind: source.DockerfileKind, Check: func(p *Pass) {
		for _, in := range p.Doc.Dockerfile.Instructions {
			if in.Name == "RUN" && in.Rest.Text == "tree" {
				p.Report(Finding{Span: in.Span, Message: "a tree", Reason: "nobody knows"})
			}
		}
	}}
	move := &Rule{Name: "move", Kind: source.DockerfileKind, Safety: Safe, Changes: []string{"ran.manifest", "ran.tree"}, Check: func(p *Pass) {
		list := p.Doc.Dockerfile.Instructions
		if first, last := list[1], list[len(list)-1]; first.Rest.Text == "tree" {
			p.Report(Finding{Span: first.Span, Message: "too early", Fix: &Fix{Title: "later", Safety: Safe, Edits: []Edit{
				Replace(first.Rest.Span, "manifest"), Replace(source.Span{Start: last.Lines.End, End: last.Lines.End}, "RUN tree\n"),
			}}})
		}
	}}
	r, _ := runRules(t, "FROM a\nRUN tree\nRUN install\n", held, move)
	if got, want := told(r), "held@7=open(nobody knows) move@7=fixed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(r.After), "FROM a\nRUN manifest\nRUN install\nRUN tree\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the fix of another rule clears is fixed, without the reason that held back its own.
func TestFindingThatAnotherFixClears(t *testing.T) {
	held := &Rule{Name: "held", Kind: source.DockerfileKind, Check: func(p *Pass) {
		if in := p.Doc.Dockerfile.Instructions[1]; in.Rest.Text == "a" {
			p.Report(Finding{Span: in.Span, Message: "an a", Reason: "nobody knows"})
		}
	}}
	r, _ := runRules(t, "FROM a\nRUN a\n", held, word("clear", "a", "b"))
	if got, want := told(r), "held@7=fixed clear@11=fixed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
