// Package registry asks container registries what a tag means and which tags there are.
//
// In: repositories and tags or digests. Out: digests, tag lists and push times, or an *Error that names the registry and the
// image and says what can be done. For
//
//	c := registry.New(registry.Options{})
//	repo, _ := name.NewRepository("python")
//	m, err := c.Head(ctx, repo, "latest")
//
// three requests are sent to Docker Hub: a HEAD that is answered with 401 and a challenge, one for a token, and the HEAD
// again; m.Digest is the digest of the index. The next repository takes one request if it was announced, see Announce. A
// HEAD does not count as a pull.
//
// Registries are not trusted. Every request has a timeout that covers its body, every body a limit, every host a budget
// of waiting and a number of requests at once. Credentials go to the host they were stored for and to the token server
// that belongs to it, to no other.
package registry

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Options say how to speak to registries; the zero value is right for most.
type Options struct {
	Transport http.RoundTripper // nil: net/http with timeouts and the proxy of the environment
	Keychain  authn.Keychain    // nil: Docker's and podman's configuration, credential helpers, GITHUB_TOKEN for ghcr.io
	UserAgent string            // "": dockfix
	Insecure  []string          // hosts, or host:port, that may have a certificate nobody knows, or speak plain http; loopback hosts always may
	// Map says where to look names up instead: "docker.io" or "docker.io/library" to "mirror.example.com/proxy". The longest
	// prefix wins. The credentials are those of the host that is asked.
	Map      map[string]string
	Warn     func(string)  // told once of each thing that deserves it; nil: nobody. It may be called by several goroutines
	PerHost  int           // requests to one host at once; 0: 8
	Parallel int           // requests at once; 0: 16
	Timeout  time.Duration // of one request with its body; 0: 10 s
	Budget   time.Duration // of all waiting because a host wants or needs it; 0: 60 s
}

// Counts are the requests by kind; one that was answered with 401 is a Challenge, whatever it asked for.
type Counts struct {
	Challenge int
	Token     int
	Head      int // of manifests
	Pull      int // GETs of manifests: what Docker Hub counts against its limit
	Tags      int // pages of tag lists
	Blob      int
	API       int // of hub.docker.com
}

// Total is the number of all requests.
func (c Counts) Total() int {
	return c.Challenge + c.Token + c.Head + c.Pull + c.Tags + c.Blob + c.API
}

// Client speaks to all registries. It is safe for concurrent use, and remembers for its lifetime what it was told about
// tags, tokens and hosts that are down: make one for each run.
type Client struct {
	o       Options
	slots   chan struct{}
	plain   http.RoundTripper
	lenient http.RoundTripper // checks no certificates
	proxy   func(*http.Request) (*url.URL, error)
	backoff backoff
	heads   flights[Manifest]
	lists   flights[tagList]
	images  flights[Image]

	mu     sync.Mutex
	hosts  map[string]*host
	counts Counts
	warned map[string]bool
}

// New makes a Client.
func New(o Options) *Client {
	if o.UserAgent == "" {
		o.UserAgent = "dockfix"
	}
	o.PerHost = orElse(o.PerHost, 8)
	o.Parallel = orElse(o.Parallel, 16)
	o.Timeout = orElse(o.Timeout, 10*time.Second)
	o.Budget = orElse(o.Budget, time.Minute)
	c := &Client{
		o: o, slots: make(chan struct{}, o.Parallel), backoff: usualBackoff,
		hosts: map[string]*host{}, warned: map[string]bool{},
	}
	c.plain, c.lenient = transports(o)
	if t, ok := c.plain.(*http.Transport); ok {
		c.proxy = t.Proxy
	}
	return c
}

// orElse is the value, or what is usual where it is not a positive one.
func orElse[N int | time.Duration](n, usual N) N {
	if n > 0 {
		return n
	}
	return usual
}

// Announce says what will be asked for. A token server is then asked for up to 20 repositories at once.
func (c *Client) Announce(repos []name.Repository) {
	for _, repo := range repos {
		if p, err := c.locate(repo); err == nil {
			p.host.announce(p.path)
		}
	}
}

// Asked is the repository that is asked in the place of another: itself, but for those that Options.Map has; "" where what the
// map says is no registry. It makes no request.
func (c *Client) Asked(repo name.Repository) string {
	target, err := mapped(c.o.Map, repo)
	if err != nil {
		return ""
	}
	return target.Name()
}

// Counts are the requests so far.
func (c *Client) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

// warn tells a thing once.
func (c *Client) warn(text string) {
	c.mu.Lock()
	told := c.warned[text] || c.o.Warn == nil
	c.warned[text] = true
	c.mu.Unlock()
	if !told {
		c.o.Warn(text)
	}
}

// place is where a repository is really looked up.
type place struct {
	host *host
	path string // library/python
}

// locate applies the map and finds the host.
func (c *Client) locate(repo name.Repository) (place, error) {
	target, err := mapped(c.o.Map, repo)
	if err != nil {
		return place{}, err
	}
	return place{c.host(target.RegistryStr(), false), target.RepositoryStr()}, nil
}
