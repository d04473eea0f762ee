package registry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
)

const maxConfig = 8 << 20

// descriptor points to content, in an index or a manifest.
type descriptor struct {
	Digest   string
	Platform *struct{ OS, Architecture, Variant string }
}

// Image is the image for linux/amd64 behind the digest of an index or a manifest.
type Image struct {
	Config []byte  // JSON whose digest was checked
	Layers []Layer // the lowest first
}

// Layer is what a manifest says of a layer.
type Layer struct {
	Digest string // sha256:..., of the layer as it is sent
	Size   int64  // bytes as it is sent
}

// Image asks what is behind a digest. It takes one or two pulls and a blob; the blob may come from another host, which gets no
// credentials.
func (c *Client) Image(ctx context.Context, repo name.Repository, digest string) (Image, error) {
	i, err := c.images.do(ctx, repo.Name()+" "+digest, func(err error) bool { return err == nil }, func() (Image, error) {
		return c.image(ctx, repo, digest)
	})
	return i, named(err, repo, digest)
}

func (c *Client) image(ctx context.Context, repo name.Repository, digest string) (i Image, err error) {
	if !digestForm.MatchString(digest) {
		return i, broken("is asked for a configuration without a digest")
	}
	p, err := c.locate(repo)
	if err != nil {
		return i, err
	}
	for range 2 { // an index may point to a manifest, but not to an index
		_, body, err := c.get(ctx, p, digest)
		if err != nil {
			return i, asked(err, p.host)
		}
		var content struct {
			Manifests []descriptor
			Config    descriptor
			Layers    []Layer
		}
		if json.Unmarshal(body, &content) != nil {
			return i, asked(broken("sends a manifest that is none"), p.host)
		}
		if content.Manifests == nil {
			i.Layers = content.Layers
			i.Config, err = c.blob(ctx, p, content.Config.Digest)
			return i, err
		}
		if digest = platform(content.Manifests); digest == "" {
			return i, asked(&Error{Kind: NotFound, Detail: "has it, but not for linux/amd64", cause: ErrPlatform}, p.host)
		}
	}
	return i, asked(broken("sends an index within an index"), p.host)
}

// ErrPlatform is behind the error of an image that is there, but not for linux/amd64.
var ErrPlatform = errors.New("it is not there for linux/amd64")

// platform is the digest for linux/amd64, "" where there is none.
func platform(manifests []descriptor) string {
	digest := ""
	for _, m := range manifests {
		if m.Platform == nil || m.Platform.OS != "linux" || m.Platform.Architecture != "amd64" || !digestForm.MatchString(m.Digest) {
			continue
		}
		if m.Platform.Variant == "" {
			return m.Digest
		}
		if digest == "" {
			digest = m.Digest
		}
	}
	return digest
}

// blob reads a small one and checks that it is JSON with that digest.
func (c *Client) blob(ctx context.Context, p place, digest string) (body []byte, err error) {
	if !digestForm.MatchString(digest) {
		return nil, asked(broken("sends a manifest without a configuration"), p.host)
	}
	err = c.ask(ctx, p.blob(digest), func(answer *http.Response) error {
		if body, err = readAll(answer.Body, maxConfig); err != nil {
			return err
		}
		if digestOf(body) != digest || !json.Valid(body) {
			return broken("sends a configuration whose digest is another one, %s", digestOf(body))
		}
		return nil
	})
	if err != nil {
		return nil, asked(err, p.host)
	}
	return body, nil
}

// blob is the request for one.
func (p place) blob(digest string) request {
	return request{
		host: p.host, method: http.MethodGet, path: "/v2/" + p.path + "/blobs/" + digest, repo: p.path,
		count: func(n *Counts) { n.Blob++ },
	}
}
