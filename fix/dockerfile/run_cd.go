package dockerfile

import (
	"path"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// RunCd finds a RUN that begins with cd where WORKDIR can take its place, or does already.
var RunCd = &fix.Rule{
	Name:    "run-cd",
	Title:   "cd at the beginning of a RUN, where WORKDIR does",
	Why:     "WORKDIR says where things happen once, for all that follows. A cd to the directory that is in force anyway goes. A cd to another one becomes a WORKDIR only where an absolute WORKDIR follows before anything that depends on the directory: a relative path, a CMD, an ENTRYPOINT, the end of the stage. Anything else would move it, and is left alone, as is a cd in a subshell, with a variable, a relative one, and a RUN with mounts, in which the directory may exist for that RUN only. Refused where a comment would be lost.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3003"},
	Changes: []string{"exec-args", "exec-cwd", "step-added"},
	Check:   checkRunCd,
}

func checkRunCd(p *fix.Pass) {
	r := sharedReader(p)
	known := map[*source.Instruction]string{} // where the RUNs already looked at go
	for in := range instructions(p.Doc, "RUN") {
		dir, rest := r.leadingCd(in)
		if dir == "" {
			continue
		}
		stage := p.Doc.Dockerfile.Stages[in.Stage]
		here := workdirAt(stage, in.Start)
		same := here.unknown == "" && here.dir == dir
		if !same && !r.movesNothing(stage, in, known) {
			continue
		}
		f := fix.Finding{Span: in.Span, Message: "RUN begins with cd " + dir}
		edits := []fix.Edit{fix.Replace(source.Span{Start: in.Rest.Start, End: rest}, "")}
		switch {
		case commentWithin(p.Doc, edits):
			f.Reason = "a comment stands between its lines"
		case same:
			f.Message += ", which is the working directory anyway"
			f.Fix = &fix.Fix{Title: "drop it", Safety: fix.Safe, Edits: edits}
		default:
			indent := p.Doc.Text(source.Span{Start: lineStart(p.Doc, in.Start), End: in.Start})
			at := source.Span{Start: in.Start, End: in.Start}
			edits = append(edits, fix.Replace(at, likeCase("WORKDIR", in.Keyword.Text)+" "+dir+p.Doc.Newline+indent))
			f.Fix = &fix.Fix{Title: "use WORKDIR " + dir, Safety: fix.Safe, Edits: edits}
		}
		p.Report(f)
	}
}

// lineStart is where the line that holds an offset begins, behind a byte order mark.
func lineStart(doc *source.Document, offset int) int {
	n, _ := doc.Position(offset)
	start := doc.Line(n).Start
	if start == 0 && strings.HasPrefix(string(doc.Bytes), "\xef\xbb\xbf") {
		start = 3
	}
	return start
}

// leadingCd is the absolute directory to which a RUN goes first, and where the command behind it begins; "" for none.
func (r *reader) leadingCd(in *source.Instruction) (dir string, rest int) {
	if in.Stage < 0 || len(in.Flags) > 0 || len(in.Heredocs) > 0 || !strings.HasPrefix(in.Rest.Text, "cd") {
		return "", 0
	}
	s, err := r.readRun(in)
	if err != nil || len(s.Commands) < 2 || len(s.program.File.Stmts) != 1 || strings.Contains(in.Rest.Text, "cd -") || strings.Contains(in.Rest.Text, "OLDPWD") {
		return "", 0
	}
	chain := andLinks(s.program.File.Stmts[0])
	cd := s.Commands[0]
	if len(chain) < 2 || chain[0] != cd.Stmt || cd.name() != "cd" || len(cd.Words) != 2 || len(cd.Assigned)+len(cd.Via)+len(chain[0].Redirs) > 0 {
		return "", 0
	}
	to := cd.Words[1]
	clean := path.Clean(to.Text)
	if !to.Plain || to.Glob || !plainPath(to.Text) || !strings.HasPrefix(to.Text, "/") || clean != "/"+strings.Trim(to.Text, "/") {
		return "", 0
	}
	next, ok := s.program.Span(chain[1])
	if next.Start <= cd.Start || !ok && next.Len() == 0 {
		return "", 0
	}
	return clean, next.Start
}

// andLinks are the links of a chain of && and nothing else: one where there is no chain, none where the chain has an || in it.
func andLinks(st *syntax.Stmt) []*syntax.Stmt {
	b, ok := st.Cmd.(*syntax.BinaryCmd)
	switch {
	case st.Background || st.Negated && ok:
		return nil
	case !ok || isPipe(b):
		return []*syntax.Stmt{st}
	case b.Op != syntax.AndStmt:
		return nil
	}
	left, right := andLinks(b.X), andLinks(b.Y)
	if left == nil || right == nil {
		return nil
	}
	return append(left, right...)
}

// workdirAt is the working directory before a place of a stage.
func workdirAt(s *source.Stage, before int) workdir {
	at := workdir{unknown: "the working directory of " + stageImage(s)}
	if strings.EqualFold(rootStage(s).Ref, "scratch") {
		at = workdir{dir: "/"}
	}
	for _, in := range inChain(s, before) {
		if in.Name == "WORKDIR" && in.Rest.Text != "" {
			at = at.join(in.Rest.Text)
		}
	}
	return at
}

// movesNothing reports whether the working directory can be another one behind in: an absolute WORKDIR comes before anything that
// depends on it.
func (r *reader) movesNothing(s *source.Stage, in *source.Instruction, known map[*source.Instruction]string) bool {
	for _, next := range s.Instructions {
		if next.Start <= in.Start {
			continue
		}
		switch next.Name {
		case "WORKDIR":
			return next.Declined == "" && strings.HasPrefix(next.Rest.Text, "/")
		case "ENV", "ARG", "LABEL", "EXPOSE", "USER", "STOPSIGNAL", "MAINTAINER":
		case "COPY", "ADD":
			if len(next.Args) < 2 || !strings.HasPrefix(next.Args[len(next.Args)-1].Text, "/") {
				return false
			}
		case "RUN":
			dir, seen := known[next]
			if !seen {
				dir, _ = r.leadingCd(next)
				known[next] = dir
			}
			if dir == "" {
				return false
			}
		default:
			return false
		}
	}
	return false
}
