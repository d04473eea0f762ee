package manifest

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"gopkg.in/yaml.v3"
)

// pyproject is what an install reads of pyproject.toml.
type pyproject struct {
	BuildSystem map[string]any `toml:"build-system"`
	Project     struct {
		Dependencies []string            `toml:"dependencies"`
		Optional     map[string][]string `toml:"optional-dependencies"`
	} `toml:"project"`
	Groups map[string]any `toml:"dependency-groups"`
	Tool   struct {
		Poetry struct {
			PackageMode  *bool          `toml:"package-mode"`
			Dependencies map[string]any `toml:"dependencies"`
			Dev          map[string]any `toml:"dev-dependencies"`
			Group        map[string]any `toml:"group"`
		} `toml:"poetry"`
		UV struct {
			Package   *bool          `toml:"package"`
			Sources   map[string]any `toml:"sources"`
			Workspace any            `toml:"workspace"`
		} `toml:"uv"`
		PDM struct {
			Distribution *bool          `toml:"distribution"`
			Dev          map[string]any `toml:"dev-dependencies"`
		} `toml:"pdm"`
	} `toml:"tool"`
}

// pyproject adds pyproject.toml and refuses what in it names files of the project.
func (p *planner) pyproject() (project pyproject, ok bool) {
	if !p.need("pyproject.toml") {
		return project, false
	}
	text, _ := p.text("pyproject.toml")
	if _, err := toml.Decode(text, &project); err != nil {
		p.refuse("%s cannot be read", p.at("pyproject.toml"))
		return project, false
	}
	poetry := project.Tool.Poetry
	for _, list := range []map[string]any{poetry.Dependencies, poetry.Dev, poetry.Group, project.Tool.UV.Sources} {
		if name := pathIn(list); name != "" {
			p.refuse("the dependency %s in pyproject.toml is a directory or a file of the project", name)
		}
	}
	lists := []any{project.Groups, project.Tool.PDM.Dev}
	for _, l := range project.Project.Optional {
		lists = append(lists, anyList(l))
	}
	for _, l := range append(lists, anyList(project.Project.Dependencies)) {
		for _, s := range texts(l) {
			if strings.Contains(s, "file:") || strings.HasPrefix(strings.TrimSpace(s), "-e") {
				p.refuse("pyproject.toml has the dependency %q, a file of the project", s)
			}
		}
	}
	return project, true
}

func anyList(l []string) []any {
	var list []any
	for _, s := range l {
		list = append(list, s)
	}
	return list
}

// pathIn is the name of the first dependency that is a table with a path or a member of the workspace, at any depth.
func pathIn(m map[string]any) string {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		for _, table := range tablesIn(m[k]) {
			if table["path"] != nil || table["workspace"] == true {
				return k
			}
			if name := pathIn(table); name != "" {
				return name
			}
		}
	}
	return ""
}

// tablesIn are the tables that a value is, or that a list consists of.
func tablesIn(v any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []map[string]any:
		return v
	case []any:
		var all []map[string]any
		for _, e := range v {
			all = append(all, tablesIn(e)...)
		}
		return all
	}
	return nil
}

func poetry(args []string) *Install {
	a := parse(args, "--only", "--with", "--without", "-E", "--extras", "-C", "--directory", "-P", "--project")
	if a.word(0) != "install" && a.word(0) != "sync" || len(a.words) > 1 {
		return nil
	}
	return &Install{Manager: "poetry", Dir: a.last("-C", "--directory"), args: a, plan: func(p *planner) {
		project, ok := p.pyproject()
		p.add("poetry.lock", "poetry.toml")
		p.fills(".venv")
		mode := project.Tool.Poetry.PackageMode
		if ok && !a.has("--no-root") && (mode == nil || *mode) {
			p.offer(Offer{Add: "--no-root", Why: "poetry install without --no-root installs the project itself, which needs its sources: one with it installs the rest first"})
		}
	}}
}

func pipenv(args []string) *Install {
	a := parse(args, "--python", "-r", "--requirements", "-i", "--index", "--pypi-mirror", "--categories", "--extra-pip-args")
	if a.word(0) != "install" && a.word(0) != "sync" || len(a.words) > 1 {
		return nil
	}
	return &Install{Manager: "pipenv", args: a, plan: func(p *planner) {
		if a.has("-r", "--requirements", "-e", "--editable") {
			p.refuse("pipenv install is given files of its own")
		}
		if !p.need("Pipfile") {
			return
		}
		p.add("Pipfile.lock")
		if !a.has("--system") {
			p.fills(".venv")
		}
		text, _ := p.text("Pipfile")
		var file map[string]any
		if _, err := toml.Decode(text, &file); err != nil {
			p.refuse("Pipfile cannot be read")
		}
		for section, v := range file {
			for _, t := range tablesIn(v) {
				if section == "scripts" {
					continue
				}
				if name := pathIn(t); name != "" {
					p.refuse("the dependency %s in Pipfile is a directory or a file of the project", name)
				}
				if name := fileIn(t); name != "" {
					p.refuse("the dependency %s in Pipfile is a file of the project", name)
				}
			}
		}
	}}
}

// fileIn is the first package of a Pipfile that has a local file.
func fileIn(packages map[string]any) string {
	for _, k := range slices.Sorted(maps.Keys(packages)) {
		for _, t := range tablesIn(packages[k]) {
			if f, ok := t["file"].(string); ok && !url(f) {
				return k
			}
		}
	}
	return ""
}

func uv(args []string) *Install {
	if len(args) > 0 && args[0] == "pip" {
		a := parse(args[1:], pipFlags...)
		switch a.word(0) {
		case "install":
			if i := pipInstall(a, a.words[1:]); i != nil {
				i.Manager = "uv pip"
				return i
			}
		case "sync":
			a.flags["-r"] = append(a.flags["-r"], a.words[1:]...)
			return pipInstall(a, nil)
		}
		return nil
	}
	a := parse(args, "--extra", "--group", "--only-group", "--no-group", "--python", "-p", "--package", "--directory", "--project", "--index-url", "--no-install-package", "--link-mode", "--cache-dir")
	if a.word(0) != "sync" {
		return nil
	}
	return &Install{Manager: "uv", Dir: a.last("--directory"), args: a, plan: func(p *planner) {
		project, ok := p.pyproject()
		p.add("uv.lock", ".python-version", "uv.toml")
		p.fills(".venv")
		packaged := project.BuildSystem != nil
		if set := project.Tool.UV.Package; set != nil {
			packaged = *set
		}
		switch {
		case a.has("--project", "--package", "--all-packages"):
			p.refuse("uv sync is for another project")
		case project.Tool.UV.Workspace != nil:
			p.refuse("pyproject.toml has a workspace, whose members are built")
		case ok && packaged && !a.has("--no-install-project", "--no-install-workspace"):
			p.offer(Offer{Add: "--no-install-project", Why: "uv sync without --no-install-project installs the project itself, which needs its sources: one with it installs the rest first"})
		}
	}}
}

func pdm(args []string) *Install {
	a := parse(args, "-G", "--group", "-p", "--project", "-L", "--lockfile", "-x", "--without", "--with")
	if a.word(0) != "install" && a.word(0) != "sync" || len(a.words) > 1 {
		return nil
	}
	return &Install{Manager: "pdm", Dir: a.last("-p", "--project"), args: a, plan: func(p *planner) {
		project, ok := p.pyproject()
		p.add("pdm.lock", "pdm.toml", ".python-version")
		if a.has("-L", "--lockfile") {
			p.need(a.last("-L", "--lockfile"))
		}
		p.fills(".venv", "__pypackages__")
		if d := project.Tool.PDM.Distribution; ok && !a.has("--no-self") && (d == nil || *d) {
			p.offer(Offer{Add: "--no-self", Why: "pdm without --no-self installs the project itself, which needs its sources: one with it installs the rest first"})
		}
	}}
}

func hatch(args []string) *Install {
	a := parse(args)
	if a.word(0) != "env" && a.word(0) != "dep" || a.word(1) != "create" && a.word(1) != "sync" {
		return nil
	}
	return never("hatch", "hatch installs the project itself, which needs its sources")
}

func conda(args []string) *Install {
	a := parse(args, "-f", "--file", "-n", "--name", "-p", "--prefix", "-c", "--channel", "-r", "--root-prefix")
	file := a.last("-f", "--file")
	create := a.word(0) == "env" && (a.word(1) == "create" || a.word(1) == "update")
	if !create && (file == "" || !slices.Contains([]string{"install", "create", "update"}, a.word(0))) {
		return nil
	}
	if file == "" {
		file = "environment.yml"
	}
	return &Install{Manager: "conda", Files: []string{file}, args: a, plan: func(p *planner) {
		full, ok := p.InContext(file)
		if !ok || !p.need(p.fromDir(full)) {
			p.refuse("%s is not among the files that are copied", file)
			return
		}
		if strings.HasSuffix(file, ".yml") || strings.HasSuffix(file, ".yaml") {
			p.condaFile(p.fromDir(full))
		}
		if prefix := a.last("-p", "--prefix"); prefix != "" {
			if full, ok := p.InContext(prefix); ok {
				p.fills(p.fromDir(full))
			}
		}
	}}
}

// condaFile follows the pip section of an environment file.
func (p *planner) condaFile(name string) {
	text, _ := p.text(name)
	var env struct {
		Dependencies []any `yaml:"dependencies"`
	}
	if err := yaml.Unmarshal([]byte(text), &env); err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	for _, d := range env.Dependencies {
		if section, ok := d.(map[string]any); ok {
			for _, line := range texts(section["pip"]) {
				// pip runs in the directory of the environment file.
				sub := *p
				sub.Dir = p.at(path.Dir(name))
				sub.InContext = func(name string) (string, bool) { return path.Join(sub.Dir, name), !path.IsAbs(name) }
				sub.requirement(".", line)
				p.Plan = sub.Plan
			}
		}
	}
}
