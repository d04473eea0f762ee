package dockerfile

import (
	"sort"

	"github.com/dockfix/dockfix/source"
)

// ahead finds the first instruction behind another for which something holds: in its stage, or in one that is built on it. However
// many ask, it looks at each instruction once.
type ahead struct {
	df    *source.Dockerfile
	holds func(*source.Instruction) bool
	next  map[*source.Instruction]*source.Instruction // in its stage, itself included; nil for none
	under map[*source.Stage]*source.Instruction       // in the stages built on it; nil for none
}

// asked is what firstLater keeps answers under where nothing else stands for it.
type asked string

// firstLater is the first instruction behind in for which something holds; nil for none. What holds must depend on the document
// alone: the answers are kept under the key.
func (r *reader) firstLater(key any, in *source.Instruction, holds func(*source.Instruction) bool) *source.Instruction {
	a := r.later.of(key, func() *ahead {
		return &ahead{r.doc.Dockerfile, holds, map[*source.Instruction]*source.Instruction{}, map[*source.Stage]*source.Instruction{}}
	})
	st := a.df.Stages[in.Stage]
	if later := a.inStage(st, indexBehind(st, in)); later != nil {
		return later
	}
	return a.built(st)
}

// indexBehind is where in a stage the instructions behind one of it begin.
func indexBehind(st *source.Stage, in *source.Instruction) int {
	return sort.Search(len(st.Instructions), func(i int) bool { return st.Instructions[i].Start > in.Start })
}

// inStage is the first from an index on.
func (a *ahead) inStage(st *source.Stage, from int) *source.Instruction {
	list := st.Instructions[from:]
	var found *source.Instruction
	n := 0
	for ; n < len(list); n++ {
		known, ok := a.next[list[n]]
		if ok {
			found = known
			break
		}
		if a.holds(list[n]) {
			found = list[n]
			n++
			break
		}
	}
	for _, in := range list[:n] {
		a.next[in] = found
	}
	return found
}

// built is the first in the stages that are built on one, which all stand behind it.
func (a *ahead) built(st *source.Stage) *source.Instruction {
	found, ok := a.under[st]
	if ok {
		return found
	}
	for _, s := range a.df.Stages[st.Index+1:] {
		if s.Base != st {
			continue
		}
		here := a.inStage(s, 0)
		if here == nil {
			here = a.built(s)
		}
		if here != nil && (found == nil || here.Start < found.Start) {
			found = here
		}
	}
	a.under[st] = found
	return found
}

// lastEarlier is the last instruction in force before in for which something holds; nil for none. What holds must depend on the
// document alone: the answers are kept under the key.
func (r *reader) lastEarlier(key any, in *source.Instruction, holds func(*source.Instruction) bool) *source.Instruction {
	last := r.earlier.of(key, func() map[*source.Instruction]*source.Instruction {
		return map[*source.Instruction]*source.Instruction{}
	})
	st := r.doc.Dockerfile.Stages[in.Stage]
	for from := indexBehind(st, in) - 1; st != nil; st = st.Base {
		if from < 0 {
			from = len(st.Instructions)
		}
		if found := lastInStage(last, st.Instructions[:from], holds); found != nil {
			return found
		}
		from = -1
	}
	return nil
}

// lastInStage is the last of a list for which something holds; last has, for each instruction of its stage that was looked at, the
// answer up to it.
func lastInStage(last map[*source.Instruction]*source.Instruction, list []*source.Instruction, holds func(*source.Instruction) bool) *source.Instruction {
	var found *source.Instruction
	i := len(list) - 1
	for ; i >= 0; i-- {
		known, ok := last[list[i]]
		if ok {
			found = known
			break
		}
		if holds(list[i]) {
			found = list[i]
			i--
			break
		}
	}
	for _, in := range list[i+1:] {
		last[in] = found
	}
	return found
}
