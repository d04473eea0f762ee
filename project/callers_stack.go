package project

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

var (
	// dockerWord is docker or a variable in its place, up to the next word or element of a list: docker.exe, "docker",
	// $DOCKER, ${DOCKER:-docker}, $(DOCKER), $env:DOCKER, %DOCKER%, {{ docker }}.
	dockerWord = lazyregexp.New(`(?:\bdocker(?i:\.exe)?|\$\{?(?:env:)?\w+(?::?[-=][\w/.-]+)?\}?|\$\(\w+\)|%\w+%|\{\{ *[\w.]+ *\}\})["')]*[\s,(]`)
	// stackModule is that of Ansible, which runs docker stack deploy.
	stackModule = lazyregexp.New(`^\s*(?:-\s+)?(?:\w+\.)*docker_stack\s*:`)
	// argument is a word of a shell or an element of a list.
	argument = lazyregexp.New(`"[^"]*"|'[^']*'|[^\s,;|&"'=]+(?:=(?:"[^"]*"|'[^']*'|[^\s,;|&"']*))?|=`)
)

// valued are the options before "deploy" whose value is a word of its own. Of others one word behind them may be.
var valued = set("-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey",
	"--orchestrator", "--kubeconfig")

// stackDeploys gives the offsets of docker stack deploy on a file that may be a Compose file of this directory.
func (s statement) stackDeploys() (all []int) {
	if !strings.Contains(s.text, "stack") || s.isProse() {
		return nil
	}
	if m := stackModule.FindStringIndex(s.text); m != nil {
		all = append(all, m[0])
	}
	for _, m := range dockerWord.FindAllStringIndex(s.text, -1) {
		// A script inside a string of JSON has its quotes escaped.
		rest := strings.ReplaceAll(s.text[m[1]:min(len(s.text), m[1]+maxCommand)], `\"`, `"`)
		a := arguments{rest: rest}
		if a.find("stack") && a.find("deploy", "up") && a.mayNameCompose() {
			all = append(all, m[0])
		}
	}
	return all
}

// Bounds of what is read of one command.
const (
	maxCommand = 2000 // bytes
	maxWords   = 60
)

// arguments reads the words of a command up to its end.
type arguments struct {
	rest   string
	words  int  // read so far
	listed bool // a comma stood before the word
	torn   bool // half a pair of quotes stood before it: "docker stack deploy -c " + name
	quoted bool
}

func (a *arguments) next() (string, bool) {
	m := argument.FindStringIndex(a.rest)
	if a.words++; m == nil || a.words > maxWords {
		return "", false
	}
	gap, word := a.rest[:m[0]], a.rest[m[0]:m[1]]
	if strings.ContainsAny(gap, ";|&") {
		return "", false
	}
	a.rest = a.rest[m[1]:]
	a.listed, a.torn = strings.Contains(gap, ","), strings.ContainsAny(gap, `"'`)
	if a.quoted = strings.ContainsAny(word[:1], `"'`); a.quoted {
		return word[1 : len(word)-1], true
	}
	return strings.TrimRight(strings.TrimLeft(word, "(["), ")]}`"), true
}

// find passes options by, and tells whether one of names is the next word.
func (a *arguments) find(names ...string) bool {
	free := false // the word can be the value of an option
	for {
		word, ok := a.next()
		switch {
		case !ok:
			return false
		case slices.Contains(names, word):
			return true
		case valued[word]:
			a.next()
		case strings.HasPrefix(word, "-"):
			free = !strings.Contains(word, "=")
		case free:
			free = false
		case !isVariable(word):
			return false
		}
	}
}

// mayNameCompose tells whether docker stack deploy can be given a Compose file that is found by its name. Without
// --compose-file nothing is known.
func (a *arguments) mayNameCompose() bool {
	named := false
	for {
		word, ok := a.next()
		if !ok {
			return !named
		}
		name, joined := composeOption(word)
		switch {
		case joined:
		case word == "-c" || word == "--compose-file":
			if name, ok = a.next(); !ok || a.torn || a.listed && !a.quoted {
				return true // a variable of the program
			}
		default:
			continue
		}
		named = true
		base := baseName(strings.ReplaceAll(name, `\`, "/"))
		if isVariable(name) || strings.Contains(base, "compose") || name == "-" || path.Dir(name) == "/dev" {
			return true
		}
	}
}

// composeOption is the file named in one word with the option.
func composeOption(word string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(word, "--compose-file="); ok {
		return strings.Trim(name, `"'`), true
	}
	name, ok = strings.CutPrefix(word, "-c")
	return strings.Trim(name, `="'`), ok && name != ""
}

// isVariable tells whether a word is only known when it is run: a variable, a template, a pattern or a substitution.
func isVariable(word string) bool {
	return strings.ContainsAny(word, "$%{}<(*?+`")
}
