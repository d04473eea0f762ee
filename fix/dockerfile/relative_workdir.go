package dockerfile

import (
	"fmt"
	"path"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// RelativeWorkdir finds a WORKDIR that does not begin with "/".
var RelativeWorkdir = &fix.Rule{
	Name:    "relative-workdir",
	Title:   "a relative WORKDIR",
	Why:     "A relative WORKDIR adds to the one before, so an edit far above moves it. After an absolute WORKDIR in the same file it is written out. A first one depends on the base image, which is not known offline: held back.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"WorkdirRelativePath", "DL3000"},
	Check:   checkRelativeWorkdir,
}

func checkRelativeWorkdir(p *fix.Pass) {
	for in := range instructions(p.Doc, "WORKDIR") {
		dir := in.Rest.Text
		if in.Stage < 0 || dir == "" || isAbsolute(dir) {
			continue
		}
		stage := p.Doc.Dockerfile.Stages[in.Stage]
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("WORKDIR %s is relative", dir)}
		before, unknown := workdirBefore(stage, in)
		switch {
		case in.Rest.Split:
			f.Reason = cut
		case !plainPath(dir):
			f.Reason = "it has variables, quotes or backslashes"
		case unknown != "":
			f.Reason = fmt.Sprintf("it adds to %s, which is not known", unknown)
		default:
			abs := path.Join(before, dir)
			f.Fix = &fix.Fix{Title: "write " + abs, Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(in.Rest.Span, abs)}}
		}
		p.Report(f)
	}
}

// isAbsolute knows the absolute paths of both systems, and leaves alone what only becomes a path when it is expanded.
func isAbsolute(dir string) bool {
	dir = strings.TrimLeft(dir, `"'`)
	drive := len(dir) > 1 && dir[1] == ':'
	return drive || strings.HasPrefix(dir, "/") || strings.HasPrefix(dir, `\`) || strings.HasPrefix(dir, "$") || strings.HasPrefix(dir, "%")
}

func plainPath(dir string) bool { return !strings.ContainsAny(dir, "$%\"'\\` \t:") }

// workdirBefore is the working directory at in, as far as the file itself tells: from the WORKDIRs of the stage and of
// those it is built on. Where it cannot be told, unknown says what it depends on.
func workdirBefore(s *source.Stage, in *source.Instruction) (dir, unknown string) {
	switch {
	case s.Base != nil:
		dir, unknown = workdirBefore(s.Base, nil)
	case strings.EqualFold(s.Ref, "scratch"):
		dir = "/"
	default:
		unknown = "the working directory of " + s.Image.Text
	}
	for _, other := range s.Instructions {
		to := other.Rest.Text
		switch {
		case other == in:
			return dir, unknown
		case other.Name != "WORKDIR" || to == "":
		case !plainPath(to):
			unknown = "WORKDIR " + to
		case strings.HasPrefix(to, "/"):
			dir, unknown = path.Clean(to), ""
		default:
			dir = path.Join(dir, to)
		}
	}
	return dir, unknown
}
