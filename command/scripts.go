package command

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// scriptFacts are what the scripts of the repository of a file say that bears on it.
func (b *builds) scriptFacts(ctx context.Context, f project.File) fix.Scripts {
	if b.early {
		return fix.Scripts{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	top := b.top(filepath.Dir(f.Path))
	scripts := b.scripts(ctx, top)
	return fix.Scripts{
		Builds: func(ref string) string {
			key := [2]string{top, ref}
			at, known := b.scripted.Load(key)
			if !known {
				at = buildsImage(scripts, ref, filepath.Base(top))
				b.scripted.Store(key, at)
			}
			return at.(string)
		},
		Targets: func(stage string) string {
			word := regexp.MustCompile(`(?:^|[^\w.-])` + regexp.QuoteMeta(stage) + `(?:$|[^\w.-])`)
			return placeOfLine(scripts, func(text string) bool { return targetWord.MatchString(text) && word.MatchString(text) })
		},
		Exact:    func() string { return runsExact(scripts) },
		Argument: func(name string) string { return readsArgument(scripts, filepath.Base(f.Path), name) },
	}
}

var (
	targetWord   = lazyregexp.New(`(?i)target`)
	exactBuilder = lazyregexp.New(`(?i)\bpodman(?:[- ]compose)?[ \t"',]+(?:buildx?|up)\b|\bbuildah[ \t"',]+(?:bud|build)|\bkaniko(?:-project)?/|\buses:.*(?:buildah|podman|kaniko)`)
)

// runsExact is where a script runs such a builder. A program that is compiled first rather has them for its subject.
func runsExact(scripts *project.Scripts) string {
	for _, l := range scripts.Lines {
		file, _, _ := strings.Cut(l.Place, ":")
		if exactBuilder.MatchString(l.Text) && !slices.Contains([]string{".go", ".rs", ".java", ".kt", ".cs", ".c", ".cpp", ".ts"}, filepath.Ext(file)) {
			return l.Place
		}
	}
	return ""
}

// placeOfLine is the place of the first line of the scripts that is as it must be, "" for none.
func placeOfLine(scripts *project.Scripts, is func(text string) bool) string {
	for _, l := range scripts.Lines {
		if is(l.Text) {
			return l.Place
		}
	}
	return ""
}

// readsArgument is where a script reads the default of an ARG of a Dockerfile: it has "ARG NAME", or it names the Dockerfile and the
// argument on one line other than to pass it.
func readsArgument(scripts *project.Scripts, dockerfile, name string) string {
	quoted := regexp.QuoteMeta(name)
	instruction := regexp.MustCompile(`\bARG\b[\W_sS]*` + quoted + `\b`)
	word := regexp.MustCompile(`\b` + quoted + `\b`)
	passed := regexp.MustCompile(`--build-arg[\s=]+["']?` + quoted + `\b\S*`)
	return placeOfLine(scripts, func(text string) bool {
		if instruction.MatchString(text) {
			return true
		}
		return strings.Contains(text, dockerfile) && word.MatchString(passed.ReplaceAllString(text, ""))
	})
}

// buildsImage is where a script may build or push the image of a reference. One without a namespace is an official image of Docker's.
// repository is the folder of the repository.
func buildsImage(scripts *project.Scripts, ref, repository string) string {
	name, _ := nameTag(ref)
	owner, last := path.Split(name)
	if owner == "" || last == "" || strings.Contains(last, "$") || len(scripts.Lines) == 0 {
		return ""
	}
	const end = `(?:$|[^\w/.-]|\.(?:\W|$))`
	patterns := []string{
		`(?:^|[^\w.-])` + regexp.QuoteMeta(name) + end,
		`(?:\$\w+|[)}%])/(?:[\w.-]+/)*` + regexp.QuoteMeta(last) + end,                                                                   // $(REG)/base
		`^\s*(?:-\s+)?(?:\w+\s+)?["']?[\w.-]*(?:image|repo)[\w.-]*["']?\s*[:?]{0,2}[=:]\s*["']?` + regexp.QuoteMeta(last) + `["',]*\s*$`, // IMAGE = base
	}
	if hasNamespace(owner) {
		patterns = append(patterns, `(?:^|[^\w.-])`+regexp.QuoteMeta(owner)+`[$%{<"']`) // acme/$NAME
	}
	if strings.EqualFold(last, repository) {
		patterns = append(patterns, `github\.repository\b|CI_REGISTRY_IMAGE\b|CI_PROJECT_PATH\b`)
	}
	named := regexp.MustCompile(`(?i)` + strings.Join(patterns, "|"))
	for _, l := range scripts.Lines {
		if l.Builds && strings.ContainsAny(l.Text, "/=:%$") && named.MatchString(l.Text) {
			return l.Place
		}
	}
	return ""
}

// hasNamespace reports whether the front of a name has more in it than a registry: "acme/", "ghcr.io/acme/".
func hasNamespace(owner string) bool {
	first, rest, _ := strings.Cut(owner, "/")
	return rest != "" || !strings.ContainsAny(first, ".:") && first != "localhost"
}

// contextNames are the names of build contexts that the scripts of a repository give to builds.
func (b *builds) contextNames(ctx context.Context, f project.File) (names []string) {
	if f.Kind != source.DockerfileKind {
		return nil
	}
	for _, s := range b.scripts(ctx, b.top(filepath.Dir(f.Path))).Builds {
		names = append(names, s.Contexts...)
	}
	return names
}

// otherContext says which script builds a Dockerfile with another context than the known ones, as a clause; "" for none.
func (b *builds) otherContext(ctx context.Context, f project.File, all []build) string {
	var known []string
	usual := "that of " + f.Name
	for _, c := range all {
		known = append(known, project.File{Path: c.Dir}.Real())
		if usual = "that of " + c.From; c.Guess() {
			usual = "its own folder"
		}
	}
	for _, s := range b.scripts(ctx, b.top(filepath.Dir(f.Path))).Builds {
		switch {
		case !s.Other(b.real(f), known):
		case s.Context == "" || strings.Contains(s.Context, "$"):
			return s.Place + " may build it with another context than " + usual
		default:
			return s.Place + " builds it with the context " + s.Context + ", not with " + usual
		}
	}
	return ""
}

// unknownContext is a build of which no more is known than why.
func unknownContext(why string) *fix.BuildContext {
	return &fix.BuildContext{Dir: ".", Guess: true, Failed: why, Partial: why, Ignore: ".dockerignore", Texts: map[string][]byte{}}
}
