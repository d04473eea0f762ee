package command

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// maxTogether is how many Compose files of one folder are taken for parts of one project. In a folder with more, such as a collection
// of templates, only those count that Compose merges by itself or that name each other.
const maxTogether = 12

// project gathers what a Compose file is read together with.
func (s *session) project(ctx context.Context, f project.File, doc *source.Document) fix.ComposeProject {
	return fix.ComposeProject{Others: s.builds.together(f, doc, s.besideByName(ctx, f)), Stack: s.stack(ctx, filepath.Dir(f.Path)), EnvFile: s.envFile(ctx, f), CI: s.ci(ctx, f), Ends: s.ends(ctx, f), Folder: folderInRepository(f)}
}

// stack names the script that gives the Compose files in dir to a swarm.
func (s *session) stack(ctx context.Context, dir string) string {
	for _, e := range s.evidence(ctx, dir) {
		if e.Stack {
			return fmt.Sprintf("%s:%d runs docker stack deploy", relativeName(dir, e.Path), e.Line)
		}
	}
	return ""
}

// envFile names the script that gives Compose another file in place of .env with a Compose file.
func (s *session) envFile(ctx context.Context, f project.File) string {
	for _, e := range s.calls(ctx, filepath.Dir(f.Path)) {
		if e.EnvFile != "" && calls(e, f) {
			return fmt.Sprintf("%s:%d gives Compose %s", relativeName(filepath.Dir(f.Path), e.Path), e.Line, e.EnvFile)
		}
	}
	return ""
}

// ci names the file of a CI service that runs a Compose file.
func (s *session) ci(ctx context.Context, f project.File) string {
	for _, e := range s.calls(ctx, filepath.Dir(f.Path)) {
		if e.CI && calls(e, f) {
			return fmt.Sprintf("%s:%d runs the file in CI", relativeName(filepath.Dir(f.Path), e.Path), e.Line)
		}
	}
	return ""
}

// folderInRepository is the folder of a file as seen from the top of its repository. Where there is none it is that of the name which the
// file was found by, and of an absolute name the last one.
func folderInRepository(f project.File) string {
	dir := filepath.Dir(f.Path)
	if top, ok := project.Repository(dir); ok {
		return relativeName(top, dir)
	}
	if named := filepath.Dir(f.Name); named != "." && !filepath.IsAbs(named) {
		return filepath.ToSlash(named)
	}
	return filepath.Base(dir)
}

// ends names the script that runs a Compose file until a container ends.
func (s *session) ends(ctx context.Context, f project.File) string {
	for _, e := range s.calls(ctx, filepath.Dir(f.Path)) {
		if e.Ends != "" && calls(e, f) {
			return fmt.Sprintf("%s:%d runs Compose with %s", relativeName(filepath.Dir(f.Path), e.Path), e.Line, e.Ends)
		}
	}
	return ""
}

// calls reports whether a call of Compose in a script is about a file: it names it or, where it names none, takes it by itself.
func calls(e project.Evidence, f project.File) bool {
	names := e.ComposeFiles()
	_, usual := usualName(f)
	top, ok := project.Repository(filepath.Dir(f.Path))
	if len(names) == 0 {
		return usual && (!ok || top == filepath.Dir(f.Path) || filepath.Dir(e.Path) == filepath.Dir(f.Path))
	}
	return slices.ContainsFunc(names, func(name string) bool { return filepath.Base(filepath.FromSlash(name)) == filepath.Base(f.Path) })
}

// together are the other Compose files that may be read together with one. named are those of its folder that scripts name.
func (b *builds) together(f project.File, doc *source.Document, named []project.File) []fix.ComposeFile {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []fix.ComposeFile
	seen := map[string]bool{b.real(f): true}
	add := func(other project.File, how fix.ComposeFile) {
		if seen[b.real(other)] || len(list) >= 2*maxTogether {
			return
		}
		seen[b.real(other)] = true
		parsed := b.document(other)
		if parsed == nil || parsed.Compose == nil {
			return
		}
		renamed := *parsed // the same document under the name that it has from here
		renamed.Name = relativeTo(f, other.Path)
		how.Doc = &renamed
		how.Override = how.Override || merged(f, other)
		list = append(list, how)
	}
	folder := b.composeFilesIn(filepath.Dir(f.Path))
	for _, other := range folder {
		if merged(f, other) {
			add(other, b.relation(f, other))
		}
	}
	for _, name := range namesComposeFiles(doc) {
		add(composeFileAt(f, name), fix.ComposeFile{})
	}
	naming := slices.Concat(b.namingOthers(), b.buildFilesAbove(f))
	for _, other := range b.includedWith(f, naming) {
		add(other, fix.ComposeFile{Override: true})
	}
	for _, other := range naming {
		if how := b.relation(f, other); how.Includes || how.Extends {
			add(other, how)
		}
	}
	for _, other := range named {
		add(other, b.relation(f, other))
	}
	if len(folder) <= maxTogether {
		for _, other := range folder {
			add(other, b.relation(f, other))
		}
	}
	return list
}

// includedWith are the Compose files that others include together with f: Compose merges them.
func (b *builds) includedWith(f project.File, naming []project.File) (list []project.File) {
	for _, other := range naming {
		for _, group := range b.noted(other).groups {
			var files []project.File
			for _, name := range group {
				files = append(files, composeFileAt(other, name))
			}
			if slices.ContainsFunc(files, func(c project.File) bool { return b.real(c) == b.real(f) }) {
				list = append(list, files...)
			}
		}
	}
	return list
}

// namingOthers are the Compose files of the run that name others.
func (b *builds) namingOthers() []project.File {
	if b.naming == nil {
		b.naming = slices.DeleteFunc(slices.Clone(b.files), func(f project.File) bool {
			n := b.noted(f)
			return len(n.includes)+len(n.extends) == 0
		})
	}
	return b.naming
}

// relation tells whether another Compose file names f.
func (b *builds) relation(f, other project.File) (how fix.ComposeFile) {
	if other.Kind != source.ComposeKind {
		return how
	}
	n := b.noted(other)
	names := func(list []string) bool {
		return slices.ContainsFunc(list, func(name string) bool { return b.real(composeFileAt(other, name)) == b.real(f) })
	}
	how.Includes, how.Extends = names(n.includes), names(n.extends)
	return how
}

// composeFileAt is the Compose file that another one names.
func composeFileAt(from project.File, name string) project.File {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(from.Path), path)
	}
	return project.File{Name: path, Path: path, Kind: source.ComposeKind}
}

// merged tells whether Compose reads one of two files over the other without being asked: the first of its usual names that a folder
// has, and the override beside it.
func merged(a, b project.File) bool {
	if filepath.Dir(a.Path) != filepath.Dir(b.Path) {
		return false
	}
	overA, usualA := usualName(a)
	overB, usualB := usualName(b)
	return usualA && usualB && overA != overB
}

// usualName tells whether Compose looks for a file of this name, and whether as an override.
func usualName(f project.File) (override, usual bool) {
	stem := filepath.Base(f.Path)
	stem = strings.TrimSuffix(stem, filepath.Ext(stem)) // .yml or .yaml: it is a Compose file
	stem, override = strings.CutSuffix(stem, ".override")
	return override, stem == "compose" || stem == "docker-compose"
}

// namesComposeFiles are the files that a Compose file includes, or takes services from.
func namesComposeFiles(doc *source.Document) []string {
	return slices.Concat(doc.Compose.Includes(), extended(doc))
}

// extended are the files that services of a Compose file extend.
func extended(doc *source.Document) (list []string) {
	for _, s := range doc.Compose.Services {
		if e := s.Extends(); e != nil && e.File != "" {
			list = append(list, e.File)
		}
	}
	return list
}
