package images

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCheckData requires every line of checks.tsv to be well formed and to name its source.
func TestCheckData(t *testing.T) {
	table, err := checks()
	list := table.rows
	if err != nil {
		t.Fatal(err)
	}
	seconds := regexp.MustCompile(`^[1-9]\d*s$`)
	for _, r := range list {
		c := r.check
		if c.Source == "" || !slices.Contains([]Level{Tested, Read, Used, Unverified}, c.Level) {
			t.Errorf("%v: source %q, level %q", r.repositories, c.Source, c.Level)
		}
		for _, glob := range r.tags {
			if _, err := path.Match(glob, "x"); err != nil {
				t.Errorf("%v: tags %q: %v", r.repositories, glob, err)
			}
		}
		if c.Test == "" {
			continue
		}
		for _, text := range []string{c.Interval, c.Timeout, c.Start} {
			if !seconds.MatchString(text) {
				t.Errorf("%v: time %q", r.repositories, text)
			}
		}
		if c.Retries < 1 || c.Port == "" {
			t.Errorf("%v: %d retries, port %q", r.repositories, c.Retries, c.Port)
		}
		var words []string
		if strings.HasPrefix(c.Test, "[") && json.Unmarshal([]byte(c.Test), &words) != nil {
			t.Errorf("%v: %s is not a list in JSON", r.repositories, c.Test)
		}
		if text := listOf(words); words != nil && c.Test != text {
			t.Errorf("%v: %s is not written as %s, which goes into Compose files", r.repositories, c.Test, text)
		}
		if strings.Contains(c.Test, "localhost") || strings.Contains(c.Test, "$$") {
			t.Errorf("%v: %s: localhost can be IPv6 alone, and $$ is Compose's", r.repositories, c.Test)
		}
	}
}

// listOf is a list in JSON with a blank behind each comma, and no escapes for HTML.
func listOf(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(w) == nil {
			list[i] = strings.TrimSuffix(b.String(), "\n")
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// Every check that is said to be tested is one of e2e/healthchecks.
func TestCheckTested(t *testing.T) {
	script, err := os.ReadFile("../../e2e/servers.sh")
	if err != nil {
		t.Fatal(err)
	}
	table, _ := checks()
	list := table.rows
	for _, r := range list {
		if r.check.Level != Tested {
			continue
		}
		found := slices.ContainsFunc(r.repositories, func(name string) bool { return strings.Contains(string(script), name+":") })
		same := slices.ContainsFunc(list, func(o checkRow) bool {
			return o.check.Test == r.check.Test && strings.Contains(string(script), o.repositories[0]+":")
		})
		if !found && !same {
			t.Errorf("%v is said to be tested, and e2e/servers.sh has nothing of it", r.repositories)
		}
	}
}

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		ref       string
		test      string // how the first check begins, "" for none
		byVersion bool
		guess     bool
	}{
		{"postgres:16-alpine", "pg_isready", true, false},
		{"postgres:9.2", "", true, false},
		{"docker.io/library/postgres", "pg_isready", true, false},
		{"public.ecr.aws/docker/library/redis:7", "redis-cli", true, false},
		{"example.com/team/redis:7", "", false, false},
		{"mariadb", `["healthcheck.sh"`, true, false},
		{"mariadb:10", `["healthcheck.sh"`, true, false},
		{"mariadb:10.6", `["healthcheck.sh"`, true, false},
		{"mariadb:10.6.6", `["mysqladmin"`, true, false},
		{"mariadb:10.6.7-focal", `["healthcheck.sh"`, true, false},
		{"mariadb:10.5.8", `["mysqladmin"`, true, false},
		{"mariadb:11.4", `["healthcheck.sh"`, true, false},
		{"mysql:5.6", "", true, false},
		{"mysql:8", `["mysqladmin"`, true, false},
		{"mongo:4.4", `["mongo"`, true, false},
		{"mongo:7-jammy", `["mongosh"`, true, false},
		{"mongo", `["mongosh"`, true, false},
		{"mongo:custom", `["mongosh"`, true, true},
		{"minio/minio:RELEASE.2023-11-01T18-37-25Z", `["mc"`, true, false},
		{"minio/minio:RELEASE.2022-10-24T18-35-07Z", `["curl"`, true, false},
		{"nginx:1.27-alpine-slim", "wget", true, false},
		{"nginx:1.27-alpine", "wget", true, false},
		{"nginx:mainline", "curl", true, true},
		{"nginx:1.14", "", true, false},
		{"memcached:1.6-alpine", "echo", true, false},
		{"memcached", `["bash"`, true, false},
		{"influxdb:2.7-alpine", `["influx"`, true, false},
		{"influxdb:1.8-alpine", `["wget"`, true, false},
		{"influxdb:1.8", `["curl"`, true, false},
		{"influxdb", "", true, false},
		{"wordpress:6-fpm-alpine", "", false, false},
		{"wordpress:6-apache", `["curl"`, true, false},
		{"clickhouse/clickhouse-server:24-distroless", "", false, false},
		{"nats", "", true, false},
		{"nats:2-alpine", `["wget"`, true, false},
		{"prom/prometheus:v2.43.0", `["wget"`, true, false},
		{"prom/prometheus:v3.1.0", `["promtool"`, true, false},
		{"getmeili/meilisearch:v1.8", `["curl"`, false, false},
		{"minio/mc", "", false, false},
		{"portainer/portainer-ce", "", false, false},
		{"grafana/loki:3.0", "", false, false},
	} {
		list, byVersion, guess := Checks(c.ref)
		test := ""
		if len(list) > 0 {
			test = list[0].Test
		}
		if (c.test == "") != (test == "") || !strings.HasPrefix(test, c.test) || byVersion != c.byVersion || guess != c.guess {
			t.Errorf("%s: %s, by version %v, guess %v", c.ref, test, byVersion, guess)
		}
	}
}

func TestTagVersion(t *testing.T) {
	for _, c := range []struct {
		tag   string
		parts version
		known bool
	}{
		{"15.3-alpine", version{15, 3}, true},
		{"v1.8", version{1, 8}, true},
		{"7", version{7}, true},
		{"2019-latest", version{2019}, true},
		{"release.2023-11-01t18-37-25z", version{2023, 11, 1}, true},
		{"latest", nil, true},
		{"alpine3.20", nil, true},
		{"bookworm", nil, true},
		{"pr-12", nil, false},
		{"", nil, false},
		{"99999999999999999999", nil, false},
	} {
		if got, known := tagVersion(c.tag); !slices.Equal(got, c.parts) || known != c.known {
			t.Errorf("%q: %v, %v", c.tag, got, known)
		}
	}
}
