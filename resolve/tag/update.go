package tag

import (
	"cmp"
	"slices"
	"strings"
)

// Update is the newest tag that may replace another.
type Update struct {
	Tag   string
	Level Level  // how far the version moves; Major also where the base goes to its next release (jammy to noble)
	Words string // "alpine3.17 to alpine3.24"; "" where all words stay as they are
}

// UpdateOptions limit an update.
type UpdateOptions struct {
	Level Level                 // at most; 0: the default of the repository
	Cap   string                // what latest means: nothing newer unless the current tag is; "" where unknown
	Hold  Constraint            // versions that may be used
	Skip  func(tag string) bool // tags that may not; nil skips none
}

// update is a question: what may follow the tag.
type update struct {
	*List
	UpdateOptions
	tag Tag
	cap Tag
}

// Update finds the newest tag of the family of the current one that the options allow; false where that is the current
// tag, or the current one is floating.
//
// The family has the same words, as many numbers, and the same marks of revision. The version of an Alpine may rise
// with it at any level, the release of another base at level Major only; neither ever falls. A pre-release may
// become a later one of the same version, or a released version; released versions stay released. Dates and revisions
// move at level Patch.
func (l *List) Update(current string, o UpdateOptions) (Update, bool) {
	u := update{l, o, l.parse(current), l.parse(o.Cap)}
	if u.tag.Floating() || u.tag.opaque {
		return Update{}, false
	}
	if u.Level == 0 {
		u.Level = l.level
	}
	var best *Tag
	for _, f := range l.families {
		if f.scheme != u.tag.scheme || len(f.tags[0].words) != len(u.tag.words) {
			continue
		}
		for _, c := range f.tags {
			if u.allows(c) && (best == nil || u.better(c, best)) {
				best = c
			}
		}
	}
	if best == nil {
		return Update{}, false
	}
	level, words, _ := u.moves(best)
	return Update{Tag: best.Raw, Level: level, Words: words}, true
}

// allows tells whether the tag may replace the current one.
func (u *update) allows(c *Tag) bool {
	t := &u.tag
	if c.Raw == t.Raw || len(c.numbers) != len(t.numbers) || compareVersions(c, t) < 0 || !u.akin(c) || !u.staged(c) {
		return false
	}
	level, words, ok := u.moves(c)
	switch {
	case !ok || level > u.Level || compareVersions(c, t) == 0 && words == "":
		return false
	case len(t.numbers) > 0 && u.quirk.stay != nil && !u.quirk.stay(c.numbers, t.numbers):
		return false
	}
	return !u.capped(c) && u.Hold.Allows(*c) && (u.Skip == nil || !u.Skip(c.Raw))
}

// akin tells whether the versions are built alike: both with a date, the same marks of revision, both numbered builds.
// A fix released on top of a version (12.0.1-security-01) is a version of its own kind to nobody: 12.0.5 follows it.
func (u *update) akin(c *Tag) bool {
	t := &u.tag
	return (len(c.date) > 0) == (len(t.date) > 0) && c.build() == t.build() && slices.Equal(c.marks(), t.marks())
}

func (t *Tag) marks() []string {
	var marks []string
	for _, r := range t.revs {
		if r.mark != "security" && r.mark != "hotfix" {
			marks = append(marks, r.mark)
		}
	}
	return marks
}

// staged tells whether the stage of the tag may follow that of the current one.
func (u *update) staged(c *Tag) bool {
	return c.pre.stage == released || u.tag.pre.stage != released && slices.Equal(c.numbers, u.tag.numbers)
}

// capped tells whether the tag is newer than latest, which the current one is not.
func (u *update) capped(c *Tag) bool {
	n := min(len(c.numbers), len(u.cap.numbers))
	return slices.Compare(c.numbers[:n], u.cap.numbers[:n]) > 0 && slices.Compare(u.tag.numbers[:n], u.cap.numbers[:n]) <= 0
}

// moves tells how far it is to the tag, and which words change; false where they may not change so.
func (u *update) moves(c *Tag) (level Level, words string, ok bool) {
	level = u.distance(c)
	rest := slices.Clone(c.words)
	for _, w := range u.tag.words {
		i := slices.IndexFunc(rest, func(x word) bool { return x.name == w.name })
		if i < 0 {
			i = slices.IndexFunc(rest, func(x word) bool { return later(w.name, x.name) > 0 })
		}
		if i < 0 {
			return 0, "", false
		}
		x := rest[i]
		rest = slices.Delete(rest, i, i+1)
		if x.name == w.name && slices.Equal(x.version, w.version) {
			continue
		}
		if !rises(w, x) || len(u.tag.numbers) == 0 {
			return 0, "", false
		}
		if w.name != "alpine" {
			level = Major
		}
		words = strings.TrimPrefix(words+", "+w.in(&u.tag)+" to "+x.in(c), ", ")
	}
	return level, words, true
}

// rises tells whether the word is that of a base which may become the other.
func rises(w, x word) bool {
	if w.name != x.name {
		return len(w.version) == 0 && len(x.version) == 0
	}
	return bases[w.name] && len(w.version) > 0 && len(x.version) > 0 && slices.Compare(w.version, x.version) < 0
}

// later is how many releases the code name b comes after a, of the same distribution; 0 where it does not.
func later(a, b string) int {
	for _, names := range codenames {
		i, j := slices.Index(names, a), slices.Index(names, b)
		if i >= 0 && j > i {
			return j - i
		}
	}
	return 0
}

// in is the word as the tag writes it: ubuntu24.04, debian-12.
func (w word) in(t *Tag) string {
	i := strings.Index(strings.ToLower(t.Raw), w.name)
	if i < 0 || len(w.version) == 0 {
		return w.name
	}
	end := i + len(w.name) + 1
	for end < len(t.Raw) && (digit(t.Raw[end]) || t.Raw[end] == '.') {
		end++
	}
	return t.Raw[i:min(end, len(t.Raw))]
}

// distance is how far the version moves: Major with the first number, Minor with the others that name a release line.
func (u *update) distance(c *Tag) Level {
	line := 2
	if u.quirk.point != nil && len(c.numbers) > 0 {
		line = u.quirk.point(c.numbers)
	}
	for i := range c.numbers {
		switch {
		case c.numbers[i] == u.tag.numbers[i]:
		case i == 0:
			return Major
		case i < line:
			return Minor
		default:
			return Patch
		}
	}
	return Patch
}

// better tells whether the tag is newer than the other; of one version, the one whose base has the newer Alpine, or is
// the same release, or the next.
func (u *update) better(c, than *Tag) bool {
	return cmp.Or(compareVersions(c, than), u.steps(than)-u.steps(c), compare(c, than)) > 0
}

// steps counts the releases that the base goes ahead.
func (u *update) steps(c *Tag) int {
	n := 0
	for _, w := range u.tag.words {
		for _, x := range c.words {
			if !c.has(w.name) {
				n += later(w.name, x.name)
			}
		}
	}
	return n
}
