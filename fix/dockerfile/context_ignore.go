package dockerfile

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ignoring is an ignore file as this round sees it.
type ignoring struct {
	context  *fix.BuildContext
	text     []byte
	exists   bool
	patterns []string
	matcher  *patternmatcher.PatternMatcher
	added    string                           // the pattern that with put at the end
	visible  []fix.ContextEntry               // what seen found
	parts    map[string][2][]fix.ContextEntry // what newlyHidden found, and what it left, by the pattern that was added
}

// ignoringOf reads the ignore file in force for a context. The error is about a malformed pattern, on which builds fail too.
func ignoringOf(p *fix.Pass, c *fix.BuildContext) (*ignoring, error) {
	text, exists := p.Facts.Files[c.Ignore]
	ig := &ignoring{context: c, text: text, exists: exists}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return ig, ig.set(patterns)
}

// current is a context as the ignore file of this round leaves it: fixes made since the context was listed may hide more.
func current(p *fix.Pass, c *fix.BuildContext) *fix.BuildContext {
	ig, err := ignoringOf(p, c)
	if err != nil || slices.Equal(ig.patterns, c.Patterns) {
		return c
	}
	now := *c
	now.Patterns, now.Entries = ig.patterns, ig.seen()
	return &now
}

// seen are the entries that the ignore file leaves in.
func (ig *ignoring) seen() []fix.ContextEntry {
	if ig.visible == nil {
		_, ig.visible = divide(ig.context.Entries, ig.matcher)
	}
	return ig.visible
}

// divide tells entries that a matcher hides from the others. Below a hidden directory all is hidden, unless a pattern with !
// may bring something back: that spares matching each file of node_modules.
func divide(entries []fix.ContextEntry, m *patternmatcher.PatternMatcher) (hidden, left []fix.ContextEntry) {
	below := map[string]bool{}
	for _, e := range entries {
		is := !m.Exclusions() && below[path.Dir(e.Path)]
		if !is {
			is, _ = m.MatchesOrParentMatches(e.Path)
		}
		if is {
			below[e.Path] = below[e.Path] || e.Mode.IsDir()
			hidden = append(hidden, e)
		} else {
			left = append(left, e)
		}
	}
	return hidden, left
}

func (ig *ignoring) set(patterns []string) (err error) {
	ig.patterns = patterns
	ig.matcher, err = patternmatcher.New(patterns)
	return err
}

// with is the ignore file with one more pattern at its end.
func (ig *ignoring) with(pattern string) (*ignoring, error) {
	more := &ignoring{context: ig.context, text: ig.text, exists: ig.exists, added: pattern}
	return more, more.set(append(slices.Clone(ig.patterns), pattern))
}

// hides reports whether the builder does not get what lies at a path, or would lie there.
func (ig *ignoring) hides(p string) bool {
	hidden, err := ig.matcher.MatchesOrParentMatches(p)
	return err == nil && hidden
}

// newlyHidden are the entries that next, which has one pattern more, hides and ig does not.
func (ig *ignoring) newlyHidden(next *ignoring) []fix.ContextEntry {
	parts, known := ig.parts[next.added]
	if !known {
		if m, err := patternmatcher.New([]string{next.added}); err == nil {
			parts[0], parts[1] = divide(ig.seen(), m)
		}
		if ig.parts == nil {
			ig.parts = map[string][2][]fix.ContextEntry{}
		}
		ig.parts[next.added] = parts
	}
	next.visible = parts[1]
	return parts[0]
}

// addition is the edit that puts lines at the end of the ignore file, or into a new one.
func (ig *ignoring) addition(doc *source.Document, lines []string) fix.Edit {
	newline := doc.Newline
	if ig.exists && len(ig.text) > 0 {
		newline = "\n"
		if bytes.Contains(ig.text, []byte("\r\n")) {
			newline = "\r\n"
		}
	}
	text := strings.Join(lines, newline) + newline
	end := len(ig.text)
	if end > 0 && ig.text[end-1] != '\n' {
		text = newline + strings.TrimSuffix(text, newline)
	}
	return fix.Edit{File: ig.context.Ignore, Span: source.Span{Start: end, End: end}, New: text}
}

// otherDockerfiles are the Dockerfiles in the context, which may be built in it too.
func otherDockerfiles(c *fix.BuildContext) []*source.Document {
	var docs []*source.Document
	for _, e := range c.Entries {
		text, ok := c.Texts[e.Path]
		if ok && bytes.Contains(text, []byte("dockerfile_inline")) {
			docs = append(docs, inlineDockerfiles(e.Path, text)...)
		}
		if name := strings.ToLower(path.Base(e.Path)); !ok || !containsAny(name, []string{"dockerfile", "containerfile"}) || strings.HasSuffix(name, ".dockerignore") {
			continue
		}
		if doc, err := c.ParseDockerfile(e.Path, text); err == nil {
			docs = append(docs, doc)
		}
	}
	return docs
}

// inlineDockerfiles are those that stand in a Compose file.
func inlineDockerfiles(name string, text []byte) []*source.Document {
	var docs []*source.Document
	compose, err := source.Parse(name, source.ComposeKind, text)
	if err != nil || compose.Compose == nil {
		return nil
	}
	for _, s := range compose.Compose.Services {
		if b := s.Build(); b != nil && b.Inline != "" {
			if doc, err := source.Parse(name, source.DockerfileKind, []byte(b.Inline)); err == nil {
				docs = append(docs, doc)
			}
		}
	}
	return docs
}

// contextSource is one path of the build context that an instruction reads.
type contextSource struct {
	path  string // cleaned; "." for the whole context
	known bool   // no variable without a value is in it
}

// glob reports whether the path is a pattern.
func (s contextSource) glob() bool { return strings.ContainsAny(s.path, `*?[`) }

// matches are the entries that the path names.
func (s contextSource) matches(p string) bool {
	if s.glob() {
		ok, _ := path.Match(s.path, p)
		return ok
	}
	return s.path == p
}

// contextSources are the paths that a Dockerfile reads from its context, in COPY, ADD and bind mounts.
func contextSources(doc *source.Document) []contextSource {
	return doc.Derived(sourcesKey{}, func() any { return readSources(doc) }).([]contextSource)
}

// sourcesKey is what the context sources of a Dockerfile are kept by.
type sourcesKey struct{}

func readSources(doc *source.Document) []contextSource {
	var list []contextSource
	ends := map[*source.Stage]place{}
	for _, s := range doc.Dockerfile.Stages {
		at := startOf(doc, s, ends)
		for _, in := range s.Instructions {
			switch in.Name {
			case "WORKDIR", "ENV", "ARG":
				at = at.after(doc, in)
			case "COPY", "ADD":
				list = append(list, copySources(doc, in, at)...)
			case "ONBUILD":
				if t := in.Trigger; t != nil && (t.Name == "COPY" || t.Name == "ADD") {
					list = append(list, copySources(doc, t, at)...)
				}
			case "RUN":
				list = append(list, mountSources(in)...)
			}
		}
		ends[s] = at
	}
	return list
}

func copySources(doc *source.Document, in *source.Instruction, at place) []contextSource {
	if _, from := in.Flag("from"); from || in.Declined != "" || len(in.Args) < 2 {
		return nil
	}
	var list []contextSource
	for _, w := range in.Args[:len(in.Args)-1] {
		if url(w.Text) || strings.HasPrefix(w.Text, "<<") || strings.HasPrefix(w.Text, "git@") {
			continue
		}
		text, ok := at.withArgs().expand(doc, w.Text)
		list = append(list, contextSource{cleanSource(text), ok})
	}
	return list
}

// withArgs takes the defaults of arguments for their values.
func (pl place) withArgs() place {
	all := place{env: map[string]string{}}
	for k, v := range pl.args {
		if v != "" {
			all.env[k] = v
		}
	}
	for k, v := range pl.env {
		all.env[k] = v
	}
	return all
}

func cleanSource(p string) string {
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p == "" {
		return "."
	}
	return p
}

func url(word string) bool { return strings.Contains(word, "://") }

// mountSources are what bind mounts of a RUN read from the context.
func mountSources(in *source.Instruction) []contextSource {
	var list []contextSource
	for _, f := range in.Flags {
		if f.Name != "mount" {
			continue
		}
		src, bind, from := ".", true, false
		for _, field := range strings.Split(f.Value.Text, ",") {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "type":
				bind = value == "bind"
			case "from":
				from = true
			case "source", "src":
				src = value
			}
		}
		if bind && !from {
			list = append(list, contextSource{cleanSource(src), !strings.ContainsAny(src, "$\"'")})
		}
	}
	return list
}

// missingSource is the first path that a Dockerfile copies and that is not in the context.
func missingSource(doc *source.Document, c *fix.BuildContext) string {
	for _, s := range contextSources(doc) {
		if s.path == "." || s.known && slices.ContainsFunc(c.Entries, func(e fix.ContextEntry) bool { return s.matches(e.Path) }) {
			continue
		}
		if !s.known {
			return "what a variable of a COPY names"
		}
		return s.path
	}
	return namedFromAbove(doc, c)
}

// namedFromAbove is a path in a RUN that leads through the Dockerfile's own directory: "dotnet publish tools/bump/bump.csproj" in
// tools/bump/Dockerfile is right where the context is a directory above.
func namedFromAbove(doc *source.Document, c *fix.BuildContext) string {
	own := path.Base(path.Dir(doc.Name))
	if own == "." || own == "/" || c.Has(own) {
		return ""
	}
	for in := range instructions(doc, "RUN") {
		for _, w := range strings.FieldsFunc(in.Rest.Text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'=;,&|()", r) }) {
			dir, name := path.Split(path.Clean(w))
			if path.Base(dir) == own && !path.IsAbs(w) && !c.Has(path.Clean(w)) && c.Has(name) {
				return path.Clean(w)
			}
		}
	}
	return ""
}

// lostSource is the first path that one of the Dockerfiles reads and that next hides: a literal path that lies in it, or a
// pattern of which a match does. A variable that is not known counts for no path.
func (ig *ignoring) lostSource(next *ignoring, docs []*source.Document) string {
	hidden := ig.newlyHidden(next)
	for _, doc := range docs {
		for _, s := range contextSources(doc) {
			if !s.known || s.path == "." {
				continue
			}
			// The text of a pattern is asked for too: target/*.jar lies in target, whether that exists now or not.
			if !ig.hides(s.path) && next.hides(s.path) {
				return s.path
			}
			if s.glob() && slices.ContainsFunc(hidden, func(e fix.ContextEntry) bool { return s.matches(e.Path) }) {
				return s.path
			}
		}
	}
	return ""
}
