package manifest

import (
	"encoding/xml"
	"path"
	"slices"
	"strings"
)

func dotnet(args []string) *Install {
	a := parse(args, "-r", "--runtime", "-s", "--source", "--configfile", "-v", "--verbosity", "--packages", "-a", "--arch", "--os", "--lock-file-path")
	if a.word(0) != "restore" {
		return nil
	}
	return &Install{Manager: "dotnet", args: a, plan: func(p *planner) {
		var files []string
		for _, w := range a.words[1:] {
			if full, ok := p.InContext(strings.ReplaceAll(w, `\`, "/")); ok && !strings.HasPrefix(w, "/p:") {
				files = append(files, p.fromDir(full))
			} else if !strings.HasPrefix(w, "/p:") {
				p.refuse("%s is not among the files that are copied", w)
			}
		}
		if len(files) == 0 {
			files = []string{"."}
		}
		for _, f := range files {
			p.dotnetRoot(f)
		}
		for _, f := range a.values("--configfile") {
			p.need(f)
		}
		for _, s := range a.values("-s", "--source") {
			if !url(s) {
				p.refuse("the source %s is a directory", s)
			}
		}
	}}
}

// dotnetRoot adds what dotnet restore is given: a project, a solution, or a directory with one of them.
func (p *planner) dotnetRoot(name string) {
	if !p.isDir(name) && name != "." {
		p.dotnetFile(name)
		return
	}
	var found []string
	for _, e := range p.Context.Entries {
		if path.Dir(e.Path) == path.Clean(p.at(name)) && (isProject(e.Path) || isSolution(e.Path)) {
			found = append(found, p.fromDir(e.Path))
		}
	}
	if len(found) != 1 {
		p.refuse("%d project or solution files are in the directory, dotnet restore takes one", len(found))
		return
	}
	p.dotnetFile(found[0])
}

func isSolution(name string) bool { return path.Ext(name) == ".sln" || path.Ext(name) == ".slnx" }

func isProject(name string) bool {
	return slices.Contains([]string{".csproj", ".fsproj", ".vbproj"}, path.Ext(name))
}

func (p *planner) dotnetFile(name string) {
	if p.seen[p.at(name)] || !p.need(name) {
		return
	}
	p.dotnetAround(path.Dir(name))
	text, _ := p.text(name)
	if !isSolution(name) {
		p.dotnetProject(name, text)
		return
	}
	for _, project := range solutionProjects(text, path.Ext(name) == ".slnx") {
		if strings.HasSuffix(path.Ext(project), "proj") {
			p.dotnetFile(path.Join(path.Dir(name), project))
		}
	}
}

// solutionProjects are the paths in a solution. The older format has lines such as
// Project("{GUID}") = "Name", "dir\Name.csproj", "{GUID}".
func solutionProjects(text string, isXML bool) []string {
	var list []string
	if isXML {
		dec := xml.NewDecoder(strings.NewReader(text))
		for tok, err := dec.Token(); err == nil; tok, err = dec.Token() {
			if start, ok := tok.(xml.StartElement); ok && start.Name.Local == "Project" {
				list = append(list, strings.ReplaceAll(attribute(start, "Path"), `\`, "/"))
			}
		}
		return list
	}
	for line := range strings.Lines(text) {
		if parts := strings.Split(line, `"`); strings.HasPrefix(strings.TrimSpace(line), "Project(") && len(parts) > 5 {
			list = append(list, strings.ReplaceAll(parts[5], `\`, "/"))
		}
	}
	return list
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// dotnetProject follows what a project file names. It is read element by element, as conditions may stand anywhere.
func (p *planner) dotnetProject(name, text string) {
	dir := path.Dir(name)
	p.fills(path.Join(dir, "obj"))
	p.add(path.Join(dir, "packages.lock.json"))
	if p.has(path.Join(dir, "packages.config")) {
		p.refuse("%s is of the old package format", p.at(path.Join(dir, "packages.config")))
	}
	p.msbuild(name, text)
}

// msbuild follows references and imports in a project or a props file.
func (p *planner) msbuild(name, text string) {
	dir := path.Dir(name)
	dec := xml.NewDecoder(strings.NewReader(text))
	for {
		tok, err := dec.Token()
		if err != nil {
			if err.Error() != "EOF" {
				p.refuse("%s cannot be read", p.at(name))
			}
			return
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "ProjectReference":
			p.reference(name, dir, attribute(e, "Include"), p.dotnetFile)
		case "Import":
			if attribute(e, "Sdk") == "" {
				p.reference(name, dir, attribute(e, "Project"), p.dotnetImport)
			}
		case "RestoreSources", "RestoreAdditionalProjectSources", "RestoreConfigFile":
			p.refuse("%s has %s, which may name directories", p.at(name), e.Name.Local)
		}
	}
}

func (p *planner) reference(name, dir, to string, follow func(string)) {
	to = strings.ReplaceAll(to, `\`, "/")
	to = strings.ReplaceAll(to, "$(MSBuildThisFileDirectory)", "")
	switch {
	case to == "":
	case strings.ContainsAny(to, "$*?;@%"):
		p.refuse("%s names %q, which only MSBuild can follow", p.at(name), to)
	default:
		follow(path.Join(dir, to))
	}
}

func (p *planner) dotnetImport(name string) {
	if !p.seen[p.at(name)] && p.need(name) {
		text, _ := p.text(name)
		p.msbuild(name, text)
	}
}

// dotnetAround adds what dotnet finds beside a project and in the directories above it.
func (p *planner) dotnetAround(dir string) {
	for at := path.Clean(p.at(dir)); ; at = path.Dir(at) {
		for _, name := range []string{"global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "Directory.Solution.props", "Directory.Solution.targets", "Directory.Build.rsp"} {
			full := p.fromDir(path.Join(at, name))
			if p.Context.Has(path.Join(at, name)) && !p.seen[path.Join(at, name)] && p.reachable(path.Join(at, name)) {
				p.add(full)
				if text, ok := p.text(full); ok && strings.HasPrefix(name, "Directory.") && path.Ext(name) != ".rsp" {
					p.msbuild(full, text)
				}
			}
		}
		for _, name := range []string{"nuget.config", "NuGet.config", "NuGet.Config"} {
			if p.Context.Has(path.Join(at, name)) && p.reachable(path.Join(at, name)) {
				p.nugetConfig(p.fromDir(path.Join(at, name)))
			}
		}
		if at == p.Root || at == "." {
			return
		}
	}
}

// reachable reports whether a file is in the image at all: one above the copied directory is not.
func (p *planner) reachable(full string) bool { return p.inTree(full) }

func (p *planner) nugetConfig(name string) {
	text, _ := p.text(name)
	dec := xml.NewDecoder(strings.NewReader(text))
	section := ""
	for tok, err := dec.Token(); err == nil; tok, err = dec.Token() {
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "packageSourceCredentials", "apikeys":
			p.refuse("%s holds credentials: give it to the RUN with --mount=type=secret", p.at(name))
		case "packageSources", "config", "disabledPackageSources", "packageSourceMapping":
			section = e.Name.Local
		case "add":
			if value := attribute(e, "value"); section == "packageSources" && !url(value) {
				p.refuse("%s has the package source %q, a directory", p.at(name), value)
			}
		}
	}
	p.add(name)
}
