package compose

import (
	"path"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// settings are the variables of the environment of a service, as written, with those of its env_file.
type settings struct {
	values map[string]string
	unread []string // files whose variables are not known
}

// settingsOf reads environment and env_file.
func settingsOf(d *source.Document, s *source.Service, facts *fix.Facts) settings {
	e := settings{values: map[string]string{}}
	for _, name := range envFilesOf(s) {
		text, ok := facts.Read[name]
		doc, err := source.Parse(name, source.EnvKind, text)
		if !ok || err != nil || doc.Env == nil {
			e.unread = append(e.unread, name)
			continue
		}
		for _, entry := range doc.Env.Entries {
			e.values[entry.Name] = entry.Value
		}
	}
	for _, v := range readingOf(d, s).environment {
		if v.Set {
			e.values[v.Name] = v.Value
		} else {
			e.values[v.Name] = "${" + v.Name + "}"
		}
	}
	return e
}

// envFilesOf are the files that env_file names, relative to the folder of the Compose file.
func envFilesOf(s *source.Service) []string {
	f, ok := s.Field("env_file")
	if !ok {
		return nil
	}
	var names []string
	add := func(n *source.Node) {
		name := n.Text()
		if n.IsMapping() {
			file, _ := n.Lookup("path")
			name = file.Node.Text()
		}
		if name != "" {
			names = append(names, path.Clean(name))
		}
	}
	if f.Node.IsSequence() {
		for _, item := range f.Node.Children {
			add(item.Resolve())
		}
		return names
	}
	add(f.Node)
	return names
}

// wantEnvFiles asks for the files that the services of a document take variables from, but for those elsewhere on the machine.
func wantEnvFiles(d *source.Document) []fix.Want {
	var wants []fix.Want
	for _, s := range d.Compose.Services {
		for _, name := range envFilesOf(s) {
			if beside(name) {
				wants = append(wants, fix.WantRead(name))
			}
		}
	}
	return wants
}

// beside reports whether a name is that of a file which can be found from the folder of the Compose file.
func beside(name string) bool {
	return !path.IsAbs(name) && !strings.Contains(name, "$") && !strings.HasPrefix(name, "~")
}
