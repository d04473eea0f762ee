package manifest

import (
	"encoding/xml"
	"path"
	"slices"
	"strings"
)

// mavenFlags are the flags of maven that take the next word.
var mavenFlags = []string{"-f", "--file", "-s", "--settings", "-P", "-pl", "--projects", "-T", "-gs", "--global-settings"}

func maven(args []string) *Install {
	a := parse(args, mavenFlags...)
	goals := []string{"dependency:go-offline", "dependency:resolve", "dependency:resolve-plugins"}
	if len(a.words) == 0 {
		return nil
	}
	for _, w := range a.words {
		long := strings.LastIndex(w, "dependency-plugin:")
		if !slices.Contains(goals, w) && (long < 0 || !strings.HasSuffix(w, ":go-offline") && !strings.HasSuffix(w, ":resolve")) {
			return nil
		}
	}
	return &Install{Manager: "maven", args: a, plan: mavenModule}
}

func mavenModule(p *planner) {
	a := p.install.args
	if a.has("-f", "--file", "-pl", "--projects") {
		p.refuse("maven is given a project file or modules of its own")
	}
	p.pom(".", 0)
	p.add(".mvn", "mvnw")
	for _, s := range a.values("-s", "--settings", "-gs", "--global-settings") {
		p.mavenSettings(s)
	}
}

// mavenSettings adds a settings file of the project; one that stands elsewhere in the image is no matter.
func (p *planner) mavenSettings(name string) {
	full, ok := p.InContext(name)
	if !ok {
		return
	}
	text, _ := p.text(p.fromDir(full))
	if strings.Contains(text, "<password>") && !strings.Contains(text, "<password>${") {
		p.refuse("%s holds a credential: give it to the RUN with --mount=type=secret", full)
		return
	}
	p.need(p.fromDir(full))
}

// pom adds a pom.xml and those of its modules.
func (p *planner) pom(dir string, depth int) {
	name := path.Join(dir, "pom.xml")
	if depth > 10 || p.seen[p.at(name)] || !p.need(name) {
		return
	}
	var pom struct {
		Parent *struct {
			RelativePath *string `xml:"relativePath"`
		} `xml:"parent"`
		Modules []string `xml:"modules>module"`
		Inner   []byte   `xml:",innerxml"`
	}
	text, _ := p.text(name)
	if err := xml.Unmarshal([]byte(text), &pom); err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	p.parentPom(name, pom.Parent != nil, dir, pom.Parent != nil && pom.Parent.RelativePath != nil && *pom.Parent.RelativePath == "", depth)
	inner := string(pom.Inner)
	if pom.Parent != nil && pom.Parent.RelativePath != nil && depth == 0 && strings.TrimSpace(*pom.Parent.RelativePath) != "" {
		p.refuse("%s has a parent in another directory", p.at(name))
	}
	for _, word := range []string{"<systemPath>", "file://", "<exists>", "<missing>"} {
		if strings.Contains(inner, word) {
			p.refuse("%s has %s, which names files of the project", p.at(name), word)
		}
	}
	if len(pom.Modules) > 0 {
		p.unsure("the modules in %s may depend on each other, which maven resolves only when they are built", p.at(name))
	}
	for _, m := range pom.Modules {
		p.pom(path.Join(dir, strings.TrimSpace(m)), depth+1)
	}
}

// parentPom looks for the default place of a parent: the directory above.
func (p *planner) parentPom(name string, has bool, dir string, switchedOff bool, depth int) {
	above := path.Join(p.at(dir), "..", "pom.xml")
	if has && !switchedOff && depth == 0 && p.Context.Has(above) {
		p.refuse("%s may have its parent in %s", p.at(name), above)
	}
}

func gradle(args []string) *Install {
	a := parse(args, "-p", "--project-dir", "-c", "-b", "-g", "--gradle-user-home", "-x", "--configuration")
	if len(a.words) == 0 || slices.ContainsFunc(a.words, func(w string) bool {
		w = w[strings.LastIndexByte(w, ':')+1:]
		return w != "dependencies" && w != "resolveDependencies" && w != "downloadDependencies"
	}) {
		return nil
	}
	return &Install{Manager: "gradle", Dir: a.last("-p", "--project-dir"), args: a, plan: func(p *planner) {
		if a.has("-b", "-c") {
			p.refuse("gradle is given a build file of its own")
		}
		if !p.has("build.gradle") && !p.has("build.gradle.kts") {
			p.refuse("build.gradle is not in the build context, or is ignored")
		}
		if p.has("buildSrc") {
			p.refuse("buildSrc is code that gradle builds first")
		}
		p.add("settings.gradle", "settings.gradle.kts", "gradle.properties", "gradle", "gradlew")
		for _, pattern := range []string{"build.gradle", "build.gradle.kts", "gradle.properties"} {
			p.add(p.below(pattern)...)
		}
		for _, f := range slices.Clone(p.Files) {
			if text := p.Context.Texts[f]; strings.HasSuffix(f, ".gradle") || strings.HasSuffix(f, ".kts") {
				p.noReading(p.fromDir(f), string(text), "includeBuild", "apply from", "apply(from", "file(", "files(", "fileTree(", "File(", "readText", "exec {", "exec(", "commandLine")
			}
		}
		p.fills(".gradle")
	}}
}

func sbt(args []string) *Install {
	a := parse(args)
	if !slices.Equal(a.words, []string{"update"}) {
		return nil
	}
	return &Install{Manager: "sbt", args: a, plan: func(p *planner) {
		if p.addMatches("*.sbt") == 0 {
			p.refuse("build.sbt is not in the build context, or is ignored")
		}
		for _, name := range append(p.below("*.sbt"), p.below("*.scala")...) {
			if dir := path.Dir(name); dir == "project" || dir == "project/project" || path.Base(name) == "build.sbt" {
				p.add(name)
			}
		}
		p.add("project/build.properties", ".sbtopts", ".jvmopts")
		for _, f := range p.Files {
			p.noReading(p.fromDir(f), string(p.Context.Texts[f]), "IO.read", "Source.fromFile", "RootProject", "ProjectRef(file", "baseDirectory.value /", ".!!")
		}
		if p.isDir("lib") {
			p.refuse("lib has libraries that sbt takes from the project")
		}
		p.fills("target", "project/target")
	}}
}
