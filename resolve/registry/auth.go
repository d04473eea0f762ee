package registry

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxScopes are the repositories that one token is asked for. A token for more makes a header that servers refuse.
const maxScopes = 20

// auth is what a host wants, and what was got for it. The mutex of the host guards it.
type auth struct {
	challenge *challenge
	own       map[string]*challenge // of repositories with a token server of their own, as Artifactory has them
	announced []string              // repositories, in order
	alone     map[string]bool       // repositories that a token for several did not open
	noBatch   bool                  // tokens for several open nothing here
	tokens    map[string]*token     // by repository
	flights   map[string]*tokenFlight
	denied    map[string]*Error
	refused   bool // the token server did not like the credentials
	once      sync.Once
	stored    credentials
}

func newAuth() auth {
	return auth{
		own: map[string]*challenge{}, alone: map[string]bool{}, tokens: map[string]*token{},
		flights: map[string]*tokenFlight{}, denied: map[string]*Error{},
	}
}

// token opens one or several repositories.
type token struct {
	value   string
	expires time.Time
	shared  bool // for several
	opaque  bool // it does not say what it is for
	host    *host
	worked  bool
}

// tokenFlight is a token that is being asked for.
type tokenFlight struct {
	done chan struct{}
	err  error // of all who wait; nil where they are to look again
}

// grant is what a request was sent with.
type grant struct {
	header string
	token  *token
}

// worked notes that a token was good, so that a later refusal means it is no longer.
func (g grant) worked() {
	if g.token != nil {
		g.token.host.mu.Lock()
		g.token.worked = true
		g.token.host.mu.Unlock()
	}
}

// announce notes what will be asked for.
func (h *host) announce(repo string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.auth.announced, repo) {
		h.auth.announced = append(h.auth.announced, repo)
	}
}

// learn remembers the first challenge of the host: the others are the same but for their scope.
func (h *host) learn(headers []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.auth.challenge == nil && len(headers) > 0 {
		h.auth.challenge = pick(headers)
	}
}

// wanted is the challenge for a repository, nil as long as there was none.
func (h *host) wanted(repo string) *challenge {
	h.mu.Lock()
	defer h.mu.Unlock()
	if own := h.auth.own[repo]; own != nil {
		return own
	}
	return h.auth.challenge
}

// authorization is what to send a request with.
func (c *Client) authorization(ctx context.Context, q request) (grant, error) {
	if q.repo == "" {
		return grant{}, nil
	}
	want := q.host.wanted(q.repo)
	if want == nil {
		return grant{}, nil
	}
	stored := c.credentials(ctx, q.host)
	switch {
	case want.scheme == "bearer" && stored.bearer != "":
		return grant{header: "Bearer " + stored.bearer}, nil
	case want.scheme == "bearer":
		t, err := c.token(ctx, q.host, q.repo)
		if err != nil {
			return grant{}, err
		}
		return grant{"Bearer " + t.value, t}, nil
	case stored.user == "":
		return grant{}, q.host.denied()
	}
	pair := base64.StdEncoding.EncodeToString([]byte(stored.user + ":" + stored.password))
	return grant{header: "Basic " + pair}, nil
}

// renew reports whether it makes sense to ask again after a refusal: with the first token, with one for this repository
// alone, with a new one in the place of one that has worked, or with one from another server.
func (h *host) renew(repo string, used grant, headers []string) bool {
	now := pick(headers)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch a, t := &h.auth, used.token; {
	case repo == "":
		return false
	case used.header == "":
		return now != nil
	case t == nil:
		return false
	case t.shared:
		a.alone[repo] = true
		if t.opaque {
			a.noBatch = true
		}
		h.drop(func(other *token) bool { return other == t && t.opaque })
		delete(a.tokens, repo)
		return true
	case t.worked:
		h.drop(func(other *token) bool { return other == t })
		return true
	case now != nil && now.scheme == "bearer" && a.own[repo] == nil && !sameServer(now, a.challenge):
		a.own[repo] = now
		h.drop(func(other *token) bool { return other == t })
		return true
	}
	return false
}

// drop forgets tokens.
func (h *host) drop(which func(*token) bool) {
	for repo, t := range h.auth.tokens {
		if which(t) {
			delete(h.auth.tokens, repo)
		}
	}
}

func sameServer(a, b *challenge) bool {
	return b != nil && a.params["realm"] == b.params["realm"] && a.params["service"] == b.params["service"]
}

// denied is the error of a repository that stays closed.
func (h *host) denied() *Error {
	return &Error{Kind: Denied, Asked: h.name, Detail: "denies access"}
}

// granted are the repositories that a token opens by what it says of itself: the access claim of a JSON Web Token. known
// is false where it says nothing. Nothing depends on the signature: it is the registry that judges the token.
func granted(value string) (repos map[string]bool, known bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, false
	}
	return accessClaim(payload)
}
