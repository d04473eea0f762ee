package manifest

import (
	"path"
	"slices"
	"strings"
)

// Offer is a command that installs the dependencies alone, for a project whose own install or build needs the sources: it can run
// before these are copied, and what was there runs after. One of Command and Add is set.
type Offer struct {
	Command string // the whole command
	Add     string // flags to be added to the install as it is written
	// Why says what the install needs the sources for, as a clause.
	Why string
}

// offer keeps the first offer. It stands only where nothing refuses.
func (p *planner) offer(o Offer) {
	if p.Offer == nil {
		p.Offer = &o
	}
}

// Builds finds the build that a command is, if it downloads what is missing before it compiles: its Plan has an Offer, or refuses. nil
// where it is none.
func Builds(c Command) *Install {
	switch name, args := unwrap(c); name {
	case "go":
		return goBuild(args)
	case "mvn", "mvnw":
		return mavenBuild(c)
	}
	return nil
}

func goBuild(args []string) *Install {
	a := parse(args, "-C", "-o", "-ldflags", "-tags", "-gcflags", "-asmflags", "-mod", "-modfile", "-p", "-installsuffix", "-buildmode", "-overlay", "-pkgdir", "-toolexec")
	remote := slices.ContainsFunc(a.words, func(w string) bool { return strings.Contains(w, "@") })
	if a.word(0) != "build" && a.word(0) != "install" || remote || a.has("-modfile", "-overlay") || a.last("-mod") == "vendor" {
		return nil
	}
	return &Install{Manager: "go", Dir: a.last("-C"), args: a, plan: func(p *planner) {
		goModules(p)
		if !p.has("go.sum") {
			p.refuse("go.sum is not in the build context: there is nothing to download")
		}
		p.offer(Offer{Command: "go mod download", Why: "go " + a.word(0) + " downloads the modules as it compiles: go mod download does that first, of those too that only tests need"})
	}}
}

// mavenGoals are those for which maven compiles.
var mavenGoals = []string{"clean", "compile", "package", "verify", "install"}

func mavenBuild(c Command) *Install {
	a := parse(c.Args, mavenFlags...)
	builds := slices.ContainsFunc(a.words, func(w string) bool { return slices.Contains(mavenGoals[1:], w) })
	other := slices.ContainsFunc(a.words, func(w string) bool { return !slices.Contains(mavenGoals, w) })
	if !builds || other || !c.Plain() || a.has("-f", "--file", "-pl", "--projects", "-o", "--offline") {
		return nil
	}
	words := []string{c.Name}
	for _, w := range c.Args {
		if !slices.Contains(a.words, w) {
			words = append(words, w)
		}
	}
	return &Install{Manager: "maven", args: a, plan: func(p *planner) {
		mavenModule(p)
		if p.Unsure != "" {
			p.refuse("%s", p.Unsure)
		}
		if path.Base(c.Name) == "mvnw" {
			p.need("mvnw")
		}
		p.offer(Offer{
			Command: strings.Join(append(words, "dependency:go-offline"), " "),
			Why:     "maven downloads as it compiles: dependency:go-offline does that first, but for what plugins ask for only when they run",
		})
	}}
}
