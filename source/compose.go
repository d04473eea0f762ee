package source

import "cmp"

// Compose is the structure of a Compose file.
type Compose struct {
	Documents []*Node // the root nodes of the YAML documents
	Root      *Node   // the mapping of the only document; nil in any other file
	// Refusal says why nothing in this file may be edited: it is a Compose v1 file, holds several documents, defines a key
	// twice, is JSON, ... Empty where it may.
	Refusal string
	// Services are those of every document, in file order. There are none in a file whose aliases stand for more text than
	// anyone could have written.
	Services []*Service
	Step     int // columns by which a nested mapping is indented; 2 where the file does not show it
	DashStep int // columns by which the items of a list are indented below its key: 0 where they stand below the key itself

	// imageRefusal is why the images of the file must not be edited. That a file holds several documents or is JSON is no
	// reason: another reference in the place of one changes nothing around it.
	imageRefusal string

	nodes  []Node       // all nodes of all documents, in file order
	inline []inlineFile // those of its inline Dockerfiles that have comments, in file order
}

func (d *Document) parseCompose() error {
	if carriageReturnsOnly(d.Bytes) {
		d.lines = carriageReturnLineStarts(d.Bytes) // else all of it would be line 1, which no editor shows
	}
	docs, err := parseYAML(d.Bytes)
	if err != nil {
		return yamlError(d, err)
	}
	c := &Compose{}
	c.Documents, c.nodes = mapYAML(d, docs)
	d.Compose = c
	if len(c.Documents) == 1 && c.Documents[0].IsMapping() {
		c.Root = c.Documents[0]
	}
	c.Step, c.DashStep = indentSteps(c.nodes)
	if aliasesExplode(c.Documents, c.nodes) {
		c.Refusal = "the aliases of the file stand for too much text, or for themselves"
		c.imageRefusal = c.Refusal
		return nil
	}
	for _, root := range c.Documents {
		c.Services = append(c.Services, services(root)...)
	}
	c.imageRefusal = ambiguity(c.nodes)
	if c.Refusal = cmp.Or(yamlRefusal(c.Documents), c.imageRefusal); c.Refusal == "" {
		c.Refusal = composeRefusal(c.Root)
	}
	d.findInlineComments()
	return nil
}

// walk calls visit for n and all nodes in it, in file order, until visit returns false.
func walk(n *Node, visit func(*Node) bool) bool {
	if !visit(n) {
		return false
	}
	for _, c := range n.Children {
		if !walk(c, visit) {
			return false
		}
	}
	return true
}

// indentSteps are the usual indentations of mappings in mappings and of lists in mappings, of equally usual ones the
// smaller.
func indentSteps(nodes []Node) (step, dash int) {
	var steps, dashes [16]int
	for i := range nodes {
		n := &nodes[i]
		if n.Key == nil || n.Indent < 0 || n.Parent.Indent < 0 {
			continue
		}
		delta := n.Indent - n.Parent.Indent
		switch {
		case delta < 0 || delta >= len(steps):
		case n.IsMapping() && delta > 0:
			steps[delta]++
		case n.IsSequence():
			dashes[delta]++
		}
	}
	step, dash = mostUsual(steps[:]), mostUsual(dashes[:])
	if step == 0 {
		step = max(dash, 0)
	}
	if step == 0 {
		step = 2
	}
	if dashes[dash] == 0 {
		dash = step
	}
	return step, dash
}

func mostUsual(counts []int) int {
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return best
}
