package project

import (
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// endsWithOne matches a command with an option by which Compose stops all containers as soon as one ends. The options are those of
// Compose alone, so that it may be called through a variable: $(COMPOSE) up --exit-code-from tests.
var endsWithOne = lazyregexp.New(`[^;&|]*--(abort-on-container-exit|abort-on-container-failure|exit-code-from)\b[^;&|]*`)

// endLines finds the calls of Compose that end with a container, in order.
func endLines(file, text string) (found []Evidence) {
	if !strings.Contains(text, "--abort-on-container-") && !strings.Contains(text, "--exit-code-from") {
		return nil
	}
	for _, s := range syntaxOf(file).statements(text) {
		for _, m := range endsWithOne.FindAllStringSubmatchIndex(s.text, -1) {
			found = append(found, Evidence{Path: file, Line: s.lineAt(m[2]), Ends: "--" + s.text[m[2]:m[3]], Command: s.text[m[0]:m[1]]})
		}
	}
	return found
}
