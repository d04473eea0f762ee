package dockerfile

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// reader takes RUNs apart, each once, and keeps what rules work out about them.
type reader struct {
	doc    *source.Document
	read   map[*source.Instruction]reading
	called map[*source.Instruction][][]string
	ahead  map[any]*ahead // by what they look for
	taken  map[takenKey][]*source.Instruction
	base   map[*source.Stage]baseSystem
	set    map[string][]*source.Instruction // ENV and ARG by their variables; nil before anybody asked

	fleeting *bool // whether a repository is named that may be gone; nil before anybody asked
}

// reading is a RUN taken apart, or why it is not.
type reading struct {
	script *script
	err    error
}

// readerKey is what the rules that look at one document share their reader by.
type readerKey struct{}

// sharedReader is the reader of all rules that look at the document.
func sharedReader(p *fix.Pass) *reader {
	return p.Shared(readerKey{}, func() any { return newReader(p.Doc) }).(*reader)
}

func newReader(doc *source.Document) *reader {
	return &reader{
		doc: doc, read: map[*source.Instruction]reading{}, called: map[*source.Instruction][][]string{},
		ahead: map[any]*ahead{}, taken: map[takenKey][]*source.Instruction{}, base: map[*source.Stage]baseSystem{},
	}
}

// scripts gives the programs of the RUNs that mention one of the words and can be taken apart.
func scripts(p *fix.Pass, words ...string) iter.Seq[*script] {
	r := sharedReader(p)
	return func(yield func(*script) bool) {
		for in := range instructions(p.Doc, "RUN") {
			if s := r.script(in, words...); s != nil && !yield(s) {
				return
			}
		}
	}
}

// script is the program of a RUN that mentions one of the words, or without words of any; nil for any other instruction.
func (r *reader) script(in *source.Instruction, words ...string) *script {
	if in.Name != "RUN" || in.Declined != "" || len(words) > 0 && !mentions(r.doc, in, words...) {
		return nil
	}
	s, _ := r.readRun(in)
	return s
}

// readRun takes a RUN apart. The error says why there is nothing to look at.
func (r *reader) readRun(in *source.Instruction) (*script, error) {
	known, ok := r.read[in]
	if !ok {
		known.script, known.err = readScript(r.doc, in)
		if known.script != nil {
			known.script.reader = r
		}
		r.read[in] = known
	}
	return known.script, known.err
}

// mentions reports whether one of the words stands anywhere in an instruction: a quick look before it is parsed.
func mentions(doc *source.Document, in *source.Instruction, words ...string) bool {
	text := doc.Bytes[in.Start:in.End]
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(text, []byte(w)) })
}

// containsAny reports whether one of the parts stands anywhere in a text: a quick look before a regular expression.
func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// calls are the commands of a RUN, wherever in it, a list of words each: as written, but for a pair of quotes around all of a word.
// What no shell that is known runs is read like a shell program too: rules ask for what may happen.
func (r *reader) calls(in *source.Instruction) [][]string {
	if in.Name != "RUN" {
		return nil
	}
	list, ok := r.called[in]
	if ok {
		return list
	}
	if s := r.script(in); s != nil {
		for _, c := range s.Commands {
			list = append(list, s.call(c))
		}
	} else {
		list = shellCalls(runText(r.doc, in))
	}
	r.called[in] = list
	return list
}

// call are all words of a command, wrappers included.
func (s *script) call(c *shellCommand) []string {
	return callWords(s.program.Text, c.Stmt.Cmd.(*syntax.CallExpr))
}

// runText is what a RUN runs, with its here-documents.
func runText(doc *source.Document, in *source.Instruction) string {
	text := in.Rest.Text
	for _, h := range in.Heredocs {
		text += "\n" + doc.Text(h.Body)
	}
	return text
}

// setters are the ENV and ARG of the document that set a variable.
func (r *reader) setters(name string) []*source.Instruction {
	if r.set == nil {
		r.set = map[string][]*source.Instruction{}
		for _, in := range r.doc.Dockerfile.Instructions {
			if in.Name != "ENV" && in.Name != "ARG" {
				continue
			}
			for _, p := range in.Pairs {
				r.set[p.Name.Text] = append(r.set[p.Name.Text], in)
			}
		}
	}
	return r.set[name]
}
