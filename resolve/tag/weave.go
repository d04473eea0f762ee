package tag

import (
	"maps"
	"slices"
)

// strand is the candidates of one family in one tier.
type strand struct {
	family *family
	cost   int    // how much it says that was not asked for
	doubt  int    // how unusual that is
	pool   []*Tag // in no order
	top    *Tag   // the newest
	order  []*Tag // the likeliest first
	stems  []*Tag // those that others sharpen: 3.14 beside 3.14.7
}

// weave puts the newest of each minor and of each major line first, by turns, then the rest.
func (s *strand) weave(w *wanted, most int) {
	majors, minors := map[int]*Tag{}, map[[2]int]*Tag{}
	for _, t := range s.pool {
		line := [2]int{-1, -1}
		copy(line[:], t.numbers)
		keep(majors, line[0], t)
		if len(t.numbers) != 1 || t.concrete() {
			keep(minors, line, t)
		}
	}
	minor, major := w.heads(slices.Collect(maps.Values(minors)), most), w.heads(slices.Collect(maps.Values(majors)), most)
	heads := turns(minor, major)
	if w.behind && len(minor) > 1 && len(major) > 0 {
		heads = append(turns(major[1:], minor[1:]), heads...)
	}
	rest := newest(s.pool, most)
	s.top = rest[0]
	if s.cost > 0 { // which versions its words have is open as well: cuda12.4 or cuda12.1
		heads = turns(heads, rest)
	}
	for _, t := range distinct(append(heads, rest...), 2*most) {
		if stem(t, rest) {
			s.stems = append(s.stems, t)
		} else {
			s.order = append(s.order, t)
		}
	}
}

// stem tells whether one of the tags, the newest first, sharpens the tag without another word. It is newer then.
func stem(t *Tag, newest []*Tag) bool {
	if t.concrete() {
		return false
	}
	for _, n := range newest {
		if len(n.numbers) > len(t.numbers) && begins(n.numbers, t.numbers) && compareWords(n.words, t.words) == 0 {
			return true
		}
	}
	return false
}

func keep[K comparable](heads map[K]*Tag, line K, t *Tag) {
	if h := heads[line]; h == nil || compare(h, t) < 0 {
		heads[line] = t
	}
}

// heads are the newest of the lines, the likely ones first.
func (w *wanted) heads(lines []*Tag, most int) []*Tag {
	if w.likely == nil || len(w.line) > 1 || len(lines) == 0 {
		return newest(lines, most)
	}
	latest := newest(lines, 1)
	var likely []*Tag
	for _, t := range lines {
		early := w.late && begins(t.numbers, latest[0].numbers[:min(1, len(latest[0].numbers))])
		if len(t.numbers) > 0 && w.likely(t.numbers) && !early {
			likely = append(likely, t)
		}
	}
	return append(newest(likely, most), newest(lines, most)...)
}

// merge takes the strands that cost least by turns. Those that cost more come when these are exhausted; but where they
// have a newer version they come between, and first within the same major: the newest version is there with more words
// only (eclipse-mosquitto's 2.1.2-alpine beside 2.0.22).
func merge(strands []*strand, w *wanted, most int) []*Tag {
	if len(strands) == 0 || most <= 0 {
		return nil
	}
	var first, fresher, others [][]*Tag
	top := strands[0].top
	for _, s := range strands {
		if s.cost == strands[0].cost && compareVersions(s.top, top) > 0 {
			top = s.top
		}
	}
	var stems [][]*Tag
	near := len(w.tag.words) == 0 && len(w.tag.numbers) == 0
	for _, s := range strands {
		stems = append(stems, s.stems)
		switch {
		case s.cost == strands[0].cost:
			first = append(first, s.order)
		case slices.Compare(s.top.numbers, top.numbers) > 0 && len(top.numbers) > 0:
			fresher = append(fresher, s.order)
			near = near && s.top.numbers[0] == top.numbers[0] && s.cost <= strands[0].cost+3
		default:
			others = append(others, s.order)
		}
	}
	a, b := turns(first...), turns(fresher...)
	if near {
		a, b = b, a
	}
	return distinct(slices.Concat(turns(a, b), turns(others...), turns(stems...)), most)
}

// turns takes the first of each, the second of each, and so on.
func turns(lists ...[]*Tag) []*Tag {
	var out []*Tag
	for i := 0; ; i++ {
		n := len(out)
		for _, l := range lists {
			if i < len(l) {
				out = append(out, l[i])
			}
		}
		if len(out) == n {
			return out
		}
	}
}

// distinct are the first so many different tags.
func distinct(tags []*Tag, most int) []*Tag {
	seen := map[*Tag]bool{}
	var out []*Tag
	for _, t := range tags {
		if !seen[t] && len(out) < most {
			seen[t], out = true, append(out, t)
		}
	}
	return out
}
