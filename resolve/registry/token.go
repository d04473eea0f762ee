package registry

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits on what a token server sends.
const (
	maxTokenBody  = 1 << 20
	leastLifetime = time.Minute // also what the distribution specification says where expires_in is absent
	mostLifetime  = time.Hour
)

// token is one that opens the repository: from memory, from a request that is under way, or from one for it and others
// that were announced.
func (c *Client) token(ctx context.Context, h *host, repo string) (*token, error) {
	for {
		t, flight, batch, err := h.want(repo)
		if t != nil || err != nil {
			return t, err
		}
		if batch == nil {
			if err := wait(ctx, flight); err != nil {
				return nil, err
			}
			continue
		}
		t, err = c.fetchToken(ctx, h, batch)
		if h.landToken(flight, batch, t, err) {
			return nil, err
		}
	}
}

// wait is for a flight that another one leads. Where that one gave up, there is no error: look again.
func wait(ctx context.Context, f *tokenFlight) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return canceled(ctx)
	}
}

// want is a token that is there, or a flight to wait for, or the batch to lead a flight for.
func (h *host) want(repo string) (*token, *tokenFlight, []string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &h.auth
	if e := a.denied[repo]; e != nil {
		return nil, nil, nil, e
	}
	if t := a.tokens[repo]; t != nil && time.Now().Before(t.expires) {
		return t, nil, nil, nil
	}
	if f := a.flights[repo]; f != nil {
		return nil, f, nil, nil
	}
	batch := h.batch(repo)
	f := &tokenFlight{done: make(chan struct{})}
	for _, r := range batch {
		a.flights[r] = f
	}
	return nil, f, batch, nil
}

// batch is the repository and others that were announced and have no token.
func (h *host) batch(repo string) []string {
	a, batch := &h.auth, []string{repo}
	if a.noBatch || a.alone[repo] || a.own[repo] != nil {
		return batch
	}
	for _, r := range a.announced {
		if len(batch) == maxScopes {
			break
		}
		valid := a.tokens[r] != nil && time.Now().Before(a.tokens[r].expires)
		if r != repo && !valid && a.flights[r] == nil && !a.alone[r] && a.denied[r] == nil && a.own[r] == nil {
			batch = append(batch, r)
		}
	}
	return batch
}

// landToken hands a token to all who wait for it. It is final where the error is one for them all; else each looks again.
func (h *host) landToken(f *tokenFlight, batch []string, t *token, err error) (final bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer close(f.done)
	for _, r := range batch {
		delete(h.auth.flights, r)
	}
	if err != nil {
		return h.tokenRefused(f, batch, err)
	}
	open, known := granted(t.value)
	t.opaque = !known
	for _, r := range batch {
		if t.shared && known && !open[r] {
			h.auth.alone[r] = true
			continue
		}
		h.auth.tokens[r] = t
	}
	return false
}

func (h *host) tokenRefused(f *tokenFlight, batch []string, err error) (final bool) {
	kind, _ := kindOf(err)
	switch {
	case kind == Canceled:
		return true // of this caller; f.err stays nil, another one leads
	case len(batch) > 1 && (kind == Denied || kind == Broken || kind == NotFound):
		h.auth.noBatch = true
		return false
	case kind == Denied:
		if e, ok := err.(*Error); ok {
			h.auth.denied[batch[0]] = e
		}
	}
	f.err = err
	return true
}

// fetchToken asks for one token for all the repositories.
func (c *Client) fetchToken(ctx context.Context, h *host, repos []string) (*token, error) {
	want := h.wanted(repos[0])
	r, err := h.realm(want)
	if err != nil {
		return nil, err
	}
	stored := c.credentials(ctx, h)
	if stored.any() && !h.belongs(r) {
		c.warn(h.name + " sends to " + r.Host + " for tokens, which is not known to belong to it: asking there without credentials")
		stored = credentials{}
	}
	if h.credentialsRefused() {
		stored = credentials{}
	}
	t, refused, err := c.askToken(ctx, h, r, want.params["service"], repos, stored)
	if refused && stored.any() {
		c.warn("the credentials for " + hubAs(h.name) + " are refused: going on without them")
		h.refuseCredentials()
		t, refused, err = c.askToken(ctx, h, r, want.params["service"], repos, credentials{})
	}
	if refused {
		return nil, h.denied()
	}
	return t, err
}

// askToken sends one request. Redirects are not followed: they would take credentials along.
func (c *Client) askToken(ctx context.Context, h *host, r *url.URL, service string, repos []string, with credentials) (t *token, refused bool, err error) {
	q := c.tokenRequest(h, r, service, repos, with)
	var value tokenAnswer
	out, err := c.attempts(ctx, q, "", func(answer *http.Response) error { return value.read(answer.Body) })
	switch {
	case err != nil:
		return nil, false, asked(err, q.host)
	case out.status == http.StatusUnauthorized, out.is(Denied):
		return nil, true, nil
	case out.location != nil:
		return nil, false, asked(broken("redirects a request for a token, which is not followed"), q.host)
	case out.err != nil:
		return nil, false, asked(broken("gives no token: it %s", out.err.fact()), q.host)
	}
	return &token{value: value.token(), expires: time.Now().Add(value.lifetime()), shared: len(repos) > 1, host: h}, false, nil
}

func (c *Client) tokenRequest(h *host, r *url.URL, service string, repos []string, with credentials) request {
	scopes := make([]string, len(repos))
	for i, repo := range repos {
		scopes[i] = "repository:" + repo + ":pull"
	}
	query := r.Query()
	q := request{
		host: c.host(r.Host, false), count: func(n *Counts) { n.Token++ }, method: http.MethodGet,
		path: r.EscapedPath(), exact: r.Scheme, accept: "application/json",
	}
	if r.Host != h.name {
		q.guard = h
	}
	if with.identity != "" {
		q.method = http.MethodPost
		q.form = url.Values{"grant_type": {"refresh_token"}, "client_id": {"dockfix"}, "service": {service}, "scope": {strings.Join(scopes, " ")}, "refresh_token": {with.identity}}
	} else {
		if service != "" {
			query.Set("service", service)
		}
		query["scope"] = slices.Concat(query["scope"], scopes)
		if with.user != "" {
			query.Set("account", with.user)
			q.basic = &with
		}
	}
	q.query = query.Encode()
	return q
}

// tokenAnswer is the answer of a token server; OAuth calls the token access_token.
type tokenAnswer struct {
	Token   string  `json:"token"`
	Access  string  `json:"access_token"`
	Expires float64 `json:"expires_in"` // seconds
}

func (a *tokenAnswer) read(body io.Reader) error {
	b, err := readAll(body, maxTokenBody)
	if err != nil {
		return err
	}
	if json.Unmarshal(b, a) != nil || a.token() == "" || strings.ContainsFunc(a.token(), notInHeader) {
		return broken("gives no token")
	}
	return nil
}

// notInHeader is what a token cannot have.
func notInHeader(r rune) bool { return r <= ' ' || r >= 0x7f }

func (a *tokenAnswer) token() string {
	if a.Token != "" {
		return a.Token
	}
	return a.Access
}

// lifetime is a bit less than what the server says.
func (a *tokenAnswer) lifetime() time.Duration {
	d := mostLifetime
	if a.Expires < mostLifetime.Seconds() {
		d = max(time.Duration(a.Expires*float64(time.Second)), leastLifetime)
	}
	return d - d/6
}

// accessClaim reads the access claim of the distribution specification from the payload of a token.
func accessClaim(payload []byte) (repos map[string]bool, known bool) {
	var claims struct {
		Access *[]struct {
			Type, Name string
			Actions    []string
		} `json:"access"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Access == nil {
		return nil, false
	}
	repos = map[string]bool{}
	for _, a := range *claims.Access {
		if a.Type == "repository" && (slices.Contains(a.Actions, "pull") || slices.Contains(a.Actions, "*")) {
			repos[a.Name] = true
		}
	}
	return repos, true
}
