package compose

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// doubts are the conditions that could not be checked, as clauses.
func (m *secretMove) doubts(s *inlineSecret) []string {
	var list []string
	if s.shape == secretFallback {
		list = append(list, "who runs the file without setting "+s.variable+" gets an error in place of the default")
	}
	if m.facts.DotEnv.Unasked {
		list = append(list, "git does not tell whether it tracks .env")
	}
	if m.facts.Project.EnvFile != "" {
		list = append(list, m.facts.Project.EnvFile+" in place of .env: the variable belongs there too")
	}
	if m.facts.Project.CI != "" {
		list = append(list, m.facts.Project.CI+", where there is no .env: give it "+cmp.Or(s.variable, m.nameOf(s))+" there first")
	}
	if what := forSwarm(m.doc, m.facts); what != "" {
		list = append(list, what+", and docker stack deploy reads no .env")
	}
	for _, o := range m.facts.Project.Others {
		if (o.Includes || o.Extends) && strings.Contains(o.Doc.Name, "/") {
			list = append(list, o.Doc.Name+" takes it over from another folder, whose .env may count")
			break
		}
	}
	list = append(list, m.elsewhere(s)...)
	for _, c := range m.facts.DotEnv.Contexts {
		if !m.hidden(c) && includes(m.facts.Files[c.Ignore], c.Path) {
			list = append(list, c.Ignore+" takes the .env into the image of "+c.Service+", which would get this too")
			break
		}
		if m.env != nil && !m.hidden(c) {
			list = append(list, "the build of "+c.Service+" sees the .env, and may need it")
			break
		}
	}
	return list
}

// setOtherwise is another file of the project that gives the variable of a service what a variable says. Whoever runs both files does
// without the value of this one, and Compose would ask for it all the same.
func (m *secretMove) setOtherwise(s *inlineSecret) string {
	for _, o := range m.facts.Project.Touching(s.service.Name) {
		for _, v := range variablesOf(o.Service(s.service.Name), s.section) {
			if v.Name == s.key && fromElsewhere(v) {
				return o.Doc.Name + " takes " + s.key + " of " + s.service.Name + " from elsewhere: where both files are read Compose would ask for this one all the same"
			}
		}
	}
	return ""
}

// fromElsewhere reports whether a variable gets its value from outside of the file. One that Compose asks for, as it does for those that this rule
// makes, has to be set in any case.
func fromElsewhere(v source.EnvironmentVariable) bool {
	refs, _ := source.References(v.Value)
	return !v.Set || v.Value == "" || slices.ContainsFunc(refs, func(r source.Reference) bool { return r.Operator != ":?" && r.Operator != "?" })
}

// variablesOf are those of a service in its section environment or build.args.
func variablesOf(s *source.Service, section string) []source.EnvironmentVariable {
	switch b := s.Build(); {
	case section == "environment":
		return s.Environment()
	case section == "build.args" && b != nil:
		return b.Args
	}
	return nil
}

// includes reports whether an ignore file has a line of its own that takes a file in.
func includes(ignore []byte, name string) bool {
	for l := range strings.Lines(string(ignore)) {
		pattern, not := strings.CutPrefix(strings.TrimSpace(l), "!")
		pattern = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(pattern), "/"), "./")
		if matched, err := path.Match(strings.TrimPrefix(pattern, "**/"), name); not && err == nil && matched {
			return true
		}
		if below, anywhere := strings.CutPrefix(pattern, "**/"); not && anywhere {
			if matched, err := path.Match(below, path.Base(name)); err == nil && matched {
				return true
			}
		}
	}
	return false
}

// elsewhere are the doubts about who else reads the .env, or another one.
func (m *secretMove) elsewhere(s *inlineSecret) []string {
	list := slices.Clone(m.facts.DotEnv.Doubts)
	if what := m.setOtherwise(s); what != "" {
		list = append(list, what)
	}
	if m.hubTests() {
		list = append(list, "Docker Hub runs the service sut of such a file to test an image, where there is no .env")
	}
	if by := m.facts.DotEnv.ReadBy; by != "" && !plainValue.MatchString(s.value) {
		list = append(list, by+" reads the .env too, and may take quotes and $ in the value for something else")
	}
	if name := m.unfinished(); name != "" {
		list = append(list, name+" has neither image nor build here: the file is read together with one of another folder, whose .env may count")
	}
	if what := m.mountsEnv(); what != "" {
		list = append(list, what)
	}
	if m.takenBack() {
		list = append(list, m.facts.DotEnv.Gitignore+" takes .env back in: git would keep the secret")
	}
	return list
}

// hubTests reports whether the file is one for the automated tests of Docker Hub: NAME.test.yml with a service sut.
func (m *secretMove) hubTests() bool {
	name := path.Base(m.doc.Name)
	if !strings.HasSuffix(strings.TrimSuffix(name, path.Ext(name)), ".test") {
		return false
	}
	return serviceOf(m.doc, "sut") != nil
}

// plainValue are values that mean the same to every program that reads a .env.
var plainValue = lazyregexp.New(`^[A-Za-z0-9_./:@%+,=-]*$`)

// Starts reports whether a service has what it takes to be started: without it another file says the rest.
func Starts(s *source.Service) bool { return hasAnyField(s, "image", "build", "extends", "provider") }

// unfinished is a service that no file of the folder gives an image or a build.
func (m *secretMove) unfinished() string {
	for _, s := range m.doc.Compose.Services {
		if Starts(s) {
			continue
		}
		if !slices.ContainsFunc(m.facts.Project.Touching(s.Name), func(o fix.ComposeFile) bool {
			return !strings.Contains(o.Doc.Name, "/") && Starts(o.Service(s.Name))
		}) {
			return s.Name
		}
	}
	return ""
}

// mountsEnv is what is to say about a service that sees the .env, or what holds it, in a mount.
func (m *secretMove) mountsEnv() string {
	for _, section := range []string{"configs", "secrets"} {
		f, _ := m.doc.Compose.Root.Lookup(section)
		for _, c := range f.Node.Entries() {
			if file, ok := c.Node.Lookup("file"); ok && isDotEnv(file.Node.Text()) {
				return "a container gets the .env by " + section + ", and may read this there too"
			}
		}
	}
	services := slices.Clone(m.doc.Compose.Services)
	for _, o := range m.facts.Project.Others {
		if !strings.Contains(o.Doc.Name, "/") {
			services = append(services, o.Doc.Compose.Services...)
		}
	}
	for _, s := range services {
		for _, from := range Mounted(s) {
			switch {
			case isDotEnv(from):
				return s.Name + " mounts the .env, and may read this there too"
			case strings.Trim(path.Clean(from), "./") == "" && from != "/":
				return s.Name + " mounts the folder of the .env, and may read it there"
			}
		}
	}
	return ""
}

// Mounted are the files and folders of the machine that a service mounts, as written but for the variable of the folder.
func Mounted(s *source.Service) (list []string) {
	for _, m := range mounts(s) {
		from := m.source
		for _, here := range []string{"${PWD}", "$PWD", "${PWD:-.}"} {
			if rest, ok := strings.CutPrefix(from, here); ok {
				from = "." + rest
			}
		}
		if plain, ok := source.WithoutVariables(from); ok {
			from = plain
		}
		if strings.HasPrefix(from, ".") || strings.HasPrefix(from, "/") {
			list = append(list, from)
		}
	}
	return list
}

// EnvFiles are the files that a service takes variables from, as written.
func EnvFiles(s *source.Service) []string { return envFilesOf(s) }

// takenBack reports whether the .gitignore names .env, and then takes it back in.
func (m *secretMove) takenBack() bool {
	d := m.facts.DotEnv
	return d.Gitignore != "" && !d.Ignored && takesBack(m.facts.Files[d.Gitignore], ".env")
}

// takesBack reports whether a .gitignore has a line for a name, and below it one that takes such a name back in.
func takesBack(text []byte, name string) bool {
	named, back := false, false
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		switch pattern, not := strings.CutPrefix(l, "!"); {
		case not && named:
			matched, err := path.Match(strings.TrimPrefix(pattern, "/"), name)
			back = back || err == nil && matched
		case l == name:
			named, back = true, false
		}
	}
	return back
}

// readsAllOfEnv names a service that gets every variable of the .env: it would get the new ones too.
func (m *secretMove) readsAllOfEnv() string {
	for _, s := range m.doc.Compose.Services {
		if readsDotEnv(s) {
			return s.Name
		}
	}
	for _, o := range m.facts.Project.Others {
		if strings.Contains(o.Doc.Name, "/") {
			continue
		}
		if i := slices.IndexFunc(o.Doc.Compose.Services, readsDotEnv); i >= 0 {
			return fmt.Sprintf("%s in %s", o.Doc.Compose.Services[i].Name, o.Doc.Name)
		}
	}
	if readers := m.facts.DotEnv.Readers; len(readers) > 0 {
		return readers[0]
	}
	return ""
}

func readsDotEnv(s *source.Service) bool { return slices.ContainsFunc(envFilesOf(s), isDotEnv) }

// isDotEnv tells ./.env and ${PWD}/.env, whatever their variables say.
func isDotEnv(name string) bool {
	if plain, ok := source.WithoutVariables(name); ok {
		name = plain
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "${PWD}/"), "$PWD/")
	return strings.TrimPrefix(name, "./") == ".env"
}
