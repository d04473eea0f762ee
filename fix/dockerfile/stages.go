package dockerfile

import (
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// stageUses says what the stages of a Dockerfile are for.
type stageUses struct {
	named   map[string][]*source.Stage // by name in lower case, and by number
	takers  []*source.Instruction      // that copy or mount something of another stage or image
	shipped []bool                     // by index
}

// stages reads what the stages are for, once.
func (r *reader) stages() *stageUses {
	return r.uses.of(once{}, func() *stageUses { return usesOf(r.doc.Dockerfile) })
}

func usesOf(df *source.Dockerfile) *stageUses {
	u := &stageUses{named: map[string][]*source.Stage{}, shipped: make([]bool, len(df.Stages))}
	for _, st := range df.Stages {
		for _, name := range []string{strconv.Itoa(st.Index), strings.ToLower(st.Name.Text)} {
			u.named[name] = append(u.named[name], st)
		}
	}
	copied := make([]bool, len(df.Stages))
	for _, in := range df.Instructions {
		from := takenFrom(in)
		if len(from) > 0 {
			u.takers = append(u.takers, in)
		}
		for _, name := range from {
			for _, st := range u.named[strings.ToLower(name)] {
				copied[st.Index] = true
			}
		}
	}
	u.ship(df, copied)
	return u
}

// ship finds the stages whose content can reach an image that somebody keeps: the last, those from which nothing is copied and on
// which nothing is built, and those on which such a stage is built. A stage that is only copied from gains nothing from a cleanup.
func (u *stageUses) ship(df *source.Dockerfile, copied []bool) {
	built := make([]bool, len(df.Stages))
	for i := len(df.Stages) - 1; i >= 0; i-- {
		if i == len(df.Stages)-1 || !copied[i] && !built[i] {
			u.shipped[i] = true
		}
		if base := df.Stages[i].Base; base != nil {
			built[base.Index] = true
			u.shipped[base.Index] = u.shipped[base.Index] || u.shipped[i]
		}
	}
}

// takenFrom are the stages and images that the flags of an instruction name.
func takenFrom(in *source.Instruction) []string {
	var list []string
	for _, f := range in.Flags {
		from := ""
		switch f.Name {
		case "from":
			from = f.Value.Text
		case "mount":
			from = f.MountFrom().Text
		}
		if from != "" {
			list = append(list, from)
		}
	}
	return list
}
