package project

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Context is one way a Dockerfile is built.
type Context struct {
	Dir        string            // the build context, absolute
	Dockerfile string            // absolute
	Target     string            // the stage that is built; empty for the last
	Args       map[string]string // build arguments
	Contexts   []string          // names of additional contexts: in the Dockerfile they are no images, see source.IsContext
	Service    string            // the Compose service that builds it; empty where the context is a guess
	From       string            // File.Name of the Compose file that says so; empty where the context is a guess
}

// Guess tells that no Compose file says how the Dockerfile is built: its own directory is taken for the context, as in
// "docker build .". With "docker build -f app/Dockerfile ." it would be another.
func (c Context) Guess() bool { return c.From == "" }

// Build is one build entry of a Compose file as written there: variables not filled in, paths not resolved.
type Build struct {
	Service    string
	Context    string // also the short form; empty means "."
	Dockerfile string // empty means "Dockerfile"
	Target     string
	Args       map[string]string
	Contexts   []string // names of additional contexts
	Inline     string   // the text of dockerfile_inline: there is no Dockerfile then
}

// ComposeBuilds are the build entries of one Compose file.
type ComposeBuilds struct {
	File   File
	Builds []Build
}

// Contexts tells how Dockerfiles are built: what the Compose files say, in their order, and after these a guess for
// each Dockerfile of files that none of them builds. Entries without a directory here are left out: contexts that are
// URLs, that hold a variable, and inline Dockerfiles.
func Contexts(files []File, composes []ComposeBuilds) []Context {
	var contexts []Context
	built := map[string]bool{}
	for _, c := range composes {
		for _, b := range c.Builds {
			if ctx, ok := b.resolve(c.File); ok {
				contexts = append(contexts, ctx)
				built[realPath(ctx.Dockerfile)] = true
			}
		}
	}
	for _, f := range files {
		if f.Kind == source.DockerfileKind && !built[realPath(f.Path)] {
			contexts = append(contexts, Context{Dir: filepath.Dir(f.Path), Dockerfile: f.Path})
		}
	}
	return contexts
}

// resolve places a build entry on disk. Compose takes the context from the Compose file's directory, and the
// Dockerfile from the context.
func (b Build) resolve(compose File) (Context, bool) {
	if b.Inline != "" || remoteContext(b.Context) || strings.Contains(b.Context+b.Dockerfile, "$") {
		return Context{}, false
	}
	dir := under(filepath.Dir(compose.Path), filepath.FromSlash(b.Context))
	dockerfile := under(dir, filepath.FromSlash(cmp.Or(b.Dockerfile, "Dockerfile")))
	if b.Dockerfile == "" && !exists(dockerfile) && exists(filepath.Join(dir, "dockerfile")) {
		// BuildKit's fallback for the default name.
		dockerfile = filepath.Join(dir, "dockerfile")
	}
	return Context{
		Dir: dir, Dockerfile: dockerfile, Target: b.Target, Args: maps.Clone(b.Args), Contexts: slices.Clone(b.Contexts),
		Service: b.Service, From: compose.Name,
	}, true
}

// under is path, or path below dir where it is not absolute.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// remoteContext tells a context that the builder fetches: an URL, a git address, a repository of GitHub's.
func remoteContext(context string) bool { return remotePattern.MatchString(context) }

var remotePattern = lazyregexp.New(`^(?:[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|github\.com/|(?:docker-image|oci-layout|service|target):)`)

// For are the contexts that build the Dockerfile f, the first of the list first.
func For(contexts []Context, f File) []Context {
	real := realPath(f.Path)
	return slices.DeleteFunc(slices.Clone(contexts), func(c Context) bool { return realPath(c.Dockerfile) != real })
}

// BuildFilesIn are the Compose files and bake files that lie in a directory itself, by their names, in the order of these.
func BuildFilesIn(dir string) []File {
	return filesIn(dir, func(k source.Kind) bool { return k == source.ComposeKind || k == source.BakeKind })
}

// ComposeFilesIn are the Compose files that lie in a directory itself.
func ComposeFilesIn(dir string) []File {
	return filesIn(dir, func(k source.Kind) bool { return k == source.ComposeKind })
}

func filesIn(dir string, wanted func(source.Kind) bool) []File {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	wd, _ := os.Getwd()
	var files []File
	for _, e := range entries {
		if kind := kindByName(e.Name()); kind != 0 && wanted(kind) && e.Type().IsRegular() {
			p := placeOf(wd, filepath.Join(dir, e.Name()))
			files = append(files, File{Name: p.name, Path: p.path, Kind: kind})
		}
	}
	return files
}

// kindByName is what a file is by its name alone; 0 where that says nothing.
func kindByName(name string) source.Kind {
	kind, ok := Classify(name)
	if !ok {
		kind, _ = classifyOther(name)
	}
	return kind
}

// maxRepository is how many directories of a repository are looked into for files that tell of builds, those near the top first.
const maxRepository = 2000

// BuildFilesBelow are the Compose files and bake files of the repository at top: without what git leaves out, the directories of
// other people's code and of test data, and repositories inside. It ends early where ctx does.
func BuildFilesBelow(ctx context.Context, top string) []File {
	type folder struct {
		path string
		ig   ignores
	}
	wd, _ := os.Getwd()
	var files []File
	queue := []folder{{top, ignores(nil).with(top, excludeFile(top))}}
	for n := 0; n < len(queue) && n < maxRepository && ctx.Err() == nil; n++ {
		at := queue[n]
		at.ig = at.ig.with(at.path, filepath.Join(at.path, ".gitignore"))
		for _, e := range firstNames(at.path) {
			path := filepath.Join(at.path, e.Name())
			kind := kindByName(e.Name())
			switch _, other := others[e.Name()]; {
			case other || !e.IsDir() && kind != source.ComposeKind && kind != source.BakeKind || at.ig.ignored(path, e.IsDir()):
			case e.IsDir() && !exists(filepath.Join(path, ".git")):
				queue = append(queue, folder{path, at.ig})
			case e.Type().IsRegular():
				p := placeOf(wd, path)
				files = append(files, File{Name: p.name, Path: p.path, Kind: kind})
			}
		}
	}
	return files
}

// Real is the path of the Dockerfile without symbolic links: what tells whether two names mean the same file.
func (c Context) Real() string { return realPath(c.Dockerfile) }

// Real is the path of the file without symbolic links.
func (f File) Real() string { return realPath(f.Path) }
