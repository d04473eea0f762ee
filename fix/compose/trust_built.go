package compose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// vouchBuilt looks at a check of a service that is built: whether its programs are in the image, and whether it asks a port that
// something says.
func (a *around) vouchBuilt(p *fix.Pass, s *source.Service, c asked) string {
	build, doc := s.Build(), p.Facts.Dockerfiles[s.Name]
	if doc == nil || build.Inline != "" {
		return neverSeen(s)
	}
	ref := baseOf(doc, build.Target)
	base := images.Lookup(ref)
	if b := p.Facts.Base(ref); b != nil && b.Known && !base.Known {
		base = images.Of(ref, b.Config, b.Root)
	}
	programs, read := c.programs()
	for _, name := range programs {
		if !base.Has(name) && !installs(doc, build.Target, name) && !(slices.Contains(usual, name) && base.Known && base.Family != images.Scratch && base.Family != images.Distroless) {
			return lacking(s, programs, base, "its image", neverSeen(s))
		}
	}
	if !read {
		return neverSeen(s)
	}
	if port := c.otherPort(portsBuilt(s, doc, build.Target)); port != "" {
		return "the health check of " + s.Name + " asks port " + port + ", and its server is not known to listen there"
	}
	return ""
}

// installs tells that a step of the stage which is built, or of one below, names a program.
func installs(doc *source.Document, target, name string) bool {
	word := regexp.MustCompile(`(?:^|[\s/"'])` + regexp.QuoteMeta(name) + `(?:$|[\s=;&"'~])`)
	for s := stageOf(doc, target); s != nil; s = s.Base {
		for _, in := range s.Instructions {
			if (in.Name == "RUN" || in.Name == "COPY" || in.Name == "ADD") && word.Match(doc.Bytes[in.Start:in.End]) {
				return true
			}
		}
	}
	return false
}

// portNumber finds the numbers that may be ports.
var portNumber = lazyregexp.New(`\b\d{2,5}\b`)

// portsBuilt are the ports that something says a built service listens on.
func portsBuilt(s *source.Service, doc *source.Document, target string) []string {
	var ports []string
	for stage := stageOf(doc, target); stage != nil; stage = stage.Base {
		for _, in := range stage.Instructions {
			if slices.Contains([]string{"EXPOSE", "CMD", "ENTRYPOINT", "ENV"}, in.Name) {
				ports = append(ports, portNumber.FindAllString(in.Rest.Text, -1)...)
			}
		}
		if stage.Base == nil {
			ports = append(ports, images.Lookup(stage.Ref).Port)
		}
	}
	for _, name := range []string{"ports", "expose", "command", "entrypoint"} {
		f, ok := s.Field(name)
		if !ok {
			continue
		}
		for _, n := range append([]*source.Node{f.Node}, f.Node.Children...) {
			ports = append(ports, portNumber.FindAllString(n.Resolve().Text(), -1)...)
			if n = n.Resolve(); n.IsMapping() {
				ports = append(ports, text(n, "target"))
			}
		}
	}
	for _, v := range s.Environment() {
		if strings.HasSuffix(v.Name, "PORT") {
			ports = append(ports, v.Value)
		}
	}
	return ports
}

// launchesOther doubts a check of an image or a Dockerfile where the service runs something else.
func launchesOther(s *source.Service) string {
	for _, name := range []string{"command", "entrypoint"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			return "the health check of " + s.Name + " is that of its image, and it runs another " + name
		}
	}
	return ""
}

// proxies are images that pass requests on to other services.
var proxies = []string{"nginx", "nginx-unprivileged", "nginx-proxy", "httpd", "caddy", "haproxy", "haproxy-alpine", "openresty", "envoy", "apache", "varnish", "kong", "traefik"}

// passesOn tells of a service that is a reverse proxy with a configuration of its own: what it answers may come from the service that
// would wait for it.
func passesOn(p *fix.Pass, s *source.Service) bool {
	image, _ := s.Image()
	ref := image.Node.Text()
	if build := s.Build(); build != nil {
		ref = baseOf(p.Facts.Dockerfiles[s.Name], build.Target)
		return isProxy(ref)
	}
	return isProxy(ref) && len(mountsOf(p.Doc, s)) > 0
}

func isProxy(ref string) bool {
	name, _, _ := strings.Cut(ref, "@")
	name, _, _ = strings.Cut(path.Base(name), ":")
	return slices.Contains(proxies, name)
}

// foreign finds another service that a check asks.
func (a *around) foreign(s *source.Service, c asked) string {
	test := c.text()
	for _, other := range a.doc.Compose.Services {
		if other.Name != s.Name && asksHost(test, other.Name) {
			return "the health check of " + s.Name + " asks " + other.Name
		}
	}
	return ""
}

// asksHost tells that a test names a host.
func asksHost(test, name string) bool {
	if !strings.Contains(test, name) {
		return false // as nearly always: no expression is made for it
	}
	host := regexp.QuoteMeta(name)
	return regexp.MustCompile(`(?:(?:^|\s)-h\s*|--host[ =]|://|@|/dev/tcp/)` + host + `(?:$|[\s:/"'])|(?:^|[\s"'])` + host + `:\d`).MatchString(test)
}

// moved doubts a check where another file of the project, which Compose may merge, makes something else of the service.
func (a *around) moved(s *source.Service) string {
	for _, file := range a.touching[s.Name] {
		same := file.Service(s.Name)
		if !a.mayMerge(file, same) {
			continue
		}
		if what := a.changes(s, file, same, s.Name); what != "" {
			return file.Doc.Name + " " + what
		}
	}
	return ""
}

// changes tells what another file does that can make the check of a service fail, which it calls so; "" for nothing.
func (a *around) changes(s *source.Service, file fix.ComposeFile, same *source.Service, called string) string {
	for _, name := range []string{"image", "build", "command", "entrypoint", "extends", "healthcheck", "scale"} {
		if same.Resets(name) {
			return "takes the " + name + " of " + called + " away"
		}
		f, ok := same.Field(name)
		if !ok {
			continue
		}
		own, has := s.Field(name)
		if has && a.doc.Text(own.Node.Span) == file.Doc.Text(f.Node.Span) {
			continue
		}
		if name == "image" && has && repositoryOf(own.Node.Text()) == repositoryOf(f.Node.Text()) || name == "build" && s.Build() != nil && same.Build() != nil && same.Build().Target == s.Build().Target {
			continue
		}
		return "gives " + called + " another " + name
	}
	image, _ := s.Image()
	checks, _, _ := images.Checks(image.Node.Text())
	for _, v := range same.Environment() {
		for _, c := range checks {
			if slices.Contains(c.Variables, v.Name) {
				return "sets " + v.Name
			}
		}
		if s.Build() != nil && strings.HasSuffix(v.Name, "PORT") {
			return "sets " + v.Name
		}
	}
	return ""
}
