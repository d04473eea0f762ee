package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// keptCache is a cache that a fix empties, or keeps from being filled, and by what one can tell that something else of the
// Dockerfile wants it.
type keptCache struct {
	dirs  []string                   // where it lies
	words []string                   // texts of which each RUN that wants it has one
	names *lazyregexp.Regexp         // finds its directory, or one above it, in a word or a text
	needs func(c *shellCommand) bool // the command works from the cache; nil: none does
	fills func(c *shellCommand) bool // what stands behind the command in its RUN has a cache of its own; nil: none does
	text  *lazyregexp.Regexp         // the same in what is no shell program; nil: nothing
	tool  string                     // what fills it: without a network it needs the cache
	mends bool                       // the fix gives -f to what removes the cache
}

// cachePaths finds a directory above the caches of tools and one of these in it; a pattern or the end of the word stands for all.
func cachePaths(dir, tools string) *lazyregexp.Regexp {
	return lazyregexp.New(dir + `(/(` + tools + `|[*{])|/?(["'\s,]|$))`)
}

// usedHere says which command of the program behind a place wants the cache; "" for none.
func (k *keptCache) usedHere(s *script, from int) string {
	for _, c := range s.Commands {
		if c.Start >= from && k.usedBy(c) {
			return c.name() + " behind it may need the cache"
		}
	}
	return ""
}

// usedLater says what behind the RUN, or in another stage, wants the cache; "" for nothing.
func (k *keptCache) usedLater(s *script) string {
	if in := s.reader.firstLater(k, s.In, func(in *source.Instruction) bool { return k.usedIn(s, in) }); in != nil {
		line, _ := s.doc.Position(in.Start)
		return fmt.Sprintf("line %d may need the cache", line)
	}
	for _, in := range k.takers(s) {
		if in.Start > s.In.Start {
			line, _ := s.doc.Position(in.Start)
			return fmt.Sprintf("line %d takes the cache to another stage", line)
		}
	}
	return ""
}

// takenKey is what the instructions that take a cache out of a stage are kept by.
type takenKey struct {
	cache *keptCache
	stage int
}

// takers are the instructions that take the cache out of the stage of s, or of one built on it.
func (k *keptCache) takers(s *script) []*source.Instruction {
	return s.reader.taken.of(takenKey{k, s.In.Stage}, func() (list []*source.Instruction) {
		for _, in := range s.reader.stages().takers {
			if k.taken(s, in) {
				list = append(list, in)
			}
		}
		return list
	})
}

func (k *keptCache) usedIn(s *script, in *source.Instruction) bool {
	if f, ok := in.Flag("network"); ok && f.Value.Text != "host" && f.Value.Text != "default" && k.tool != "" && mentions(s.doc, in, k.tool) {
		return true
	}
	if in.Name == "RUN" && len(k.words) > 0 && !s.reader.says(in, k.words...) {
		return false
	}
	o := s.reader.script(in)
	if o == nil {
		return in.Name != "COPY" && in.Name != "ADD" && (k.names.MatchString(s.doc.Text(in.Span)) || k.text != nil && k.text.MatchString(plainText(s.doc, in)))
	}
	return k.usedUnfilled(o) || len(in.Heredocs) > 0 && !o.Heredoc && k.names.MatchString(s.doc.Text(in.Span))
}

// usedUnfilled reports whether a program wants the cache before it has filled it.
func (k *keptCache) usedUnfilled(s *script) bool {
	for _, c := range s.Commands {
		if k.fills != nil && len(c.Within) == 0 && k.fills(c) {
			return false
		}
		if k.usedBy(c) {
			return true
		}
	}
	return false
}

// usedBy reports whether a command works from the cache, or names it and may fail where it is not there.
func (k *keptCache) usedBy(c *shellCommand) bool {
	if k.needs != nil && k.needs(c) {
		return true
	}
	return k.named(c) && !c.forgives() && !(k.mends && c.name() == "rm")
}

// named reports whether a command names the cache, or a directory above it.
func (k *keptCache) named(c *shellCommand) bool {
	return slices.ContainsFunc(c.Words, func(w shellWord) bool { return k.names.MatchString(w.Text) })
}

// forgives reports whether a command that names a directory does not mind that it is empty or missing.
func (c *shellCommand) forgives() bool {
	switch c.name() {
	case "echo", "printf":
		return true
	case "rm":
		return c.has("-f", "--force") || c.in(inOrLeft)
	case "mkdir":
		return c.has("-p", "--parents")
	}
	return false
}

// plainText is an instruction as one line; a JSON array as the words that it stands for.
func plainText(doc *source.Document, in *source.Instruction) string {
	of := in
	if in.Trigger != nil {
		of = in.Trigger
	}
	if !of.JSON {
		return doc.Text(in.Span)
	}
	words := []string{of.Name}
	for _, w := range of.Args {
		words = append(words, w.Text)
	}
	return strings.Join(words, " ")
}

// taken reports whether an instruction copies the cache out of the stage of s, or of one built on it, or mounts it.
func (k *keptCache) taken(s *script, in *source.Instruction) bool {
	for _, f := range in.Flags {
		switch {
		case f.Name == "from" && s.reaches(f.Value.Text) && len(in.Args) > 0:
			if slices.ContainsFunc(in.Args[:len(in.Args)-1], func(w source.Word) bool { return k.holds(w.Text) }) {
				return true
			}
		case f.Name == "mount" && s.reaches(f.MountFrom().Text):
			from := mountSource(f.Value.Text)
			if k.holds(from) || path.Clean("/"+from) == "/" && k.names.MatchString(s.doc.Text(in.Rest.Span)) {
				return true
			}
		}
	}
	return false
}

// reaches reports whether from can name the stage of s or one that is built on it.
func (s *script) reaches(from string) bool {
	if from == "" {
		return false
	}
	if strings.Contains(from, "$") {
		return true
	}
	return slices.ContainsFunc(s.reader.stages().named[strings.ToLower(from)], func(st *source.Stage) bool {
		for st != nil && st.Index > s.In.Stage {
			st = st.Base
		}
		return st != nil && st.Index == s.In.Stage
	})
}

// holds reports whether a path lies in the cache, is it, or is the directory around it.
func (k *keptCache) holds(src string) bool {
	full := path.Clean("/" + strings.Trim(src, `"'`))
	return k.names.MatchString(src) || slices.ContainsFunc(k.dirs, func(dir string) bool {
		return full != "/" && (full == path.Dir(dir) || strings.HasPrefix(full+"/", dir+"/"))
	})
}

// mountSource is what a mount takes of another stage; "" for all of it.
func mountSource(value string) string {
	for _, field := range strings.Split(strings.Trim(value, `"'`), ",") {
		if key, v, _ := strings.Cut(field, "="); key == "source" || key == "src" {
			return v
		}
	}
	return ""
}

// offline reports whether a command is told to do without the network where it can.
func (c *shellCommand) offline() bool {
	return slices.ContainsFunc(c.Words, func(w shellWord) bool { return strings.Contains(w.Text, "offline") })
}

// offlineWords are the ways in which offline is written.
var offlineWords = []string{"offline", "Offline", "OFFLINE"}

var offlineText = lazyregexp.New(`(?i)offline`)
