package source

import (
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// traced is a text that knows from which byte of the file each of its bytes comes, through quotes, variables and line ends.
type traced struct {
	text string
	at   []int    // of each byte of text its offset in the file; nowhere where it does not stand there as such
	put  []filled // the variables whose values are part of text
}

// filled is a variable that the text from index from to index to was put in for.
type filled struct {
	from, to int
	name     string
	unset    bool // it has neither a value nor a default
}

// nowhere is the offset of a byte that stands in no file as it is. Offsets below it are those of values that the caller gave,
// which have no file either but are told apart: see given.
const nowhere = -1

// givenRoom is the length in bytes that each value of the caller has room for.
const givenRoom = 1 << 32

// given is the nth value that the caller gave, with offsets of its own.
func given(n int, text string) traced { return exactly(text, -(n+1)*givenRoom) }

// givenIndex is the n of the value that s lies in; false where s is a place in the file.
func givenIndex(s Span) (n int, ok bool) { return (-s.Start - 1) / givenRoom, s.Start < nowhere }

// exactly is a text that stands in the file byte for byte from offset on.
func exactly(text string, offset int) traced {
	at := make([]int, len(text))
	for i := range at {
		at[i] = offset + i
	}
	return traced{text: text, at: at}
}

// unplaced is a text of which no byte has a place.
func unplaced(text string) traced {
	return traced{text: text, at: slices.Repeat([]int{nowhere}, len(text))}
}

// slice is the part from index from to index to.
func (t traced) slice(from, to int) traced {
	out := traced{text: t.text[from:to], at: t.at[from:to]}
	for _, f := range t.put {
		if f.from >= from && f.to <= to {
			out.put = append(out.put, filled{f.from - from, f.to - from, f.name, f.unset})
		}
	}
	return out
}

// tracing puts a traced text together.
type tracing struct {
	text []byte
	at   []int
	put  []filled
}

func (b *tracing) add(t traced) {
	for _, f := range t.put {
		b.put = append(b.put, filled{f.from + len(b.text), f.to + len(b.text), f.name, f.unset})
	}
	b.text = append(b.text, t.text...)
	b.at = append(b.at, t.at...)
}

// fill adds the value of a variable.
func (b *tracing) fill(name string, value traced, unset bool) {
	from := len(b.text)
	b.add(value)
	b.put = append(b.put, filled{from, len(b.text), name, unset})
}

func (b *tracing) traced() traced { return traced{text: string(b.text), at: b.at, put: b.put} }

// span is where the text from index from to index to stands; false where its bytes do not stand in one piece, or not all in
// the same variables.
func (t traced) span(from, to int) (Span, bool) {
	if from >= to || t.at[from] == nowhere {
		return Span{}, false
	}
	for i := from + 1; i < to; i++ {
		if t.at[i] != t.at[from]+i-from {
			return Span{}, false
		}
	}
	for _, f := range t.put {
		around := f.from <= from && to <= f.to
		if !around && f.to >= from && f.from <= to {
			return Span{}, false
		}
	}
	return Span{t.at[from], t.at[to-1] + 1}, true
}

// place is where a new tag and digest of the reference t can be written: in place of the whole reference, or of what follows
// before. It is false where the tag is put together from several texts, or stands in none, and where its bytes are read a
// second time, as in ${V}/a:${V}.
func (t traced) place() (s Span, before string, ok bool) {
	if s, ok = t.span(0, len(t.text)); ok {
		return s, "", true
	}
	start, tagged := tagStart(t.text)
	if s, ok = t.span(start, len(t.text)); !ok && !tagged {
		s, ok = t.afterName(start)
	}
	again := slices.ContainsFunc(t.at[:start], func(at int) bool { return s.Start <= at && at < s.End })
	return s, t.text[:start], ok && !again
}

// afterName is span for the last part of a name without a tag. A variable may end right before it, as in ${REGISTRY}python:
// a tag that follows is still the tag of the same image.
func (t traced) afterName(start int) (Span, bool) {
	kept := traced{text: t.text, at: t.at}
	for _, f := range t.put {
		if f.to > start {
			kept.put = append(kept.put, f)
		}
	}
	return kept.span(start, len(t.text))
}

// tagStart is the index at which the tag of a reference begins, where it has none its digest, and else, with false, the last
// part of its name.
func tagStart(ref string) (start int, tagged bool) {
	name, _, pinned := strings.Cut(ref, "@")
	slash := strings.LastIndexByte(name, '/')
	switch colon := strings.LastIndexByte(name, ':'); {
	case colon > slash:
		return colon + 1, true
	case pinned:
		return len(name) + 1, true
	}
	return slash + 1, false
}

// variables are the names of the variables in t, each once, in the order in which they begin.
func (t traced) variables() []string {
	put := slices.Clone(t.put)
	slices.SortStableFunc(put, func(a, b filled) int { return a.from - b.from })
	var names []string
	for _, f := range put {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// isReference reports whether a text is an image reference.
func isReference(ref string) bool {
	if ref == "" || plainReference(ref) {
		return ref != ""
	}
	_, err := reference.ParseNormalizedNamed(ref)
	return err == nil
}

// plainReference reports whether a text is a reference of the form that most have, such as ghcr.io/grafana/grafana:12.3-slim, with or
// without a digest. It saves the regular expressions of the grammar, and says no where in doubt.
func plainReference(ref string) bool {
	rest, digest, pinned := strings.Cut(ref, "@")
	name, tag, tagged := strings.Cut(rest, ":")
	first, _, nested := strings.Cut(name, "/")
	const longest = 64 // a name of so many hexadecimal digits is none, a tag may have 128 characters
	return len(rest) < longest && alternates(name, ".-_/") && (!tagged || plainTag(tag)) && !(nested && strings.Contains(first, "_")) && (!pinned || plainDigest(digest))
}

// plainTag reports whether a text is letters of either case, digits, dots, dashes and underscores, neither of the first two at its start.
func plainTag(tag string) bool {
	for i := range len(tag) {
		switch c := tag[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_':
		case i == 0 || c != '.' && c != '-':
			return false
		}
	}
	return tag != ""
}

// plainDigest reports whether a text is a digest in SHA-256, of 64 hexadecimal digits.
func plainDigest(digest string) bool {
	hex, ok := strings.CutPrefix(digest, "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

// alternates reports whether a text is small letters and digits with single separators between them.
func alternates(text, separators string) bool {
	between := true
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			between = false
		case between || strings.IndexByte(separators, c) < 0:
			return false
		default:
			between = true
		}
	}
	return !between
}

// fullName is a reference with all that Docker adds to it: docker.io/library/redis:latest for redis. It is the text itself
// where that is no reference.
func fullName(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.TagNameOnly(named).String()
}
