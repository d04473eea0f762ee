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
	doc      *source.Document
	runs     []wordedRun // nil before anybody asked
	room     commandRoom
	read     memo[*source.Instruction, reading]
	bare     memo[*source.Instruction, string]
	called   memo[*source.Instruction, [][]string]
	left     memo[*source.Instruction, []string] // paths of files
	lists    memo[*source.Instruction, listsNeed]
	later    memo[any, *ahead] // by what they look for
	earlier  memo[any, map[*source.Instruction]*source.Instruction]
	taken    memo[takenKey, []*source.Instruction]
	packages memo[packageKey, *packageProgress]
	base     memo[*source.Stage, baseSystem]
	uses     memo[once, *stageUses]
	set      memo[once, map[string][]*source.Instruction] // ENV and ARG by their variables
	strict   memo[once, []strictRemoval]
	launches memo[launchKey, *launch]
}

// memo keeps answers by what was asked. The zero value is ready.
type memo[K comparable, V any] struct{ known map[K]V }

// once is what a memo of one answer is asked.
type once struct{}

// of is the answer, worked out where it is not known.
func (m *memo[K, V]) of(key K, work func() V) V {
	answer, ok := m.known[key]
	if !ok {
		answer = work()
		if m.known == nil {
			m.known = map[K]V{}
		}
		m.known[key] = answer
	}
	return answer
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
	return p.Shared(readerKey{}, func() any { return &reader{doc: p.Doc} }).(*reader)
}

// scripts gives the programs of the RUNs that mention one of the words and can be taken apart.
func scripts(p *fix.Pass, words runWords) iter.Seq[*script] {
	return func(yield func(*script) bool) { sharedReader(p).scripts(words, yield) }
}

// scripts gives the programs of the RUNs that mention one of the words.
func (r *reader) scripts(words runWords, yield func(*script) bool) {
	if r.runs == nil {
		r.runs = wordedRuns(r.doc)
	}
	for i := range r.runs {
		run := &r.runs[i]
		if run.words&words == 0 {
			continue
		}
		if !run.asked {
			run.script, _ = r.readRun(run.in)
			run.asked = true
		}
		if run.script != nil && !yield(run.script) {
			return
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
	known := r.read.of(in, func() reading {
		s, err := readScript(r.doc, in, &r.room)
		if s != nil {
			s.reader = r
		}
		return reading{s, err}
	})
	return known.script, known.err
}

// mentions reports whether one of the words stands anywhere in an instruction: a quick look before it is parsed.
func mentions(doc *source.Document, in *source.Instruction, words ...string) bool {
	text := doc.Bytes[in.Start:in.End]
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(text, []byte(w)) })
}

// says reports whether one of the words stands in the program of a RUN, however it is quoted: a quick look before the program is taken
// apart. A here-document may say anything.
func (r *reader) says(in *source.Instruction, words ...string) bool {
	if len(in.Heredocs) > 0 {
		return true
	}
	return containsAny(r.bare.of(in, func() string { return withoutQuotes(in.Rest.Text) }), words)
}

// withoutQuotes leaves out quotes and backslashes, which can stand anywhere in a word.
func withoutQuotes(text string) string {
	if !strings.ContainsAny(text, "\\\"'") {
		return text
	}
	var bare strings.Builder
	bare.Grow(len(text))
	for i := range len(text) {
		if b := text[i]; b != '\\' && b != '"' && b != '\'' {
			bare.WriteByte(b)
		}
	}
	return bare.String()
}

// containsAny reports whether one of the parts stands anywhere in a text: a quick look before a regular expression.
func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// calls are the commands of a RUN, wherever in it, a list of words each: as written, but for a pair of quotes around all of a word.
// Where there is a script, they are its Commands one by one. What no shell that is known runs is read like a shell program too: rules ask
// for what may happen.
func (r *reader) calls(in *source.Instruction) [][]string {
	if in.Name != "RUN" {
		return nil
	}
	return r.called.of(in, func() (list [][]string) {
		s := r.script(in)
		if s == nil {
			return shellCalls(unreadText(r.doc, in))
		}
		list = slices.Grow(list, len(s.Commands)) // nil where there are none
		for _, c := range s.Commands {
			list = append(list, s.call(c))
		}
		return list
	})
}

// call are all words of a command, wrappers included.
func (s *script) call(c *shellCommand) []string {
	return callWords(s.program.Text, c.Stmt.Cmd.(*syntax.CallExpr))
}

// unreadText is what a RUN runs that is not taken apart: its here-document where that begins with a shell to run it.
func unreadText(doc *source.Document, in *source.Instruction) string {
	for _, h := range in.Heredocs {
		body := doc.Text(h.Body)
		if first, _, _ := strings.Cut(body, "\n"); strings.HasPrefix(first, "#!") && strings.Contains(first, "sh") {
			return body
		}
	}
	return in.Rest.Text
}

// setters are the ENV and ARG of the document that set a variable.
func (r *reader) setters(name string) []*source.Instruction {
	return r.set.of(once{}, func() map[string][]*source.Instruction {
		set := map[string][]*source.Instruction{}
		for _, in := range r.doc.Dockerfile.Instructions {
			if in.Name != "ENV" && in.Name != "ARG" {
				continue
			}
			for _, p := range in.Pairs {
				set[p.Name.Text] = append(set[p.Name.Text], in)
			}
		}
		return set
	})[name]
}
