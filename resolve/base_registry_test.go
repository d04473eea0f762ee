package resolve

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/dockfix/dockfix/resolve/registry"
)

// archive is a layer with files: a name, and its text behind "=" where it has one; a name that ends in a slash is a directory for its
// owner alone.
func archive(t *testing.T, with compression.Compression, files ...string) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		h := &tar.Header{Name: name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Mode = tar.TypeDir, 0o700
		}
		must(t, w.WriteHeader(h))
		_, err := io.WriteString(w, text)
		must(t, err)
	}
	must(t, w.Close())
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, tarball.WithCompression(with))
	must(t, err)
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestBasesSlow gives up on layers that take too long, and leaves them to be asked for another time.
func TestBasesSlow(t *testing.T) {
	f := newFake()
	slow := true
	r := resolver(f, looking)
	r.layersTime = 50 * time.Millisecond
	r.o.Registry = slowLayers{f, &slow}
	start := time.Now()
	b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true})
	if b.Err == nil || !strings.Contains(b.Err.Error(), "do not come within 50ms") || b.Root != nil || b.Config == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%+v after %s", b, time.Since(start))
	}
	slow, r.layersTime = false, time.Minute
	if b := oneBase(t, r, BaseQuery{Ref: "acme/python:1", Root: true}); b.Err != nil || !b.Root.Shell {
		t.Errorf("again: %+v", b)
	}
}

// slowLayers is a registry whose layers never come while it is slow.
type slowLayers struct {
	*fake
	slow *bool
}

func (s slowLayers) Layer(ctx context.Context, repo name.Repository, l registry.Layer, read func(io.Reader) error) error {
	if *s.slow {
		<-ctx.Done()
		return &registry.Error{Kind: registry.Canceled}
	}
	return s.fake.Layer(ctx, repo, l, read)
}

// TestBasesOfRegistry asks go-containerregistry's registry about an index of several platforms, with layers in gzip and zstd.
func TestBasesOfRegistry(t *testing.T) {
	var blobs atomic.Int32
	inner := ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			blobs.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")

	image, err := mutate.AppendLayers(empty.Image,
		archive(t, compression.GZip, "bin/sh", "usr/bin/curl", "etc/passwd=root:x:0:0:::\n", "usr/lib/os-release=ID=debian\n"),
		archive(t, compression.ZStd, "usr/bin/.wh.curl", "opt/", "srv/private/", "var/", "opt/bin/python3", "start.sh=#!/bin/sh\nexec \"$@\"\n"))
	must(t, err)
	image, err = mutate.Config(image, v1.Config{Env: []string{"PATH=/opt/bin:/usr/bin"}, Entrypoint: []string{"/start.sh"}, User: "0", WorkingDir: "/srv/private/app", Volumes: map[string]struct{}{"/data": {}}})
	must(t, err)
	other, err := mutate.Config(empty.Image, v1.Config{User: "arm"})
	must(t, err)
	push := func(tag string, adds ...mutate.IndexAddendum) {
		ref, err := name.ParseReference(host + "/team/base:" + tag)
		must(t, err)
		must(t, remote.WriteIndex(ref, mutate.AppendManifests(empty.Index, adds...)))
	}
	arm := mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}}
	push("1", arm, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	push("arm", arm)

	o := Options{Registry: registry.New(registry.Options{}), CacheDir: t.TempDir()}
	looking(&o)
	r := New(o)
	blobs.Store(0)
	b := r.Bases(t.Context(), []BaseQuery{{Ref: host + "/team/base:1", Root: true}, {Ref: host + "/team/base:arm"}})
	must(t, b[0].Err)
	equal(t, "configuration", *b[0].Config, ImageConfig{OS: b[0].Config.OS, User: "0", Env: []string{"PATH=/opt/bin:/usr/bin"}, Entrypoint: []string{"/start.sh"}, WorkingDir: "/srv/private/app", Volumes: []string{"/data"}})
	equal(t, "programs", b[0].Root.Programs, map[string]string{"python3": ""})
	equal(t, "closed", b[0].Root.Closed, []string{"/opt", "/srv/private"})
	equal(t, "script", b[0].Root.Texts["/start.sh"], "#!/bin/sh\nexec \"$@\"\n")
	if !b[0].Root.Shell || b[0].Root.Texts["usr/lib/os-release"] != "ID=debian\n" {
		t.Errorf("%+v", b[0].Root)
	}
	if !errors.Is(b[1].Err, ErrPlatform) || b[1].Digest == "" {
		t.Errorf("for arm64 alone: %+v", b[1])
	}
	if n := blobs.Load(); n != 3 {
		t.Errorf("%d blobs were asked for, want a configuration and two layers", n)
	}
	server.Close()
	if b := oneBase(t, New(o), BaseQuery{Ref: host + "/team/base@" + b[0].Digest, Root: true}); b.Err != nil || !b.Root.Shell {
		t.Errorf("from the cache: %+v", b)
	}
}
