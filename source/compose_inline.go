package source

import (
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
	i.Services = []string{s.Name}
	i.Paths, i.prefix = []string{"services." + s.Name + ".build.additional_contexts." + v.Name}, imageContext
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
	i.Services = []string{s.Name}
	i.Paths, i.exact = c.paths.of(n), !strings.Contains(n.Text(), "$")
	i.prefix, i.suffix, i.cut = x.out.text[:i.Start], x.out.text[i.End:], true
	at, ok := x.out.span(i.Start, i.End)
	if shown, found := x.out.span(i.At.Start, i.At.End); found {
		i.At = shown
	} else {
		i.At = n.Content
	}
	if ok {
		i.Span = at
		if len(n.Uses) > 0 && i.Held == "" {
			i.Held = sharedElsewhere(n, "dockerfile_inline", c.paths)
		}
		return i
	}
	i.Span, i.Before = i.At, ""
	if i.Held == "" {
		i.Held = "it does not stand byte for byte in dockerfile_inline: write that as a literal text, with |"
	}
	if _, fed := givenIndex(i.Span); fed {
		i.Span, i.At = n.Content, n.Content
	}
	return i
}

// paths finds the ways through a Compose file, aliases and merge keys followed, that lead to a node.
type paths struct {
	doc *Document
	all map[*Node][]string // of scalars; nil until it is needed
}

func (d *Document) newPaths() *paths { return &paths{doc: d} }

// of lists the paths to a node as prove.Change has them.
func (p *paths) of(n *Node) []string {
	if n.Shared() == nil {
		return []string{plainPath(n)}
	}
	if p.all == nil {
		p.all = map[*Node][]string{}
		for _, root := range p.doc.Compose.Documents {
			p.add(root, "")
		}
	}
	return p.all[n]
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

// plainPath is the path of a node that no alias leads to.
func plainPath(n *Node) string {
	var path string
	for ; n != nil && n.Parent != nil; n = n.Parent {
		step := indexStep(n.index)
		if n.Key != nil {
			step = "." + n.Key.Resolve().Text()
		}
		path = step + path
	}
	return strings.TrimPrefix(path, ".")
}
