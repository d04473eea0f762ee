package fix

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// maxRounds bounds how often a text is looked at again; the rules settle in two or three.
const maxRounds = 10

// Options says how Run works.
type Options struct {
	Rules  []*Rule
	Facts  *Facts
	Unsafe bool // make Unsafe fixes too
	// Prover is asked for the first time when there is an edit to prove. Its error says why the engine does not accept
	// the text as it is; then every fix is held back. nil: nothing is proven, for measuring only.
	Prover func() (Prover, error)
}

// Result is what Run made of a document.
type Result struct {
	Doc      *source.Document  // as it was
	After    []byte            // its new text; the bytes of Doc where nothing was fixed
	Files    map[string][]byte // the new text of each other file that a fix touched
	Findings []*Finding        // in file order, then those that only later rounds brought up
	Rejected error             // the engine does not accept the text as it was, so that nothing could be proven
	Err      error             // the rules did not settle: nothing was changed
}

// Changed reports whether any file has a new text.
func (r *Result) Changed() bool { return string(r.After) != string(r.Doc.Bytes) || len(r.Files) > 0 }

// run is the state of Run between rounds.
type run struct {
	opts    Options
	doc     *source.Document // of the current text
	files   map[string][]byte
	result  *Result
	open    []*tracked // findings that may still get a fix
	refused []*tracked // findings whose fix was tried and dropped
	prover  Prover
	proven  *proven // by the last call of verify; nil where that found something wrong
}

// tracked is a finding of the original text with its place in the current text.
type tracked struct {
	*Finding
	at source.Span
}

// Run fixes a document: check, take the fixes that do not touch, splice, parse again, prove, until nothing is left to do.
func Run(doc *source.Document, opts Options) *Result {
	r := &run{opts: opts, doc: doc, result: &Result{Doc: doc, After: doc.Bytes}, files: map[string][]byte{}}
	if r.opts.Facts == nil {
		r.opts.Facts = &Facts{}
	}
	maps.Copy(r.files, r.opts.Facts.Files)
	for round := 1; ; round++ {
		facts := *r.opts.Facts
		facts.Files = r.files
		todo := r.track(Check(r.doc, opts.Rules, &facts), round == 1)
		if len(todo) == 0 {
			break
		}
		if round > maxRounds {
			r.giveUp(todo)
			return r.result
		}
		if r.round(todo); r.result.Rejected != nil {
			break
		}
	}
	r.finish()
	return r.result
}

// track matches the findings of a round with those already known, and returns those whose fix is to be made now.
func (r *run) track(found []*Finding, first bool) []*tracked {
	var todo, open []*tracked
	for _, f := range found {
		t := &tracked{f, f.Span}
		if old := match(r.refused, t, nil); old != nil {
			continue
		}
		if old := match(r.open, t, open); old != nil {
			old.Fix, old.Reason, old.Outcome = f.Fix, f.Reason, f.Outcome
			t.Finding = old.Finding
		} else {
			f.Span = r.original(f.Span)
			r.result.Findings = append(r.result.Findings, f)
		}
		open = append(open, t)
		if r.wanted(t.Finding) {
			todo = append(todo, t)
		}
	}
	for _, old := range r.open {
		if !first && !slices.ContainsFunc(open, func(t *tracked) bool { return t.Finding == old.Finding }) && old.Outcome == Open {
			old.Outcome = Fixed // another fix cleared it on the way
		}
	}
	r.open = open
	return todo
}

// match finds the same finding at the same place of the current text; those in taken are spoken for.
func match(list []*tracked, t *tracked, taken []*tracked) *tracked {
	for _, old := range list {
		same := old.Rule == t.Rule && old.at.Start == t.at.Start && old.Outcome != Fixed
		if same && !slices.ContainsFunc(taken, func(x *tracked) bool { return x.Finding == old.Finding }) {
			return old
		}
	}
	return nil
}

// original is the place in the original text that a place in the current text came from: the nearest line start, since
// only findings that later rounds bring up need it.
func (r *run) original(s source.Span) source.Span {
	if string(r.doc.Bytes) == string(r.result.Doc.Bytes) {
		return s
	}
	line, _ := r.doc.Position(s.Start)
	return r.result.Doc.Line(min(line, r.result.Doc.Lines()))
}

// wanted reports whether a finding has a fix that is to be made.
func (r *run) wanted(f *Finding) bool {
	return f.Fix != nil && f.Outcome == Open && (f.Fix.Safety == Safe || f.Fix.Safety == Unsafe && r.opts.Unsafe)
}

// round makes the fixes of todo that do not touch each other and proves them together; where the proof fails it finds
// the guilty ones by halving, drops them and keeps the rest.
func (r *run) round(todo []*tracked) {
	taken := apart(todo)
	if r.opts.Prover != nil && r.prover == nil {
		p, err := r.opts.Prover()
		if err != nil {
			r.reject(err)
			return
		}
		r.prover = p
	}
	kept := r.settle(nil, taken)
	if len(kept) == 0 {
		return
	}
	if r.proven == nil || len(r.proven.fixes) != len(kept) { // the last one tried was dropped
		if err := r.verify(kept); err != nil {
			r.reject(err)
			return
		}
	}
	if r.prover != nil {
		r.prover.Accept()
	}
	splices := documentSplices(kept)
	for _, t := range kept {
		t.Outcome = Fixed
	}
	for _, list := range [][]*tracked{r.open, r.refused} {
		for _, t := range list {
			t.at = shift(t.at, splices)
		}
	}
	r.doc, r.files = r.proven.doc, r.proven.files
}

// apart takes fixes in order and leaves out each that touches one taken before; it waits for the next round.
func apart(todo []*tracked) []*tracked {
	var taken []*tracked
	var edits []Edit
	for _, t := range todo {
		if touches(edits, t.Fix.Edits) {
			continue
		}
		taken = append(taken, t)
		edits = append(edits, t.Fix.Edits...)
	}
	return taken
}

func touches(taken, edits []Edit) bool {
	for _, e := range edits {
		for _, t := range taken {
			if e.File == t.File && e.Touches(t.Span) {
				return true
			}
		}
	}
	return false
}

// settle returns as many of the candidates as can be made on top of base with nothing but declared changes.
func (r *run) settle(base, candidates []*tracked) []*tracked {
	if len(candidates) == 0 {
		return base
	}
	all := append(slices.Clone(base), candidates...)
	err := r.verify(all)
	if err == nil {
		return all
	}
	if len(candidates) == 1 {
		t := candidates[0]
		t.Outcome, t.Reason = Refused, err.Error()
		r.refused = append(r.refused, t)
		return base
	}
	half := len(candidates) / 2
	return r.settle(r.settle(base, candidates[:half]), candidates[half:])
}

// reject holds every fix back because the engine does not accept the text as it is.
func (r *run) reject(err error) {
	r.result.Rejected = err
	for _, t := range r.open {
		if r.wanted(t.Finding) {
			t.Reason = "the file is not accepted as it is, so that no fix can be proven"
		}
	}
}

// giveUp names the rules that do not settle and gives the original text back.
func (r *run) giveUp(todo []*tracked) {
	names := map[string]bool{}
	for _, t := range todo {
		names[t.Rule.Name] = true
	}
	list := slices.Sorted(maps.Keys(names))
	r.result.Err = fmt.Errorf("%s: the fixes of %s do not settle after %d rounds, nothing was changed", r.doc.Name, strings.Join(list, ", "), maxRounds)
	for _, f := range r.result.Findings {
		if f.Outcome == Fixed {
			f.Outcome, f.Reason = Refused, "the fixes of this file do not settle"
		}
	}
}

// finish puts the new texts into the result.
func (r *run) finish() {
	r.result.After = r.doc.Bytes
	for name, text := range r.files {
		if old, ok := r.opts.Facts.Files[name]; !ok || string(old) != string(text) {
			if r.result.Files == nil {
				r.result.Files = map[string][]byte{}
			}
			r.result.Files[name] = text
		}
	}
	sort.SliceStable(r.result.Findings, func(i, j int) bool {
		return r.result.Findings[i].Span.Start < r.result.Findings[j].Span.Start
	})
}
