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
	Why:     "A relative WORKDIR adds to the one before, so an edit far above moves it. After an absolute WORKDIR in its stage, or in one that the stage is built on, it is written out; so it is on scratch. Without one it depends on the base image, which is not known offline: held back, as is one with variables, quotes, blanks, colons or backslashes.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"WorkdirRelativePath", "DL3000"},
	Check:   checkRelativeWorkdir,
}

func checkRelativeWorkdir(p *fix.Pass) {
	var known map[*source.Instruction]workdir
	for in := range instructions(p.Doc, "WORKDIR") {
		dir := in.Rest.Text
		if in.Stage < 0 || dir == "" || isAbsolute(dir) {
			continue
		}
		if known == nil {
			known = workdirs(p.Doc.Dockerfile)
		}
		before := known[in]
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("WORKDIR %s is relative", dir)}
		switch {
		case !plainPath(dir):
			f.Reason = "it has variables, quotes, blanks, colons or backslashes"
		case before.unknown != "":
			f.Reason = fmt.Sprintf("it adds to %s, which is not known", before.unknown)
		default:
			abs := path.Join(before.dir, dir)
			replace(&f, "write "+abs, in.Rest, abs)
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

// maxPath is the length in bytes of the longest path that Linux takes (PATH_MAX in limits.h).
const maxPath = 4096

// workdir is a working directory, as far as the file itself tells.
type workdir struct {
	dir     string
	unknown string // what it depends on where it cannot be told
}

// workdirs are the working directories before each WORKDIR, from those of its stage and of the stages it is built on.
func workdirs(df *source.Dockerfile) map[*source.Instruction]workdir {
	before := map[*source.Instruction]workdir{}
	last := map[*source.Stage]workdir{}
	for _, s := range df.Stages {
		at := workdir{unknown: "the working directory of " + s.Image.Text}
		if s.Base != nil {
			at = last[s.Base]
		} else if strings.EqualFold(s.Ref, "scratch") {
			at = workdir{dir: "/"}
		}
		for _, in := range s.Instructions {
			if in.Name == "WORKDIR" && in.Rest.Text != "" {
				before[in] = at
				at = at.join(in.Rest.Text)
			}
		}
		last[s] = at
	}
	return before
}

func (w workdir) join(to string) workdir {
	switch {
	case !plainPath(to):
		return workdir{unknown: "WORKDIR " + to}
	case strings.HasPrefix(to, "/"):
		return workdir{dir: to}
	case w.unknown != "":
		return w
	case len(w.dir)+len(to) > maxPath:
		return workdir{unknown: "a path of more than 4,096 bytes"}
	}
	return workdir{dir: path.Join(w.dir, to)}
}
