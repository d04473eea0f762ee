package dockerfile

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// program is what a command comes to, with wrappers, scripts and package managers followed.
type program struct {
	words    []string // from the program on; nil where it is not known
	name     string   // of the program, without its folder and version
	runtime  string   // python, node, ruby, php, java, dotnet, deno, bun; "" for another
	server   bool     // it is known to listen on a TCP port
	fallback string   // the port that it listens on where nothing says another
	slow     bool     // it needs long to start
	file     string   // the source file that it begins with, as the command names it; "" where it is not known
	worker   bool     // it is known to be no server
	dev      bool     // it compiles or edits files while it runs
	why      string   // why it is not known
	evidence []string // files of the context that say so

	interpreter string // the python of python -m

	scripts []scriptFile // shell scripts that run before or around it
	also    [][]string   // commands that run before it
}

// scriptFile is a shell script of the build context.
type scriptFile struct {
	path, text string
}

// maxFollow bounds how many scripts lead to one another.
const maxFollow = 6

// read follows words to the program that they start.
func (l *launch) read(words []string, depth int) program {
	words = unwrap(words)
	if len(words) == 0 {
		return program{why: "the command is empty"}
	}
	if depth > maxFollow {
		return program{why: "its scripts call one another too often"}
	}
	name := path.Base(words[0])
	switch {
	case slices.Contains(shells, name) && len(words) > 2 && strings.HasPrefix(words[1], "-") && strings.HasSuffix(words[1], "c"):
		return l.readShell(words[2], words[3:], depth)
	case slices.Contains(shells, name) && len(words) > 1 && !strings.HasPrefix(words[1], "-"):
		return l.readScript(words[1], words[2:], depth)
	case slices.Contains(packageRunners, name):
		return l.readPackage(name, words[1:], depth)
	case strings.HasSuffix(name, ".sh") || strings.Contains(name, "entrypoint"):
		return l.readScript(words[0], words[1:], depth)
	case l.isScript(words[0]) || l.startsWith(words[0]) && l.isOwnScript(words[0]):
		return l.readScript(words[0], words[1:], depth)
	}
	p := recognise(words)
	if p.runtime == "" && !p.server && !p.worker && l.startsWith(words[0]) && l.base.Root == nil {
		l.unread = true // it may be a script, whose name does not tell
		return program{name: p.name, why: l.notRead(words[0])}
	}
	return p
}

var shells = []string{"sh", "bash", "ash", "dash", "zsh"}

var packageRunners = []string{"npm", "yarn", "pnpm", "bun"}

// isScript reports whether the context has a shell script where the image has the program.
func (l *launch) isScript(name string) bool {
	_, text, ok := l.text(name)
	first, _, _ := strings.Cut(text, "\n")
	return ok && strings.HasPrefix(first, "#!") && strings.HasSuffix(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(first), " -e")), "sh")
}

// launchers are programs that run another one, with those of their options that take a value.
var launchers = map[string][]string{
	"exec": {"-a"}, "tini": {"-p", "-e"}, "dumb-init": {"-r", "--rewrite"}, "env": {"-u"}, "dotenv": {"-e", "-f"}, "npx": {"-p", "--package"}, "nohup": nil, "time": nil,
	"opentelemetry-instrument": nil, "ddtrace-run": nil, "catchsegv": nil, "docker-php-entrypoint": nil,
}

// moduleMark stands before the interpreter in the second word of what python -m runs. No word has a NUL byte.
const moduleMark = "\x00"

// pairs are launchers of two words.
var pairs = []string{"poetry run", "pipenv run", "uv run", "bundle exec", "newrelic-admin run-program", "pdm run", "rye run", "hatch run", "yarn exec", "pnpm exec", "npm exec", "doppler run", "conda run"}

// unwrap leaves out what only prepares for a program: exec, tini --, poetry run, NAME=value.
func unwrap(words []string) []string {
	for len(words) > 0 {
		name := path.Base(words[0])
		values, wraps := launchers[strings.TrimSuffix(name, "-static")]
		switch {
		case wraps:
			words = skipOptions(words[1:], values)
		case len(words) > 2 && slices.Contains(pairs, name+" "+words[1]):
			words = skipOptions(words[2:], []string{"--with", "--extra", "--group", "--project", "-n"})
		case strings.HasPrefix(name, "python") && len(words) > 2 && words[1] == "-m" && !strings.HasPrefix(words[2], "-"):
			return append([]string{words[2], moduleMark + words[0]}, words[3:]...)
		case strings.Contains(words[0], "=") && !strings.HasPrefix(words[0], "-") && !strings.Contains(words[0], "/"):
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

func skipOptions(words, values []string) []string {
	for len(words) > 0 {
		switch {
		case words[0] == "--":
			return words[1:]
		case slices.Contains(values, words[0]) && len(words) > 1:
			words = words[2:]
		case strings.HasPrefix(words[0], "-"):
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

// readShell follows the last command of a shell program; args are what "$@" stands for.
func (l *launch) readShell(text string, args []string, depth int) program {
	last, before, why := lastCall(text)
	l.goTo(before)
	if why != "" {
		return program{why: why, also: before}
	}
	if len(last) > 0 && path.Base(last[0]) == "exec" {
		last = last[1:]
	}
	if len(last) > 0 && (last[len(last)-1] == "$@" || last[len(last)-1] == "${@}") {
		last = append(last[:len(last)-1:len(last)-1], args...)
	}
	p := l.read(last, depth+1)
	p.also = append(before, p.also...)
	return p
}

// readScript follows a script of the context.
func (l *launch) readScript(name string, args []string, depth int) program {
	at, text, ok := l.text(name)
	if l.startsWith(name) {
		at, text, ok = l.ownScript(name)
		if !ok {
			return program{name: path.Base(name), why: l.notRead(name)}
		}
	}
	if !ok {
		return program{name: path.Base(name), why: "the script " + path.Base(name) + l.absent(name)}
	}
	p := l.readShell(text, args, depth)
	p.scripts = append(p.scripts, scriptFile{at, text})
	p.evidence = append(p.evidence, at)
	return p
}

// absent is why text does not find a file: a container may get it from a mount, or from a step that cannot be read.
func (l *launch) absent(name string) string {
	for _, in := range l.all() {
		if last := len(in.Args) - 1; in.Name == "COPY" && len(in.Heredocs) > 0 && last > 0 && path.Base(in.Args[last].Text) == path.Base(name) {
			line, _ := l.doc.Position(in.Start)
			return fmt.Sprintf(" is made by the COPY on line %d, whose text is not read", line)
		}
	}
	if slices.ContainsFunc(l.ctx.Entries, func(e fix.ContextEntry) bool { return path.Base(e.Path) == path.Base(name) }) {
		return " is in the build context, but no step is known to copy it to where it runs"
	}
	return " is not in the build context"
}

// readPackage follows a script of package.json.
func (l *launch) readPackage(manager string, words []string, depth int) program {
	dir := ""
	for len(words) > 1 && strings.HasPrefix(words[0], "-") {
		if words[0] == "--prefix" || words[0] == "--cwd" || words[0] == "-C" || words[0] == "--dir" {
			dir, words = words[1], words[1:]
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return program{why: "nothing tells which script " + manager + " runs"}
	}
	name, said := words[0], manager+" "+words[0]
	rest := words[1:]
	if (name == "run" || name == "run-script") && len(rest) > 0 {
		name, rest = rest[0], rest[1:]
		said += " " + name
	}
	if manager == "bun" && strings.Contains(name, ".") {
		return recognise(append([]string{"bun", name}, rest...))
	}
	at, text, ok := l.text(path.Join(dir, "package.json"))
	if !ok {
		return program{name: manager, runtime: "node", why: "package.json, which tells what " + said + " runs," + l.absent("package.json")}
	}
	var manifest struct{ Scripts map[string]string }
	if json.Unmarshal([]byte(text), &manifest) != nil || manifest.Scripts[name] == "" {
		return program{name: manager, runtime: "node", why: at + " has no script " + name}
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	p := l.readShell(strings.Join(append([]string{manifest.Scripts[name]}, rest...), " "), nil, depth+1)
	p.evidence = append(p.evidence, at)
	return p
}

// lastCall is the command that a shell program ends with, and those before it; why says why there is none.
func lastCall(text string) (last []string, before [][]string, why string) {
	file, err := source.ParseShell(text)
	if err != nil {
		return nil, nil, "its shell program does not parse"
	}
	calls := callsIn(file, text)
	if len(file.Stmts) == 0 || len(calls) == 0 {
		return nil, nil, "its shell program has no command"
	}
	stmt := file.Stmts[len(file.Stmts)-1]
	for _, s := range file.Stmts {
		if s.Background {
			return nil, calls, "it starts several programs"
		}
	}
	for {
		binary, ok := stmt.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		if binary.Op != syntax.AndStmt {
			return nil, calls, "it starts several programs"
		}
		stmt = binary.Y
	}
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return nil, calls, "it ends in no plain command"
	}
	return callWords(textOf(text), call), calls[:len(calls)-1], ""
}
