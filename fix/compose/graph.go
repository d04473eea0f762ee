package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// graph tells which services a service waits for, by name.
type graph map[string][]string

// graphOf reads depends_on and all else that Compose waits for.
func graphOf(d *source.Document) graph {
	g := graph{}
	for _, s := range d.Compose.Services {
		for _, dep := range readingOf(d, s).dependencies {
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

// loops numbers the services so that those which wait for each other, be it through others, have the same number: the strongly
// connected components, by Tarjan.
func (g graph) loops() map[string]int {
	t := tarjan{graph: g, index: map[string]int{}, low: map[string]int{}, loop: map[string]int{}}
	for name := range g {
		t.visit(name)
		for _, other := range g[name] {
			t.visit(other)
		}
	}
	return t.loop
}

type tarjan struct {
	graph
	index, low, loop map[string]int // from 1 on
	open             []string
}

func (t *tarjan) visit(name string) {
	if t.index[name] > 0 {
		return
	}
	t.index[name] = len(t.index) + 1
	t.low[name] = t.index[name]
	t.open = append(t.open, name)
	for _, next := range t.graph[name] {
		t.visit(next)
		if t.loop[next] == 0 {
			t.low[name] = min(t.low[name], t.low[next])
		}
	}
	if t.low[name] < t.index[name] {
		return
	}
	for t.loop[name] == 0 {
		last := len(t.open) - 1
		t.loop[t.open[last]] = t.index[name]
		t.open = t.open[:last]
	}
}

// swarmKeys are settings of deploy that only Swarm reads.
var swarmKeys = []string{"mode", "placement", "update_config", "rollback_config", "endpoint_mode", "labels"}

// stackName finds the names that files for Swarm have.
var stackName = lazyregexp.New(`(?:^|[-_.])(?:stack|swarm)\d*(?:[-_.]|$)`)

// forSwarm is why a file is one for Swarm, a clause that ends with that word; "" where it is not. A file with depends_on as a map is none, whatever
// settings it has kept: docker stack deploy rejects it.
func forSwarm(d *source.Document, facts *fix.Facts) string {
	if stack := facts.Project.Stack; stack != "" {
		return stack + " with Swarm"
	}
	if slices.ContainsFunc(d.Compose.Services, waitsByMap) {
		return ""
	}
	for _, s := range d.Compose.Services {
		f, _ := s.Field("deploy")
		for _, key := range swarmKeys {
			if _, ok := f.Node.Lookup(key); ok {
				return s.Name + " has deploy." + key + ", which is for Swarm"
			}
		}
	}
	networks, _ := d.Compose.Root.Lookup("networks")
	for _, n := range networks.Node.Entries() {
		if text(n.Node, "driver") == "overlay" {
			return "the network " + n.Key.Resolve().Text() + " is an overlay, which is for Swarm"
		}
	}
	if name := path.Base(d.Name); containsAny(name, []string{"stack", "swarm"}) && stackName.MatchString(name) {
		return name + " is called as files for Swarm"
	}
	return ""
}

// waitsByMap tells that depends_on of a service has conditions, which Compose alone knows.
func waitsByMap(s *source.Service) bool {
	f, _ := s.Field("depends_on")
	return f.Node.IsMapping()
}
