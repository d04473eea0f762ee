package source

import "strings"

// Service is one service of a Compose file.
type Service struct {
	Name string
	Key  *Node // its name in the services mapping
	Node *Node // the mapping of its settings, an alias followed; nil where its value is not a mapping
	Via  *Node // the alias through which Node is reached; nil where the settings are written below the name
}

// Dependency is one entry of depends_on.
type Dependency struct {
	Name      string // of the service it depends on
	Condition string // service_started in the list form and where none is given
	Key       *Node  // the item of the list, or the key of the mapping
	Node      *Node  // the mapping of its settings; nil in the list form
	Via       *Node  // as in Field
}

// Port is one entry of ports. Its numbers are text, as they may be ranges or hold variables; what is not given is empty.
type Port struct {
	Node                                *Node // the scalar of the short form, or the mapping of the long form
	Long                                bool
	HostIP, Published, Target, Protocol string
	Via                                 *Node // as in Field
}

// Build is the build section of a service. What is not given is empty, other settings are found by Node.Lookup.
type Build struct {
	Field             // its Node is the scalar of the short form, or the mapping of the long form
	Context    string // the directory, as written
	Dockerfile string // as written, below Context
	Target     string //
	Inline     string // the text of dockerfile_inline
	Args       []EnvironmentVariable
	// Contexts are the additional contexts: a name that a FROM or --from of the Dockerfile can use, and what it stands for,
	// such as ./dir, docker-image://alpine:3.20 or service:base.
	Contexts []EnvironmentVariable
}

// Extends is the extends section of a service: it takes the settings of Service in File, in the same file where that is
// empty.
type Extends struct {
	Field
	Service, File string
}

// Resets reports whether a service takes a setting away that another file gives it, with the tag !reset.
func (s *Service) Resets(name string) bool {
	if s.Node == nil {
		return false
	}
	_, value := s.Node.Get(name)
	return isReset(value)
}

// services are the services of one document.
func services(root *Node) []*Service {
	section, ok := root.Lookup("services")
	if !ok {
		return nil
	}
	var list []*Service
	for _, f := range section.Node.Entries() {
		s := &Service{Name: f.Key.Resolve().Text(), Key: f.Key, Node: f.Node, Via: outer(section.Via, f.Via)}
		if !s.Node.IsMapping() {
			s.Node = nil
		}
		list = append(list, s)
	}
	return list
}

// outer is the alias that comes first on the way to a text.
func outer(first, then *Node) *Node {
	if first != nil {
		return first
	}
	return then
}

// Field is a setting of the service, with aliases and merge keys followed. It does not follow extends.
func (s *Service) Field(name string) (Field, bool) {
	f, ok := s.Node.Lookup(name)
	f.Via = outer(s.Via, f.Via)
	return f, ok
}

// Image is the image setting.
func (s *Service) Image() (Field, bool) { return s.Field("image") }

// Environment are the variables of the environment setting, in both of its forms.
func (s *Service) Environment() []EnvironmentVariable {
	f, _ := s.Field("environment")
	return environment(f)
}

// DependsOn is the depends_on setting, in both of its forms.
func (s *Service) DependsOn() []Dependency {
	f, _ := s.Field("depends_on")
	var list []Dependency
	for _, item := range f.items() {
		list = append(list, Dependency{Name: item.Node.Text(), Condition: "service_started", Key: item.Node, Via: item.Via})
	}
	for _, e := range f.entries() {
		d := Dependency{Name: e.Key.Resolve().Text(), Condition: "service_started", Key: e.Key, Node: e.Node, Via: e.Via}
		if c, ok := e.Node.Lookup("condition"); ok {
			d.Condition = c.Node.Text()
		}
		list = append(list, d)
	}
	return list
}

// Ports is the ports setting. Entries that are neither text nor a mapping are left out.
func (s *Service) Ports() []Port {
	f, _ := s.Field("ports")
	var list []Port
	for _, item := range f.items() {
		p := Port{Node: item.Node, Via: item.Via, Long: item.Node.IsMapping()}
		if p.Long {
			p.HostIP, p.Published = item.Node.setting("host_ip"), item.Node.setting("published")
			p.Target, p.Protocol = item.Node.setting("target"), item.Node.setting("protocol")
		} else if p.readShort(item.Node.Text()); p.Target == "" {
			continue
		}
		list = append(list, p)
	}
	return list
}

// readShort reads [[host_ip:][published]:]target[/protocol]. An IPv6 address may stand with or without brackets.
func (p *Port) readShort(text string) {
	parts := splitOutsideVariables(text, ':')
	p.Target = parts[len(parts)-1]
	if i := strings.LastIndexByte(p.Target, '/'); i >= 0 {
		p.Target, p.Protocol = p.Target[:i], p.Target[i+1:]
	}
	if len(parts) > 1 {
		p.Published = parts[len(parts)-2]
		p.HostIP = strings.Trim(strings.Join(parts[:len(parts)-2], ":"), "[]")
	}
}

// Build is the build setting; nil where there is none, or nothing in it.
func (s *Service) Build() *Build {
	f, ok := s.Field("build")
	if !ok || f.Node.IsNull() {
		return nil
	}
	b := &Build{Field: f, Context: f.Node.Text()}
	if f.Node.IsMapping() {
		b.Context, b.Dockerfile = f.Node.setting("context"), f.Node.setting("dockerfile")
		b.Target, b.Inline = f.Node.setting("target"), f.Node.setting("dockerfile_inline")
		args, _ := f.Node.Lookup("args")
		args.Via = outer(f.Via, args.Via)
		b.Args = environment(args)
		contexts, _ := f.Node.Lookup("additional_contexts")
		contexts.Via = outer(f.Via, contexts.Via)
		b.Contexts = environment(contexts)
	}
	return b
}

// Extends is the extends setting; nil where there is none.
func (s *Service) Extends() *Extends {
	f, ok := s.Field("extends")
	if !ok {
		return nil
	}
	if f.Node.IsMapping() {
		return &Extends{f, f.Node.setting("service"), f.Node.setting("file")}
	}
	return &Extends{Field: f, Service: f.Node.Text()}
}

// setting is the text of an entry, empty where there is none.
func (n *Node) setting(name string) string {
	f, _ := n.Lookup(name)
	return f.Node.Text()
}

// items are the items of a list, aliases followed.
func (f Field) items() []Field {
	if !f.Node.IsSequence() {
		return nil
	}
	var list []Field
	for _, item := range f.Node.Children {
		resolved := mergeSource{via: f.Via}.field(nil, item)
		if resolved.Node != nil {
			list = append(list, resolved)
		}
	}
	return list
}

// entries are the entries of a mapping.
func (f Field) entries() []Field {
	list := f.Node.Entries()
	for i := range list {
		list[i].Via = outer(f.Via, list[i].Via)
	}
	return list
}
