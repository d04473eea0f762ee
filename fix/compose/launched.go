package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// launched is what a service runs in the place of the command of its image, or behind it.
type launched struct {
	words  []string // of entrypoint and command, as written: variables are in them
	given  bool     // the service says what runs, or what its entrypoint is called with
	entry  bool     // it has an entrypoint of its own
	script string   // a script that is not read, or of which the last command is not known; "" for none
}

// launchedBy reads entrypoint and command, nil where a service has none. The script of a shell counts as the last command in it, which is
// the server where there is one. It is for what must be certain: a script that may end in another way than it reads is not read. For what
// takes no harm from a guess there is lastCommand.
func launchedBy(entrypoint, command *source.Node) launched {
	var l launched
	if isGiven(entrypoint) {
		l.entry, l.given = true, true
		l.words = commandWords(entrypoint)
		if len(l.words) == 1 && strings.HasSuffix(l.words[0], "docker-entrypoint.sh") {
			l.entry, l.words = false, nil
		}
	}
	if isGiven(command) {
		l.given = true
		l.words = append(l.words, commandWords(command)...)
	}
	l.enterShell()
	if len(l.words) > 0 && l.words[0] == "exec" {
		l.words = l.words[1:]
	}
	return l
}

func isGiven(n *source.Node) bool { return n != nil && !n.IsNull() }

// unread is found in scripts of which it is not known what runs last.
var unread = lazyregexp.New("`|\\$\\$?\\(|\\|\\||[|<>]|(?:^|[^&])&(?:[^&]|$)|(?:^|[;&\\n]\\s*)(?:if|for|while|until|case|\\{|\\()\\s?")

// enterShell replaces sh -c SCRIPT by the words of the last command of the script.
func (l *launched) enterShell() {
	w := l.words
	if len(w) < 2 || !isShell(w[0]) {
		return
	}
	if scriptAt(w) != 2 {
		l.script = strings.Join(w, " ")
		return
	}
	if unread.MatchString(w[2]) {
		l.script = w[2]
		return
	}
	l.words = lastOf(w[2])
	l.entry = true // the script names the program, whatever the entrypoint does
}

// program is the name of what runs, "" where nothing is given, or only options or a configuration file, which the entrypoints of images put
// their server before.
func (l launched) program() string {
	if len(l.words) == 0 || !l.entry && (strings.HasPrefix(l.words[0], "-") || strings.HasSuffix(l.words[0], ".conf")) {
		return ""
	}
	return path.Base(l.words[0])
}

// tells reports whether the command only prints something or tests its configuration, and ends.
func (l launched) tells() bool {
	return slices.ContainsFunc(l.words, func(w string) bool { return w == "--version" || w == "--help" || w == "--describe-config" }) ||
		l.program() == "nginx" && slices.ContainsFunc(l.words, func(w string) bool { return slices.Contains([]string{"-t", "-T", "-v", "-V", "-h", "-s"}, w) })
}

// option finds a word such as --port, and its value: behind a =, the next word, or for one letter right behind it. Options are
// alike whether - or _ is between their words.
func (l launched) option(name string) (value string, ok bool) {
	if strings.HasSuffix(name, "=") {
		for _, w := range l.words {
			if value, ok := strings.CutPrefix(w, name); ok {
				return value, true
			}
		}
		return "", false
	}
	for i, w := range l.words {
		rest, found := strings.CutPrefix(w, name)
		if long := len(name); strings.HasPrefix(name, "--") && len(w) >= long && strings.EqualFold(w[:long], name) { // a Redis takes --REQUIREPASS too
			rest, found = w[long:], true
		}
		switch {
		case !found:
		case rest == "":
			if i+1 < len(l.words) && !strings.HasPrefix(l.words[i+1], "-") {
				return l.words[i+1], true
			}
			return "", true
		case rest[0] == '=':
			return rest[1:], true
		case len(name) == 2 && rest[0] >= '0' && rest[0] <= '9':
			return rest, true
		}
	}
	return "", false
}
