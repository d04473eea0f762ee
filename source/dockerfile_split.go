package source

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// split takes the joined line from index at apart, the way newNodeFromLine of BuildKit does, and checks every piece
// against node. An ONBUILD calls it again for its trigger.
func (in *Instruction) split(node *parser.Node, at int, escape byte) {
	text := in.line.text
	at = skipSpace(text, at)
	end := at
	for end < len(text) && !isWordSpace(text[end]) {
		end++
	}
	in.Keyword = in.line.word(at, end)
	// BuildKit trims the line before it cuts the keyword off, and trims by runes.
	if strings.TrimRightFunc(in.Keyword.Text, unicode.IsSpace) != node.Value {
		in.decline("the keyword is not the one BuildKit reads")
		return
	}
	at = in.splitFlags(end, escape)
	in.rest = skipSpace(text, at)
	stop := in.rest + len(strings.TrimRightFunc(text[in.rest:], unicode.IsSpace))
	in.Rest = in.line.word(in.rest, stop)
	in.checkFlags(node, escape)
	in.splitRest(node, in.rest, stop, escape)
}

// splitFlags reads the flags that follow index at and returns the index after them.
func (in *Instruction) splitFlags(at int, escape byte) int {
	text := in.line.text
	for {
		at = skipByteSpace(text, at)
		if !strings.HasPrefix(text[at:], "--") {
			return at
		}
		end := flagEnd(text, at, escape)
		if text[at:end] == "--" {
			return end
		}
		f := Flag{Word: in.line.word(at, end)}
		name, _, has := strings.Cut(text[at+2:end], "=")
		f.Name = name
		if has {
			f.Value = in.line.word(at+2+len(name)+1, end)
		}
		in.Flags = append(in.Flags, f)
		at = end
	}
}

// skipByteSpace skips white space byte by byte, as BuildKit does before and between flags.
func skipByteSpace(s string, i int) int {
	for i < len(s) && unicode.IsSpace(rune(s[i])) {
		i++
	}
	return i
}

// flagEnd is the index after the flag that starts at i; quotes and escapes hold it together.
func flagEnd(s string, i int, escape byte) int {
	var quote byte
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && unicode.IsSpace(rune(c)):
			return i
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == escape:
			i++
		}
	}
	return min(i, len(s))
}

// checkFlags compares the flags with those BuildKit read.
func (in *Instruction) checkFlags(node *parser.Node, escape byte) {
	if len(in.Flags) != len(node.Flags) {
		in.decline("the flags are not those BuildKit reads")
		return
	}
	for i, f := range in.Flags {
		if isPlainFlag(f.Text, escape) && f.Text == node.Flags[i] {
			continue
		}
		if byteRunes(unquoteFlag(f.Text, escape)) != node.Flags[i] {
			in.decline("a flag is not the one BuildKit reads")
		}
	}
}

// isPlainFlag reports whether a flag has nothing in it that is read as anything else than itself.
func isPlainFlag(s string, escape byte) bool {
	for i := range len(s) {
		if c := s[i]; c == '\'' || c == '"' || c == escape || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Unquoted is the value of the flag without quotes and escapes.
func (f Flag) Unquoted(escape byte) string { return unquoteFlag(f.Value.Text, escape) }

// unquoteFlag removes quotes and escapes as extractBuilderFlags of BuildKit does, but keeps the bytes of each rune.
func unquoteFlag(s string, escape byte) string {
	var out strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == escape:
			if i++; i < len(s) {
				out.WriteByte(s[i])
			}
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// byteRunes makes a rune of each byte: BuildKit reads flags byte by byte and so garbles what is not ASCII.
func byteRunes(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// splitRest takes apart what follows the flags, from index at to index end of the joined line.
func (in *Instruction) splitRest(node *parser.Node, at, end int, escape byte) {
	switch in.Name {
	case "FROM", "EXPOSE":
		in.addBlankWords(at, end)
	case "COPY", "ADD", "VOLUME", "CMD", "ENTRYPOINT", "RUN", "SHELL":
		in.splitMaybeJSON(node, at, end)
	case "ENV", "LABEL", "ARG":
		in.splitPairs(node, at, end, escape)
		return
	case "HEALTHCHECK":
		in.splitHealthcheck(node, at, end)
		return
	case "ONBUILD":
		in.splitTrigger(node, at, escape)
		return
	default:
		if at < end {
			in.Args = append(in.Args, in.Rest)
		}
	}
	in.checkArgs(node.Next, in.Args)
	if in.Name == "FROM" && len(in.Args) == 0 { // the parser takes it, the builder does not
		in.decline("FROM names no image")
	}
}

// checkArgs compares words with the list of values that BuildKit made of them.
func (in *Instruction) checkArgs(list *parser.Node, words []Word) {
	for _, w := range words {
		if list == nil || list.Value != w.Text {
			in.decline("an argument is not the one BuildKit reads")
			return
		}
		list = list.Next
	}
	if list != nil {
		in.decline("there are fewer arguments than BuildKit reads")
	}
}

// addBlankWords cuts the joined line at the blanks.
func (in *Instruction) addBlankWords(at, end int) {
	for text := in.line.text; at < end; {
		stop := at
		for stop < end && !isWordSpace(text[stop]) {
			stop++
		}
		if stop > at {
			in.Args = append(in.Args, in.line.word(at, stop))
		}
		for at = stop; at < end && isWordSpace(text[at]); {
			at++
		}
	}
}

// splitMaybeJSON reads a JSON array of strings where BuildKit found one, else the text as this instruction takes it.
func (in *Instruction) splitMaybeJSON(node *parser.Node, at, end int) {
	in.JSON = node.Attributes["json"]
	switch {
	case in.JSON:
		in.addJSONWords(at, end)
	case in.Name == "COPY" || in.Name == "ADD" || in.Name == "VOLUME":
		in.addBlankWords(at, end)
	case at < end:
		in.Args = append(in.Args, in.line.word(at, end))
	}
}

// addJSONWords finds the strings of a JSON array that is known to hold nothing but strings.
func (in *Instruction) addJSONWords(at, end int) {
	before := len(in.Args)
	for text := in.line.text; at < end; at++ {
		if text[at] != '"' {
			continue
		}
		stop := at + 1
		for stop < end && text[stop] != '"' {
			if text[stop] == '\\' {
				stop++
			}
			stop++
		}
		stop = min(stop+1, end)
		w := in.line.word(at, stop)
		var ok bool
		if w.Text, ok = jsonString(w.Text); !ok {
			in.Args = in.Args[:before]
			in.decline("a JSON string cannot be read")
			return
		}
		in.Args = append(in.Args, w)
		at = stop - 1
	}
}

// jsonString decodes a string of JSON. Most have no escapes, and stand between their quotes as they are.
func jsonString(text string) (string, bool) {
	if len(text) > 1 && !strings.Contains(text, `\`) {
		return text[1 : len(text)-1], true
	}
	var s string
	err := json.Unmarshal([]byte(text), &s)
	return s, err == nil
}

// splitHealthcheck reads NONE, or CMD with a command in JSON or shell form; Args are the type and then the command.
func (in *Instruction) splitHealthcheck(node *parser.Node, at, end int) {
	text := in.line.text
	stop := at
	for stop < end && !unicode.IsSpace(rune(text[stop])) {
		stop++
	}
	if stop == at {
		return
	}
	in.Args = append(in.Args, in.line.word(at, stop))
	if at = skipByteSpace(text, stop); at < end {
		in.JSON = node.Attributes["json"]
		if in.JSON {
			in.addJSONWords(at, end)
		} else {
			in.Args = append(in.Args, in.line.word(at, end))
		}
	}
	in.checkArgs(node.Next, in.Args)
}

// splitTrigger maps the instruction that an ONBUILD holds, on the same joined line.
func (in *Instruction) splitTrigger(node *parser.Node, at int, escape byte) {
	if node.Next == nil || len(node.Next.Children) != 1 {
		return
	}
	sub := node.Next.Children[0]
	in.Trigger = &Instruction{Span: in.Rest.Span, Lines: in.Lines, Name: strings.ToUpper(sub.Value), Node: sub, line: in.line}
	if in.Rest.Text != sub.Original {
		in.decline("the trigger is not the one BuildKit reads")
		return
	}
	in.Trigger.split(sub, at, escape)
	if in.Trigger.Declined != "" {
		in.decline(in.Trigger.Declined)
	}
}

// splitPairs reads the names and values of ENV, LABEL and ARG.
func (in *Instruction) splitPairs(node *parser.Node, at, end int, escape byte) {
	in.addQuotedWords(at, end, escape)
	if len(in.Args) == 0 {
		return
	}
	if in.Name == "ARG" {
		in.checkArgs(node.Next, in.Args)
	}
	if first := in.Args[0].Text; in.Name != "ARG" && !strings.Contains(first, "=") {
		in.legacyPair(node, at, end)
		return
	}
	list := node.Next
	in.Pairs = make([]Pair, 0, len(in.Args))
	for _, w := range in.Args {
		p := in.pairOf(w)
		in.Pairs = append(in.Pairs, p)
		if in.Name == "ARG" {
			continue
		}
		if list == nil || list.Next == nil || list.Value != p.Name.Text || list.Next.Value != p.Value.Text {
			in.decline("a name or value is not the one BuildKit reads")
			return
		}
		list = list.Next.Next.Next
	}
}

// pairOf cuts NAME=value at the first "=".
func (in *Instruction) pairOf(w Word) Pair {
	name, _, has := strings.Cut(w.Text, "=")
	p := Pair{Word: w, Name: w, HasValue: has}
	if !has {
		return p
	}
	at := in.line.index(w.Start)
	p.Name = in.line.word(at, at+len(name))
	p.Value = in.line.word(at+len(name)+1, at+len(w.Text))
	return p
}

// index is the inverse of offset.
func (j *joined) index(offset int) int {
	for i := len(j.pieces) - 1; i >= 0; i-- {
		if p := j.pieces[i]; p.offset <= offset {
			return p.at + offset - p.offset
		}
	}
	return 0
}

// legacyPair reads NAME value, where the value is the rest of the line as it stands.
func (in *Instruction) legacyPair(node *parser.Node, at, end int) {
	stop := at
	for text := in.line.text; stop < end && !isWordSpace(text[stop]); {
		stop++
	}
	value := stop
	for text := in.line.text; value < end && isWordSpace(text[value]); {
		value++
	}
	p := Pair{Word: in.Rest, Name: in.line.word(at, stop), Value: in.line.word(value, end), HasValue: true, Legacy: true}
	in.Pairs = []Pair{p}
	if node.Next == nil || node.Next.Next == nil || node.Next.Value != p.Name.Text || node.Next.Next.Value != p.Value.Text {
		in.decline("a name or value is not the one BuildKit reads")
	}
}

// addQuotedWords cuts the joined line at white space outside of quotes, as parseWords of BuildKit does.
func (in *Instruction) addQuotedWords(at, end int, escape byte) {
	for text := in.line.text[:end]; ; {
		if at = skipSpace(text, at); at >= end {
			return
		}
		stop := quotedEnd(text, at, escape)
		in.Args = append(in.Args, in.line.word(at, stop))
		at = stop
	}
}

// quotedEnd is the index after the word that starts at i.
func quotedEnd(s string, i int, escape byte) int {
	var quote rune
	for i < len(s) {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case quote == 0 && unicode.IsSpace(r):
			return i
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == rune(escape) && quote != '\'' && i+size < len(s):
			i += size
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
	}
	return i
}
