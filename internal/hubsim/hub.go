package hubsim

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Options say how the hub behaves; the zero value is Docker Hub without latency and limits.
type Options struct {
	Latency      time.Duration          // of each request
	PageCap      int                    // tags in a page; 0: 1000
	Pulls        int                    // GETs of manifests before it answers 429; 0: no limit
	Scopes       int                    // repositories granted by one token, those asked for beyond it are left out; 0: all
	Repositories map[string]*Repository // by name; nil: Repositories()
	// Fault answers a request in place of the hub with a status over 0; a negative one breaks the connection.
	Fault func(*http.Request) int
}

// Counts are requests by kind; each request is counted once.
type Counts struct {
	Challenge int // answered with 401
	Token     int
	Head      int // of manifests
	Pull      int // GETs of manifests: what Docker Hub counts against its limit
	Tags      int // pages of tag lists
	Blob      int
	API       int // of hub.docker.com
	Other     int
}

// Total is the number of all requests.
func (c Counts) Total() int {
	return c.Challenge + c.Token + c.Head + c.Pull + c.Tags + c.Blob + c.API + c.Other
}

// Hub is a simulated Docker Hub; ghcr.io has the same repositories, lists its tags in the order of their push and knows
// no Last-Modified. It is an http.Handler that tells hosts apart by the Host header, and safe for concurrent use.
type Hub struct {
	options Options

	mu     sync.Mutex
	counts Counts
	pulls  int
	moved  map[string]map[string]*Image // repository, tag: since the list was made
	tokens map[string][]string          // what they grant
}

// New makes a hub.
func New(o Options) *Hub {
	if o.PageCap == 0 {
		o.PageCap = 1000
	}
	if o.Repositories == nil {
		o.Repositories = Repositories()
	}
	return &Hub{options: o, moved: map[string]map[string]*Image{}, tokens: map[string][]string{}}
}

// Counts are the requests since New or Reset.
func (h *Hub) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts
}

// Reset sets the counts to zero; moved tags stay moved.
func (h *Hub) Reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts, h.pulls = Counts{}, 0
}

// Move lets a tag, new or not, mean the image of another tag of the repository, in this hub only. To no tag, "", it is
// deleted.
func (h *Hub) Move(repository, tag, to string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.moved[repository] == nil {
		h.moved[repository] = map[string]*Image{}
	}
	h.moved[repository][tag] = h.options.Repositories[repository].ByTag[to]
}

// Digest is what a tag means in this hub now, "" where there is no such tag.
func (h *Hub) Digest(repository, tag string) string {
	r := h.options.Repositories[repository]
	if r == nil {
		return ""
	}
	if i := h.image(r, tag); i != nil {
		return r.Digest(i)
	}
	return ""
}

func (h *Hub) image(r *Repository, tag string) *Image {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i, ok := h.moved[r.Name][tag]; ok {
		return i
	}
	return r.ByTag[tag]
}

// tags are the tags of the repository, in byte order.
func (h *Hub) tags(r *Repository) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	moved := h.moved[r.Name]
	if len(moved) == 0 {
		return r.Tags
	}
	tags := slices.DeleteFunc(slices.Clone(r.Tags), func(t string) bool { _, ok := moved[t]; return ok })
	for t := range maps.Keys(moved) {
		if moved[t] != nil {
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	return tags
}

// Transport hands requests to the hub in this process, without a socket; hosts other than the hub's do not exist.
func (h *Hub) Transport() http.RoundTripper {
	return transport{h}
}

type transport struct{ hub *Hub }

// RoundTrip takes the latency of the hub, or as long as the request's context lets it.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	if !registryHost(host) && host != authHost && host != apiHost {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	select {
	case <-time.After(t.hub.options.Latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	broken := t.hub.serve(w, r, host)
	if broken {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed}
	}
	answer := w.Result()
	answer.Request = r
	if r.Method == http.MethodHead {
		answer.Body = http.NoBody
	}
	return answer, nil
}

// ServeHTTP is for a hub behind a socket, where a proxy or a dialer sends the requests for all its hosts.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(h.options.Latency)
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if h.serve(w, r, host) {
		panic(http.ErrAbortHandler)
	}
}
