package project

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"gopkg.in/yaml.v3"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Template tells whether a text is the template of a Dockerfile or a Compose file, and which line says so. A marker
// of a template language counts only where the finished file could not have it: {{.State}} in a RUN, a health check,
// a label or a Compose command is text for docker inspect, Traefik or Swarm. __NAME__ counts only as a whole
// instruction or in a FROM. A Kubernetes manifest with {{ is a template of Helm's; in the other kinds of files it is text.
func Template(b []byte, kind source.Kind) (reason string, ok bool) {
	if !mayHoldMarker(b) || !anyMarker.Match(b) {
		return "", false
	}
	var line int
	switch kind {
	case source.DockerfileKind:
		line = dockerfileTemplateLine(b)
	case source.ComposeKind:
		line = composeTemplateLine(b)
	case source.KubernetesKind:
		line = helmLine(b)
	}
	if line == 0 {
		return "", false
	}
	return fmt.Sprintf("a template, by line %d", line), true
}

// mayHoldMarker is quicker than the pattern by far, and most files hold nothing like it.
func mayHoldMarker(b []byte) bool {
	for _, sign := range []string{"{{", "{%", "{#", "<%", "%%", "@", "__"} {
		if bytes.Contains(b, []byte(sign)) {
			return true
		}
	}
	return false
}

const (
	bracket     = `\{\{|\{%|<%`                                             // Go, Jinja, Handlebars; Jinja, Liquid; ERB, EJS
	placeholder = `%%[A-Za-z_]\w*%%|@@?[A-Z][A-Z0-9_]*@@?`                  // balena; configure, CMake
	wholeName   = `__[A-Z][A-Z0-9_]*__`                                     // sed scripts
	control     = `\{%|<%|\{\{-?\s*(?:if|else|end|range|for|with|define)\b` // marks that stand on a line of their own
)

var (
	anyMarker     = lazyregexp.New(bracket + `|` + placeholder + `|` + wholeName + `|\{#`)
	literalMarker = lazyregexp.New(bracket + `|` + placeholder)
	fromMarker    = lazyregexp.New(bracket + `|` + placeholder + `|` + wholeName)
	startMarker   = lazyregexp.New(`^\s*(?:` + bracket + `|\{#|` + placeholder + `|` + wholeName + `\s*$)`)
	controlMarker = lazyregexp.New(`^\s*(?:` + control + `)`)
	// hiddenControl is a branch or a loop in a comment, which a linter then does not see.
	hiddenControl = lazyregexp.New(`^\s*#+\s*(?:\{\{-?|\{%-?|<%-?)\s*(?:if|unless|else|elif|elsif|end\w*|range|for|with)\b`)
	// yamlMarker is a marker at the start of a line, of a list item or of a value, unquoted.
	yamlMarker = lazyregexp.New(`^\s*(?:- +)*(?:[\w.-]+: +)?(?:` + bracket + `|` + placeholder + `)`)
)

// literal are the instructions whose words are names and paths, where no builder and no shell reads a marker.
var literal = set("from", "copy", "add", "workdir", "user", "expose", "volume", "stopsignal", "maintainer")

// helmLine is the 1-based line of the first {{ outside of a comment, 0 for none.
func helmLine(b []byte) int {
	return firstLine(strings.Split(string(b), "\n"), func(l string) bool {
		text, _, _ := strings.Cut(l, "#")
		return strings.Contains(text, "{{")
	})
}

// dockerfileTemplateLine is the 1-based line of the first marker that breaks a Dockerfile, 0 for none.
func dockerfileTemplateLine(b []byte) int {
	lines := strings.Split(string(b), "\n")
	parsed, err := parser.Parse(bytes.NewReader(b))
	if err != nil {
		return firstLine(lines, func(l string) bool {
			return startMarker.MatchString(l) || fromLine.MatchString(l) && fromMarker.MatchString(l)
		})
	}
	for i, l := range lines {
		if hiddenControl.MatchString(l) {
			return i + 1
		}
	}
	for _, n := range parsed.AST.Children {
		if templateInstruction(n) {
			return n.StartLine
		}
		if i := firstLine(lines[n.StartLine-1:codeEnd(n)], controlMarker.MatchString); i > 0 {
			return n.StartLine - 1 + i
		}
	}
	return 0
}

var fromLine = lazyregexp.New(`(?i)^\s*from\s`)

func templateInstruction(n *parser.Node) bool {
	keyword := strings.ToLower(n.Value)
	switch {
	case startMarker.MatchString(n.Original):
		return true
	case keyword == "from":
		return fromMarker.MatchString(n.Original)
	}
	return literal[keyword] && literalMarker.MatchString(n.Original)
}

// codeEnd is the last line of an instruction before its heredocs: what these hold is the text of another file.
func codeEnd(n *parser.Node) int {
	end := n.EndLine
	for _, h := range n.Heredocs {
		end -= strings.Count(h.Content, "\n") + 1
	}
	return end
}

// firstLine is the 1-based number of the first line that is not a comment and is found by match, 0 for none.
func firstLine(lines []string, match func(string) bool) int {
	for i, l := range lines {
		if !strings.HasPrefix(strings.TrimSpace(l), "#") && match(l) {
			return i + 1
		}
	}
	return 0
}

// composeTemplateLine is the 1-based line of the first marker that breaks a Compose file, 0 for none. YAML reads
// "image: {{ x }}" as a mapping with a mapping for a key, which no Compose file has.
func composeTemplateLine(b []byte) int {
	doc, err := readYAML(b)
	if err != nil {
		return firstLine(strings.Split(string(b), "\n"), yamlMarker.MatchString)
	}
	if n := mappingAsKey(doc); n != nil {
		return n.Line
	}
	for _, n := range composeNames(root(doc)) {
		if n.Kind == yaml.ScalarNode && fromMarker.MatchString(n.Value) {
			return n.Line
		}
	}
	return 0
}

// mappingAsKey finds the first mapping that is the key of another.
func mappingAsKey(n *yaml.Node) *yaml.Node {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.MappingNode {
			return c
		}
		if found := mappingAsKey(c); found != nil {
			return found
		}
	}
	return nil
}

// composeNames are the nodes that hold a name or a path and never a text for somebody else: top-level keys, names of
// services, images and what is built. Host names and variables may hold Swarm's own {{.Node.Hostname}}.
func composeNames(top *yaml.Node) []*yaml.Node {
	names := keys(top)
	services := mapValue(top, "services")
	names = append(names, keys(services)...)
	for _, service := range values(services) {
		build := mapValue(service, "build")
		for _, n := range []*yaml.Node{mapValue(service, "image"), build, mapValue(build, "context"), mapValue(build, "dockerfile")} {
			if n != nil {
				names = append(names, n)
			}
		}
	}
	return names
}

func keys(n *yaml.Node) []*yaml.Node   { return everySecond(n, 0) }
func values(n *yaml.Node) []*yaml.Node { return everySecond(n, 1) }

func everySecond(n *yaml.Node, from int) (nodes []*yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := from; i < len(n.Content); i += 2 {
		nodes = append(nodes, n.Content[i])
	}
	return nodes
}
