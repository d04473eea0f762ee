package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// commandsKey is what the commands of a Dockerfile are kept by: many others in its folder ask for them.
type commandsKey struct{}

// commandsOf are the commands that the RUN instructions of a Dockerfile run, wherever in them.
func commandsOf(doc *source.Document) []manifest.Command {
	return doc.Derived(commandsKey{}, func() any {
		var list []manifest.Command
		for in := range instructions(doc, "RUN") {
			list = append(list, commandsIn(doc, in)...)
		}
		return list
	}).([]manifest.Command)
}

// commandsIn are the commands of one RUN.
func commandsIn(doc *source.Document, in *source.Instruction) []manifest.Command {
	if in.JSON {
		c := manifest.Command{}
		for i, w := range in.Args {
			if i == 0 {
				c.Name = w.Text
			} else {
				c.Args = append(c.Args, w.Text)
			}
		}
		return []manifest.Command{c}
	}
	shell, err := doc.Shell(in)
	if err != nil {
		return nil
	}
	var list []manifest.Command
	walkCommands(shell.File, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			if c, ok := commandOf(call, nil); ok {
				list = append(list, c)
			}
		}
		return true
	})
	return list
}

func runsAny(docs []*source.Document, is func(manifest.Command) bool) bool {
	return slices.ContainsFunc(docs, func(doc *source.Document) bool { return slices.ContainsFunc(commandsOf(doc), is) })
}

func isGoBuild(c manifest.Command) bool {
	return path.Base(c.Name) == "go" && len(c.Args) > 0 && (c.Args[0] == "build" || c.Args[0] == "install") &&
		!slices.Contains(c.Args, "-buildvcs=false") && !slices.ContainsFunc(c.Args, func(w string) bool { return strings.Contains(w, "@") })
}

// made are the directories that the Dockerfile makes itself: the host's are of no use to it.
func (l *leavingOut) made() []unneeded {
	if l.unread || !l.whole() {
		return nil
	}
	var list []unneeded
	for _, own := range treesAt(l.pass.Doc) {
		for _, r := range own.ran {
			for _, name := range makes(r.Command) {
				u, ok := l.madeBy(own, r, name)
				if ok && !slices.ContainsFunc(list, func(o unneeded) bool { return o.pattern == u.pattern }) {
					list = append(list, core(doubt(u)))
				}
			}
		}
	}
	return append(list, l.handedOn()...)
}

// madeBy is the pattern for a directory that a command makes; not ok where another stage may live by that of the host.
func (l *leavingOut) madeBy(own *treeAt, r ranAt, name string) (unneeded, bool) {
	same := func(c manifest.Command) bool { return slices.Contains(makes(c), name) }
	if name == "obj" || name == "bin" {
		u := anywhere("**/"+name, name)
		if projects := l.dirsOf("*.csproj", "*.fsproj", "*.vbproj"); len(projects) > 0 {
			u = u.beside(projects)
		}
		all := !slices.ContainsFunc(l.trees(name), func(t *treeAt) bool {
			return !slices.ContainsFunc(t.ran, func(r ranAt) bool { return same(r.Command) })
		})
		return u, all && l.unnamedBefore(name, same)
	}
	at, known := r.workDir()
	if !known || own.dest == "" || !within(own.dest, at) {
		return unneeded{}, false
	}
	dir := path.Join(own.root, strings.TrimPrefix(strings.TrimPrefix(at, own.dest), "/"))
	if p := path.Join(dir, name); l.filledIn(dir, name, same) && !l.putElsewhere(dir, name) && (name == "vendor" || l.unnamedBefore(p, same)) {
		return atTop(p), true
	}
	return unneeded{}, false
}

// putElsewhere reports whether a setting may have a tool make its directory at another place.
func (l *leavingOut) putElsewhere(dir, name string) bool {
	if name == "vendor" {
		if text, ok := l.ig.context.Texts[path.Join(dir, "composer.json")]; !ok || strings.Contains(string(text), "vendor-dir") {
			return true
		}
	}
	return slices.ContainsFunc(l.docs, func(doc *source.Document) bool {
		return containsAny(string(doc.Bytes), []string{"COMPOSER_VENDOR_DIR", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "buildDirectory", "MIX_BUILD_PATH", "MIX_DEPS_PATH"})
	})
}

// makes are the directories of its project that a command makes.
func makes(c manifest.Command) []string {
	words := append([]string{path.Base(c.Name)}, c.Args...)
	has := func(any ...string) bool {
		return slices.ContainsFunc(words[1:], func(w string) bool { return slices.Contains(any, w) })
	}
	switch words[0] {
	case "cargo":
		if has("build") {
			return []string{"target"}
		}
	case "mvn", "mvnw":
		if has("package", "install", "verify", "compile") {
			return []string{"target"}
		}
	case "gradle", "gradlew":
		if has("build", "assemble", "bootJar", "installDist", "shadowJar") {
			return []string{"build", ".gradle"}
		}
	case "dotnet":
		if has("build", "publish") {
			return []string{"bin", "obj"}
		}
	case "next":
		if has("build") {
			return []string{".next"}
		}
	case "nuxt":
		if has("build", "generate") {
			return []string{".nuxt"}
		}
	case "mix":
		if has("compile", "release") {
			return []string{"_build", "deps"}
		}
	}
	if isInstall(c) == "composer" {
		return []string{"vendor"}
	}
	return nil
}

// handedOn are directories that a build script makes and a later stage takes: dist of npm run build, where
// COPY --from=build /app/dist says so.
func (l *leavingOut) handedOn() []unneeded {
	builds := func(c manifest.Command) bool {
		return slices.Contains([]string{"npm", "yarn", "pnpm", "bun"}, path.Base(c.Name)) && slices.Contains(c.Args, "build")
	}
	var list []unneeded
	for in := range instructions(l.pass.Doc, "COPY") {
		if _, from := in.Flag("from"); !from || len(in.Args) < 2 {
			continue
		}
		for _, w := range in.Args[:len(in.Args)-1] {
			for _, dir := range []string{"dist", "build", "out", ".next", ".nuxt"} {
				made := func(t *treeAt) bool { return t.place(dir) == path.Clean("/"+w.Text) || strings.HasPrefix(t.dest, "?") }
				if path.Base(w.Text) == dir && slices.ContainsFunc(treesAt(l.pass.Doc), made) && l.filledIn(".", dir, builds) && l.unnamedBefore(dir, builds) {
					list = append(list, doubt(atTop(dir)))
				}
			}
		}
	}
	return list
}

// historyTexts are the files that may say that a build reads the history.
var historyTexts = []string{
	"pyproject.toml", "setup.py", "setup.cfg", "build.gradle", "build.gradle.kts", "pom.xml", "Cargo.toml", "build.rs", "*.csproj", "*.props",
	"*.gemspec", "Makefile", "*.mk", "*.sh", "mix.exs", ".gitmodules", "build.sbt", "plugins.sbt",
}

// historians are what reads the history, by the names of the files that would name it.
var historians = []struct {
	files []string
	words []string
}{
	{[]string{"pyproject.toml", "setup.py", "setup.cfg"}, []string{"setuptools_scm", "setuptools-scm", "hatch-vcs", "hatch_vcs", "versioneer", "pbr", "dynamic-versioning", "versioningit", "vcs-versioning", "\"git\"", "'git'", "git describe", "git rev-parse"}},
	{[]string{"build.gradle", "build.gradle.kts", "pom.xml", "build.sbt", "plugins.sbt"}, []string{"git-version", "gitProperties", "git-properties", "grgit", "jgit", "git-commit-id", "buildnumber", "nebula", "sbt-git", "sbt-dynver", "axion", "reckon"}},
	{[]string{"Cargo.toml", "build.rs"}, []string{"vergen", "shadow-rs", "built =", "git2", "git-version", "\"git\""}},
	{[]string{"*.csproj", "*.props"}, []string{"GitVersion", "MinVer", "Nerdbank", "SourceLink", "GitInfo"}},
	{[]string{"*.gemspec", "mix.exs", "Makefile", "*.mk", "*.sh"}, []string{"git ls-files", "git describe", "git rev-parse", "git log", "git show", "git status", "git submodule", "git branch", "git tag", "git diff", "\"git\""}},
	{[]string{"package.json"}, []string{"git rev-parse", "git describe", "git log", "git-revision", "git-describe", "simple-git", "git-rev-sync", "git-repo-info", "lerna"}},
}

// historyReason says why a build needs .git; "" where nothing tells that it does.
func historyReason(docs []*source.Document, c *fix.BuildContext) string {
	reads := func(cmd manifest.Command) bool {
		return path.Base(cmd.Name) == "git" && !slices.ContainsFunc(cmd.Args, func(w string) bool { return w == "clone" || w == "config" || w == "--version" })
	}
	if runsAny(docs, reads) {
		return "a RUN asks git"
	}
	for _, doc := range docs {
		for in := range instructions(doc, "CMD", "ENTRYPOINT", "HEALTHCHECK") {
			if slices.ContainsFunc(in.Args, func(w source.Word) bool { return w.Text == "git" }) {
				return "the container asks git"
			}
		}
	}
	for _, h := range historians {
		for _, e := range c.Entries {
			text, ok := c.Texts[e.Path]
			if !ok || strings.Contains(e.Path, "node_modules/") || !slices.ContainsFunc(h.files, func(p string) bool { ok, _ := path.Match(p, path.Base(e.Path)); return ok }) {
				continue
			}
			for _, w := range h.words {
				if strings.Contains(string(text), w) {
					return fmt.Sprintf("%s has %s", e.Path, w)
				}
			}
		}
	}
	return first(sourceHistory(docs, c), goHistory(docs, c))
}

// historySources are the sources and settings that may ask for the history themselves.
var historySources = []string{
	"*.js", "*.mjs", "*.cjs", "*.ts", "*.mts", "*.cts", "*.jsx", "*.tsx", "*.vue", "*.py", "*.rb", "*.php", "*.rake", "Rakefile", "*.toml", "*.yml", "*.yaml",
	"CMakeLists.txt", "*.cmake", "meson.build", "requirements*.txt", "config.json", "hugo.json",
}

// historyWords are what asks for it there, in lower case.
var historyWords = []string{
	"git rev-parse", "git describe", "git log", "git show", "git rev-list", "gitpython", "git.repo", "import git\n", "from git import", "simple-git", "nodegit",
	"isomorphic-git", "pygit2", "dulwich", "git-revision-date", "git-committers", "git-authors", "enablegitinfo", "showlastupdate", "lastupdated", "setuptools_scm", "setuptools-scm",
	"source = \"scm\"", "source=\"scm\"", "source = 'scm'", "source='scm'", "execsync('git", "execsync(\"git", "execsync(`git", ".git/",
	"git_executable", "find_package(git", "getgitrevision", "vcs_tag(",
}

// historyTools are programs and libraries that ask for it, in lower case: of releases, versions, and what has changed.
var historyTools = []string{
	"gitpython", "git-revision-date", "setuptools_scm", "setuptools-scm", "simple-git", "goreleaser", "lerna", "nx affected", "[head^", "[origin/", "gitversion", "minver",
	"semantic-release", "git-cliff", "versioneer", "hatch-vcs", "standard-version", "release-it", "svu ", "knope",
}

// historyTool is a tool that asks for the history, and that a Dockerfile names; "" for none.
func historyTool(doc *source.Document) string {
	return doc.Derived(historyKey{}, func() any {
		lower := strings.ToLower(string(doc.Bytes))
		for _, w := range historyTools {
			if strings.Contains(lower, w) {
				return w
			}
		}
		return ""
	}).(string)
}

// historyKey is what the answer of historyTool is kept by.
type historyKey struct{}

// sourceHistory looks for them in all sources and settings of the context.
func sourceHistory(docs []*source.Document, c *fix.BuildContext) string {
	for _, doc := range docs {
		if w := historyTool(doc); w != "" {
			return "a Dockerfile has " + w
		}
	}
	for _, e := range c.Entries {
		if !e.Mode.IsRegular() || fix.Installed(e.Path) || !slices.ContainsFunc(historySources, func(p string) bool { ok, _ := path.Match(p, path.Base(e.Path)); return ok }) {
			continue
		}
		text, ok := c.Texts[e.Path]
		if !ok {
			return "not all sources could be read"
		}
		lower := strings.ToLower(strings.ReplaceAll(string(text), "\r\n", "\n"))
		for _, w := range historyWords {
			if strings.Contains(lower, w) {
				return fmt.Sprintf("%s has %s", e.Path, strings.TrimSpace(w))
			}
		}
		if ext := path.Ext(e.Path); ext != ".toml" && ext != ".yml" && ext != ".yaml" && (strings.Contains(lower, `"git"`) || strings.Contains(lower, `'git'`)) {
			return e.Path + " runs git"
		}
	}
	return ""
}

// goHistory looks for Go programs that tell the revision which go build puts into them.
func goHistory(docs []*source.Document, c *fix.BuildContext) string {
	if !runsAny(docs, isGoBuild) {
		return ""
	}
	for _, e := range c.Entries {
		if path.Ext(e.Path) != ".go" || !e.Mode.IsRegular() {
			continue
		}
		text, ok := c.Texts[e.Path]
		if !ok {
			return "not all Go sources could be read"
		}
		if strings.Contains(string(text), "ReadBuildInfo") || strings.Contains(string(text), "vcs.revision") {
			return e.Path + " tells the revision"
		}
	}
	return ""
}

// needed reports whether the image may live by what the host has made: modules that no step installs, compiled programs
// that are run.
func (l *leavingOut) needed(pattern string) bool {
	switch pattern {
	case ".venv", "venv":
		return l.venvNeeded(pattern)
	case "**/__pycache__", "**/*.py[co]":
		return l.runsCompiled()
	}
	return false
}

func installsModules(c manifest.Command) bool {
	managers := []string{"npm", "yarn", "pnpm", "bun"}
	if slices.Contains(managers, isInstall(c)) {
		return true
	}
	return slices.Contains(managers, path.Base(c.Name)) && len(c.Args) > 1 && slices.Contains([]string{"install", "i", "add"}, c.Args[0]) &&
		!slices.ContainsFunc(c.Args, func(w string) bool { return w == "-g" || w == "--global" || strings.HasPrefix(w, "--location") })
}

// installers are the packages that install others: without more they are no install of what a program needs.
var installers = []string{"pip", "setuptools", "wheel", "virtualenv", "poetry", "uv", "pipenv", "pdm", "pip-tools", "hatch"}

func installsPackages(c manifest.Command) bool {
	if slices.Contains([]string{"pip", "pipenv", "poetry", "uv", "pdm", "hatch", "conda"}, isInstall(c)) {
		return true
	}
	words := append([]string{path.Base(c.Name)}, c.Args...)
	at := slices.Index(words, "install")
	if at < 1 || !strings.HasPrefix(words[at-1], "pip") {
		return false
	}
	return slices.ContainsFunc(words[at+1:], func(w string) bool {
		name, _, _ := strings.Cut(strings.NewReplacer(">", "=", "<", "=", "~", "=", "[", "=").Replace(w), "=")
		return name != "" && !strings.HasPrefix(w, "-") && !slices.Contains(installers, name)
	})
}

// runsCompiled reports whether compiled Python is run, or lies there without its source.
func (l *leavingOut) runsCompiled() bool {
	for _, doc := range l.docs {
		for in := range instructions(doc, "CMD", "ENTRYPOINT", "HEALTHCHECK") {
			if strings.Contains(in.Rest.Text, ".pyc") || strings.Contains(in.Rest.Text, ".pyo") {
				return true
			}
		}
	}
	return slices.ContainsFunc(l.ig.seen(), func(e fix.ContextEntry) bool {
		source, ok := strings.CutSuffix(e.Path, ".pyc")
		return ok && path.Base(path.Dir(e.Path)) != "__pycache__" && !l.ig.context.Has(source+".py")
	})
}
