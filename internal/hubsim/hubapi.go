package hubsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// token grants what the scopes ask for, in a token whose payload says so, as Docker Hub's do.
func (h *Hub) token(w http.ResponseWriter, r *http.Request) {
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	claims := struct {
		Access []access `json:"access"`
	}{}
	var granted []string
	for _, scope := range r.URL.Query()["scope"] {
		for one := range strings.FieldsSeq(scope) {
			parts := strings.Split(one, ":")
			if len(parts) != 3 || h.options.Scopes > 0 && len(granted) == h.options.Scopes {
				continue
			}
			granted = append(granted, parts[1])
			claims.Access = append(claims.Access, access{"repository", parts[1], []string{"pull"}})
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // strings always encode
	}
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"
	h.mu.Lock()
	h.tokens[token] = granted
	h.mu.Unlock()
	reply(w, map[string]any{"token": token, "access_token": token, "expires_in": 300, "issued_at": time.Now().UTC().Format(time.RFC3339)})
}

// apiTag is a tag in the answers of hub.docker.com.
type apiTag struct {
	Name    string    `json:"name"`
	Digest  string    `json:"digest"`
	Updated time.Time `json:"last_updated"`
	Pushed  time.Time `json:"tag_last_pushed"`
	Status  string    `json:"tag_status"`
}

// apiPage is a page of them. The real one refuses to send more than 100 tags at once.
type apiPage struct {
	Count   int      `json:"count"`
	Next    *string  `json:"next"`
	Results []apiTag `json:"results"`
}

// api answers /v2/repositories/library/python/tags and /v2/repositories/library/python/tags/3.12.
func (h *Hub) api(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/v2/repositories/")
	name, tag, found := strings.Cut(path, "/tags")
	repo := h.options.Repositories[name]
	if !ok || !found || repo == nil {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "object not found")
		return
	}
	if tag = strings.Trim(tag, "/"); tag == "" {
		h.apiList(w, r, repo)
		return
	}
	if h.image(repo, tag) == nil {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "tag '"+tag+"' not found")
		return
	}
	reply(w, h.apiTag(repo, tag))
}

func (h *Hub) apiTag(repo *Repository, tag string) apiTag {
	i := h.image(repo, tag)
	return apiTag{tag, repo.Digest(i), i.Pushed, i.Pushed, "active"}
}

// apiList has the tags that were pushed last first.
func (h *Hub) apiList(w http.ResponseWriter, r *http.Request, repo *Repository) {
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("page_size"))
	if err != nil || size < 1 {
		size = 10
	}
	size = min(size, 100)
	page, err := strconv.Atoi(query.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	tags := slices.Clone(h.tags(repo))
	slices.SortStableFunc(tags, func(a, b string) int { return h.image(repo, b).Pushed.Compare(h.image(repo, a).Pushed) })
	from := min((page-1)*size, len(tags))
	to := min(from+size, len(tags))
	answer := apiPage{Count: len(tags)}
	for _, tag := range tags[from:to] {
		answer.Results = append(answer.Results, h.apiTag(repo, tag))
	}
	if to < len(tags) {
		query.Set("page", strconv.Itoa(page+1))
		next := "https://" + apiHost + r.URL.Path + "?" + query.Encode()
		answer.Next = &next
	}
	reply(w, answer)
}
