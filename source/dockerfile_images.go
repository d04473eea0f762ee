package source

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// dockerfileImages lists the image references: those of FROM, COPY --from, RUN --mount, # syntax, and the defaults of global
// ARGs that a FROM takes its tag or all of its reference from. Left out are stages, by name in any case and by number, and
// scratch.
func (d *Document) dockerfileImages() []Image {
	df := d.Dockerfile
	images := df.fromImages(df.defaults, false)
	images = append(images, df.syntaxImages()...)
	for _, s := range df.Stages {
		for _, in := range s.Instructions {
			images = append(images, df.flagImages(s, in)...)
		}
	}
	return sharedValues(together(images))
}

// ArgFeeds lists which of the given build arguments hold the tag of an image of the FROM lines, or all of the reference. The
// other arguments have their defaults. An argument that no global ARG takes is no feed.
func (d *Document) ArgFeeds(values map[string]string) []Feed {
	if d.Dockerfile == nil {
		return nil
	}
	names, traces := givenValues(values)
	return feeds(d.Dockerfile.fromImages(d.Dockerfile.arguments(traces), true), names)
}

// givenValues gives each value of the caller a place of its own, by the index of its name.
func givenValues(values map[string]string) (names []string, traces map[string]traced) {
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	traces = make(map[string]traced, len(values))
	for n, name := range names {
		traces[name] = given(n, values[name])
	}
	return names, traces
}

// feeds are the images whose bytes are values of the caller.
func feeds(images []Image, names []string) []Feed {
	var list []Feed
	for _, i := range together(images) {
		if n, ok := givenIndex(i.Span); ok {
			list = append(list, Feed{
				Name: names[n], Ref: i.Ref, Before: i.Before, Held: i.Held, At: i.At,
				Stages: i.Stages, Services: i.Services, Paths: i.Paths, nodes: i.nodes,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b Feed) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// syntaxImages is the image of the syntax directive: the program that reads the Dockerfile.
func (df *Dockerfile) syntaxImages() []Image {
	for _, dir := range df.Directives {
		if dir.Name != "syntax" {
			continue
		}
		ref, _, _ := strings.Cut(dir.Value.Text, " ")
		i := newImage(exactly(ref, dir.Value.Start), Span{dir.Value.Start, dir.Value.Start + len(ref)}, WhereSyntax)
		i.Paths, i.exact = []string{"directive.syntax"}, true
		return []Image{i}
	}
	return nil
}

// fromImages are the images of the FROM lines, each where its tag stands. With shown, one whose tag is shared is shown at the
// place that is shared, and not at its FROM.
func (df *Dockerfile) fromImages(args *arguments, shown bool) []Image {
	uses, images := df.baseUses(args)
	redeclared := df.redeclared()
	var held []*Image
	for n := range uses {
		u := &uses[n]
		if u.image == nil || u.image.Where != WhereArg || u.image.Held != "" {
			continue
		}
		if u.image.Held = df.heldArg(u, uses, args, redeclared); u.image.Held != "" {
			held = append(held, u.image)
		}
	}
	if shown {
		return images
	}
	for _, i := range held { // only now: heldArg compares their places
		at := df.Stages[i.Stages[0]].Image.Span
		i.Span, i.At, i.Before, i.Where = at, at, "", WhereFrom
	}
	return images
}

// baseUse is what one FROM makes of the arguments.
type baseUse struct {
	image    *Image   // nil for a stage and for scratch
	reads    []string // the arguments that it depends on
	platform []string // those that its platform depends on
}

// baseUses are the uses by the stages, and the images in them.
func (df *Dockerfile) baseUses(args *arguments) (uses []baseUse, images []Image) {
	uses = make([]baseUse, len(df.Stages))
	images = make([]Image, 0, len(df.Stages)) // it never grows: uses point into it
	for n, s := range df.Stages {
		x := s.image
		if args != df.defaults {
			x = args.expand(s.From.traced(s.Image))
		}
		uses[n].reads = x.reads
		for _, f := range s.From.Flags {
			uses[n].platform = append(uses[n].platform, args.readBy(variables(f.Value.Text))...)
		}
		if s.Image.Text != "" && (!x.known || !df.isBase(x.out.text, n)) {
			images = append(images, s.baseImage(x, args))
			uses[n].image = &images[len(images)-1]
		}
	}
	return uses, images
}

// isBase reports whether a FROM that says name is built on nothing or on an earlier stage. In another case than the lower one
// BuildKit takes the name of a stage for an image, which it is never meant to be.
func (df *Dockerfile) isBase(name string, stage int) bool {
	if strings.EqualFold(name, "scratch") {
		return true
	}
	return slices.ContainsFunc(df.Stages[:stage], func(s *Stage) bool { return s.Name.Text != "" && strings.EqualFold(s.Name.Text, name) })
}

func (s *Stage) baseImage(x expanded, args *arguments) Image {
	var i Image
	if x.known {
		i = newImage(x.out, s.Image.Span, WhereFrom)
		i.written(s.Image.Text)
		i.inPieces(s.Image)
	} else {
		i = Image{Span: s.Image.Span, At: s.Image.Span, Text: s.Image.Text, Where: WhereFrom, Held: args.missing(x.reads)}
	}
	i.Variables, i.Stages = x.reads, []int{s.Index}
	i.Paths, i.exact = []string{sourceRef}, true
	if !x.known {
		return i
	}
	if s.From.Declined != "" {
		i.Held = s.From.Declined
	}
	if i.Held == "" && !s.Image.Span.Contains(i.Span) {
		i.Where, i.At = WhereArg, s.Image.Span
	}
	return i
}

// missing says which arguments have no value.
func (a *arguments) missing(reads []string) string {
	var names []string
	for _, name := range reads {
		if arg := a.byName[name]; arg == nil || !arg.set {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "it cannot be told what its variables stand for"
	}
	return fmt.Sprintf("it depends on %s, which only the caller knows", strings.Join(names, " and "))
}

// redeclared are the global ARGs whose values stages take over.
func (df *Dockerfile) redeclared() map[string]bool {
	if len(df.Globals) == 0 {
		return nil
	}
	names := map[string]bool{}
	for _, s := range df.Stages {
		for _, in := range s.Instructions {
			for _, p := range in.Pairs {
				if in.Name == "ARG" && !p.HasValue {
					names[p.Name.Text] = true
				}
			}
		}
	}
	return names
}

// heldArg is why the bytes of an ARG's default, though they are the tag of one image, must stay.
func (df *Dockerfile) heldArg(use *baseUse, uses []baseUse, args *arguments, redeclared map[string]bool) string {
	i := use.image
	own := fmt.Sprintf("give the FROM an ARG of its own with the whole reference, ARG BASE=%s and FROM ${BASE}", i.Ref)
	for _, name := range append(slices.Clone(use.reads), slices.Sorted(maps.Keys(args.byName))...) {
		if arg := args.byName[name]; arg == nil || !slices.Contains(arg.value.at, i.Start) {
			continue
		}
		if redeclared[name] {
			return fmt.Sprintf("%s is also used inside a stage, where a digest would become part of its value: %s", name, own)
		}
		if names, shared := sharedBy(name, i, uses); shared {
			return fmt.Sprintf("%s is shared by %s: %s", name, strings.Join(names, " and "), own)
		}
		if !slices.Contains(use.reads, name) {
			return fmt.Sprintf("it is also part of the value of %s: %s", name, own)
		}
		if made := madeFrom(name, i, uses, args); made != "" {
			return fmt.Sprintf("the value of %s is made from it, as of ${%s#x}: %s", made, name, own)
		}
	}
	return ""
}

// madeFrom names an argument that a FROM reads, and whose value depends on the argument that holds image i without having
// the bytes of i: what it is with another tag cannot be told from their places.
func madeFrom(name string, i *Image, uses []baseUse, args *arguments) string {
	for _, u := range uses {
		for _, other := range u.reads {
			if arg := args.byName[other]; other != name && arg != nil && slices.Contains(arg.reads, name) && !slices.Contains(arg.value.at, i.Start) {
				return other
			}
		}
	}
	return ""
}

// sharedBy names what reads an argument, and reports whether any of it reads it otherwise than i does.
func sharedBy(arg string, i *Image, uses []baseUse) (names []string, shared bool) {
	for n := range uses {
		u := &uses[n]
		if slices.Contains(u.platform, arg) {
			names, shared = append(names, fmt.Sprintf("the platform of stage %d", n)), true
		}
		if !slices.Contains(u.reads, arg) {
			continue
		}
		name := fmt.Sprintf("stage %d", n)
		if u.image != nil && u.image.Ref != "" {
			name, _, _ = strings.Cut(u.image.Ref, "@")
			if start, tagged := tagStart(name); tagged {
				name = name[:start-1]
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		shared = shared || u.image == nil || u.image.Span != i.Span || u.image.Before != i.Before
	}
	return names, shared
}

// flagImages lists the images that COPY --from and the mounts of RUN name.
func (df *Dockerfile) flagImages(s *Stage, in *Instruction) []Image {
	trigger := in.Trigger != nil
	line := in
	if trigger {
		in = in.Trigger
	}
	var images []Image
	for _, f := range in.Flags {
		mount := f.Name == "mount" && in.Name == "RUN"
		if !mount && !(f.Name == "from" && in.Name == "COPY") {
			continue
		}
		text, where := f.Unquoted(df.Escape), WhereCopyFrom
		from, to := 0, len(text)
		if mount {
			from, to = mountFrom(text)
			where = WhereMountFrom
		}
		if !df.isImage(text[from:to], trigger) {
			continue
		}
		i := newImage(in.traced(f.Value).unquoteFlag(df.Escape).slice(from, to), f.Value.Span, where)
		i.inPieces(f.Value)
		i.Stages = []int{s.Index}
		i.Paths, i.exact = []string{sourceRef}, true
		if trigger {
			i.prefix, i.suffix, i.exact = s.triggers(line, i)
			df.runTrigger(&i, s)
		}
		images = append(images, i)
	}
	return images
}

// runTrigger says what an image in an ONBUILD of stage s changes: the list of triggers, and the stages that run them, which
// are those built on s.
func (df *Dockerfile) runTrigger(i *Image, s *Stage) {
	i.Paths = []string{onBuild}
	for _, other := range df.Stages {
		if other.Base == s {
			i.Stages = append(i.Stages, other.Index)
			i.Paths = []string{onBuild, sourceRef}
		}
	}
}

// isImage reports whether --from, or from= of a mount, names an image. BuildKit expands no variable there. A trigger runs in
// another Dockerfile: what could be the name of a stage there is taken for one.
func (df *Dockerfile) isImage(from string, trigger bool) bool {
	if _, err := strconv.Atoi(from); err == nil {
		return false
	}
	switch {
	case strings.EqualFold(from, "scratch"), strings.Contains(from, "$"), df.IsStage(from), !isReference(from):
		return false
	}
	return !trigger || strings.ContainsAny(from, ":@/")
}

// triggers is the list of a stage's ONBUILD instructions as prove.Change shows it, before and after the reference i of one
// of them.
func (s *Stage) triggers(of *Instruction, i Image) (before, after string, ok bool) {
	const mark = "\x01" // in no instruction: it is JSON text \u0001
	var list []string
	for _, in := range s.Instructions {
		switch {
		case in == of && !in.Rest.Split && in.Rest.Contains(i.Span):
			list = append(list, in.Rest.Text[:i.Start-in.Rest.Start]+mark+in.Rest.Text[i.End-in.Rest.Start:])
		case in.Trigger != nil:
			list = append(list, in.Rest.Text)
		}
	}
	return strings.Cut(jsonText(list), `\u0001`)
}

// unquoteFlag is unquoteFlag with the places of the bytes.
func (t traced) unquoteFlag(escape byte) traced {
	var out tracing
	var quote byte
	for i := 0; i < len(t.text); i++ {
		switch c := t.text[i]; {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == escape && i+1 == len(t.text):
		default:
			if c == escape {
				i++
			}
			out.add(t.slice(i, i+1))
		}
	}
	return out.traced()
}

// mountFrom is where in a mount such as type=bind,from=IMAGE,target=/x the value of the last from= stands; both are 0 where there is
// none. The fields are CSV; a mount with quotes, which are left only where they are escaped, is not looked into.
func mountFrom(mount string) (from, to int) {
	if strings.Contains(mount, `"`) {
		return 0, 0
	}
	at := 0
	for field := range strings.SplitSeq(mount, ",") {
		if key, value, ok := strings.Cut(field, "="); ok && strings.EqualFold(key, "from") {
			from, to = at+len(field)-len(value), at+len(field)
		}
		at += len(field) + 1
	}
	return from, to
}

// Inner is the value of the flag without the quotes around it.
func (f Flag) Inner() Word {
	w := f.Value
	if q := len(w.Text) - 1; q > 0 && !w.Split && w.Text[0] == w.Text[q] && (w.Text[0] == '"' || w.Text[0] == '\'') {
		return Word{Span: Span{w.Start + 1, w.End - 1}, Text: w.Text[1:q]}
	}
	return w
}

// MountFrom is the value of from= in --mount=type=bind,from=IMAGE,target=/x; a zero Word where there is none. A quoted
// field is not looked into.
func (f Flag) MountFrom() Word {
	at := 0
	for _, field := range strings.Split(f.Value.Text, ",") {
		if value, ok := strings.CutPrefix(field, "from="); ok && !strings.ContainsAny(value, `"'\`) {
			start := f.Value.Start + at + len("from=")
			return Word{Span: Span{start, start + len(value)}, Text: value, Split: f.Value.Split}
		}
		at += len(field) + 1
	}
	return Word{}
}
