package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// LeftBehind finds files that one layer adds and a later one removes.
var LeftBehind = &fix.Rule{
	Name:    "left-behind",
	Title:   "files that are removed in a later layer than they were added in",
	Why:     "A layer keeps what it added: a download, an archive or a package cache that a later RUN removes is out of sight and still in the image. Where that RUN follows directly they are joined with &&, so that nothing is stored. Refused where another instruction stands between, where what the first RUN leaves behind (cd, a variable) would reach the second, where the second could hide a failure of the first, and with flags, here-documents and other shells. Package caches that a RUN far below removes are left to the rules about these. A copied file is told of from a megabyte on: it can only stay out of the image with RUN --mount=type=bind, or in another stage.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args", "step-removed"},
	Check:   checkLeftBehind,
}

func checkLeftBehind(p *fix.Pass) {
	read := sharedReader(p)
	for s := range scripts(p, saysRm|saysClean) {
		in := s.In
		removed := s.removed()
		if len(removed) == 0 {
			continue
		}
		from, what := addedBefore(p.Doc, in, read, removed)
		if from == nil || from.Name != "RUN" && !weighs(p, from, what) || isPackageCache(what) && runBefore(p.Doc, in) != from {
			continue
		}
		line, _ := p.Doc.Position(from.Start)
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("%s is removed here and stays in the layer of line %d", what, line)}
		joinWith(p, from, in, &f)
		p.Report(f)
	}
}

// heavy is from how many bytes on a copied file that is removed later is worth a word.
const heavy = 1 << 20

// weighs reports whether a file that is copied is large, or has the name of a package or archive where its size is not known.
func weighs(p *fix.Pass, in *source.Instruction, what string) bool {
	for _, c := range p.Facts.Contexts {
		for _, w := range in.Args {
			if e, ok := c.Entry(contextPath(w.Text, p.Doc.Dockerfile.Escape)); ok && path.Base(e.Path) == path.Base(what) && e.Mode.IsRegular() {
				return e.Size >= heavy
			}
		}
	}
	switch path.Ext(what) {
	case ".deb", ".rpm", ".apk", ".zip", ".jar", ".war", ".whl", ".run", ".iso", ".bin", ".exe", ".msi", ".7z":
		return true
	}
	return in.Name == "COPY" && (archiveName.MatchString(what) || suspicious.MatchString(path.Base(what)))
}

// isPackageCache reports whether a path is one that other rules clear in the RUN that fills it.
func isPackageCache(what string) bool {
	return slices.ContainsFunc(packageCaches, func(c packageCache) bool { return c.dir == what })
}

// joinWith makes one RUN of two the fix of f.
func joinWith(p *fix.Pass, from, in *source.Instruction, f *fix.Finding) {
	if from.Name != "RUN" {
		f.Reason = from.Name + " added it: use RUN --mount=type=bind, or another stage"
		return
	}
	if runBefore(p.Doc, in) != from {
		f.Reason = "there is another instruction between them"
		return
	}
	edit, quiet := joinEdit(p, from, in)
	switch why := sharedReader(p).apartBecause(from, in); {
	case why != "":
		f.Reason = why
	case !quiet:
		f.Reason = "a comment asks for silence"
	default:
		f.Fix = &fix.Fix{Title: "join the two RUNs", Safety: fix.Safe, Edits: []fix.Edit{edit}}
	}
}

// packageCache is where a package manager keeps what it downloaded, and the commands that fill it.
type packageCache struct {
	dir      string
	programs []string
	subs     []string
}

// packageCaches are the directories that images of the package managers' own projects clear.
var packageCaches = []packageCache{
	{"/var/lib/apt/lists", []string{"apt-get", "apt"}, []string{"update"}},
	{"/var/cache/apk", []string{"apk"}, []string{"add", "update"}},
	{"/var/cache/yum", []string{"yum"}, []string{"install", "update"}},
	{"/var/cache/dnf", []string{"dnf", "microdnf"}, []string{"install", "update"}},
	{"/var/cache/zypp", []string{"zypper"}, []string{"install", "update"}},
}

// removed are the absolute paths and package caches that a program removes for certain.
func (s *script) removed() []string {
	var list []string
	for _, c := range s.Commands {
		switch {
		case len(c.Within) > 0:
		case c.name() == "rm":
			for _, w := range c.Words[1:] {
				if w.Plain && strings.HasPrefix(w.Text, "/") && (!w.Glob || strings.HasSuffix(w.Text, "/*")) {
					list = append(list, path.Clean(strings.TrimSuffix(w.Text, "*")))
				}
			}
		case c.runs("yum", "clean"):
			list = append(list, "/var/cache/yum")
		case c.runs("dnf", "clean"), c.runs("microdnf", "clean"):
			list = append(list, "/var/cache/dnf")
		case c.runs("zypper", "clean"):
			list = append(list, "/var/cache/zypp")
		}
	}
	return list
}

// addedBefore is the last instruction of the stage before in that adds one of the paths; nil where in does so itself, or none.
func addedBefore(doc *source.Document, in *source.Instruction, read *reader, removed []string) (*source.Instruction, string) {
	wanted := map[string]int{}
	for i, what := range slices.Backward(removed) {
		wanted[what] = i
	}
	for _, what := range read.script(in).adds() {
		if _, ok := wanted[what]; ok {
			return nil, ""
		}
	}
	st := doc.Dockerfile.Stages[in.Stage]
	for _, other := range slices.Backward(st.Instructions[:indexBehind(st, in)-1]) {
		first := len(removed)
		for _, what := range read.leaves(other) {
			if i, ok := wanted[what]; ok {
				first = min(first, i)
			}
		}
		if first < len(removed) {
			return other, removed[first]
		}
	}
	return nil, ""
}

// leaves are the paths at which an instruction adds files that are still there behind it.
func (r *reader) leaves(in *source.Instruction) []string {
	return r.left.of(in, func() []string {
		switch {
		case in.Declined == "" && (in.Name == "COPY" || in.Name == "ADD"):
			return copyTargets(in)
		case in.Name != "RUN" || !r.says(in, addingWords...):
			return nil
		}
		s := r.script(in)
		if s == nil {
			return nil
		}
		removed := s.removed()
		return slices.DeleteFunc(s.adds(), func(what string) bool { return slices.Contains(removed, what) })
	})
}

// copyTargets are the paths at which COPY or ADD puts files, as far as it says.
func copyTargets(in *source.Instruction) []string {
	last := len(in.Args) - 1
	if last < 1 || strings.Contains(in.Args[last].Text, "$") {
		return nil
	}
	dest := in.Args[last].Text
	var list []string
	for _, w := range in.Args[:last] {
		list = append(list, copyTarget(w.Text, dest, last > 1))
	}
	if dir, ok := strings.CutSuffix(dest, "/"); ok {
		list = append(list, dir)
	}
	return list
}

// copyTarget is where a file lands.
func copyTarget(from, dest string, several bool) string {
	if several || strings.HasSuffix(dest, "/") {
		return path.Join(dest, path.Base(from))
	}
	return path.Clean(dest)
}

// outputs are the options with which downloaders name the file they write.
var outputs = map[string][]string{"curl": {"-o", "--output"}, "wget": {"-O", "--output-document"}}

// addingWords are texts of which each of the programs that adds is about has one in its name.
var addingWords = append([]string{"curl", "wget"}, packageWords...)

// adds are the paths at which a program writes files, and the package caches that it fills.
func (s *script) adds() []string {
	var list []string
	filled := map[string]bool{}
	for _, c := range s.Commands {
		for _, cache := range packageCaches {
			if !filled[cache.dir] && slices.Contains(cache.programs, c.name()) && slices.Contains(cache.subs, c.sub()) {
				if filled[cache.dir] = true; !c.has("--no-cache") {
					list = append(list, cache.dir)
				}
			}
		}
		if outputs[c.name()] != nil {
			list = append(list, s.downloadsTo(c)...)
		}
	}
	return list
}

// downloadsTo are the paths of the files that curl or wget writes.
func (s *script) downloadsTo(c *shellCommand) []string {
	var list []string
	for i, w := range c.Words[1:] {
		if w.Plain && slices.ContainsFunc(outputs[c.name()], func(o string) bool { return c.Words[i].isFlag(o) }) {
			list = append(list, path.Clean(w.Text))
		}
	}
	for _, r := range c.Stmt.Redirs {
		if w := s.word(r.Word); strings.HasPrefix(r.Op.String(), ">") && w.Plain && w.Text != "/dev/null" {
			list = append(list, path.Clean(w.Text))
		}
	}
	if c.name() != "wget" || !c.has("-P") {
		return list
	}
	for _, dir := range c.Words[1:] {
		for _, w := range c.Words[1:] {
			if dir.Plain && strings.HasPrefix(dir.Text, "/") && w.Plain && strings.Contains(w.Text, "://") {
				list = append(list, path.Join(dir.Text, path.Base(w.Text)))
			}
		}
	}
	return list
}
