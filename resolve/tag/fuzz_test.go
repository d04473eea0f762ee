package tag

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParse puts arbitrary tags into a list and asks about each: no panic, one order whichever way it is compared,
// candidates that keep the words and the version of the tag, updates that never go back.
func FuzzParse(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.repository, s.tags)
	}
	for _, m := range more {
		f.Add(m.repository, m.tags)
	}
	f.Add("library/node", "lts latest 26.7.0 noble-20260801 9999999999999999999 "+strings.Repeat("1.", 60)+" "+strings.Repeat("a-", 64)+" ü .. - _ v v. 1. 1_ _1 RELEASE. 0u 8u")
	f.Add("library/ubuntu", "devel v1-1-1-1 jdk-25-jdk-25-1 1-jdk-25-jdk-26 20260801-20260802 2026-13-45 rc-1 1-rc-1-rc-2 386 1-386 sha sha-")
	f.Fuzz(func(t *testing.T, repository, text string) {
		tags := strings.Fields(text)
		if len(tags) > 40 {
			return
		}
		ordered(t, tags)
		l := NewList(repository, tags)
		for _, raw := range append(tags, "", "latest") {
			p := l.parse(raw)
			Parse(raw).PreRelease()
			SeekPrefix(raw)
			for _, c := range l.Candidates(raw, 12) {
				stands(t, l, p, l.parse(c))
			}
			for _, c := range l.Sharper(raw, 4) {
				if s := l.parse(c); s.precision() <= p.precision() {
					t.Errorf("%q is not sharper than %q", c, raw)
				}
			}
			for level := Patch; level <= Major; level++ {
				if u, ok := l.Update(raw, UpdateOptions{Level: level, Cap: text[:min(len(text), 9)]}); ok {
					goes(t, l, p, u, level)
				}
			}
		}
	})
}

// ordered requires a strict weak order: sorted from any start it is the same, and no two different tags are equal.
func ordered(t *testing.T, raw []string) {
	var tags []Tag
	for _, r := range raw {
		tags = append(tags, Parse(r))
	}
	byOrder := func(a, b Tag) int { return compare(&a, &b) }
	slices.SortFunc(tags, byOrder)
	for i := range tags {
		for j := range tags {
			if want := min(max(i-j, -1), 1); tags[i].Raw != tags[j].Raw && byOrder(tags[i], tags[j]) != want {
				t.Fatalf("%q and %q compare as %d, sorted as %d", tags[i].Raw, tags[j].Raw, byOrder(tags[i], tags[j]), want)
			}
		}
	}
}

// stands requires that the candidate may be what the tag means.
func stands(t *testing.T, l *List, p, c Tag) {
	switch {
	case c.Raw == p.Raw:
		t.Errorf("%q is a candidate for itself", p.Raw)
	case c.opaque, c.Floating():
		t.Errorf("%q has no version, and is a candidate for %q", c.Raw, p.Raw)
	case !begins(c.numbers, p.numbers):
		t.Errorf("%q has another version than %q", c.Raw, p.Raw)
	}
	for _, w := range p.words {
		_, named := l.quirk.names[w.name]
		if l.beside[w.name] > 0 && !statusWords[w.name] && !named && !c.has(w.name) {
			t.Errorf("%q lacks the %s of %q", c.Raw, w.name, p.Raw)
		}
	}
	for _, w := range c.words {
		if platformWords[w.name] && !p.has(w.name) {
			t.Errorf("%q is of one platform, %q is not", c.Raw, p.Raw)
		}
	}
}

// goes requires that the update goes forward, no further than the level.
func goes(t *testing.T, l *List, p Tag, u Update, level Level) {
	c := l.parse(u.Tag)
	if compareVersions(&c, &p) < 0 || c.Raw == p.Raw || u.Level > level || u.Level < Patch {
		t.Errorf("%q goes to %v at level %v", p.Raw, u, level)
	}
	if len(c.words) != len(p.words) || p.pre.stage == released && c.pre.stage != released {
		t.Errorf("%q and %q are of different families", p.Raw, u.Tag)
	}
}
