package fix

import (
	"slices"

	"github.com/dockfix/dockfix/source"
)

// Check lets every rule for the kind of doc look at it once. Findings come in the order of the file, those at one place
// in the order of the rules; suppressed ones are in it, with their outcome set.
func Check(doc *source.Document, rules []*Rule, facts *Facts) []*Finding {
	p := &Pass{Doc: doc, Facts: facts, rules: rules}
	for _, r := range rules {
		if r.LooksAt(doc.Kind) {
			p.rule = r
			r.Check(p)
		}
	}
	found := p.found
	if len(found) == 0 {
		return nil
	}
	slices.SortStableFunc(found, func(a, b *Finding) int { return a.Span.Start - b.Span.Start })
	silence(p.Silence(), found)
	return found
}

// silence marks the findings that a comment suppresses.
func silence(s Silence, found []*Finding) {
	for _, f := range found {
		if s.covers(f) {
			f.Outcome = Suppressed
		}
	}
}

// Wants lists the facts that the rules need for a document, each once.
func Wants(doc *source.Document, rules []*Rule) []Want {
	return wants(doc, rules, func(r *Rule) []Want {
		if r.Wants == nil {
			return nil
		}
		return r.Wants(doc)
	})
}

// WantsThen lists the facts that the rules need once those of Wants are known, each once.
func WantsThen(doc *source.Document, rules []*Rule, facts *Facts) []Want {
	return wants(doc, rules, func(r *Rule) []Want {
		if r.WantsThen == nil {
			return nil
		}
		return r.WantsThen(doc, facts)
	})
}

func wants(doc *source.Document, rules []*Rule, of func(*Rule) []Want) []Want {
	var list []Want
	seen := map[Want]bool{}
	for _, r := range rules {
		if !r.LooksAt(doc.Kind) {
			continue
		}
		for _, w := range of(r) {
			if !seen[w] {
				seen[w] = true
				list = append(list, w)
			}
		}
	}
	return list
}
