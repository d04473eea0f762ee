package source

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Stage is one build stage: a FROM with the instructions up to the next.
type Stage struct {
	Index        int
	From         *Instruction
	Image        Word           // what FROM names, as written
	Ref          string         // the same with the defaults of the global ARGs put in; "" where a value is missing
	Base         *Stage         // the earlier stage that Ref names; nil where it names an image
	As           Word           // the keyword AS; a zero Word where the stage has no name
	Name         Word           // the name after AS; a zero Word where there is none
	Instructions []*Instruction // FROM left out
}

// GlobalArg is one ARG before the first FROM, with the places that read it.
type GlobalArg struct {
	Name        string
	Default     Word // the text after "="; a zero Word where the ARG has no default
	HasDefault  bool
	Instruction *Instruction
	Uses        []ArgUse
}

// ArgUse is one place where a global ARG is read: in a FROM line, or by an ARG in a stage that takes its value over.
type ArgUse struct {
	Span
	Instruction *Instruction
}

// findStages groups the instructions into stages and resolves what the FROM lines name.
func (d *Document) findStages() {
	df := d.Dockerfile
	for _, in := range df.Instructions {
		switch {
		case in.Name == "FROM":
			df.Stages = append(df.Stages, newStage(len(df.Stages), in))
		case in.Stage < 0 && in.Name == "ARG":
			df.addGlobals(in)
		case in.Stage >= 0:
			s := df.Stages[in.Stage]
			s.Instructions = append(s.Instructions, in)
			df.useInStage(in)
		}
	}
	lex := shell.NewLex(rune(df.Escape))
	defaults := df.defaults(lex)
	for _, s := range df.Stages {
		df.useInFrom(s.From)
		s.Ref = expand(lex, s.Image.Text, defaults)
		if s.Ref != "" {
			s.Base = df.baseNamed(s.Ref, s.Index)
		}
	}
}

func newStage(index int, in *Instruction) *Stage {
	s := &Stage{Index: index, From: in}
	if len(in.Args) > 0 {
		s.Image = in.Args[0]
	}
	if len(in.Args) == 3 && strings.EqualFold(in.Args[1].Text, "as") {
		s.As, s.Name = in.Args[1], in.Args[2]
	}
	return s
}

func (df *Dockerfile) addGlobals(in *Instruction) {
	for _, p := range in.Pairs {
		df.Globals = append(df.Globals, &GlobalArg{Name: p.Name.Text, Default: p.Value, HasDefault: p.HasValue, Instruction: in})
	}
}

// useInStage records that an ARG without a default takes over the value of a global one.
func (df *Dockerfile) useInStage(in *Instruction) {
	if in.Name != "ARG" {
		return
	}
	for _, p := range in.Pairs {
		for _, g := range df.Globals {
			if g.Name == p.Name.Text && !p.HasValue {
				g.Uses = append(g.Uses, ArgUse{p.Span, in})
			}
		}
	}
}

// useInFrom records the global ARGs that a FROM line reads.
func (df *Dockerfile) useInFrom(in *Instruction) {
	words := append([]Word(nil), in.Args...)
	for _, f := range in.Flags {
		words = append(words, f.Value)
	}
	for _, w := range words {
		for _, name := range variables(w.Text) {
			for _, g := range df.Globals {
				if g.Name == name {
					g.Uses = append(g.Uses, ArgUse{w.Span, in})
				}
			}
		}
	}
}

// defaults are the values the global ARGs have when the caller gives none.
func (df *Dockerfile) defaults(lex *shell.Lex) map[string]string {
	if len(df.Globals) == 0 {
		return nil
	}
	values := map[string]string{}
	for _, g := range df.Globals {
		if g.HasDefault {
			if v := expand(lex, g.Default.Text, values); v != "" {
				values[g.Name] = v
				continue
			}
		}
		delete(values, g.Name)
	}
	return values
}

// expand puts the values of variables into a word and removes its quotes; "" where a variable has no value.
func expand(lex *shell.Lex, word string, values map[string]string) string {
	if !strings.ContainsAny(word, "$'\"\\`") {
		return word
	}
	env := make([]string, 0, len(values))
	for k, v := range values {
		env = append(env, k+"="+v)
	}
	out, unmatched, err := lex.ProcessWord(word, shell.EnvsFromSlice(env))
	if err != nil || len(unmatched) > 0 {
		return ""
	}
	return out
}

// variables lists the names of the variables that a word reads: $NAME, ${NAME} and ${NAME:-word}.
func variables(word string) []string {
	var names []string
	for i := 0; i < len(word); i++ {
		if word[i] != '$' {
			continue
		}
		start := i + 1
		if start < len(word) && word[start] == '{' {
			start++
		}
		n := nameLen(word[min(start, len(word)):])
		if n > 0 {
			names = append(names, word[start:start+n])
		}
		i = start + n - 1
	}
	return names
}

// baseNamed is the last stage before index that a FROM finds by this name. BuildKit keeps the names of stages in lower
// case and looks up what FROM names as it is written (addState of dockerfile2llb): FROM Build is an image.
func (df *Dockerfile) baseNamed(name string, index int) *Stage {
	for i := index - 1; i >= 0; i-- {
		if s := df.Stages[i]; s.Name.Text != "" && strings.ToLower(s.Name.Text) == name {
			return s
		}
	}
	return nil
}

// StageAt is the index of the stage that a place in the file belongs to, comments above its FROM left out; -1 before the
// first.
func (df *Dockerfile) StageAt(offset int) int {
	return sort.Search(len(df.Stages), func(i int) bool { return df.Stages[i].From.Lines.Start > offset }) - 1
}

// IsStage reports whether --from or a mount's from= names a stage of the file, by name in any case or by number.
func (df *Dockerfile) IsStage(from string) bool {
	if n, err := strconv.Atoi(from); err == nil {
		return n >= 0 && n < len(df.Stages)
	}
	return slices.ContainsFunc(df.Stages, func(s *Stage) bool { return s.Name.Text != "" && strings.EqualFold(s.Name.Text, from) })
}

// dockerfileImages lists the image references: those of FROM, COPY --from, RUN --mount, # syntax, and the defaults of
// global ARGs that a FROM consists of.
func (d *Document) dockerfileImages() []Image {
	df := d.Dockerfile
	var images []Image
	for _, dir := range df.Directives {
		if dir.Name == "syntax" {
			ref, _, _ := strings.Cut(dir.Value.Text, " ")
			images = append(images, Image{Span: Span{dir.Value.Start, dir.Value.Start + len(ref)}, Ref: ref, Where: WhereSyntax})
		}
	}
	images = append(images, df.argImages()...)
	for _, s := range df.Stages {
		if s.Base == nil && s.Image.Text != "" && !strings.EqualFold(s.Ref, "scratch") {
			images = append(images, wordImage(s.Image, s.Ref, WhereFrom))
		}
		for _, in := range s.Instructions {
			if in.Trigger != nil {
				in = in.Trigger
			}
			images = append(images, df.fromImages(in)...)
		}
	}
	return images
}

// argImages lists the defaults of global ARGs that are the whole of a FROM's image.
func (df *Dockerfile) argImages() []Image {
	var images []Image
	for _, g := range df.Globals {
		for _, s := range df.Stages {
			whole := s.Image.Text == "$"+g.Name || s.Image.Text == "${"+g.Name+"}"
			if whole && g.HasDefault && s.Base == nil && s.Ref != "" {
				images = append(images, wordImage(g.Default, s.Ref, WhereArg))
				break
			}
		}
	}
	return images
}

func wordImage(w Word, ref string, where Where) Image {
	img := Image{Span: w.Span, Ref: ref, Where: where, Variables: variables(w.Text)}
	switch {
	case w.Split:
		img.Held = "the reference is cut by a line continuation"
	case len(img.Variables) > 0:
		img.Held = "the reference has a variable"
	case w.Text != ref:
		img.Held = "the reference is quoted or escaped"
	}
	return img
}

// fromImages lists the images that COPY --from and the mounts of RUN name.
func (df *Dockerfile) fromImages(in *Instruction) []Image {
	var images []Image
	for _, f := range in.Flags {
		value := f.Unquoted(df.Escape)
		switch {
		case f.Name == "from" && in.Name == "COPY" && !df.IsStage(value):
			images = append(images, wordImage(f.Inner(), value, WhereCopyFrom))
		case f.Name == "mount" && in.Name == "RUN":
			if w := f.MountFrom(); w.Text != "" && !df.IsStage(w.Text) {
				images = append(images, wordImage(w, w.Text, WhereMountFrom))
			}
		}
	}
	return images
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
