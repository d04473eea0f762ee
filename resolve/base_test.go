package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/hubsim"
	"github.com/dockfix/dockfix/resolve/registry"
)

// looking lets a resolver look for what the tests know.
func looking(o *Options) {
	o.BaseTexts = []string{"etc/passwd", "usr/lib/os-release"}
	o.BasePrograms = []string{"python", "python3", "curl", "bash", "useradd"}
}

// oneBase asks about one image.
func oneBase(t *testing.T, r *Resolver, q BaseQuery) Base {
	t.Helper()
	return r.Bases(t.Context(), []BaseQuery{q})[0]
}

func TestBases(t *testing.T) {
	f := newFake()
	r := resolver(f, looking)
	b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true})
	if b.Err != nil || b.Digest != digest(t, "acme/python:1.4.2") || b.Root == nil {
		t.Fatalf("%+v", b)
	}
	equal(t, "working directory", b.Config.WorkingDir, "/srv")
	equal(t, "environment", b.Config.Env[1:], []string{"PYTHON_VERSION=3.12.4", "API_TOKEN="})
	equal(t, "programs", slices.Sorted(maps.Keys(b.Root.Programs)), []string{"bash", "python", "python3", "useradd"})
	equal(t, "link", b.Root.Programs["python"], "python3")
	if !b.Root.Shell || !strings.Contains(b.Root.Texts["etc/passwd"], "www-data:x:33:33") || !strings.Contains(b.Root.Texts["usr/lib/os-release"], "ID=debian") {
		t.Errorf("%+v", b.Root)
	}
	b = oneBase(t, r, BaseQuery{Ref: "acme/dropper:3", Root: true})
	if b.Err != nil || !strings.Contains(b.Root.Texts["docker-entrypoint.sh"], "gosu") {
		t.Errorf("the script that it starts with: %+v, %v", b.Root, b.Err)
	}
	b = oneBase(t, r, BaseQuery{Ref: "acme/service"})
	if b.Err != nil || b.Root != nil {
		t.Fatalf("%+v", b)
	}
	equal(t, "user", b.Config.User, "1001:0")
	equal(t, "ports", b.Config.Ports, []string{"8080/tcp"})
	equal(t, "healthcheck", b.Config.Healthcheck, []string{"CMD", "/check"})
}

// TestBasesRequests counts what is asked: the tag once for all that ask for it, the configuration once, the layers only on request, from
// the top, and nothing a second time.
func TestBasesRequests(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	cached := func(o *Options) { looking(o); o.CacheDir = dir }
	r := resolver(f, cached)
	one(t, r, Query{Ref: "acme/python:1.4.2"})
	f.requests()
	r.Bases(t.Context(), []BaseQuery{{Ref: "acme/python:1.4.2"}, {Ref: "docker.io/acme/python:1.4.2"}})
	d := digest(t, "acme/python:1.4.2")
	equal(t, "configuration", f.requests(), []string{"image acme/python " + d})
	oneBase(t, r, BaseQuery{Ref: "acme/python:1.4.2@" + d, Root: true})
	asked := f.requests()
	if len(asked) != 4 || asked[0] != "image acme/python "+d || !strings.HasPrefix(asked[1], "layer ") {
		t.Errorf("layers: %q", asked)
	}
	for _, q := range []BaseQuery{{Ref: "acme/python@" + d, Root: true}, {Ref: "acme/python:1.4.2", Root: true}} {
		if b := oneBase(t, resolver(f, cached), q); b.Err != nil || b.Root == nil || !b.Root.Shell {
			t.Errorf("%+v", b)
		}
	}
	equal(t, "again", f.requests(), []string{})
	later := resolver(f, cached, func(o *Options) { o.Now = func() time.Time { return today.Add(1000 * time.Hour) } })
	oneBase(t, later, BaseQuery{Ref: "acme/python:1.4.2", Root: true})
	equal(t, "much later", f.requests(), []string{"acme/python 1.4.2"})
	// Where a newer dockfix looks for more, what is cached does not do.
	more := resolver(f, cached, func(o *Options) { o.BasePrograms = append(slices.Clip(o.BasePrograms), "wget") })
	oneBase(t, more, BaseQuery{Ref: "acme/python@" + d, Root: true})
	equal(t, "more", len(f.requests()), 4)
}

// TestBasesOffline asks nothing, and knows what the cache knows.
func TestBasesOffline(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	oneBase(t, resolver(f, looking, func(o *Options) { o.CacheDir = dir }), BaseQuery{Ref: "acme/service:2", Root: true})
	f.requests()
	r := resolver(f, looking, func(o *Options) { o.CacheDir, o.Offline = dir, true })
	if b := oneBase(t, r, BaseQuery{Ref: "acme/service:2", Root: true}); b.Err != nil || b.Config.User != "1001:0" || !b.Root.Shell {
		t.Errorf("%+v", b)
	}
	for _, ref := range []string{"acme/python:1", "acme/python@" + digest(t, "acme/python:1.4.2")} {
		if b := oneBase(t, r, BaseQuery{Ref: ref}); !errors.Is(b.Err, ErrOffline) {
			t.Errorf("%s: %v", ref, b.Err)
		}
	}
	equal(t, "offline", f.requests(), []string{})
}

// TestBasesCatalogue asks a catalogue, which has what the cache knew when it was made.
func TestBasesCatalogue(t *testing.T) {
	f := newFake()
	r := resolver(f, looking)
	oneBase(t, r, BaseQuery{Ref: "acme/python:1.4.2", Root: true})
	answers := r.All(t.Context(), []Query{{Ref: "acme/python:1.4.2", Newest: true}, {Ref: "acme/service:2.1.0", Newest: true}})
	var text bytes.Buffer
	if err := NewCatalog(answers).Write(&text); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCatalog(&text)
	if err != nil {
		t.Fatal(err)
	}
	f.requests()
	from := New(Options{Catalog: c, Registry: f})
	if b := oneBase(t, from, BaseQuery{Ref: "acme/python:1.4.2", Root: true}); b.Err != nil || !b.Root.Shell || b.Config.WorkingDir != "/srv" {
		t.Errorf("%+v", b)
	}
	if b := oneBase(t, from, BaseQuery{Ref: "acme/service:2.1.0"}); !errors.Is(b.Err, ErrNotInCatalog) {
		t.Errorf("%v", b.Err)
	}
	equal(t, "catalogue", f.requests(), []string{})
}

// TestBasesFail has one of three fail, at each of the requests. Nothing that is half known is cached.
func TestBasesFail(t *testing.T) {
	d := digest(t, "acme/python:1.4.2")
	down := &registry.Error{Kind: registry.Unreachable, Detail: "is down"}
	for what, digest := range map[string]string{"acme/python 1": "", "image acme/python " + d: d} {
		f := newFake()
		f.errors[what] = down
		r := resolver(f, looking)
		b := r.Bases(t.Context(), []BaseQuery{{Ref: "acme/service:2"}, {Ref: "acme/python:1", Root: true}, {Ref: "a b"}, {Ref: "acme/dropper:3"}})
		if b[0].Err != nil || b[3].Err != nil || !errors.Is(b[1].Err, down) || b[1].Digest != digest || b[2].Err == nil {
			t.Errorf("%s: %+v", what, b)
		}
		delete(f.errors, what)
		if b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true}); b.Err != nil || b.Root == nil {
			t.Errorf("%s: again: %+v", what, b)
		}
	}
	f := newFake()
	r := resolver(f, looking)
	image, err := f.client().Image(t.Context(), mustParse(t, "acme/python").repo, d)
	if err != nil {
		t.Fatal(err)
	}
	lowest := "layer " + image.Layers[0].Digest
	f.errors[lowest] = down
	if b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true}); !errors.Is(b.Err, down) || b.Root != nil || b.Config == nil {
		t.Errorf("a layer: %+v", b)
	}
	delete(f.errors, lowest)
	if b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true}); b.Err != nil || !b.Root.Shell {
		t.Errorf("a layer, again: %+v", b)
	}
}

// TestBasesPartial knows nothing of layers that are damaged or too many, and does not read these at all.
func TestBasesPartial(t *testing.T) {
	f := newFake()
	r := (&run{Resolver: resolver(f, looking), ctx: t.Context()})
	repo := mustParse(t, "acme/python").repo
	root, err := r.root(repo, []registry.Layer{{Digest: digestOfNothing, Size: maxLayers}, {Digest: digestOfNothing, Size: 1}}, &ImageConfig{})
	if err != nil || !strings.Contains(root.Partial, "more than the 100 MB") || root.Shell {
		t.Errorf("%+v, %v", root, err)
	}
	equal(t, "requests", f.requests(), []string{})

	d := digest(t, "acme/python:1.4.2")
	image, err := f.client().Image(t.Context(), repo, d)
	if err != nil {
		t.Fatal(err)
	}
	f.layers = map[string]string{image.Layers[1].Digest: strings.Repeat("no archive ", 100)}
	for range 2 {
		b := oneBase(t, r.Resolver, BaseQuery{Ref: "acme/python:1.4.2", Root: true})
		if b.Err != nil || !strings.Contains(b.Root.Partial, "archive is damaged") || len(b.Root.Programs) > 0 || b.Root.Shell {
			t.Errorf("%+v, %v", b.Root, b.Err)
		}
	}
	equal(t, "layers", len(f.requests()), 4) // the tag, the configuration, two layers
}

const digestOfNothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// TestBasesCacheFile leaves out what stands under no digest.
func TestBasesCacheFile(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	cached := func(o *Options) { looking(o); o.CacheDir = dir }
	r := resolver(f, cached)
	b := oneBase(t, r, BaseQuery{Ref: "acme/service:2"})
	path := r.cache.path(mustParse(t, "acme/service").repo.Name(), ".json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("s3cret")) {
		t.Errorf("the cache has a secret in it: %s", text)
	}
	damaged := strings.Replace(string(text), `"bases":{"`+b.Digest, `"bases":{"latest`, 1)
	if damaged == string(text) {
		t.Fatalf("no base in %s", text)
	}
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	f.requests()
	if b := oneBase(t, resolver(f, cached), BaseQuery{Ref: "acme/service:2"}); b.Err != nil || b.Config.User != "1001:0" {
		t.Errorf("%+v", b)
	}
	equal(t, "damaged", f.requests(), []string{"image acme/service " + b.Digest})
}

// TestBasesDropsSecrets requires that no value of a variable that is named for a secret is kept.
func TestBasesDropsSecrets(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	r := resolver(f, looking, func(o *Options) { o.CacheDir = dir })
	oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true})
	text, err := os.ReadFile(r.cache.path(mustParse(t, "acme/python").repo.Name(), ".json"))
	if err != nil || !bytes.Contains(text, []byte("API_TOKEN=")) || bytes.Contains(text, []byte("s3cret")) {
		t.Errorf("%s, %v", text, err)
	}
}

// TestReadConfig takes over what is known to be one thing alone, and says what is no configuration.
func TestReadConfig(t *testing.T) {
	c, err := readConfig([]byte(`{"os":"linux","config":{"Env":["A=b=c","lonely","DB_PASSWORD=x","PATH=/bin"],"ExposedPorts":{"80/tcp":{},"53/udp":{}},"OnBuild":["RUN x"],"Shell":["/bin/bash","-c"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "configuration", *c, ImageConfig{OS: "linux", Env: []string{"A=b=c", "DB_PASSWORD=", "PATH=/bin"}, Ports: []string{"53/udp", "80/tcp"}, OnBuild: true, Shell: []string{"/bin/bash", "-c"}})
	if c, err := readConfig([]byte(`{"config":null}`)); err != nil || c.User != "" {
		t.Errorf("an empty one: %+v, %v", c, err)
	}
	for _, text := range []string{`[]`, `{"config":{"User":5}}`, `{"config":{"Env":"x"}}`, `{"x":"` + strings.Repeat("x", maxConfig) + `"}`} {
		if c, err := readConfig([]byte(text)); err == nil {
			t.Errorf("%.40s: %+v", text, c)
		}
	}
}

// TestSearchPath takes the absolute directories of PATH.
func TestSearchPath(t *testing.T) {
	for value, want := range map[string]string{
		"PATH=/opt/bin:/bin/": "[opt/bin bin]", "PATH=:rel:../x:/a/../b": "[b]", "PATH=": "[]", "LANG=C": "[usr/local/sbin usr/local/bin usr/sbin usr/bin sbin bin]",
		"PATH=" + strings.Repeat("/x:", 1000): fmt.Sprint(slices.Repeat([]string{"x"}, maxPath)),
	} {
		equal(t, value[:min(40, len(value))], searchPath(&ImageConfig{Env: []string{value}}), want)
	}
}

func mustParse(t *testing.T, ref string) reference {
	t.Helper()
	r, err := parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBasesOfHub asks the simulated hub by way of the client.
func TestBasesOfHub(t *testing.T) {
	hub := hubsim.New(hubsim.Options{})
	o := Options{Registry: registry.New(registry.Options{Transport: hub.Transport()}), Now: func() time.Time { return today }}
	looking(&o)
	b := New(o).Bases(t.Context(), []BaseQuery{{Ref: "acme/python:1", Root: true}, {Ref: "acme/dropper:3"}})
	if b[0].Err != nil || b[1].Err != nil || b[1].Config.Entrypoint[0] != "docker-entrypoint.sh" {
		t.Errorf("%+v", b)
	}
	if n := hub.Counts(); n.Token != 1 || n.Head != 2 || n.Pull != 4 || n.Blob != 5 || n.Tags != 0 {
		t.Errorf("%+v", n)
	}
}
