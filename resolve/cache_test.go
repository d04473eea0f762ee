package resolve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// some are references of each sort.
var some = []Query{{Ref: "python"}, {Ref: "nginx:alpine"}, {Ref: "python:3.12-slim"}, {Ref: "redis:8.10.1"}, {Ref: "acme/orphan"}}

// at is a resolver with a cache, at a time after today.
func at(f *fake, dir string, later time.Duration, change ...func(*Options)) *Resolver {
	return resolver(f, append(change, func(o *Options) {
		o.CacheDir, o.Now = dir, func() time.Time { return today.Add(later) }
	})...)
}

// TestCache requires the cache to answer all for some minutes, all but the digests of the tags later, and a tag that has
// moved to be told apart.
func TestCache(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	cold := at(f, dir, 0).All(t.Context(), some)
	f.requests()
	warm := at(f, dir, 9*time.Minute).All(t.Context(), some)
	equal(t, "after 9 minutes", f.requests(), "[]")
	for i := range cold {
		equal(t, cold[i].Ref, warm[i].Version+" "+warm[i].Digest+" "+warm[i].Why, cold[i].Version+" "+cold[i].Digest+" "+cold[i].Why)
	}
	at(f, dir, 50*time.Minute).All(t.Context(), some)
	equal(t, "after 50 minutes", f.requests(), "[acme/orphan latest library/nginx alpine library/python 3.12-slim library/python latest library/redis 8.10.1]")
	f.hub.Move("library/python", "latest", "3.13.15")
	a := one(t, at(f, dir, 2*time.Hour), Query{Ref: "python"})
	equal(t, "moved", a.Version, "3.13.15")
	f.requests()
	a = one(t, at(f, dir, 4*time.Hour), Query{Ref: "python"})
	equal(t, "moved", fmt.Sprint(a.Version, f.requests()), "3.13.15[library/python latest]")
}

// TestOffline requires no request, answers as old as they are, and an error for what is not known.
func TestOffline(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	at(f, dir, 0).All(t.Context(), some)
	f.requests()
	off := func(o *Options) { o.Offline, o.Registry = true, nil }
	a := at(f, dir, 72*time.Hour, off).All(t.Context(), append(some, Query{Ref: "node"}))
	equal(t, "requests", f.requests(), "[]")
	equal(t, "python", a[0].Version+" "+noAge(a[0].Why), "3.14.7 latest is 3.14.7 (same digest), pushed N days ago, as of 3 days ago")
	equal(t, "acme/orphan", a[4].Why, "no version tag has the digest of latest, as of 3 days ago")
	for _, known := range a[:5] {
		if known.Err != nil {
			t.Errorf("%s: %v", known.Ref, known.Err)
		}
	}
	if !errors.Is(a[5].Err, ErrOffline) || !strings.Contains(a[5].Err.Error(), "node:latest: ") {
		t.Errorf("node: %v", a[5].Err)
	}
}

// TestCacheBroken requires a damaged file, and one of another repository or format, to be as good as none.
func TestCacheBroken(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "v1", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for i, content := range []string{"", "{", "null", `{"format":2,"heads":{"latest":{"digest":"x"}}}`, `[]`,
		`{"format":1,"repository":"index.docker.io/library/python","heads":{"latest":{"digest":"../x"}},"facts":null}`} {
		for _, file := range files {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f := newFake()
		a := one(t, at(f, dir, 0), Query{Ref: "python"})
		if a.Version != "3.14.7" || len(f.requests()) != 3 {
			t.Errorf("%d: %+v", i, a)
		}
		one(t, at(f, dir, 0), Query{Ref: "python"})
		if again := f.requests(); len(again) != 0 {
			t.Errorf("%d: the file was not written anew, but %v asked", i, again)
		}
	}
}

// TestCacheForged requires what is no tag and no digest not to be taken from the cache, with all else of it.
func TestCacheForged(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "v1", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	const evil = `3.14.7\nRUN evil`
	forged := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), `"version":"3.14.7"`, `"version":"`+evil+`"`)
		text = strings.ReplaceAll(text, `"3.14.7",`, `"`+evil+`","`+strings.Repeat("3", 129)+`","3.14.7",`)
		forged += strings.Count(text, evil)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFake()
	a := one(t, at(f, dir, time.Minute), Query{Ref: "python", Newest: true})
	if forged < 2 || a.Version != "3.14.7" || len(f.requests()) != 0 || strings.Contains(fmt.Sprint(a), "evil") {
		t.Errorf("forged %d, %+v", forged, a)
	}
	for _, forgery := range []string{evil, strings.Repeat("3", 129), "", "-3", "3 1", "3@sha256:0"} {
		if isTag(forgery) {
			t.Errorf("%q is taken for a tag", forgery)
		}
	}
}

// write fills a cache.
func write(t *testing.T, dir string) {
	t.Helper()
	for _, a := range at(newFake(), dir, 0).All(t.Context(), some) {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
	}
}

// TestCacheModes requires the cache to be for its owner alone, and nothing to be left over.
func TestCacheModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps a user's cache directory from others by other means")
	}
	dir := t.TempDir()
	write(t, dir)
	entries, err := os.ReadDir(filepath.Join(dir, "v1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 || !strings.HasSuffix(e.Name(), ".json") {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "v1")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
}

// TestCacheUnwritable requires a cache that cannot be written to be told once, and to spoil nothing.
func TestCacheUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	r := at(newFake(), file, 0, func(o *Options) { o.Warn = func(s string) { warned = append(warned, s) } })
	for _, a := range r.All(t.Context(), some) {
		if a.Err != nil {
			t.Errorf("%s: %v", a.Ref, a.Err)
		}
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "the cache is not written") {
		t.Errorf("warned %q", warned)
	}
}

// TestCacheShared requires several resolvers that write the same cache at once to leave it whole, with what each knows.
func TestCacheShared(t *testing.T) {
	dir := t.TempDir()
	tags := hubsim.Repositories()["library/python"].Tags[:40]
	for range 2 { // what one overwrote in the first round is asked for again in the second
		var group sync.WaitGroup
		for _, tag := range tags {
			group.Go(func() {
				if a := one(t, at(newFake(), dir, 0), Query{Ref: "python:" + tag}); a.Err != nil {
					t.Error(a.Err)
				}
			})
		}
		group.Wait()
	}
	known := newCache(dir, time.Now).read("index.docker.io/library/python")
	if len(known.Heads) < len(tags)/4 {
		t.Errorf("of %d tags the cache knows %d", len(tags), len(known.Heads))
	}
	for tag, h := range known.Heads {
		equal(t, tag, h.Digest, digest(t, "python:"+tag))
	}
}

// TestCacheMerged requires what another process has learnt meanwhile to stay.
func TestCacheMerged(t *testing.T) {
	dir, f := t.TempDir(), newFake()
	first, second := at(f, dir, 0), at(f, dir, time.Minute)
	repo, err := name.NewRepository("python")
	if err != nil {
		t.Fatal(err)
	}
	second.cache.head(repo, "latest") // reads the empty cache
	one(t, first, Query{Ref: "python:3.14.7"})
	one(t, second, Query{Ref: "python"})
	f.requests()
	one(t, at(f, dir, 2*time.Minute), Query{Ref: "python"})
	one(t, at(f, dir, 2*time.Minute), Query{Ref: "python:3.14.7"})
	equal(t, "asked again", f.requests(), "[]")
	s, ok := at(f, dir, 0).cache.firstSeen(repo, digest(t, "python:3.14.7"))
	if !ok || !s.At.Equal(today) {
		t.Errorf("first seen %v", s)
	}
}

// TestCacheBounds requires the cache of a repository to stop growing, and to keep the newest.
func TestCacheBounds(t *testing.T) {
	m := memory{Heads: map[string]head{}, Facts: map[string]fact{}, Seen: map[string]seen{}}
	for i := range 5000 {
		k, when := fmt.Sprint(i), today.Add(time.Duration(i)*time.Second)
		m.Heads[k], m.Facts[k], m.Seen[k] = head{At: when}, fact{"1", when}, seen{At: when}
	}
	m.Facts["old"] = fact{"", today.Add(-48 * time.Hour)}
	m.prune(today)
	equal(t, "kept", []int{len(m.Heads), len(m.Facts), len(m.Seen)}, []int{maxHeads, maxFacts, maxSeen})
	if _, ok := m.Heads["4999"]; !ok {
		t.Error("the newest is gone")
	}
	lists := map[string]tagList{"": {nil, today}, "3.": {nil, today.Add(-25 * time.Hour)}}
	equal(t, "lists", len(pruneLists(lists, today)), 1)
}

// TestLiar requires a digest that only one of two tags was ever given for never to become a fact.
func TestLiar(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	f.hub.Move("library/python", "latest", "2.7.18-windowsservercore") // nothing that a candidate is
	a := one(t, at(f, dir, 0), Query{Ref: "python"})
	lied := a.Digest
	f.hub.Move("library/python", "latest", "3.14.7")
	a = one(t, at(f, dir, 20*time.Minute), Query{Ref: "python"})
	equal(t, "the truth", a.Version, "3.14.7")
	repo, err := name.NewRepository("python")
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := at(f, dir, 20*time.Minute).cache.fact(repo, "latest", lied); ok && v == "3.14.7" {
		t.Error("the lie became a fact")
	}
}

// TestAtOnce requires a resolver to answer several callers at once.
func TestAtOnce(t *testing.T) {
	r := at(newFake(), t.TempDir(), 0)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, a := range r.All(t.Context(), some) {
				if a.Err != nil || a.Digest == "" {
					t.Errorf("%+v", a)
				}
			}
		})
	}
	group.Wait()
}
