package fix

import (
	"slices"

	"github.com/dockfix/dockfix/source"
)

// spot is where a rule found something: what makes two findings of different rounds the same.
type spot struct {
	rule *Rule
	at   int
}

func bySpot(list []*tracked) map[spot][]*tracked {
	m := make(map[spot][]*tracked, len(list))
	for _, t := range list {
		if t.Outcome != Fixed {
			k := spot{t.Rule, t.at.Start}
			m[k] = append(m[k], t)
		}
	}
	return m
}

// take finds a finding at a spot, and no second time.
func take(m map[spot][]*tracked, f *Finding) *tracked {
	k := spot{f.Rule, f.Span.Start}
	if len(m[k]) == 0 {
		return nil
	}
	t := m[k][0]
	m[k] = m[k][1:]
	return t
}

// track matches the findings of a round with those already known, and returns those whose fix is to be made now. What is
// not found again was cleared by the fixes made since.
func (r *run) track(found []*Finding) []*tracked {
	var todo, fresh []*tracked
	known, refused := bySpot(r.open), bySpot(r.refused)
	r.open = nil
	for _, f := range found {
		if take(refused, f) != nil {
			continue
		}
		t := &tracked{Finding: f, at: f.Span}
		if old := take(known, f); old != nil {
			t.waits = old.waits
			old.Fix, old.Reason, old.Outcome = f.Fix, withOldLines(old.Reason, f.Reason), f.Outcome
			t.Finding = old.Finding
		} else {
			fresh = append(fresh, t)
		}
		r.open = append(r.open, t)
	}
	r.addFresh(fresh, known)
	for _, t := range r.open {
		if r.wanted(t.Finding) {
			todo = append(todo, t)
		}
	}
	for _, left := range known {
		for _, t := range left {
			if t.Outcome == Open && !t.kept {
				t.Outcome, t.Reason = Fixed, "" // what spoke against its own fix is no longer of interest
			}
		}
	}
	return todo
}

// addFresh adds what was found at a place where nothing was known. Where a fix moved an instruction, what was known about it is found
// again by its message.
func (r *run) addFresh(fresh []*tracked, known map[spot][]*tracked) {
	if len(fresh) == 0 {
		return
	}
	moved := byMessage(known)
	for _, t := range fresh {
		f := t.Finding
		k := said{f.Rule, f.Message}
		if len(moved[k]) == 0 {
			f.Span = r.original(f.Span)
			r.result.Findings = append(r.result.Findings, f)
			continue
		}
		old := moved[k][0]
		moved[k] = moved[k][1:]
		old.Fix, old.Reason, old.Outcome = f.Fix, withOldLines(old.Reason, f.Reason), f.Outcome
		old.kept = true
		t.Finding = old.Finding
	}
}

// said is what a rule says, wherever it found it.
type said struct {
	rule    *Rule
	message string
}

// byMessage are the findings that were not found again where a fix moved them, in file order.
func byMessage(known map[spot][]*tracked) map[said][]*tracked {
	m := map[said][]*tracked{}
	for _, list := range known {
		for _, t := range list {
			if t.moved {
				m[said{t.Rule, t.Message}] = append(m[said{t.Rule, t.Message}], t)
			}
		}
	}
	for _, list := range m {
		slices.SortFunc(list, func(a, b *tracked) int { return a.Span.Start - b.Span.Start })
	}
	return m
}

// original is the place in the original text that a place in the current text came from.
func (r *run) original(s source.Span) source.Span {
	for i := len(r.moves) - 1; i >= 0; i-- {
		s = source.Span{Start: r.moves[i].before(s.Start), End: r.moves[i].before(s.End)}
	}
	return s
}
