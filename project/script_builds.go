package project

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// ScriptBuild is a build of an image in a script, as far as it can be read. A variable of any language is written ${NAME} in it.
type ScriptBuild struct {
	Place    string   // "Makefile:3"
	File     string   // the Dockerfile as written; "" for that of the context
	Context  string   // as written; "" where it is not known
	Contexts []string // the names of further build contexts
	Stdin    bool     // the Dockerfile, or the whole context, comes from standard input

	dirs []string // that it may be run in, absolute
	in   string   // where it goes from there
	lost bool     // it may be run somewhere else
}

// Other reports whether the build takes the Dockerfile at a path and a context that is none of some known ones, or that cannot be told. All
// paths are absolute and without symbolic links.
func (b ScriptBuild) Other(dockerfile string, known []string) bool {
	file, context := inWorkspace(b.File), inWorkspace(b.Context)
	same := context != "" && path.Clean(path.Dir(file)) == path.Clean(context) && variableName.ReplaceAllString(file, "") != ""
	if b.Stdin || b.File == "" || same && (strings.Contains(file, "$") || slices.Contains(known, filepath.Dir(dockerfile))) {
		return false
	}
	if b.lost {
		return patternOf(file, `(?:^|.*/)`).MatchString(filepath.ToSlash(dockerfile))
	}
	taken := false
	for _, dir := range b.dirs {
		dir = filepath.ToSlash(realPath(under(dir, filepath.FromSlash(b.in))))
		whole := path.Join(dir, file)
		if path.IsAbs(file) {
			whole = path.Clean(file)
		}
		if !patternOf(whole, "^").MatchString(filepath.ToSlash(dockerfile)) {
			continue
		}
		if context != "" && !strings.Contains(context, "$") && slices.Contains(known, realPath(under(filepath.FromSlash(dir), filepath.FromSlash(context)))) {
			return false
		}
		taken = true
	}
	return taken
}

// patternOf matches the paths that a name with variables may mean.
func patternOf(name, start string) *regexp.Regexp {
	name = path.Clean(name)
	var text strings.Builder
	last := 0
	for _, m := range variableName.FindAllStringIndex(name, -1) {
		text.WriteString(regexp.QuoteMeta(name[last:m[0]]))
		if last = m[1]; strings.HasPrefix(name[last:], "/") { // a folder, which may be "."
			text.WriteString("(?:.*/)?")
			last++
		} else {
			text.WriteString(".*")
		}
	}
	return regexp.MustCompile(start + text.String() + regexp.QuoteMeta(name[last:]) + "$")
}

var (
	variableName = lazyregexp.New(`\$\{[^{}]*\}|\$\w+`)
	expression   = lazyregexp.New(`\$\{\{\s*([^{}]*?)\s*\}\}|\{\{\s*([^{}]*?)\s*\}\}|%(\w+)%`)
	oddInName    = lazyregexp.New(`\W+`)
	workspace    = lazyregexp.New(`^(?:\$\{?(?:PWD|pwd|CURDIR|github_workspace|GITHUB_WORKSPACE|CI_PROJECT_DIR|Build_SourcesDirectory|WORKSPACE)\}?)(?:/|$)`)
)

// inWorkspace is a path without the variable for the folder that a script is run in.
func inWorkspace(name string) string {
	if m := workspace.FindString(name); m != "" {
		return "./" + name[len(m):]
	}
	return name
}

// withVariables writes the variables of make, of shells and of CI services in one way, and each without spaces.
func withVariables(text string) string {
	text = expression.ReplaceAllStringFunc(text, func(m string) string { return "${" + oddInName.ReplaceAllString(strings.Trim(m, "${} %"), "_") + "}" })
	return substituted.ReplaceAllStringFunc(text, func(m string) string { return "${" + oddInName.ReplaceAllString(m[2:len(m)-1], "_") + "}" })
}

// builds are the builds of a statement.
func (s statement) builds(name, file, top string, lost bool) (list []ScriptBuild) {
	for _, c := range s.calls() {
		b := ScriptBuild{
			Place: fmt.Sprintf("%s:%d", name, s.lineAt(min(c.at, len(s.text)))), File: strings.Clone(c.file), Context: strings.Clone(c.context), Contexts: c.contexts,
			Stdin: c.file == "-" || c.context == "-", dirs: []string{filepath.Dir(file), top}, in: strings.Clone(c.in), lost: lost || strings.Contains(c.in, "$"),
		}
		if b.Stdin || b.File != "" || len(b.Contexts) > 0 {
			list = append(list, b)
		}
	}
	return list
}

// yamlBuilds are the builds that a YAML file describes by keys: the inputs of a step.
func yamlBuilds(name, file, top, text string) (list []ScriptBuild) {
	_, sections := outline(text)
	for _, s := range sections {
		dockerfile, line := s.first("file", "dockerfile", "containerfiles")
		context, _ := s.first("context", "buildcontext", "build_context", "build-context", "path")
		names := s.values["build-contexts"]
		if len(names) == 0 && !isDockerfile(dockerfile, context) {
			continue
		}
		if line == 0 {
			line = s.lines["build-contexts"]
		}
		b := ScriptBuild{Place: fmt.Sprintf("%s:%d", name, line), File: strings.Clone(withVariables(dockerfile)), dirs: []string{top, filepath.Dir(file)}}
		if b.Context = strings.Clone(withVariables(context)); b.Context == "" || b.Context == "${defaultContext}" {
			b.Context = "." // of the repository
		}
		for _, n := range names {
			as, _, _ := strings.Cut(n, "=")
			b.Contexts = append(b.Contexts, strings.Clone(strings.Trim(as, `"' `)))
		}
		list = append(list, b)
	}
	return list
}

// isDockerfile reports whether a key "file" means a Dockerfile: it says so, or stands beside a context.
func isDockerfile(file, context string) bool {
	lower := strings.ToLower(file)
	return strings.Contains(lower, "dockerfile") || strings.Contains(lower, "containerfile") || context != "" && strings.Contains(file, "$")
}

// listsJoined writes the lists of a program that have a text in them, such as ["docker", "build", "."], as words. What is not in quotes is a variable. Line breaks
// stay, so that lines are the same.
func listsJoined(text, with string) string {
	return wordList.ReplaceAllStringFunc(text, func(list string) string {
		if !strings.Contains(list, with) {
			return list
		}
		return listWord.ReplaceAllStringFunc(list, func(w string) string {
			switch {
			case strings.ContainsAny(w[:1], `"'`):
				return strings.ReplaceAll(w[1:len(w)-1], " ", "")
			case strings.ContainsAny(w[:1], "[],"):
				return " "
			}
			return "${" + oddInName.ReplaceAllString(w, "_") + "}"
		})
	})
}

var (
	wordList = lazyregexp.New(`\[[^\[\]]*\]`)
	listWord = lazyregexp.New(`"[^"\n]*"|'[^'\n]*'|[\[\],]|[A-Za-z_][\w.()]*`)
)

// folded joins lines of a YAML file that are one command: options of a build on lines of their own, and its context behind them.
func folded(all []statement) []statement {
	var list []statement
	for _, s := range all {
		if n := len(list); n > 0 && s.line == list[n-1].lineAt(len(list[n-1].text))+1 && goesOn(list[n-1], strings.TrimSpace(s.text)) {
			list[n-1].text += "\n" + s.text
			continue
		}
		list = append(list, s)
	}
	return list
}

// goesOn reports whether a line belongs to the last build of a statement.
func goesOn(s statement, line string) bool {
	if !foldedOption.MatchString(line) && (!foldedContext.MatchString(line) || strings.HasSuffix(line, ":")) {
		return false
	}
	calls := statement{s.line, s.text + " "}.calls()
	return len(calls) > 0 && (foldedOption.MatchString(line) || calls[len(calls)-1].context == "")
}

var (
	foldedOption  = lazyregexp.New(`^--?[A-Za-z]`)
	foldedContext = lazyregexp.New(`^[\w./$"'{}()-]+$`)
)

// Unread is the first build whose Dockerfile is not among the files of the repository: it comes from standard input, or does not lie where
// the script names it. "" for none.
func (f *Scripts) Unread() string {
	i := slices.IndexFunc(f.Builds, func(b ScriptBuild) bool {
		file := inWorkspace(b.File)
		if b.Stdin || file == "" || b.lost || strings.Contains(file, "$") {
			return b.Stdin
		}
		return !slices.ContainsFunc(b.dirs, func(dir string) bool { return exists(under(under(dir, b.in), filepath.FromSlash(file))) })
	})
	if i < 0 {
		return ""
	}
	if f.Builds[i].Stdin {
		return f.Builds[i].Place + " gives a build its Dockerfile on standard input"
	}
	return f.Builds[i].Place + " builds " + f.Builds[i].File + ", which is not there"
}
