package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// weigh gathers what could not be checked, and what else reads the health of the container.
func (q *question) weigh(r runner) {
	s := r.service
	for _, name := range r.settings.unread {
		if len(q.check.Variables)+len(q.check.Needs) > 0 {
			q.doubt("what %s sets is not known", name)
		}
	}
	for _, w := range r.launched.words {
		if strings.HasSuffix(w, ".conf") && !r.quietConfiguration(w) {
			q.doubt("what %s says of where it listens is not known", path.Base(w))
		}
	}
	for _, m := range mountsOf(r.around.doc, s) {
		if q.configures(m.target) && !r.quietConfiguration(m.target) {
			q.doubt("what is mounted at %s may change where it listens or what it answers", m.target)
		}
	}
	if f, ok := s.Field("read_only"); ok && f.Node.Text() == "true" && q.tool() == "mc" {
		q.doubt("mc writes into /tmp, and the container is read-only")
	}
	if r.around.swarm != "" {
		q.doubt("%s, which replaces what is not healthy", r.around.swarm)
	} else if key := deployed(s); key != "" {
		q.doubt("it has deploy.%s, and Swarm replaces what is not healthy", key)
	}
	q.doubts = append(q.doubts, watchers(s)...)
	if legacy := r.around.facts.LegacyCompose; legacy != "" {
		q.doubt("%s, which may not know start_period", legacy)
	}
	if r.around.heal != "" {
		q.doubt("%s restarts what is not healthy", r.around.heal)
	}
	q.weighProject(r)
}

// configures tells that a mount at a path is one of the configuration of the server.
func (q *question) configures(target string) bool {
	return slices.ContainsFunc(q.check.Config, func(c string) bool {
		return target == c || strings.HasPrefix(target, strings.TrimSuffix(c, "/")+"/")
	})
}

// deployed is the first setting of how a service is deployed besides its resources; "" for none.
func deployed(s *source.Service) string {
	f, _ := s.Field("deploy")
	for _, e := range f.Node.Entries() {
		if name := e.Key.Resolve().Text(); name != "resources" {
			return name
		}
	}
	return ""
}

// watchers are what acts on the health of the container of a service.
func watchers(s *source.Service) []string {
	var list []string
	labels := labelsOf(s)
	if slices.ContainsFunc(labels, func(l string) bool { return strings.HasPrefix(l, "traefik.") }) {
		list = append(list, "it has labels for Traefik, which leaves out what is not healthy")
	}
	if slices.ContainsFunc(labels, func(l string) bool { return strings.HasPrefix(l, "autoheal") }) {
		list = append(list, "it has labels for autoheal, which restarts what is not healthy")
	}
	return list
}

// labelsOf are the labels of a service, as NAME or NAME=VALUE.
func labelsOf(s *source.Service) []string {
	f, ok := s.Field("labels")
	if !ok {
		return nil
	}
	return textsOf(f)
}

// autohealOf is the service of a file that restarts containers which are not healthy, where it does so with all of them.
func autohealOf(d *source.Document) string {
	for _, s := range d.Compose.Services {
		image, _ := s.Image()
		if !strings.Contains(image.Node.Text(), "autoheal") {
			continue
		}
		for _, v := range readingOf(d, s).environment {
			if v.Name == "AUTOHEAL_CONTAINER_LABEL" && v.Value == "all" {
				return s.Name
			}
		}
	}
	return ""
}

// mounted is something that is mounted into a container.
type mounted struct{ from, target string }

// mountsOf are the volumes, configs and secrets of a service.
func mountsOf(d *source.Document, s *source.Service) []mounted {
	var list []mounted
	for _, m := range readingOf(d, s).mounts {
		list = append(list, mounted{m.source, m.target})
	}
	for _, name := range []string{"configs", "secrets"} {
		f, ok := s.Field(name)
		if !ok || !f.Node.IsSequence() {
			continue
		}
		for _, item := range f.Node.Children {
			if item = item.Resolve(); item.IsMapping() {
				list = append(list, mounted{text(item, "source"), text(item, "target")})
			}
		}
	}
	return list
}

// listens finds what in the configuration file of a database says where or to whom it listens.
var listens = lazyregexp.New(`(?mi)^[ \t]*!?(?:port|bind|bind[-_]address|bind_ip|bindIp|listen|listen_addresses|net:|tls|ssl|require|requirepass|aclfile|user|include|includedir|skip[-_]networking|skip_name|unix|protected-mode)\b`)

// quietConfiguration tells that the file which a mount puts at a path is known, is one of a database, and says nothing of where the
// server listens.
func (r runner) quietConfiguration(target string) bool {
	for _, m := range mountsOf(r.around.doc, r.service) {
		if m.target != target || !databaseConfig.MatchString(target) {
			continue
		}
		text, ok := r.around.facts.Read[path.Clean(m.from)]
		return ok && !listens.Match(text)
	}
	return false
}

// databaseConfig finds the configuration files whose settings are a line each.
var databaseConfig = lazyregexp.New(`(?:redis|valkey|my|mysqld|mariadb|postgresql|custom|mysql)[\w.-]*\.(?:conf|cnf)$`)

// wantConfiguration asks for the files that are mounted as such.
func wantConfiguration(d *source.Document) []fix.Want {
	var wants []fix.Want
	for _, s := range d.Compose.Services {
		for _, m := range mountsOf(d, s) {
			if strings.HasPrefix(m.from, ".") && beside(m.from) && databaseConfig.MatchString(m.target) {
				wants = append(wants, fix.WantRead(path.Clean(m.from)))
			}
		}
	}
	return wants
}
