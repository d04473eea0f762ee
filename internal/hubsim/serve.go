package hubsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	authHost = "auth.docker.io"
	apiHost  = "hub.docker.com"
)

func registryHost(host string) bool {
	return host == "index.docker.io" || host == "registry-1.docker.io" || host == "ghcr.io"
}

// serve answers one request; broken means that the connection is to break instead.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request, host string) (broken bool) {
	h.count(h.kind(r, host))
	if h.options.Fault != nil {
		if status := h.options.Fault(r); status != 0 {
			if status > 0 {
				refuse(w, status, "UNAVAILABLE", "the test says so")
			}
			return status < 0
		}
	}
	switch {
	case host == authHost, host == "ghcr.io" && r.URL.Path == "/token":
		h.token(w, r)
	case host == apiHost:
		h.api(w, r)
	case !registryHost(host):
		http.NotFound(w, r)
	case h.allowed(w, r, host):
		h.registry(w, r, host)
	}
	return false
}

// kind says which count a request belongs to.
func (h *Hub) kind(r *http.Request, host string) func(*Counts) {
	repository, kind, _ := split(r.URL.Path)
	switch {
	case host == authHost, host == "ghcr.io" && r.URL.Path == "/token":
		return func(c *Counts) { c.Token++ }
	case host == apiHost:
		return func(c *Counts) { c.API++ }
	case !h.granted(r, repository):
		return func(c *Counts) { c.Challenge++ }
	case kind == "tags":
		return func(c *Counts) { c.Tags++ }
	case kind == "manifests" && r.Method == http.MethodHead:
		return func(c *Counts) { c.Head++ }
	case kind == "manifests":
		return func(c *Counts) { c.Pull++ }
	case kind == "blobs":
		return func(c *Counts) { c.Blob++ }
	}
	return func(c *Counts) { c.Other++ }
}

func (h *Hub) count(add func(*Counts)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add(&h.counts)
}

// split takes /v2/library/python/manifests/latest apart; tags have no reference.
func split(path string) (repository, kind, reference string) {
	rest, ok := strings.CutPrefix(path, "/v2/")
	if !ok {
		return "", "", ""
	}
	if name, ok := strings.CutSuffix(rest, "/tags/list"); ok {
		return name, "tags", ""
	}
	for _, kind := range []string{"manifests", "blobs"} {
		if name, reference, ok := strings.Cut(rest, "/"+kind+"/"); ok {
			return name, kind, reference
		}
	}
	return "", "", ""
}

// allowed requires a token that grants the repository, and else tells where tokens are to be had.
func (h *Hub) allowed(w http.ResponseWriter, r *http.Request, host string) bool {
	repository, _, _ := split(r.URL.Path)
	if h.granted(r, repository) {
		return true
	}
	realm, service := "https://"+authHost+"/token", "registry.docker.io"
	if host == "ghcr.io" {
		realm, service = "https://ghcr.io/token", "ghcr.io"
	}
	challenge := fmt.Sprintf(`Bearer realm=%q,service=%q`, realm, service)
	if repository != "" {
		challenge += fmt.Sprintf(`,scope="repository:%s:pull"`, repository)
	}
	if r.Header.Get("Authorization") != "" {
		challenge += `,error="insufficient_scope"`
	}
	w.Header().Set("Www-Authenticate", challenge)
	refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	return false
}

func (h *Hub) granted(r *http.Request, repository string) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	h.mu.Lock()
	defer h.mu.Unlock()
	granted, known := h.tokens[token]
	return known && (repository == "" || slices.Contains(granted, repository))
}

func (h *Hub) registry(w http.ResponseWriter, r *http.Request, host string) {
	name, kind, reference := split(r.URL.Path)
	repo := h.options.Repositories[name]
	switch {
	case kind == "":
		reply(w, struct{}{}) // the ping, /v2/
	case repo == nil:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
	case kind == "tags":
		h.list(w, r, repo, host)
	case kind == "manifests":
		h.manifest(w, r, repo, reference, host)
	default:
		h.send(w, r, repo, reference, "BLOB_UNKNOWN")
	}
}

func (h *Hub) manifest(w http.ResponseWriter, r *http.Request, repo *Repository, reference, host string) {
	if r.Method == http.MethodGet && h.limited(w) {
		return
	}
	digest := reference
	if !strings.HasPrefix(reference, "sha256:") {
		digest = h.Digest(repo.Name, reference)
	}
	if o, ok := repo.object(digest); ok && host != "ghcr.io" {
		w.Header().Set("Last-Modified", o.modified.Format(http.TimeFormat))
	}
	h.send(w, r, repo, digest, "MANIFEST_UNKNOWN")
}

// limited counts a pull, and answers when it is one too many.
func (h *Hub) limited(w http.ResponseWriter) bool {
	h.mu.Lock()
	h.pulls++
	over := h.options.Pulls > 0 && h.pulls > h.options.Pulls
	h.mu.Unlock()
	if over {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusTooManyRequests, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
	}
	return over
}

func (h *Hub) send(w http.ResponseWriter, r *http.Request, repo *Repository, digest, missing string) {
	o, ok := repo.object(digest)
	if !ok {
		refuse(w, http.StatusNotFound, missing, "not known to registry")
		return
	}
	w.Header().Set("Content-Type", o.mediaType)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Content-Length", strconv.Itoa(len(o.body)))
	if r.Method != http.MethodHead {
		w.Write(o.body)
	}
}

// list sends a page of tags: behind last, n of them at most, and a Link where there are more.
func (h *Hub) list(w http.ResponseWriter, r *http.Request, repo *Repository, host string) {
	tags, start := h.tags(repo), 0
	last, limit := r.URL.Query().Get("last"), h.options.PageCap
	if host == "ghcr.io" {
		tags = pushOrder(repo, tags)
		start = slices.Index(tags, last) + 1 // an unknown one: from the start
	} else if last != "" {
		var found bool
		if start, found = slices.BinarySearch(tags, last); found {
			start++
		}
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("n")); err == nil && n > 0 {
		limit = min(limit, n)
	}
	page := tags[start:min(start+limit, len(tags))]
	if start+limit < len(tags) {
		w.Header().Set("Link", fmt.Sprintf(`</v2/%s/tags/list?last=%s&n=%d>; rel="next"`, repo.Name, url.QueryEscape(page[len(page)-1]), limit))
	}
	reply(w, struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{repo.Name, page})
}

// pushOrder has the tags from the oldest to the newest.
func pushOrder(repo *Repository, tags []string) []string {
	tags = slices.Clone(tags)
	slices.SortStableFunc(tags, func(a, b string) int {
		x, y := repo.ByTag[a], repo.ByTag[b]
		if x == nil || y == nil {
			return 0
		}
		return x.Pushed.Compare(y.Pushed)
	})
	return tags
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`+"\n", code, message)
}
