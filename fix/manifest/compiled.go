package manifest

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

func golang(args []string) *Install {
	a := parse(args, "-C", "-modfile", "-reuse")
	all := len(a.words) == 1 || slices.ContainsFunc(a.words[min(1, len(a.words)):], func(w string) bool { return strings.HasPrefix(w, ".") })
	switch {
	case a.word(0) == "mod" && a.word(1) == "download" && len(a.words) == 2:
		return &Install{Manager: "go", Dir: a.last("-C"), args: a, plan: goModules}
	case a.word(0) == "mod" && (a.word(1) == "tidy" || a.word(1) == "vendor"), a.word(0) == "get" && all:
		return never("go", "go "+strings.Join(a.words, " ")+" reads the imports in the sources; go mod download does not")
	}
	return nil
}

func goModules(p *planner) {
	if p.install.args.has("-modfile") {
		p.refuse("the module file has another name")
	}
	for dir := p.Dir; dir != p.Root && dir != "."; {
		dir = path.Dir(dir)
		if p.Context.Has(path.Join(dir, "go.work")) {
			p.refuse("go.work in a directory above makes a workspace")
		}
	}
	if p.has("go.work") {
		p.goWorkspace()
		return
	}
	if p.need("go.mod") {
		p.goModule(".")
	}
}

// goModule adds the files of one module of a workspace, or of the only one.
func (p *planner) goModule(dir string) {
	name := path.Join(dir, "go.mod")
	text, _ := p.text(name)
	file, err := modfile.Parse("go.mod", []byte(text), nil)
	if err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	p.add(name, path.Join(dir, "go.sum"))
	if p.isDir(path.Join(dir, "vendor")) {
		p.refuse("vendor has the modules")
	}
	p.localReplace(name, file.Replace)
}

func (p *planner) localReplace(name string, list []*modfile.Replace) {
	for _, r := range list {
		if r.New.Version == "" {
			p.refuse("%s replaces %s by the directory %s", p.at(name), r.Old.Path, r.New.Path)
		}
	}
}

func (p *planner) goWorkspace() {
	text, _ := p.text("go.work")
	file, err := modfile.ParseWork("go.work", []byte(text), nil)
	if err != nil {
		p.refuse("go.work cannot be read")
		return
	}
	p.add("go.work", "go.work.sum")
	p.localReplace("go.work", file.Replace)
	for _, use := range file.Use {
		if p.need(path.Join(use.Path, "go.mod")) {
			p.goModule(use.Path)
		}
	}
}

func cargo(args []string) *Install {
	a := parse(args, "--target", "--package", "-p", "--bin", "--features", "-F", "--manifest-path", "--profile", "-j", "--target-dir", "--path")
	verb := a.word(0)
	if strings.HasPrefix(verb, "+") {
		verb = a.word(1)
	}
	switch {
	case verb == "fetch" || verb == "vendor":
		return never("cargo", "cargo "+verb+" needs the source file of a target: cargo-chef, or a cache mount on the registry, keeps what was downloaded")
	case verb == "build" || verb == "chef" && a.word(1) == "cook" || verb == "install" && a.has("--path"):
		return never("cargo", "cargo "+verb+" compiles the sources: cargo-chef, or a cache mount on the registry, keeps what was downloaded")
	}
	return nil
}

func stack(args []string) *Install {
	a := parse(args, "--resolver", "--stack-yaml", "-j", "--flag")
	if !slices.Contains([]string{"build", "install", "test"}, a.word(0)) || !a.has("--only-dependencies", "--dependencies-only", "--only-snapshot") {
		return nil
	}
	return &Install{Manager: "stack", args: a, plan: func(p *planner) {
		if len(a.words) > 1 || a.has("--stack-yaml") {
			p.refuse("stack is given targets of its own")
		}
		if !p.need("stack.yaml") {
			return
		}
		text, _ := p.text("stack.yaml")
		if packages := yamlList(text, "packages"); len(packages) > 0 && !slices.Equal(packages, []string{"."}) {
			p.refuse("stack.yaml has several packages")
		}
		for _, dep := range yamlList(text, "extra-deps") {
			if strings.HasPrefix(dep, ".") || strings.HasPrefix(dep, "/") {
				p.refuse("stack.yaml has the dependency %q, a directory of the project", dep)
			}
		}
		p.add("stack.yaml.lock", "package.yaml")
		if p.has("package.yaml") {
			p.unsure("hpack finds modules in the sources")
		}
		p.cabalFiles()
		p.fills(".stack-work")
	}}
}

func cabal(args []string) *Install {
	a := parse(args, "-j", "--enable-tests", "-w", "--with-compiler", "--project-file")
	verb := strings.TrimPrefix(strings.TrimPrefix(a.word(0), "v2-"), "new-")
	if verb != "build" && verb != "install" || !a.has("--only-dependencies", "--dependencies-only") {
		return nil
	}
	return &Install{Manager: "cabal", args: a, plan: func(p *planner) {
		p.add("cabal.project", "cabal.project.freeze", "cabal.project.local")
		if text, ok := p.text("cabal.project"); ok {
			for line := range strings.Lines(text) {
				field := strings.Fields(line)
				if len(field) > 1 && field[0] == "packages:" && !slices.ContainsFunc(field[1:], func(w string) bool { return w == "." || w == "./" || w == "./*.cabal" || w == "*.cabal" }) {
					p.refuse("cabal.project has other packages")
				}
			}
		}
		p.cabalFiles()
		p.fills("dist-newstyle")
	}}
}

func (p *planner) cabalFiles() {
	if p.addMatches("*.cabal") == 0 && !p.has("package.yaml") {
		p.refuse("no .cabal file is in the build context")
	}
	for _, name := range p.below("*.cabal") {
		if text, _ := p.text(name); path.Dir(name) == "." {
			for _, field := range []string{"extra-source-files", "extra-doc-files", "data-files"} {
				if strings.Contains(strings.ToLower(text), field+":") {
					p.unsure("%s has %s", p.at(name), field)
				}
			}
		}
	}
}

func swift(args []string) *Install {
	a := parse(args, "--package-path", "-c")
	if a.word(0) != "package" || a.word(1) != "resolve" && a.word(1) != "update" || len(a.words) > 2 {
		return nil
	}
	return &Install{Manager: "swift", Dir: a.last("--package-path"), args: a, plan: func(p *planner) {
		if !p.need("Package.swift") {
			return
		}
		p.addMatches("Package@swift-*.swift")
		p.add("Package.resolved", ".swiftpm/configuration")
		p.fills(".build")
		text, _ := p.text("Package.swift")
		for _, call := range strings.Split(text, ".package(")[1:] {
			arguments, _, _ := strings.Cut(call, ")")
			if strings.Contains(arguments, "path:") {
				p.refuse("Package.swift has a dependency with a path")
			}
		}
		p.noReading("Package.swift", text, "FileManager", "contentsOf", "#filePath", "Process(")
	}}
}

// noReading refuses a manifest that is a program and has words with which it could read other files.
func (p *planner) noReading(name, text string, words ...string) {
	for _, w := range words {
		if strings.Contains(text, w) {
			p.refuse("%s is a program that may read other files: it has %q", p.at(name), w)
			return
		}
	}
}

func conan(args []string) *Install {
	a := parse(args, "-if", "--install-folder", "-pr", "--profile", "-pr:b", "-pr:h", "--profile:build", "--profile:host", "-s", "-o", "-b", "--build", "-of", "--output-folder", "-r", "--remote", "-c", "-l", "--lockfile")
	if a.word(0) != "install" || len(a.words) != 2 || strings.Contains(a.word(1), "@") {
		return nil
	}
	file := a.word(1)
	return &Install{Manager: "conan", args: a, plan: func(p *planner) {
		full, ok := p.InContext(file)
		if !ok {
			p.refuse("%s is not among the files that are copied", file)
			return
		}
		dir := p.fromDir(full)
		if e, found := p.Context.Entry(full); found && e.Mode.IsRegular() {
			dir = p.fromDir(path.Dir(full))
		}
		p.conanFiles(dir)
		for _, profile := range a.values("-pr", "--profile", "-pr:b", "-pr:h", "--profile:build", "--profile:host") {
			if strings.Contains(profile, "/") {
				p.refuse("the profile %s is a file", profile)
			}
		}
	}}
}

func (p *planner) conanFiles(dir string) {
	txt, py := path.Join(dir, "conanfile.txt"), path.Join(dir, "conanfile.py")
	if !p.has(txt) && !p.has(py) {
		p.refuse("no conanfile is in the build context")
	}
	p.add(txt, py, path.Join(dir, "conan.lock"))
	if text, ok := p.text(py); ok {
		p.noReading(py, text, "exports", "open(", "load(", "python_requires", "__file__", "recipe_folder", "import os", "from os", "subprocess", "Git(", "runpy", "importlib")
	}
}

func vcpkg(args []string) *Install {
	a := parse(args, "--triplet", "--host-triplet", "--x-manifest-root", "--x-install-root")
	if a.word(0) != "install" || len(a.words) > 1 {
		return nil
	}
	return &Install{Manager: "vcpkg", Dir: a.last("--x-manifest-root"), args: a, plan: func(p *planner) {
		if !p.need("vcpkg.json") {
			return
		}
		p.fills("vcpkg_installed")
		p.vcpkgConfiguration()
		if slices.ContainsFunc(a.values("--overlay-ports", "--overlay-triplets"), func(string) bool { return true }) {
			p.refuse("vcpkg is given overlays of its own")
		}
	}}
}
