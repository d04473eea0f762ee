package registry

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// backend is a registry that wants a password: go-containerregistry's in this process, or a real one.
type backend struct {
	host, user, password string
	prefix               string // of repositories, so that each run has its own
}

// backends runs a test with the registry of this process, and with the one that the environment names: see e2e/registry.
func backends(t *testing.T, test func(t *testing.T, b backend)) {
	prefix := fmt.Sprintf("t%d/", time.Now().UnixNano())
	t.Run("in-process", func(t *testing.T) {
		h := withBasic(registry.New(registry.Logger(log.New(io.Discard, "", 0))), "bob", "s3cret-pw")
		test(t, backend{serve(t, h), "bob", "s3cret-pw", prefix})
	})
	if host := os.Getenv("DOCKFIX_TEST_REGISTRY"); host != "" {
		t.Run("real", func(t *testing.T) {
			test(t, backend{host, os.Getenv("DOCKFIX_TEST_REGISTRY_USER"), os.Getenv("DOCKFIX_TEST_REGISTRY_PASSWORD"), prefix})
		})
	}
}

// serve starts a server on the loopback interface and returns its host:port.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func withBasic(h http.Handler, user, password string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("Www-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// open hands requests to the backend with its password, so that a handler in front of it can do as it likes.
func (b backend) open() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: b.host})
			p.Out.SetBasicAuth(b.user, b.password)
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// front starts a server that answers where fault does not by way of the backend.
func (b backend) front(t *testing.T, fault func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	open := b.open()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r) {
			open.ServeHTTP(w, r)
		}
	}))
}

func (b backend) keychain() authn.Keychain {
	return keys{b.host: {Username: b.user, Password: b.password}}
}

// keys are credentials by host.
type keys map[string]authn.AuthConfig

func (k keys) Resolve(r authn.Resource) (authn.Authenticator, error) {
	if c, ok := k[r.RegistryStr()]; ok {
		return authn.FromConfig(c), nil
	}
	return authn.Anonymous, nil
}

// push writes an image for linux/amd64, or an index with it, under all the tags, and returns its digest.
func (b backend) push(t *testing.T, repo string, index bool, tags ...string) string {
	t.Helper()
	image, err := random.Image(64, 1)
	check(t, err)
	var what remote.Taggable = image
	digest, err := image.Digest()
	if index {
		i := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}},
		})
		digest, err = i.Digest()
		what = i
	}
	check(t, err)
	options := []remote.Option{remote.WithAuthFromKeychain(b.keychain()), remote.WithContext(t.Context())}
	for i, tag := range tags {
		ref := repository(t, b.host, b.prefix+repo).Tag(tag)
		switch x := what.(type) {
		case v1.ImageIndex:
			if i == 0 {
				check(t, remote.WriteIndex(ref, x, options...))
				continue
			}
		case v1.Image:
			if i == 0 {
				check(t, remote.Write(ref, x, options...))
				continue
			}
		}
		check(t, remote.Tag(ref, what, options...))
	}
	return digest.String()
}

func repository(t *testing.T, host, path string) name.Repository {
	t.Helper()
	r, err := name.NewRepository(host + "/" + path)
	check(t, err)
	return r
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// warnings are what a client told.
type warnings struct {
	mu   sync.Mutex
	text []string
}

func (w *warnings) add(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, s)
}

func (w *warnings) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.text, "\n")
}

// client is one that waits for milliseconds only, and has no credentials unless the change gives it some.
func client(t *testing.T, change func(*Options)) (*Client, *warnings) {
	t.Helper()
	told := &warnings{}
	o := Options{Keychain: keys{}, Timeout: 2 * time.Second, Budget: 200 * time.Millisecond, Warn: told.add}
	if change != nil {
		change(&o)
	}
	c := New(o)
	c.backoff.base = time.Millisecond
	return c, told
}

// tokenServer is a registry's handler with tokens in front, and the server of these tokens at /token.
type tokenServer struct {
	inner         http.Handler
	host          string // of the realm; "": the one that was asked
	opaque        bool   // tokens say nothing about themselves
	most          int    // repositories that a token opens, 0: all
	user, refresh string // what opens repositories that are named private; the password is pw
	expires       float64
	fault         func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	scopes  [][]string // of each request for a token
	headers []string   // the Authorization headers and refresh tokens that came with them
	tokens  map[string][]string
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		s.token(w, r)
		return
	}
	repo := strings.TrimPrefix(r.URL.Path, "/v2/")
	for _, cut := range []string{"/manifests/", "/tags/list", "/blobs/"} {
		repo, _, _ = strings.Cut(repo, cut)
	}
	s.mu.Lock()
	opens := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	for _, o := range opens {
		if o == repo {
			s.inner.ServeHTTP(w, r)
			return
		}
	}
	host := s.host
	if host == "" {
		host = r.Host
	}
	w.Header().Set("Www-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="test",scope="repository:%s:pull"`, host, repo))
	w.WriteHeader(http.StatusUnauthorized)
}

// token grants what is not private to anybody.
func (s *tokenServer) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	s.mu.Lock()
	defer s.mu.Unlock()
	scopes := r.Form["scope"]
	if r.Method == http.MethodPost {
		scopes = strings.Fields(r.PostForm.Get("scope"))
	}
	s.scopes = append(s.scopes, scopes)
	s.headers = append(s.headers, r.Header.Get("Authorization")+r.PostForm.Get("refresh_token"))
	if s.fault != nil && s.fault(w, r) {
		return
	}
	user, password, sent := r.BasicAuth()
	if sent && (user != s.user || password != "pw") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	trusted := sent || s.refresh != "" && r.PostForm.Get("refresh_token") == s.refresh
	opens := []string{}
	for _, scope := range scopes {
		repo := strings.TrimSuffix(strings.TrimPrefix(scope, "repository:"), ":pull")
		if (s.most == 0 || len(opens) < s.most) && (trusted || !strings.Contains(repo, "private")) {
			opens = append(opens, repo)
		}
	}
	value := s.value(opens)
	if s.tokens == nil {
		s.tokens = map[string][]string{}
	}
	s.tokens[value] = opens
	json.NewEncoder(w).Encode(map[string]any{"token": value, "expires_in": s.expires})
}

// value is a token, one of JSON's unless they are opaque.
func (s *tokenServer) value(opens []string) string {
	n := len(s.scopes)
	if s.opaque {
		return fmt.Sprintf("opaque-%d", n)
	}
	access := []map[string]any{}
	for _, repo := range opens {
		access = append(access, map[string]any{"type": "repository", "name": repo, "actions": []string{"pull"}})
	}
	b, err := json.Marshal(map[string]any{"access": access, "n": n})
	if err != nil {
		panic(err) // strings always encode
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(b) + ".c2ln"
}

// heads asks for all the repositories at once, and returns the errors by repository.
func heads(ctx context.Context, t *testing.T, c *Client, host, reference string, repos ...string) map[string]error {
	t.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	errs := map[string]error{}
	for _, r := range repos {
		repo := repository(t, host, r)
		wait.Go(func() {
			_, err := c.Head(ctx, repo, reference)
			mu.Lock()
			defer mu.Unlock()
			errs[r] = err
		})
	}
	wait.Wait()
	return errs
}

// write makes a Docker configuration.
func write(t *testing.T, dir, config string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600))
}
