package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// Manifest is what a registry says of a tag or a digest.
type Manifest struct {
	Digest    string // sha256:...
	MediaType string
	Index     bool      // for several platforms
	Modified  time.Time // Last-Modified, zero if the registry sends none
}

// acceptManifest has to name indexes first, and all kinds: without it, old registries convert to schema 1, whose digest
// is another one.
var acceptManifest = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList), string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ", ")

const maxManifest = 4 << 20 // what the distribution specification wants registries to take

var digestForm = lazyregexp.New(`^sha256:[a-f0-9]{64}$`)

// Head says what a tag or a digest is, with a HEAD request, and with a GET only where the registry does not answer that
// in full. What was found is remembered. The error is an *Error; a digest that is asked for and comes back as another one
// is Broken.
func (c *Client) Head(ctx context.Context, repo name.Repository, reference string) (Manifest, error) {
	keep := func(err error) bool {
		kind, ok := kindOf(err)
		return err == nil || ok && (kind == NotFound || kind == Denied)
	}
	if !isTag(reference) && !digestForm.MatchString(reference) {
		return Manifest{}, named(broken("is asked for %q, which is neither a tag nor a sha256 digest", reference), repo, "")
	}
	m, err := c.heads.do(ctx, repo.Name()+" "+reference, keep, func() (Manifest, error) {
		p, err := c.locate(repo)
		if err != nil {
			return Manifest{}, err
		}
		m, whole, err := c.head(ctx, p, reference)
		if err == nil && !whole {
			m, _, err = c.get(ctx, p, reference)
		}
		return m, asked(err, p.host)
	})
	return m, named(err, repo, reference)
}

// head reads the headers; whole is false where they do not say enough.
func (c *Client) head(ctx context.Context, p place, reference string) (m Manifest, whole bool, err error) {
	q := p.manifest(reference)
	q.method, q.count = http.MethodHead, func(n *Counts) { n.Head++ }
	err = c.ask(ctx, q, func(answer *http.Response) error {
		m, err = headers(answer, reference)
		return err
	})
	if e, ok := err.(*Error); ok && e.Kind == Broken && e.unsupported {
		return m, false, nil
	}
	_, known := indexes[m.MediaType]
	return m, m.Digest != "" && known, err
}

// manifest is the request for one, without its method.
func (p place) manifest(reference string) request {
	return request{host: p.host, path: "/v2/" + p.path + "/manifests/" + reference, accept: acceptManifest, repo: p.path}
}

// indexes are the media types that are understood, and whether they stand for several platforms.
var indexes = map[string]bool{
	string(types.OCIImageIndex): true, string(types.DockerManifestList): true,
	string(types.OCIManifestSchema1): false, string(types.DockerManifestSchema2): false,
}

// headers takes over what they say, and checks the digest.
func headers(answer *http.Response, reference string) (Manifest, error) {
	m := Manifest{Digest: answer.Header.Get("Docker-Content-Digest")}
	m.MediaType, _, _ = mime.ParseMediaType(answer.Header.Get("Content-Type"))
	m.Index = indexes[m.MediaType]
	if at, err := http.ParseTime(answer.Header.Get("Last-Modified")); err == nil {
		m.Modified = at
	}
	if strings.HasPrefix(m.MediaType, "application/vnd.docker.distribution.manifest.v1+") {
		return m, broken("has it in the obsolete schema 1 only, which builders no longer read")
	}
	switch {
	case m.Digest == "":
		return m, nil
	case !digestForm.MatchString(m.Digest):
		return m, broken("answers with a digest that is none")
	case strings.HasPrefix(reference, "sha256:") && m.Digest != reference:
		return m, broken("answers with another digest, %s", m.Digest)
	}
	return m, nil
}

// get reads a manifest whole, which counts as a pull, and hashes it.
func (c *Client) get(ctx context.Context, p place, reference string) (m Manifest, body []byte, err error) {
	q := p.manifest(reference)
	q.method, q.pull, q.count = http.MethodGet, true, func(n *Counts) { n.Pull++ }
	err = c.ask(ctx, q, func(answer *http.Response) error {
		if m, err = headers(answer, reference); err != nil {
			return err
		}
		if body, err = readAll(answer.Body, maxManifest); err != nil {
			return err
		}
		return m.check(body, reference)
	})
	return m, body, err
}

// check compares the digests, and takes the media type from the content where the header has none that is known.
func (m *Manifest) check(body []byte, reference string) error {
	digest := digestOf(body)
	if m.Digest != "" && m.Digest != digest || strings.HasPrefix(reference, "sha256:") && reference != digest {
		return broken("sends content whose digest is another one, %s", digest)
	}
	m.Digest = digest
	var content struct {
		MediaType string          `json:"mediaType"`
		Manifests json.RawMessage `json:"manifests"`
		Config    json.RawMessage `json:"config"`
	}
	if json.Unmarshal(body, &content) != nil || content.Manifests == nil && content.Config == nil {
		return broken("sends a manifest that is none")
	}
	if _, known := indexes[m.MediaType]; !known {
		m.MediaType, m.Index = content.MediaType, content.Manifests != nil
	}
	return nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// readAll reads a body that may not be longer than that.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, broken("sends more than %d MiB, which is not read", limit>>20)
	}
	return b, nil
}
