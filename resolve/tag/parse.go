package tag

import "strings"

// parser takes one tag after another apart, part by part: what stands between hyphens.
type parser struct {
	lex   *lexicon
	t     Tag
	kind  kind // of t; its memory is used again for the next tag
	parts []string
	last  bool // the part before was a word without a version, the last of t.words
	kinds kinds
}

// lexicon is what the tags of a repository tell about its words.
type lexicon struct {
	carries map[string]bool // words that have versions of their own, beside carriers: the otp of 1.18.4-otp-27
	counts  bool            // dev builds are numbered: 3.5-dev is the newest of 3.5-dev5, not a kind of image
}

// parse takes raw apart, knowing the words of its repository.
func parse(raw string, lex *lexicon) Tag {
	p := parser{lex: lex}
	return *p.parse(raw)
}

// parse takes raw apart. The tag is good until the next one; keep makes it last.
func (p *parser) parse(raw string) *Tag {
	p.kind = kind{revs: p.kind.revs[:0], words: p.kind.words[:0]}
	p.t = Tag{Raw: raw, kind: &p.kind}
	p.parts, p.last = p.parts[:0], false
	s := raw
	if n, rest, ok := minio(raw); ok {
		p.t.scheme, p.t.numbers = release, n
		s = strings.ReplaceAll(rest, ".", "-")
	}
	for part := range strings.SplitSeq(strings.ToLower(s), "-") {
		if part != "" {
			p.parts = append(p.parts, part)
		}
	}
	for all := p.parts; ; {
		if len(p.parts) == 0 {
			p.parts = all
			return &p.t
		}
		part := p.parts[0]
		p.parts = p.parts[1:]
		p.part(part)
	}
}

// keep is the tag that was parsed last, for good.
func (p *parser) keep() Tag {
	return Tag{p.t.Raw, p.t.numbers, p.kinds.of(&p.kind)}
}

// minio reads RELEASE.2024-01-01T16-36-33Z, the only versions that are written as a moment.
func minio(raw string) (n []int, rest string, ok bool) {
	const layout = "RELEASE.0000-00-00T00-00-00Z"
	if len(raw) < len(layout) {
		return nil, "", false
	}
	n = append(n, 0)
	for i := range layout {
		switch {
		case layout[i] == '0' && digit(raw[i]):
			n[len(n)-1] = n[len(n)-1]*10 + int(raw[i]-'0')
		case layout[i] == '0' || layout[i] != raw[i]:
			return nil, "", false
		case i > len("RELEASE.") && i < len(layout)-1:
			n = append(n, 0)
		}
	}
	return n, raw[len(layout):], true
}

// part takes the next part for the first thing that it can be. The order matters: a date is a number too, and a
// pre-release a word with a number.
func (p *parser) part(s string) {
	if i := strings.LastIndexByte(s, '.'); i > 0 && platformWords[s[i+1:]] {
		p.part(s[:i]) // latest.arm64
		s = s[i+1:]
	}
	switch {
	case digit(s[0]) && s != "386" && (p.dated(s) || p.number(s)), s[0] == 'v' && p.number(s):
	case platformWords[s]:
		p.word(s, nil)
	case p.released() && (p.preRelease(s) || p.revision(s)):
	case p.announced(s):
	case commit(s) || p.last && refWords[p.name()]:
		p.t.opaque = true
	case refWords[s]:
		p.word(s, nil)
	case p.suffixed(s):
	case s == "latest":
		p.last = false
	default:
		p.word(s, nil)
	}
}

func (p *parser) released() bool { return len(p.t.numbers) > 0 }

func (p *parser) name() string { return p.t.words[len(p.t.words)-1].name }

func (p *parser) word(name string, version []int) {
	p.t.words = append(p.t.words, word{name, version})
	p.last = len(version) == 0 && !platformWords[name]
}

// dated reads 20260805, 20260816.0.574111, 20240912103000 and 2024-09-12.
func (p *parser) dated(s string) bool {
	size := len(s)
	if i := strings.IndexByte(s, '.'); i >= 0 {
		size = i
	}
	if size != 8 && size != 12 && size != 14 && (size != 4 || len(p.parts) < 2) || s[0] != '2' || len(p.t.date) > 0 {
		return false
	}
	n, rest := numbers(s)
	if n == nil || rest != "" {
		return false
	}
	day := n[0]
	switch {
	case size == 8 && date(day):
	case (size == 12 || size == 14) && len(n) == 1 && date(day/pow(size-8)):
		n = []int{day / pow(size-8), day % pow(size-8)}
	case size == 4 && len(n) == 1 && p.ymd(day):
		n = []int{day*1e4 + small(p.parts[0])*100 + small(p.parts[1])}
		p.parts = p.parts[2:]
	default:
		return false
	}
	p.t.date, p.last = n, false
	return true
}

// ymd tells whether a month and a day follow the year.
func (p *parser) ymd(year int) bool {
	return len(p.parts) >= 2 && len(p.parts[0]) == 2 && len(p.parts[1]) == 2 &&
		date(year*1e4+small(p.parts[0])*100+small(p.parts[1]))
}

// number reads the version of the image, or what a later number is: the version of the word before it, or a revision.
func (p *parser) number(s string) bool {
	v := strings.TrimPrefix(s, "v")
	n, rest := numbers(v)
	if n == nil {
		return false
	}
	switch {
	case p.last && rest == "" && v == s && n[0] < 1e6 && (p.released() || p.owns(p.name())):
		if p.released() && revisionMarks[p.name()] {
			p.revise(p.pop(), n)
			return true
		}
		if refWords[p.name()] {
			p.t.opaque = true
			return true
		}
		p.t.words[len(p.t.words)-1].version, p.last = n, false
	case p.released():
		if rest != "" || v != s {
			return false
		}
		p.revise("#", n)
	default:
		return p.version(s, v, n, rest)
	}
	return true
}

// owns tells whether a number behind the word is the word's even where no version of the image precedes.
func (p *parser) owns(name string) bool {
	return carriers[name] || p.lex.carries[name] || refWords[name]
}

func (p *parser) pop() string {
	name := p.name()
	p.t.words, p.last = p.t.words[:len(p.t.words)-1], false
	return name
}

func (p *parser) revise(mark string, n []int) {
	p.t.revs, p.last = append(p.t.revs, revision{mark, n}), false
}

// version reads the version of the image with what is glued to it. A number of six digits alone counts something else.
func (p *parser) version(s, v string, n []int, rest string) bool {
	switch {
	case commit(s):
		return false
	case len(n) == 1 && len(v)-len(rest) >= 6:
		p.t.opaque = true
		return true
	case !p.glued(n, rest):
		return false
	}
	if len(p.t.numbers) == 0 {
		p.t.numbers = n
	}
	switch {
	case p.last && labels[p.name()]:
		p.pop()
		p.t.scheme = labelled
	case v != s:
		p.t.scheme = vPrefix
	}
	p.last = false
	return true
}

// glued reads what follows a version without a hyphen; false where the part is no version at all.
func (p *parser) glued(n []int, rest string) bool {
	if rest == "" || rest == ".x" {
		return true
	}
	tail := strings.TrimLeft(rest, "._")
	more, end := numbers(tail)
	name, after := letters(tail)
	count, left := numbers(strings.TrimPrefix(after, "."))
	_, known := stages[name]
	switch {
	case rest[0] == '_' && more != nil && end == "": // 21.0.4_7
		p.revise("_", more)
	case name == "u" && len(n) == 1 && len(count) == 1 && left == "": // 8u504
		p.t.numbers, p.t.java8 = []int{n[0], 0, count[0]}, true
	case known && (len(name) > 1 || count != nil) && (after == "" || count != nil && left == ""): // 3.15.0b2
		p.t.pre = preRelease{stages[name], count}
	case revisionMarks[name] && count != nil && left == "": // 1.9.2p1
		p.revise(name, count)
	case len(name) == 1 && tail == rest && after == "": // 1.1.1w
		p.revise("a-z", []int{int(name[0])})
	case suffixWords[name] && after == "": // 33.0.1.Final
		p.word(name, nil)
		p.last = false
	case rest[0] == '_' && name != "": // 1.2.3_alpine
		p.parts = append([]string{tail}, p.parts...)
	default:
		return false
	}
	return true
}

// preRelease reads rc1, rc.1, rc-1, ea, M3 behind a version; and 78.1.beta, as Dart writes it.
func (p *parser) preRelease(s string) bool {
	if p.t.pre.stage != released {
		return false
	}
	name, rest := letters(s)
	n, left := numbers(strings.TrimPrefix(rest, "."))
	if c, tail := numbers(s); c != nil && stages[strings.TrimPrefix(tail, ".")] != released {
		name, n, left = strings.TrimPrefix(tail, "."), c, ""
		rest = name
	}
	st, ok := stages[name]
	bare := rest == ""
	switch {
	case !ok || !bare && (n == nil || left != "" && left[0] != '.'):
		return false
	case bare && name == "dev" && p.lex.counts:
	case bare && (len(name) == 1 || channelWords[name]):
		return p.counted(name, st)
	case name == "b" && (p.t.java8 || len(p.t.words) > 0 || len(p.t.revs) > 0):
		return false // 8u372-b07
	}
	if bare && len(p.parts) > 0 {
		if c, end := numbers(p.parts[0]); c != nil && end == "" && len(p.parts[0]) <= 4 {
			n, p.parts = c, p.parts[1:]
		}
	}
	if len(left) > 1 && !bare { // 17.5.0-rc42.ce.0
		p.parts = append([]string{left[1:]}, p.parts...)
	}
	p.t.pre, p.last = preRelease{st, n}, false
	return true
}

// counted reads dev-12, a pre-release; dev alone is a kind of image.
func (p *parser) counted(name string, st stage) bool {
	if name != "dev" || len(p.parts) == 0 || len(p.parts[0]) > 5 {
		return false
	}
	n, rest := numbers(p.parts[0])
	if n == nil || rest != "" {
		return false
	}
	p.t.pre, p.last, p.parts = preRelease{st, n}, false, p.parts[1:]
	return true
}

// revision reads r4, ls200, p1, and the b07 of Java 8.
func (p *parser) revision(s string) bool {
	name, rest := letters(s)
	n, left := numbers(strings.TrimPrefix(rest, "."))
	if n == nil || left != "" || !revisionMarks[name] && !(name == "b" && p.t.java8) {
		return false
	}
	p.revise(name, n)
	return true
}

// announced reads rc, beta and their like where no version precedes: the newest of them, whichever it is.
func (p *parser) announced(s string) bool {
	st, ok := stages[s]
	if !ok || p.released() || len(s) == 1 || channelWords[s] || p.t.pre.stage != released {
		return false
	}
	p.t.pre, p.last = preRelease{stage: st}, false
	return true
}

// suffixed reads a word with its version glued to it: alpine3.22, ltsc2022, scala_2.12.
func (p *parser) suffixed(s string) bool {
	name, rest := letters(s)
	if name == "" || rest == "" {
		return false
	}
	if rest[0] == '.' || rest[0] == '_' {
		rest = rest[1:]
	}
	n, left := numbers(rest)
	if n == nil || left != "" {
		return false
	}
	p.word(name, n)
	return true
}
