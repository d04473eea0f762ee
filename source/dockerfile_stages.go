package source

import (
	"slices"
	"sort"
	"strconv"
	"strings"
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

	image  expanded       // Image with the defaults of the global ARGs
	shells []*Instruction // the SHELLs
}

// ForWindows reports whether the FROM that a stage begins with, or the one of the stage that it is built on, asks for a platform of Windows.
func (s *Stage) ForWindows() bool {
	for s.Base != nil {
		s = s.Base
	}
	f, ok := s.From.Flag("platform")
	return ok && strings.HasPrefix(strings.ToLower(f.Value.Text), "windows")
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
	for i, in := range df.Instructions {
		switch {
		case in.Name == "FROM":
			df.Stages = append(df.Stages, newStage(len(df.Stages), in))
		case in.Stage < 0 && in.Name == "ARG":
			df.addGlobals(in)
		case in.Stage >= 0:
			s := df.Stages[in.Stage]
			s.Instructions = df.Instructions[i-len(s.Instructions) : i+1 : i+1]
			if in.Name == "SHELL" && len(in.Args) > 0 {
				s.shells = append(s.shells, in)
			}
			df.useInStage(in)
		}
	}
	df.defaults = df.arguments(nil)
	for _, s := range df.Stages {
		df.useInFrom(s.From)
		s.image = df.defaults.expand(s.From.traced(s.Image))
		if s.image.known {
			s.Ref = s.image.out.text
		}
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
	if len(df.Globals) == 0 {
		return
	}
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
