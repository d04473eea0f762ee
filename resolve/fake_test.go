package resolve

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/hubsim"
	"github.com/dockfix/dockfix/resolve/registry"
)

// today is the time of all tests: two days after the newest image of hubsim was pushed.
var today = time.Date(2026, 8, 23, 12, 0, 0, 0, time.UTC)

// fake answers from a hub without HTTP, and writes down what it is asked.
type fake struct {
	hub    *hubsim.Hub
	errors map[string]error     // by "repository reference", or "repository tags prefix"
	pushed map[string]time.Time // what its API says, by "repository tag"
	lies   map[string]string    // digests that it sends in the place of the right ones
	most   int                  // tags that it sends; 0: all
	layers map[string]string    // what it sends in the place of layers, by digest

	mu    sync.Mutex
	asked []string
}

func newFake() *fake {
	return &fake{hub: hubsim.New(hubsim.Options{}), errors: map[string]error{}, pushed: map[string]time.Time{}}
}

func (f *fake) note(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
	return f.errors[what]
}

// requests returns what was asked since the last time, in byte order.
func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.asked = nil }()
	slices.Sort(f.asked)
	return f.asked
}

func (f *fake) Announce([]name.Repository) {}

func (f *fake) Head(_ context.Context, repo name.Repository, reference string) (registry.Manifest, error) {
	id := repo.RepositoryStr() + " " + reference
	if err := f.note(id); err != nil {
		return registry.Manifest{}, err
	}
	if d, ok := f.lies[id]; ok {
		return registry.Manifest{Digest: d}, nil
	}
	r := hubsim.Repositories()[repo.RepositoryStr()]
	if r == nil {
		return registry.Manifest{}, absent(repo, reference)
	}
	digest := f.hub.Digest(r.Name, reference)
	for _, i := range r.Images {
		if r.Digest(i) == digest || r.Digest(i) == reference {
			return registry.Manifest{Digest: r.Digest(i), Index: !i.Single, Modified: i.Pushed}, nil
		}
	}
	return registry.Manifest{}, absent(repo, reference)
}

func absent(repo name.Repository, reference string) error {
	return &registry.Error{Registry: repo.RegistryStr(), Repository: repo.RepositoryStr(), Reference: reference, Kind: registry.NotFound}
}

func (f *fake) Tags(_ context.Context, repo name.Repository, o registry.TagsOptions) ([]string, bool, error) {
	if err := f.note(repo.RepositoryStr() + " tags " + o.Prefix); err != nil {
		return nil, false, err
	}
	r := hubsim.Repositories()[repo.RepositoryStr()]
	if r == nil {
		return nil, false, absent(repo, "")
	}
	var tags []string
	for _, t := range r.Tags {
		if strings.HasPrefix(t, o.Prefix) {
			tags = append(tags, t)
		}
	}
	if f.most > 0 && len(tags) > f.most {
		return tags[:f.most], false, nil
	}
	return tags, true, nil
}

func (f *fake) Pushed(_ context.Context, repo name.Repository, tag string) (time.Time, string, string, error) {
	id := repo.RepositoryStr() + " " + tag
	if err := f.note("pushed " + id); err != nil {
		return time.Time{}, "", "", err
	}
	at, ok := f.pushed[id]
	if !ok {
		return time.Time{}, "", "", registry.ErrNoPushTime
	}
	return at, f.hub.Digest(repo.RepositoryStr(), tag), "Docker Hub", nil
}

func (f *fake) Image(ctx context.Context, repo name.Repository, digest string) (registry.Image, error) {
	if err := f.note("image " + repo.RepositoryStr() + " " + digest); err != nil {
		return registry.Image{}, err
	}
	return f.client().Image(ctx, repo, digest)
}

func (f *fake) Layer(ctx context.Context, repo name.Repository, l registry.Layer, read func(io.Reader) error) error {
	if err := f.note("layer " + l.Digest); err != nil {
		return err
	}
	if text, ok := f.layers[l.Digest]; ok {
		return read(strings.NewReader(text))
	}
	return f.client().Layer(ctx, repo, l, read)
}

// client asks the hub as the program does.
func (f *fake) client() *registry.Client {
	return registry.New(registry.Options{Transport: f.hub.Transport(), Keychain: authn.NewMultiKeychain()})
}

// resolver asks the fake, today.
func resolver(f *fake, change ...func(*Options)) *Resolver {
	o := Options{Registry: f, Now: func() time.Time { return today }}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// one asks one thing.
func one(t *testing.T, r *Resolver, q Query) Answer {
	t.Helper()
	return r.All(t.Context(), []Query{q})[0]
}

// digest is the digest of a tag of a library repository, or of another one.
func digest(t *testing.T, ref string) string {
	t.Helper()
	name, tag, _ := strings.Cut(ref, ":")
	if !strings.Contains(name, "/") {
		name = "library/" + name
	}
	r := hubsim.Repositories()[name]
	if r == nil || r.ByTag[tag] == nil {
		t.Fatalf("there is no %s", ref)
	}
	return r.Digest(r.ByTag[tag])
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

var absentTag = &registry.Error{Kind: registry.NotFound}

// timeless lets a repository's images have no time of their push; what it returns undoes that.
func timeless(f *fake, repository string) (undo []func()) {
	for _, i := range hubsim.Repositories()[repository].Images {
		at := i.Pushed
		i.Pushed = time.Time{}
		undo = append(undo, func() { i.Pushed = at })
	}
	return undo
}
