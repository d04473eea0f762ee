package source

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Dockerfile is the structure of a Dockerfile.
type Dockerfile struct {
	Escape       byte           // the escape and continuation character: \ or `
	Directives   []Directive    // the parser directives at the top: syntax, escape, check
	Instructions []*Instruction // in file order; an ONBUILD trigger hangs on its ONBUILD
	Stages       []*Stage       // in file order
	Globals      []*GlobalArg   // the ARGs before the first FROM

	shells   shells
	defaults *arguments // the global ARGs with their defaults
}

// Directive is one parser directive, such as # syntax=docker/dockerfile:1.
type Directive struct {
	Span
	Name  string // lower case
	Value Word
}

// Word is a piece of text of an instruction.
type Word struct {
	Span
	Text  string // as in the joined line: quotes and escapes kept, continuations left out; decoded for a JSON string
	Split bool   // a continuation lies inside Span: the bytes are not Text and must not be replaced
}

// Flag is one flag of an instruction, such as --from=build.
type Flag struct {
	Word
	Name  string // without the dashes: "from"
	Value Word   // the text after "=", quotes kept; a zero Word where there is none
}

// Pair is one name with its value in an ENV, LABEL or ARG instruction.
type Pair struct {
	Word
	Name, Value Word
	HasValue    bool // false for ARG NAME
	Legacy      bool // ENV NAME value: the name and the value are separated by blanks, and the value is the rest of the line
}

// Heredoc is one here-document of an instruction.
type Heredoc struct {
	Name       string
	Body       Span // the lines between, line ends included
	Terminator Span // the line that ends it, line end excluded
	Expand     bool // variables are expanded: the name was not quoted
	Chomp      bool // leading tabs are dropped: <<-
}

// Instruction is one instruction with all its physical lines.
type Instruction struct {
	Span               // from the keyword to the last byte that belongs to it: here-documents in, line end out
	Lines    Span      // whole physical lines, line ends in
	Name     string    // the keyword in upper case
	Keyword  Word      //
	Flags    []Flag    //
	Rest     Word      // what follows the flags, blanks around it left out
	Args     []Word    // Rest in words: JSON strings, names with values, or runs of non-blanks, as the instruction takes them
	JSON     bool      // Rest is a JSON array
	Pairs    []Pair    // of ENV, LABEL, ARG
	Heredocs []Heredoc //
	Blank    []Span    // blank lines between its lines, line ends in
	Stage    int       // index in Dockerfile.Stages; -1 before the first FROM
	Trigger  *Instruction
	Node     *parser.Node
	Declined string // why nothing of it may be edited; "" when its bytes are known

	line joined
	rest int // where Rest starts in the joined line
}

// Flag finds the first flag of that name.
func (in *Instruction) Flag(name string) (Flag, bool) {
	for _, f := range in.Flags {
		if f.Name == name {
			return f, true
		}
	}
	return Flag{}, false
}

// parseDockerfile runs BuildKit's parser and maps each instruction that it finds.
func (d *Document) parseDockerfile() error {
	result, err := parser.Parse(bytes.NewReader(d.Bytes))
	if err != nil {
		return d.dockerfileError(err)
	}
	d.Dockerfile = &Dockerfile{Escape: byte(result.EscapeToken)}
	d.Comments = make([]Comment, 0, bytes.Count(d.Bytes, []byte("#")))
	count := len(result.AST.Children)
	d.Dockerfile.Instructions = make([]*Instruction, 0, count)
	instructions := make([]Instruction, count)
	room := lineRoom{make(room[piece], 0, len(d.lines)), make(room[Word], 0, 2*count)}
	at := 1 // the next line that no instruction has claimed
	stage := -1
	for i, node := range result.AST.Children {
		if !isInstruction(node.Value) {
			return &Error{Name: d.Name, Line: node.StartLine, Column: 1, Message: unknownInstruction(node.Value)}
		}
		d.looseComments(at, node.StartLine)
		if strings.EqualFold(node.Value, command.From) {
			stage++
		}
		in := &instructions[i]
		d.mapInstruction(in, node, &room)
		in.Stage = stage
		if in.Trigger != nil {
			in.Trigger.Stage = stage
		}
		d.Dockerfile.Instructions = append(d.Dockerfile.Instructions, in)
		if in.Declined != "" {
			d.Declined = append(d.Declined, Declined{in.Span, in.Declined})
		}
		at = node.EndLine + 1
	}
	d.looseComments(at, len(d.lines)+1)
	d.findDirectives()
	d.findStages()
	return nil
}

// lineRoom is where the parts of the instructions of a document lie: there are many small ones, which are allocated together.
type lineRoom struct {
	pieces room[piece]
	words  room[Word]
}

// room is memory for many short lists: up to its length it is in use.
type room[T any] []T

// list is an empty list with what is left of the room to grow in. Only one can be in the making.
func (r room[T]) list() []T { return r[len(r):] }

// keep is a list that is complete, and takes its part of the room.
func (r *room[T]) keep(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	if taken := len(*r) + len(list); taken <= cap(*r) { // else it has left the room to grow
		*r = (*r)[:taken]
	}
	return slices.Clip(list)
}

// upperCase are the keywords as nearly all files write them.
var upperCase = func() map[string]bool {
	known := make(map[string]bool, len(command.Commands))
	for name := range command.Commands {
		known[strings.ToUpper(name)] = true
	}
	return known
}()

func isInstruction(word string) bool {
	if upperCase[word] {
		return true
	}
	_, known := command.Commands[strings.ToLower(word)]
	return known
}

// unknownInstruction says that a line begins with no instruction. The word is only repeated where it could be a misspelt
// one: behind a forgotten continuation character it may be a password.
func unknownInstruction(word string) string {
	if len(word) <= maxKeyword && strings.IndexFunc(word, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }) < 0 {
		return fmt.Sprintf("%q is no Dockerfile instruction", word)
	}
	return "the line begins with no Dockerfile instruction: is the continuation character missing above it?"
}

// maxKeyword is the length in bytes of the longest word that may be a misspelt HEALTHCHECK.
const maxKeyword = 12

// dockerfileError gives a parser error the document's name and the right line.
func (d *Document) dockerfileError(err error) error {
	out := &Error{Name: d.Name, Message: err.Error()}
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
		out.Line = at.Locations[0][0].Start.Line
	}
	// BuildKit counts the lines of directives from 0 and all others from 1.
	if strings.Contains(out.Message, "escape token") || strings.Contains(out.Message, "parser directive") {
		out.Line++
	}
	// The parser repeats the word, which may be a part of a password.
	if strings.Contains(out.Message, "can't find = in") {
		out.Message = "a word has no =, and the form is name=value for all or name value for one"
	}
	// The parser names the line before one that is too long.
	if strings.Contains(out.Message, "greater than max allowed size") {
		out.Line++
	}
	return out
}

// looseComments records the comments on the lines from first to last-1, where no instruction stands.
func (d *Document) looseComments(first, last int) {
	for n := first; n < last; n++ {
		d.addComment(n)
	}
}

// addComment records the comment on line n, if there is one, and tells whether there is.
func (d *Document) addComment(n int) bool {
	line := d.content(n)
	start := line.Start + leadingSpace(d.Bytes[line.Start:line.End])
	if start == line.End || d.Bytes[start] != '#' {
		return false
	}
	text := strings.TrimSpace(d.text[start+1 : line.End])
	d.Comments = append(d.Comments, Comment{Span: Span{start, line.End}, Text: text, Own: true})
	return true
}

// content is line n without its line end, and without a byte order mark.
func (d *Document) content(n int) Span {
	s := d.Line(n)
	if s.Start == 0 && bytes.HasPrefix(d.Bytes, bom) {
		s.Start = len(bom)
	}
	for s.End > s.Start && (d.Bytes[s.End-1] == '\n' || d.Bytes[s.End-1] == '\r') {
		s.End--
	}
	return s
}

// mapInstruction finds the bytes of one instruction and checks them against the parser.
func (d *Document) mapInstruction(in *Instruction, node *parser.Node, room *lineRoom) {
	in.Name, in.Node = strings.ToUpper(node.Value), node
	in.Lines = Span{d.lines[node.StartLine-1], d.Line(node.EndLine).End}
	last := d.joinLines(in, node.StartLine, node.EndLine, room)
	in.Span = in.line.span(0, len(in.line.text))
	if in.Span.Len() == 0 {
		in.Span = Span{in.Lines.Start, in.Lines.Start}
	}
	if !utf8.ValidString(node.Original) {
		in.decline("it has bytes that are not UTF-8")
		return
	}
	if in.line.text != node.Original {
		in.decline("the joined line is not the one BuildKit reads")
		return
	}
	in.Args = room.words.list()
	in.split(node, 0, d.Dockerfile.Escape)
	in.Args = room.words.keep(in.Args)
	if in.Declined == "" {
		d.mapHeredocs(in, last+1)
	}
}

func (in *Instruction) decline(reason string) {
	if in.Declined == "" {
		in.Declined = reason
	}
}

// mapHeredocs finds the bodies of the here-documents, which start on line n.
func (d *Document) mapHeredocs(in *Instruction, n int) {
	for _, h := range in.Node.Heredocs {
		if n > len(d.lines) {
			in.decline("a here-document ends outside the file")
			return
		}
		body := Span{d.lines[n-1], d.lines[n-1] + len(h.Content)}
		if body.End >= len(d.Bytes) || d.Text(body) != h.Content {
			in.decline("the body of a here-document is not the one BuildKit reads")
			return
		}
		n = d.lineAt(body.End)
		end := d.content(n)
		if d.lines[n-1] != body.End || !isTerminator(d.Text(end), h) {
			in.decline("the end of a here-document is not where BuildKit sees it")
			return
		}
		in.Heredocs = append(in.Heredocs, Heredoc{Name: h.Name, Body: body, Terminator: end, Expand: h.Expand, Chomp: h.Chomp})
		in.Span.End = end.End
		n++
	}
}

func isTerminator(line string, h parser.Heredoc) bool {
	if h.Chomp {
		line = strings.TrimLeft(line, "\t")
	}
	return line == h.Name
}

// findDirectives locates the parser directives among the comments at the very top of the file. Behind a line with #! an
// escape directive is none (parser.Parse), but the others count (parser.DetectSyntax).
func (d *Document) findDirectives() {
	var p parser.DirectiveParser
	first := 1
	if top := d.content(1); bytes.HasPrefix(d.Bytes[top.Start:top.End], []byte("#!")) {
		first = 2
	}
	for n := first; n <= len(d.lines); n++ {
		line := d.content(n)
		start := line.Start + leadingSpace(d.Bytes[line.Start:line.End])
		if start == line.End || d.Bytes[start] != '#' {
			return
		}
		directive, err := p.ParseLine(d.Bytes[start:line.End])
		if err != nil || directive == nil {
			return
		}
		if first > 1 && directive.Name == "escape" {
			continue
		}
		value := Span{line.End - len(directive.Value), line.End}
		for value.Start > start && d.Text(value) != directive.Value { // blanks at the end of the line
			value.Start--
			value.End--
		}
		d.Dockerfile.Directives = append(d.Dockerfile.Directives, Directive{
			Span: Span{start, line.End}, Name: directive.Name, Value: Word{Span: value, Text: directive.Value},
		})
	}
}
