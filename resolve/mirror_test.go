package resolve

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// mapping is a registry that is asked in the place of others.
type mapping struct {
	*fake
	to string
}

func (m mapping) Asked(repo name.Repository) string {
	return strings.Replace(repo.Name(), name.DefaultRegistry, m.to, 1)
}

// TestCacheMirror requires what a mirror says to be kept apart from what Docker Hub, and another mirror, say of the same name:
// digests, versions, tag lists, and which digests a tag had.
func TestCacheMirror(t *testing.T) {
	dir := t.TempDir()
	ask := func(f *fake, to string, offline bool) Answer {
		r := at(f, dir, time.Minute, func(o *Options) {
			o.Registry, o.Offline = mapping{f, to}, offline
		})
		return one(t, r, Query{Ref: "python"})
	}
	hub, mirror, other := newFake(), newFake(), newFake()
	mirror.hub.Move("library/python", "latest", "3.13.15")
	other.hub.Move("library/python", "latest", "3.12.14")
	equal(t, "the mirror", ask(mirror, "mirror.example.com/hub", false).Version, "3.13.15")
	equal(t, "Docker Hub behind it", ask(hub, name.DefaultRegistry, false).Version, "3.14.7")
	equal(t, "requests", hub.requests(), "[library/python 3.14.7 library/python latest library/python tags ]")
	equal(t, "another one", ask(other, "other.example.com", false).Version, "3.12.14")
	for to, want := range map[string]string{"mirror.example.com/hub": "3.13.15", name.DefaultRegistry: "3.14.7", "other.example.com": "3.12.14"} {
		f := newFake()
		equal(t, to+", cached", ask(f, to, false).Version, want)
		equal(t, to+", offline", ask(f, to, true).Version, want)
		equal(t, to, f.requests(), "[]")
	}
	repo, err := name.NewRepository("python")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "seen at Docker Hub", at(hub, dir, 0).cache.seenAs(repo, "latest"), "["+digest(t, "python:3.14.7")+"]")
	if err := ask(newFake(), "third.example.com", true).Err; err == nil {
		t.Error("offline, a mirror that was never asked has an answer")
	}
}
