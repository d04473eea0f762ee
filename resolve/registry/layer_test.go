package registry

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestLayer reads the layer of an image, whole and in part.
func TestLayer(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		digest := b.push(t, "x", true, "1")
		c, _ := client(t, func(o *Options) { o.Keychain = b.keychain() })
		repo := repository(t, b.host, b.prefix+"x")
		image, err := c.Image(t.Context(), repo, digest)
		if err != nil || len(image.Layers) != 1 {
			t.Fatalf("%+v, %v", image, err)
		}
		l := image.Layers[0]
		var whole []byte
		check(t, c.Layer(t.Context(), repo, l, func(r io.Reader) (err error) { whole, err = io.ReadAll(r); return err }))
		if int64(len(whole)) != l.Size || digestOf(whole) != l.Digest {
			t.Errorf("%d bytes with %s, want %+v", len(whole), digestOf(whole), l)
		}
		first := make([]byte, 4)
		check(t, c.Layer(t.Context(), repo, l, func(r io.Reader) error { _, err := io.ReadFull(r, first); return err }))
		if !bytes.Equal(first, whole[:4]) {
			t.Errorf("%x, want %x", first, whole[:4])
		}
		own := errors.New("enough")
		if err := c.Layer(t.Context(), repo, l, func(io.Reader) error { return own }); err != own {
			t.Errorf("%v, want the error of the reader", err)
		}
		lie := b.front(t, func(w http.ResponseWriter, r *http.Request) bool {
			w.Write(bytes.Repeat([]byte("x"), int(l.Size)))
			return true
		})
		other, _ := client(t, nil)
		err = other.Layer(t.Context(), repository(t, lie, "x"), l, func(io.Reader) error { return own })
		wantError(t, err, Broken, "digest is another one")
		if n := c.Counts(); n.Blob != 4 || n.Pull != 2 {
			t.Errorf("a configuration and three times a layer took %+v", n)
		}
	})
}

// TestLayerHostile asks for layers of a registry that sends something else.
func TestLayerHostile(t *testing.T) {
	content := []byte("a layer")
	l := Layer{Digest: digestOf(content), Size: int64(len(content))}
	for _, test := range []struct {
		name  string
		do    http.HandlerFunc
		layer Layer
		kind  Kind
		says  string
	}{
		{"another one", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("A layer")) }, l, Broken, "digest is another one"},
		{"shorter", func(w http.ResponseWriter, _ *http.Request) { w.Write(content[:3]) }, l, Broken, "digest is another one"},
		{"endless", flood, l, Broken, "longer than its manifest says"},
		{"broken", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "7")
			w.Write(content[:3])
		}, l, Unreachable, "connection broke"},
		{"gone", status(404), l, NotFound, "no such image"},
		{"no digest", status(200), Layer{Digest: "sha256:x", Size: 1}, Broken, "no digest or no size"},
		{"no size", status(200), Layer{Digest: l.Digest}, Broken, "no digest or no size"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, test.do)
			c, _ := client(t, nil)
			start := time.Now()
			err := c.Layer(t.Context(), repository(t, host, "a/b"), test.layer, func(r io.Reader) error {
				_, err := io.ReadAll(r)
				return err
			})
			wantError(t, err, test.kind, host+"/a/b", test.says)
			if d := time.Since(start); d > 3*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}

// TestLayerAgain begins anew after a connection that broke in the middle.
func TestLayerAgain(t *testing.T) {
	content := []byte(strings.Repeat("a layer ", 1000))
	var sent atomic.Int32
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if sent.Add(1) == 1 {
			w.Header().Set("Content-Length", "8000")
			w.Write(content[:4000])
			return
		}
		w.Write(content)
	}))
	c, _ := client(t, nil)
	var read []byte
	err := c.Layer(t.Context(), repository(t, host, "a/b"), Layer{digestOf(content), 8000}, func(r io.Reader) (err error) {
		read, err = io.ReadAll(r)
		return err
	})
	if err != nil || !bytes.Equal(read, content) || sent.Load() != 2 {
		t.Errorf("%d bytes, %v after %d requests", len(read), err, sent.Load())
	}
}
