package command

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// builds knows how the Dockerfiles of a run are built: what the Compose files of the run say, and the others of the repository that
// a Dockerfile is in. What it keeps of each file are a few words; a document is parsed again where a rule needs
// the whole.
type builds struct {
	files []project.File // the Compose files and bake files of the run

	early bool // not all files are noted yet: which names are no images is not known

	mu        sync.Mutex
	notes     map[string]*note              // of Compose files, by path
	index     map[string][]build            // what the Compose files of the run build, by Dockerfile; nil until it is needed
	built     []string                      // the images that the Compose files of the run build, by name; filled in with index
	naming    []project.File                // the Compose files of the run that name others; nil until it is needed
	aboves    map[string][]project.File     // the Compose files in a directory
	repos     map[string]map[string][]build // what the other Compose files of a repository build, by its top and by Dockerfile
	folders   map[string][]project.File     // the Compose files that lie in a directory itself
	inFolder  map[string][]string           // the images that the Compose files in a directory build
	own       map[string]bool               // the paths of files without symbolic links; nil until they are needed
	tops      map[string]string             // the repository that a directory is in, "" for none
	reals     map[string]string             // paths without symbolic links
	lists     map[string]*project.Listing
	documents map[string]*source.Document // those parsed last, by path
	parsed    parsedDockerfiles
	kin       kinship

	scripted sync.Map // where scripts build images, by the repository and the reference
}

// note is what is kept of one Compose file.
type note struct {
	builds project.ComposeBuilds
	built  []string       // the images it builds, by name
	made   []string       // the services it builds
	images []serviceImage // of all its services
	reads  []string       // the variables it reads
	// the Compose files it names, as written
	includes, extends []string
	groups            [][]string // the includes of one entry, which Compose merges, where they are several
	hands             []handed
	partial           []string             // the services that no image is told for
	parents           map[string]parentage // by service or target
}

// build is one way in which a Compose file builds a Dockerfile.
type build struct {
	project.Context
	compose project.File
}

// maxDocuments is how many documents are kept for the case that the next file needs them too.
const maxDocuments = 16

// maxEntries is how many entries of a build context are listed: the proof that a fix hides no file needs all of them.
const maxEntries = 20_000

// maxTexts is how many files of a build context are read at most.
const maxTexts = 2000

func newBuilds(files []project.File) *builds {
	return &builds{
		files: slices.DeleteFunc(slices.Clone(files), func(f project.File) bool { return !tellsBuilds(f) }),
		notes: map[string]*note{}, aboves: map[string][]project.File{}, lists: map[string]*project.Listing{},
		folders: map[string][]project.File{}, repos: map[string]map[string][]build{}, inFolder: map[string][]string{}, tops: map[string]string{}, reals: map[string]string{},
		documents: map[string]*source.Document{}, kin: newKinship(files),
	}
}

// tellsBuilds reports whether a file says how Dockerfiles are built.
func tellsBuilds(f project.File) bool {
	return f.Kind == source.ComposeKind || f.Kind == source.BakeKind
}

// note keeps what a file of the run says about builds, for a caller that has just parsed it.
func (b *builds) note(f project.File, doc *source.Document) {
	if !tellsBuilds(f) {
		return
	}
	made := noteOf(f, doc)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes[f.Path] = made
}

func noteOf(f project.File, doc *source.Document) *note {
	n := &note{builds: project.ComposeBuilds{File: f}, parents: parentages(f, doc)}
	if doc.Kind == source.BakeKind {
		n.bake(doc)
		return n
	}
	n.built, n.made = doc.BuiltImages()
	n.images = serviceImages(doc)
	n.includes, n.extends = cloned(doc.Compose.Includes()), cloned(extended(doc))
	for _, group := range doc.Compose.IncludeGroups() {
		if len(group) > 1 {
			n.groups = append(n.groups, cloned(group))
		}
	}
	n.hands, n.partial = handedTo(doc), partialIn(doc)
	for _, name := range source.VariableNames(string(doc.Bytes)) {
		n.reads = append(n.reads, strings.Clone(name)) // not the whole text with it
	}
	for _, s := range doc.Compose.Services {
		build := s.Build()
		if build == nil {
			continue
		}
		made := project.Build{
			Service: s.Name, Context: unlessSet(build.Context), Dockerfile: unlessSet(build.Dockerfile), Target: build.Target, Inline: build.Inline,
			Args: valuesOf(build.Args),
		}
		for _, c := range build.Contexts {
			made.Contexts = append(made.Contexts, c.Name)
		}
		n.builds.Builds = append(n.builds.Builds, made)
	}
	return n
}

// bake notes what a bake file builds.
func (n *note) bake(doc *source.Document) {
	for _, b := range doc.BakeBuilds() {
		made := project.Build{Service: b.Target, Context: b.Context, Dockerfile: b.Dockerfile, Args: b.Args, Contexts: slices.Sorted(maps.Keys(b.Contexts))}
		if b.Inline {
			made.Inline = "in the bake file"
		}
		n.built = append(n.built, b.Tags...)
		if b.Context != "" && b.Dockerfile != "" { // else only the caller knows what is built
			n.builds.Builds = append(n.builds.Builds, made)
		}
	}
}

func valuesOf(list []source.EnvironmentVariable) map[string]string {
	values := map[string]string{}
	for _, v := range list {
		values[v.Name] = v.Value
	}
	return values
}

// document parses a file, or takes it from those parsed last. One that cannot be read is nil: the run says why in its turn.
func (b *builds) document(f project.File) *source.Document {
	if doc, ok := b.documents[f.Path]; ok {
		return doc
	}
	var doc *source.Document
	if content, err := project.Read(f); err == nil {
		doc, _ = source.Parse(f.Name, f.Kind, content.Bytes)
	}
	if len(b.documents) >= maxDocuments {
		clear(b.documents)
	}
	b.documents[f.Path] = doc
	return doc
}

// noted is the note of a Compose file, made where there is none yet.
func (b *builds) noted(f project.File) *note {
	n, ok := b.notes[f.Path]
	if !ok {
		n = &note{builds: project.ComposeBuilds{File: f}}
		if doc := b.document(f); doc != nil {
			n = noteOf(f, doc)
		}
		b.notes[f.Path] = n
	}
	return n
}

// top is the repository that a directory is in, "" for none.
func (b *builds) top(dir string) string {
	top, known := b.tops[dir]
	if !known {
		top, _ = project.Repository(dir)
		b.tops[dir] = top
	}
	return top
}

// composeFilesIn are the Compose files in a folder.
func (b *builds) composeFilesIn(dir string) []project.File {
	list, known := b.folders[dir]
	if !known {
		list = project.ComposeFilesIn(dir)
		b.folders[dir] = list
	}
	return list
}

// real is the path of a file without symbolic links.
func (b *builds) real(f project.File) string {
	path, known := b.reals[f.Path]
	if !known {
		path = f.Real()
		b.reals[f.Path] = path
	}
	return path
}

// readRun fills in what the Compose files of the run build, once.
func (b *builds) readRun() {
	if b.index != nil {
		return
	}
	b.index = map[string][]build{}
	b.built = b.builtBy(b.files)
	for _, c := range b.withNamed(b.files) {
		for _, found := range b.buildsOf(c) {
			b.index[found.Real()] = append(b.index[found.Real()], found)
		}
	}
}

// of are the ways in which Compose files build a Dockerfile, or a guess.
func (b *builds) of(ctx context.Context, f project.File) []build {
	b.readRun()
	list := slices.Clone(b.index[b.real(f)])
	list = append(list, b.elsewhere(ctx, b.top(filepath.Dir(f.Path)))[b.real(f)]...)
	list = append(list, b.above(f, list)...)
	if len(list) == 0 {
		for _, guess := range project.Contexts([]project.File{f}, nil) {
			list = append(list, build{Context: guess})
		}
	}
	return list
}

// local are the names that a reference in a file can have without meaning an image of a registry.
func (b *builds) local(ctx context.Context, f project.File) []string {
	if b.early {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readRun()
	names := append(slices.Clip(b.built), b.builtBy(b.buildFilesAbove(f))...)
	if f.Kind == source.ComposeKind {
		names = append(names, b.builtIn(filepath.Dir(f.Path))...)
	}
	if f.Kind == source.DockerfileKind {
		for _, found := range b.of(ctx, f) {
			names = append(names, found.Contexts...)
		}
		names = append(names, b.contextNames(ctx, f)...)
	}
	return names
}

// variablesElsewhere are the variables that the other Compose files in the folder of a Compose file read.
func (b *builds) variablesElsewhere(f project.File) map[string]string {
	if b.early {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	list := map[string]string{}
	for _, c := range b.composeFilesIn(filepath.Dir(f.Path)) {
		if b.real(c) == b.real(f) {
			continue
		}
		for _, name := range b.noted(c).reads {
			list[name] = c.Name
		}
	}
	return list
}

// dockerfiles are the Dockerfiles that the services of a Compose file build, by service.
func (b *builds) dockerfiles(f project.File, doc *source.Document) map[string]*source.Document {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := map[string]*source.Document{}
	for _, c := range project.Contexts(nil, []project.ComposeBuilds{noteOf(f, doc).builds}) {
		if d := b.document(project.File{Name: c.Dockerfile, Path: c.Dockerfile, Kind: source.DockerfileKind}); d != nil {
			list[c.Service] = d
		}
	}
	return list
}

// contexts tells how a Dockerfile is built, with the texts of the files that are wanted.
func (b *builds) contexts(ctx context.Context, f project.File, wants []fix.Want) []*fix.BuildContext {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*fix.BuildContext
	inline := b.scripts(ctx, b.top(filepath.Dir(f.Path))).Unread()
	all := b.of(ctx, f)
	if other := b.otherContext(ctx, f, all); other != "" && !all[0].Guess() {
		list = append(list, unknownContext(other))
	} else if other != "" {
		return []*fix.BuildContext{unknownContext(other)}
	}
	for _, found := range all {
		made := b.context(ctx, f, found.Context, wants)
		made.Inline = inline
		if made.Service = b.service(found); made.Service != nil {
			made.ComposeFile, made.ExtendedBy = relativeTo(f, found.compose.Path), b.extendedBy(f, found.compose)
			made.Related = b.related(found, made.Service)
		}
		list = append(list, made)
	}
	return list
}

// service is the service of a Compose file that builds something; nil where nothing but a guess says how it is built.
func (b *builds) service(of build) *source.Service {
	if of.Guess() {
		return nil
	}
	doc := b.document(of.compose)
	if doc == nil || doc.Compose == nil {
		return nil
	}
	i := slices.IndexFunc(doc.Compose.Services, func(s *source.Service) bool { return s.Name == of.Service })
	if i < 0 {
		return nil
	}
	return doc.Compose.Services[i]
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
	}
	for _, broad := range []bool{false, true} {
		for _, e := range listing.Entries {
			wanted := func(w fix.Want) bool { return w.Broad() == broad && w.MatchesText(e.Path) }
			if !e.Mode.IsRegular() || len(made.Texts) >= maxTexts || broad && (made.Texts[e.Path] != nil || fix.Installed(e.Path)) || !slices.ContainsFunc(wants, wanted) {
				continue
			}
			if text, err := project.ReadSmall(filepath.Join(c.Dir, filepath.FromSlash(e.Path))); err == nil {
				made.Texts[e.Path] = text
			}
		}
	}
	made.Parse = func(name string, text []byte) (*source.Document, error) {
		return b.parsed.parse(filepath.Join(c.Dir, filepath.FromSlash(name)), name, text)
	}
	tracked := project.TrackedBelow(ctx, c.Dir)
	made.Tracked = func(p string) (is, known bool) { t := tracked(); return t.Has(p), t.Known() }
	made.Ignored = func(p string) bool { return project.Ignored(filepath.Join(c.Dir, filepath.FromSlash(p))) }
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
