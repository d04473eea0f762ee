package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// leaks are commands that change the shell for what comes behind them in the same RUN.
var leaks = []string{"cd", "pushd", "popd", "export", "set", "unset", "alias", "umask", "ulimit", "source", ".", "exec", "exit", "return", "trap", "shopt", "eval", "declare", "local", "readonly", "shift"}

// apartBecause says why two RUNs that follow each other cannot be one with && between them; "" where they can.
func (r *reader) apartBecause(a, b *source.Instruction) string {
	first, err := r.readRun(a)
	if err != nil {
		return "the first RUN cannot be read: " + err.Error()
	}
	second, err := r.readRun(b)
	switch {
	case err != nil:
		return "the second RUN cannot be read: " + err.Error()
	case len(a.Flags)+len(b.Flags) > 0:
		return "a RUN has flags"
	case len(a.Heredocs)+len(b.Heredocs) > 0:
		return "a RUN has a here-document"
	case strings.Contains(a.Rest.Text, " #") || strings.Contains(b.Rest.Text, " #"):
		return "a RUN has a shell comment, which would hide what comes behind it"
	case len(second.program.File.Stmts) != 1 || len(second.Commands) == 0 || andLinks(second.program.File.Stmts[0]) == nil:
		return "the second RUN is no chain of && alone, so that a failure of the first would go unseen"
	}
	return first.leak(second.onlyClears())
}

// onlyClears reports whether a program does nothing but remove absolute paths and empty package caches: the directory and the
// variables do not matter to it.
func (s *script) onlyClears() bool {
	return !slices.ContainsFunc(s.Commands, func(c *shellCommand) bool {
		if c.name() != "rm" {
			return c.sub() != "clean" && c.sub() != "autoclean" && c.sub() != "autoremove"
		}
		return slices.ContainsFunc(c.Words[1:], func(w shellWord) bool {
			return !w.Plain || !strings.HasPrefix(w.Text, "/") && !strings.HasPrefix(w.Text, "-")
		})
	})
}

// leak names what a program leaves behind for commands that would follow it; "" for nothing. To a clear program, directory,
// variables and options of the shell do not matter.
func (s *script) leak(clear bool) string {
	stmts := s.program.File.Stmts
	if len(stmts) == 0 || len(s.Exports) > 0 && !clear {
		return "the first RUN sets variables"
	}
	last := stmts[len(stmts)-1]
	if why := s.setsVariables(clear); why != "" {
		return why
	}
	for _, st := range stmts {
		if st.Background || st.Coprocess {
			return "the first RUN has a background job"
		}
	}
	if last.Semicolon.IsValid() {
		return "the first RUN ends with a semicolon"
	}
	for _, c := range s.Commands {
		if c.in(inFunction) {
			return "the first RUN defines a function"
		}
		if clear && c.passesClear() {
			continue
		}
		if slices.Contains(leaks, c.name()) && !c.in(inSubshell, inSubstitution, inPipe) {
			return "the first RUN has a " + c.name() + ", which would reach the second"
		}
		switch {
		case c.via("exec") && !c.in(inSubshell, inSubstitution, inPipe):
			return "the first RUN ends with exec, behind which nothing runs"
		case c.staysBehind():
			return "the first RUN starts " + c.name() + ", which would go on running in the second"
		}
	}
	return ""
}

// joinEdit puts && between two RUNs that follow each other, the comments between them kept; false where one of these asks for
// silence.
func joinEdit(p *fix.Pass, a, b *source.Instruction) (fix.Edit, bool) {
	doc := p.Doc
	between := source.Span{Start: a.Rest.End, End: b.Rest.Start}
	if p.Silence().Within(source.Span{Start: a.Lines.Start, End: b.Lines.End}) {
		return fix.Edit{}, false
	}
	var text strings.Builder
	text.WriteString(" " + string(doc.Dockerfile.Escape) + doc.Newline)
	for _, c := range doc.Comments {
		if c.Start >= between.Start && c.End <= between.End {
			text.WriteString(doc.Text(source.Span{Start: lineStart(doc, c.Start), End: c.End}) + doc.Newline)
		}
	}
	text.WriteString(runIndent(doc, a) + "&& ")
	return fix.Replace(between, text.String()), true
}

// runIndent is how the last line of an instruction is indented, four blanks where it has one line.
func runIndent(doc *source.Document, in *source.Instruction) string {
	start := lineStart(doc, in.Rest.End)
	if start <= in.Start {
		return "    "
	}
	line := doc.Text(source.Span{Start: start, End: in.Rest.End})
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// runBefore is the RUN directly before an instruction of its stage; nil where something else stands there.
func runBefore(doc *source.Document, in *source.Instruction) *source.Instruction {
	st := doc.Dockerfile.Stages[in.Stage]
	i := indexBehind(st, in) - 2
	if i < 0 || st.Instructions[i].Name != "RUN" || st.Instructions[i].Declined != "" {
		return nil
	}
	return st.Instructions[i]
}
