package resolve

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/dockfix/dockfix/internal/hubsim"
	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
)

// fifty are 50 images as people write them: 9 times latest, 3 words, 38 versions more or less precise.
var fifty = strings.Fields(`
	alpine:3.20 alpine:3.22 alpine:latest busybox:1.36 caddy:2-alpine debian:12 debian:bookworm-slim debian:trixie docker:28-dind
	eclipse-temurin:17-jdk-alpine eclipse-temurin:21-jre golang:1.25-alpine golang:1.26 golang:1.27-bookworm gradle:8-jdk21
	grafana/grafana:latest haproxy:3.2-alpine httpd:2.4 influxdb:2.7 mariadb:11 maven:3-eclipse-temurin-21 memcached:1.6-alpine mongo:8
	mysql:8.4 nginx:1.30 nginx:alpine nginx:latest node:22 node:22-alpine node:24-slim node:latest postgres:16-alpine postgres:17 postgres:18
	prom/prometheus:latest python:3.12-slim python:3.13 python:3.14-alpine python:latest qdrant/qdrant:latest rabbitmq:4-management-alpine
	redis:7-alpine redis:8 redis:latest ruby:3.3-slim rust:1.90-slim traefik:v3.5 ubuntu:22.04 ubuntu:24.04 ubuntu:latest`)

func queries(refs []string) []Query {
	all := make([]Query, len(refs))
	for i, r := range refs {
		all[i] = Query{Ref: r}
	}
	return all
}

// online is a resolver that speaks to the hub by way of the real client.
func online(hub *hubsim.Hub, change ...func(*Options)) *Resolver {
	o := Options{
		Registry: registry.New(registry.Options{Transport: hub.Transport(), Keychain: authn.NewMultiKeychain(), Budget: 20 * time.Millisecond}),
		Now:      func() time.Time { return today },
	}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// TestFifty requires 50 images to take 90 requests at most, none of them a pull, and none with a warm cache.
func TestFifty(t *testing.T) {
	hub, dir := hubsim.New(hubsim.Options{}), t.TempDir()
	cached := func(o *Options) { o.CacheDir = dir }
	answers := online(hub, cached).All(t.Context(), queries(fifty))
	cold := hub.Counts()
	t.Logf("cold: %d requests, %+v", cold.Total(), cold)
	if cold.Total() > 90 || cold.Challenge > 1 || cold.Pull > 0 || cold.Blob > 0 {
		t.Errorf("cold: %+v", cold)
	}
	concrete := 0
	for _, a := range answers {
		if a.Err != nil || a.Version == "" || a.Digest != digest(t, strings.TrimPrefix(a.Repository, "index.docker.io/")+":"+a.Version) {
			t.Errorf("%s: %q, %q, %v", a.Ref, a.Version, a.Digest, a.Err)
		}
		if a.Version != a.Tag {
			concrete++
		}
	}
	equal(t, "made concrete", concrete, 12)
	for _, c := range []struct {
		name    string
		options []func(*Options)
	}{
		{"warm", []func(*Options){cached}},
		{"offline", []func(*Options){cached, func(o *Options) { o.Offline = true }}},
	} {
		hub.Reset()
		again := online(hub, c.options...).All(t.Context(), queries(fifty))
		equal(t, c.name, hub.Counts().Total(), 0)
		for i, a := range again {
			equal(t, a.Ref, a.Version+" "+a.Digest, answers[i].Version+" "+answers[i].Digest)
		}
	}
	hub.Reset()
	later := online(hub, cached, func(o *Options) { o.Now = func() time.Time { return today.Add(30 * time.Minute) } })
	later.All(t.Context(), queries(fifty))
	t.Logf("half an hour later: %+v", hub.Counts())
	if c := hub.Counts(); c.Head > 50 || c.Tags > 0 || c.Pull > 0 {
		t.Errorf("half an hour later: %+v", c)
	}
}

// TestFloating requires nearly all floating tags of the lists to resolve with the first or the next few HEADs, and
// all to the right image.
func TestFloating(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all tag lists")
	}
	var all, resolved, first, third int
	for name, repo := range hubsim.Repositories() {
		f := newFake()
		r := resolver(f)
		for i, floating := range floatingTags(repo) {
			if i%3 != 0 && !strings.Contains("latest stable lts alpine slim", floating) {
				continue // the package of the tags tries them all
			}
			all++
			a := one(t, r, Query{Ref: name + ":" + floating, Precise: true})
			heads := 0
			for _, what := range f.requests() {
				if !strings.Contains(what, " tags ") {
					heads++
				}
			}
			if a.Err != nil || a.Digest != f.hub.Digest(repo.Name, floating) {
				t.Fatalf("%s:%s: %+v", name, floating, a)
			}
			if a.Version == "" {
				t.Logf("%s:%s is not resolved, but has %v", name, floating, repo.ByTag[floating].Tags)
				continue
			}
			if repo.ByTag[a.Version] != repo.ByTag[floating] || tag.Parse(a.Version).Floating() {
				t.Errorf("%s:%s is not %s", name, floating, a.Version)
			}
			resolved++
			if heads <= 2 {
				first++
			}
			if heads <= 4 {
				third++
			}
		}
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(all) }
	t.Logf("of %d floating tags %.1f %% resolve, %.1f %% with the first HEAD, %.1f %% with three", all, share(resolved), share(first), share(third))
	if all < 600 || share(resolved) < 98 || share(first) < 94 {
		t.Errorf("of %d floating tags %.1f %% resolve, %.1f %% with the first HEAD", all, share(resolved), share(first))
	}
}

// floatingTags are the tags that are kept up to date and have another tag beside them that says more.
func floatingTags(repo *hubsim.Repository) []string {
	var tags []string
	for _, i := range repo.Images {
		concrete := false
		for _, t := range i.Tags {
			p := tag.Parse(t)
			concrete = concrete || !p.Floating() && !p.Partial()
		}
		for _, t := range i.Tags[:i.Live] {
			if p := tag.Parse(t); concrete && (p.Floating() || p.Partial()) {
				tags = append(tags, t)
			}
		}
	}
	return tags
}

// TestHostDown requires an unreachable registry, a repository that is limited and one that is not there to leave all else alone.
func TestHostDown(t *testing.T) {
	hub := hubsim.New(hubsim.Options{Fault: func(r *http.Request) int {
		switch {
		case r.URL.Host == "ghcr.io":
			return -1
		case strings.Contains(r.URL.Path, "/library/redis/"):
			return http.StatusTooManyRequests
		}
		return 0
	}})
	refs := append([]string{"ghcr.io/library/nginx", "no.such.host/x", "library/nosuch", "redis"}, fifty[:20]...)
	for i, a := range online(hub).All(t.Context(), queries(refs)) {
		if failed := a.Err != nil; failed != (i < 4) {
			t.Errorf("%s: %v", a.Ref, a.Err)
		}
		if a.Err != nil && !strings.Contains(a.Err.Error(), strings.Split(strings.TrimPrefix(a.Ref, "library/"), ":")[0]) {
			t.Errorf("%s: the error does not name it: %v", a.Ref, a.Err)
		}
	}
}

// TestHubAge requires Docker Hub's own time of a tag to decide with a minimum age, one request for each tag that is considered,
// and the time that comes with a manifest to do for other registries, where there is one.
func TestHubAge(t *testing.T) {
	hub := hubsim.New(hubsim.Options{})
	aged := func(o *Options) { o.MinAge = 3 * days }
	a := one(t, online(hub, aged), Query{Ref: "nginx:1.30.0", Update: &UpdateQuery{}})
	equal(t, "update", []any{brief(a.Update), a.Update.PushedBy, a.Err}, []any{"1.31.4 minor", "Docker Hub", nil})
	equal(t, "requests of the API", hub.Counts().API, 1)
	a = one(t, online(hub, aged), Query{Ref: "ghcr.io/library/nginx:1.30.0", Update: &UpdateQuery{}})
	equal(t, "update", []any{a.Update.PushedBy, a.Err}, []any{"first seen", nil})
	equal(t, "held", a.Update.Held, "its age is not known: first seen just now, less than 3 days")
	equal(t, "requests of the API", hub.Counts().API, 1)
}

// TestGHCR requires a registry that does not sort its tags to give the same versions.
func TestGHCR(t *testing.T) {
	hub := hubsim.New(hubsim.Options{})
	for ref, want := range map[string]string{"ghcr.io/library/python": "3.14.7", "ghcr.io/library/node:22-alpine": "22.23.2-alpine", "ghcr.io/qdrant/qdrant": "v1.19.0"} {
		a := one(t, online(hub), Query{Ref: ref, Precise: true})
		equal(t, ref, []any{a.Version, a.PushedBy, a.Err}, []any{want, "", nil})
	}
}

// Benchmark50Images is a cold run over 50 images at 30 ms a request.
func Benchmark50Images(b *testing.B) { benchmark(b, 1) }

// Benchmark2000Files is a cold run over 2,000 files with three of the same 50 images each.
func Benchmark2000Files(b *testing.B) { benchmark(b, 2000*3/50) }

func benchmark(b *testing.B, times int) {
	var all []Query
	for range times {
		all = append(all, queries(fifty)...)
	}
	hub := hubsim.New(hubsim.Options{Latency: 30 * time.Millisecond})
	online(hub).All(b.Context(), queries(fifty)) // makes the images
	peak := &peak{}
	b.ResetTimer()
	for range b.N {
		hub.Reset()
		stop := peak.watch()
		online(hub).All(b.Context(), all)
		stop()
	}
	b.ReportMetric(float64(hub.Counts().Total()), "requests/op")
	b.ReportMetric(float64(hub.Counts().Pull), "pulls/op")
	b.ReportMetric(float64(peak.bytes)/1e6, "MB-peak")
}

// peak is the most that the heap has grown.
type peak struct{ bytes uint64 }

func (p *peak) watch() (stop func()) {
	runtime.GC()
	base := inUse()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
				p.bytes = max(p.bytes, max(inUse(), base)-base)
			}
		}
	}()
	return func() { close(done); <-ended }
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func ExamplePinned() {
	fmt.Println(Pinned("docker.io/library/python", "3.14.7", "sha256:1c5e"))
	// Output: docker.io/library/python:3.14.7@sha256:1c5e
}

// TestListFails requires the digest from the real client where only the tag list fails, however it does.
func TestListFails(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusForbidden} {
		hub := hubsim.New(hubsim.Options{Fault: func(r *http.Request) int {
			if strings.HasSuffix(r.URL.Path, "/tags/list") {
				return status
			}
			return 0
		}})
		a := one(t, online(hub), Query{Ref: "python"})
		if a.Err != nil || a.Incomplete == nil || a.Version != "" || a.Digest != digest(t, "python:latest") || a.Why != "the version of latest could not be found out" {
			t.Errorf("status %d: %+v", status, a)
		}
		t.Log(a.Incomplete)
	}
}
