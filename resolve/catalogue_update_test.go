package resolve

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/resolve/tag"
)

// listed are images as dockfix images lists them, with tags that are more than one step behind.
var listed = []Query{
	{Ref: "python:3.11.1-slim"}, {Ref: "nginx:1.28.0"}, {Ref: "postgres:14.1-alpine"}, {Ref: "mongo:6.0.5"}, {Ref: "mongo:8.3.8"},
	{Ref: "python"}, {Ref: "redis:8.10.1"}, {Ref: "node:22-alpine"},
}

// catalogued is a resolver that asks the catalogue of such queries, written and read again.
func catalogued(t *testing.T, change func(*Query)) *Resolver {
	t.Helper()
	var queries []Query
	for _, q := range listed {
		change(&q)
		queries = append(queries, q)
	}
	c, err := ReadCatalog(strings.NewReader(written(t, NewCatalog(resolver(newFake()).All(t.Context(), queries)))))
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Catalog: c, Now: func() time.Time { return today }})
}

// TestCatalogUpdates requires a catalogue with the digests of the newest to give the updates that registries give.
func TestCatalogUpdates(t *testing.T) {
	updates := 0
	for _, precise := range []bool{false, true} {
		r := catalogued(t, func(q *Query) { q.Newest, q.NewestDigests, q.Precise = true, true, precise })
		for _, q := range listed {
			for _, level := range []tag.Level{0, tag.Patch, tag.Minor, tag.Major} {
				q.Precise, q.Update = precise, &UpdateQuery{Level: level}
				want, got := one(t, resolver(newFake()), q), one(t, r, q)
				equal(t, q.Ref+" "+level.String(), []any{got.Version, brief(got.Update), got.Err}, []any{want.Version, brief(want.Update), nil})
				if got.Update != nil && want.Update != nil {
					updates++
					equal(t, q.Ref, got.Update.Digest+got.Update.Why, want.Update.Digest+want.Update.Why)
				}
			}
		}
	}
	if updates < 30 {
		t.Errorf("only %d updates", updates)
	}
}

// TestCatalogUnlisted requires a catalogue that names a newer tag, but has no digest of it, to say that it cannot answer; and
// nothing where the answer is that there is none.
func TestCatalogUnlisted(t *testing.T) {
	r := catalogued(t, func(q *Query) { q.Newest = true })
	for ref, want := range map[string]string{
		"python:3.11.1-slim": "python:3.14.7-slim is not in the catalogue, which names it as the newest minor version for 3.11.1-slim",
		"mongo:6.0.5":        "mongo:6.0.28 is not in the catalogue, which names it as the newest patch for 6.0.5",
		"redis:8.10.1":       "",
		"python":             "",
	} {
		a := one(t, r, Query{Ref: ref, Update: &UpdateQuery{}})
		if (a.Err != nil) != (want != "") || want != "" && (!errors.Is(a.Err, ErrNotInCatalog) || a.Err.Error() != want) || a.Digest == "" {
			t.Errorf("%s: %v, want %q", ref, a.Err, want)
		}
	}
	a := one(t, r, Query{Ref: "python:3.11.1-slim", Update: &UpdateQuery{Hold: "<3.12"}})
	equal(t, "the hold forbids it", a.Err, nil)
	c, err := ReadCatalog(strings.NewReader(fmt.Sprintf(`{"version":1,"images":[
		{"ref":"a/b:1.0.0","digest":"sha256:%064d","newest":{"minor":"1.2.0"}}, {"ref":"a/b:1.1.0","digest":"sha256:%064d"}]}`, 1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	a = one(t, New(Options{Catalog: c}), Query{Ref: "a/b:1.0.0", Update: &UpdateQuery{}})
	if a.Update == nil || a.Update.Tag != "1.1.0" || !strings.Contains(a.Update.Why, "; 1.2.0 is not in the catalogue") {
		t.Errorf("a part of the way: %+v, %v", a.Update, a.Err)
	}
}

// TestCatalogPrecise requires a catalogue that was not asked to be precise to say so where the whole version is wanted.
func TestCatalogPrecise(t *testing.T) {
	q := Query{Ref: "node:22-alpine", Precise: true}
	a := one(t, catalogued(t, func(*Query) {}), q)
	if !errors.Is(a.Err, ErrNotInCatalog) || a.Err.Error() != "the whole version of node:22-alpine is not in the catalogue" {
		t.Errorf("%+v", a)
	}
	want := one(t, resolver(newFake()), q)
	got := one(t, catalogued(t, func(q *Query) { q.Precise = true }), q)
	equal(t, "precise", got.Version+" "+got.Digest, want.Version+" "+want.Digest)
}

// TestNewestDigests requires a request for each newest tag that is another one, and a tag that is gone not to be the newest.
func TestNewestDigests(t *testing.T) {
	f := newFake()
	f.errors["library/python 3.11.16-slim"] = absentTag
	a := one(t, resolver(f), Query{Ref: "python:3.11.1-slim", Newest: true, NewestDigests: true})
	equal(t, "newest", a.Newest, map[tag.Level]string{tag.Patch: "3.11.15-slim", tag.Minor: "3.14.7-slim", tag.Major: "3.14.7-slim"})
	equal(t, "requests", f.requests(), "[library/python 3.11.1-slim library/python 3.11.15-slim library/python 3.11.16-slim "+
		"library/python 3.14.7 library/python 3.14.7-slim library/python latest library/python tags ]")
}
