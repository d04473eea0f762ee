package dockerfile

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// DevDependencies finds installs that put what only developers need into the image that runs.
var DevDependencies = &fix.Rule{
	Name:  "dev-dependencies",
	Title: "development dependencies in the image that runs",
	Why: "Test runners, linters and compilers of a project are often most of its dependencies: they make the image larger, and their holes are reported for it. Where package.json or composer.json has development dependencies, and the stage that is run installs them, builds nothing with them and does not start with one, " +
		"the fix gives the install the option that leaves them out: --omit=dev for npm, --production for Yarn 1, --prod for pnpm, --no-dev for Composer. It is held back always: whether the program itself loads one of them is known for certain only when it runs. " +
		"Without a finding are installs that a script of the manifest follows up, sources that name one of these packages, NODE_ENV=production, and images to develop in. A pip install of requirements-dev.txt or its like is pointed out.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"exec-args"},
	Wants: func(doc *source.Document) []fix.Want {
		return append(wantLaunch(doc), fix.WantText("composer.json"), fix.WantText(".yarnrc.yml"))
	},
	Check: checkDevDependencies,
}

func checkDevDependencies(p *fix.Pass) {
	var runs []*launch // those whose dependencies matter, once they are asked for
	asked := false
	for s := range scripts(p, saysPip|saysNpm|saysYarn|saysComposer) {
		if !asked {
			runs, asked = shippedLaunches(p), true
		}
		for _, l := range runs {
			if slices.ContainsFunc(l.chain, func(st *source.Stage) bool { return st.Index == s.In.Stage }) {
				l.devInstalls(p, s)
				break // a stage below two that are run is looked at once
			}
		}
	}
}

// shippedLaunches are those of the stages that are run as they are, and not to work in.
func shippedLaunches(p *fix.Pass) []*launch {
	var list []*launch
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		if l.declined() || l.image.Family == images.Windows || l.program.dev || l.isCopiedFrom() || l.isBuiltOn() || l.runsForPeople() {
			continue
		}
		list = append(list, l)
	}
	return list
}

// partsOfManagers are texts of which the name of each manager has one.
var partsOfManagers = []string{"pip", "npm", "yarn", "composer"}

// devInstalls reports the installs of one RUN.
func (l *launch) devInstalls(p *fix.Pass, s *script) {
	for _, c := range s.Commands {
		call := c.Stmt.Cmd.(*syntax.CallExpr)
		if !containsAny(s.program.Text(call), partsOfManagers) {
			continue
		}
		words := make([]string, len(call.Args))
		for i, w := range call.Args {
			words[i] = literal(w)
		}
		if file := devRequirements(words); file != "" {
			p.Report(fix.Finding{Span: s.In.Span, Message: "the image that runs has what " + file + " lists, which is for developers", Reason: "install the requirements of the program alone here, and these in a stage for tests"})
			continue
		}
		if m, ok := managers[path.Base(words[0])]; ok && m.installs(words[1:]) {
			l.devInstall(p, s.In, s.program, call, m, words)
		}
	}
}

// devFile are the names that requirements for developers have.
var devFile = lazyregexp.New(`(?i)(?:^|[-_./])(?:dev|develop|development|test|tests|testing|lint|docs)[-_.]?(?:requirements)?\.txt$|requirements[-_](?:dev|test|tests|development|testing)\.(?:txt|in)$`)

// devRequirements is the file for developers that a pip install reads; "" for none.
func devRequirements(words []string) string {
	if c := unwrap(words); len(c) < 2 || programName(c[0]) != "pip" || !slices.Contains(c, "install") {
		return ""
	}
	for i, w := range words {
		file := strings.TrimPrefix(strings.TrimPrefix(w, "-r"), "--requirement=")
		if (w == "-r" || w == "--requirement") && i+1 < len(words) {
			file = words[i+1]
		} else if file == w {
			continue
		}
		if devFile.MatchString(path.Base(file)) {
			return file
		}
	}
	return ""
}

// manager is a package manager that can leave development dependencies out.
type manager struct {
	verbs    []string
	omit     string   // the option that does it
	omitted  []string // options with which it leaves them out already, or installs something else
	manifest string
	key      string   // of the development dependencies in the manifest
	scripts  []string // of the manifest, that the install runs
}

var nodeScripts = []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "prebuild"}

var managers = map[string]manager{
	"npm":      {[]string{"ci", "install", "i", "clean-install"}, "--omit=dev", []string{"--omit", "--only", "--production", "--prod", "-g", "--global", "--prefix", "-C", "--include", "--location", "-D", "--save-dev", "--package-lock-only"}, "package.json", "devDependencies", nodeScripts},
	"yarn":     {[]string{"install", ""}, "--production", []string{"--production", "--prod", "-p", "--cwd", "--immutable", "--mode", "--focus"}, "package.json", "devDependencies", nodeScripts},
	"pnpm":     {[]string{"install", "i"}, "--prod", []string{"--prod", "-P", "--production", "-D", "--dev", "-r", "--recursive", "-C", "--dir", "--filter", "-F"}, "package.json", "devDependencies", nodeScripts},
	"composer": {[]string{"install", "i"}, "--no-dev", []string{"--no-dev", "-d", "--working-dir", "--download-only"}, "composer.json", "require-dev", []string{"pre-install-cmd", "post-install-cmd", "post-autoload-dump", "pre-autoload-dump"}},
}

// installs reports whether arguments make the manager install what the manifest asks for, development dependencies with it.
func (m manager) installs(args []string) bool {
	verb := ""
	for i, w := range args {
		name, _, _ := strings.Cut(w, "=")
		switch {
		case slices.Contains(m.omitted, name), w == "" && i > 0, w == "":
			return false
		case strings.HasPrefix(w, "-"):
		case verb == "" && slices.Contains(m.verbs, w):
			verb = w
		default:
			return false // a package, or the value of an option
		}
	}
	return verb != "" || slices.Contains(m.verbs, "")
}

func (l *launch) devInstall(p *fix.Pass, in *source.Instruction, shell *source.Shell, call *syntax.CallExpr, m manager, words []string) {
	at, names := l.devNames(m)
	if len(names) == 0 || l.needsDev(m, names) {
		return
	}
	f := fix.Finding{Span: in.Span, Message: strings.TrimSpace(path.Base(words[0])+" "+verbIn(words, m)) + " installs the " + m.key + " of " + at + " too: " + upToThree(names)}
	last := call.Args[0]
	for i, w := range words {
		if i > 0 && slices.Contains(m.verbs, w) && w != "" {
			last = call.Args[i]
		}
	}
	span, ok := shell.Span(last)
	if !ok {
		f.Reason = cut
		p.Report(f)
		return
	}
	option := m.omit
	if m.omit == "--omit=dev" && l.oldNpm() {
		option = "--only=production"
	}
	f.Fix = &fix.Fix{Title: "leave them out with " + option, Safety: fix.Unsafe, Edits: []fix.Edit{{Span: source.Span{Start: span.End, End: span.End}, New: " " + option}}}
	f.Reason = "whether the program loads one of them when it runs is known only then"
	p.Report(f)
}

func verbIn(words []string, m manager) string {
	for _, w := range words[1:] {
		if slices.Contains(m.verbs, w) {
			return w
		}
	}
	return ""
}

// upToThree names three at most.
func upToThree(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " and others"
	}
	return listed(names)
}

// oldNpm tells an image of Node.js whose npm does not know --omit, which version 7 brought with Node.js 15.
func (l *launch) oldNpm() bool {
	_, tag, _ := strings.Cut(path.Base(l.ref), ":")
	m := regexp.MustCompile(`^(\d+)(?:[.-]|$)`).FindStringSubmatch(tag)
	return strings.HasPrefix(path.Base(l.ref), "node:") && m != nil && !atLeast(m[1], 15)
}

// devNames are the development dependencies of the manifest in the build context, in order, and its path. There are none where the
// install runs a script of the project, which may need them, or where the project is a workspace.
func (l *launch) devNames(m manager) (at string, names []string) {
	at, text, ok := l.text(m.manifest)
	if !ok {
		return "", nil
	}
	var manifest map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &manifest) != nil || manifest["workspaces"] != nil {
		return "", nil
	}
	var dev map[string]string
	var scripts map[string]any
	_ = json.Unmarshal(manifest[m.key], &dev) // what has another form has no names
	_ = json.Unmarshal(manifest["scripts"], &scripts)
	for _, s := range m.scripts {
		if _, ok := scripts[s]; ok {
			return "", nil
		}
	}
	if l.ctx.Has(path.Join(path.Dir(at), ".yarnrc.yml")) && m.omit == "--production" {
		return "", nil // Yarn 2 and later has no such option
	}
	return at, slices.Sorted(maps.Keys(dev))
}

// needsDev tells that the image builds or starts something with its development dependencies, or that they are left out otherwise.
func (l *launch) needsDev(m manager, names []string) bool {
	if l.program.why != "" || len(l.program.also) > 0 || len(l.program.words) == 0 {
		return true
	}
	if m.key == "devDependencies" && l.program.runtime != "node" || m.key == "require-dev" && l.program.runtime != "php" {
		return true
	}
	if env, set := l.env("NODE_ENV"); set && (env == "production" || strings.Contains(env, "$")) {
		return true
	}
	for _, call := range l.calls() {
		name := path.Base(call[0])
		m, manages := managers[name]
		if name == "npx" || name == "ng" || name == "tsc" || manages && !m.installs(call[1:]) && !harmlessCall(call[1:]) || slices.Contains(names, name) || strings.Contains(call[0], "/.bin/") || strings.Contains(call[0], "vendor/bin") {
			return true
		}
	}
	return slices.Contains(names, l.program.name) || l.sourcesName(names)
}

// harmlessCall tells calls of a manager that use no dependency.
func harmlessCall(args []string) bool {
	return len(args) == 0 || slices.Contains([]string{"cache", "config", "set", "-v", "--version", "clear-cache", "self-update", "add", "install", "i"}, args[0]) && (slices.Contains(args, "-g") || slices.Contains(args, "--global") || args[0] != "add" && args[0] != "install" && args[0] != "i")
}

// sourcesName reports whether a source that is no test loads one of the packages.
func (l *launch) sourcesName(names []string) bool {
	for file, text := range l.ctx.Texts {
		switch path.Ext(file) {
		case ".js", ".mjs", ".cjs", ".ts":
		default:
			continue
		}
		if foreign(file) {
			continue
		}
		for _, n := range names {
			for _, quote := range []string{`"`, `'`, "`"} {
				if strings.Contains(string(text), quote+n+quote) || strings.Contains(string(text), quote+n+"/") {
					return true
				}
			}
		}
	}
	return false
}
