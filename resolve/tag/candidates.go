package tag

import (
	"cmp"
	"iter"
	"slices"
)

// Candidates are the concrete tags that a floating or partial one may stand for, at most so many, likeliest first:
// the one with the digest of the floating tag is what it means now. Nineteen of twenty times it is the first.
//
// All words of the floating tag that name a kind of image stay: of "lts-slim" the lts goes, as no version has it beside
// it. Tags with more words come after those without, unless theirs is the newer version; pre-releases and builds after
// releases, unless the tag asks for them. Commits, tags of pull requests and those of one platform never come.
//
// Of the versions, the newest of each release line come first, majors and minors by turns: "lts" or "stable" is the
// head of some line. The list does not tell of which.
func (l *List) Candidates(floating string, most int) []string {
	var found []string
	seen := map[string]bool{}
	for w := range l.readings(floating) {
		for _, raw := range l.search(w, most, func(*Tag) bool { return true }) {
			if !seen[raw] && len(found) < most {
				seen[raw], found = true, append(found, raw)
			}
		}
		if len(found) >= most {
			break
		}
	}
	return found
}

// readings are the ways to understand a floating tag, likeliest first: stable-20260803 exists, but stable may mean
// something else today; so may a code name.
func (l *List) readings(floating string) iter.Seq[wanted] {
	return func(yield func(wanted) bool) {
		w := l.wanted(floating)
		if !yield(w) {
			return
		}
		if w.status {
			l.drop(&w, statusWords)
			if !yield(w) {
				return
			}
		}
		if len(w.line) > len(w.tag.numbers) {
			w.line = w.tag.numbers
			yield(w)
		}
	}
}

// Sharper are the more precise tags that may be behind a hit of one or two numbers, at most so many, likeliest first,
// also with more words: behind 25 of eclipse-temurin is 25.0.4_7-jdk, and no tag without jdk. None for a hit that is
// as precise as tags get.
func (l *List) Sharper(hit string, most int) []string {
	w := l.wanted(hit)
	if w.tag.concrete() {
		return nil
	}
	return l.search(w, most, (*Tag).isConcrete)
}

func (t *Tag) isConcrete() bool { return t.concrete() }

// wanted is what candidates must have.
type wanted struct {
	tag    Tag
	words  []word                   // that must be there
	line   []int                    // with which the version must begin
	status bool                     // words has a status word
	stream bool                     // the tag asks for what is not released
	devel  bool                     // the tag asks for development versions, which have no word for it (perl)
	likely func(version []int) bool // of two lines the likelier; nil where nothing is known
	late   bool                     // the newest line is not it yet
	behind bool                     // the newest line is another\'s
}

// wanted takes a floating tag apart: its words are kinds of images where some version has them beside it, else names of
// a version.
func (l *List) wanted(floating string) wanted {
	t := l.parse(floating)
	w := wanted{tag: t, line: t.numbers, stream: t.pre.stage != released, likely: l.quirk.meaning["latest"]}
	for _, x := range t.words {
		w.stream = w.stream || channelWords[x.name]
		line, named := l.quirk.names[x.name]
		switch {
		case named:
			w.likely = nil
			if len(w.line) == 0 {
				w.line = line
			}
		case l.beside[x.name] > 0 || platformWords[x.name]:
			w.words = append(w.words, x)
			w.status = w.status || statusWords[x.name]
		default:
			w.likely = l.quirk.meaning[x.name]
			w.late = l.quirk.late && w.likely != nil
			w.devel = w.devel || x.name == "devel"
			w.behind = w.behind || l.behind(x.name)
			if len(w.line) == 0 {
				w.line = releases[x.name]
			}
		}
	}
	return w
}

// behind tells whether the word names a line that is not the newest: that one has a word of its own.
func (l *List) behind(name string) bool {
	for other := range laterWords[name] {
		if l.status[other] && l.quirk.meaning[name] == nil {
			return true
		}
	}
	return earlierWords[name]
}

// drop does without the words, which then name a line.
func (l *List) drop(w *wanted, names map[string]bool) {
	w.status = false
	w.words = slices.DeleteFunc(slices.Clone(w.words), func(x word) bool {
		if names[x.name] {
			w.likely, w.behind = l.quirk.meaning[x.name], w.behind || l.behind(x.name)
		}
		return names[x.name]
	})
}

// search finds the tags that are more precise than what is wanted, and orders them.
func (l *List) search(w wanted, most int, take func(*Tag) bool) []string {
	if most <= 0 || w.tag.opaque {
		return nil
	}
	all := max(most, 16) // the order must not depend on how many are asked for
	var tiers [tierCount][]*strand
	for _, f := range l.families {
		cost, ok := l.cost(f, &w)
		if !ok {
			continue
		}
		var own [tierCount]*strand
		var out versions
		if w.stream {
			out = f.released()
		}
		for _, t := range f.tags {
			if !w.matches(t) || !take(t) {
				continue
			}
			k := l.tier(t, f, out, &w)
			if own[k] == nil {
				own[k] = &strand{family: f, cost: cost, doubt: f.doubt(&w)}
				tiers[k] = append(tiers[k], own[k])
			}
			own[k].pool = append(own[k].pool, t)
		}
	}
	found := arrange(tiers[:], &w, all)
	return found[:min(len(found), most)]
}

// cost is how much the tags of the family say that was not asked for; false where they lack something that was.
func (l *List) cost(f *family, w *wanted) (int, bool) {
	t := f.tags[0]
	if len(t.words) < len(w.words) {
		return 0, false
	}
	extra := 0
	for _, x := range w.words {
		if _, ok := slices.BinarySearch(f.names, x.name); !ok {
			return 0, false
		}
	}
	for _, x := range t.words {
		i := slices.IndexFunc(w.words, func(y word) bool { return x.name == y.name })
		switch {
		case i < 0 && (platformWords[x.name] || windowsWords[x.name] && !w.windows()):
			return 0, false
		case i < 0 && l.quirk.usual[x.name]:
			extra = max(extra, 1)
		case i < 0:
			extra += 2
		}
		if len(x.version) > 0 && (i < 0 || len(w.words[i].version) == 0) {
			extra++
		}
	}
	switch {
	case f.scheme != w.tag.scheme && len(w.tag.numbers) > 0:
		extra += 2
	case f.scheme != l.scheme && len(w.tag.numbers) == 0:
		extra++
	}
	return extra, true
}

func (w *wanted) windows() bool {
	return slices.ContainsFunc(w.tag.words, func(x word) bool { return windowsWords[x.name] || x.name == "ltsc" })
}

// doubt counts the words more than asked for that are not what a publisher means who names none.
func (f *family) doubt(w *wanted) int {
	n := 0
	for _, name := range f.names {
		if !w.tag.has(name) && !defaultWords[name] {
			n++
		}
	}
	return n
}

// matches tells whether the tag of a family with the right words is one that the wanted tag may stand for.
func (w *wanted) matches(t *Tag) bool {
	switch {
	case t.Raw == w.tag.Raw,
		!begins(t.numbers, w.line), !begins(t.date, w.tag.date),
		t.precision() <= w.tag.precision(),
		len(w.tag.numbers) > 0 && w.tag.pre.stage != released && t.pre.stage == released,
		len(w.tag.revs) > 0 && !w.revised(t):
		return false
	}
	return w.worded(t)
}

// worded tells whether all words are there, with versions that begin as theirs. A word may be there twice:
// jdk-25-and-25-graal.
func (w *wanted) worded(t *Tag) bool {
	var taken uint64
	for _, x := range w.words {
		i := slices.IndexFunc(t.words, func(y word) bool { return y.name == x.name && begins(y.version, x.version) })
		for i >= 0 && i < 64 && taken&(1<<i) != 0 {
			j := slices.IndexFunc(t.words[i+1:], func(y word) bool { return y.name == x.name && begins(y.version, x.version) })
			if j < 0 {
				return false
			}
			i += 1 + j
		}
		if i < 0 {
			return false
		}
		taken |= 1 << i
	}
	return true
}

// revised tells whether the tag has the revisions that are wanted, or more precise ones: 3.11-7 stands for 3.11-7.3.20.
func (w *wanted) revised(t *Tag) bool {
	if len(t.revs) < len(w.tag.revs) {
		return false
	}
	for i, r := range w.tag.revs {
		if t.revs[i].mark != r.mark || !begins(t.revs[i].numbers, r.numbers) {
			return false
		}
	}
	return true
}

// The tiers of candidates, likeliest first. Each is exhausted before the next.
const (
	asked      = iota // what the tag asks for
	likely            // another stream than the one asked for
	unasked           // a pre-release for a tag that asks for none, a release for one that asks for pre-releases
	superseded        // a pre-release whose version is out, a development line
	numbered          // one of many builds
	tierCount
)

// tier tells how likely it is that a tag with the right words is meant.
func (l *List) tier(t *Tag, f *family, out versions, w *wanted) int {
	pre := t.pre.stage != released
	switch {
	case t.build():
		return numbered
	case w.stream:
		return w.streamed(t, out)
	case l.quirk.odd && len(t.numbers) > 1 && t.numbers[1]%2 == 1 && len(w.tag.numbers) < 2:
		if w.devel {
			return asked
		}
		return unasked
	case pre, t.channel() && !w.asks(t), !t.concrete() && f.ahead.has(t.numbers) && len(w.tag.numbers) < len(t.numbers):
		return unasked
	}
	return asked
}

// streamed is tier for a tag that asks for what is not released.
func (w *wanted) streamed(t *Tag, out versions) int {
	stage := w.tag.pre.stage
	switch {
	case t.pre.stage != released && len(w.tag.numbers) == 0 && out.has(t.numbers):
		return superseded
	case w.asks(t), t.pre.stage != released && (stage == t.pre.stage || stage == released),
		len(t.numbers) == 0 && len(t.words) == len(w.words) && stage == released:
		return asked
	case t.pre.stage == dev:
		return superseded
	case t.pre.stage != released:
		return likely
	}
	return unasked
}

// asks tells whether the channel words of the tag are among those that are wanted.
func (w *wanted) asks(t *Tag) bool {
	for _, x := range t.words {
		if channelWords[x.name] {
			return w.tag.has(x.name)
		}
	}
	return false
}

// arrange orders each tier and puts them one behind the other.
func arrange(tiers [][]*strand, w *wanted, most int) []string {
	var out []string
	seen := map[string]bool{}
	for _, strands := range tiers {
		for _, s := range strands {
			s.weave(w, most)
		}
		slices.SortFunc(strands, func(a, b *strand) int {
			return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.doubt, b.doubt),
				compareVersions(b.order[0], a.order[0]), cmp.Compare(a.family.key, b.family.key))
		})
		for _, t := range merge(strands, w, most-len(out)) {
			if !seen[t.Raw] {
				seen[t.Raw], out = true, append(out, t.Raw)
			}
		}
		if len(out) >= most {
			break
		}
	}
	return out[:min(len(out), most)]
}
