package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// insertAt puts text at a place of the document. At the end of a file without a final newline it writes the byte before
// anew: the engine takes an insertion there for one behind the last instruction.
func insertAt(doc *source.Document, at int, text string) fix.Edit {
	if at == len(doc.Bytes) && at > 0 {
		last := source.Span{Start: at - 1, End: at}
		return fix.Replace(last, doc.Text(last)+text)
	}
	return fix.Replace(source.Span{Start: at, End: at}, text)
}

// insertBehind puts text behind a word, with a blank between. The bytes of the word stay, so a word that is cut will do.
func insertBehind(doc *source.Document, w shellWord, text string) fix.Edit {
	return insertAt(doc, w.End, " "+text)
}

// addFlag puts a flag behind the subcommand, or behind the program where it has none.
func (s *script) addFlag(c *shellCommand, flag string) fix.Edit {
	return insertBehind(s.doc, c.Words[c.Sub], flag)
}

// link is one member of a chain of "&&" at the top level of a script.
type link struct {
	source.Span              // without the redirections of a compound around it
	stmt        *syntax.Stmt //
	chain       int          // which statement of the top level it belongs to
	or          bool         // it is a chain of || in which the && before it ends
	heredoc     bool         // a here-document begins in it
}

// links are the members of the chains at the top level, in the order of the text. They are found once for all rules, which do not change
// them.
func (s *script) links() []link {
	if s.linked == nil {
		s.linked = s.linksIn(s.program.File.Stmts)
	}
	return s.linked
}

// linksIn are the members of the chains of a list of statements.
func (s *script) linksIn(list []*syntax.Stmt) []link {
	var out []link
	for i, st := range list {
		out = s.spine(out, st, i)
	}
	return out
}

// spine takes a && b && c apart: its members go behind those of the list.
func (s *script) spine(list []link, st *syntax.Stmt, chain int) []link {
	if c, ok := st.Cmd.(*syntax.BinaryCmd); ok && c.Op == syntax.AndStmt && !st.Background && len(st.Redirs) == 0 {
		return s.spine(s.spine(list, c.X, chain), c.Y, chain)
	}
	l := link{stmt: st, chain: chain, heredoc: s.beginsHeredoc(st)}
	at, _ := s.program.Span(extent{st})
	l.Span = s.withoutReturn(at)
	if c, ok := st.Cmd.(*syntax.BinaryCmd); ok {
		l.or = c.Op == syntax.OrStmt
	}
	return append(list, l)
}

func (s *script) beginsHeredoc(st *syntax.Stmt) bool {
	if !strings.Contains(s.program.Text(st), "<<") {
		return false
	}
	found := false
	syntax.Walk(st, func(n syntax.Node) bool {
		r, ok := n.(*syntax.Redirect)
		found = found || ok && r.Hdoc != nil
		return !found
	})
	return found
}

// extent is a statement without the ";" or "&" behind it.
type extent struct{ stmt *syntax.Stmt }

// Pos is where the statement begins.
func (e extent) Pos() syntax.Pos { return e.stmt.Pos() }

// End is where its command or its last redirection ends.
func (e extent) End() syntax.Pos {
	var end syntax.Pos
	if e.stmt.Cmd != nil {
		end = e.stmt.Cmd.End()
	}
	for _, r := range e.stmt.Redirs {
		if r.End().After(end) {
			end = r.End()
		}
	}
	return end
}

// why a script gets no command behind its last one
const (
	hasHeredoc = "a here-document stands in the chain"
	leaves     = "the chain ends with a command that leaves the shell"
	behindJob  = "the chain ends in a background job"

	placeUnknown = "its place in the chain is not known"
)

// linkOf is the index of the link that a place lies in; -1 for none.
func linkOf(links []link, at int) int {
	return slices.IndexFunc(links, func(l link) bool { return l.Start <= at && at < l.End })
}

// appendBehind puts a command behind a link, so that it runs where the link succeeded and a failure of the link stays one.
// A chain that is written a link a line gets a line more. The second result is what joins them, the third says why that cannot
// be done.
func (s *script) appendBehind(list *listing, at int, text string) (edit fix.Edit, by, why string) {
	if at < 0 {
		return fix.Edit{}, "", placeUnknown
	}
	l := list.links[at]
	by, why = list.joiner(at)
	switch c := s.commandOf(l.stmt); {
	case l.heredoc:
		why = hasHeredoc
	case l.stmt.Background || l.stmt.Coprocess:
		why = behindJob
	case c != nil && slices.Contains([]string{"exec", "exit", "return"}, c.list[0].Text):
		why = leaves
	}
	if why != "" {
		return fix.Edit{}, "", why
	}
	joint := s.joint(list.links, at)
	if by == ";" {
		joint = s.listJoint(list.links, at)
	}
	return insertAt(s.doc, l.End, joint+text), by, ""
}

// commandOf is the simple command that is all of a statement; nil where it is something else.
func (s *script) commandOf(st *syntax.Stmt) *shellCommand {
	for _, c := range s.Commands {
		if c.Stmt == st {
			return c
		}
	}
	return nil
}

// joint is how the links of a chain are joined: with "&&" at the end or the start of a line where the one before is. Behind
// the only link, or one that ends on a line of its own words, it begins a line where that link has several.
func (s *script) joint(links []link, at int) string {
	escape := string(s.doc.Dockerfile.Escape)
	same := func(i int) bool { return i >= 0 && i < len(links) && links[i].chain == links[at].chain }
	i := at
	if !same(i - 1) {
		i++
	}
	between := ""
	if same(i) && same(i-1) {
		between = s.between(links, i)
	}
	if s.Heredoc {
		return " && "
	}
	if !strings.Contains(between, "\n") || !strings.Contains(between, escape) {
		return s.jointOfWords(links[at])
	}
	first, _, _ := strings.Cut(between, "\n")
	last := between[strings.LastIndex(between, "\n")+1:]
	indent := indentOf(last)
	if strings.Contains(first, "&&") {
		return " && " + escape + s.doc.Newline + indent
	}
	if and := last[len(indent):]; strings.HasPrefix(and, "&&") {
		blanks := indentOf(first)
		if blanks == "" {
			blanks = " "
		}
		return blanks + escape + s.doc.Newline + indent + and
	}
	return " && "
}

// between is what stands between a link and the one before it; "" where that has a here-document, which ends behind both.
func (s *script) between(links []link, i int) string {
	if links[i-1].heredoc {
		return ""
	}
	return s.doc.Text(source.Span{Start: links[i-1].End, End: links[i].Start})
}

// listJoint is how a command is joined with ";" to the statement that ends with a link: on a line of its own where that stands on
// one.
func (s *script) listJoint(links []link, at int) string {
	first := at
	for first > 0 && links[first-1].chain == links[at].chain {
		first--
	}
	if first == 0 || s.Heredoc {
		return "; "
	}
	escape := string(s.doc.Dockerfile.Escape)
	between := s.between(links, first)
	if !strings.Contains(between, "\n") || !strings.Contains(between, escape) {
		return "; "
	}
	return "; " + escape + s.doc.Newline + indentOf(between[strings.LastIndex(between, "\n")+1:])
}

// jointOfWords begins a line where the last words of a link stand on a line of their own.
func (s *script) jointOfWords(l link) string {
	text := s.doc.Text(l.Span)
	i := strings.LastIndex(text, "\n")
	if i < 0 || strings.HasSuffix(strings.TrimRight(text[i+1:], " \t"), "fi") || strings.ContainsAny(text, "\"'`{(") {
		return " && "
	}
	return " " + string(s.doc.Dockerfile.Escape) + s.doc.Newline + indentOf(text[i+1:]) + "&& "
}

// indentOf is the white space that a line begins with.
func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// dropLink takes a link out of its chain, with the "&&" beside it, or a statement out of its list, with what ends it. The second
// result says why that cannot be done.
func (s *script) dropLink(links []link, at int) (fix.Edit, string) {
	same := func(i int) bool { return i >= 0 && i < len(links) && links[i].chain == links[at].chain }
	var gone source.Span
	switch {
	case same(at + 1):
		gone = source.Span{Start: links[at].Start, End: links[at+1].Start}
	case same(at - 1):
		gone = source.Span{Start: links[at-1].End, End: links[at].End}
	case at+1 < len(links) && !links[at].stmt.Background:
		gone = source.Span{Start: links[at].Start, End: links[at+1].Start}
	default:
		return fix.Edit{}, "it stands outside of a chain with &&"
	}
	if links[at].heredoc || same(at-1) && links[at-1].heredoc {
		return fix.Edit{}, hasHeredoc
	}
	for _, c := range s.doc.Comments {
		if gone.Contains(c.Span) {
			return fix.Edit{}, "a comment stands beside it"
		}
	}
	return fix.Replace(gone, ""), ""
}

// certainOnly is why a command in a construct is left alone where the fix is more than a flag of its own.
func (c *shellCommand) certainOnly() string {
	for _, w := range c.Within {
		if w != inPipe && w != inOrLeft && w != inNegation && w != inBraces {
			return "it stands in " + string(w)
		}
	}
	return ""
}

// privileged is what must stand before a command that is to run as this one does: "sudo " or nothing.
func (c *shellCommand) privileged() string {
	if c.via("sudo") {
		return "sudo "
	}
	return ""
}
