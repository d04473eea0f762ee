package compose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// launched is what a service runs in the place of the command of its image, or behind it.
type launched struct {
	words  []string // of entrypoint and command, as written: variables are in them
	given  bool     // the service says what runs, or what its entrypoint is called with
	entry  bool     // it has an entrypoint of its own
	script string   // a script that is not read, or of which the last command is not known; "" for none
}

// launchedBy reads entrypoint and command of a service. The script of a shell counts as the last command in it, which is the server
// where there is one.
func launchedBy(s *source.Service) launched {
	var l launched
	if f, ok := s.Field("entrypoint"); ok && !f.Node.IsNull() {
		l.entry, l.given = true, true
		l.words = commandWords(f.Node)
		if len(l.words) == 1 && strings.HasSuffix(l.words[0], "docker-entrypoint.sh") {
			l.entry, l.words = false, nil
		}
	}
	if f, ok := s.Field("command"); ok && !f.Node.IsNull() {
		l.given = true
		l.words = append(l.words, commandWords(f.Node)...)
	}
	l.enterShell()
	if len(l.words) > 0 && l.words[0] == "exec" {
		l.words = l.words[1:]
	}
	return l
}

// commandWords are the words of a command: the items of a list, or those of a text, which Compose splits as a shell does.
func commandWords(n *source.Node) []string {
	if !n.IsSequence() {
		return shellSplit(n.Text())
	}
	var words []string
	for _, item := range n.Children {
		words = append(words, item.Resolve().Text())
	}
	return words
}

// shellSplit cuts a text into words at blanks outside of quotes. Quotes and backslashes go, variables stay.
func shellSplit(text string) []string {
	var words []string
	var word strings.Builder
	quote, begun := byte(0), false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			begun = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// separators stand between the commands of a script, unread in scripts of which it is not known what runs last.
var (
	separators = regexp.MustCompile(`\s*(?:&&|;|\n)\s*`)
	unread     = regexp.MustCompile("`|\\$\\$?\\(|\\|\\||[|<>]|(?:^|[^&])&(?:[^&]|$)|(?:^|[;&\\n]\\s*)(?:if|for|while|until|case|\\{|\\()\\s?")
)

// enterShell replaces sh -c SCRIPT by the words of the last command of the script.
func (l *launched) enterShell() {
	w := l.words
	if len(w) < 2 || !slices.Contains([]string{"sh", "bash", "ash", "dash"}, path.Base(w[0])) {
		return
	}
	flags := strings.TrimLeft(w[1], "-")
	if len(w) < 3 || !strings.HasPrefix(w[1], "-") || !strings.HasSuffix(flags, "c") {
		l.script = strings.Join(w, " ")
		return
	}
	if unread.MatchString(w[2]) {
		l.script = w[2]
		return
	}
	commands := separators.Split(strings.Trim(strings.TrimSpace(w[2]), ";"), -1)
	l.words = shellSplit(commands[len(commands)-1])
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
