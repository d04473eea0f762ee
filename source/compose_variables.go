package source

import "strings"

// Reference is one $NAME or ${NAME...} in the text of a Compose file.
type Reference struct {
	Start, End int    // bytes of the text it stands in
	Name       string //
	Operator   string // :- - :? ? :+ + or empty
	Argument   string // what follows the operator; may hold references itself
}

// References finds the variables that Compose replaces in a text, from left to right; those in the argument of another
// one are found by a call with the argument. $$ stands for one $, and a $ before anything else is left as it is. It is
// false where Compose refuses the text: after ${ comes no name, or nothing ends it.
func References(text string) ([]Reference, bool) {
	var list []Reference
	first := strings.IndexByte(text, '$')
	if first < 0 { // as most texts
		return nil, true
	}
	for i := first; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) {
			continue
		}
		switch c := text[i+1]; {
		case c == '$':
			i++
		case c == '{':
			r, ok := bracedReference(text, i)
			if !ok {
				return nil, false
			}
			list = append(list, r)
			i = r.End - 1
		case isNameByte(c, true):
			end := i + 1 + nameLen(text[i+1:])
			list = append(list, Reference{Start: i, End: end, Name: text[i+1 : end]})
			i = end - 1
		}
	}
	return list, true
}

// bracedReference reads ${NAME...} at text[i]. Like Compose, it ends it at the brace that closes the first one, be the
// braces between them part of a reference or not.
func bracedReference(text string, i int) (Reference, bool) {
	end, depth := i+1, 0
	for ; end < len(text); end++ {
		if text[end] == '{' {
			depth++
		} else if text[end] == '}' {
			if depth--; depth == 0 {
				break
			}
		}
	}
	if end == len(text) {
		return Reference{}, false
	}
	inner := text[i+2 : end]
	r := Reference{Start: i, End: end + 1, Name: inner[:nameLen(inner)]}
	rest := inner[len(r.Name):]
	for _, operator := range []string{":-", ":?", ":+", "-", "?", "+"} {
		if argument, ok := strings.CutPrefix(rest, operator); ok {
			r.Operator, r.Argument = operator, argument
			return r, r.Name != ""
		}
	}
	return r, r.Name != "" && rest == ""
}

func nameLen(s string) int {
	n := 0
	for n < len(s) && isNameByte(s[n], n == 0) {
		n++
	}
	return n
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || !first && c >= '0' && c <= '9'
}

// VariableNames are the names of all variables in a text, those in arguments too, each once.
func VariableNames(text string) []string {
	if !strings.Contains(text, "$") {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	var add func(text string, depth int)
	add = func(text string, depth int) {
		refs, _ := References(text)
		for _, r := range refs {
			if !seen[r.Name] {
				seen[r.Name] = true
				names = append(names, r.Name)
			}
			if depth < maxReferenceDepth {
				add(r.Argument, depth+1)
			}
		}
	}
	add(text, 0)
	return names
}

// maxReferenceDepth is how deep references stand in the arguments of others at most, where they are followed.
const maxReferenceDepth = 32

// WithoutVariables is what a text means when none of its variables is set; false where that is an error or depends on
// more than the defaults in the text.
func WithoutVariables(text string) (string, bool) { return withDefaults(text, 0) }

func withDefaults(text string, depth int) (string, bool) {
	refs, ok := References(text)
	if !ok || depth > maxReferenceDepth {
		return "", false
	}
	var out strings.Builder
	at := 0
	for _, r := range refs {
		if r.Operator != ":-" && r.Operator != "-" {
			return "", false
		}
		value, ok := withDefaults(r.Argument, depth+1)
		if !ok {
			return "", false
		}
		out.WriteString(strings.ReplaceAll(text[at:r.Start], "$$", "$"))
		out.WriteString(value)
		at = r.End
	}
	out.WriteString(strings.ReplaceAll(text[at:], "$$", "$"))
	return out.String(), true
}

// splitOutsideVariables splits a text at a separator that stands in no ${ }.
func splitOutsideVariables(text string, separator byte) []string {
	refs, _ := References(text)
	var parts []string
	at := 0
	for i := 0; i < len(text); i++ {
		if len(refs) > 0 && i == refs[0].Start {
			i = refs[0].End - 1
			refs = refs[1:]
		} else if text[i] == separator {
			parts = append(parts, text[at:i])
			at = i + 1
		}
	}
	return append(parts, text[at:])
}
