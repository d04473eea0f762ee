package source

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxExpansion is how many nodes the aliases of a file may add to those that are written in it.
const maxExpansion = 1_000_000

// composeKeys are the top-level keys that make a file a Compose file even without services: a part of a project that is
// merged with others. (The Compose specification also has name and version, but so have many other files.)
var composeKeys = []string{"services", "networks", "volumes", "configs", "secrets", "include", "models"}

// yamlRefusal is why a stream of documents cannot be edited whatever it means.
func yamlRefusal(docs []*Node) string {
	switch {
	case len(docs) == 0 || len(docs) == 1 && docs[0].IsNull():
		return "the file is empty"
	case len(docs) > 1:
		return fmt.Sprintf("the file holds %d YAML documents, which Compose merges into one", len(docs))
	case !docs[0].IsMapping():
		return "the top level of the file is not a mapping"
	case docs[0].IsFlow():
		return "the file is JSON, or YAML written like it"
	}
	return ""
}

// ambiguity is why it is not certain what the documents say: a key that is there twice, or a template.
func ambiguity(nodes []Node) string {
	for i := range nodes {
		n := &nodes[i]
		if first, second := duplicateKey(n); second != nil {
			return fmt.Sprintf("the key %q is defined twice, on lines %d and %d", second.Resolve().Text(), first.Line(), second.Line())
		}
		if n.IsMapping() && n.IsFlow() && n.IsKey() {
			return fmt.Sprintf("line %d looks like a template: { } stands where a key should", n.Line())
		}
	}
	return ""
}

// duplicateKey finds two keys of a mapping that are the same. yaml.v3 lets them pass when it builds nodes; Compose does
// not, be it << or any other key.
func duplicateKey(n *Node) (first, second *Node) {
	if !n.IsMapping() || len(n.Children) < 4 {
		return nil, nil
	}
	if len(n.Children)/2 <= fewEntries { // looking through them is quicker
		for i := 2; i < len(n.Children); i += 2 {
			for j := 0; j < i; j += 2 {
				if isSameKey(n.Children[j], n.Children[i]) {
					return n.Children[j], n.Children[i]
				}
			}
		}
		return nil, nil
	}
	seen := make(map[string]*Node, len(n.Children)/2)
	for i := 0; i < len(n.Children); i += 2 {
		key := n.Children[i].Resolve()
		if key == nil || key.YAML.Kind != yaml.ScalarNode {
			continue
		}
		if first := seen[key.YAML.Value]; first != nil {
			return first, n.Children[i]
		}
		seen[key.YAML.Value] = n.Children[i]
	}
	return nil, nil
}

func isSameKey(a, b *Node) bool {
	if a.YAML.Kind == yaml.ScalarNode && b.YAML.Kind == yaml.ScalarNode {
		return a.YAML.Value == b.YAML.Value
	}
	a, b = a.Resolve(), b.Resolve()
	return a != nil && b != nil && a.YAML.Value == b.YAML.Value && a.YAML.Kind == yaml.ScalarNode && b.YAML.Kind == yaml.ScalarNode
}

// aliasesExplode reports whether the aliases in one of the documents stand for so much that following them takes too long.
func aliasesExplode(docs []*Node, nodes []Node) bool {
	for i := range nodes {
		if nodes[i].alias() != nil {
			return slices.ContainsFunc(docs, func(root *Node) bool { return expansion(root)-len(nodes) > maxExpansion })
		}
	}
	return false
}

// composeRefusal is why a file with a mapping at its top level cannot be edited as a Compose file.
func composeRefusal(root *Node) string {
	if f, ok := root.Lookup("services"); ok {
		if !f.Node.IsMapping() {
			return "services is not a mapping"
		}
		return ""
	}
	known := false
	for _, f := range root.Entries() {
		name := f.Key.Text()
		switch {
		case slices.Contains(composeKeys, name), strings.HasPrefix(name, "x-"):
			known = true
		case readsLikeService(f.Node):
			return fmt.Sprintf("Compose v1 file: the service %q on line %d stands at the top level, not under services",
				name, f.Key.Line())
		}
	}
	if !known {
		return "not a Compose file: there is no services at its top level"
	}
	return ""
}

func readsLikeService(n *Node) bool {
	_, image := n.Lookup("image")
	_, build := n.Lookup("build")
	return image || build
}
