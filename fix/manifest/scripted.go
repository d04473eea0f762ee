package manifest

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

func bundler(args []string) *Install {
	a := parse(args, "--jobs", "-j", "--retry", "--without", "--with", "--path", "--gemfile", "--binstubs", "--standalone")
	if a.word(0) != "install" && len(a.words) > 0 || a.has("--version", "-v", "--help") {
		return nil
	}
	return &Install{Manager: "bundler", args: a, plan: func(p *planner) {
		if a.has("--gemfile") {
			p.refuse("bundler is given a Gemfile of its own")
		}
		if !p.need("Gemfile") {
			return
		}
		p.add("Gemfile.lock", ".bundle/config", "vendor/cache")
		p.gemfile()
		if dir := a.last("--path"); dir != "" || a.has("--deployment") {
			if full, ok := p.InContext(dir); dir != "" && ok {
				p.fills(p.fromDir(full))
			} else if dir == "" {
				p.fills("vendor/bundle")
			}
			p.fills(".bundle")
			if p.has(".bundle/config") {
				p.refuse("the install changes .bundle/config, which the sources would then overwrite")
			}
		}
	}}
}

// gemfile reads the Gemfile, a Ruby program, line by line; it refuses all in it that could name other files.
func (p *planner) gemfile() {
	text, _ := p.text("Gemfile")
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		for _, name := range []string{".ruby-version", ".tool-versions"} {
			if strings.Contains(line, name) && p.need(name) {
				line = ""
			}
		}
		word, _, _ := strings.Cut(strings.ReplaceAll(line, "(", " "), " ")
		switch {
		case word == "gemspec":
			p.refuse("the Gemfile has gemspec, which reads the sources")
		case word == "path" || strings.Contains(line, "path:") || strings.Contains(line, ":path"):
			p.refuse("the Gemfile has a gem with a path, a directory of the project")
		default:
			p.noReading("Gemfile", line, "eval_gemfile", "instance_eval", "require_relative", "File.", "Dir.", "Dir[", "IO.", "`", "__dir__", "load ", "plugin ")
		}
	}
	if lock, ok := p.text("Gemfile.lock"); ok && (strings.HasPrefix(lock, "PATH\n") || strings.Contains(strings.ReplaceAll(lock, "\r", ""), "\nPATH\n")) {
		p.refuse("Gemfile.lock has a gem with a path, a directory of the project")
	}
}

// composerFile is what an install reads of composer.json.
type composerFile struct {
	Scripts      map[string]any
	Autoload     autoload `json:"autoload"`
	AutoloadDev  autoload `json:"autoload-dev"`
	Repositories any
	Require      map[string]string
	Extra        map[string]any
	Config       struct {
		VendorDir  string `json:"vendor-dir"`
		BinDir     string `json:"bin-dir"`
		Optimize   bool   `json:"optimize-autoloader"`
		Classmap   bool   `json:"classmap-authoritative"`
		ClassmapAp bool   `json:"apcu-autoloader"`
	}
}

type autoload struct{ Classmap, Files []string }

func composer(args []string) *Install {
	a := parse(args, "-d", "--working-dir", "--ignore-platform-req", "--prefer-install")
	if a.word(0) != "install" && a.word(0) != "i" || len(a.words) > 1 {
		return nil
	}
	return &Install{Manager: "composer", Dir: a.last("-d", "--working-dir"), args: a, plan: func(p *planner) {
		if !p.need("composer.json") {
			return
		}
		text, _ := p.text("composer.json")
		var file composerFile
		if err := json.Unmarshal([]byte(text), &file); err != nil {
			p.refuse("composer.json cannot be read")
			return
		}
		p.add("composer.lock", "symfony.lock")
		if p.has("auth.json") {
			p.refuse("auth.json holds credentials: give it to the RUN with --mount=type=secret")
		}
		p.fills("vendor")
		if file.Config.VendorDir != "" {
			p.fills(file.Config.VendorDir)
		}
		p.composerScripts(file)
		p.composerAutoload(file)
		switch {
		case file.Require["cweagans/composer-patches"] != "":
			p.refuse("composer-patches reads patches of the project")
		case file.Extra["installer-paths"] != nil:
			p.refuse("composer.json has installer-paths: packages go to other directories than vendor")
		}
		for _, t := range tablesIn(tableOrList(file.Repositories)) {
			if t["type"] == "path" || t["type"] == "artifact" {
				p.refuse("composer.json has a repository that is a directory of the project")
			}
		}
	}}
}

// tableOrList makes a list of the repositories, which may also be a mapping.
func tableOrList(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	var list []any
	for _, e := range m {
		list = append(list, e)
	}
	return list
}

func (p *planner) composerScripts(file composerFile) {
	if p.install.args.has("--no-scripts") {
		return
	}
	events := []string{
		"pre-install-cmd", "post-install-cmd", "pre-autoload-dump", "post-autoload-dump", "pre-dependencies-solving", "post-dependencies-solving",
		"pre-package-install", "post-package-install", "pre-operations-exec", "init", "command", "pre-pool-create", "pre-file-download", "post-file-download",
	}
	for _, event := range events {
		if len(texts(file.Scripts[event])) > 0 {
			p.composerOffer(fmt.Sprintf("composer.json has a script %q, which runs at the install and may need the sources", event))
		}
	}
}

func (p *planner) composerAutoload(file composerFile) {
	a := p.install.args
	if a.has("--no-autoloader") {
		return
	}
	loads := append(slices.Clone(file.Autoload.Classmap), file.Autoload.Files...)
	if !a.has("--no-dev") {
		loads = append(append(loads, file.AutoloadDev.Classmap...), file.AutoloadDev.Files...)
	}
	switch {
	case len(loads) > 0:
		p.composerOffer("the autoloader of composer.json has a classmap or files of the project")
	case a.has("-o", "--optimize-autoloader", "-a", "--classmap-authoritative") || file.Config.Optimize || file.Config.Classmap:
		p.composerOffer("the optimized autoloader is made from the sources")
	}
}

// composerOffer is an install without what needs the sources; the install that was there does that.
func (p *planner) composerOffer(why string) {
	var flags []string
	for _, f := range []string{"--no-scripts", "--no-autoloader"} {
		if !p.install.args.has(f) {
			flags = append(flags, f)
		}
	}
	p.offer(Offer{Add: strings.Join(flags, " "), Why: why + ": one with " + strings.Join(flags, " ") + " fetches the packages first"})
}

func mix(args []string) *Install {
	a := parse(args, "--only")
	verbs := strings.Split(strings.TrimPrefix(strings.Join(a.words, " "), "do "), ",")
	compile := false
	for _, v := range verbs {
		v = strings.TrimSpace(v)
		if v != "deps.get" && v != "deps.compile" && v != "deps.get deps.compile" {
			return nil
		}
		compile = compile || strings.Contains(v, "compile")
	}
	return &Install{Manager: "mix", args: a, plan: func(p *planner) {
		if !p.need("mix.exs") {
			return
		}
		text, _ := p.text("mix.exs")
		p.add("mix.lock", "config")
		p.fills("deps", "_build")
		p.mixFile("mix.exs", text)
		if strings.Contains(text, "apps_path:") {
			for _, name := range p.below("mix.exs") {
				if strings.HasPrefix(name, "apps/") {
					member, _ := p.text(name)
					p.add(name)
					p.mixFile(name, strings.ReplaceAll(member, "_path:", ""))
				}
			}
		}
	}}
}

func (p *planner) mixFile(name, text string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "{:") && strings.Contains(strings.ReplaceAll(line, "_path:", ""), "path:") {
			p.refuse("%s has a dependency with a path, a directory of the project", p.at(name))
		}
	}
	if strings.Contains(text, ", path:") || strings.Contains(text, "[path:") {
		p.refuse("%s has a dependency with a path, a directory of the project", p.at(name))
	}
	p.noReading(name, text, "File.", "Code.", "System.cmd", "Path.wildcard", "@external_resource", "compilers: [:elixir_make")
}

// pubspec is what an install reads of pubspec.yaml.
type pubspec struct {
	Dependencies map[string]any `yaml:"dependencies"`
	Dev          map[string]any `yaml:"dev_dependencies"`
	Overrides    map[string]any `yaml:"dependency_overrides"`
	Workspace    []string       `yaml:"workspace"`
	Resolution   string         `yaml:"resolution"`
	Flutter      struct {
		Generate bool `yaml:"generate"`
	} `yaml:"flutter"`
}

func pub(args []string) *Install {
	a := parse(args, "-C", "--directory")
	words := a.words
	if len(words) > 0 && (words[0] == "pub" || words[0] == "packages") {
		words = words[1:]
	}
	if len(words) != 1 || words[0] != "get" {
		return nil
	}
	return &Install{Manager: "pub", Dir: a.last("-C", "--directory"), args: a, plan: func(p *planner) {
		if !p.need("pubspec.yaml") {
			return
		}
		p.add("pubspec.lock", "pubspec_overrides.yaml")
		p.fills(".dart_tool")
		for _, name := range []string{"pubspec.yaml", "pubspec_overrides.yaml"} {
			p.pubspec(name)
		}
	}}
}

func (p *planner) pubspec(name string) {
	text, ok := p.text(name)
	if !ok {
		return
	}
	var spec pubspec
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	for _, list := range []map[string]any{spec.Dependencies, spec.Dev, spec.Overrides} {
		if dep := pathIn(list); dep != "" {
			p.refuse("the dependency %s in %s is a directory of the project", dep, path.Base(name))
		}
	}
	switch {
	case len(spec.Workspace) > 0 || spec.Resolution == "workspace":
		p.refuse("%s is part of a workspace", p.at(name))
	case spec.Flutter.Generate:
		p.refuse("%s asks for generated code, which the install makes from the sources", p.at(name))
	}
}
