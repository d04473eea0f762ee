package registry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// apiHost has an API of its own about Docker Hub's tags. No credentials go there, and its limits are not those of pulls.
const (
	apiHost   = "hub.docker.com"
	apiSource = "Docker Hub"
	maxAPI    = 8 << 20
)

// apiTag is a tag as the API tells it.
type apiTag struct {
	Name    string    `json:"name"`
	Digest  string    `json:"digest"`
	Updated time.Time `json:"last_updated"`
	Pushed  time.Time `json:"tag_last_pushed"`
}

func (t apiTag) pushed() PushedTag {
	p := PushedTag{Tag: t.Name, Pushed: t.Pushed}
	if p.Pushed.IsZero() {
		p.Pushed = t.Updated
	}
	if digestForm.MatchString(t.Digest) {
		p.Digest = t.Digest
	}
	return p
}

// Pushed is when a tag was pushed to Docker Hub, with the digest it had then ("" where unknown), and who says so. Of other
// registries, and of those asked in place of Docker Hub, the error is ErrNoPushTime; else it is an *Error.
func (c *Client) Pushed(ctx context.Context, repo name.Repository, tag string) (at time.Time, digest, source string, err error) {
	var one apiTag
	if err := c.api(ctx, repo, "/"+url.PathEscape(tag), "", &one); err != nil {
		return time.Time{}, "", "", apiError(err, repo, tag)
	}
	p := one.pushed()
	if p.Pushed.IsZero() {
		return time.Time{}, "", "", ErrNoPushTime
	}
	return p.Pushed, p.Digest, apiSource, nil
}

// Newest are the 100 tags that were pushed last to Docker Hub, newest first, in one request. The error is as with Pushed.
func (c *Client) Newest(ctx context.Context, repo name.Repository) ([]PushedTag, error) {
	var answer struct {
		Results []apiTag `json:"results"`
	}
	if err := c.api(ctx, repo, "", "page_size=100&ordering=last_updated", &answer); err != nil {
		return nil, apiError(err, repo, "")
	}
	var tags []PushedTag
	for _, t := range answer.Results {
		if isTag(t.Name) {
			tags = append(tags, t.pushed())
		}
	}
	return tags, nil
}

// api asks about a repository whose images really come from Docker Hub.
func (c *Client) api(ctx context.Context, repo name.Repository, path, query string, into any) error {
	p, err := c.locate(repo)
	if err != nil {
		return err
	}
	if p.host.name != hubHost {
		return ErrNoPushTime
	}
	q := request{
		host: c.host(apiHost, true), method: http.MethodGet, path: "/v2/repositories/" + p.path + "/tags" + path, query: query,
		accept: "application/json", count: func(n *Counts) { n.API++ },
	}
	return c.ask(ctx, q, func(answer *http.Response) error {
		b, err := readAll(answer.Body, maxAPI)
		if err != nil {
			return err
		}
		if json.Unmarshal(b, into) != nil {
			return broken("sends something else than tags")
		}
		return nil
	})
}

func apiError(err error, repo name.Repository, tag string) error {
	if err == ErrNoPushTime {
		return err
	}
	return named(err, repo, tag)
}
