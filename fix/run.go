package fix

import (
	"context"
	"errors"
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
	// Elsewhere makes a prover of another document that a fix edits, one of Facts.Documents, with the files beside that. nil:
	// where Prover is set, such a fix is refused.
	Elsewhere func(*source.Document, map[string][]byte) (Prover, error)
}

// Result is what Run made of a document.
type Result struct {
	Doc      *source.Document  // as it was
	After    []byte            // its new text; the bytes of Doc where nothing was fixed
	Files    map[string][]byte // the new text of each other file that a fix touched
	Secret   map[string]bool   // which of these got a secret: see Edit.Secret
	Findings []*Finding        // in file order
	Rejected error             // the engine does not accept the text as it was, so that nothing could be proven
	Err      error             // the work was interrupted, or the rules did not settle: nothing was changed
}

// Changed reports whether any file has a new text.
func (r *Result) Changed() bool { return string(r.After) != string(r.Doc.Bytes) || len(r.Files) > 0 }

// run is the state of Run between rounds.
type run struct {
	ctx     context.Context
	opts    Options
	doc     *source.Document // of the current text
	files   map[string][]byte
	result  *Result
	first   int        // how many findings the first round made
	open    []*tracked // findings of this round that may still get a fix
	refused []*tracked // findings whose fix was tried and dropped
	moves   []*moves   // of each round so far
	secret  map[string]bool
	prover  Prover
	proven  *proven // by the last call of verify; nil where that found something wrong
}

// tracked is a finding of the original text with its place in the current text.
type tracked struct {
	*Finding
	at source.Span
	// waits tells that its fix was wrong on top of the others of a round, and is to be tried in the next: one fix can move the
	// instruction that another one edits, which no comparison tells from a removal.
	waits  bool
	moved  bool   // the last round edited what it is about: that may stand elsewhere now
	kept   bool   // it was found there
	reason string // of a finding in refused, before the proof gave another one
}

// errStop ends a run: the result says why.
var errStop = errors.New("stop")

// Run fixes a document: check, take the fixes that do not touch, splice, parse again, prove, until nothing is left to do.
// When ctx ends it gives the original text back, with an error.
func Run(ctx context.Context, doc *source.Document, opts Options) *Result {
	if opts.Facts == nil {
		opts.Facts = &Facts{}
	}
	r := &run{ctx: ctx, opts: opts, doc: doc, result: &Result{Doc: doc, After: doc.Bytes}, files: maps.Clone(opts.Facts.Files), secret: map[string]bool{}}
	for round := 1; ; round++ {
		facts := *opts.Facts
		facts.Files = r.files
		todo := r.track(Check(r.doc, opts.Rules, &facts))
		if round == 1 {
			r.first = len(r.result.Findings)
		}
		switch {
		case len(todo) == 0:
			r.finish()
			return r.result
		case round > maxRounds:
			r.giveUp(fmt.Errorf("%s: the fixes of %s do not settle after %d rounds, nothing was changed", doc.Name, ruleNamesOf(todo), maxRounds),
				"the fixes of this file do not settle")
			return r.result
		}
		if r.round(todo) != nil {
			return r.result
		}
	}
}

func ruleNamesOf(list []*tracked) string {
	names := map[string]bool{}
	for _, t := range list {
		names[t.Rule.Name] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// wanted reports whether a finding has a fix that is to be made.
func (r *run) wanted(f *Finding) bool {
	return f.Fix != nil && f.Outcome == Open && (f.Fix.Safety == Safe || f.Fix.Safety == Unsafe && r.opts.Unsafe)
}

// round makes the fixes of todo that do not touch each other and proves them together; where the proof fails it finds
// the guilty ones by halving, drops them and keeps the rest.
func (r *run) round(todo []*tracked) error {
	if r.opts.Prover != nil && r.prover == nil {
		p, err := r.opts.Prover()
		if err != nil {
			return r.reject(err)
		}
		r.prover = p
	}
	kept, err := r.settle(nil, apart(todo))
	if err == nil {
		kept, err = r.retry(kept)
	}
	if err != nil || len(kept) == 0 {
		return err
	}
	if r.proven == nil { // the last one tried was dropped
		if err := r.verify(kept); err != nil {
			return r.reject(err)
		}
	}
	if r.prover != nil {
		r.prover.Accept()
	}
	r.advance(kept)
	return nil
}

// advance makes the proven text the current one.
func (r *run) advance(kept []*tracked) {
	m := newMoves(documentSplices(kept))
	for _, t := range kept {
		t.Outcome = Fixed
		for _, e := range t.Fix.Edits {
			if e.Secret {
				r.secret[e.File] = true
			}
		}
	}
	r.open = slices.DeleteFunc(r.open, func(t *tracked) bool { return t.Outcome != Open && t.Outcome != Suppressed })
	for _, list := range [][]*tracked{r.open, r.refused} {
		for _, t := range list {
			t.moved = m.touches(t.at)
			t.at = m.after(t.at)
		}
	}
	r.moves = append(r.moves, m)
	r.doc, r.files = r.proven.doc, r.proven.files
}

// apart takes fixes in order and leaves out each that touches one taken before; it waits for the next round. Deletions
// may stand end to end, and fixes of one rule may add lines at one place of another file.
func apart(todo []*tracked) []*tracked {
	var fixes []*tracked
	places := map[string][]taken{} // by file, in order
	for _, t := range todo {
		if slices.ContainsFunc(t.Fix.Edits, func(e Edit) bool { return touched(places[e.File], taken{e, t.Rule}) }) {
			continue
		}
		fixes = append(fixes, t)
		for _, e := range t.Fix.Edits {
			list := places[e.File]
			i := sort.Search(len(list), func(i int) bool { return list[i].Start > e.Start })
			places[e.File] = slices.Insert(list, i, taken{e, t.Rule})
		}
	}
	return fixes
}

// taken is an edit of a fix that is to be made.
type taken struct {
	Edit
	rule *Rule
}

// touched reports whether e touches one of the edits, which are in order and do not touch each other but for deletions.
func touched(list []taken, e taken) bool {
	i := sort.Search(len(list), func(i int) bool { return list[i].End >= e.Start })
	for ; i < len(list) && list[i].Start <= e.End; i++ {
		overlap := list[i].Start < e.End && e.Start < list[i].End
		if e.File != "" && e.Len() == 0 && list[i].Span == e.Span && list[i].rule == e.rule {
			continue
		}
		if overlap || list[i].New != "" || e.New != "" {
			return true
		}
	}
	return false
}

// settle returns as many of the candidates as can be made on top of base with nothing but declared changes. One that cannot waits
// for the next round, and is refused there.
func (r *run) settle(base, candidates []*tracked) ([]*tracked, error) {
	if len(candidates) == 0 {
		return base, nil
	}
	all := append(slices.Clone(base), candidates...)
	err := r.verify(all)
	switch {
	case err == nil:
		return all, nil
	case interrupted(err):
		return nil, r.stop(err)
	case len(candidates) == 1 && len(base) > 0 && !candidates[0].waits:
		candidates[0].waits = true
		return base, nil
	case len(candidates) == 1:
		t := candidates[0]
		t.reason = t.Reason
		t.Outcome, t.Reason = Refused, err.Error()
		r.refused = append(r.refused, t)
		return base, nil
	}
	half := len(candidates) / 2
	base, err = r.settle(base, candidates[:half])
	if err != nil {
		return nil, err
	}
	return r.settle(base, candidates[half:])
}

// retry tries what this round refused once more on top of all that was kept: a fix can be right only together with one
// that came after it.
func (r *run) retry(kept []*tracked) ([]*tracked, error) {
	var still []*tracked
	for _, t := range r.refused {
		if !slices.ContainsFunc(r.open, func(o *tracked) bool { return o == t }) || len(kept) == 0 {
			still = append(still, t)
			continue
		}
		all := append(slices.Clone(kept), t)
		switch err := r.verify(all); {
		case interrupted(err):
			return nil, r.stop(err)
		case err != nil:
			still = append(still, t)
		default:
			kept, t.Reason = all, t.reason
		}
	}
	r.refused = still
	return kept, nil
}

// interrupted tells an end of the time or of the run from an engine that does not accept a text.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// stop ends the run because it was interrupted.
func (r *run) stop(err error) error {
	reason := "interrupted"
	if !errors.Is(err, context.Canceled) {
		reason = "the proof takes too long"
	}
	r.giveUp(fmt.Errorf("%s: %s, nothing was changed: %w", r.result.Doc.Name, reason, err), reason)
	return errStop
}

// reject holds every fix back because the engine does not accept the text as it is.
func (r *run) reject(err error) error {
	if interrupted(err) {
		return r.stop(err)
	}
	r.giveUp(nil, "nothing about this file can be proven, see the error")
	r.result.Rejected = err
	return errStop
}

// giveUp gives the original text back, and to all findings of the first round whose fix is not made for that a reason.
func (r *run) giveUp(err error, reason string) {
	r.result.Err = err
	r.result.Findings = r.result.Findings[:r.first]
	for _, f := range r.result.Findings {
		if f.Outcome == Fixed || f.Outcome == Refused || r.wanted(f) {
			f.Outcome, f.Reason = Open, reason
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
	r.result.Secret = r.secret
	sort.SliceStable(r.result.Findings, func(i, j int) bool {
		return r.result.Findings[i].Span.Start < r.result.Findings[j].Span.Start
	})
}
