package tag

import (
	"slices"
	"strings"
)

// List is the tags of one repository, ready for questions. It is not changed by them: several goroutines may ask.
type List struct {
	quirk    quirk
	level    Level // of updates by themselves
	families []*family
	lex      *lexicon
	beside   map[string]int  // how many tags have the word beside a version
	scheme   scheme          // of most tags
	status   map[string]bool // the status words of all tags
}

// family is the tags with the same words, of which some or others carry versions; all of one scheme.
type family struct {
	key    string
	scheme scheme
	names  []string // sorted
	tags   []*Tag
	ahead  versions // lines of which there are pre-releases only
}

// NewList takes the tags of a repository apart, in time and memory proportional to their number (some 200 bytes each).
// The repository is named in full, "index.docker.io/library/python": a few have habits that their tags do not tell.
// The answers do not depend on the order of the tags.
func NewList(repository string, tags []string) *List {
	l := &List{quirk: quirkOf(repository), level: DefaultLevel(repository), lex: &lexicon{}}
	if lex := l.take(tags); lex.knows() {
		l.lex = lex // now the words are known that carry versions
		l.take(tags)
	}
	for _, f := range l.families {
		f.ahead = f.unreleased()
	}
	slices.SortFunc(l.families, func(a, b *family) int { return strings.Compare(a.key, b.key) })
	return l
}

// take sorts the tags into families, and finds what they tell about words that was not known.
func (l *List) take(tags []string) *lexicon {
	l.families, l.beside, l.status = nil, map[string]int{}, map[string]bool{}
	lex := &lexicon{carries: map[string]bool{}}
	byKey := map[string]*family{}
	schemes := [schemeCount]int{}
	var key []byte
	var room []Tag // a block at a time: a million small objects would keep the garbage collector busy
	p := parser{lex: l.lex}
	for _, raw := range tags {
		t := p.parse(raw)
		if t.opaque || t.Floating() {
			l.note(t)
			continue
		}
		if len(room) == cap(room) {
			room = make([]Tag, 0, min(len(tags), 256))
		}
		room = append(room, p.keep())
		t = &room[len(room)-1]
		key = familyKey(key[:0], t)
		f := byKey[string(key)]
		if f == nil {
			f = newFamily(string(key), t)
			byKey[f.key] = f
			l.families = append(l.families, f)
		}
		f.tags = append(f.tags, t)
		schemes[t.scheme]++
		lex.learn(t)
	}
	for _, f := range l.families {
		for _, name := range f.names {
			l.beside[name] += len(f.tags)
		}
		l.note(f.tags[0])
	}
	l.scheme = scheme(slices.Index(schemes[:], slices.Max(schemes[:])))
	return lex
}

// note remembers the status words of a tag.
func (l *List) note(t *Tag) {
	for _, w := range t.words {
		if statusWords[w.name] {
			l.status[strings.Clone(w.name)] = true
		}
	}
}

// knows tells whether there is more to know than without the lexicon.
func (x *lexicon) knows() bool { return len(x.carries) > 0 || x.counts }

// learn finds the words that carry versions: a number behind a word behind the version of the image is the word's.
func (x *lexicon) learn(t *Tag) {
	if len(t.numbers) == 0 {
		return
	}
	x.counts = x.counts || t.pre.stage == dev && len(t.pre.numbers) > 0 && strings.Contains(t.Raw, "-dev")
	for _, w := range t.words {
		if len(w.version) > 0 && !carriers[w.name] && !x.carries[w.name] && strings.Contains(strings.ToLower(t.Raw), w.name+"-") {
			x.carries[strings.Clone(w.name)] = true
		}
	}
}

// parse takes a tag apart as the list's own are.
func (l *List) parse(raw string) Tag { return parse(raw, l.lex) }

func newFamily(key string, t *Tag) *family {
	f := &family{key: key, scheme: t.scheme}
	for _, w := range t.words {
		f.names = append(f.names, strings.Clone(w.name))
	}
	slices.Sort(f.names)
	return f
}

// familyKey appends the scheme, the names of the words in order, and which of them carry a version.
func familyKey(key []byte, t *Tag) []byte {
	var room [8]string
	names := room[:0]
	for _, w := range t.words {
		name := w.name
		if len(w.version) > 0 {
			name += "#"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	key = append(key, '0'+byte(t.scheme))
	for _, n := range names {
		key = append(append(key, ' '), n...)
	}
	return key
}
