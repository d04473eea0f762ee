package source

import (
	"cmp"
	"slices"
	"strings"
)

// inlineFile is a Dockerfile in a Compose file, every line of which is a line of the file.
type inlineFile struct {
	Span                // of its lines
	instructions []Span // their whole lines
}

// InlineScope is what a comment in an inline Dockerfile speaks of: the whole lines of the instruction that follows, or that it
// stands in. It is false for any other comment, and where no instruction follows.
func (d *Document) InlineScope(c Comment) (Span, bool) {
	f := d.inlineAt(c)
	if f == nil {
		return Span{}, false
	}
	for _, lines := range f.instructions {
		if lines.End > c.Start {
			return lines, true
		}
	}
	return Span{}, false
}

// InlineFile is all of the inline Dockerfile that a comment stands in, in whole lines; false for any other comment.
func (d *Document) InlineFile(c Comment) (Span, bool) {
	f := d.inlineAt(c)
	if f == nil {
		return Span{}, false
	}
	return f.Span, true
}

func (d *Document) inlineAt(c Comment) *inlineFile {
	if d.Compose == nil || !c.Inline {
		return nil
	}
	i := slices.IndexFunc(d.Compose.inline, func(f inlineFile) bool { return f.Contains(c.Span) })
	if i < 0 {
		return nil
	}
	return &d.Compose.inline[i]
}

// findInlineComments records the comments of the inline Dockerfiles that services build.
func (d *Document) findInlineComments() {
	seen := map[*Node]bool{}
	for _, s := range d.Compose.Services {
		b := s.Build()
		if b == nil || !strings.Contains(b.Inline, "#") {
			continue
		}
		f, _ := b.Node.Lookup("dockerfile_inline")
		if !seen[f.Node] {
			seen[f.Node] = true
			d.addInline(f.Node)
		}
	}
	if len(d.Compose.inline) > 0 {
		slices.SortStableFunc(d.Comments, func(a, b Comment) int { return cmp.Compare(a.Start, b.Start) })
	}
}

// addInline records the comments of one inline Dockerfile that is a literal text. Variables stay as they are written: Compose
// replaces them in comments too, but moves no line.
func (d *Document) addInline(n *Node) {
	s, ok := n.Scalar()
	if !ok || s.Style != LiteralStyle {
		return
	}
	text := d.tracedNode(n)
	inner, err := Parse(d.Name, DockerfileKind, []byte(text.text))
	if err != nil || len(inner.Comments) == 0 || slices.Contains(text.at, nowhere) {
		return
	}
	f := inlineFile{Span: d.linesOf(text, Span{0, len(text.text)})}
	for _, in := range inner.Dockerfile.Instructions {
		f.instructions = append(f.instructions, d.linesOf(text, in.Lines))
	}
	for _, c := range inner.Comments {
		c.Span, c.Inline = Span{text.at[c.Start], text.at[c.End-1] + 1}, true
		d.Comments = append(d.Comments, c)
	}
	d.Compose.inline = append(d.Compose.inline, f)
}

// linesOf are the whole lines of the file in which a part of a text stands.
func (d *Document) linesOf(t traced, part Span) Span {
	return Span{lineStart(d.Bytes, t.at[part.Start]), nextLine(d.Bytes, t.at[part.End-1])}
}
