package images

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestServerData requires every line to be well formed, to name its sources, and to be reachable.
func TestServerData(t *testing.T) {
	known, err := servers()
	list := known.rows
	if err != nil {
		t.Fatal(err)
	}
	sorts := []Sort{Database, Cache, Queue, Search, Web, Worker, Tool}
	port, memory := regexp.MustCompile(`^[1-9]\d{1,4}$`), regexp.MustCompile(`^[1-9]\d*[MG]$`)
	for i, r := range list {
		s := r.server
		if !slices.Contains(sorts, s.Sort) || s.Source == "" {
			t.Errorf("%s: sort %q, source %q", r.repository, s.Sort, s.Source)
		}
		for _, p := range s.Ports {
			if !port.MatchString(p) {
				t.Errorf("%s: port %q", r.repository, p)
			}
		}
		for _, dir := range s.Data {
			if !path.IsAbs(dir) || path.Clean(dir) != dir {
				t.Errorf("%s: data directory %q", r.repository, dir)
			}
		}
		if s.Memory != "" && (!memory.MatchString(s.Memory) || !strings.Contains(s.Source, "; ")) {
			t.Errorf("%s: memory %q, of which no source is named: %q", r.repository, s.Memory, s.Source)
		}
		for _, above := range list[:i] {
			if above.repository == r.repository && slices.Contains(above.tags, "*") {
				t.Errorf("%s %v is hidden by the line above with all tags", r.repository, r.tags)
			}
		}
	}
}

func TestLookupServer(t *testing.T) {
	for _, c := range []struct {
		ref  string
		sort Sort
		data string
	}{
		{"postgres:15-alpine", Database, "/var/lib/postgresql/data"},
		{"postgres:18.1", Database, "/var/lib/postgresql"},
		{"docker.io/library/mysql:8@sha256:aa", Database, "/var/lib/mysql"},
		{"bitnami/postgresql:16", Database, "/bitnami/postgresql"},
		{"redis", Cache, "/data"},
		{"wordpress:cli-php8.3", Tool, ""},
		{"wordpress:6", Web, "/var/www/html"},
		{"docker.elastic.co/elasticsearch/elasticsearch:8.15.0", Search, "/usr/share/elasticsearch/data"},
		{"example/postgres:15", NoSort, ""},
	} {
		s := LookupServer(c.ref)
		data := ""
		if len(s.Data) > 0 {
			data = s.Data[0]
		}
		if s.Sort != c.sort || data != c.data {
			t.Errorf("%s: sort %q, data %q", c.ref, s.Sort, data)
		}
	}
}
