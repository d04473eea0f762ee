package source

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func mustParseCompose(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("compose.yaml", ComposeKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestComposeRefusal(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"services:\n  web:\n    image: x\n", ""},
		{"networks:\n  a:\n", ""},
		{"x-a: 1\n", ""},
		{"include:\n  - a.yml\n", ""},
		{"services: {web: {image: x}}\n", ""},
		{"", "the file is empty"},
		{"# nothing\n", "the file is empty"},
		{"---\n", "the file is empty"},
		{"- a\n", "the top level of the file is not a mapping"},
		{"{services: {}}\n", "the file is JSON, or YAML written like it"},
		{"services: {}\n---\nservices: {}\n", "the file holds 2 YAML documents, which Compose merges into one"},
		{"services: {}\n---\n", "the file holds 2 YAML documents, which Compose merges into one"},
		{"services:\n  a:\n    image: b\n    # c\n    image: d\n", `the key "image" is defined twice, on lines 3 and 5`},
		{"services:\n  a: {<<: {}, <<: {}}\n", `the key "<<" is defined twice, on lines 2 and 2`},
		{"k: &k a\nservices: {a: {}, *k : {}}\n", `the key "a" is defined twice, on lines 2 and 2`},
		{"services:\n  a:\n    image: {{ b }}\n", "line 3 looks like a template: { } stands where a key should"},
		{"web:\n  image: x\ndb:\n  build: .\n", `Compose v1 file: the service "web" on line 1 stands at the top level, not under services`},
		{"version: '2'\nweb:\n  build: .\n", `Compose v1 file: the service "web" on line 2 stands at the top level, not under services`},
		{"x-a: &a {image: b}\nweb: *a\n", `Compose v1 file: the service "web" on line 2 stands at the top level, not under services`},
		{"services:\n", "services is not a mapping"},
		{"services: [a]\n", "services is not a mapping"},
		{"version: '3'\n", "not a Compose file: there is no services at its top level"},
		{"a: b\n", "not a Compose file: there is no services at its top level"},
		{"services: &s\n  a: *s\n", "the aliases of the file stand for too much text, or for themselves"},
	} {
		d := mustParseCompose(t, c.text)
		if d.Compose.Refusal != c.want {
			t.Errorf("%q: refused as %q, want %q", c.text, d.Compose.Refusal, c.want)
		}
	}
}

const servicesText = `x-env: &env
  LEVEL: debug
  SHARED: 1
x-base: &base
  restart: always
  environment:
    <<: *env
    LEVEL: info
    HOST:
services:
  web:
    <<: *base
    image: "nginx:1.25"
    ports:
      - "8080:80"
      - 127.0.0.1:${PORT:-443}:443/tcp
      - '[::1]:53:53/udp'
      - 9000
      - target: 81
        published: "8081"
        host_ip: 10.0.0.1
    depends_on: [db, cache]
  db:
    image: postgres
    environment:
      - A=b=c
      - 'Q="x"'
      - "E\x41=f"
      - HOST
      - EMPTY=
    depends_on:
      cache: {condition: service_healthy}
      other:
  cache: *base
  built:
    image: mine
    build:
      context: ./app
      dockerfile: Dockerfile.dev
      target: run
      args:
        - V=1
      dockerfile_inline: |
        FROM scratch
  short:
    build: ./dir
    extends: web
  long:
    extends:
      file: other.yaml
      service: web
  nothing:
`

func TestServices(t *testing.T) {
	d := mustParseCompose(t, servicesText)
	var names []string
	services := map[string]*Service{}
	for _, s := range d.Compose.Services {
		names = append(names, s.Name)
		services[s.Name] = s
	}
	if want := strings.Fields("web db cache built short long nothing"); !slices.Equal(names, want) {
		t.Fatalf("services are %q, want %q", names, want)
	}
	if s := services["cache"]; s.Via == nil || s.Node.Path() != "x-base" || services["nothing"].Node != nil {
		t.Errorf("cache is %+v, nothing is %+v", s, services["nothing"])
	}
	var ports []string
	for _, p := range services["web"].Ports() {
		ports = append(ports, fmt.Sprintf("%s|%s|%s|%s|%t", p.HostIP, p.Published, p.Target, p.Protocol, p.Long))
	}
	wantPorts := []string{"|8080|80||false", "127.0.0.1|${PORT:-443}|443|tcp|false", "::1|53|53|udp|false", "||9000||false", "10.0.0.1|8081|81||true"}
	if !slices.Equal(ports, wantPorts) {
		t.Errorf("ports are %q, want %q", ports, wantPorts)
	}
	var dependencies []string
	for _, s := range []string{"web", "db"} {
		for _, x := range services[s].DependsOn() {
			dependencies = append(dependencies, fmt.Sprintf("%s %s %s %s %t", s, x.Name, x.Condition, x.Key.Path(), x.Node == nil))
		}
	}
	wantDependencies := []string{
		"web db service_started services.web.depends_on[0] true", "web cache service_started services.web.depends_on[1] true",
		"db cache service_healthy services.db.depends_on.cache false", "db other service_started services.db.depends_on.other false",
	}
	if !slices.Equal(dependencies, wantDependencies) {
		t.Errorf("dependencies are %q, want %q", dependencies, wantDependencies)
	}
	b := services["built"].Build()
	got := []string{b.Context, b.Dockerfile, b.Target, b.Inline, b.Args[0].Name, b.Args[0].Value, services["short"].Build().Context}
	if want := []string{"./app", "Dockerfile.dev", "run", "FROM scratch\n", "V", "1", "./dir"}; !slices.Equal(got, want) {
		t.Errorf("build is %q, want %q", got, want)
	}
	short, long := services["short"].Extends(), services["long"].Extends()
	if short.Service != "web" || short.File != "" || long.Service != "web" || long.File != "other.yaml" || services["db"].Extends() != nil {
		t.Errorf("extends are %+v and %+v", short, long)
	}
}

func TestEnvironment(t *testing.T) {
	d := mustParseCompose(t, servicesText)
	got := map[string][]string{}
	for _, s := range d.Compose.Services {
		for _, v := range s.Environment() {
			via := "direct"
			if v.Via != nil {
				via = "*" + v.Via.YAML.Value
			}
			text := "-"
			if v.Exact {
				text = d.Text(v.Span)
			}
			got[s.Name] = append(got[s.Name], fmt.Sprintf("%s=%s %t %q at %s via %s", v.Name, v.Value, v.Set, text, v.Node.Path(), via))
		}
	}
	want := map[string][]string{
		"web": {
			`LEVEL=info true "info" at x-base.environment.LEVEL via *base`,
			`HOST= false "-" at x-base.environment.HOST via *base`,
			`SHARED=1 true "1" at x-env.SHARED via *base`,
		},
		"db": {
			`A=b=c true "b=c" at services.db.environment[0] via direct`,
			`Q="x" true "\"x\"" at services.db.environment[1] via direct`,
			`EA=f true "-" at services.db.environment[2] via direct`,
			`HOST= false "-" at services.db.environment[3] via direct`,
			`EMPTY= true "" at services.db.environment[4] via direct`,
		},
		"cache": {
			`LEVEL=info true "info" at x-base.environment.LEVEL via *base`,
			`HOST= false "-" at x-base.environment.HOST via *base`,
			`SHARED=1 true "1" at x-env.SHARED via *base`,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("environment is\n%q, want\n%q", got, want)
	}
}

func TestLookup(t *testing.T) {
	d := mustParseCompose(t, `a: &a {k: 1, l: 1}
b: &b {k: 2, m: 2}
c:
  <<: [*a, *b]
  l: 3
d: &d
  <<: *d
  k: 4
e: *a
`)
	for _, c := range []struct{ at, name, value, via string }{
		{"c", "k", "1", "a"}, {"c", "l", "3", ""}, {"c", "m", "2", "b"}, {"c", "none", "", ""}, {"d", "k", "4", ""}, {"d", "x", "", ""}, {"e", "l", "1", "a"},
	} {
		_, n := d.Compose.Root.Get(c.at)
		f, ok := n.Lookup(c.name)
		via := ""
		if f.Via != nil {
			via = f.Via.YAML.Value
		}
		if f.Node.Text() != c.value || via != c.via || ok != (c.value != "") {
			t.Errorf("%s.%s is %q via %q, want %q via %q", c.at, c.name, f.Node.Text(), via, c.value, c.via)
		}
	}
	if key, value := d.Compose.Root.Get("e"); key.Line() != 9 || value.alias() == nil || value.alias().Path() != "a" {
		t.Errorf("e on line %d is %+v", key.Line(), value)
	}
}

func TestIndentSteps(t *testing.T) {
	for _, c := range []struct {
		text       string
		step, dash int
	}{
		{"a: 1\n", 2, 2},
		{"services:\n    a:\n        image: b\n        ports:\n        - c\n", 4, 0},
		{"services:\n  a:\n    image: b\n    ports:\n      - c\n", 2, 2},
		{"a:\n   - b\n", 3, 3},
		{"services:\n  a:\n   image: b\n  c:\n    image: d\n  e:\n    image: f\n", 2, 2},
	} {
		compose := mustParseCompose(t, c.text).Compose
		if compose.Step != c.step || compose.DashStep != c.dash {
			t.Errorf("%q: steps are %d and %d, want %d and %d", c.text, compose.Step, compose.DashStep, c.step, c.dash)
		}
	}
}
