package command

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// usesAround are the places around a folder that count for the .env in it.
func (s *session) usesAround(ctx context.Context, dir string) []project.EnvUse {
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	list, _ := s.callers.EnvUses(ctx, dir)
	return list
}

// toldAround are the places in texts for people and in files of tools around a folder that count for the .env in it.
func (s *session) toldAround(ctx context.Context, dir string) []project.EnvUse {
	s.callersMu.Lock()
	defer s.callersMu.Unlock()
	list, _ := s.callers.Told(ctx, dir)
	return list
}

// envUses fills in what scripts and other Compose files tell about the .env beside a Compose file.
func (s *session) envUses(ctx context.Context, d *fix.DotEnv, f project.File, p fix.ComposeProject) {
	e := envSurvey{d: d, file: f, dir: filepath.Dir(f.Path), project: p, seen: map[string]bool{}}
	e.uses = slices.Concat(s.usesAround(ctx, e.dir), s.toldAround(ctx, e.dir))
	d.Assigned = map[string]string{}
	for _, u := range e.uses {
		if u.Kind == project.EnvRun || u.Kind == project.EnvElsewhere || u.Kind == project.EnvApart {
			e.run(u)
		} else {
			e.use(u)
		}
	}
	switch ci := e.ci(); {
	case ci == "":
	case forTests(f):
		e.doubt("ci", "the file lies in a folder for tests, which CI may run (%s), where there is no .env", ci)
	case calledForTests(f):
		e.doubt("ci", "the file is called as one for tests, which CI may run (%s), where there is no .env", ci)
	}
	for _, u := range s.builds.testRuns(ctx, f) {
		if u.Kind == project.EnvApart {
			e.run(u)
		} else {
			e.use(u)
		}
	}
	s.builds.readers(d, f)
}

// envSurvey looks at what scripts tell about the .env beside a Compose file.
type envSurvey struct {
	d       *fix.DotEnv
	file    project.File
	dir     string
	project fix.ComposeProject
	uses    []project.EnvUse
	seen    map[string]bool // kinds of doubts: each is told once
}

func (e *envSurvey) doubt(kind, format string, args ...any) {
	if !e.seen[kind] {
		e.seen[kind] = true
		e.d.Doubts = append(e.d.Doubts, fmt.Sprintf(format, args...))
	}
}

func (e *envSurvey) place(u project.EnvUse) string {
	return fmt.Sprintf("%s:%d", relativeName(e.dir, u.Path), u.Line)
}

// ci names a file of a CI service; "" where there is none, or where one is known to run the file.
func (e *envSurvey) ci() string {
	for _, u := range e.uses {
		if u.Kind == project.EnvCI && e.project.CI == "" {
			return relativeName(e.dir, u.Path)
		}
	}
	return ""
}

// use looks at a place that does not run Compose.
func (e *envSurvey) use(u project.EnvUse) {
	switch place := e.place(u); u.Kind {
	case project.EnvAssigned:
		if _, known := e.d.Assigned[u.Names[0]]; !known {
			e.d.Assigned[u.Names[0]] = place
		}
	case project.EnvRead:
		e.d.ReadBy = cmp.Or(e.d.ReadBy, place)
	case project.EnvSetting:
		e.doubt("setting", "%s sets %s, so that another .env may count", place, u.Names[0])
	case project.EnvContainer:
		if namesFile(u, e.file) {
			e.doubt("container", "%s makes a development container of it, which needs the .env too", place)
		}
	case project.EnvMade, project.EnvWritten:
		e.made(u)
	case project.EnvCIAny:
		if e.ci() != "" {
			e.doubt("ci", "%s may run the file in CI, where there is no .env", place)
		}
	}
}

// run looks at a call of Compose.
func (e *envSurvey) run(u project.EnvUse) {
	if other := otherFolder(u, e.file); other != "" {
		e.doubt("together", "%s reads it together with %s, and the .env beside one of them counts for both", e.place(u), other)
	}
	if !runsFile(u, e.file) {
		return
	}
	switch {
	case u.Kind == project.EnvApart:
		e.doubt("apart", "%s takes or runs the file where there may be no .env", e.place(u))
	case u.Kind == project.EnvElsewhere && e.project.EnvFile == "":
		e.doubt("elsewhere", "%s tells Compose where to find the .env", e.place(u))
	}
	if u.Prose {
		return
	}
	ci := e.ci()
	switch inCI := slices.ContainsFunc(e.uses, func(o project.EnvUse) bool { return o.Kind == project.EnvCI && o.Path == u.Path }); {
	case ci == "" || filepath.Base(u.Path) == ".env":
	case inCI:
		e.doubt("ci", "%s runs the file in CI, where there is no .env", e.place(u))
	default:
		e.doubt("ci", "%s runs the file, and so may CI (%s), where there is no .env", e.place(u), ci)
	}
}

// made looks at a place that makes a .env of an example, which it would not where the fix has made one, or that writes one anew.
func (e *envSurvey) made(u project.EnvUse) {
	at := filepath.Join(e.dir, ".env")
	folders := []string{filepath.Dir(u.Path)}
	if top, ok := project.Repository(e.dir); ok {
		folders = append(folders, top)
	}
	if slices.Contains(u.Folders, filepath.Base(e.dir)) {
		folders = append(folders, e.dir)
	}
	meant := slices.ContainsFunc(folders, func(folder string) bool { return filepath.Join(folder, filepath.FromSlash(u.Names[0])) == at })
	switch {
	case !meant || (u.Kind == project.EnvMade || u.Prose) && project.Exists(at):
	case u.Kind == project.EnvWritten && !u.Prose:
		e.doubt("made", "%s writes the .env anew, without what is added here", e.place(u))
	case u.Prose:
		e.doubt("made", "%s tells people to make the .env, over the one that is made here", e.place(u))
	default:
		e.doubt("made", "%s makes the .env from an example where there is none, and would find this one", e.place(u))
	}
}

// testFolders are the names of folders with what tests need.
var testFolders = strings.Fields("test tests testdata test-data e2e integration integration-tests integration_tests it fixtures spec")

// forTests reports whether a file lies in a folder for tests of its repository.
func forTests(f project.File) bool {
	dir := filepath.Dir(f.Path)
	top, ok := project.Repository(dir)
	if !ok {
		return false
	}
	return slices.ContainsFunc(strings.Split(relativeName(top, dir), "/"), func(name string) bool { return slices.Contains(testFolders, strings.ToLower(name)) })
}

// calledForTests reports whether the name of a file says that it is for tests: docker-compose.test.yml, compose-ci.yaml.
func calledForTests(f project.File) bool {
	words := strings.FieldsFunc(strings.ToLower(filepath.Base(f.Path)), func(r rune) bool { return strings.ContainsRune(".-_", r) })
	return slices.ContainsFunc(words, func(w string) bool { return w == "ci" || slices.Contains(testFolders, w) || w == "testing" })
}

// runsFile reports whether a call of Compose is about a file: it names it or, where it names none, takes it by itself.
func runsFile(u project.EnvUse, f project.File) bool {
	if len(u.Names) > 0 {
		return namesFile(u, f)
	}
	dir := filepath.Dir(f.Path)
	_, usual := usualName(f)
	top, ok := project.Repository(dir)
	return usual && (!ok || top == dir || filepath.Dir(u.Path) == dir || slices.Contains(u.Folders, filepath.Base(dir)))
}

func namesFile(u project.EnvUse, f project.File) bool {
	return slices.ContainsFunc(u.Names, func(name string) bool { return meansFile(u, name, f) })
}

// meansFile reports whether the name of a Compose file in a script is that of f. The folder that the script is run in is not known:
// where the name leads to no file from those that it may be, its last part counts.
func meansFile(u project.EnvUse, name string, f project.File) bool {
	found := pathsOf(u, name, f)
	if len(found) == 0 {
		matched, _ := path.Match(path.Base(strings.ReplaceAll(name, `\`, "/")), filepath.Base(f.Path))
		return matched
	}
	return slices.Contains(found, f.Path)
}

// pathsOf are the files that a name in a script can mean.
func pathsOf(u project.EnvUse, name string, f project.File) (list []string) {
	for _, folder := range runFolders(u, f) {
		if path := pathFrom(folder, name); project.Exists(path) && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// runFolders are those that a script may be run in.
func runFolders(u project.EnvUse, f project.File) []string {
	dir := filepath.Dir(f.Path)
	folders := []string{filepath.Dir(u.Path), dir}
	if top, ok := project.Repository(dir); ok {
		folders = append(folders, top)
	}
	return folders
}

func pathFrom(folder, name string) string {
	path := filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	return path
}

// readWith is a Compose file of another folder that a script, run in one of the folders that it may be, names together with f; "" where
// there is none. Two of one name are told apart so.
func readWith(u project.EnvUse, f project.File) string {
	for _, folder := range runFolders(u, f) {
		here, other := false, ""
		for _, name := range u.Names {
			switch path := pathFrom(folder, name); {
			case path == f.Path:
				here = true
			case filepath.Dir(path) != filepath.Dir(f.Path) && (project.Exists(path) || strings.Contains(name, "$")):
				other = path
			}
		}
		if here && other != "" {
			return relativeName(filepath.Dir(f.Path), other)
		}
	}
	return ""
}

// otherFolder is a Compose file of another folder that a script names together with f; "" where there is none. What a .env says of a
// file in a folder below is one too.
func otherFolder(u project.EnvUse, f project.File) string {
	if !namesFile(u, f) {
		return ""
	}
	if other := readWith(u, f); other != "" {
		return other
	}
	dir := filepath.Dir(f.Path)
	for _, name := range u.Names {
		if meansFile(u, name, f) {
			continue
		}
		found := pathsOf(u, name, f)
		if slices.ContainsFunc(found, func(path string) bool { return filepath.Dir(path) == dir }) {
			continue
		}
		if len(found) > 0 || strings.Contains(name, "/") {
			return name
		}
	}
	if filepath.Base(u.Path) == ".env" && filepath.Dir(u.Path) != dir {
		return relativeName(dir, u.Path)
	}
	return ""
}

// besideByName are the files of the folder of f that scripts give to Compose, whatever their names.
func (s *session) besideByName(ctx context.Context, f project.File) (list []project.File) {
	dir := filepath.Dir(f.Path)
	for _, u := range s.usesAround(ctx, dir) {
		if u.Kind != project.EnvRun && u.Kind != project.EnvElsewhere && u.Kind != project.EnvApart && u.Kind != project.EnvContainer {
			continue
		}
		for _, name := range u.Names {
			for _, path := range pathsOf(u, name, f) {
				if filepath.Dir(path) == dir && !slices.ContainsFunc(list, func(o project.File) bool { return o.Path == path }) {
					list = append(list, project.File{Name: besideName(f, filepath.Base(path)), Path: path, Kind: source.ComposeKind})
				}
			}
		}
	}
	return list
}
