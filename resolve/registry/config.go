package registry

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
)

const maxConfig = 8 << 20

// descriptor points to content, in an index or a manifest.
type descriptor struct {
	Digest   string
	Platform *struct{ OS, Architecture, Variant string }
}

// Config is the image configuration for linux/amd64 behind the digest of an index or a manifest: JSON whose digest was
// checked. It takes one or two pulls and a blob; the blob may come from another host, which gets no credentials.
func (c *Client) Config(ctx context.Context, repo name.Repository, digest string) ([]byte, error) {
	b, err := c.config(ctx, repo, digest)
	return b, named(err, repo, digest)
}

func (c *Client) config(ctx context.Context, repo name.Repository, digest string) ([]byte, error) {
	if !digestForm.MatchString(digest) {
		return nil, broken("is asked for a configuration without a digest")
	}
	p, err := c.locate(repo)
	if err != nil {
		return nil, err
	}
	for range 2 { // an index may point to a manifest, but not to an index
		_, body, err := c.get(ctx, p, digest)
		if err != nil {
			return nil, asked(err, p.host)
		}
		var content struct {
			Manifests []descriptor
			Config    descriptor
		}
		if json.Unmarshal(body, &content) != nil {
			return nil, asked(broken("sends a manifest that is none"), p.host)
		}
		if content.Manifests == nil {
			return c.blob(ctx, p, content.Config.Digest)
		}
		if digest = platform(content.Manifests); digest == "" {
			return nil, asked(&Error{Kind: NotFound, Detail: "has it, but not for linux/amd64"}, p.host)
		}
	}
	return nil, asked(broken("sends an index within an index"), p.host)
}

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
	q := request{
		host: p.host, method: http.MethodGet, path: "/v2/" + p.path + "/blobs/" + digest, repo: p.path,
		count: func(n *Counts) { n.Blob++ },
	}
	err = c.ask(ctx, q, func(answer *http.Response) error {
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
