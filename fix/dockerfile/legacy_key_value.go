package dockerfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// LegacyKeyValue finds ENV and LABEL with a blank instead of "=".
var LegacyKeyValue = &fix.Rule{
	Name:    "legacy-key-value",
	Title:   "ENV or LABEL with a blank between name and value",
	Why:     "The form without = takes one name only, and its quotes and backslashes work in a way that surprises. The value keeps its meaning: where a blank stands outside of its quotes it gets double quotes, else it stays as it is. There is no fix where the value itself starts with =, as in NAME = value: a pair was meant, which would change the image. Held back where its quotes, braces or escapes cannot be carried over, and where it has to be written anew and a comment stands between its lines.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"LegacyKeyValueFormat"},
	Check:   checkLegacyKeyValue,
}

func checkLegacyKeyValue(p *fix.Pass) {
	for in := range instructions(p.Doc, "ENV", "LABEL") {
		if len(in.Pairs) != 1 || !in.Pairs[0].Legacy {
			continue
		}
		pair := in.Pairs[0]
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("%s %s has a blank between name and value", in.Keyword.Text, pair.Name.Text)}
		value, ok := quoteBlanks(pair.Value.Text, p.Doc.Dockerfile.Escape)
		edits := valueEdits(pair, value)
		kw := continuedBy(p.Doc, in)
		switch {
		case pair.Name.Split:
			f.Reason = cut
		case kw != "":
			f.Reason = mistake(kw, in.Name)
		case strings.HasPrefix(pair.Value.Text, "="):
			f.Reason = "its value starts with =, which is part of it: if a pair was meant, write it without blanks around ="
		case !ok:
			f.Reason = "its quotes, braces or escapes cannot be carried over to the form with ="
		case commentWithin(p.Doc, edits):
			f.Reason = "a comment stands inside the value"
		default:
			f.Fix = &fix.Fix{Title: "write " + pair.Name.Text + "=", Safety: fix.Safe, Edits: edits}
		}
		p.Report(f)
	}
}

// valueEdits puts "=" and the new value behind the name. A value that only gets quotes around it keeps its lines.
func valueEdits(pair source.Pair, value string) []fix.Edit {
	gap := source.Span{Start: pair.Name.End, End: pair.Value.Start}
	switch value {
	case pair.Value.Text:
		return []fix.Edit{fix.Replace(gap, "=")}
	case `"` + pair.Value.Text + `"`:
		end := source.Span{Start: pair.Value.End, End: pair.Value.End}
		return []fix.Edit{fix.Replace(gap, `="`), fix.Replace(end, `"`)}
	}
	return []fix.Edit{fix.Replace(source.Span{Start: gap.Start, End: pair.Value.End}, "="+value)}
}

// continuedBy is the keyword with which a later line of an instruction looks like an instruction of its own.
func continuedBy(doc *source.Document, in *source.Instruction) string {
	first, _ := doc.Position(in.Lines.Start)
	last, _ := doc.Position(max(in.Lines.Start, in.Lines.End-1))
	for n := first + 1; n <= last; n++ {
		if kw := keywordOf(doc.Text(doc.Line(n))); kw != "" {
			return kw
		}
	}
	return ""
}

func commentWithin(doc *source.Document, edits []fix.Edit) bool {
	for _, c := range doc.Comments {
		for _, e := range edits {
			if e.Contains(c.Span) {
				return true
			}
		}
	}
	return false
}

// quoteBlanks turns the value of a legacy ENV or LABEL into one for the form with "=". Both go through the same removal
// of quotes, but the latter ends at the first blank outside of quotes. A value without such a blank stays as it is. Else
// all of it goes into one pair of double quotes; where that would change what a "$" takes in, only the blanks get quotes.
// The second result is false where the value has no such form.
func quoteBlanks(value string, escape byte) (string, bool) {
	bare := false // a blank stands outside of quotes
	for i := 0; i < len(value); {
		n := segment(value[i:], escape)
		if n == 0 {
			return "", false
		}
		bare = bare || beginsBlank(value[i:])
		i += n
	}
	if !bare {
		return value, true
	}
	var whole, parts strings.Builder
	for i := 0; i < len(value); {
		part := value[i : i+segment(value[i:], escape)]
		i += len(part)
		whole.WriteString(insideQuotes(part, escape))
		if beginsBlank(part) {
			part = `"` + part + `"`
		}
		parts.WriteString(part)
	}
	for _, candidate := range [...]string{`"` + whole.String() + `"`, parts.String()} {
		if sameValue(value, candidate, escape) {
			return candidate, true
		}
	}
	return "", false
}

func beginsBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// sameValue asks BuildKit's lexer whether two words come to the same text, with no variable set and with all of them set.
// The second is what a proof of the build graph cannot see: there, a variable that nothing sets is empty.
func sameValue(a, b string, escape byte) bool {
	lex := shell.NewLex(rune(escape))
	for _, env := range []shell.EnvGetter{allSet(false), allSet(true)} {
		x, _, err := lex.ProcessWord(a, env)
		y, _, errToo := lex.ProcessWord(b, env)
		if err != nil || errToo != nil || x != y {
			return false
		}
	}
	return true
}

// allSet is an environment in which every variable is set, or none.
type allSet bool

// Get gives each variable a value of its own.
func (set allSet) Get(name string) (string, bool) { return "<" + name + " is set>", bool(set) }

// Keys are not known: there is no end to them.
func (allSet) Keys() []string { return nil }

// insideQuotes writes a segment for the inside of double quotes.
func insideQuotes(part string, escape byte) string {
	switch {
	case part[0] == '"':
		return part[1 : len(part)-1]
	case part[0] == '\'':
		return escaped(part[1:len(part)-1], escape)
	case part[0] == escape:
		return escaped(part[1:], escape)
	}
	return part
}

// segment is the number of bytes of the quoted part, escaped character, ${...}, run of blanks or single character that s
// starts with; 0 where it does not end.
func segment(s string, escape byte) int {
	switch {
	case s[0] == '\'':
		if i := strings.IndexByte(s[1:], '\''); i >= 0 {
			return i + 2
		}
		return 0
	case s[0] == '"':
		return doubleQuoted(s, escape)
	case s[0] == escape:
		_, n := utf8.DecodeRuneInString(s[1:])
		if n == 0 {
			return 0
		}
		return 1 + n
	case strings.HasPrefix(s, "${"):
		return braced(s)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) }); i != 0 {
		if i < 0 {
			i = len(s)
		}
		return i
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func doubleQuoted(s string, escape byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case escape:
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// braced is the length of ${...}; blanks inside would be cut, so there must be none.
func braced(s string) int {
	depth := 0
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			return 0
		case r == '{':
			depth++
		case r == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
