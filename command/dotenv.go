package command

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// dotEnv fills in what is known of the .env beside a Compose file. Nothing is where the file comes from standard input: only its
// text is written then.
func (s *session) dotEnv(ctx context.Context, facts *fix.Facts, doc *source.Document, o outcome) {
	if o.content == nil {
		return
	}
	dir := filepath.Dir(o.file.Path)
	d := fix.DotEnv{
		Known: true, Failed: facts.DotEnv.Failed, Ignored: project.Ignored(filepath.Join(dir, ".env")), ExampleIgnored: project.Ignored(filepath.Join(dir, ".env.example")),
		SecretsIgnored: project.Ignored(filepath.Join(dir, "secrets", "name.txt")), Contexts: s.builds.holding(o.file, doc, ".env"),
	}
	if top, ok := project.Repository(dir); ok {
		tracked := project.TrackedBelow(ctx, dir)()
		d.Tracked, d.Unasked = tracked.Has(".env"), !tracked.Known()
		d.Gitignore = gitignoreFor(o.file, dir, top)
	}
	names := []string{".env", d.Gitignore}
	for _, c := range d.Contexts {
		names = append(names, c.Ignore)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if err := s.fileBeside(facts, o, name); err != nil {
			d.Failed = err.Error()
		}
	}
	s.envUses(ctx, &d, o.file, facts.Project)
	if why := linkDoubt(ctx, &d, filepath.Join(dir, ".env")); why != "" {
		d.Doubts = append(d.Doubts, why)
	}
	if b := o.beside[".env"]; b.content != nil && d.Failed == "" {
		// All edits of a file are made or none: one that cannot be written would stop the other rules too.
		if err := project.MayReplace(project.Write{Name: besideName(o.file, ".env"), Path: b.path, Before: b.content}, root(o.file)); err != nil {
			d.Failed, b.blocked = err.Error(), err.Error()
			o.beside[".env"] = b
		}
	}
	facts.DotEnv = d
}

// gitignoreFor is the .gitignore for a file in a directory: one beside it, else that at the top of the repository, else a new one
// beside it.
func gitignoreFor(f project.File, dir, top string) string {
	for _, at := range []string{dir, top} {
		if name := filepath.Join(at, ".gitignore"); project.Exists(name) {
			return relativeTo(f, name)
		}
	}
	return ".gitignore"
}

// linkDoubt asks git about what a .env leads to that is a symbolic link: that is what gets the secret.
func linkDoubt(ctx context.Context, d *fix.DotEnv, path string) string {
	target, err := filepath.EvalSymlinks(path)
	if info, bad := os.Lstat(path); bad != nil || err != nil || info.Mode()&os.ModeSymlink == 0 {
		return ""
	}
	tracked := project.TrackedBelow(ctx, filepath.Dir(target))()
	if tracked.Has(filepath.Base(target)) {
		d.Tracked = true
	}
	if _, ok := project.Repository(filepath.Dir(target)); ok && !project.Ignored(target) {
		return ".env leads to " + relativeName(filepath.Dir(path), target) + ", which git does not leave out"
	}
	return ""
}

// copies is a line of a Dockerfile that takes something from the build context.
var copies = lazyregexp.New(`(?im)^[ \t]*(?:COPY|ADD)[ \t]`)

// unbuilt are the folders of Dockerfiles beside a Compose file and above it, up to the top of the repository, as build contexts: what
// builds them is not Compose.
func (b *builds) unbuilt(f project.File) (list []project.Context) {
	dir := filepath.Dir(f.Path)
	top, ok := project.Repository(dir)
	for {
		path := filepath.Join(dir, "Dockerfile")
		if text, err := project.ReadSmall(path); err == nil && copies.Match(text) {
			list = append(list, project.Context{Service: "Dockerfile", Dir: dir, Dockerfile: path})
		}
		if !ok || dir == top || dir == filepath.Dir(dir) {
			return list
		}
		dir = filepath.Dir(dir)
	}
}

// holding are the build contexts of the services of a Compose file in which a file lies that stands beside it.
func (b *builds) holding(f project.File, doc *source.Document, name string) []fix.DotEnvContext {
	path := filepath.Join(filepath.Dir(f.Path), name)
	var list []fix.DotEnvContext
	seen := map[string]bool{}
	for _, c := range slices.Concat(project.Contexts(nil, []project.ComposeBuilds{noteOf(f, doc).builds}), b.unbuilt(f)) {
		rel, err := filepath.Rel(c.Dir, path)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		ignore := filepath.Join(c.Dir, ".dockerignore")
		if project.HasOwnIgnore(c) {
			ignore = c.Dockerfile + ".dockerignore"
		}
		if !seen[ignore] {
			seen[ignore] = true
			list = append(list, fix.DotEnvContext{Service: c.Service, Path: filepath.ToSlash(rel), Ignore: relativeTo(f, ignore)})
		}
	}
	return list
}
