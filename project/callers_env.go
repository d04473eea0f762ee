package project

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// EnvUse is a place in a script, or in another file that runs programs, that counts for the .env of Compose files.
type EnvUse struct {
	Path string // absolute
	Line int    // 1-based
	Kind EnvUseKind
	// Names are the Compose files that are named there, as written, for EnvRun, EnvApart and EnvContainer; the variable for EnvAssigned and
	// EnvSetting; the .env for EnvMade and EnvWritten. A run without any takes the usual file of its folder.
	Names []string
	// Folders are those that the script goes to, by their last names.
	Folders []string
	// Prose tells that it stands in a text for people, such as a README: what it says is not run by itself.
	Prose bool
}

// EnvUseKind is what such a place does.
type EnvUseKind int

// The kinds of places.
const (
	EnvRun       EnvUseKind = iota // Compose is run
	EnvElsewhere                   // Compose is run, and told to look for the .env elsewhere
	EnvContainer                   // a development container is made of Compose files
	EnvSetting                     // a variable of Compose that says which Compose files or .env files it reads
	EnvAssigned                    // a variable is given a value
	EnvRead                        // the .env is read by something else
	EnvCI                          // a file of a CI service
	EnvCIAny                       // a CI service, or a test, runs Compose files that are not known
	EnvApart                       // Compose files are taken, or run, where the .env may not be
	EnvMade                        // a .env is made of an example
	EnvWritten                     // a .env is written anew
)

// EnvUses looks in the scripts around dir, those that LegacyCompose looks in. The error is that of ctx.
func (c *Callers) EnvUses(ctx context.Context, dir string) ([]EnvUse, error) {
	s, err := c.search(ctx, dir)
	if err != nil {
		return nil, err
	}
	return s.uses, nil
}

var (
	// anyRun is a call of Compose. up, run and so on may stand on another line, or in a variable.
	anyRun = lazyregexp.New(`(?i)(?:\bdocker(?:-|[ \t]+)compose|\$[({]?\w*compose\w*[)}]?)["']?\s[^;&|]*`)
	// elsewhere tells Compose where to look for the .env.
	elsewhere = lazyregexp.New(`--project-directory|--env-file`)
	// composeSetting is a variable that Compose reads itself.
	composeSetting = lazyregexp.New(`\b(COMPOSE_FILE|COMPOSE_ENV_FILES|COMPOSE_DISABLE_ENV_FILE)["']?[ \t]*(?:[:?+]?=|:)[ \t]*["']?([^\s"']*)`)
	// assigns gives a variable a value in a shell, a Makefile, YAML or JSON.
	assigns = lazyregexp.New(`(?m)(?:^|[\s;&|"'({,])([A-Z][A-Z0-9_]{2,})["']?[ \t]*(?:[:?+!]?=|:[ \t]|:$)`)
	// dotEnvWord is the .env, as a word.
	dotEnvWord = lazyregexp.New(`(?:^|[\s"'/(<=,])\.env(?:$|[\s"'|)&;>,])`)
	// onlyHandles makes, copies or looks for the file.
	onlyHandles = lazyregexp.New(`^\s*(?:-\s+(?:run:\s*)?)?@?-?(?:cp|mv|touch|rm|test|ls|chmod|chown|ln|echo|if|\[)\s`)
	// devContainer are the Compose files of a development container.
	devContainer = lazyregexp.New(`"dockerComposeFile"\s*:\s*(\[[^\]]*\]|"[^"]*")`)
	quotedText   = lazyregexp.New(`"([^"]*)"`)
	// runsUnknown is an action, a task, a plugin or a step's image of a CI service, or a library for tests, that runs Compose files.
	runsUnknown = lazyregexp.New(`(?im)\buses:\s*\S*compose\S*|\btask:\s*["']?DockerCompose@|\bdocker-compose#v\d|\bname:\s*["']?(?:\S*/)?docker[-/]compose(?::\S+)?["']?\s*$|` +
		`\bdocker_compose\s*\(|pytest[-_]docker\b|\bdef\s+docker_compose_files?\b|testcontainers\b|\b(?:Docker)?ComposeContainer\s*\(|\bgradle[.-]docker-compose\b|\bspring[.-]boot[.-]docker[.-]compose\b`)
	// goesTo is a change of the folder.
	goesTo = lazyregexp.New(`(?:\b(?:cd|pushd)|-C|(?:working-directory|workdir|dir|directory|working_directory|project_src):)[ \t]+["']?([^\s"';&|)]+)`)
	// composeFileWord is the Compose file that -f or --file names.
	composeFileWord = lazyregexp.New(`\s(?:-f|--file)(?:[= ]+|)["']?([^\s"'=]+)`)
)

// envUses finds what counts for the .env in one file.
func envUses(file, text string) (uses []EnvUse) {
	base := strings.ToLower(filepath.Base(file))
	if dockerfileName(base) || strings.HasPrefix(base, "requirements") && !runsUnknown.MatchString(text) {
		return nil
	}
	if ofCI(file) && (!strings.Contains(filepath.ToSlash(file), "/.github/") || strings.Contains(filepath.ToSlash(file), "/workflows/")) {
		uses = append(uses, EnvUse{Path: file, Line: 1, Kind: EnvCI})
	}
	add := func(offset int, kind EnvUseKind, names ...string) {
		uses = append(uses, EnvUse{Path: file, Line: 1 + strings.Count(text[:offset], "\n"), Kind: kind, Names: names})
	}
	for _, m := range devContainer.FindAllStringSubmatchIndex(text, -1) {
		var names []string
		for _, q := range quotedText.FindAllStringSubmatch(text[m[2]:m[3]], -1) {
			names = append(names, q[1])
		}
		add(m[0], EnvContainer, names...)
	}
	if mayRunUnknown(text) {
		if m := runsUnknown.FindStringIndex(text); m != nil {
			add(m[0], EnvCIAny)
		}
	}
	if buildNames[base] {
		return uses
	}
	if strings.HasPrefix(base, ".env") && base != ".envrc" { // its values are looked at by themselves
		return append(uses, settings(file, text)...)
	}
	seen := map[string]bool{}
	for _, m := range assigns.FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !seen[name] {
			seen[name] = true
			add(m[2], EnvAssigned, name)
		}
	}
	return append(append(uses, settings(file, text)...), runs(file, text)...)
}

// mayRunUnknown is a plain look at what runsUnknown cannot be without.
func mayRunUnknown(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "compose") || strings.Contains(text, "pytest") || strings.Contains(text, "testcontainers")
}

// settings are the variables of Compose that a file sets.
func settings(file, text string) (uses []EnvUse) {
	if !strings.Contains(text, "COMPOSE_") {
		return nil
	}
	for _, s := range syntaxOf(file).statements(text) {
		for _, m := range composeSetting.FindAllStringSubmatchIndex(s.text, -1) {
			use := EnvUse{Path: file, Line: s.lineAt(m[0]), Kind: EnvSetting, Names: []string{s.text[m[2]:m[3]]}}
			if use.Names[0] == "COMPOSE_FILE" {
				use.Kind, use.Names = EnvRun, strings.FieldsFunc(withoutFolders(s.text[m[4]:m[5]]), func(r rune) bool { return strings.ContainsRune(":;,", r) })
			}
			uses = append(uses, use)
		}
	}
	return uses
}

// runs are the calls of Compose, and what reads the .env.
func runs(file, text string) (uses []EnvUse) {
	folded := strings.ToLower(text)
	if !strings.Contains(folded, "compose") && !strings.Contains(text, ".env") && !strings.Contains(text, "dotenv") {
		return nil
	}
	if programExtensions[filepath.Ext(file)] {
		text = listsJoined(text, "compose")
	}
	folders := foldersOf(text)
	way := wayOf(file, text)
	apart := optionsApart{file: file, folders: folders}
	for _, s := range syntaxOf(file).statements(text) {
		way.follow(s)
		var calls [][]int
		if strings.Contains(strings.ToLower(s.text), "compose") { // cheaper than the pattern
			calls = anyRun.FindAllStringIndex(s.text, -1)
		}
		apart.add(s, calls)
		for _, m := range calls {
			use := way.run(s, m)
			use.Folders = folders
			uses = append(uses, use)
		}
		made, kind := makesEnv(file, s.text)
		if made != "" {
			uses = append(uses, EnvUse{Path: file, Line: s.line, Kind: kind, Names: []string{made}, Folders: folders})
		}
		direnv := filepath.Base(file) == ".envrc" && strings.Contains(s.text, "dotenv")
		if direnv || len(calls) == 0 && made == "" && readsEnv(s.text) {
			uses = append(uses, EnvUse{Path: file, Line: s.line, Kind: EnvRead})
		}
	}
	return slices.Clip(slices.Concat(uses, apart.uses(), way.taken))
}

// run is a call of Compose, at a place in a statement.
func (w *way) run(s statement, at []int) EnvUse {
	use := EnvUse{Path: w.file, Line: s.lineAt(at[0])}
	call := s.text[at[0]:at[1]]
	for _, f := range composeFileWord.FindAllStringSubmatch(withoutFolders(call), -1) {
		use.Names = append(use.Names, f[1])
	}
	if elsewhere.MatchString(call) && !strings.Contains(strings.ReplaceAll(call, "=", " ")+" ", "--env-file .env ") {
		use.Kind = EnvElsewhere
	} else if w.apart(at[0]) {
		use.Kind = EnvApart
	}
	return use
}

// readsEnv reports whether a statement that does not run Compose reads the .env.
func readsEnv(text string) bool {
	return strings.Contains(text, ".env") && dotEnvWord.MatchString(text) && !onlyHandles.MatchString(text) && !takesFiles.MatchString(text)
}

// variableFolder is a variable, or what a command prints, in the place of the folder of a file.
var variableFolder = lazyregexp.New(`(?:"?\$\((?:[^()]|\([^()]*\))*\)"?|\$\{[^}]*\}|\$\w+)/`)

// withoutFolders leaves the variables out that stand in the place of the folders of files.
func withoutFolders(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return variableFolder.ReplaceAllString(text, "")
}

// foldersOf are the folders that a script goes to, by their last names.
func foldersOf(text string) (folders []string) {
	for _, m := range goesTo.FindAllStringSubmatch(text, -1) {
		folders = append(folders, filepath.Base(filepath.FromSlash(strings.TrimRight(m[1], "/"))))
	}
	return folders
}
