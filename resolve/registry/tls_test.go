package registry

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answering has every image, with the same digest.
func answering(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.oci.image.index.v1+json")
	w.Header().Set("Docker-Content-Digest", someDigest)
}

// toward is a transport that takes all names for those of a server.
func toward(address string) *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
}

// TestRegistryTLS requires a certificate that is valid, and TLS at all, but from hosts that are said to be insecure and from
// this machine.
func TestRegistryTLS(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.HandlerFunc(answering))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, http.HandlerFunc(answering))
	for _, test := range []struct {
		server, host string
		insecure     []string
		says         string // "" for an answer
	}{
		{secure.Listener.Addr().String(), "registry.example.com", nil, "its certificate is not valid here; --insecure-registry"},
		{secure.Listener.Addr().String(), "registry.example.com", []string{"registry.example.com"}, ""},
		{secure.Listener.Addr().String(), "registry.example.com:5000", []string{"registry.example.com"}, ""},
		{secure.Listener.Addr().String(), "localhost:5000", nil, ""},
		{plain, "registry.example.com:5000", nil, "it does not speak TLS; --insecure-registry"},
		{plain, "registry.example.com:5000", []string{"registry.example.com:5001"}, "it does not speak TLS"},
		{plain, "registry.example.com:5000", []string{"registry.example.com:5000"}, ""},
		{plain, "10.1.2.3:5000", nil, "it does not speak TLS"},
		{plain, "127.0.0.1:5000", nil, ""},
	} {
		c, _ := client(t, func(o *Options) { o.Transport, o.Insecure = toward(test.server), test.insecure })
		_, err := c.Head(t.Context(), repository(t, test.host, "a/b"), "1")
		if test.says == "" && err != nil {
			t.Errorf("%s, insecure %v: %v", test.host, test.insecure, err)
		}
		if test.says != "" {
			wantError(t, err, Unreachable, test.host+"/a/b:1", test.says)
		}
	}
}

// TestProxy asks by way of the proxy that the environment names. net/http reads it once in a process, hence another one.
func TestProxy(t *testing.T) {
	if os.Getenv("DOCKFIX_TEST_PROXIED") != "" {
		c := New(Options{Keychain: keys{}, Insecure: []string{"registry.invalid"}})
		if _, err := c.Head(t.Context(), repository(t, "registry.invalid", "a/b"), "1"); err != nil {
			t.Fatal(err)
		}
		return
	}
	var seen atomic.Value
	proxy := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		seen.Store(r.URL.String())
		answering(w, r)
	}))
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxy$")
	child.Env = append(os.Environ(), "DOCKFIX_TEST_PROXIED=1", "HTTP_PROXY=http://"+proxy, "HTTPS_PROXY=", "https_proxy=", "NO_PROXY=", "no_proxy=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, _ := seen.Load().(string); !strings.HasSuffix(got, "registry.invalid/v2/a/b/manifests/1") {
		t.Errorf("the proxy saw %q", got)
	}
}

// TestProxyDown requires the message to say that a proxy was asked, and which, but never its password.
func TestProxyDown(t *testing.T) {
	refusing := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	broken := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	for _, test := range []struct{ proxy, says string }{
		{"127.0.0.1:1", "cannot be reached: the proxy does not answer: connect"},
		{"no-such-proxy.invalid:3128", "cannot be reached: the proxy does not answer: no address is known for no-such-proxy.invalid, by way of the proxy no-such"},
		{refusing, "cannot be reached: the proxy refuses: Proxy Authentication Required, by way of the proxy " + refusing},
		{broken, ", by way of the proxy " + broken},
		{"", "cannot be reached: the address of the proxy, in HTTP_PROXY or HTTPS_PROXY, is none"},
	} {
		c, _ := client(t, func(o *Options) {
			o.Transport = &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
				if test.proxy == "" {
					return nil, errors.New(`invalid proxy address "http://bob:s3cret-pw@[": no`)
				}
				return &url.URL{Scheme: "http", Host: test.proxy, User: url.UserPassword("bob", "s3cret-pw")}, nil
			}}
		})
		_, err := c.Head(t.Context(), repository(t, "registry.example.com", "a/b"), "1")
		wantError(t, err, Unreachable, "registry.example.com/a/b:1: registry.example.com ", test.says)
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "s3cret") {
				t.Errorf("the password is in %q", e)
			}
		}
	}
}

// TestHerd lets a thousand callers share one request each for what they want.
func TestHerd(t *testing.T) {
	var sent atomic.Int32
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		answering(w, r)
	}))
	c, _ := client(t, nil)
	repos := make([]string, 0, 1000)
	for range 500 {
		repos = append(repos, "a", "b")
	}
	for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
		if err != nil {
			t.Errorf("%s: %v", repo, err)
		}
	}
	if sent.Load() != 2 {
		t.Errorf("%d requests", sent.Load())
	}
}

// TestParallel never has more requests under way than it may, to a host and in all.
func TestParallel(t *testing.T) {
	var here, all, mostHere, mostAll atomic.Int32
	slow := func(w http.ResponseWriter, r *http.Request) {
		raise(&mostAll, all.Add(1))
		defer all.Add(-1)
		if strings.HasPrefix(r.Host, "localhost") {
			raise(&mostHere, here.Add(1))
			defer here.Add(-1)
		}
		time.Sleep(5 * time.Millisecond)
		answering(w, r)
	}
	host := serve(t, http.HandlerFunc(slow))
	_, port, _ := strings.Cut(host, ":")
	c, _ := client(t, func(o *Options) { o.PerHost, o.Parallel = 3, 4 })
	done := make(chan map[string]error, 2)
	for _, h := range []string{"localhost:" + port, host} {
		go func() { done <- heads(t.Context(), t, c, h, "1", strings.Fields("a b c d e f g h i j k l m n")...) }()
	}
	for range 2 {
		for repo, err := range <-done {
			if err != nil {
				t.Errorf("%s: %v", repo, err)
			}
		}
	}
	if mostHere.Load() > 3 || mostAll.Load() > 4 || mostHere.Load() < 2 {
		t.Errorf("%d requests at once to a host, %d in all", mostHere.Load(), mostAll.Load())
	}
}

// raise keeps the largest value.
func raise(most *atomic.Int32, n int32) {
	for {
		old := most.Load()
		if n <= old || most.CompareAndSwap(old, n) {
			return
		}
	}
}
