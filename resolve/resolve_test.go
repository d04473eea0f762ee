package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/hubsim"
	"github.com/dockfix/dockfix/resolve/registry"
)

// TestWhy requires the exact words for each way in which an answer comes about.
func TestWhy(t *testing.T) {
	f := newFake()
	f.hub.Move("library/redis", "latest", "") // is gone
	equal(t, "ubuntu:24.04", one(t, resolver(f), Query{Ref: "ubuntu:24.04", Precise: true}).Why, "no more precise tag has the digest of 24.04")
	for _, c := range []struct{ ref, version, why string }{
		{"python", "3.14.7", "latest is 3.14.7 (same digest), pushed 4 days ago"},
		{"docker.io/library/python:latest", "3.14.7", "latest is 3.14.7 (same digest), pushed 4 days ago"},
		{"nginx:alpine", "1.31.4-alpine", "alpine is 1.31.4-alpine (same digest), pushed 4 days ago"},
		{"python:3.12-slim", "3.12-slim", "3.12-slim has this digest, pushed 4 days ago"},
		{"python:3.14.7", "3.14.7", "3.14.7 has this digest, pushed 4 days ago"},
		{"acme/orphan", "", "no version tag has the digest of latest"},
		{"redis", "", "the tag latest no longer exists"},
	} {
		a := one(t, resolver(f), Query{Ref: c.ref})
		equal(t, c.ref, a.Version, c.version)
		equal(t, c.ref, noAge(a.Why), noAge(c.why))
		if c.ref != "redis" && (a.Err != nil || !strings.HasPrefix(a.Digest, "sha256:")) {
			t.Errorf("%s: %q, %v", c.ref, a.Digest, a.Err)
		}
	}
}

// noAge takes the number out of "pushed 4 days ago": the days of the tag lists are not what is tested.
func noAge(why string) string {
	before, rest, found := strings.Cut(why, "pushed ")
	_, unit, _ := strings.Cut(rest, " ")
	if !found {
		return why
	}
	return before + "pushed N " + unit
}

// TestSingle requires a manifest without an index to be told.
func TestSingle(t *testing.T) {
	r, err := hubsim.Read("library/x", []byte("2026-08-20 single latest 1.0.0\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	hubsim.Repositories()["library/x"] = r
	defer delete(hubsim.Repositories(), "library/x")
	f.hub = hubsim.New(hubsim.Options{})
	a := one(t, resolver(f), Query{Ref: "x"})
	equal(t, "why", a.Why, "latest is 1.0.0 (same digest), pushed 3 days ago; it is a manifest for one platform, not an index")
	equal(t, "index", a.Index, false)
}

// TestRequests requires each thing to be asked once, and nothing that nobody wants to know.
func TestRequests(t *testing.T) {
	pinned := "python:3.12.1@" + digest(t, "python:3.12.1")
	for _, c := range []struct {
		name    string
		queries []Query
		want    string
	}{
		{"concrete", []Query{{Ref: "python:3.14.7"}}, "[library/python 3.14.7]"},
		{"partial", []Query{{Ref: "python:3.12-slim"}}, "[library/python 3.12-slim]"},
		{"the same", []Query{{Ref: "python:3.14.7"}, {Ref: "docker.io/python:3.14.7"}, {Ref: "library/python:3.14.7"}}, "[library/python 3.14.7]"},
		{"pinned", []Query{{Ref: pinned}, {Ref: "python@" + digest(t, "python:3.12.1")}}, "[]"},
		{"latest", []Query{{Ref: "python"}, {Ref: "python:latest"}, {Ref: "python:3.14.7"}},
			"[library/python 3.14.7 library/python latest library/python tags ]"},
		{"verify", []Query{{Ref: pinned, Verify: true}}, "[library/python 3.12.1]"},
		{"verify a digest", []Query{{Ref: "python@" + digest(t, "python:3.12.1"), Verify: true}}, "[library/python " + digest(t, "python:3.12.1") + "]"},
		{"verify latest", []Query{{Ref: "python:latest@" + digest(t, "python:latest"), Verify: true}}, "[library/python latest]"},
		{"codenames", []Query{{Ref: "debian:bookworm-slim"}}, "[library/debian bookworm-20260803-slim library/debian bookworm-slim library/debian tags bookworm-]"},
		{"precise", []Query{{Ref: "python:3.12-slim", Precise: true}}, "[library/python 3.12-slim library/python 3.12.14-slim library/python tags 3.12.]"},
		{"a bad reference", []Query{{Ref: "a b"}, {Ref: "UPPER"}, {Ref: "x@sha256:1"}}, "[]"},
	} {
		f := newFake()
		resolver(f).All(t.Context(), c.queries)
		equal(t, c.name, f.requests(), c.want)
	}
}

// TestFailures requires one failure to stop nothing else, and what is known to be told all the same.
func TestFailures(t *testing.T) {
	f := newFake()
	limited := &registry.Error{Registry: "index.docker.io", Kind: registry.Limited}
	f.errors["library/node latest"] = limited
	f.errors["library/redis tags "] = limited
	f.errors["library/nginx 1.31.4"] = limited
	f.errors["library/golang tags "] = &registry.Error{Kind: registry.NotFound}
	a := resolver(f).All(t.Context(), []Query{{Ref: "a b"}, {Ref: "node"}, {Ref: "redis"}, {Ref: "nginx"}, {Ref: "golang"}, {Ref: "no/such"}, {Ref: "python"}})
	if a[0].Err == nil || !strings.Contains(a[0].Err.Error(), `"a b" is no image reference`) {
		t.Errorf("a b: %v", a[0].Err)
	}
	if !errors.Is(a[1].Err, limited) || a[1].Digest != "" {
		t.Errorf("node: %v", a[1])
	}
	for i, name := range map[int]string{2: "redis", 3: "nginx"} {
		if !errors.Is(a[i].Incomplete, limited) || a[i].Err != nil || a[i].Version != "" || a[i].Digest != digest(t, name+":latest") {
			t.Errorf("%s: %+v", name, a[i])
		}
		equal(t, name, a[i].Why, "the version of latest could not be found out")
	}
	equal(t, "golang", a[4].Why, "the registry has no tag list for latest")
	if a[4].Err != nil || a[4].Digest == "" {
		t.Errorf("golang: %+v", a[4])
	}
	if !a[5].Missing || a[5].Err == nil {
		t.Errorf("no/such: %+v", a[5])
	}
	equal(t, "python", a[6].Version, "3.14.7")
	for i, a := range a {
		if a.Ref == "" {
			t.Errorf("answer %d has no reference", i)
		}
	}
}

// TestLongList requires a list that was cut off to be told, as a version may be in what is left of it.
func TestLongList(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	f.most = 100
	for range 2 { // it is no fact to remember
		a := one(t, at(f, dir, 0), Query{Ref: "python"})
		equal(t, "why", a.Why, "none of the first 100 tags of the repository has the digest of latest")
		if a.Err != nil || a.Version != "" || a.Digest == "" {
			t.Errorf("%+v", a)
		}
	}
}

// TestWrongDigest requires a registry that answers with another digest than the one asked for, or with none, to be refused.
func TestWrongDigest(t *testing.T) {
	f := newFake()
	f.lies = map[string]string{"library/python 3.14.7": "sha256:1", "library/nginx " + digest(t, "nginx:1.28.0"): digest(t, "nginx:1.31.4")}
	for _, ref := range []string{"python:3.14.7", "nginx@" + digest(t, "nginx:1.28.0")} {
		if a := one(t, resolver(f), Query{Ref: ref, Verify: true}); a.Err == nil || !strings.Contains(a.Err.Error(), "answers with the digest") {
			t.Errorf("%s: %+v", ref, a)
		}
	}
}

// TestCanceled requires a canceled run to end with an error for each answer.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := newFake()
	f.errors["library/python latest"] = ctx.Err()
	if a := resolver(f).All(ctx, []Query{{Ref: "python"}}); !errors.Is(a[0].Err, context.Canceled) {
		t.Errorf("%+v", a[0])
	}
}

// TestVerify requires moved tags, and tags and digests that are gone, to be told apart.
func TestVerify(t *testing.T) {
	f := newFake()
	f.hub.Move("library/nginx", "1.31.3", "")
	const nowhere = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	older, newer := digest(t, "nginx:1.28.0"), digest(t, "nginx:1.31.4")
	for _, c := range []struct {
		ref            string
		moved, missing bool
		why            string
	}{
		{"nginx:1.31.4@" + newer, false, false, "1.31.4 has this digest, pushed N days ago"},
		{"nginx:1.31.4@" + older, true, false, "1.31.4 has " + newer[:19] + " now, not " + older[:19] + ", pushed N days ago"},
		{"nginx:1.31.4@" + nowhere, true, true, "1.31.4 has " + newer[:19] + " now, not sha256:000000000000, pushed N days ago, and the pinned digest no longer exists"},
		{"nginx:1.31.3@" + older, false, true, "the tag 1.31.3 no longer exists"},
		{"nginx:1.31.3@" + nowhere, false, true, "the tag 1.31.3 no longer exists, and the pinned digest no longer exists"},
		{"nginx@" + older, false, false, "the digest exists"},
		{"nginx@" + nowhere, false, true, "the pinned digest no longer exists"},
	} {
		a := one(t, resolver(f), Query{Ref: c.ref, Verify: true})
		equal(t, c.ref, []any{a.Moved, a.Missing, a.Err}, []any{c.moved, c.missing, nil})
		equal(t, c.ref, noAge(a.Why), noAge(c.why))
	}
}

// TestPinned requires the name to stay as it is spelled.
func TestPinned(t *testing.T) {
	for _, c := range []struct{ ref, version, digest, want string }{
		{"python", "3.14.7", "sha256:ab", "python:3.14.7@sha256:ab"},
		{"python:latest", "3.14.7", "sha256:ab", "python:3.14.7@sha256:ab"},
		{"docker.io/library/python:3@sha256:00", "3.14.7", "sha256:ab", "docker.io/library/python:3.14.7@sha256:ab"},
		{"localhost:5000/x", "1", "sha256:ab", "localhost:5000/x:1@sha256:ab"},
		{"localhost:5000/x:0", "1", "", "localhost:5000/x:1"},
		{"localhost:5000/x", "", "sha256:ab", "localhost:5000/x@sha256:ab"},
		{"x:edge", "", "sha256:ab", "x:edge@sha256:ab"},
		{"x@sha256:00", "", "sha256:ab", "x@sha256:ab"},
	} {
		if got := Pinned(c.ref, c.version, c.digest); got != c.want {
			t.Errorf("%s: %s, want %s", c.ref, got, c.want)
		}
	}
}

// TestParse requires what is looked up to be the same however the name is spelled, and a tag beside a digest to stay.
func TestParse(t *testing.T) {
	d := strings.Repeat("a", 64)
	for ref, want := range map[string]string{
		"python":                             "index.docker.io/library/python latest ",
		"docker.io/python:3":                 "index.docker.io/library/python 3 ",
		"index.docker.io/library/python":     "index.docker.io/library/python latest ",
		"qdrant/qdrant:v1@sha256:" + d:       "index.docker.io/qdrant/qdrant v1 sha256:" + d,
		"python@sha256:" + d:                 "index.docker.io/library/python  sha256:" + d,
		"localhost:5000/x":                   "localhost:5000/x latest ",
		"localhost:5000/x@sha256:" + d:       "localhost:5000/x  sha256:" + d,
		"ghcr.io/a/b/c:1.2_3@sha256:" + d:    "ghcr.io/a/b/c 1.2_3 sha256:" + d,
		"docker.io/library/python:3.12-slim": "index.docker.io/library/python 3.12-slim ",
	} {
		r, err := parse(ref)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		equal(t, ref, r.repo.Name()+" "+r.tag+" "+r.pinned, want)
	}
	for _, ref := range []string{"", ":", "a b", "Python", "x:", "x@", "x@sha256:zz", "x:1:2/", "x@sha256:" + d + "@sha256:" + d, "x:" + strings.Repeat("a", 129)} {
		if r, err := parse(ref); err == nil {
			t.Errorf("%q is %v", ref, r)
		}
	}
}

// TestSpan requires times in words that people say.
func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30 seconds", time.Minute: "1 minute", time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 25 * time.Hour: "25 hours",
		24 * time.Hour: "1 day", 47 * time.Hour: "47 hours", 72 * time.Hour: "3 days", 729 * days: "729 days", 730 * days: "2 years", 1500 * days: "4 years",
	} {
		equal(t, d.String(), span(d), want)
	}
}
