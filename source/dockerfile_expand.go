package source

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// argument is a global ARG as a FROM reads it.
type argument struct {
	name  string
	value traced
	set   bool     // false for an ARG without a default: the caller may give one
	reads []string // the names that its value depends on
}

// arguments are the global ARGs of a Dockerfile with the values they have before its first FROM.
type arguments struct {
	escape byte
	lex    *shell.Lex
	byName map[string]*argument
}

// platformArgs are the arguments that have a value in every build, which depends on the machine or the command line
// (defaultArgs of dockerfile2llb).
var platformArgs = set("BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// arguments evaluates the global ARGs as buildMetaArgs of BuildKit does: one after the other, where a later one replaces an
// earlier one of its name unless it has no default. Values that the caller gives win over every default.
func (df *Dockerfile) arguments(values map[string]traced) *arguments {
	a := &arguments{escape: df.Escape, byName: map[string]*argument{}}
	for _, g := range df.Globals {
		old := a.byName[g.Name]
		value, fromCaller := values[g.Name]
		switch {
		case fromCaller:
			a.byName[g.Name] = &argument{name: g.Name, value: value, set: true, reads: []string{g.Name}}
		case g.HasDefault:
			r := a.expand(g.Instruction.traced(g.Default))
			arg := &argument{name: g.Name, value: r.out, set: r.known, reads: append(r.reads, g.Name)}
			if old != nil && slices.Contains(r.reads, g.Name) {
				arg.reads = append(arg.reads, old.reads...)
			}
			a.byName[g.Name] = arg
		case old == nil:
			a.byName[g.Name] = &argument{name: g.Name, reads: []string{g.Name}}
		}
	}
	return a
}

// traced is a word of the instruction with the places of its bytes.
func (in *Instruction) traced(w Word) traced {
	switch {
	case in.Declined != "":
		return unplaced(w.Text)
	case !w.Split:
		return exactly(w.Text, w.Start)
	}
	t := unplaced(w.Text)
	for i, from := 0, in.line.index(w.Start); i < len(w.Text); i++ {
		t.at[i] = in.line.offset(from + i)
	}
	return t
}

// expanded is what a word means to BuildKit.
type expanded struct {
	out   traced
	known bool     // no variable in it lacks a value
	reads []string // the names of the arguments that it depends on, those that defaults depend on among them
}

// expand puts the defaults of the arguments into a word and removes its quotes. The result is compared with BuildKit's own;
// where they differ, as for ${NAME#pattern}, BuildKit's counts and its bytes have no place.
func (a *arguments) expand(t traced) expanded {
	if !strings.ContainsAny(t.text, "$'\"\\`<") {
		return expanded{out: t, known: true}
	}
	x := &wordReader{args: a, in: t, known: true}
	read := x.until(0)
	out, err := a.process(t.text)
	if err != nil {
		return expanded{out: unplaced(""), reads: a.readBy(variables(t.text))}
	}
	r := expanded{out: x.out.traced(), known: x.known, reads: a.readBy(x.names)}
	if !read || x.known && r.out.text != out {
		r.out, r.reads = unplaced(out), a.readBy(variables(t.text))
		for _, name := range r.reads {
			r.out.put = append(r.out.put, filled{to: len(out), name: name})
			r.known = r.known && a.byName[name] != nil && a.byName[name].set
		}
	}
	return r
}

// process is what BuildKit makes of a word.
func (a *arguments) process(word string) (string, error) {
	if a.lex == nil {
		a.lex = shell.NewLex(rune(a.escape))
	}
	var env []string
	for _, name := range variables(word) {
		if arg := a.byName[name]; arg != nil && arg.set {
			env = append(env, name+"="+arg.value.text)
		}
	}
	out, _, err := a.lex.ProcessWord(word, shell.EnvsFromSlice(env))
	return out, err
}

// readBy adds to names those that their values depend on.
func (a *arguments) readBy(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, name)
		if arg := a.byName[name]; arg != nil {
			all = append(all, arg.reads...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// wordReader is a word being read, as the lexer of BuildKit's package shell does it.
type wordReader struct {
	args  *arguments
	in    traced
	i     int
	out   tracing
	names []string
	known bool
}

// until reads up to the byte stop, 0 for the end. It is false where the text is one that only BuildKit's lexer takes apart.
func (x *wordReader) until(stop byte) bool {
	for x.i < len(x.in.text) {
		switch c := x.in.text[x.i]; {
		case c == stop:
			x.i++
			return true
		case c == '\'':
			end := strings.IndexByte(x.in.text[x.i+1:], '\'')
			if end < 0 {
				return false
			}
			x.out.add(x.in.slice(x.i+1, x.i+1+end))
			x.i += end + 2
		case c == '"':
			if x.i++; !x.quoted() {
				return false
			}
		case c == '$':
			if !x.dollar() {
				return false
			}
		case c == '<':
			return false
		default:
			if c == x.args.escape {
				x.i++
			}
			x.copy()
		}
	}
	return stop == 0
}

// copy takes one byte over, if there is one.
func (x *wordReader) copy() {
	if x.i < len(x.in.text) {
		x.out.add(x.in.slice(x.i, x.i+1))
		x.i++
	}
}

// quoted reads up to the double quote that ends the text.
func (x *wordReader) quoted() bool {
	for x.i < len(x.in.text) {
		switch c := x.in.text[x.i]; {
		case c == '"':
			x.i++
			return true
		case c == '$':
			if !x.dollar() {
				return false
			}
		case c == x.args.escape && x.i+1 < len(x.in.text) && strings.IndexByte(`"$`+string(c), x.in.text[x.i+1]) >= 0:
			x.i++
			x.copy()
		default:
			x.copy()
		}
	}
	return false
}

// dollar reads $NAME or ${NAME...}.
func (x *wordReader) dollar() bool {
	text := x.in.text[x.i+1:]
	if !strings.HasPrefix(text, "{") {
		n := nameLen(text)
		if n == 0 {
			return false
		}
		x.i += 1 + n
		x.value(text[:n])
		return true
	}
	name := text[1 : 1+nameLen(text[1:])]
	x.i += 2 + len(name)
	rest := x.in.text[x.i:]
	switch {
	case name == "":
		return false
	case strings.HasPrefix(rest, "}"):
		x.i++
		x.value(name)
		return true
	}
	colon := strings.HasPrefix(rest, ":")
	if rest = strings.TrimPrefix(rest, ":"); rest == "" || strings.IndexByte("-+?", rest[0]) < 0 {
		return false
	}
	x.i = len(x.in.text) - len(rest) + 1
	word, known, ok := x.word()
	if ok {
		x.choose(name, colon, rest[0], word, known)
	}
	return ok
}

// word reads the text behind an operator, up to the brace.
func (x *wordReader) word() (word traced, known, ok bool) {
	out, before := x.out, x.known
	x.out, x.known = tracing{}, true
	ok = x.until('}')
	word, known = x.out.traced(), x.known
	x.out, x.known = out, before
	return word, known, ok
}

// value puts the value of a variable in.
func (x *wordReader) value(name string) {
	x.names = append(x.names, name)
	arg := x.args.byName[name]
	if arg == nil || !arg.set {
		x.known = false
		arg = &argument{}
	}
	x.out.fill(name, arg.value, !arg.set)
}

// choose puts in the value of a variable, or the word behind its operator.
func (x *wordReader) choose(name string, colon bool, operator byte, word traced, known bool) {
	arg := x.args.byName[name]
	set := arg != nil && arg.set && (!colon || arg.value.text != "")
	if platformArgs[name] && (arg == nil || !arg.set) {
		x.known = false
	}
	switch {
	case operator == '+' && !set:
		word, known = traced{}, true
	case operator != '+' && set:
		x.value(name)
		return
	case operator == '?':
		known = false
	}
	x.names = append(x.names, name)
	x.known = x.known && known
	x.out.fill(name, word, !known)
}
