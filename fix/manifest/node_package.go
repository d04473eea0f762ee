package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"mvdan.cc/sh/v3/syntax"
)

// nodePackage is what an install reads of package.json.
type nodePackage struct {
	Name           string
	PackageManager string
	Scripts        map[string]string
	Dependencies   map[string]string
	Dev            map[string]string `json:"devDependencies"`
	Optional       map[string]string `json:"optionalDependencies"`
	Peer           map[string]string `json:"peerDependencies"`
	Overrides      any
	Resolutions    any
	Workspaces     any
	Bin            any
	Husky          any
	Patched        map[string]string `json:"patchedDependencies"`
	Trusted        []string          `json:"trustedDependencies"`
	PNPM           struct {
		Overrides any
		Patched   map[string]string `json:"patchedDependencies"`
	}
	Prisma struct{ Schema string }
}

// packageJSON adds package.json and what its scripts and dependencies read.
func (p *planner) packageJSON() nodePackage {
	var pkg nodePackage
	p.fills("node_modules")
	if !p.need("package.json") {
		return pkg
	}
	text, _ := p.text("package.json")
	if err := json.Unmarshal([]byte(text), &pkg); err != nil {
		p.refuse("%s cannot be read", p.at("package.json"))
		return pkg
	}
	if p.install.args.has("-w", "--workspace", "-F", "--filter", "--workspaces", "-r", "--recursive") {
		p.refuse("the install is for some members of a workspace")
	}
	members := map[string]bool{}
	if globs := workspaceGlobs(pkg.Workspaces); globs != nil {
		members = p.members(globs)
	}
	p.scripts("package.json", pkg.Scripts)
	p.dependencies("package.json", pkg, members)
	if p.has("binding.gyp") && pkg.Scripts["install"] == "" && pkg.Scripts["preinstall"] == "" && !p.install.args.has("--ignore-scripts") {
		p.refuse("binding.gyp makes the install compile the project")
	}
	p.prisma(pkg)
	return pkg
}

// workspaceGlobs are the members that workspaces names, in both of its forms.
func workspaceGlobs(v any) []string {
	if m, ok := v.(map[string]any); ok {
		v = m["packages"]
	}
	list, _ := v.([]any)
	var globs []string
	for _, g := range list {
		if s, ok := g.(string); ok {
			globs = append(globs, s)
		}
	}
	return globs
}

// members adds the package.json of each member of a workspace, in its place, and gives their directories.
func (p *planner) members(globs []string) map[string]bool {
	found := map[string]bool{}
	for _, name := range p.below("package.json") {
		dir := path.Dir(name)
		in := false
		for _, glob := range globs {
			negated := strings.HasPrefix(glob, "!")
			glob = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(glob, "!"), "./"), "/")
			if ok, _ := doublestar.Match(glob, dir); ok {
				in = !negated
			}
		}
		if dir != "." && in && !strings.Contains(dir, "node_modules") {
			found[dir] = true
		}
	}
	if len(found) == 0 && len(globs) > 0 && !slices.Equal(globs, []string{"."}) {
		p.refuse("the members of the workspace are not in the build context")
	}
	for _, dir := range slices.Sorted(maps.Keys(found)) {
		p.member(dir, found)
	}
	return found
}

func (p *planner) member(dir string, members map[string]bool) {
	name := dir + "/package.json"
	var pkg nodePackage
	text, _ := p.text(name)
	if err := json.Unmarshal([]byte(text), &pkg); err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	p.add(name)
	p.fills(dir + "/node_modules")
	p.scripts(name, pkg.Scripts)
	if pkg.Bin != nil {
		p.refuse("%s has a bin, which the install links to", p.at(name))
	}
	if p.has(dir + "/binding.gyp") {
		p.refuse("%s makes the install compile the member", p.at(dir+"/binding.gyp"))
	}
	p.dependencies(name, pkg, members)
	p.prisma(pkg)
}

// lifecycle are the scripts that an install without names runs for the project itself.
var lifecycle = []string{
	"pnpm:devPreinstall", "preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "dependencies",
}

// scripts refuses lifecycle scripts that may need the sources.
func (p *planner) scripts(file string, scripts map[string]string) {
	if p.install.args.has("--ignore-scripts") || p.install.args.last("--mode") == "skip-build" {
		return
	}
	for _, name := range lifecycle {
		script, ok := scripts[name]
		if ok && strings.TrimSpace(script) != "" && !p.scriptIsHarmless(script) {
			p.needsSources(fmt.Sprintf("%s has a script %q, which runs at the install and may need the sources", p.at(file), name))
		}
	}
}

// needsSources refuses; pnpm can download without the project.
func (p *planner) needsSources(reason string) {
	switch {
	case p.install.Manager != "pnpm":
		p.refuse("%s", reason)
	case p.install.args.word(0) != "fetch" && p.scripted == "":
		p.scripted = reason
	}
}

// scriptIsHarmless reports whether all that a script runs is known to need no sources, or only such as are then added.
func (p *planner) scriptIsHarmless(script string) bool {
	file, err := syntax.NewParser().Parse(strings.NewReader(script), "")
	if err != nil {
		return false
	}
	harmless := true
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			harmless = harmless && p.callIsHarmless(literals(n.Args))
			return false
		case *syntax.Redirect, *syntax.FuncDecl, *syntax.CmdSubst:
			harmless = false
		}
		return harmless
	})
	return harmless
}

// literals are the texts of words; nil where one is not literal.
func literals(words []*syntax.Word) []string {
	var list []string
	for _, w := range words {
		s := w.Lit()
		if s == "" {
			return nil
		}
		list = append(list, s)
	}
	return list
}

func (p *planner) callIsHarmless(words []string) bool {
	if len(words) > 1 && (words[0] == "npx" || words[0] == "yarn" || words[0] == "bunx") {
		words = words[1:]
	}
	switch {
	case len(words) == 0:
		return false
	case slices.Contains([]string{"husky", "is-ci", "true", ":", "exit", "echo", "only-allow", "lefthook", "simple-git-hooks"}, words[0]):
		return len(words) < 2 || !strings.Contains(words[1], "/")
	case words[0] == "patch-package" && len(words) == 1:
		return p.isDir("patches") && p.addPatches()
	case len(words) == 2 && words[0] == "prisma" && words[1] == "generate":
		return p.isDir("prisma")
	}
	return false
}

func (p *planner) addPatches() bool {
	p.addDir("patches")
	return true
}

// prisma adds the schema: @prisma/client looks for it when it is installed, and prisma generate reads it.
func (p *planner) prisma(pkg nodePackage) {
	uses := pkg.Dependencies["@prisma/client"] + pkg.Dev["@prisma/client"] + pkg.Dependencies["prisma"] + pkg.Dev["prisma"]
	if uses == "" {
		return
	}
	if s := strings.TrimPrefix(pkg.Prisma.Schema, "./"); s != "" && !strings.HasPrefix(s, "prisma/") {
		p.refuse("the schema of Prisma is %s, which the install reads", s)
	}
	for _, name := range p.below("*.prisma") {
		text, _ := p.text(name)
		for line := range strings.Lines(text) {
			if key, _, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "output" {
				p.refuse("Prisma writes what it generates into the sources")
			}
		}
	}
	p.addDir("prisma")
	p.add("prisma.config.ts", "schema.prisma")
}

// dependencies refuses dependencies on files of the project, but for members of its workspace.
func (p *planner) dependencies(file string, pkg nodePackage, members map[string]bool) {
	for _, list := range []any{pkg.Dependencies, pkg.Dev, pkg.Optional, pkg.Peer, pkg.Overrides, pkg.Resolutions, pkg.PNPM.Overrides} {
		for _, value := range texts(list) {
			if p.isLocalDependency(path.Dir(file), value, members) {
				p.refuse("%s has the dependency %q, a file of the project", p.at(file), value)
			}
		}
	}
}

func (p *planner) isLocalDependency(dir, value string, members map[string]bool) bool {
	scheme, rest, ok := strings.Cut(value, ":")
	switch {
	case ok && (scheme == "file" || scheme == "link" || scheme == "portal"):
		return !members[path.Join(dir, rest)]
	case ok && scheme == "exec":
		return true
	case ok && scheme == "patch":
		return !strings.Contains(value, "#~/.yarn/patches/") && !strings.Contains(value, "#./.yarn/patches/") && !strings.Contains(value, "#builtin")
	}
	return strings.HasPrefix(value, ".") || strings.HasPrefix(value, "/") || strings.HasPrefix(value, "~/")
}

// texts are all strings in a decoded value.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]string:
		return sortedValues(v)
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, texts(e)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(v[k])...)
		}
		return all
	}
	return nil
}

func sortedValues(m map[string]string) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[k])
	}
	return list
}
