package source

import "strings"

// interpolated is what Compose makes of a text.
type interpolated struct {
	out    traced
	known  bool // every variable has a value or a default
	broken bool // Compose refuses the text
}

// interpolate puts values and defaults in the place of the variables of a text, as Compose does. A variable that has neither
// is the empty text.
func interpolate(t traced, values map[string]traced, depth int) interpolated {
	if !strings.Contains(t.text, "$") {
		return interpolated{out: t, known: true}
	}
	refs, ok := References(t.text)
	if !ok || depth > maxReferenceDepth {
		return interpolated{out: unplaced(""), broken: true}
	}
	var out tracing
	x := interpolated{known: true}
	at := 0
	for _, r := range refs {
		out.addLiteral(t.slice(at, r.Start))
		value := variable(t, r, values, depth)
		out.fill(r.Name, value.out, !value.known)
		x.known, x.broken = x.known && value.known, x.broken || value.broken
		at = r.End
	}
	out.addLiteral(t.slice(at, len(t.text)))
	x.out = out.traced()
	return x
}

// addLiteral adds text between variables, where $$ stands for one $.
func (b *tracing) addLiteral(t traced) {
	for {
		i := strings.Index(t.text, "$$")
		if i < 0 {
			b.add(t)
			return
		}
		b.add(t.slice(0, i+1))
		t = t.slice(i+2, len(t.text))
	}
}

// variable is what one reference in t stands for.
func variable(t traced, r Reference, values map[string]traced, depth int) interpolated {
	value, set := values[r.Name]
	colon := strings.HasPrefix(r.Operator, ":")
	argument := func() interpolated {
		end := r.End - 1 // the brace
		return interpolate(t.slice(end-len(r.Argument), end), values, depth+1)
	}
	if set && colon && value.text == "" {
		set = false
	}
	switch strings.TrimPrefix(r.Operator, ":") {
	case "-":
		if !set {
			return argument()
		}
	case "+":
		if set {
			return argument()
		}
		return interpolated{known: true}
	}
	return interpolated{out: value, known: set || r.Operator == "" && inValues(values, r.Name)}
}

func inValues(values map[string]traced, name string) bool {
	_, ok := values[name]
	return ok
}

// tracedNode is the text of a scalar, with the places of its bytes where it stands byte for byte, or line for line in a block
// scalar.
func (d *Document) tracedNode(n *Node) traced {
	s, ok := n.Scalar()
	switch {
	case !ok || n.Declined != "":
		return unplaced(s.Value)
	case s.Exact:
		return exactly(s.Value, s.Start)
	case s.Style == LiteralStyle, s.Style == FoldedStyle && !strings.Contains(strings.TrimRight(s.Value, "\n"), "\n"):
		return d.tracedBlock(n.Content, s.Value)
	}
	return unplaced(s.Value)
}

// tracedBlock is the value of a block scalar in which every line is one line of the file.
func (d *Document) tracedBlock(content Span, value string) traced {
	t := unplaced(value)
	at := nextLine(d.Bytes, content.Start)
	for i := 0; i < len(value); at = nextLine(d.Bytes, at) {
		line, _, _ := strings.Cut(value[i:], "\n")
		end := lineEnd(d.Bytes, at)
		start := end - len(line)
		if start < at || d.Text(Span{start, end}) != line || !isBlankLine(d.Bytes[at:start]) {
			return unplaced(value)
		}
		for k := range len(line) {
			t.at[i+k] = start + k
		}
		if i += len(line); i < len(value) {
			t.at[i] = end
			i++
		}
	}
	return t
}

// tracedVariable is the value of an entry of environment or args.
func (d *Document) tracedVariable(v EnvironmentVariable) traced {
	if v.Exact && v.Node.Declined == "" {
		return exactly(v.Value, v.Span.Start)
	}
	return unplaced(v.Value)
}
