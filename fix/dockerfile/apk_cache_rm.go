package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
)

// strictRemoval is an rm that fails where the index of apk is not there.
type strictRemoval struct {
	s *script
	c *shellCommand
}

// strictRemovals are those of all RUNs, but for those behind an apk update in their own.
func (r *reader) strictRemovals() []strictRemoval {
	return r.strict.of(once{}, func() (list []strictRemoval) {
		for in := range instructions(r.doc, "RUN") {
			if s := r.script(in, "/var/cache", "/etc/apk"); s != nil {
				list = append(list, s.strictRemovals()...)
			}
		}
		return list
	})
}

func (s *script) strictRemovals() (list []strictRemoval) {
	for _, c := range s.Commands {
		switch {
		case len(c.Within) == 0 && apkKept.fills(c):
			return list
		case c.name() == "rm" && apkKept.named(c) && !c.forgives():
			list = append(list, strictRemoval{s, c})
		}
	}
	return list
}

// forceRemovals gives -f to each rm that would fail once an apk add leaves nothing in the cache. The second result says what
// else that may pass over.
func (s *script) forceRemovals(add *shellCommand) (edits []fix.Edit, risk string) {
	for _, r := range s.reader.strictRemovals() {
		own := r.s == s && r.c.Start > add.Start
		later := r.s.In.Start > s.In.Start && inForce(s.doc.Dockerfile, s.In, r.s.In) && !s.clearsApk()
		if !own && !later {
			continue
		}
		edits = append(edits, insertBehind(s.doc, r.c.Words[0], "-f"))
		if other := r.c.removesElse(); other != "" && risk == "" {
			line, _ := s.doc.Position(r.c.Start)
			risk = fmt.Sprintf("with -f the rm on line %d passes over a missing %s too", line, other)
		}
	}
	return edits, risk
}

// removesElse is what an rm removes besides the index of apk; "" for nothing.
func (c *shellCommand) removesElse() string {
	i := slices.IndexFunc(c.Words[1:], func(w shellWord) bool {
		return !strings.HasPrefix(w.Text, "-") && !apkKept.names.MatchString(w.Text)
	})
	if i < 0 {
		return ""
	}
	return c.Words[1+i].Text
}
