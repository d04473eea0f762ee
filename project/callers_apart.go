package project

import (
	"cmp"
	"path/filepath"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

var (
	// onMachine runs a command on another machine.
	onMachine = lazyregexp.New(`(?:^|[\s;&|"'(@])(?:ssh|\$[({]?SSH\w*[)}]?)\s|\bssm\s+send-command\b`)
	// takesFiles takes files to another machine.
	takesFiles = lazyregexp.New(`(?:^|[\s;&|"'(@])(?:scp|rsync|sftp)\s[^;&|\n]*`)
	// leavesEnv leaves the .env out of what is taken.
	leavesEnv = lazyregexp.New(`--exclude[= ]["']?(?:\./|/)?\.env|gitignore|git-files`)
	// wholeFolder is the folder that a script is run in.
	wholeFolder = lazyregexp.New(`\s["']?(?:\.|\./|\$\{?PWD\}?/?|\$\(CURDIR\)/?|\$\(pwd\)/?)["']?(?:\s|$)`)
	// yamlWord is the name of a YAML file, or of several.
	yamlWord = lazyregexp.New(`[\w./*$(){}-]*\*?\.ya?ml\b`)
	// composeModule is that of Ansible which runs Compose on the machines that it sets up.
	composeModule = lazyregexp.New(`(?m)(?:^|[\s.])docker_compose(?:_v2)?[ \t]*:[ \t\r]*(?:$|\w+=)`)
	// playHosts names the machines of a play.
	playHosts = lazyregexp.New(`(?m)^-?[ \t]+hosts:`)
	// composeWord is the name of a Compose file, or of the template of one.
	composeWord = lazyregexp.New(`[\w./-]*compose[\w.-]*\.ya?ml(?:\.j2)?`)
	// buildCompose is the Compose file that an Earthfile runs.
	buildCompose = lazyregexp.New(`\bDOCKER\s[^\n]*--compose[= ]+["']?([^\s"']+)`)
	// fromExample makes a .env of an example: of .env.NAME, or of a file that says by its name that it is one.
	fromExample = lazyregexp.New(`(?i)\b(?:cp|copy\w*|copy-item|rename|install|ln|cat|sed|envsubst)\b[^;&|\n]*[\s"'(/\\\x60](?:\.?env[.\-_][\w$(){}-]+|(?:example|sample|default|defaults|template|dist|dev)[.\-_]env)["'\x60]?(?:[\s,>"'\\\x60*]|\b(?:to|as|into|it)\b)+` + envWord + `|\.env\{[\w.-]+,\}`)
	// envTarget is the target of a Makefile that makes a .env.
	envTarget = lazyregexp.New(`^((?:[\w./-]*/)?\.env)\s*:[^=]`)
	// writesEnv writes a .env anew.
	writesEnv = lazyregexp.New(`(?:[^>\s][ \t]*>[ \t]*|\btee\s+)["']?` + envWord)
	// checksOut brings a checkout up to date, or makes a new one.
	checksOut = lazyregexp.New(`\bgit\s+(?:-C\s+\S+\s+)?(?:pull|clone|fetch|reset)\b`)
)

// envWord is the name of a .env, with its folder, as a word.
const envWord = `((?:[\w./-]*/)?\.env)(?:$|[\s"'),;&|\x60])`

// makesEnv is the .env that a statement of a file makes of an example, or writes anew; "" for none.
func makesEnv(file, text string) (name string, kind EnvUseKind) {
	if !strings.Contains(text, ".env") {
		return "", EnvMade
	}
	text = withoutFolders(text)
	if m := fromExample.FindStringSubmatch(text); m != nil {
		return cmp.Or(m[1], ".env"), EnvMade
	}
	base := strings.ToLower(filepath.Base(file))
	if m := envTarget.FindStringSubmatch(text); m != nil && (strings.Contains(base, "makefile") || filepath.Ext(base) == ".mk") {
		return m[1], EnvMade
	}
	if m := writesEnv.FindStringSubmatch(text); m != nil {
		return m[1], EnvWritten
	}
	return "", EnvMade
}

// way follows a script to other machines.
type way struct {
	file    string
	remote  bool     // what follows is run on another machine
	fresh   bool     // what follows is run in a checkout that git has brought up to date
	ssh     int      // where the statement goes there; -1 for nowhere
	carries bool     // the script takes the .env along
	taken   []EnvUse // the Compose files that it takes along, without the .env
}

// wayOf looks where a script takes the Compose files and the .env to.
func wayOf(file, text string) *way {
	w := &way{file: file, ssh: -1}
	base := strings.ToLower(filepath.Base(file))
	w.remote = base == ".gitpod.yml" || yamlFile(base) && ofPlaybook(file, text) || filepath.Ext(base) == ".tf" || hasPrefix(base, []string{"cloud-init", "cloud-config", "user-data", "userdata", "user_data"}) || (base == "fabfile.py" || base == "capfile") && !strings.Contains(text, "local(")
	if strings.Contains(text, "docker_compose") {
		w.ansible(text)
	}
	if strings.Contains(text, "--compose") && base == "earthfile" {
		for _, m := range buildCompose.FindAllStringSubmatchIndex(text, -1) {
			w.take(1+strings.Count(text[:m[0]], "\n"), text[m[2]:m[3]])
		}
	}
	if strings.Contains(text, "scp") || strings.Contains(text, "rsync") || strings.Contains(text, "sftp") {
		w.copies(text)
	}
	return w
}

// copies finds the files that the script takes to another machine.
func (w *way) copies(text string) {
	var copies []EnvUse
	for _, s := range syntaxOf(w.file).statements(text) {
		for _, m := range takesFiles.FindAllStringIndex(s.text, -1) {
			call := s.text[m[0]:m[1]]
			names := yamlWord.FindAllString(call, -1)
			switch use := (EnvUse{Path: w.file, Line: s.lineAt(m[0]), Kind: EnvApart}); {
			case leavesEnv.MatchString(call):
				copies = append(copies, use)
			case dotEnvWord.MatchString(call), wholeFolder.MatchString(call):
				w.carries = true
			case len(names) > 0:
				use.Names = names
				copies = append(copies, use)
			}
		}
	}
	if !w.carries {
		w.taken = append(w.taken, copies...)
	}
}

// ofPlaybook reports whether a YAML file says what Ansible runs on other machines.
func ofPlaybook(file, text string) bool {
	folder := filepath.Base(filepath.Dir(file))
	return (folder == "tasks" || folder == "handlers") && strings.Contains(filepath.ToSlash(file), "/roles/") || playHosts.MatchString(text) && !strings.Contains(text, "localhost")
}

func (w *way) take(line int, names ...string) {
	w.taken = append(w.taken, EnvUse{Path: w.file, Line: line, Kind: EnvApart, Names: names})
}

// ansible finds the module that runs Compose on the machines that a playbook sets up. A template, or a project that stands in the
// playbook, is no Compose file of the repository.
func (w *way) ansible(text string) {
	m := composeModule.FindStringIndex(text)
	if m == nil {
		return
	}
	var names []string
	found := composeWord.FindAllString(text, -1)
	for _, name := range found {
		if !strings.HasSuffix(name, ".j2") {
			names = append(names, name)
		}
	}
	if len(names) == 0 && (len(found) > 0 || strings.Contains(text, "definition:")) {
		return
	}
	line := 1 + strings.Count(text[:m[1]], "\n")
	w.take(line, names...)
	w.taken[len(w.taken)-1].Folders = foldersOf(text)
}

// follow looks whether a statement goes to another machine, or to another checkout. What is left open there, a quote or a text to read,
// goes on to the end, as a checkout does up to the next target of a Makefile.
func (w *way) follow(s statement) {
	w.ssh = -1
	makefile := strings.HasPrefix(strings.ToLower(filepath.Base(w.file)), "makefile")
	if makefile && strings.TrimSpace(s.text) != "" && !strings.HasPrefix(s.text, "\t") {
		w.fresh = false
	}
	w.fresh = w.fresh || strings.Contains(s.text, "git") && checksOut.MatchString(s.text)
	if !strings.Contains(s.text, "ss") && !strings.Contains(s.text, "SSH") { // cheaper than the pattern
		return
	}
	m := onMachine.FindStringIndex(s.text)
	if m == nil {
		return
	}
	w.ssh = m[0]
	rest := s.text[m[0]:]
	open := strings.Contains(rest, "<<") || strings.Count(rest, "'")%2 == 1 || strings.Count(rest, `"`)%2 == 1
	w.remote = w.remote || open && !makefile
}

// apart reports whether what a statement runs at an offset is run where the .env may not be.
func (w *way) apart(offset int) bool {
	return !w.carries && (w.remote || w.fresh || w.ssh >= 0 && w.ssh < offset)
}
