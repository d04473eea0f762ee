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

// Sniff tells from the text alone what a file holds, for a file named on the command line (or read from standard input)
// whose name says nothing: a Dockerfile has a FROM as its first instruction, or the first after ARG; a Compose file is
// a YAML mapping with a mapping "services", or text that is not YAML but has "services:" at the start of a line, so
// that a Compose file with an error gets its error told. A Kubernetes manifest has apiVersion and kind at the start of lines,
// and a workflow of GitHub Actions has on and jobs.
func Sniff(b []byte) (source.Kind, bool) {
	switch {
	case beginsWithFrom(b):
		return source.DockerfileKind, true
	case hasServices(b):
		return source.ComposeKind, true
	case apiVersionLine.Match(b) && kindLine.Match(b):
		return source.KubernetesKind, true
	case onLine.Match(b) && jobsLine.Match(b):
		return source.ActionsKind, true
	}
	return 0, false
}

// beginsWithFrom is strict about the FROM: "from x import y" is Python.
func beginsWithFrom(b []byte) bool {
	parsed, err := parser.Parse(bytes.NewReader(b))
	if err != nil {
		return firstFrom.Match(b)
	}
	for _, n := range parsed.AST.Children {
		switch strings.ToLower(n.Value) {
		case "arg":
		case "from":
			return firstFrom.MatchString(n.Original)
		default:
			return false
		}
	}
	return false
}

// firstFrom is a whole FROM after nothing but comments and ARGs, as far as a pattern can tell where the parser gave up.
var firstFrom = lazyregexp.New(`(?i)\A\x{FEFF}?(?:[ \t]*(?:#.*|arg[ \t].*)?\r?\n)*` +
	`[ \t]*from(?:[ \t]+--platform=\S+)?[ \t]+[^\s-]\S*(?:[ \t]+as[ \t]+\S+)?[ \t]*\r?(?:\n|\z)`)

func hasServices(b []byte) bool {
	doc, err := readYAML(b)
	if err != nil {
		return servicesLine.Match(b)
	}
	services := mapValue(root(doc), "services")
	return services != nil && services.Kind == yaml.MappingNode
}

// readYAML is yaml.Unmarshal that gives a panic of the parser back as an error.
func readYAML(b []byte) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML parser cannot read it: %v", r)
		}
	}()
	doc = &yaml.Node{}
	return doc, yaml.Unmarshal(b, doc)
}

var (
	apiVersionLine = lazyregexp.New(`(?m)^["']?apiVersion["']?[ \t]*:`)
	kindLine       = lazyregexp.New(`(?m)^["']?kind["']?[ \t]*:`)
	onLine         = lazyregexp.New(`(?m)^["']?on["']?[ \t]*:`)
	jobsLine       = lazyregexp.New(`(?m)^jobs[ \t]*:`)
)

var servicesLine = lazyregexp.New(`(?m)^services[ \t]*:[ \t]*\r?$`)

// root is the top node of a document, nil for an empty one.
func root(doc *yaml.Node) *yaml.Node {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// mapValue is the value of a key of a mapping, nil where n is no mapping or has no such key.
func mapValue(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
