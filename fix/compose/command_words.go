package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// commandWords are the words of a command: the items of a list, or those of a text, which Compose splits as a shell does. A command that
// is null or nil has none.
func commandWords(n *source.Node) []string {
	switch {
	case n.IsNull():
		return nil
	case !n.IsSequence():
		return shellSplit(n.Text())
	}
	words := make([]string, len(n.Children))
	for i, item := range n.Children {
		words[i] = item.Resolve().Text()
	}
	return words
}

// shellSplit cuts a text into words at blanks outside of quotes. Quotes and backslashes go, variables stay.
func shellSplit(text string) []string {
	if !strings.ContainsAny(text, "\\'\"") {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	}
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

// scriptAt is where among the words of a command the script of a shell is, -1 where there is none: -c of another program is an option
// of its own.
func scriptAt(words []string) int {
	for i := 1; i+1 < len(words); i++ {
		if isScriptFlag(words[i]) && takesScript(words[:i]) {
			return i + 1
		}
	}
	return -1
}

// isScriptFlag reports whether the next word is a script: -c, -ec, -euxc.
func isScriptFlag(word string) bool {
	return strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c") && len(word) <= 5
}

// takesScript reports whether words end with a shell and its options, or start su, which has the name of the user between.
func takesScript(words []string) bool {
	for i, w := range slices.Backward(words) {
		named := i > 0 && strings.HasPrefix(words[i-1], "-") && strings.HasSuffix(words[i-1], "o") // -o pipefail
		if !strings.HasPrefix(w, "-") && !named {
			return isShell(w) || slices.Contains(words, "su") || slices.Contains(words, "runuser")
		}
	}
	return false
}

// isShell reports whether a program is a shell.
func isShell(program string) bool {
	return slices.Contains([]string{"sh", "bash", "ash", "dash", "zsh"}, path.Base(program))
}

// lastOf are the words of the last command of a script.
func lastOf(script string) []string {
	last, rest, more := cutCommand(script)
	for more {
		var command string
		if command, rest, more = cutCommand(rest); !closesBlock(command) {
			last = command
		}
	}
	return shellSplit(last)
}

// cutCommand gives the first command of a script and what stands behind the &&, ||, |, ; or line end that ends it; more is false where
// none does.
func cutCommand(script string) (command, rest string, more bool) {
	for i := range len(script) {
		switch c := script[i]; {
		case (c == '&' || c == '|') && strings.HasPrefix(script[i+1:], string(c)):
			return script[:i], script[i+2:], true
		case c == '|', c == ';', c == '\n':
			return script[:i], script[i+1:], true
		}
	}
	return script, "", false
}

// closesBlock reports whether a command is none, or only ends a block.
func closesBlock(command string) bool {
	command = strings.TrimSpace(command)
	return slices.Contains([]string{"", "fi", "done", "esac", "}", ")", `"`, "'"}, command) || strings.HasPrefix(command, "#")
}
