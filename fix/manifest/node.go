package manifest

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"gopkg.in/yaml.v3"
)

// nodeFlags are the flags of npm, yarn, pnpm and bun that take the next word.
var nodeFlags = []string{
	"--registry", "--loglevel", "--cache", "--cache-folder", "--only", "--omit", "--include", "--prefix", "-C", "--cwd", "--dir", "--userconfig", "--fetch-timeout",
	"--network-timeout", "--network-concurrency", "--maxsockets", "--modules-folder", "--fetch-retries", "--mutex", "-w", "--workspace", "-F", "--filter", "--store-dir", "--reporter",
}

// moved are the flags that let a command work in another directory.
var moved = []string{"--prefix", "-C", "--cwd", "--dir"}

func npm(args []string) *Install {
	a := parse(args, nodeFlags...)
	clean := []string{"ci", "clean-install", "ic", "install-clean"}
	verbs := append(clean, "install", "i", "in", "isntall")
	if !slices.Contains(verbs, a.word(0)) || len(a.words) > 1 || a.has("-g", "--global") || a.last("--location") == "global" {
		return nil
	}
	return &Install{Manager: "npm", Dir: a.last(moved...), args: a, plan: func(p *planner) {
		p.packageJSON()
		p.add("package-lock.json", "npm-shrinkwrap.json")
		if !slices.Contains(clean, a.word(0)) && !p.has("package-lock.json") && !p.has("npm-shrinkwrap.json") {
			p.add("yarn.lock") // npm takes versions from it then
		}
		p.npmrc()
	}}
}

func pnpm(args []string) *Install {
	a := parse(args, nodeFlags...)
	if !slices.Contains([]string{"install", "i", "ci", "fetch"}, a.word(0)) || len(a.words) > 1 || a.has("-g", "--global") {
		return nil
	}
	return &Install{Manager: "pnpm", Dir: a.last(moved...), args: a, plan: func(p *planner) {
		pkg := p.packageJSON()
		p.add("pnpm-lock.yaml")
		if a.word(0) == "fetch" {
			p.need("pnpm-lock.yaml")
		} else if p.scripted != "" {
			p.pnpmFetch()
		}
		p.npmrc()
		p.add(".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js")
		if p.has("pnpm-workspace.yaml") {
			p.pnpmWorkspace()
		}
		for _, patch := range sortedValues(pkg.PNPM.Patched) {
			p.need(patch)
		}
	}}
}

// pnpmFetch downloads by the lock file alone, whatever scripts the project has.
func (p *planner) pnpmFetch() {
	if !p.has("pnpm-lock.yaml") {
		p.refuse("%s", p.scripted)
		return
	}
	command := "pnpm fetch"
	for _, f := range []string{"--prod", "-P", "--production"} {
		if p.install.args.has(f) {
			command = "pnpm fetch --prod"
		}
	}
	if p.install.Dir != "" {
		p.refuse("%s", p.scripted)
	}
	p.offer(Offer{Command: command, Why: p.scripted + ": pnpm fetch downloads by the lock file first"})
}

// pnpmWorkspace follows pnpm-workspace.yaml, which has settings since pnpm 10.
func (p *planner) pnpmWorkspace() {
	p.add("pnpm-workspace.yaml")
	text, _ := p.text("pnpm-workspace.yaml")
	var w struct {
		Packages []string          `yaml:"packages"`
		Patched  map[string]string `yaml:"patchedDependencies"`
		PnpmFile string            `yaml:"pnpmfile"`
	}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		p.refuse("pnpm-workspace.yaml cannot be read")
		return
	}
	if w.PnpmFile != "" {
		p.need(w.PnpmFile)
	}
	for _, patch := range sortedValues(w.Patched) {
		p.need(patch)
	}
	p.members(w.Packages)
}

func bun(args []string) *Install {
	a := parse(args, nodeFlags...)
	if !slices.Contains([]string{"install", "i", "ci"}, a.word(0)) || len(a.words) > 1 || a.has("-g", "--global") {
		return nil
	}
	return &Install{Manager: "bun", Dir: a.last(moved...), args: a, plan: func(p *planner) {
		pkg := p.packageJSON()
		p.add("bun.lock", "bun.lockb")
		if !p.has("bun.lock") && !p.has("bun.lockb") {
			p.add("package-lock.json", "yarn.lock") // bun takes versions from one of them then
		}
		p.npmrc()
		p.bunfig()
		for _, patch := range sortedValues(pkg.Patched) {
			p.need(patch)
		}
		if len(pkg.Trusted) > 0 {
			p.unsure("package.json has trustedDependencies, whose scripts run at the install")
		}
	}}
}

func (p *planner) bunfig() {
	text, ok := p.text("bunfig.toml")
	if !ok {
		return
	}
	p.add("bunfig.toml")
	var config struct {
		Install struct {
			Scopes map[string]any `toml:"scopes"`
		} `toml:"install"`
	}
	if _, err := toml.Decode(text, &config); err != nil {
		p.refuse("bunfig.toml cannot be read")
	}
	for _, scope := range config.Install.Scopes {
		if s, ok := scope.(map[string]any); ok && (literal(s["token"]) || literal(s["password"])) {
			p.refuse("bunfig.toml holds a credential: give it to the RUN with --mount=type=secret")
		}
	}
}

// literal reports whether a value is a text and no variable.
func literal(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && !strings.Contains(s, "$")
}

// npmrc adds .npmrc unless a credential stands in it.
func (p *planner) npmrc() {
	text, ok := p.text(".npmrc")
	if !ok {
		return
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		key = strings.ToLower(strings.TrimSpace(key))
		key = key[strings.LastIndexByte(key, ':')+1:]
		if (key == "_authtoken" || key == "_auth" || key == "_password") && literal(strings.TrimSpace(value)) {
			p.refuse("%s holds a credential: give it to the RUN with --mount=type=secret", p.at(".npmrc"))
			return
		}
	}
	p.add(".npmrc")
}

func yarn(args []string) *Install {
	a := parse(args, nodeFlags...)
	if a.word(0) != "install" && len(a.words) > 0 || len(a.words) > 1 || a.has("--version", "-v", "--help") {
		return nil
	}
	return &Install{Manager: "yarn", Dir: a.last(moved...), args: a, plan: func(p *planner) {
		pkg := p.packageJSON()
		lock, _ := p.text("yarn.lock")
		p.add("yarn.lock")
		p.npmrc()
		berry := p.has(".yarnrc.yml") || strings.Contains(lock, "\n__metadata:")
		if v, ok := strings.CutPrefix(pkg.PackageManager, "yarn@"); ok && !strings.HasPrefix(v, "0.") && !strings.HasPrefix(v, "1.") {
			berry = true
		}
		if berry {
			p.yarnBerry()
		} else {
			p.yarnClassic()
		}
	}}
}

// yarnClassic follows the .yarnrc of yarn 1: lines of a key and a value.
func (p *planner) yarnClassic() {
	p.add(".yarnclean")
	text, ok := p.text(".yarnrc")
	if !ok {
		return
	}
	p.add(".yarnrc")
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.Trim(key, `"`) {
		case "yarn-path", "yarn-offline-mirror":
			p.need(value)
		}
	}
}

func (p *planner) yarnBerry() {
	p.add(".yarnrc.yml", ".yarn/releases", ".yarn/plugins", ".yarn/patches", ".yarn/cache", ".yarn/versions", ".pnp.cjs", ".pnp.loader.mjs", ".pnp.js")
	p.fills(".yarn/unplugged", ".yarn/install-state.gz")
	text, ok := p.text(".yarnrc.yml")
	if !ok {
		return
	}
	var config struct {
		Path    string `yaml:"yarnPath"`
		Token   string `yaml:"npmAuthToken"`
		Ident   string `yaml:"npmAuthIdent"`
		Plugins []any  `yaml:"plugins"`
		Scopes  map[string]struct {
			Token string `yaml:"npmAuthToken"`
		} `yaml:"npmScopes"`
		Registries map[string]struct {
			Token string `yaml:"npmAuthToken"`
		} `yaml:"npmRegistries"`
	}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		p.refuse(".yarnrc.yml cannot be read")
		return
	}
	secret := literal(config.Token) || literal(config.Ident)
	for _, s := range config.Scopes {
		secret = secret || literal(s.Token)
	}
	for _, s := range config.Registries {
		secret = secret || literal(s.Token)
	}
	if secret {
		p.refuse(".yarnrc.yml holds a credential: give it to the RUN with --mount=type=secret")
	}
	if config.Path != "" && p.need(config.Path) && !strings.HasPrefix(strings.TrimPrefix(config.Path, "./"), ".yarn/releases/") {
		p.add(config.Path)
	}
	for _, plugin := range config.Plugins {
		if m, ok := plugin.(map[string]any); ok {
			if path, ok := m["path"].(string); ok && !strings.HasPrefix(path, ".yarn/plugins/") {
				p.need(path)
			}
		}
	}
}
