package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// origin tells where a file of the image comes from.
type origin struct {
	at     string // its path in the build context; "" where no step copies it from there
	unsure bool   // another step may have made it, or changed it
	image  string // the image that it is copied from; then it is not sure either
}

// imageDir stands for the working directory of an image of which it is not known: no path has a NUL byte.
const imageDir = "/\x00"

// binDirs are where a program is looked for that is named without a folder.
var binDirs = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// text finds a file of the context by the path that it has in the image, through the steps that copy it. It is not found where these leave
// open which file that is.
func (l *launch) text(name string) (at, text string, ok bool) {
	if name == "" || l.ctx.Failed != "" || len(l.ctx.Texts) == 0 {
		return "", "", false
	}
	for _, dir := range l.folders(name) {
		from := l.originIn(l.chain, resolved(dir, name), 0)
		if from.unsure || from.at != "" && at != "" && from.at != at {
			return "", "", false
		}
		if from.at != "" {
			at = from.at
		}
	}
	b, ok := l.ctx.Texts[at]
	return at, string(b), ok && at != ""
}

// folders are those that a name may be relative to.
func (l *launch) folders(name string) []string {
	if strings.HasPrefix(name, "/") {
		return []string{"/"}
	}
	start := l.copies(l.chain).dir
	if l.moved != "" {
		start = resolved(start, l.moved)
	}
	list := []string{start}
	more := "PYTHONPATH"
	if !strings.Contains(name, "/") && !strings.HasSuffix(name, ".py") {
		more = "PATH"
		list = append(list, binDirs...)
	}
	value, _ := l.env(more)
	for _, dir := range strings.Split(value, ":") {
		if strings.HasPrefix(dir, "/") && !slices.Contains(list, path.Clean(dir)) {
			list = append(list, path.Clean(dir))
		}
	}
	return list
}

// goTo notes the folders that a shell program enters before it starts another.
func (l *launch) goTo(before [][]string) {
	for _, call := range before {
		if call[0] != "cd" && call[0] != "pushd" {
			continue
		}
		to := ""
		if len(call) == 2 {
			to = call[1]
		}
		if to == "" || to == "-" || strings.ContainsAny(to, "$~\x60") {
			to = "/\x00cd"
		}
		l.moved = resolved(l.moved, to)
	}
}

// resolved is a path seen from a folder.
func resolved(dir, name string) string {
	if strings.HasPrefix(name, "/") || dir == "" {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// copies is where the steps of a stage are: its working directory and its variables.
type copies struct {
	dir  string
	vars map[string]string
}

func (l *launch) startOfCopies(chain []*source.Stage) copies {
	c := copies{dir: imageDir, vars: map[string]string{}}
	switch {
	case len(chain) > 0 && strings.EqualFold(chain[len(chain)-1].Ref, "scratch"):
		c.dir = "/"
	case len(chain) > 0 && len(l.chain) > 0 && chain[0] == l.chain[0] && l.base != nil && l.base.Known:
		c.dir = path.Join("/", l.base.Config.WorkingDir)
	}
	return c
}

// copies are where the steps of a chain end.
func (l *launch) copies(chain []*source.Stage) copies {
	c := l.startOfCopies(chain)
	for _, s := range slices.Backward(chain) {
		for _, in := range s.Instructions {
			c.step(in)
		}
	}
	return c
}

func (c *copies) step(in *source.Instruction) {
	switch in.Name {
	case "WORKDIR":
		c.dir = resolved(c.dir, c.expand(in.Rest.Text))
	case "ENV":
		for _, p := range in.Pairs {
			c.vars[p.Name.Text] = c.value(p.Value.Text)
		}
	case "ARG":
		for _, a := range in.Args {
			if name, value, ok := strings.Cut(a.Text, "="); ok {
				c.vars[name] = c.value(value)
			}
		}
	}
}

var copyVariable = lazyregexp.New(`\$(?:(\w+)|\{(\w+)\})`)

// value is a text with the variables that are known in it.
func (c *copies) value(text string) string {
	return copyVariable.ReplaceAllStringFunc(strings.Trim(text, `"'`), func(v string) string {
		m := copyVariable.FindStringSubmatch(v)
		if value, ok := c.vars[m[1]+m[2]]; ok {
			return value
		}
		return v
	})
}

// expand is the value of a path. One that begins with a variable that is not known is taken for absolute: it is only like itself.
func (c *copies) expand(text string) string {
	text = c.value(text)
	if strings.HasPrefix(text, "$") {
		return "/" + text
	}
	return text
}

// originIn follows a path of the image at the end of a chain of stages back into the build context.
func (l *launch) originIn(chain []*source.Stage, target string, depth int) origin {
	at := origin{}
	if depth > maxFollow {
		return origin{unsure: true}
	}
	c := l.startOfCopies(chain)
	for _, s := range slices.Backward(chain) {
		for _, in := range s.Instructions {
			switch in.Name {
			case "COPY", "ADD":
				if from, covers := l.copiedBy(&c, in, target, depth); covers {
					at = from
				}
			case "RUN":
				if l.mayChange(in, path.Base(target)) {
					at = origin{unsure: true}
				}
			}
			c.step(in)
		}
	}
	return at
}

// harmlessToFiles are programs that do not change what stands in a file that they name. Line ends of scripts do not matter here.
var harmlessToFiles = []string{"chmod", "chown", "chgrp", "dos2unix", "ls", "test", "[", "touch", "echo", "true", "set", "mkdir", "npm", "yarn", "pnpm", "pip", "pip3", "cat", "stat", "file"}

// mayChange reports whether a RUN names a file that it may make or change.
func (l *launch) mayChange(in *source.Instruction, name string) bool {
	if !mentions(l.doc, in, name) {
		return false
	}
	calls := l.reader.calls(in)
	if len(in.Heredocs) > 0 || len(calls) == 0 || redirects.MatchString(in.Rest.Text) && !strings.Contains(name, "package") {
		return true
	}
	return slices.ContainsFunc(calls, func(call []string) bool {
		program := path.Base(call[0])
		carriage := program == "sed" && strings.Contains(strings.Join(call, " "), `\r`)
		return !carriage && !slices.Contains(harmlessToFiles, program) && strings.Contains(strings.Join(call, " "), name)
	})
}

// copiedBy tells whether a COPY or ADD makes a file, and from what.
func (l *launch) copiedBy(c *copies, in *source.Instruction, target string, depth int) (from origin, covers bool) {
	if in.Declined != "" || len(in.Args) < 2 {
		return origin{unsure: true}, true
	}
	escape := l.doc.Dockerfile.Escape
	dir := resolved(c.dir, c.expand(in.Args[len(in.Args)-1].Text))
	_, parents := in.Flag("parents")
	_, exclude := in.Flag("exclude")
	for _, arg := range in.Args[:len(in.Args)-1] {
		src := c.value(arg.Text)
		var found origin
		var hit bool
		if flag, other := in.Flag("from"); other {
			found, hit = l.fromStage(flag.Unquoted(escape), src, dir, target, depth)
		} else {
			found, hit = l.fromContext(src, dir, target, in.Name == "ADD")
		}
		found.unsure = found.unsure || hit && (parents || exclude)
		if hit {
			from, covers = found, true
		}
	}
	if _, inside := belowDir(target, dir); parents && !covers && inside {
		return origin{unsure: true}, true
	}
	return from, covers
}

// belowDir is the part of a path that is below a folder.
func belowDir(p, dir string) (rest string, ok bool) {
	if dir == "/" {
		return strings.TrimPrefix(p, "/"), true
	}
	return strings.CutPrefix(p, dir+"/")
}

// fromContext tells whether a source of the build context, copied to dir, makes a file.
func (l *launch) fromContext(src, dir, target string, add bool) (from origin, hit bool) {
	rest, inside := belowDir(target, dir)
	switch {
	case url(src), strings.HasPrefix(src, "<<"), strings.HasPrefix(src, "git@"), strings.Contains(src, "$"), add && archived(src):
		return origin{unsure: true}, inside || target == dir
	}
	src = cleanSource(src)
	for _, p := range matching(l.ctx, src) {
		e, known := l.ctx.Entry(p)
		switch {
		case p == "." || known && e.Mode.IsDir():
			if at := path.Join(p, rest); inside && l.ctx.Has(at) {
				from, hit = origin{at: at}, true
			}
		case known && (target == dir || inside && rest == path.Base(p)):
			from, hit = origin{at: p}, true
		}
	}
	return from, hit
}

// archived tells sources that ADD unpacks.
func archived(src string) bool {
	return strings.Contains(src, ".tar") || strings.HasSuffix(src, ".tgz") || strings.HasSuffix(src, ".txz") || strings.HasSuffix(src, ".tbz2")
}

// matching are the paths of a context that a source means.
func matching(c *fix.BuildContext, src string) []string {
	if !strings.ContainsAny(src, "*?[") {
		return []string{src}
	}
	var list []string
	for _, e := range c.Entries {
		if ok, _ := path.Match(src, e.Path); ok {
			list = append(list, e.Path)
		}
	}
	return list
}

// fromStage tells whether a path of another stage, copied to dir, makes a file: it may be a file or a folder. Of an image nothing is
// known.
func (l *launch) fromStage(name, src, dir, target string, depth int) (from origin, hit bool) {
	rest, inside := belowDir(target, dir)
	if !inside && target != dir {
		return origin{}, false
	}
	src = path.Join("/", src)
	asFile := target == dir || rest == path.Base(src)
	if !asFile && path.Ext(src) != "" && !strings.Contains(src, "*") && strings.Trim(path.Ext(src), "./0123456789") != "" && !strings.HasPrefix(path.Base(src), ".") {
		return origin{}, false // server.jar is no folder
	}
	i := targetOf(l.doc.Dockerfile.Stages, name)
	if i < 0 || strings.ContainsAny(src, "*?[$") || name == "" {
		return origin{unsure: true, image: foreignStage(i, name)}, true
	}
	var chain []*source.Stage
	for s := l.doc.Dockerfile.Stages[i]; s != nil; s = s.Base {
		chain = append(chain, s)
	}
	if asFile {
		if from = l.originIn(chain, src, depth+1); from.at != "" || from.unsure || target == dir {
			return from, true
		}
	}
	from = l.originIn(chain, path.Join(src, rest), depth+1)
	return from, true
}

// foreignStage is the name behind --from where it is an image.
func foreignStage(i int, name string) string {
	if i < 0 {
		return name
	}
	return ""
}

// fromImage is the image that a step copies a file from; "" for none.
func (l *launch) fromImage(name string) string {
	if !l.copiesFromStage() {
		return ""
	}
	for _, dir := range l.folders(name) {
		if from := l.originIn(l.chain, resolved(dir, name), 0); from.image != "" {
			return from.image
		}
	}
	return ""
}
