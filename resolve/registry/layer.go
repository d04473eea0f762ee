package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// layerTimeout is for a layer with its body, which takes longer than all else.
const layerTimeout = 90 * time.Second

// Layer hands a layer of an image to read as it arrives, in the form in which it is sent: compressed, mostly. What read has seen
// counts only where Layer returns no error, since the digest is known at the end alone: what read leaves is read all the same.
// After a broken connection read is called again, from the beginning. An error of read itself is returned as it is, where the digest is right.
func (c *Client) Layer(ctx context.Context, repo name.Repository, l Layer, read func(io.Reader) error) error {
	if !digestForm.MatchString(l.Digest) || l.Size <= 0 {
		return named(broken("sends a manifest with a layer that has no digest or no size"), repo, "")
	}
	p, err := c.locate(repo)
	if err != nil {
		return named(err, repo, l.Digest)
	}
	q := p.blob(l.Digest)
	q.timeout = layerTimeout
	var own error
	err = c.ask(ctx, q, func(answer *http.Response) error {
		body := &checked{r: answer.Body, sum: sha256.New(), left: l.Size}
		own = read(body)
		return body.finish(l)
	})
	if err != nil {
		return named(asked(err, p.host), repo, l.Digest)
	}
	return own
}

// checked counts and hashes what is read of a layer.
type checked struct {
	r      io.Reader
	sum    hash.Hash
	left   int64 // bytes that the manifest has promised and that have not come yet
	failed error // what ended it before its time, nil where nothing did
}

func (b *checked) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.left -= int64(n)
	b.sum.Write(p[:n])
	switch {
	case b.left < 0:
		err = broken("sends a layer that is longer than its manifest says")
		fallthrough
	case err != nil && !errors.Is(err, io.EOF):
		b.failed = err
	}
	return n, err
}

// finish reads the rest and compares the digest.
func (b *checked) finish(l Layer) error {
	if b.failed == nil {
		io.Copy(io.Discard, b) // its error is in failed
	}
	switch digest := "sha256:" + hex.EncodeToString(b.sum.Sum(nil)); {
	case b.failed != nil:
		return b.failed
	case digest != l.Digest:
		return broken("sends a layer whose digest is another one, %s", digest)
	}
	return nil
}
