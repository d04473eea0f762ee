package compose

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// composed is a service with all that is known to make it: what the file says, what it extends, and what other files say about it.
type composed struct {
	*source.Service
	texts  []*source.Service // itself first, then what it extends, then what the files of beside say
	beside []fix.ComposeFile // the other files that say more about it, some of which are not always read
	unread string            // why a setting could come from a text that is not known, as a clause; "" where none can
	reused string            // why an edit of it would reach another service, as a clause; "" where it would not

	read *reading // what the file itself says

	// What server, mayEnd, program and machineTexts have found, once they were asked.
	known                                           images.Server
	ends                                            bool
	words                                           []string
	machine                                         []string
	knownAsked, endsAsked, wordsAsked, machineAsked bool
}

// project asks for the files that are read together with a Compose file.
func project(*source.Document) []fix.Want { return []fix.Want{fix.WantProject} }

type composedKey struct{}

// servicesOf are the services of the file. There are none in a file with several documents, of which each may add to the one before.
func servicesOf(p *fix.Pass) []*composed {
	return p.Shared(composedKey{}, func() any {
		if len(p.Doc.Compose.Documents) != 1 {
			return []*composed(nil)
		}
		list := make([]*composed, 0, len(p.Doc.Compose.Services))
		all := make([]composed, len(p.Doc.Compose.Services))
		readings, heirs := readingsOf(p.Doc), heirsOf(p.Doc)
		for i, s := range p.Doc.Compose.Services {
			if s.Node != nil {
				all[i].compose(p, s, &readings[i], heirs[s.Name])
				list = append(list, &all[i])
			}
		}
		return list
	}).([]*composed)
}

// heirsOf names for each service another one of the file that extends it, the last where there are several.
func heirsOf(d *source.Document) map[string]string {
	heirs := map[string]string{}
	readings := readingsOf(d)
	for i, s := range d.Compose.Services {
		if e := readings[i].extends; e != nil && e.File == "" && e.Service != s.Name {
			heirs[e.Service] = s.Name
		}
	}
	return heirs
}

type composedNamesKey struct{}

// composedOf is the service of a name, nil where the file has none.
func composedOf(p *fix.Pass, name string) *composed {
	return p.Shared(composedNamesKey{}, func() any {
		named := map[string]*composed{}
		for _, c := range slices.Backward(servicesOf(p)) {
			named[c.Name] = c // the first one counts
		}
		return named
	}).(map[string]*composed)[name]
}

// wholeServices are the services that the file itself defines. Those of which it only adds to what another file says are left out.
func wholeServices(p *fix.Pass) []*composed {
	return p.Shared(wholeKey{}, func() any {
		list := make([]*composed, 0, len(servicesOf(p)))
		for _, c := range servicesOf(p) {
			if isWhole(c.Service) && !(isOverrideName(p.Doc.Name) && isOverridden(p, c.Name)) {
				list = append(list, c)
			}
		}
		return list
	}).([]*composed)
}

type wholeKey struct{}

// isWhole reports whether a service says what it runs.
func isWhole(s *source.Service) bool {
	for _, name := range []string{"image", "build", "extends"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			return true
		}
	}
	return false
}

// isOverrideName reports whether Compose merges a file of that name over another one without being asked.
func isOverrideName(name string) bool { return strings.Contains(path.Base(name), ".override.") }

// isOverridden reports whether another file has a service of that name that Compose merges with it without being asked.
func isOverridden(p *fix.Pass, name string) bool {
	return slices.ContainsFunc(p.Facts.Project.Touching(name), func(f fix.ComposeFile) bool { return f.Override })
}

// compose gathers what makes a service, which another one named heir extends, none for "".
func (c *composed) compose(p *fix.Pass, s *source.Service, read *reading, heir string) {
	c.Service, c.read = s, read
	c.addExtended(p, s, p.Doc, 0)
	for _, f := range p.Facts.Project.Touching(s.Name) {
		if same := f.Service(s.Name); mergedWith(f, same) {
			c.texts, c.beside = append(c.texts, same), append(c.beside, f)
		}
	}
	if heir != "" {
		c.reused = "the service " + heir + " extends it"
	}
	for _, f := range p.Facts.Project.Others {
		for _, o := range f.Doc.Compose.Services {
			if e := o.Extends(); e != nil && e.Service == s.Name && e.File != "" && path.Base(e.File) == path.Base(p.Doc.Name) {
				c.reused = "the service " + o.Name + " in " + f.Doc.Name + " extends it"
			}
		}
	}
}

// maxExtends bounds a chain of services that extend each other.
const maxExtends = 10

// addExtended adds a service of a document and what it extends.
func (c *composed) addExtended(p *fix.Pass, s *source.Service, doc *source.Document, depth int) {
	c.texts = append(c.texts, s)
	e := s.Extends()
	if e == nil {
		return
	}
	if base, from := extendedBy(doc, e, p.Facts); from != nil && from.Node != nil && depth < maxExtends {
		c.addExtended(p, from, base, depth+1)
		return
	}
	c.unread = "it extends a service of a file that is not read here"
}

// has reports whether one of the texts of a service has a setting of one of some names.
func (c *composed) has(names ...string) bool {
	_, ok := c.first(names...)
	return ok
}

// first is the setting of one of some names in the first of the texts of a service that has one.
func (c *composed) first(names ...string) (source.Field, bool) {
	for _, s := range c.texts {
		for _, name := range names {
			if f, ok := lookup(s, name); ok {
				return f, true
			}
		}
	}
	return source.Field{}, false
}

// node is the value of the setting of a name; nil where none of the texts has it.
func (c *composed) node(name string) *source.Node {
	f, _ := c.first(name)
	return f.Node
}

// lookup is a setting of a service by its way: deploy.resources.limits.
func lookup(s *source.Service, way string) (source.Field, bool) {
	first, rest, nested := strings.Cut(way, ".")
	f, ok := s.Field(first)
	for ok && nested {
		first, rest, nested = strings.Cut(rest, ".")
		via := f.Via
		f, ok = f.Node.Lookup(first)
		if via != nil {
			f.Via = via
		}
	}
	return f, ok
}

// server is what is known of the image that a service runs; nothing where it builds it. What a variable stands for is its
// default.
func (c *composed) server(p *fix.Pass) *images.Server {
	if !c.knownAsked {
		c.knownAsked = true
		if !c.has("build") {
			c.known = images.LookupServer(c.ref(p))
		}
	}
	return &c.known
}

// ref is the image of a service, with the defaults of variables; the tag is left out where nothing tells it.
func (c *composed) ref(p *fix.Pass) string {
	ref := c.node("image").Text()
	if strings.Contains(ref, "$") {
		images := p.Shared(serviceImagesKey{}, func() any { return p.Doc.ServiceImages() }).(map[string]string)
		ref = cmp.Or(images[c.Name], ref)
	}
	ref, _, variable := strings.Cut(ref, "$")
	if variable {
		ref = strings.TrimRight(ref, ":@")
	}
	return ref
}

type serviceImagesKey struct{}

// settingOrder are the settings below which a new one reads well: what the service is called and runs.
var settingOrder = []string{"container_name", "image", "build"}

// addSetting puts lines of YAML into a service: below its image, or where that is not written in it, at its end.
func addSetting(d *source.Document, s *source.Service, lines []string, below ...string) ([]source.Splice, error) {
	if s.Via != nil {
		return d.AppendEntry(s.Node, lines)
	}
	for _, names := range [][]string{below, settingOrder} {
		for _, name := range names {
			if key, _ := s.Node.Get(name); key != nil {
				if splices, err := d.InsertEntryAfter(key, lines); err == nil && !cutsOff(d, splices, s.Node.Indent) {
					return splices, nil
				}
			}
		}
	}
	return d.AppendEntry(s.Node, lines)
}

// cutsOff reports whether lines would come to stand between the last item of a list and comments of that list below it: those are
// indented deeper than the settings of the service.
func cutsOff(d *source.Document, splices []source.Splice, indent int) bool {
	column := 0
	for _, c := range d.Bytes[splices[0].End:] {
		switch c {
		case ' ':
			column++
		case '\r', '\n':
			column = 0
		default:
			return c == '#' && column > indent
		}
	}
	return false
}

// nest indents lines below a key by the step of the file.
func nest(d *source.Document, key string, lines ...string) []string {
	out := make([]string, 1, 1+len(lines))
	out[0] = key + ":"
	indent := strings.Repeat(" ", d.Compose.Step)
	for _, line := range lines {
		out = append(out, indent+line)
	}
	return out
}

// listBelow are a key and a list of one item below it.
func listBelow(d *source.Document, key, item string) []string {
	return []string{key + ":", strings.Repeat(" ", d.Compose.DashStep) + "- " + item}
}

// withEdit gives a finding its fix, or the reasons why there is none. A fix that is held back needs a reason.
func withEdit(f fix.Finding, c *composed, title string, safety fix.Safety, splices []source.Splice, err error) fix.Finding {
	if c.reused != "" {
		f.Reason = c.reused
		return f
	}
	edit(&f, title, safety, splices, err)
	return f
}

// lineOf is the line of a node, for a message.
func lineOf(n *source.Node) string { return strconv.Itoa(n.Line()) }

// maxDepth bounds how deep aliases may lead into each other.
const maxDepth = 30

// scalars are the texts of all keys and values below a node, aliases followed.
func scalars(n *source.Node) (list []string) {
	eachScalar(n, 0, func(text string) { list = append(list, text) })
	return list
}

// eachScalar visits them.
func eachScalar(n *source.Node, depth int, visit func(text string)) {
	n = n.Resolve()
	switch {
	case n == nil || depth > maxDepth:
	case len(n.Children) == 0:
		visit(n.Text())
	default:
		for _, child := range n.Children {
			eachScalar(child, depth+1, visit)
		}
	}
}
