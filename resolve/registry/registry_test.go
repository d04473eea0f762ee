package registry

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// TestRegistry asks the registries for all there is to ask.
func TestRegistry(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		image := b.push(t, "a/image", false, "1.0")
		index := b.push(t, "a/index", true, "3.11.2", "3.12.0", "3.12.1", "3.2", "latest")
		c, told := client(t, func(o *Options) { o.Keychain = b.keychain() })
		one, many := repository(t, b.host, b.prefix+"a/image"), repository(t, b.host, b.prefix+"a/index")

		for _, reference := range []string{"1.0", image} {
			m, err := c.Head(t.Context(), one, reference)
			if err != nil || m.Digest != image || m.Index {
				t.Errorf("%s: %+v, %v; the digest is %s", reference, m, err, image)
			}
		}
		for _, reference := range []string{"3.12.0", "latest", index} {
			m, err := c.Head(t.Context(), many, reference)
			if err != nil || m.Digest != index || !m.Index {
				t.Errorf("%s: %+v, %v; the digest is %s", reference, m, err, index)
			}
		}
		if n := c.Counts(); n.Challenge != 1 || n.Head != 5 || n.Total() != 6 {
			t.Errorf("five HEADs took %+v", n)
		}
		wantTags(t, c, many, "", "3.11.2", "3.12.0", "3.12.1", "3.2", "latest")
		wantTags(t, c, many, "3.12.", "3.12.0", "3.12.1")

		for _, digest := range []string{image, index} {
			repo := one
			if digest == index {
				repo = many
			}
			image, err := c.Image(t.Context(), repo, digest)
			var config struct{ RootFS struct{ Type string } }
			if err != nil || json.Unmarshal(image.Config, &config) != nil || config.RootFS.Type != "layers" || len(image.Layers) != 1 {
				t.Errorf("image %s: %s, %v, %v", digest, image.Config, image.Layers, err)
			}
		}
		if n := c.Counts(); n.Pull != 3 || n.Blob != 2 {
			t.Errorf("two configurations took %+v", n)
		}
		if told.String() != "" {
			t.Errorf("warned: %s", told)
		}
	})
}

// wantTags compares what a list has, in any order.
func wantTags(t *testing.T, c *Client, repo name.Repository, prefix string, want ...string) {
	t.Helper()
	got, complete, err := c.Tags(t.Context(), repo, TagsOptions{Prefix: prefix})
	sorted := slices.Sorted(slices.Values(got))
	if slices.Sort(want); err != nil || !complete || !slices.Equal(sorted, want) {
		t.Errorf("tags %q: %v, %v, %v; want %v", prefix, sorted, complete, err, want)
	}
}

// TestRegistryAbsent requires what is not there, or not to be seen, to be told apart, with names and without passwords.
func TestRegistryAbsent(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		b.push(t, "here", false, "1")
		absent := "sha256:" + strings.Repeat("ab", 32)
		for _, test := range []struct {
			keychain        authn.Keychain
			repo, reference string
			kind            Kind
		}{
			{b.keychain(), "here", "2", NotFound},
			{b.keychain(), "here", absent, NotFound},
			{b.keychain(), "gone", "1", NotFound},
			{keys{}, "here", "1", Denied},
			{keys{b.host: {Username: "eve", Password: "s3cret-pw"}}, "here", "1", Denied},
		} {
			c, _ := client(t, func(o *Options) { o.Keychain = test.keychain })
			repo := repository(t, b.host, b.prefix+test.repo)
			_, err := c.Head(t.Context(), repo, test.reference)
			wantError(t, err, test.kind, b.host, test.repo, test.reference)
			_, _ = c.Head(t.Context(), repo, test.reference)
			if n := c.Counts(); n.Total() > 2 {
				t.Errorf("%s:%s took %+v", test.repo, test.reference, n)
			}
		}
		c, _ := client(t, func(o *Options) { o.Keychain = b.keychain() })
		_, _, err := c.Tags(t.Context(), repository(t, b.host, b.prefix+"gone"), TagsOptions{})
		wantError(t, err, NotFound, b.host, "gone")
		_, err = c.Image(t.Context(), repository(t, b.host, b.prefix+"here"), absent)
		wantError(t, err, NotFound, b.host, "here", absent)
	})
}

// wantError requires an *Error of the kind that names these things and no secret.
func wantError(t *testing.T, err error, kind Kind, names ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Errorf("%v is not an error of kind %d", err, kind)
		return
	}
	for _, n := range names {
		if !strings.Contains(e.Error(), n) {
			t.Errorf("%q does not name %s", e, n)
		}
	}
	for _, secret := range []string{"s3cret", "opaque-", "eyJ", "Authorization", "\n"} {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("%q has %q in it", e, secret)
		}
	}
}

// TestRegistryMap looks names up at a mirror; errors name both.
func TestRegistryMap(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		digest := b.push(t, "hub/library/python", false, "3")
		b.push(t, "org/tool", false, "1")
		c, _ := client(t, func(o *Options) {
			o.Keychain = b.keychain()
			o.Map = map[string]string{"docker.io": b.host + "/" + b.prefix + "hub", "docker.io/acme": b.host + "/" + b.prefix + "org/"}
		})
		python := repository(t, "docker.io", "library/python")
		if m, err := c.Head(t.Context(), python, "3"); err != nil || m.Digest != digest {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := c.Head(t.Context(), repository(t, "docker.io", "acme/tool"), "1"); err != nil {
			t.Error(err)
		}
		_, err := c.Head(t.Context(), repository(t, "docker.io", "acmetool/x"), "1")
		wantError(t, err, NotFound, "index.docker.io/acmetool/x:1", b.host)
		if _, _, _, err := c.Pushed(t.Context(), python, "3"); err != ErrNoPushTime {
			t.Errorf("push time of a mirror: %v", err)
		}
	})
}

// TestRegistryCanceled ends when the caller gives up, and only for that caller.
func TestRegistryCanceled(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		b.push(t, "x", false, "1")
		c, _ := client(t, func(o *Options) { o.Keychain = b.keychain() })
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Head(gone, repository(t, b.host, b.prefix+"x"), "1")
		wantError(t, err, Canceled, b.host)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", err)
		}
		if errs := heads(t.Context(), t, c, b.host, "1", b.prefix+"x"); errs[b.prefix+"x"] != nil {
			t.Error(errs)
		}
	})
}

// TestReference refuses what is no reference before anything is sent.
func TestReference(t *testing.T) {
	c, _ := client(t, nil)
	for _, reference := range []string{"", "a/b", "../../x", "a?b", "a b", "-a", "sha256:abc", "sha512:" + strings.Repeat("a", 128)} {
		_, err := c.Head(t.Context(), repository(t, "r.invalid", "a"), reference)
		wantError(t, err, Broken, "r.invalid/a: ")
	}
	if n := c.Counts(); n.Total() > 0 {
		t.Errorf("%+v", n)
	}
}

// TestFlight hands a request over when the caller that led it gives up.
func TestFlight(t *testing.T) {
	var f flights[int]
	gone, cancel := context.WithCancel(t.Context())
	led, started := make(chan error, 1), make(chan struct{})
	never := func(error) bool { return false }
	go func() {
		_, err := f.do(gone, "x", never, func() (int, error) {
			close(started)
			<-gone.Done()
			return 0, canceled(gone)
		})
		led <- err
	}()
	<-started
	time.AfterFunc(10*time.Millisecond, cancel)
	if n, err := f.do(t.Context(), "x", never, func() (int, error) { return 7, nil }); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if kind, ok := kindOf(<-led); !ok || kind != Canceled {
		t.Error("the leader was not told")
	}
}

// TestMapped takes the longest prefix of whole elements.
func TestMapped(t *testing.T) {
	mirrors := map[string]string{
		"docker.io": "m.example.com/hub", "docker.io/library": "l.example.com:5000", "ghcr.io/a/": "g.example.com/x/", "bad.io": "/",
	}
	for from, want := range map[string]string{
		"python":          "l.example.com:5000/python",
		"acme/x":          "m.example.com/hub/acme/x",
		"librarything/x":  "m.example.com/hub/librarything/x",
		"ghcr.io/a/b":     "g.example.com/x/b",
		"ghcr.io/ab/c":    "ghcr.io/ab/c",
		"quay.io/a/b":     "quay.io/a/b",
		"bad.io/a":        "",
		"docker.io/a/b/c": "m.example.com/hub/a/b/c",
	} {
		repo, err := name.NewRepository(from)
		check(t, err)
		if got, err := mapped(mirrors, repo); (err != nil) != (want == "") || err == nil && got.Name() != want {
			t.Errorf("%s is looked up at %s, %v", from, got, err)
		}
		if got := New(Options{Map: mirrors}).Asked(repo); got != want {
			t.Errorf("%s is asked at %s, want %s", from, got, want)
		}
	}
}
