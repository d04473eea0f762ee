package source

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// Shell is the shell program of a RUN, with a way back from its nodes to the bytes of the Dockerfile.
type Shell struct {
	File *syntax.File
	doc  *Document
	text joined // the program as the shell reads it
}

// Span is the place in the file of a node of the program. The second result is false where a continuation or the start
// of a here-document lies inside, or where the bytes are not the text the shell parser made of them (it drops "\r" and
// joins lines in here-documents): such a node must not be replaced.
func (s *Shell) Span(n syntax.Node) (Span, bool) {
	w := s.text.word(int(n.Pos().Offset()), int(n.End().Offset()))
	if lit, ok := n.(*syntax.Lit); ok && s.doc.Text(w.Span) != lit.Value {
		return w.Span, false
	}
	return w.Span, !w.Split
}

// Text is a node as the shell reads it: continuations are left out.
func (s *Shell) Text(n syntax.Node) string {
	return s.text.text[n.Pos().Offset():n.End().Offset()]
}

// posixShells are the shells whose programs mvdan.cc/sh reads.
var posixShells = map[string]bool{"sh": true, "bash": true, "ash": true, "dash": true, "zsh": true, "ksh": true}

// shells keeps the programs of a document: many rules look at each.
type shells struct {
	mu     sync.Mutex
	parsed map[*Instruction]parsedShell
}

type parsedShell struct {
	shell *Shell
	err   error
}

// Shell parses the program that a RUN in shell form gives to its shell, once. The error says why there is none to look at.
func (d *Document) Shell(in *Instruction) (*Shell, error) {
	if in.Name != "RUN" || in.Declined != "" {
		return d.parseShell(in)
	}
	s := &d.Dockerfile.shells
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.parsed[in]
	if !ok {
		known.shell, known.err = d.parseShell(in)
		if s.parsed == nil {
			s.parsed = map[*Instruction]parsedShell{}
		}
		s.parsed[in] = known
	}
	return known.shell, known.err
}

func (d *Document) parseShell(in *Instruction) (*Shell, error) {
	switch {
	case in.Name != "RUN":
		return nil, fmt.Errorf("%s runs no shell program", in.Name)
	case in.Declined != "":
		return nil, errors.New(in.Declined)
	case in.JSON:
		return nil, errors.New("the command is in JSON form")
	case in.Stage < 0:
		return nil, errors.New("it stands before the first FROM")
	}
	if name := d.shellOf(in); !posixShells[name] {
		return nil, fmt.Errorf("the shell is %s", name)
	}
	text, err := d.program(in)
	if err != nil {
		return nil, err
	}
	file, err := ParseShell(text.text)
	if err != nil {
		return nil, fmt.Errorf("the shell program does not parse: %w", err)
	}
	return &Shell{File: file, doc: d, text: text}, nil
}

// shellParsers are free parsers: each brings a kilobyte of buffers, and one serves many programs.
var shellParsers = sync.Pool{New: func() any { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }}

// ParseShell reads a program of a POSIX shell, what bash adds to it included.
func ParseShell(text string) (*syntax.File, error) {
	p := shellParsers.Get().(*syntax.Parser)
	defer shellParsers.Put(p)
	return p.Parse(strings.NewReader(text), "")
}

// shellOf names the program that runs the shell form where in stands: that of SHELL, else sh; on Windows, where Dockerfiles have
// the backtick as escape character, cmd.
func (d *Document) shellOf(in *Instruction) string {
	if words := d.ShellAt(in); len(words) > 0 {
		return strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(words[0].Text, `\`, "/"))), ".exe")
	}
	if d.Dockerfile.Escape == '`' || d.Dockerfile.Stages[in.Stage].ForWindows() {
		return "cmd"
	}
	return "sh"
}

// ShellAt are the words of the SHELL that is in force at an instruction of a stage: the last one before it, there or in a stage that it
// is built on. There are none where no SHELL is.
func (d *Document) ShellAt(in *Instruction) []Word {
	for s := d.Dockerfile.Stages[in.Stage]; s != nil; s = s.Base {
		for i := len(s.shells) - 1; i >= 0; i-- {
			if s.shells[i].Start < in.Start {
				return s.shells[i].Args
			}
		}
	}
	return nil
}

// program is the text that the shell gets: the joined line, or the body of the here-document that is the whole command,
// or the line with its here-documents below it.
func (d *Document) program(in *Instruction) (joined, error) {
	if len(in.Heredocs) == 0 {
		return in.line.slice(in.rest, in.rest+len(in.Rest.Text)), nil
	}
	first := in.Heredocs[0]
	if len(in.Heredocs) == 1 && isHeredocWord(in.Rest.Text) {
		body := d.Text(first.Body)
		if strings.HasPrefix(body, "#!") { // BuildKit makes a file of it and runs that
			return joined{}, errors.New("the here-document has an interpreter of its own")
		}
		return joined{text: body, pieces: []piece{{0, first.Body.Start}}}, nil
	}
	text := in.line.slice(in.rest, in.rest+len(in.Rest.Text))
	last := in.Heredocs[len(in.Heredocs)-1]
	text.pieces = append(text.pieces, piece{len(text.text) + 1, first.Body.Start})
	text.text += "\n" + d.Text(Span{first.Body.Start, last.Terminator.End}) + "\n"
	return text, nil
}

// isHeredocWord reports whether s is one here-document operator and nothing else, such as <<EOF.
func isHeredocWord(s string) bool {
	return strings.HasPrefix(s, "<<") && !strings.ContainsAny(strings.TrimLeft(s, "<- "), " \t<>&|;")
}

// slice is the part of a joined line from index from to index to.
func (j *joined) slice(from, to int) joined {
	out := joined{text: j.text[from:to], pieces: make([]piece, 0, len(j.pieces))}
	for i, p := range j.pieces {
		end := len(j.text)
		if i+1 < len(j.pieces) {
			end = j.pieces[i+1].at
		}
		if end <= from || p.at >= to {
			continue
		}
		cut := max(0, from-p.at)
		out.pieces = append(out.pieces, piece{p.at + cut - from, p.offset + cut})
	}
	return out
}
