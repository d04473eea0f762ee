package project

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// ContainerUse is a command that a script runs in a container, with the account of its image.
type ContainerUse struct {
	Words []string // behind exec or run: options, the service, container or image, and the command
	Place string   // "Makefile:3 runs docker compose exec"
	Dir   string   // of the script, absolute
	// Compose tells that it names a service; else a container or an image.
	Compose bool
	// Run tells that it starts a container; else the command runs in one that is there.
	Run bool
	// Develops tells of the commands of a devcontainer.json: Words are the Dockerfile and the service that it names, "" for none.
	Develops bool
}

// usesContainer finds calls that run a command in a container.
var usesContainer = lazyregexp.New(`\b(docker[ -]compose|docker|podman)((?:\s+-[^\s;|&]+(?:[ =][^\s;|&-][^\s;|&]*)?)*)\s+(?:container\s+)?(exec|run|create|service\s+create)\s`)

// uses are the commands that a statement runs in containers.
func (s statement) uses(name, dir string) (list []ContainerUse) {
	for _, m := range usesContainer.FindAllStringSubmatchIndex(s.text, -1) {
		rest := s.text[m[1]:]
		if i := strings.IndexAny(rest, ";|&\x60"); i >= 0 {
			rest = rest[:i]
		}
		words := strings.Fields(strings.ReplaceAll(rest, "\n", " "))
		for i := range words {
			words[i] = strings.Clone(words[i])
		}
		program := s.text[m[2]:m[3]]
		list = append(list, ContainerUse{
			Words: words, Dir: dir, Compose: strings.HasSuffix(program, "compose"), Run: s.text[m[6]:m[7]] != "exec",
			Place: fmt.Sprintf("%s:%d runs %s %s", name, s.lineAt(m[0]), program, s.text[m[6]:m[7]]),
		})
	}
	return list
}

var (
	createCommand = lazyregexp.New(`"(postCreateCommand|onCreateCommand|updateContentCommand|postStartCommand|postAttachCommand)"\s*:`)
	devDockerfile = lazyregexp.New(`"docker[fF]ile"\s*:\s*"([^"]*)"`)
	devService    = lazyregexp.New(`"service"\s*:\s*"([^"]*)"`)
)

// devcontainerUses are the commands of a devcontainer.json.
func devcontainerUses(name, dir, text string) (list []ContainerUse) {
	if !strings.HasSuffix(name, "devcontainer.json") {
		return nil
	}
	if m := createCommand.FindStringSubmatch(text); m != nil {
		words := []string{"", ""}
		for i, pattern := range []*lazyregexp.Regexp{devDockerfile, devService} {
			if m := pattern.FindStringSubmatch(text); m != nil {
				words[i] = strings.Clone(m[1])
			}
		}
		list = append(list, ContainerUse{Words: words, Dir: dir, Place: name + " has " + m[1], Develops: true})
	}
	return list
}
