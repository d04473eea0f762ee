package dockerfile

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// Pipefail finds pipes in which the failure of a command in front goes unnoticed.
var Pipefail = &fix.Rule{
	Name:    "pipefail",
	Title:   "a pipe that hides the failure of the command in front",
	Why:     "The status of a pipe is that of its last command: with curl ... | tar x a download that fails part of the way can leave half a program and a green build. set -o pipefail makes the RUN fail. It is put in front where the shell has it: bash, and ash of Alpine. dash, which is /bin/sh on Debian and Ubuntu, rejects it; there bash -o pipefail -c '...' runs the command. SHELL is never inserted, since it changes every shell form CMD and HEALTHCHECK below. Held back always: a build that passed over a failure now stops at it. Refused where a command in front may fail or be cut off in good order (yes, a question such as grep, which, test or expr, or a reader that stops early such as head), with $0, background jobs and here-documents, with quotes that leave no way to hand the command to bash, and where it is not known what /bin/sh is.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Aliases: []string{"DL4006"},
	Changes: []string{"exec-args"},
	Check:   checkPipefail,
}

func checkPipefail(p *fix.Pass) {
	for s := range scripts(p, saysPipe) {
		if mentions(p.Doc, s.In, "pipefail") || slices.Contains(s.Shell, "pipefail") || strings.Contains(strings.Join(s.Shell, " "), "-o pipefail") {
			continue
		}
		pipes := s.pipes()
		last := slices.IndexFunc(pipes, func(p pipe) bool { return p.hides })
		if last < 0 {
			continue
		}
		// The place is the end of a pipe, so that fixes of the commands before it are made first: once bash runs the command, it is
		// a string, and no rule looks into that.
		f := fix.Finding{Span: pipes[last].end, Message: "the failure of a command in front of a pipe goes unnoticed"}
		if why := s.noPipefail(pipes); why != "" {
			f.Reason = why
		} else {
			s.addPipefail(&f)
		}
		p.Report(f)
	}
}

// pipe is one pipeline of a program.
type pipe struct {
	end   source.Span // its last command
	hides bool        // a failure in front would be one of the RUN, and is not noticed
	risk  string      // why it may fail in good order under pipefail
}

// pipes lists the pipelines of a program, those in substitutions and conditions too.
func (s *script) pipes() []pipe {
	commands := make(map[*syntax.Stmt]*shellCommand, len(s.Commands))
	for _, c := range s.Commands {
		commands[c.Stmt] = c
	}
	inner := map[*syntax.BinaryCmd]bool{}
	var list []pipe
	walkCommands(s.program.File, func(n syntax.Node) bool {
		b, ok := n.(*syntax.BinaryCmd)
		if ok && isPipe(b) && !inner[b] {
			stages := pipeStages(b, inner)
			p := judgePipe(stages, commands)
			p.end, _ = s.program.Span(stages[len(stages)-1])
			list = append(list, p)
		}
		return true
	})
	return list
}

// alone reports whether a character stands somewhere in a text that is not one of two: a pipe rather than ||.
func alone(text []byte, b byte) bool {
	for i := bytes.IndexByte(text, b); i >= 0; i = bytes.IndexByte(text, b) {
		n := 1
		for i+n < len(text) && text[i+n] == b {
			n++
		}
		if n != 2 {
			return true
		}
		text = text[i+n:]
	}
	return false
}

func isPipe(b *syntax.BinaryCmd) bool { return b.Op == syntax.Pipe || b.Op == syntax.PipeAll }

// pipeStages lists the commands of a pipeline and marks the pipes inside of it.
func pipeStages(b *syntax.BinaryCmd, inner map[*syntax.BinaryCmd]bool) []*syntax.Stmt {
	var list []*syntax.Stmt
	for _, side := range []*syntax.Stmt{b.X, b.Y} {
		if deeper, ok := side.Cmd.(*syntax.BinaryCmd); ok && isPipe(deeper) {
			inner[deeper] = true
			list = append(list, pipeStages(deeper, inner)...)
			continue
		}
		list = append(list, side)
	}
	return list
}

// surelyGood are commands whose failure nobody needs to know: they do not fail, or are there to be cut off.
var surelyGood = []string{"echo", "printf", "true", ":", "yes"}

func judgePipe(list []*syntax.Stmt, commands map[*syntax.Stmt]*shellCommand) pipe {
	var p pipe
	last := len(list) - 1
	for i, st := range list {
		c := commands[st]
		if c == nil {
			p.hides = p.hides || i < last
			if i < last {
				p.risk = firstOf(p.risk, riskWithin(st, commands))
			}
			continue
		}
		if i < last && !slices.Contains(surelyGood, c.name()) {
			// A condition, a tolerated failure or a substitution does not fail the RUN.
			p.hides = p.hides || !c.in(inSubstitution, inOrLeft, inNegation, inIf, inFunction)
		}
		switch {
		case i < last && c.answers() != "":
			p.risk = c.answers() + " in front of a pipe may fail or be cut off in good order"
		case i > 0 && c.stopsEarly():
			p.risk = c.name() + " stops reading early, so that the command in front may be cut off"
		}
	}
	return p
}

var quits = lazyregexp.New(`\bexit\b|(^|[;0-9/{ ])q($|[;} ])`)

// stopsEarly reports whether a reader does not read to the end.
func (c *shellCommand) stopsEarly() bool {
	switch c.name() {
	case "head", "read", "true", ":", "false", "test":
		return true
	case "grep", "egrep", "fgrep":
		return c.has("-q", "-m", "--quiet", "--silent", "--max-count", "-l") || slices.ContainsFunc(c.Words, func(w shellWord) bool { return strings.HasPrefix(w.Text, "-m") })
	case "sed", "awk", "gawk", "mawk":
		return slices.ContainsFunc(c.Words[1:], func(w shellWord) bool { return quits.MatchString(w.Text) })
	}
	return false
}

// noPipefail says why a program cannot be run with pipefail.
func (s *script) noPipefail(pipes []pipe) string {
	for _, p := range pipes {
		if p.risk != "" {
			return p.risk
		}
	}
	if s.hasJob() {
		return "it has a background job"
	}
	itself := s.readsItself()
	switch {
	case itself != "":
		return "it reads $" + itself + ", which may be another then"
	case len(s.In.Heredocs) > 0:
		return "it has a here-document"
	case s.shell() == baseUnknown:
		return "what /bin/sh is in " + stageImage(s.doc.Dockerfile.Stages[s.In.Stage]) + " is not known"
	case s.shell() == baseDash && s.inBash() == nil:
		return "/bin/sh is dash, which has no pipefail, and its quotes leave no way to hand it to bash"
	case s.shell() == baseDash && meansElse(s.In.Rest.Text):
		return "/bin/sh is dash, which has no pipefail, and bash would read it in another way"
	}
	return ""
}

// hasJob reports whether something runs in the background.
func (s *script) hasJob() bool {
	if !alone(s.doc.Bytes[s.In.Start:s.In.End], '&') {
		return false
	}
	found := false
	walkCommands(s.program.File, func(n syntax.Node) bool {
		st, ok := n.(*syntax.Stmt)
		found = found || ok && (st.Background || st.Coprocess)
		return true
	})
	return found
}

// shell tells what runs the program.
func (s *script) shell() baseSystem {
	switch name := path.Base(s.Shell[0]); name {
	case "bash", "zsh", "ksh":
		return baseBash
	case "ash":
		return baseBusybox
	case "dash":
		return baseDash
	}
	st := s.doc.Dockerfile.Stages[s.In.Stage]
	return s.reader.base.of(st, func() baseSystem { return shellOf(s.doc, st) })
}

// bashEcho, bashBraces and bashVariables are what dash and bash read differently: escapes and options of echo, braces, and variables that
// bash has by itself.
var (
	bashEcho      = lazyregexp.New(`^echo(\b[^|;&]*\\|\s+-[eE])`) // from an echo on
	bashBraces    = lazyregexp.New(`\{[^{} $]*(,|\.\.)[^{} ]*\}`)
	bashVariables = lazyregexp.New(`\$\{?(UID|RANDOM|HOSTNAME|SECONDS|GROUPS|LINENO)\b`)
)

// meansElse reports whether bash may read a program of dash in another way.
func meansElse(text string) bool {
	braces := strings.Contains(text, "{") && containsAny(text, []string{",", ".."})
	variables := strings.Contains(text, "$") && containsAny(text, []string{"UID", "RANDOM", "HOSTNAME", "SECONDS", "GROUPS", "LINENO"})
	return containsAny(text, []string{"&>", "$'"}) || echoesElse(text) || braces && bashBraces.MatchString(text) || variables && bashVariables.MatchString(text)
}

// echoesElse reports whether bash may read an echo of dash in another way.
func echoesElse(text string) bool {
	if !containsAny(text, []string{`\`, "-e", "-E"}) {
		return false
	}
	for from := 0; ; from += len("echo") {
		at := strings.Index(text[from:], "echo")
		if at < 0 {
			return false
		}
		from += at
		if !endsInWord(text[:from]) && bashEcho.MatchString(text[from:]) {
			return true
		}
	}
}

// endsInWord reports whether the last byte of a text is one of a word, as \b of regular expressions has it.
func endsInWord(text string) bool {
	if text == "" {
		return false
	}
	b := text[len(text)-1]
	return b == '_' || '0' <= b && b <= '9' || !notLetter(rune(b))
}

// setFlags are the options of a set to which o pipefail can be added.
var setFlags = lazyregexp.New(`^-[aefuvx]+$`)

// addPipefail makes the fix of f.
func (s *script) addPipefail(f *fix.Finding) {
	f.Reason = "a build that passed over a failure will stop at it"
	f.Fix = &fix.Fix{Safety: fix.Unsafe}
	text := s.In.Rest.Text
	if s.shell() == baseDash {
		f.Fix.Title, f.Fix.Edits = "let bash run it with pipefail", s.inBash()
		args := []string{"/bin/bash", "-o", "pipefail", "-c", text}
		if !strings.Contains(text, "'") {
			args = append(slices.Clone(s.Shell), "bash -o pipefail -c '"+text+"'")
		}
		f.Fix.Expect = s.expectArgs(args)
		return
	}
	f.Fix.Title = "set -o pipefail"
	if c := s.Commands[0]; len(c.Within) == 0 && c.name() == "set" && len(c.Via) == 0 && c.Start == s.In.Rest.Start && len(c.Words) == 2 && setFlags.MatchString(c.Words[1].Text) && !c.Words[1].Cut {
		f.Fix.Edits = []fix.Edit{fix.Replace(c.Words[1].Span, c.Words[1].Text+"o pipefail")}
		f.Fix.Expect = s.expectArgs(append(slices.Clone(s.Shell), strings.Replace(text, c.Words[1].Text, c.Words[1].Text+"o pipefail", 1)))
		return
	}
	start := source.Span{Start: s.In.Rest.Start, End: s.In.Rest.Start}
	f.Fix.Edits = []fix.Edit{fix.Replace(start, "set -o pipefail && ")}
	f.Fix.Expect = s.expectArgs(append(slices.Clone(s.Shell), "set -o pipefail && "+text))
}

// expectArgs says which command the builder is to run: that the quotes come out right is proven, not believed.
func (s *script) expectArgs(args []string) map[string]string {
	b, err := json.Marshal(args)
	if err != nil {
		return map[string]string{}
	}
	return map[string]string{"exec-args": string(b)}
}

// inBash are the edits that have bash run the program, its text untouched; nil where quotes are in the way.
func (s *script) inBash() []fix.Edit {
	text := s.In.Rest.Text
	if !strings.Contains(text, "'") {
		return around(s.doc, s.In.Rest.Span, "bash -o pipefail -c '", "'")
	}
	return jsonAround(s.doc, s.In, `["/bin/bash", "-o", "pipefail", "-c", "`)
}

// around puts text before and behind a span. It replaces the last byte, since an insertion at the end of a file would belong
// to no line.
func around(doc *source.Document, at source.Span, before, after string) []fix.Edit {
	last := source.Span{Start: at.End - 1, End: at.End}
	return []fix.Edit{fix.Replace(source.Span{Start: at.Start, End: at.Start}, before), fix.Replace(last, doc.Text(last)+after)}
}
