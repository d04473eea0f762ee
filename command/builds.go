package command

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// builds knows how the Dockerfiles of a run are built: what the Compose files of the run say, and those that lie above a
// Dockerfile in its repository. The Compose files are read when a Dockerfile first asks.
type builds struct {
	files []project.File

	mu    sync.Mutex
	read  map[string]*composeFile // by path
	lists map[string]*project.Listing
}

// composeFile is what one Compose file says about builds.
type composeFile struct {
	builds   project.ComposeBuilds
	services map[string]*source.Service
}

func newBuilds(files []project.File) *builds {
	return &builds{files: files, read: map[string]*composeFile{}, lists: map[string]*project.Listing{}}
}

// maxEntries is how many entries of a build context are listed: the proof that a fix hides no file needs all of them.
const maxEntries = 20_000

// maxTexts is how many files of a build context are read at most.
const maxTexts = 500

// contexts tells how a Dockerfile is built, with the texts of the files that are wanted.
func (b *builds) contexts(ctx context.Context, f project.File, wants []fix.Want) []*fix.BuildContext {
	b.mu.Lock()
	defer b.mu.Unlock()
	var composes []project.ComposeBuilds
	byFile := map[string]*composeFile{}
	for _, c := range b.composeFiles(f) {
		known := b.compose(c)
		composes = append(composes, known.builds)
		byFile[c.Name] = known
	}
	var list []*fix.BuildContext
	for _, c := range project.For(project.Contexts([]project.File{f}, composes), f) {
		made := b.context(ctx, f, c, wants)
		if known := byFile[c.From]; known != nil {
			made.Service = known.services[c.Service]
		}
		list = append(list, made)
	}
	return list
}

// composeFiles are the Compose files of the run and those beside and above a Dockerfile, up to the top of its repository.
func (b *builds) composeFiles(f project.File) []project.File {
	var list []project.File
	seen := map[string]bool{}
	for _, c := range b.files {
		if c.Kind == source.ComposeKind {
			seen[c.Path] = true
			list = append(list, c)
		}
	}
	dir := filepath.Dir(f.Path)
	top, ok := project.Repository(dir)
	for ok && strings.HasPrefix(dir, top) {
		for _, c := range project.ComposeFilesIn(dir) {
			if !seen[c.Path] {
				seen[c.Path] = true
				list = append(list, c)
			}
		}
		if dir == top {
			break
		}
		dir = filepath.Dir(dir)
	}
	return list
}

// compose reads one Compose file, once. One that cannot be read says nothing about builds; the run says why in its turn.
func (b *builds) compose(f project.File) *composeFile {
	if known, ok := b.read[f.Path]; ok {
		return known
	}
	known := &composeFile{builds: project.ComposeBuilds{File: f}, services: map[string]*source.Service{}}
	b.read[f.Path] = known
	content, err := project.Read(f)
	if err != nil {
		return known
	}
	doc, err := source.Parse(f.Name, source.ComposeKind, content.Bytes)
	if err != nil {
		return known
	}
	for _, s := range doc.Compose.Services {
		build := s.Build()
		if build == nil {
			continue
		}
		known.services[s.Name] = s
		known.builds.Builds = append(known.builds.Builds, project.Build{
			Service: s.Name, Context: build.Context, Dockerfile: build.Dockerfile, Target: build.Target, Inline: build.Inline,
			Args: buildArgs(build),
		})
	}
	return known
}

func buildArgs(b *source.Build) map[string]string {
	args := map[string]string{}
	for _, a := range b.Args {
		args[a.Name] = a.Value
	}
	return args
}

// context lists one build context and reads the files that are asked for.
func (b *builds) context(ctx context.Context, f project.File, c project.Context, wants []fix.Want) *fix.BuildContext {
	made := &fix.BuildContext{
		Guess: c.Guess(), Target: c.Target, Args: c.Args, Compose: c.From, Texts: map[string][]byte{},
		Dir: relativeTo(f, c.Dir), Ignore: relativeTo(f, filepath.Join(c.Dir, ".dockerignore")),
	}
	listing, err := b.list(ctx, c)
	if err != nil {
		made.Failed = "the build context cannot be listed: " + err.Error()
		return made
	}
	made.Partial, made.Patterns = listing.Partial, listing.Patterns
	if listing.Ignore != "" {
		made.Ignore = relativeTo(f, listing.Ignore)
	}
	for _, e := range listing.Entries {
		made.Entries = append(made.Entries, fix.ContextEntry{Path: e.Path, Mode: e.Mode, Size: e.Size})
		if e.Mode.IsRegular() && len(made.Texts) < maxTexts && slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(e.Path) }) {
			if text, err := project.ReadSmall(filepath.Join(c.Dir, filepath.FromSlash(e.Path))); err == nil {
				made.Texts[e.Path] = text
			}
		}
	}
	tracked := project.TrackedBelow(ctx, c.Dir)
	made.Tracked = func(p string) (is, known bool) { t := tracked(); return t.Has(p), t.Known() }
	return made
}

// list lists a context, once for all Dockerfiles that are built in it with the same ignore file.
func (b *builds) list(ctx context.Context, c project.Context) (*project.Listing, error) {
	key := c.Dir
	if project.HasOwnIgnore(c) {
		key = c.Dockerfile
	}
	if known, ok := b.lists[key]; ok {
		return known, nil
	}
	listing, err := project.List(ctx, c, maxEntries)
	if err == nil {
		b.lists[key] = listing
	}
	return listing, err
}

// relativeTo is a path as seen from the folder of a file, with slashes.
func relativeTo(f project.File, p string) string {
	rel, err := filepath.Rel(filepath.Dir(f.Path), p)
	if err != nil {
		return filepath.ToSlash(p)
	}
	return filepath.ToSlash(rel)
}
