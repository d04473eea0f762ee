package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// WgetProgress finds wget that draws its progress line by line.
var WgetProgress = &fix.Rule{
	Name:    "wget-progress",
	Title:   "wget that fills the build log with its progress",
	Why:     "Without a terminal wget prints a line of dots for every 50 KB. --progress=dot:giga prints one for 32 MB. Only GNU wget has it: nothing is said on Alpine and busybox unless apk adds wget, after apk deletes it again, and where wget is quiet, writes a log file or has its messages redirected; unsafe where the base image is not known.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3047"},
	Changes: []string{"exec-args"},
	Check:   checkWgetProgress,
}

func checkWgetProgress(p *fix.Pass) {
	for s := range scripts(p, saysWget) {
		for _, c := range s.Commands {
			if !c.runs("wget") || len(c.Words) < 2 || c.quietWget() || s.errorsGoElsewhere(c) {
				continue
			}
			gnu, known := s.hasGNUWget(c)
			if known && !gnu {
				continue
			}
			f := fix.Finding{Span: c.Span, Message: "wget fills the build log with its progress",
				Fix: &fix.Fix{Title: "add --progress=dot:giga", Safety: fix.Safe, Edits: []fix.Edit{insertBehind(s.doc, c.Words[0], "--progress=dot:giga")}}}
			if !known {
				f.Fix.Safety, f.Reason = fix.Unsafe, "whether its wget is the GNU one is not known"
			}
			p.Report(f)
		}
	}
}

// quietWget reports whether wget shows no progress, shows it in a way that was asked for, or downloads nothing.
func (c *shellCommand) quietWget() bool {
	return c.has("--quiet", "--no-verbose", "--output-file", "--append-output", "--progress", "--show-progress", "--spider", "--version", "--help", "--background") ||
		slices.ContainsFunc(c.Words[1:], func(w shellWord) bool { return w.quietLetters() })
}

// quietLetters reports whether a group of options of one letter has one after which wget shows no progress. The first letter
// with a value ends the group.
func (w shellWord) quietLetters() bool {
	letters, ok := strings.CutPrefix(w.Text, "-")
	for i := 0; ok && i < len(letters); i++ {
		switch {
		case strings.IndexByte("qVhboa", letters[i]) >= 0:
			return true
		case letters[i] == 'n':
			i++ // -nv, -nc, -nd and their like have two letters
			if i < len(letters) && letters[i] == 'v' {
				return true
			}
		case strings.IndexByte("-OPUtTwQeiBlARDIX", letters[i]) >= 0:
			return false
		}
	}
	return false
}

// errorsGoElsewhere reports whether what a command writes to its standard error may not reach the log, or may be read by another
// program: it, or something around it, redirects it.
func (s *script) errorsGoElsewhere(c *shellCommand) bool {
	if s.quiet == nil {
		s.quiet = s.quietParts()
	}
	return slices.ContainsFunc(s.quiet, func(at source.Span) bool { return at.Start <= c.Start && c.Start < at.End })
}

// quietParts are the parts of the program whose standard error goes elsewhere.
func (s *script) quietParts() []source.Span {
	list := []source.Span{}
	if !containsAny(s.program.Text(s.program.File), []string{">", "2<", "|&"}) {
		return list
	}
	syntax.Walk(s.program.File, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if redirectsErrors(n.Redirs) {
				at, _ := s.program.Span(n)
				if setsErrors(n) {
					at.End = s.In.End
				}
				list = append(list, at)
			}
		case *syntax.BinaryCmd:
			if n.Op == syntax.PipeAll {
				at, _ := s.program.Span(n.X)
				list = append(list, at)
			}
		}
		return true
	})
	return list
}

// setsErrors reports whether a statement is an exec without a program, whose redirections hold for what comes behind it.
func setsErrors(st *syntax.Stmt) bool {
	call, ok := st.Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) == 1 && call.Args[0].Lit() == "exec"
}

func redirectsErrors(list []*syntax.Redirect) bool {
	return slices.ContainsFunc(list, func(r *syntax.Redirect) bool {
		return r.N != nil && r.N.Value == "2" || r.Op == syntax.RdrAll || r.Op == syntax.AppAll || r.Op == syntax.DplOut && r.N == nil
	})
}

// hasGNUWget tells whose wget it is, and whether that is known.
func (s *script) hasGNUWget(c *shellCommand) (gnu, known bool) {
	switch systemOf(s.doc.Dockerfile.Stages[s.In.Stage]) {
	case debianSystem, redhatSystem:
		return true, true
	case alpineSystem, busyboxSystem:
		return s.installsBefore(c, "wget")
	}
	gnu, known = s.installsBefore(c, "wget")
	return gnu, gnu && known
}
