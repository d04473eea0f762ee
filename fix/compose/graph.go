package compose

import (
	"path"
	"regexp"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// graph tells which services a service waits for, by name.
type graph map[string][]string

// graphOf reads depends_on and all else that Compose waits for.
func graphOf(d *source.Document) graph {
	g := graph{}
	for _, s := range d.Compose.Services {
		for _, dep := range s.DependsOn() {
			g[s.Name] = append(g[s.Name], dep.Name)
		}
		for _, name := range []string{"links", "volumes_from"} {
			f, _ := s.Field(name)
			if f.Node.IsSequence() {
				for _, item := range f.Node.Children {
					other, _, _ := strings.Cut(item.Resolve().Text(), ":")
					g[s.Name] = append(g[s.Name], other)
				}
			}
		}
		for _, name := range []string{"network_mode", "ipc", "pid"} {
			f, _ := s.Field(name)
			if other, ok := strings.CutPrefix(f.Node.Text(), "service:"); ok {
				g[s.Name] = append(g[s.Name], other)
			}
		}
	}
	return g
}

// reaches tells that one service waits for another, be it through others.
func (g graph) reaches(from, to string) bool {
	seen := map[string]bool{}
	var visit func(name string) bool
	visit = func(name string) bool {
		if name == to {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		for _, next := range g[name] {
			if visit(next) {
				return true
			}
		}
		return false
	}
	return visit(from)
}

// swarmKeys are settings of deploy that only Swarm reads.
var swarmKeys = []string{"mode", "placement", "update_config", "rollback_config", "endpoint_mode"}

// stackName finds the names that files for Swarm have.
var stackName = regexp.MustCompile(`(?:^|[-_.])(?:stack|swarm)\d*(?:[-_.]|$)`)

// forSwarm is why a file is one for Swarm, a clause that ends with that word; "" where it is not.
func forSwarm(d *source.Document, facts *fix.Facts) string {
	if stack := facts.Project.Stack; stack != "" {
		return stack + " with Swarm"
	}
	for _, s := range d.Compose.Services {
		f, _ := s.Field("deploy")
		for _, key := range swarmKeys {
			if _, ok := f.Node.Lookup(key); ok {
				return s.Name + " has deploy." + key + ", which is for Swarm"
			}
		}
	}
	if name := path.Base(d.Name); stackName.MatchString(name) {
		return name + " is called as files for Swarm"
	}
	return ""
}
