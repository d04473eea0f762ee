package source

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"gopkg.in/yaml.v3"
)

// Node is one YAML node with its place in the file. Keys and values of a mapping stand in turn in Children, as in
// yaml.Node.Content.
type Node struct {
	YAML     *yaml.Node
	Span     Span    // properties (&anchor, !tag) included; comments and blank lines after the node are not
	Content  Span    // properties left out; empty, right after the : or -, where there is no value
	Parent   *Node   // nil for the root of a document
	Key      *Node   // of a value in a mapping: its key
	Children []*Node //
	Indent   int     // of a block collection: the column of its keys or dashes, 0-based, in runes; else -1
	Declined string  // why its bytes, or those of a node in it, are not known; empty when they are
	InFlow   bool    // the node stands inside [ ] or { }

	exact bool   // of a scalar: its value stands in the file byte for byte
	lead  int    // offset of the - ? or : that introduces the node, -1 where there is none
	index int    // place in Parent.Children
	line  int    // 1-based line of Span.Start
	links *links // of a node with an anchor, an alias or a merge key
}

// links are what ties a node to others than those around it. Few nodes have any, and a file has thousands.
type links struct {
	alias  *Node   // of an alias: the node it stands for
	uses   []*Node // of a node with an anchor: the aliases that stand for it
	merges bool    // a mapping with merge keys
	merged atomic.Pointer[[]mergeSource]
}

// linked is where the links of n are recorded.
func (n *Node) linked() *links {
	if n.links == nil {
		n.links = &links{}
	}
	return n.links
}

// alias is the node that the alias n stands for; nil for any other node.
func (n *Node) alias() *Node {
	if n.links == nil {
		return nil
	}
	return n.links.alias
}

// uses are the aliases that stand for n.
func (n *Node) uses() []*Node {
	if n.links == nil {
		return nil
	}
	return n.links.uses
}

// merges reports whether n is a mapping with merge keys.
func (n *Node) merges() bool { return n.links != nil && n.links.merges }

// ScalarStyle is the way a scalar is written.
type ScalarStyle int

// The styles of scalars.
const (
	PlainStyle ScalarStyle = iota
	SingleQuotedStyle
	DoubleQuotedStyle
	LiteralStyle // |
	FoldedStyle  // >
)

// Scalar is the text of a scalar node.
type Scalar struct {
	Span              // the text without its quotes where Exact, else all of the node's Content
	Value string      // as the parser reads it
	Style ScalarStyle //
	Tag   string      // as the parser resolves it: !!str, !!int, !!null, ...
	Exact bool        // the bytes of Span are Value, byte for byte
}

// Scalar is the text of n; false where n is not a scalar.
func (n *Node) Scalar() (Scalar, bool) {
	if n == nil || n.YAML.Kind != yaml.ScalarNode {
		return Scalar{}, false
	}
	s := Scalar{Span: n.Content, Value: n.YAML.Value, Style: styleOf(n.YAML), Tag: n.YAML.ShortTag(), Exact: n.exact}
	if s.Exact && (s.Style == SingleQuotedStyle || s.Style == DoubleQuotedStyle) {
		s.Start++
		s.End--
	}
	return s, true
}

// Text is the value of a scalar, empty for any other node.
func (n *Node) Text() string {
	if n == nil || n.YAML.Kind != yaml.ScalarNode {
		return ""
	}
	return n.YAML.Value
}

// IsMapping reports whether n is a mapping, in block or in flow style.
func (n *Node) IsMapping() bool { return n != nil && n.YAML.Kind == yaml.MappingNode }

// IsSequence reports whether n is a sequence, in block or in flow style.
func (n *Node) IsSequence() bool { return n != nil && n.YAML.Kind == yaml.SequenceNode }

// IsFlow reports whether n is written with [ ] or { }.
func (n *Node) IsFlow() bool { return n != nil && n.YAML.Style&yaml.FlowStyle != 0 }

// IsEmpty reports whether nothing stands where the value of n should be: `key:`, `-` or `key: &anchor`.
func (n *Node) IsEmpty() bool { return n != nil && isEmpty(n.YAML) }

// IsNull reports whether n is null, be it empty, ~ or null.
func (n *Node) IsNull() bool {
	return n != nil && n.YAML.Kind == yaml.ScalarNode && n.YAML.ShortTag() == "!!null"
}

// IsKey reports whether n is a key of a mapping.
func (n *Node) IsKey() bool { return n.Parent.IsMapping() && n.index%2 == 0 }

// Line is the 1-based line on which n starts.
func (n *Node) Line() int { return n.line }

// Get is the entry of a mapping as it is written in it: an alias is given as such, and merge keys (<<) are not followed.
// Both are nil where n is not a mapping or has no such key.
func (n *Node) Get(name string) (key, value *Node) {
	if !n.IsMapping() {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Children); i += 2 {
		if k := n.Children[i]; k.Text() == name && k.YAML.Kind == yaml.ScalarNode {
			return k, n.Children[i+1]
		}
	}
	return nil, nil
}

// Value is the value of a key of a mapping.
func (n *Node) Value() *Node {
	if !n.IsKey() {
		return nil
	}
	return n.Parent.Children[n.index+1]
}

// Path is the way from the root to n: services.web.ports[0]. A key and its value have the same path; that of a root is
// empty.
func (n *Node) Path() string {
	var steps []string
	for ; n != nil && n.Parent != nil; n = n.Parent {
		steps = append(steps, n.step())
	}
	var path strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		path.WriteString(steps[i])
	}
	return strings.TrimPrefix(path.String(), ".")
}

func (n *Node) step() string {
	if !n.Parent.IsMapping() {
		return indexStep(n.index)
	}
	key := n
	if n.Key != nil {
		key = n.Key
	}
	switch name := key.YAML.Value; {
	case key.YAML.Kind == yaml.AliasNode:
		return "[*" + name + "]"
	case key.YAML.Kind != yaml.ScalarNode, name == "", strings.ContainsAny(name, ".[]\"' \t\r\n"):
		return fmt.Sprintf("[%q]", name)
	default:
		return "." + name
	}
}

func indexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

func isEmpty(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Value == "" && styleOf(y) == PlainStyle
}

func styleOf(y *yaml.Node) ScalarStyle {
	switch {
	case y.Style&yaml.SingleQuotedStyle != 0:
		return SingleQuotedStyle
	case y.Style&yaml.DoubleQuotedStyle != 0:
		return DoubleQuotedStyle
	case y.Style&yaml.LiteralStyle != 0:
		return LiteralStyle
	case y.Style&yaml.FoldedStyle != 0:
		return FoldedStyle
	}
	return PlainStyle
}
