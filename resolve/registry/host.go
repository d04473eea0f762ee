package registry

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// host is what is known about a registry, a token server or another host that is asked.
type host struct {
	name      string // host[:port]
	anonymous bool   // named by another host in a redirect: no credentials go there
	insecure  bool
	slots     chan struct{} // requests at once
	first     chan struct{} // held by the request that finds out whether the host answers, and what it wants

	mu       sync.Mutex
	scheme   string // https or http
	known    bool   // it has answered
	tried    bool   // it has not, at least once
	near     reach  // of the address that answered
	dead     *Error
	silences int // timeouts and broken connections in succession
	pause    [2]pause
	waited   time.Duration
	auth     auth
	quota    bool // the user was told
}

// Timeouts and broken connections in succession after which a host counts as dead. One that has answered gets the
// benefit of the doubt: it may be a repository that hangs.
const (
	silencesUnknown = 3
	silencesKnown   = 8
)

// host is the record of a host; a host that was named by another one has its own, without credentials.
func (c *Client) host(name string, anonymous bool) *host {
	if name == hubName {
		name = hubHost
	}
	key := name
	if anonymous {
		key = "anonymous " + name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[key]
	if h == nil {
		h = &host{
			name: name, anonymous: anonymous, insecure: c.insecure(name), scheme: "https",
			slots: make(chan struct{}, c.o.PerHost), first: make(chan struct{}, 1), auth: newAuth(),
		}
		c.hosts[key] = h
	}
	return h
}

// insecure reports whether the user trusts the network between here and the host.
func (c *Client) insecure(name string) bool {
	return isLoopback(name) || slices.ContainsFunc(c.o.Insecure, func(s string) bool {
		return strings.EqualFold(s, name) || strings.EqualFold(s, hostname(name))
	})
}

// enter lets one request to an unknown host go first: it finds out about challenges and dead hosts for all. The function
// it returns says that the request is answered.
func (h *host) enter(ctx context.Context) (answered func(), err error) {
	if h.isKnown() {
		return func() {}, nil
	}
	select {
	case h.first <- struct{}{}:
	case <-ctx.Done():
		return nil, canceled(ctx)
	}
	leave := sync.OnceFunc(func() { <-h.first })
	if h.isKnown() {
		leave()
	}
	return leave, nil
}

// isKnown reports whether there is nothing to be gained from waiting for the first answer.
func (h *host) isKnown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known || h.tried || h.dead != nil
}

// answered notes that a host has answered, and from where.
func (h *host) answered(address netip.Addr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known, h.silences = true, 0
	if address.IsValid() {
		h.near = reachOf(address)
	}
}

// silent notes what kept a host from answering. Where all else would fail the same way, nothing else is tried.
func (h *host) silent(e *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried = true
	h.silences++
	limit := silencesUnknown
	if h.known {
		limit = silencesKnown
	}
	if (e.dead || h.silences >= limit) && h.dead == nil {
		h.dead = e
	}
}

// allows reports whether a host that this one names may be at such an address.
func (h *host) allows(r reach) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	near := h.near
	if isLoopback(h.name) {
		near = loopback
	} else if a, err := netip.ParseAddr(hostname(h.name)); err == nil {
		near = reachOf(a)
	}
	return r == public || r == near || near == loopback && r == private
}

// schemeNow is the scheme that works, as far as is known.
func (h *host) schemeNow() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.scheme
}

// plainly falls back to http where the user trusts the network, once, before anything was answered.
func (h *host) plainly() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.insecure || h.known || h.scheme == "http" {
		return false
	}
	h.scheme = "http"
	return true
}
