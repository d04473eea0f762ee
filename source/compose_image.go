package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// composeImages lists the images that services pull, that the inline Dockerfiles of services name, and that are build
// contexts. Each text is listed once, where it stands, however many services get it through aliases and merge keys. Left out
// are the images that a service of the file builds.
func (d *Document) composeImages() []Image {
	return d.imagesWith(nil)
}

// VariableImages is what the images of a Compose file are with the given values of variables, those of a .env file. Feeds
// are the values that hold the tag of an image, or all of its reference: what the file itself has for them in defaults is
// then not what runs, and is in images no more.
func (d *Document) VariableImages(values map[string]string) (images []Image, fed []Feed) {
	if d.Compose == nil {
		return nil, nil
	}
	names, traces := givenValues(values)
	all := d.imagesWith(traces)
	images = slices.DeleteFunc(slices.Clone(all), func(i Image) bool { _, ok := givenIndex(i.Span); return ok })
	fed = feeds(all, names)
	for n := range fed {
		if f := &fed[n]; f.Held == "" {
			f.Held = d.otherUse(*f)
		}
	}
	return images, fed
}

// otherUse says where a variable is read that must not get a digest.
func (d *Document) otherUse(f Feed) string {
	var held string
	for _, root := range d.Compose.Documents {
		walk(root, func(n *Node) bool {
			s, ok := n.Scalar()
			if ok && strings.Contains(s.Value, "$") && otherwiseRead(s.Value, f, slices.Contains(f.nodes, n)) {
				held = fmt.Sprintf("%s is also part of %s: give the image a variable of its own", f.Name, n.Path())
			}
			return held == ""
		})
	}
	for _, s := range d.Compose.Services {
		if _, ok := s.Field("env_file"); ok && held == "" {
			held = fmt.Sprintf("the service %s has an env_file, which may hand %s to a container", s.Name, f.Name)
		}
	}
	return held
}

// ArgImages lists the build arguments of services that hold the tag of an image, or all of its reference. feedsOf gives for
// a service and the arguments it is built with, variables filled in, what Document.ArgFeeds says of its Dockerfile.
func (d *Document) ArgImages(feedsOf func(service *Service, args map[string]string) []Feed) []Image {
	if d.Compose == nil {
		return nil
	}
	var images []Image
	paths := d.newPaths()
	uses := map[*Node]int{}
	for _, s := range d.Compose.Services {
		args, values := s.argTexts(d)
		for _, a := range args {
			uses[a.Node]++
		}
		if len(args) == 0 {
			continue
		}
		for _, f := range feedsOf(s, values) {
			for _, a := range args {
				if a.Name == f.Name {
					images = append(images, d.argImage(s, a, f, paths))
				}
			}
		}
	}
	images = together(images)
	for n := range images {
		if i := &images[n]; i.Held == "" && len(i.Services) < uses[i.nodes[0]] {
			i.Held = "the text is also an argument of a service whose Dockerfile uses it in another way: write each by itself"
		}
	}
	return d.heldBack(images)
}

// otherwiseRead reports whether a text reads the variable of a feed, and where it is one of the texts that it feeds, whether
// it does so twice.
func otherwiseRead(text string, f Feed, fed bool) bool {
	refs, _ := References(text)
	reads := 0
	for _, r := range refs {
		if r.Name == f.Name || slices.Contains(VariableNames(r.Argument), f.Name) {
			reads++
		}
	}
	return reads > 1 || reads == 1 && !fed
}

// argText is a build argument with the places of its bytes.
type argText struct {
	EnvironmentVariable
	text traced
}

// argTexts are the build arguments of a service with values that the file alone tells.
func (s *Service) argTexts(d *Document) (args []argText, values map[string]string) {
	b := s.Build()
	if b == nil {
		return nil, nil
	}
	values = map[string]string{}
	for _, v := range b.Args {
		x := interpolate(d.tracedVariable(v), nil, 0)
		if v.Set && x.known {
			args = append(args, argText{v, x.out})
			values[v.Name] = x.out.text
		}
	}
	return args, values
}

func (d *Document) argImage(s *Service, a argText, f Feed, paths *paths) Image {
	around := a.Node.Content
	i := Image{Span: around, At: around, Ref: f.Ref, Before: f.Before, Held: f.Held, Where: WhereBuildArg, Variables: a.text.variables()}
	i.Services, i.nodes = []string{s.Name}, []*Node{a.Node}
	i.Paths = paths.ofVariable(s, "args", a.EnvironmentVariable)
	i.cut, i.exact = true, len(i.Variables) == 0 && (a.Key != nil || a.Node.Shared() == nil)
	at, ok := a.text.span(0, len(a.text.text))
	scalar, _ := a.Node.Scalar()
	switch {
	case i.Held != "":
	case !ok:
		i.Held = "the value is put together from several texts, or escaped: write it as one"
	case a.Key != nil && scalar.Tag != "!!str" && scalar.Style == PlainStyle && !plainNumber(scalar):
		i.Held = "YAML reads the value as a number or another type: put it in quotes"
	default:
		i.Span, i.At = at, at
	}
	if i.Held == "" {
		i.Held = sharedElsewhere(a.Node, "", paths)
	}
	return i
}

// plainNumber reports whether a value that is no text means what it says: 7 does, 3.10 is 3.1 and 0x10 is 16.
func plainNumber(s Scalar) bool {
	return s.Tag == "!!int" && strings.Trim(s.Value, "0123456789") == "" && (s.Value == "0" || s.Value[0] != '0')
}

// imagesWith lists the images with the given values of variables.
func (d *Document) imagesWith(values map[string]traced) []Image {
	c := &composeReader{doc: d, values: values, paths: d.newPaths()}
	c.findBuilt()
	images := make([]Image, 0, len(d.Compose.Services))
	for n, s := range d.Compose.Services {
		if i, ok := c.serviceImage(n, s); ok {
			images = append(images, i)
		}
		images = append(images, c.buildImages(s)...)
	}
	return d.heldBack(sharedValues(together(images)))
}

// heldBack holds all images of a file that Compose does not take.
func (d *Document) heldBack(images []Image) []Image {
	if d.Compose.imageRefusal == "" {
		return images
	}
	for n := range images {
		if images[n].Held == "" {
			images[n].Held = d.Compose.imageRefusal
		}
	}
	return images
}

// composeReader reads the images of a Compose file.
type composeReader struct {
	doc    *Document
	values map[string]traced // of variables
	paths  *paths
	built  map[string]bool // full names of the images that services build
	builds map[string]bool // names of the services that are built
}

// BuiltImages are the images that services of the file build, as full references such as docker.io/library/app:dev, and the
// names of these services: in another file of the same project they are no images to pull, either.
func (d *Document) BuiltImages() (images, services []string) {
	if d.Compose == nil {
		return nil, nil
	}
	c := &composeReader{doc: d}
	c.findBuilt()
	return slices.Sorted(maps.Keys(c.built)), slices.Sorted(maps.Keys(c.builds))
}

// findBuilt gathers what the file builds. A service is built where it, or one it extends, has a build section in any document
// of the file.
func (c *composeReader) findBuilt() {
	c.built, c.builds = map[string]bool{}, map[string]bool{}
	services := c.doc.Compose.Services
	for again := true; again; {
		again = false
		for _, s := range services {
			if !c.builds[s.Name] && c.isBuilt(s) {
				c.builds[s.Name], again = true, true
			}
		}
	}
	if len(c.builds) == 0 {
		return
	}
	for _, s := range services {
		if f, ok := s.Image(); ok && c.builds[s.Name] {
			if x := interpolate(c.doc.tracedNode(f.Node), c.values, 0); x.known {
				c.built[fullName(x.out.text)] = true
			}
			c.built[f.Node.Text()] = true
		}
	}
}

// isBuilt reports whether a service has a build section, or extends one that is known to have one.
func (c *composeReader) isBuilt(s *Service) bool {
	if f, ok := s.Field("build"); ok && !f.Node.IsNull() {
		return true
	}
	if len(c.builds) == 0 {
		return false
	}
	e := s.Extends()
	return e != nil && e.File == "" && c.builds[e.Service]
}

// serviceImage is the image of the nth service, if it pulls one.
func (c *composeReader) serviceImage(n int, s *Service) (Image, bool) {
	f, ok := s.Image()
	if !ok || c.builds[s.Name] || f.Node.IsNull() || c.built[f.Node.Text()] {
		return Image{}, false
	}
	if _, ok := f.Node.Scalar(); !ok || f.Node.Text() == "" {
		return Image{}, false
	}
	x := interpolate(c.doc.tracedNode(f.Node), c.values, 0)
	if x.known && len(c.built) > 0 && c.built[fullName(x.out.text)] {
		return Image{}, false
	}
	i := c.image(f.Node, x, WhereService)
	i.written(f.Node.Text())
	i.Services, i.nodes = []string{s.Name}, []*Node{f.Node}
	i.Paths = c.pathsTo(s, "image", f.Node)
	if i.Held == "" {
		i.Held = c.heldService(n, s)
	}
	if i.Held == "" {
		i.Held = sharedElsewhere(f.Node, "image", c.paths)
	}
	return i, true
}

// pathsTo lists the paths to a setting of a service.
func (c *composeReader) pathsTo(s *Service, setting string, n *Node) []string {
	if n.Shared() == nil { // as most are
		return []string{"services." + s.Name + "." + setting}
	}
	return c.paths.of(n)
}

// image is what a node says, where all of it is an image reference.
func (c *composeReader) image(n *Node, x interpolated, where Where) Image {
	around := n.Content
	if s, ok := n.Scalar(); ok && s.Exact {
		around = s.Span
	}
	switch {
	case n.Declined != "":
		return Image{Span: around, At: around, Where: where, Held: n.Declined}
	case x.broken:
		return Image{Span: around, At: around, Where: where, Held: "Compose cannot read the variables in it"}
	case !x.known:
		return Image{Span: around, At: around, Where: where, Variables: VariableNames(n.Text()), Held: "it depends on a variable that only the caller knows"}
	case strings.ContainsAny(x.out.text, "\r\n"):
		return Image{Span: around, At: around, Where: where, Held: "it has a line end, which no reference has: write it on the line of its key"}
	}
	i := newImage(x.out, around, where)
	i.Variables = VariableNames(n.Text())
	i.exact = len(i.Variables) == 0
	return i
}

// heldService is why the image of the nth service is not the one that runs.
func (c *composeReader) heldService(n int, s *Service) string {
	if f, _ := s.Field("pull_policy"); f.Node.Text() == "never" {
		return "the service never pulls it (pull_policy)"
	}
	for _, later := range c.doc.Compose.Services[n+1:] {
		if later.Name != s.Name {
			continue
		}
		if _, ok := later.Image(); ok {
			return fmt.Sprintf("a later document of the file gives the service %s another image", s.Name)
		}
	}
	return ""
}

// sharedElsewhere says that the text of a node also stands, through aliases, where it is not the value of key; any key for "".
func sharedElsewhere(n *Node, key string, p *paths) string {
	for _, use := range n.uses() {
		if key == "" || use.Key == nil || use.Key.Text() != key {
			return fmt.Sprintf("the text is also the value of %s: write each by itself", use.Path())
		}
	}
	return ""
}
