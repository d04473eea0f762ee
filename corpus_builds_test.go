package main

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// built is what is known of how the Dockerfiles of the corpus are built: as in a run of the program, from the Compose files
// beside and above them and from the files that lie in their contexts.
type built struct {
	byRepo map[string][]project.ComposeBuilds
	docs   map[string]*source.Document
}

func newBuilt(t *testing.T) *built {
	t.Helper()
	b := &built{byRepo: map[string][]project.ComposeBuilds{}, docs: map[string]*source.Document{}}
	for _, f := range corpus.Files(t, "compose") {
		doc, err := source.Parse(f.Name, source.ComposeKind, f.Text)
		if err != nil {
			continue
		}
		known := project.ComposeBuilds{File: project.File{Name: f.Name, Path: f.Path, Kind: source.ComposeKind}}
		for _, s := range doc.Compose.Services {
			if build := s.Build(); build != nil {
				known.Builds = append(known.Builds, project.Build{
					Service: s.Name, Context: build.Context, Dockerfile: build.Dockerfile, Target: build.Target, Inline: build.Inline,
				})
			}
		}
		b.docs[f.Name] = doc
		b.byRepo[repoOf(f.Name)] = append(b.byRepo[repoOf(f.Name)], known)
	}
	return b
}

// repoOf is the folder of a repository in the corpus: files/OWNER__NAME.
func repoOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return path.Join(parts[0], parts[1])
}

// facts are those that the rule wants for a Dockerfile of the corpus.
func (b *built) facts(t *testing.T, rule *fix.Rule, doc *source.Document, f corpus.File) *fix.Facts {
	t.Helper()
	facts := &fix.Facts{Files: map[string][]byte{}}
	wants := rule.Wants(doc)
	file := project.File{Name: f.Name, Path: f.Path, Kind: source.DockerfileKind}
	for _, c := range project.For(project.Contexts([]project.File{file}, b.byRepo[repoOf(f.Name)]), file) {
		made := &fix.BuildContext{Guess: c.Guess(), Target: c.Target, Compose: c.From, Texts: map[string][]byte{}, Dir: "."}
		facts.Contexts = append(facts.Contexts, made)
		if compose := b.docs[c.From]; compose != nil {
			i := slices.IndexFunc(compose.Compose.Services, func(s *source.Service) bool { return s.Name == c.Service })
			made.Service = compose.Compose.Services[i]
		}
		listing, err := project.List(context.Background(), c, 20_000)
		if err != nil {
			made.Failed = err.Error()
			continue
		}
		for _, e := range listing.Entries {
			// The files of the corpus have the mode that the machine gives them.
			made.Entries = append(made.Entries, fix.ContextEntry{Path: e.Path, Mode: e.Mode | 0o444 | (e.Mode&fs.ModeDir)>>31*0o111, Size: e.Size})
			if e.Mode.IsRegular() && slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(e.Path) }) {
				if text, err := project.ReadSmall(filepath.Join(c.Dir, filepath.FromSlash(e.Path))); err == nil {
					made.Texts[e.Path] = text
				}
			}
		}
	}
	return facts
}
