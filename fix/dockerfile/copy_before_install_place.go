package dockerfile

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/dockfix/dockfix/source"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// place is what an instruction finds: the working directory and the variables.
//
// A directory is an absolute path, or one that begins with "?": the working directory of a base image, or the value of a
// variable. Two such directories are the same where their texts are.
type place struct {
	dir  string
	env  map[string]string // of ENV, where the value is known
	args map[string]string // of ARG, by its default
	// unclear are the variables of ENV with a value that is not known, with their texts.
	unclear map[string]string
	vars    int // how many ENV and ARG came before: the same text may mean something else after one
}

// startOf is the place at the beginning of a stage. ends keeps where the stages end that it is built on.
func startOf(doc *source.Document, s *source.Stage, ends map[*source.Stage]place) place {
	at := place{dir: unknownDir(s.Image.Text), env: map[string]string{}, args: map[string]string{}}
	if s.Base != nil {
		at = endOf(doc, s.Base, ends)
		at.args = map[string]string{}
	} else if strings.EqualFold(s.Ref, "scratch") {
		at.dir = "/"
	}
	return at
}

// endOf is the place at the end of a stage.
func endOf(doc *source.Document, s *source.Stage, ends map[*source.Stage]place) place {
	at, ok := ends[s]
	if ok {
		return at
	}
	at = startOf(doc, s, ends)
	for _, in := range s.Instructions {
		if in.Name == "WORKDIR" || in.Name == "ENV" || in.Name == "ARG" {
			at = at.after(doc, in)
		}
	}
	ends[s] = at
	return at
}

// after is the place behind a WORKDIR, ENV or ARG.
func (pl place) after(doc *source.Document, in *source.Instruction) place {
	if in.Declined != "" {
		pl.dir = unknownDir(fmt.Sprint(in.Start))
		return pl
	}
	if in.Name == "WORKDIR" {
		dir, ok := pl.resolve(doc, in.Rest.Text)
		if !ok {
			dir = unknownDir(fmt.Sprint(in.Start))
		}
		pl.dir = dir
		return pl
	}
	pl.vars++
	before := pl
	if pl.env = maps.Clone(pl.env); in.Name == "ARG" {
		pl.args = maps.Clone(pl.args)
	} else if pl.unclear = maps.Clone(pl.unclear); pl.unclear == nil {
		pl.unclear = map[string]string{}
	}
	for _, pair := range in.Pairs {
		name := pair.Name.Text
		switch value, ok := before.expand(doc, pair.Value.Text); {
		case in.Name == "ARG" && !pair.HasValue:
			pl.args[name] = globalDefault(doc, name)
		case in.Name == "ARG" && ok:
			pl.args[name] = value
		case in.Name == "ENV" && ok:
			pl.env[name] = value
			delete(pl.unclear, name)
		default:
			delete(pl.env, name)
			if in.Name == "ENV" {
				pl.unclear[name] = pair.Value.Text
			}
		}
	}
	return pl
}

func globalDefault(doc *source.Document, name string) string {
	for _, g := range doc.Dockerfile.Globals {
		if g.Name == name && g.HasDefault && !strings.ContainsAny(g.Default.Text, "$\"'\\") {
			return g.Default.Text
		}
	}
	return ""
}

// expand puts the values of ENV into a word; not ok where another variable is in it.
func (pl place) expand(doc *source.Document, word string) (string, bool) {
	if !strings.ContainsAny(word, "$\"'\\`") {
		return word, true
	}
	var env []string
	for k, v := range pl.env {
		if strings.Contains(word, k) {
			env = append(env, k+"="+v)
		}
	}
	out, unmatched, err := shell.NewLex(rune(doc.Dockerfile.Escape)).ProcessWord(word, shell.EnvsFromSlice(env))
	return out, err == nil && len(unmatched) == 0
}

// resolve is the directory that a word of WORKDIR, or the destination of a COPY, names.
func (pl place) resolve(doc *source.Document, word string) (string, bool) {
	if text, ok := pl.expand(doc, word); ok {
		if text == "" || strings.ContainsAny(text, `\:`) {
			return "", false
		}
		return joinDir(pl.dir, text), true
	}
	// A variable that only the caller knows: where its default is an absolute path, any value is taken for one.
	name := strings.Trim(strings.TrimPrefix(word, "$"), "{}/")
	if strings.HasPrefix(word, "$") && strings.HasPrefix(pl.args[name], "/") {
		return unknownDir(fmt.Sprintf("%s@%d", strings.TrimSuffix(word, "/"), pl.vars)), true
	}
	return "", false
}

// unknownDir is a directory of which only a name is known.
func unknownDir(name string) string { return "?" + strings.ReplaceAll(name, "/", "_") }

// joinDir goes from one directory of the image to another.
func joinDir(dir, to string) string {
	if path.IsAbs(to) {
		return path.Clean(to)
	}
	joined := path.Join(dir, to)
	top, _, _ := strings.Cut(dir, "/")
	if strings.HasPrefix(dir, "?") && !within(top, joined) {
		return unknownDir("above " + dir + " " + to)
	}
	return joined
}
