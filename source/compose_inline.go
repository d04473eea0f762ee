package source

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// imageContext is how a build context begins that is an image.
const imageContext = "docker-image://"

// buildImages are the images of a build section: those of its inline Dockerfile and of its additional contexts.
func (c *composeReader) buildImages(s *Service) []Image {
	b := s.Build()
	if b == nil || !b.Node.IsMapping() {
		return nil
	}
	var images []Image
	for _, v := range b.Contexts {
		if i, ok := c.contextImage(s, v); ok {
			images = append(images, i)
		}
	}
	if f, ok := b.Node.Lookup("dockerfile_inline"); ok {
		images = append(images, c.inlineImages(s, b, f.Node)...)
	}
	return images
}

// contextImage is the image that an additional context is.
func (c *composeReader) contextImage(s *Service, v EnvironmentVariable) (Image, bool) {
	x := interpolate(c.doc.tracedVariable(v), c.values, 0)
	ref, ok := strings.CutPrefix(x.out.text, imageContext)
	if !ok || strings.EqualFold(ref, "scratch") {
		return Image{}, false
	}
	whole := len(x.out.text)
	x.out = x.out.slice(whole-len(ref), whole)
	i := c.image(v.Node, x, WhereContext)
	i.written(strings.TrimPrefix(v.Value, imageContext))
	i.Services, i.nodes = []string{s.Name}, []*Node{v.Node}
	i.Paths, i.prefix = c.paths.ofVariable(s, "additional_contexts", v), imageContext
	i.exact = i.exact && (v.Key != nil || v.Node.Shared() == nil)
	if i.Held == "" {
		i.Held = sharedElsewhere(v.Node, "", c.paths)
	}
	return i, true
}

// inlineImages are the images of the Dockerfile in a Compose file, at their places in it. Compose replaces variables in the
// text before BuildKit sees it.
func (c *composeReader) inlineImages(s *Service, b *Build, n *Node) []Image {
	x := interpolate(c.doc.tracedNode(n), c.values, 0)
	inner, err := Parse(c.doc.Name, DockerfileKind, []byte(x.out.text))
	if err != nil || x.broken {
		return nil
	}
	var contexts []string
	for _, v := range b.Contexts {
		contexts = append(contexts, v.Name)
	}
	var images []Image
	for _, i := range inner.Images() {
		if i.Ref == "" || !IsContext(i.Ref, contexts) {
			images = append(images, c.inlineImage(s, n, x, i))
		}
	}
	return images
}

// inlineImage moves an image from the text of dockerfile_inline to the Compose file.
func (c *composeReader) inlineImage(s *Service, n *Node, x interpolated, i Image) Image {
	i.Services, i.nodes = []string{s.Name}, []*Node{n}
	i.Paths, i.exact = c.paths.of(n), !strings.Contains(n.Text(), "$")
	i.prefix, i.suffix, i.cut = x.out.text[:i.Start], x.out.text[i.End:], true
	text, shown := x.out.slice(i.Start, i.End), n.Content
	if at, ok := x.out.span(i.At.Start, i.At.End); ok {
		shown = at
	}
	at, before, ok := text.place()
	if i.Before != "" {
		at, ok = text.span(0, len(text.text))
		before = ""
	}
	_, fed := givenIndex(at)
	switch {
	case x.out.unsetIn(i.Start, i.End):
		i.Text = cmp.Or(textBefore(n.Text(), c.values, i.Start, i.End), i.Ref)
		i.Ref, i.Held = "", "it depends on a variable that only the caller knows"
	case i.Held == "" && !ok:
		i.Held = "it does not stand byte for byte in dockerfile_inline: write that as a literal text, with |"
	case i.Held == "":
		i.Held = sharedElsewhere(n, "dockerfile_inline", c.paths)
	}
	if i.Held != "" {
		i.Span, i.At, i.Before = shown, shown, ""
		return i
	}
	i.Span, i.Before, i.At = at, i.Before+before, shown
	if !fed && shown == n.Content {
		i.At = at
	}
	return i
}

// textBefore is what stood, before Compose replaced variables, where its text has the bytes from index from to index to.
func textBefore(text string, values map[string]traced, from, to int) string {
	at := interpolate(exactly(text, 0), values, 0).out.at
	start, end := 0, len(text)
	if from > 0 {
		start = at[from-1] + 1
	}
	if to < len(at) {
		end = at[to]
	}
	if start < 0 || start > end {
		return ""
	}
	return text[start:end]
}

// unsetIn reports whether the text from index from to index to holds, or ends at, a variable without a value.
func (t traced) unsetIn(from, to int) bool {
	return slices.ContainsFunc(t.put, func(f filled) bool { return f.unset && f.to >= from && f.from <= to })
}

// paths finds the ways through a Compose file, aliases and merge keys followed, that lead to a node.
type paths struct {
	roots []*Node            // of the documents
	all   map[*Node][]string // of scalars; nil until it is needed
	apart bool               // each document has paths of its own: [1].spec
}

func (d *Document) newPaths() *paths { return &paths{roots: d.Compose.Documents} }

// of lists the paths to a node as prove.Change has them.
func (p *paths) of(n *Node) []string {
	if n.Shared() == nil {
		return []string{p.plain(n)}
	}
	if p.all == nil {
		p.all = map[*Node][]string{}
		for i, root := range p.roots {
			p.add(root, p.top(i))
		}
	}
	return p.all[n]
}

// ofVariable lists the paths to an entry of a mapping in a build section. Compose makes a mapping of a list, too.
func (p *paths) ofVariable(s *Service, section string, v EnvironmentVariable) []string {
	if v.Key != nil {
		return p.of(v.Node)
	}
	path := "services." + s.Name + ".build." + section + "." + v.Name
	if v.Node.Shared() != nil {
		return append([]string{path}, p.of(v.Node)...)
	}
	return []string{path}
}

// add notes all paths to the scalars below n.
func (p *paths) add(n *Node, path string) {
	switch {
	case n == nil:
	case n.IsMapping():
		for _, f := range n.Entries() {
			name := f.Key.Resolve().Text()
			if path != "" {
				name = path + "." + name
			}
			p.add(f.Node, name)
		}
	case n.IsSequence():
		for i, item := range n.Children {
			p.add(item.Resolve(), path+indexStep(i))
		}
	case n.YAML.Kind == yaml.ScalarNode:
		p.all[n] = append(p.all[n], path)
	}
}

// top is the path of the ith document.
func (p *paths) top(i int) string {
	if p.apart && len(p.roots) > 1 {
		return indexStep(i)
	}
	return ""
}

// plain is the path of a node that no alias leads to.
func (p *paths) plain(n *Node) string {
	var path string
	for ; n.Parent != nil; n = n.Parent {
		if n.Key != nil {
			path = "." + n.Key.Resolve().Text() + path
		} else {
			path = indexStep(n.index) + path
		}
	}
	return strings.TrimPrefix(p.top(slices.Index(p.roots, n))+path, ".")
}
