package source

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// yamlMap finds the bytes of every node that yaml.v3 has parsed. It goes through the file once, from node to node:
// between two nodes only blanks, comments and the indicators that YAML has there may stand, and each scalar is decoded
// again and compared with the parser's value. So every byte of the file is accounted for, or its node is declined. This
// also catches text that yaml.v3 drops, as it does after NEL characters between comments.
type yamlMap struct {
	doc      *Document
	b        []byte
	lines    *yamlLines
	at       int  // every byte before it is accounted for
	lost     bool // at is not known, as the node before could not be mapped
	anchored map[*yaml.Node]*Node
	buf      []byte // a scalar decoded
	folded   []byte // line ends in it

	// The last blanks that were looked at without being passed: nested empty nodes look at the same ones again and again.
	peekedFrom, peekedTo int

	nodes    []Node  // room for all nodes
	children []*Node // room for all Children
}

// mapYAML gives the root node of each document, all nodes in file order, and the comments and declined pieces of d.
func mapYAML(d *Document, docs []*yaml.Node) (roots []*Node, nodes []Node) {
	m := &yamlMap{doc: d, b: d.Bytes, lines: newYAMLLines(d.Bytes, d.lines), anchored: map[*yaml.Node]*Node{}}
	m.at, m.peekedFrom = m.lines.starts[0], -1
	if d.Comments == nil {
		d.Comments = make([]Comment, 0, bytes.Count(d.Bytes, []byte("#")))
	}
	count := 0
	for _, y := range docs {
		count += countNodes(y)
	}
	m.nodes = make([]Node, 0, count)
	m.children = make([]*Node, 0, count)
	for _, y := range docs {
		for _, root := range y.Content {
			roots = append(roots, m.root(root))
		}
	}
	if !m.documentGap(len(m.b)) && !m.lost && len(roots) > 0 {
		m.decline(roots[len(roots)-1], "text follows that the parser does not read")
	}
	return roots, m.nodes
}

func countNodes(y *yaml.Node) int {
	n := 1
	for _, c := range y.Content {
		n += countNodes(c)
	}
	return n
}

func (m *yamlMap) root(y *yaml.Node) *Node {
	n := m.newNode(y)
	start, ok := m.lines.offset(y.Line, y.Column)
	if !ok || !m.documentGap(start) && !m.lost {
		m.decline(n, "text before it that the parser does not read")
	}
	if ok {
		m.at, m.lost = start, false
	}
	if isEmpty(y) && y.Anchor == "" && y.Style&yaml.TaggedStyle == 0 {
		n.Span, n.Content, n.line = Span{m.at, m.at}, Span{m.at, m.at}, m.doc.lineAt(m.at)
		return n
	}
	m.locate(n, -1)
	return n
}

func (m *yamlMap) newNode(y *yaml.Node) *Node {
	m.nodes = append(m.nodes, Node{YAML: y, Indent: -1, lead: -1, line: y.Line})
	n := &m.nodes[len(m.nodes)-1]
	if y.Anchor != "" {
		m.anchored[y] = n
	}
	return n
}

// child maps the i-th child of parent. indent is the column of the block collection around it, lead the indicators that
// may stand before it, each at most once and in that order.
func (m *yamlMap) child(parent *Node, i, indent int, lead string) {
	n := m.newNode(parent.YAML.Content[i])
	n.Parent, n.index, n.InFlow = parent, i, parent.InFlow || parent.IsFlow()
	parent.Children = append(parent.Children, n)
	switch {
	case parent.YAML.Kind != yaml.MappingNode:
	case i%2 == 1:
		n.Key = parent.Children[i-1]
	case isMerge(n):
		parent.linked().merges = true
	}
	y := n.YAML
	start, ok := m.lines.offset(y.Line, y.Column)
	if isEmpty(y) && y.Anchor == "" && y.Style&yaml.TaggedStyle == 0 && !m.lost {
		m.empty(n, start, lead)
		return
	}
	switch {
	case !ok || start < m.at:
		n.Span, n.Content = Span{m.at, m.at}, Span{m.at, m.at}
		m.decline(n, "the parser's place for it cannot be right")
		m.lost = true
		return
	case m.lost:
		m.at, m.lost = start, false
	default:
		if n.lead, ok = m.gap(start, lead); !ok {
			m.decline(n, "text before it that the parser does not read")
			m.at, m.lost = start, false
		}
	}
	m.locate(n, indent)
}

// locate maps n, which starts at m.at.
func (m *yamlMap) locate(n *Node, indent int) {
	n.Span.Start = m.at
	if !m.lines.simple {
		n.line = m.doc.lineAt(m.at)
	}
	var reason string
	switch {
	case n.YAML.Kind == yaml.AliasNode:
		reason = m.alias(n)
	case n.YAML.Kind == yaml.ScalarNode:
		reason = m.scalar(n, indent)
	case n.IsFlow():
		reason = m.flow(n, indent)
	default:
		reason = m.block(n)
	}
	if reason != "" && len(n.Children) == 0 {
		m.at = n.Content.Start // how far it goes is not known
	}
	n.Content.End, n.Span.End = m.at, m.at
	if reason != "" {
		m.decline(n, reason)
		m.lost = true
	}
}

// decline marks n as not mapped, and all around it as not to be changed as a whole.
func (m *yamlMap) decline(n *Node, reason string) {
	if n.Declined == "" {
		m.doc.Declined = append(m.doc.Declined, Declined{n.Span, reason})
	}
	n.Declined = reason
	if n.Parent == nil || n.Parent.Declined != "" {
		return
	}
	around := fmt.Sprintf("the bytes of %s are not known: %s", n.Path(), reason)
	for p := n.Parent; p != nil && p.Declined == ""; p = p.Parent {
		p.Declined = around
	}
}

// empty places a node that has no text. The parser puts it right after its indicator; where that is missing, as for the
// value of `? key` or in `{key}`, it puts it on whatever comes next, which is of no use. A tag ! without a name leaves no
// trace in the node.
func (m *yamlMap) empty(n *Node, start int, lead string) {
	n.lead = m.indicators(lead)
	n.Span, n.Content = Span{m.at, m.at}, Span{m.at, m.at}
	n.line = m.doc.lineAt(m.at)
	ownTag := start < len(m.b) && m.b[start] == '!' && (n.InFlow || n.IsKey())
	if ownTag || n.lead >= 0 && !n.InFlow && start != m.at {
		m.decline(n, "a lone ! stands in place of a value")
	}
}

func (m *yamlMap) alias(n *Node) string {
	n.Content.Start = m.at
	if !bytes.HasPrefix(m.b[m.at:], []byte("*"+n.YAML.Value)) {
		return "is not the alias the parser sees"
	}
	m.at += 1 + len(n.YAML.Value)
	if target := m.anchored[n.YAML.Alias]; target != nil {
		n.linked().alias = target
		target.linked().uses = append(target.linked().uses, n)
	}
	return ""
}

// block maps a block mapping or sequence.
func (m *yamlMap) block(n *Node) string {
	y := n.YAML
	if len(y.Content) == 0 {
		n.Content.Start = m.at
		return "is a block collection with nothing in it"
	}
	first := y.Content[0]
	key, ok := m.lines.offset(first.Line, first.Column)
	if !ok {
		n.Content.Start = m.at
		return "its first entry has no place"
	}
	bare := m.at == key || m.b[m.at] != '&' && m.b[m.at] != '!'
	if !bare && !m.properties(y, key) {
		n.Content.Start = m.at
		return "its anchor or tag is not what the parser sees"
	}
	n.Content.Start = m.at
	switch {
	case bare:
		n.Indent = y.Column - 1
	case m.at == key && y.Kind == yaml.MappingNode:
		n.Indent = first.Column - 1
	default: // a dash, or the ? of an explicit key, behind an anchor or tag: it is the first on its line
		n.Indent = m.at - lineStart(m.b, m.at)
	}
	m.entries(n, n.Indent, "-", "?")
	return ""
}

// flow maps [ ] and { }, and the pair in [a: b], which has no braces of its own.
func (m *yamlMap) flow(n *Node, indent int) string {
	y := n.YAML
	pair := y.Kind == yaml.MappingNode && len(y.Content) > 0 &&
		(m.b[m.at] == '?' || y.Content[0].Line == y.Line && y.Content[0].Column == y.Column)
	if !pair && !m.properties(y, len(m.b)) {
		n.Content.Start = m.at
		return "its anchor or tag is not what the parser sees"
	}
	n.Content.Start = m.at
	if pair {
		m.entries(n, indent, ",", ",?")
		return ""
	}
	open, closing := byte('['), byte(']')
	if y.Kind == yaml.MappingNode {
		open, closing = '{', '}'
	}
	if m.at >= len(m.b) || m.b[m.at] != open {
		return fmt.Sprintf("does not start with %c", open)
	}
	m.at++
	m.entries(n, indent, ",", ",?")
	m.indicators("?:,")
	m.blanks(len(m.b))
	if m.lost || m.at >= len(m.b) || m.b[m.at] != closing {
		return fmt.Sprintf("does not end with %c where the parser ends it", closing)
	}
	m.at++
	return ""
}

// entries maps the children of n; item and key are the indicators that may stand before an item or a key.
func (m *yamlMap) entries(n *Node, indent int, item, key string) {
	count := len(n.YAML.Content)
	from := len(m.children)
	m.children = m.children[:from+count]
	n.Children = m.children[from : from : from+count]
	for i := range count {
		switch {
		case n.YAML.Kind == yaml.SequenceNode:
			m.child(n, i, indent, item)
		case i%2 == 0:
			m.child(n, i, indent, key)
		default:
			m.child(n, i, indent, ":")
		}
	}
}
