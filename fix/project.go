package fix

import "github.com/dockfix/dockfix/source"

// ComposeProject is what is known of the project that a Compose file belongs to. The zero value is a file that stands alone.
type ComposeProject struct {
	// Others are the other Compose files that may be read together with the file: those of its folder, those that it includes or
	// extends, and those that include or extend it. Document.Name is relative to the folder of the file, with slashes.
	Others []ComposeFile
	// Stack says which script or setting gives the file to a swarm, which reads no .env and waits for no health, as
	// "deploy.sh:3 runs docker stack deploy"; "" where none was found.
	Stack string
	// EnvFile says which script gives Compose another file in place of the .env, as "Makefile:3 gives Compose .env.prod"; "" where
	// none was found.
	EnvFile string
	// CI says which file of a CI service runs the file, as ".github/workflows/test.yml:12 runs the file in CI"; "" where none was
	// found.
	CI string
	// Ends says which script runs the file until one of its containers ends, as "Makefile:3 runs Compose with --exit-code-from"; ""
	// where none was found.
	Ends string
	// Folder is where the file lies in its repository, with slashes: "." or "deploy/dev"; where it is in none, the folder by which
	// it was found, or the name of that alone; "" where that is not known.
	Folder string
}

// ComposeFile is another Compose file of a project.
type ComposeFile struct {
	Doc *source.Document
	// Override tells that Compose merges it over the file, or the file over it, without being asked: compose.yaml and
	// compose.override.yaml. The other files of a folder are merged only where a caller names both.
	Override bool
	// Includes and Extends tell that it names the file in its include section, or in the extends section of a service.
	Includes, Extends bool
}

// Service is the service of that name in the other file; nil where it has none.
func (f ComposeFile) Service(name string) *source.Service {
	for _, s := range f.Doc.Compose.Services {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Touching are the other files that say something about a service of that name: what is missing in one may stand in another.
func (p ComposeProject) Touching(name string) []ComposeFile {
	var list []ComposeFile
	for _, f := range p.Others {
		if f.Service(name) != nil {
			list = append(list, f)
		}
	}
	return list
}
