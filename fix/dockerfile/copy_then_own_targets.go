package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// target is a file or directory that a COPY makes.
type target struct {
	path string
	dir  bool
	mode string // octal, with the x bits set; "" where it is not known
}

// targetsOf are the paths that a COPY makes; not known where that depends on what is in the image or the build context.
func targetsOf(p *fix.Pass, cp *source.Instruction, here workdir) ([]target, bool) {
	last := len(cp.Args) - 1
	dest := cp.Args[last].Text
	if strings.ContainsAny(dest, "$\"'\\") || absolute(dest, here) == "" {
		return nil, false
	}
	var list []target
	for _, w := range cp.Args[:last] {
		if strings.ContainsAny(w.Text, "$*?[\"'\\") {
			return nil, false
		}
		t, ok := copyTargetOf(p, cp, w.Text, dest, last > 1)
		if !ok {
			return nil, false
		}
		t.path = absolute(t.path, here)
		list = append(list, t)
	}
	return list, true
}

func copyTargetOf(p *fix.Pass, cp *source.Instruction, from, dest string, several bool) (target, bool) {
	name := contextPath(from, p.Doc.Dockerfile.Escape)
	base := path.Base(name)
	into := several || strings.HasSuffix(dest, "/") || dest == "." || dest == ".."
	_, fromStage := cp.Flag("from")
	kind, mode := copyKind(p.Facts.Contexts, name, fromStage)
	switch {
	case kind == "dir", strings.HasSuffix(from, "/"), name == ".":
		return target{path: strings.TrimRight(dest, "/"), dir: true}, len(strings.Trim(dest, "/.")) > 0
	case kind == "" && path.Ext(base) == "":
		return target{}, false // it may be a directory
	case into:
		return target{path: path.Join(dest, base), mode: mode}, true
	case path.Base(dest) == base || path.Ext(dest) != "":
		return target{path: dest, mode: mode}, true
	}
	return target{}, false // the destination may be a directory of the image
}

// copyKind tells what lies at a path of the build contexts: "dir", "file" or "", and the mode of a file made executable.
func copyKind(contexts []*fix.BuildContext, name string, fromStage bool) (kind, mode string) {
	if fromStage {
		return "", ""
	}
	for _, c := range contexts {
		e, ok := c.Entry(name)
		switch {
		case !ok:
			return "", ""
		case e.Mode.IsDir():
			kind = "dir"
		case e.Mode.IsRegular():
			// Group and others may not write whatever the umask of this checkout: the group is root's, or the one asked for.
			kind, mode = "file", fmt.Sprintf("%o", e.Mode.Perm()&^0o022|0o111)
		default:
			return "", ""
		}
	}
	return kind, mode
}

// absolute is a path of the image; "" where it depends on a working directory that is not known.
func absolute(name string, here workdir) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return path.Clean(name)
	case here.unknown != "":
		return ""
	}
	return path.Join(here.dir, name)
}

// rootDirs are directories that every image has, so that a COPY does not make them.
var rootDirs = []string{"/", "/etc", "/usr", "/usr/bin", "/usr/sbin", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/lib", "/bin", "/sbin", "/opt", "/var", "/var/lib", "/var/log", "/tmp", "/root", "/home", "/srv"}

// madeFor is the directory of a target that the COPY may have to make, with the owner of the files; "" for none.
func madeFor(targets []target, here workdir) string {
	for _, t := range targets {
		dir := path.Dir(t.path)
		if !slices.Contains(rootDirs, dir) && (here.unknown != "" || dir != here.dir) {
			return dir
		}
	}
	return ""
}

// usesBuildKit reports whether a file has something that only BuildKit understands.
func usesBuildKit(doc *source.Document) bool {
	for _, d := range doc.Dockerfile.Directives {
		if d.Name == "syntax" && strings.Contains(d.Value.Text, "docker/dockerfile:") {
			return true
		}
	}
	return slices.ContainsFunc(doc.Dockerfile.Instructions, func(in *source.Instruction) bool {
		return len(in.Heredocs) > 0 || slices.ContainsFunc(in.Flags, func(f source.Flag) bool {
			return slices.Contains([]string{"mount", "link", "chmod", "parents", "exclude", "checksum", "network", "security"}, f.Name)
		})
	})
}
