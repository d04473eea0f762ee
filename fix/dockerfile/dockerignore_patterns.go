package dockerfile

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/patternmatcher"
)

// unneeded is one pattern of what an image does not need.
type unneeded struct {
	pattern string
	probes  []string // paths that it must hide: where all are hidden already, the pattern has nothing to add
	core    bool     // worth an ignore file of its own, also where nothing matches it now
	junk    bool     // added to a file that is there only when something matches it
	own     bool     // git may track it all the same: it is never part of a program
	doubt   bool     // sources may have the name too: what is there goes only where git is known not to track it
}

// anywhere are the probes of a name at any depth.
func anywhere(pattern, name string) unneeded {
	return unneeded{pattern: pattern, probes: []string{name, "a/" + name}}
}

func core(u unneeded) unneeded { u.core = true; return u }

// atTop is a name at the top of the context.
func atTop(name string) unneeded { return unneeded{pattern: name, probes: []string{name}} }

func doubt(u unneeded) unneeded { u.doubt = true; return u }

func junk(u unneeded) unneeded { u.junk, u.own = true, true; return u }

// languages are what each language leaves behind, by the names of the files that tell it.
var languages = []struct {
	markers  []string
	patterns []unneeded
}{
	{[]string{"package.json"}, []unneeded{
		anywhere("**/npm-debug.log*", "npm-debug.log"), doubt(atTop("coverage")), atTop(".nyc_output"),
	}},
	{[]string{"requirements*.txt", "pyproject.toml", "setup.py", "Pipfile", "*.py"}, []unneeded{
		core(anywhere("**/__pycache__", "__pycache__")), anywhere("**/*.py[co]", "a.pyc"), anywhere("**/.pytest_cache", ".pytest_cache"),
		anywhere("**/.mypy_cache", ".mypy_cache"), anywhere("**/.ruff_cache", ".ruff_cache"), atTop(".tox"), atTop(".nox"), atTop(".coverage"), doubt(atTop("htmlcov")),
		atTop(".venv"), atTop("venv"),
	}},
	{[]string{"*.tf"}, []unneeded{core(anywhere("**/.terraform", ".terraform")), anywhere("**/*.tfstate*", "a.tfstate")}},
}

// leftovers are what editors and systems leave anywhere.
var leftovers = []unneeded{
	junk(anywhere("**/.DS_Store", ".DS_Store")), junk(anywhere("**/*.swp", "a.swp")), junk(atTop(".idea")), junk(atTop(".vscode")),
}

// secretPatterns are what may hold secrets. They are only proposed, and only where something matches.
var secretPatterns = []unneeded{
	anywhere("**/.env", ".env"), anywhere("**/.env.local", ".env.local"), anywhere("**/.env.*.local", ".env.production.local"),
	anywhere("**/.env.production", ".env.production"), anywhere("**/.env.development", ".env.development"),
	anywhere("**/*.pem", "a.pem"), anywhere("**/*.key", "a.key"), anywhere("**/id_rsa*", "id_rsa"), anywhere("**/id_ed25519*", "id_ed25519"),
	anywhere("**/.npmrc", ".npmrc"), anywhere("**/.netrc", ".netrc"), anywhere("**/.aws", ".aws"), anywhere("**/.kube", ".kube"), anywhere("**/*.tfvars", "a.tfvars"),
}

// leavingOut decides for one context.
type leavingOut struct {
	ig     *ignoring
	roots  []string // directories that are copied
	docs   []*source.Document
	unread bool // a source is named by a variable that is not known
	pass   *fix.Pass
	base   *ignoring // the ignore file as it is; ig has the lines in it that were decided on
}

func newLeavingOut(p *fix.Pass, ig *ignoring, copies []copiedTree) *leavingOut {
	l := &leavingOut{ig: ig, base: ig, pass: p, docs: append([]*source.Document{p.Doc}, otherDockerfiles(ig.context)...)}
	for _, c := range copies {
		l.roots = union(l.roots, []string{c.root})
	}
	for _, doc := range l.docs {
		l.unread = l.unread || slices.ContainsFunc(contextSources(doc), func(s contextSource) bool { return !s.known })
	}
	return l
}

// whole reports whether all of the context is copied.
func (l *leavingOut) whole() bool { return slices.Contains(l.roots, ".") }

// copied reports whether a path is in a directory that is copied.
func (l *leavingOut) copied(p string) bool {
	return slices.ContainsFunc(l.roots, func(root string) bool { return root == "." || strings.HasPrefix(p, root+"/") })
}

// lines are what is to be added to the ignore file; none where nothing of weight is missing.
func (l *leavingOut) lines() []string {
	var lines []string
	worth := false
	for _, u := range l.candidates() {
		present := l.present(u)
		if l.covered(u) && !present || !l.whole() && !present || u.junk && l.ig.exists && !present || !l.mayHide(u, present) {
			continue
		}
		worth = worth || u.core || present
		lines = append(lines, u.pattern)
		l.take(u.pattern)
	}
	if !worth {
		l.ig = l.base
		return nil
	}
	return lines
}

// take makes the next patterns decide on what this one leaves: nobody cares what lies inside node_modules.
func (l *leavingOut) take(pattern string) {
	if next, err := l.ig.with(pattern); err == nil {
		l.ig.newlyHidden(next)
		l.ig = next
	}
}

// candidates are all patterns for the languages that are found.
func (l *leavingOut) candidates() []unneeded {
	var list []unneeded
	if l.whole() && historyReason(l.docs, l.ig.context) == "" {
		list = append(list, unneeded{pattern: ".git", probes: []string{".git"}, own: true})
	}
	for _, lang := range languages {
		if dirs := l.dirsOf(lang.markers...); len(dirs) > 0 {
			if lang.markers[0] == "package.json" {
				list = append(list, l.modules(dirs)...)
			}
			for _, u := range lang.patterns {
				if l.needed(u.pattern) {
					continue
				}
				list = append(list, u.beside(dirs))
			}
		}
	}
	list = append(list, l.made()...)
	return append(list, leftovers...)
}

// dirsOf are the directories with files that tell a language and are copied.
func (l *leavingOut) dirsOf(markers ...string) []string {
	var dirs []string
	for _, e := range l.ig.seen() {
		if !e.Mode.IsRegular() || !l.copied(e.Path) || slices.Contains(dirs, path.Dir(e.Path)) {
			continue
		}
		if slices.ContainsFunc(markers, func(m string) bool { ok, _ := path.Match(m, path.Base(e.Path)); return ok }) {
			dirs = append(dirs, path.Dir(e.Path))
		}
	}
	return dirs
}

// beside asks for the name where the tools put it: beside the files that tell the language. An ignore file that leaves out
// node_modules at the top is complete where the only package.json is there.
func (u unneeded) beside(dirs []string) unneeded {
	if len(u.probes) < 2 {
		return u
	}
	name := u.probes[0]
	u.probes = nil
	for _, dir := range dirs {
		u.probes = append(u.probes, path.Join(dir, name))
	}
	return u
}

// secretLines are the patterns of what may hold secrets and is copied now.
func (l *leavingOut) secretLines() []string {
	var lines []string
	installs := runsAny(l.docs, func(c manifest.Command) bool { return isInstall(c) != "" })
	for _, u := range secretPatterns {
		u.own = true
		if installs && u.probes[0] == ".npmrc" {
			continue // the install reads it
		}
		if l.present(u) && l.mayHide(u, true) {
			lines = append(lines, u.pattern)
		}
	}
	return lines
}

// covered reports whether the ignore file hides all that a pattern could match.
func (l *leavingOut) covered(u unneeded) bool {
	return !slices.ContainsFunc(u.probes, func(p string) bool { return !l.ig.hides(p) })
}

// hiddenBy are the entries that a pattern would hide and that are copied now.
func (l *leavingOut) hiddenBy(pattern string) []fix.ContextEntry {
	next, err := l.ig.with(pattern)
	if err != nil {
		return nil
	}
	hidden := l.ig.newlyHidden(next)
	if l.whole() {
		return hidden
	}
	return slices.DeleteFunc(slices.Clone(hidden), func(e fix.ContextEntry) bool { return !l.copied(e.Path) })
}

func (l *leavingOut) present(u unneeded) bool { return len(l.hiddenBy(u.pattern)) > 0 }

// presentOf names what the patterns hide of what was copied before any, each once by its highest directory.
func (l *leavingOut) presentOf(before *ignoring, patterns []string) []string {
	var names []string
	l.ig = before
	for _, pattern := range patterns {
		for _, e := range l.hiddenBy(pattern) {
			if !slices.ContainsFunc(names, func(n string) bool { return within(n, e.Path) }) {
				names = append(names, e.Path)
			}
		}
	}
	return names
}

// mayHide is the oracle: nothing goes that a Dockerfile names, that git tracks, or that the ignore file brings back.
func (l *leavingOut) mayHide(u unneeded, present bool) bool {
	next, err := l.ig.with(u.pattern)
	if err != nil || l.ig.lostSource(next, l.docs) != "" {
		return false
	}
	if !present {
		return true
	}
	if u.doubt && !l.trackingKnown() || l.namedByText(u.pattern) {
		return false
	}
	for _, e := range l.hiddenBy(u.pattern) {
		if l.broughtBack(e.Path) || !u.own && l.tracked(e.Path) {
			return false
		}
	}
	return true
}

// namedDirs are directories that tools make and that programs may have for sources of theirs.
var namedDirs = []string{"coverage", "htmlcov", ".vscode", ".idea", ".nyc_output"}

// namedByText reports whether a file of the context names such a directory as a path.
func (l *leavingOut) namedByText(pattern string) bool {
	if !slices.Contains(namedDirs, pattern) {
		return false
	}
	names := regexp.MustCompile(`[/"'\x60\s(=]` + regexp.QuoteMeta(pattern) + `[/"'\x60]`)
	for _, doc := range l.docs {
		if names.Match(doc.Bytes) {
			return true
		}
	}
	for p, text := range l.ig.context.Texts {
		if !within(pattern, p) && !fix.Installed(p) && bytes.Contains(text, []byte(pattern)) && names.Match(text) {
			return true
		}
	}
	return false
}

// tracked reports whether git tracks a path. Where that is not known, it is taken for untracked: these are names that only
// tools make.
func (l *leavingOut) tracked(p string) bool {
	if l.ig.context.Tracked == nil {
		return false
	}
	is, _ := l.ig.context.Tracked(p)
	return is
}

// trackingKnown reports whether git can be asked.
func (l *leavingOut) trackingKnown() bool {
	if l.ig.context.Tracked == nil {
		return false
	}
	_, known := l.ig.context.Tracked(".")
	return known
}

// broughtBack reports whether a pattern with ! asks for a path.
func (l *leavingOut) broughtBack(p string) bool {
	for _, pattern := range l.ig.patterns {
		back, ok := strings.CutPrefix(pattern, "!")
		if !ok {
			continue
		}
		if m, err := patternmatcher.New([]string{back}); err == nil {
			if matched, _ := m.MatchesOrParentMatches(p); matched {
				return true
			}
		}
	}
	return false
}
