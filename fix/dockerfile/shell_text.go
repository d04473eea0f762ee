package dockerfile

import (
	"strings"

	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// word makes a word of a node, with quotes and escapes taken away.
func (s *script) word(w *syntax.Word) shellWord {
	at, whole := s.program.Span(w)
	out := shellWord{Span: at, Plain: true, Cut: !whole}
	if lit := literal(w); lit != "" && strings.IndexByte(lit, '\\') < 0 && strings.IndexByte(lit, '\r') < 0 {
		out.Text, out.Glob = lit, hasPattern(lit)
		return out
	}
	var text strings.Builder
	for _, part := range w.Parts {
		if !out.part(&text, part, false) {
			out.Plain = false
		}
	}
	out.Span = s.withoutReturn(at)
	out.Text = strings.TrimSuffix(text.String(), "\r")
	if !out.Plain {
		out.Text = s.doc.Text(out.Span)
	}
	return out
}

// literal is a word of nothing but literal parts, "" for any other. Nearly all words have one part, for which Word.Lit makes a list.
func literal(w *syntax.Word) string {
	if len(w.Parts) != 1 {
		return w.Lit()
	}
	if lit, ok := w.Parts[0].(*syntax.Lit); ok {
		return lit.Value
	}
	return ""
}

// withoutReturn leaves out the "\r" that the shell parser takes for a part of the last word of a line in a here-document.
func (s *script) withoutReturn(at source.Span) source.Span {
	if at.Len() > 0 && s.doc.Bytes[at.End-1] == '\r' {
		at.End--
	}
	return at
}

// part adds a part of a word to its text. The result is false where the part is no plain text.
func (w *shellWord) part(text *strings.Builder, part syntax.WordPart, quoted bool) bool {
	switch p := part.(type) {
	case *syntax.Lit:
		if quoted {
			text.WriteString(unescape(p.Value, "$`\"\\\n"))
			break
		}
		w.Glob = w.Glob || hasPattern(p.Value)
		text.WriteString(unescape(p.Value, ""))
	case *syntax.SglQuoted:
		text.WriteString(p.Value)
		return !p.Dollar
	case *syntax.DblQuoted:
		for _, q := range p.Parts {
			if !w.part(text, q, true) {
				return false
			}
		}
		return !p.Dollar
	default:
		return false
	}
	return true
}

// unescape removes backslashes before the characters in only, or before all where only is empty.
func unescape(s, only string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (only == "" || strings.IndexByte(only, s[i+1]) >= 0) {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// hasPattern reports whether an unquoted text has something that a shell may expand.
func hasPattern(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '*', '?', '[', '{':
			return true
		case '~':
			if i == 0 {
				return true
			}
		}
	}
	return false
}

// shellCalls are the simple commands of a shell program, the words of each; none where it does not parse.
func shellCalls(text string) [][]string {
	file, err := source.ParseShell(text)
	if err != nil {
		return nil
	}
	return callsIn(file, text)
}

func callsIn(file *syntax.File, text string) [][]string {
	var list [][]string
	walkCommands(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			list = append(list, callWords(textOf(text), call))
		}
		return true
	})
	return list
}

// textOf gives the text of the nodes of a program.
func textOf(program string) func(syntax.Node) string {
	return func(n syntax.Node) string { return program[n.Pos().Offset():n.End().Offset()] }
}

// callWords are the words of a command as written, but for a pair of quotes around all of a word.
func callWords(textOf func(syntax.Node) string, call *syntax.CallExpr) []string {
	words := make([]string, len(call.Args))
	for i, w := range call.Args {
		s := textOf(w)
		if n := len(s) - 1; n > 0 && (s[0] == '"' || s[0] == '\'') && s[n] == s[0] {
			s = s[1:n]
		}
		words[i] = s
	}
	return words
}
