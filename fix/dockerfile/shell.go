package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// script is the shell program of a RUN, taken apart into the simple commands that rules look at.
type script struct {
	In       *source.Instruction
	Shell    []string        // what runs the program: the words of the SHELL in force, or /bin/sh -c
	Heredoc  bool            // the program is the body of a here-document: its lines are commands, a failure need not stop it
	Commands []*shellCommand // in the order of the text, those in functions, branches and substitutions too
	Exports  []assignment    // made by export, declare and the like, and by assignments without a command

	doc     *source.Document
	program *source.Shell
	reader  *reader        // for other RUNs of the document
	linked  []link         // what links gives; nil before anybody asked
	quiet   []source.Span  // where standard error goes elsewhere; nil before anybody asked
	among   []*syntax.Stmt // the list that is being read
	room    *commandRoom
}

// shellCommand is one simple command: a program with its words.
type shellCommand struct {
	source.Span                // from the first assignment or word to the last word, redirections left out
	Words       []shellWord    // the program and its arguments, without what stands before it
	Assigned    []assignment   // for this command alone: NAME=value in front of it, behind env or behind sudo
	Via         []string       // what runs it, outermost first: "sudo", "exec", "python -m"
	ViaWords    []shellWord    // the words of Via, their options included
	Within      []setting      // outermost first; none: a link of the top-level chain
	Sub         int            // the index in Words of the subcommand, behind options; 0 where it has none that is plain
	Stmt        *syntax.Stmt   // with redirections; a pipe or chain around it is not in it
	Among       []*syntax.Stmt // the list that it stands in: of the program, or of a construct in it
	list        []shellWord    // all words, those of Via too
	program     string         // what name gives
}

// shellWord is one word of a command.
type shellWord struct {
	source.Span
	Text  string // without quotes and escapes; as written where it is not Plain
	Plain bool   // no variable and no substitution in it: the program gets Text, but for Glob
	Glob  bool   // it has a pattern, a brace or a tilde outside of quotes, which a shell may expand
	Cut   bool   // a continuation lies in it, or its bytes are not known: it must not be replaced
}

// commandRoom is where the commands of a document and their words lie: there are many small ones, which are allocated together.
type commandRoom struct {
	commands []shellCommand // free ones
	words    []shellWord    // free ones
}

func (r *commandRoom) command() *shellCommand {
	if len(r.commands) == 0 {
		r.commands = make([]shellCommand, 4)
	}
	c := &r.commands[0]
	r.commands = r.commands[1:]
	return c
}

// list is room for the words of a command.
func (r *commandRoom) list(n int) []shellWord {
	if len(r.words) < n {
		r.words = make([]shellWord, max(n, 16))
	}
	list := r.words[:n:n]
	r.words = r.words[n:]
	return list
}

// assignment is NAME=value.
type assignment struct {
	Name  string
	Value shellWord
	Start int // in the file
}

// setting is one construct around a command that decides whether and how it runs.
type setting string

// The constructs in which a command can stand. A command in none of them runs when those before it in the chain succeeded,
// and its failure fails the RUN (but for lists with ";").
const (
	inPipe         setting = "a pipe"
	inOrLeft       setting = "the left side of ||" // its failure is tolerated
	inOrRight      setting = "the right side of ||"
	inNegation     setting = "a negation"
	inBackground   setting = "a background job"
	inBraces       setting = "braces"
	inSubshell     setting = "a subshell"
	inSubstitution setting = "a substitution"
	inIf           setting = "an if"
	inCondition    setting = "a condition" // of an if, besides the if
	inLoop         setting = "a loop"
	inCase         setting = "a case"
	inFunction     setting = "a function"
)

// readScript takes the program of a RUN apart. The error says why there is nothing to look at.
func readScript(doc *source.Document, in *source.Instruction, room *commandRoom) (*script, error) {
	program, err := doc.Shell(in)
	if err != nil {
		return nil, err
	}
	s := &script{In: in, Shell: shellInForce(doc, in), doc: doc, program: program, room: room}
	s.Heredoc = len(in.Heredocs) > 0 && s.inHeredoc()
	s.statements(program.File.Stmts, nil)
	slices.SortStableFunc(s.Commands, func(a, b *shellCommand) int { return a.Start - b.Start })
	return s, nil
}

// inHeredoc reports whether the first command stands in the body of a here-document.
func (s *script) inHeredoc() bool {
	if len(s.program.File.Stmts) == 0 {
		return false
	}
	at, _ := s.program.Span(s.program.File.Stmts[0])
	return s.In.Heredocs[0].Body.Contains(source.Span{Start: at.Start, End: at.Start})
}

// shellInForce gives the words of the SHELL that runs the shell form where in stands.
func shellInForce(doc *source.Document, in *source.Instruction) []string {
	var words []string
	for _, w := range doc.ShellAt(in) {
		words = append(words, w.Text)
	}
	if words == nil {
		return defaultShell
	}
	return words
}

// defaultShell runs the shell form where no SHELL says otherwise.
var defaultShell = []string{"/bin/sh", "-c"}

func (s *script) statements(list []*syntax.Stmt, within []setting) {
	defer func(around []*syntax.Stmt) { s.among = around }(s.among)
	for _, st := range list {
		s.among = list
		s.statement(st, within)
	}
}

// inside adds a setting without touching the slice of the caller.
func inside(within []setting, more setting) []setting {
	return append(slices.Clip(within), more)
}

func (s *script) statement(st *syntax.Stmt, within []setting) {
	if st.Negated {
		within = inside(within, inNegation)
	}
	if st.Background || st.Coprocess {
		within = inside(within, inBackground)
	}
	for _, r := range st.Redirs {
		s.substitutions(r.Word, within)
	}
	switch c := st.Cmd.(type) {
	case *syntax.CallExpr:
		s.simple(st, c, within)
	case *syntax.BinaryCmd:
		s.binary(c, within)
	case *syntax.DeclClause:
		s.declare(c, within)
	case *syntax.TimeClause:
		if c.Stmt != nil {
			s.statement(c.Stmt, within)
		}
	default:
		s.compound(c, within)
	}
}

func (s *script) binary(c *syntax.BinaryCmd, within []setting) {
	left, right := within, within
	switch c.Op {
	case syntax.OrStmt:
		left, right = inside(within, inOrLeft), inside(within, inOrRight)
	case syntax.Pipe, syntax.PipeAll:
		left = inside(within, inPipe)
		right = left
	}
	s.statement(c.X, left)
	s.statement(c.Y, right)
}

func (s *script) compound(c syntax.Command, within []setting) {
	switch c := c.(type) {
	case *syntax.Block:
		s.statements(c.Stmts, inside(within, inBraces))
	case *syntax.Subshell:
		s.statements(c.Stmts, inside(within, inSubshell))
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			s.statements(c.Cond, inside(inside(within, inIf), inCondition))
			s.statements(c.Then, inside(within, inIf))
		}
	case *syntax.WhileClause:
		s.statements(c.Cond, inside(within, inLoop))
		s.statements(c.Do, inside(within, inLoop))
	case *syntax.ForClause:
		s.substitutions(c.Loop, within)
		s.statements(c.Do, inside(within, inLoop))
	case *syntax.CaseClause:
		for _, item := range c.Items {
			s.statements(item.Stmts, inside(within, inCase))
		}
	case *syntax.FuncDecl:
		s.statement(c.Body, inside(within, inFunction))
	case *syntax.CoprocClause:
		s.statement(c.Stmt, inside(within, inBackground))
	case nil:
	default: // [[ ]], (( )), let: they run programs in substitutions only
		s.substitutions(c, within)
	}
}

func (s *script) declare(c *syntax.DeclClause, within []setting) {
	for _, a := range c.Args {
		s.substitutions(a, within)
		if a.Name != nil {
			s.Exports = append(s.Exports, s.assignment(a))
		}
	}
}

func (s *script) assignment(a *syntax.Assign) assignment {
	at, _ := s.program.Span(a)
	out := assignment{Start: at.Start, Value: shellWord{Plain: true}}
	if a.Name != nil {
		out.Name = a.Name.Value
	}
	switch {
	case a.Value != nil:
		out.Value = s.word(a.Value)
	case a.Array != nil || a.Index != nil || a.Append:
		out.Value.Plain = false
	}
	return out
}

// simple records a simple command.
func (s *script) simple(st *syntax.Stmt, c *syntax.CallExpr, within []setting) {
	s.substitutions(c, within)
	var assigned []assignment
	for _, a := range c.Assigns {
		assigned = append(assigned, s.assignment(a))
	}
	if len(c.Args) == 0 {
		s.Exports = append(s.Exports, assigned...)
		return
	}
	at, _ := s.program.Span(c)
	cmd := s.room.command()
	*cmd = shellCommand{Span: s.withoutReturn(at), Assigned: assigned, Within: within, Stmt: st, Among: s.among}
	cmd.list = s.room.list(len(c.Args))
	for i, w := range c.Args {
		cmd.list[i] = s.word(w)
	}
	cmd.unwrap()
	if cmd.name() != "" {
		cmd.Sub = cmd.subcommand()
	}
	s.Commands = append(s.Commands, cmd)
}

// name is the program without its directory; "" where it is not plain text.
func (c *shellCommand) name() string { return c.program }

// start makes the words from an index on those of the program.
func (c *shellCommand) start(at int) {
	c.Words, c.program = c.list[at:], ""
	if first := c.Words[0]; first.Plain && !first.Glob {
		c.program = path.Base(first.Text)
	}
}

// sub is the subcommand, as install in apt-get -qq install; "" where there is none.
func (c *shellCommand) sub() string {
	if c.Sub == 0 {
		return ""
	}
	return c.Words[c.Sub].Text
}

// runs reports whether the command is one of these programs with one of these subcommands; none: with any.
func (c *shellCommand) runs(program string, subs ...string) bool {
	return c.name() == program && (len(subs) == 0 || slices.Contains(subs, c.sub()))
}

// args are the words behind the subcommand, or behind the program where it has none.
func (c *shellCommand) args() []shellWord { return c.Words[min(c.Sub+1, len(c.Words)):] }

// in reports whether the command stands in one of these constructs, at any depth.
func (c *shellCommand) in(settings ...setting) bool {
	return slices.ContainsFunc(c.Within, func(s setting) bool { return slices.Contains(settings, s) })
}

// plain reports whether all words are known as the program gets them, patterns aside.
func (c *shellCommand) plain() bool {
	return !slices.ContainsFunc(c.Words, func(w shellWord) bool { return !w.Plain })
}

// has reports whether one of the plain words is one of the flags, alone or with "=value". A flag of one letter is also found
// in a group: y in -qqy.
func (c *shellCommand) has(flags ...string) bool {
	for _, w := range c.Words[min(1, len(c.Words)):] {
		if !strings.HasPrefix(w.Text, "-") {
			continue
		}
		for _, flag := range flags {
			if w.isFlag(flag) {
				return true
			}
		}
	}
	return false
}

func (w shellWord) isFlag(flag string) bool {
	switch {
	case !w.Plain || !strings.HasPrefix(w.Text, "-"):
		return false
	case w.Text == flag || strings.HasPrefix(w.Text, flag+"="):
		return true
	}
	group := len(flag) == 2 && flag[1] != '-' && len(w.Text) > 2 && w.Text[1] != '-'
	return group && strings.IndexFunc(w.Text[1:], notLetter) < 0 && strings.IndexByte(w.Text, flag[1]) > 0
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// via reports whether something of that name runs the command.
func (c *shellCommand) via(name string) bool { return slices.Contains(c.Via, name) }
