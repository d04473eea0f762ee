package registry

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// tokens puts a token server in front of the backend, with n images in it.
func tokens(t *testing.T, b backend, n int, private ...string) (s *tokenServer, host string, repos []string) {
	t.Helper()
	for i := range n {
		private = append(private, fmt.Sprintf("r%d", i))
	}
	for _, repo := range private {
		b.push(t, repo, false, "1")
		repos = append(repos, b.prefix+repo)
	}
	s = &tokenServer{inner: b.open(), user: "alice"}
	return s, serve(t, s), repos
}

func announce(t *testing.T, c *Client, host string, repos []string) {
	t.Helper()
	var all []name.Repository
	for _, r := range repos {
		all = append(all, repository(t, host, r))
	}
	c.Announce(all)
}

// TestRegistryTokens takes one challenge and one token for twenty repositories, whatever the server understands.
func TestRegistryTokens(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		_, _, repos := tokens(t, b, 45)
		inTokens(t, b, repos)
	})
}

func inTokens(t *testing.T, b backend, repos []string) {
	for _, test := range []struct {
		name              string
		opaque            bool
		most              int
		fault             func(http.ResponseWriter, *http.Request) bool
		challenge, tokens int // challenges and tokens at most
	}{
		{"several in one", false, 0, nil, 1, 3},
		{"several in one, opaque", true, 0, nil, 1, 3},
		{"one in one", false, 1, nil, 1, 50},
		{"one in one, opaque", true, 1, nil, 50, 55},
		{"several refused", false, 0, func(w http.ResponseWriter, r *http.Request) bool {
			if len(r.Form["scope"]) < 2 {
				return false
			}
			w.WriteHeader(http.StatusBadRequest)
			return true
		}, 1, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &tokenServer{inner: b.open(), opaque: test.opaque, most: test.most, fault: test.fault}
			host := serve(t, s)
			c, told := client(t, nil)
			announce(t, c, host, repos)
			for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
				if err != nil {
					t.Errorf("%s: %v", repo, err)
				}
			}
			if n := c.Counts(); n.Challenge > test.challenge || n.Token > test.tokens || n.Head != len(repos) {
				t.Errorf("%+v", n)
			}
			if told.String() != "" {
				t.Error(told)
			}
		})
	}
}

// TestRegistryPrivate denies one repository without spoiling the token of the others, and opens it with a password or an
// identity token.
func TestRegistryPrivate(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		s, host, repos := tokens(t, b, 5, "private")
		s.refresh = "s3cret-refresh"
		for _, test := range []struct {
			keys   keys
			opens  bool
			warned string
		}{
			{keys{}, false, ""},
			{keys{host: {Username: "alice", Password: "pw"}}, true, ""},
			{keys{host: {IdentityToken: "s3cret-refresh"}}, true, ""},
			{keys{host: {Username: "alice", Password: "s3cret-old"}}, false, "the credentials for " + host + " are refused"},
			{keys{host: {RegistryToken: "s3cret-none"}}, false, ""},
		} {
			c, told := client(t, func(o *Options) { o.Keychain = test.keys })
			announce(t, c, host, repos)
			errs := heads(t.Context(), t, c, host, "1", repos...)
			if test.opens && errs[repos[0]] != nil {
				t.Error(errs[repos[0]])
			} else if !test.opens {
				wantError(t, errs[repos[0]], Denied, host, "private:1", "docker login "+host)
			}
			for _, repo := range repos[1:] {
				if errs[repo] != nil && test.keys[host].RegistryToken == "" {
					t.Errorf("%s: %v", repo, errs[repo])
				}
			}
			if n := c.Counts(); n.Token > 4 || n.Total() > 24 {
				t.Errorf("%+v", n)
			}
			if got := told.String(); !strings.HasPrefix(got, test.warned) || test.warned == "" && got != "" || strings.Contains(got, "s3cret") {
				t.Errorf("warned %q, want %q", got, test.warned)
			}
		}
	})
}

// TestRegistryForeignRealm never sends credentials to a token server of somebody else: this machine has two names.
func TestRegistryForeignRealm(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		s, host, repos := tokens(t, b, 2)
		_, port, _ := strings.Cut(host, ":")
		s.host = "localhost:" + port
		for _, k := range []keys{
			{host: {Username: "alice", Password: "pw"}},
			{host: {IdentityToken: "s3cret-refresh"}},
			{host: {Username: "alice", Password: "pw"}, "localhost:" + port: {Username: "mallory", Password: "pw"}},
		} {
			s.headers = nil
			c, told := client(t, func(o *Options) { o.Keychain = k })
			for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
				if err != nil {
					t.Errorf("%s: %v", repo, err)
				}
			}
			if sent := strings.Join(s.headers, ""); sent != "" || len(s.headers) == 0 {
				t.Errorf("sent %q, %d times", sent, len(s.headers))
			}
			if !strings.Contains(told.String(), "without credentials") {
				t.Errorf("warned %q", told)
			}
		}
	})
}

// TestRegistryForeignPort never sends credentials to a token server on another port of the same host.
func TestRegistryForeignPort(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		s, other, repos := tokens(t, b, 1)
		s.host = other
		host := serve(t, http.HandlerFunc(s.ServeHTTP))
		c, told := client(t, func(o *Options) { o.Keychain = keys{host: {Username: "alice", Password: "pw"}} })
		if _, err := c.Head(t.Context(), repository(t, host, repos[0]), "1"); err != nil {
			t.Error(err)
		}
		if sent := strings.Join(s.headers, ""); sent != "" || len(s.headers) == 0 || !strings.Contains(told.String(), host+" sends to "+other) {
			t.Errorf("sent %q, %d times, warned %q", sent, len(s.headers), told)
		}
	})
}

// TestRegistryRedirect follows to another origin, and takes no credentials along.
func TestRegistryRedirect(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		digest := b.push(t, "x", false, "1")
		var leaked, followed atomic.Int32
		open := b.open()
		other := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if followed.Add(1); r.Header.Get("Authorization") != "" {
				leaked.Add(1)
			}
			open.ServeHTTP(w, r)
		}))
		redirect := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+other+r.URL.Path, http.StatusTemporaryRedirect)
		})
		host := serve(t, withBasic(redirect, "alice", "pw"))
		c, _ := client(t, func(o *Options) {
			o.Keychain = keys{host: {Username: "alice", Password: "pw"}, other: {Username: "eve", Password: "pw"}}
		})
		repo := repository(t, host, b.prefix+"x")
		if m, err := c.Head(t.Context(), repo, "1"); err != nil || m.Digest != digest {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := c.Image(t.Context(), repo, digest); err != nil {
			t.Error(err)
		}
		if followed.Load() != 3 || leaked.Load() != 0 {
			t.Errorf("followed %d times, with credentials %d times", followed.Load(), leaked.Load())
		}
	})
}

// TestRegistryTokenFaults has the token server misbehave.
func TestRegistryTokenFaults(t *testing.T) {
	for _, test := range []struct {
		name string
		do   http.HandlerFunc
		kind Kind
		says string
	}{
		{"hang", hang, Unreachable, "does not answer"},
		{"drip", drip, Unreachable, "does not answer"},
		{"flood", flood, Broken, "more than 1 MiB"},
		{"malformed", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token":`) }, Broken, "no token"},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }, Broken, "no token"},
		{"no header", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token":"a\nb"}`) }, Broken, "gives no token"},
		{"useless", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token":"opaque-0","expires_in":-1}`) }, Denied, "denies access"},
		{"404", status(404), Broken, "gives no token"},
		{"500", status(500), Broken, "gives no token"},
		{"429", status(429, "Retry-After", "60"), Limited, "allows no more requests until"},
		{"401", status(401), Denied, "denies access"},
		{"redirect", status(307, "Location", "http://localhost/"), Broken, "redirects a request for a token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &tokenServer{inner: http.NotFoundHandler(), fault: nil}
			host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					test.do(w, r)
					return
				}
				s.ServeHTTP(w, r)
			}))
			c, _ := client(t, func(o *Options) {
				o.Timeout = time.Second
				o.Keychain = keys{host: {Username: "alice", Password: "s3cret-pw"}}
			})
			announce(t, c, host, []string{"a", "b", "c"})
			start := time.Now()
			for repo, err := range heads(t.Context(), t, c, host, "1", "a", "b", "c") {
				wantError(t, err, test.kind, host+"/"+repo+":1", test.says)
			}
			if n, d := c.Counts(), time.Since(start); n.Total() > 30 || d > 6*time.Second {
				t.Errorf("%+v in %s", n, d)
			}
		})
	}
}

// TestRegistryExpired fetches a new token when the old one is no longer taken.
func TestRegistryExpired(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		s, host, repos := tokens(t, b, 1)
		c, _ := client(t, nil)
		for _, reference := range []string{"1", "2", "3"} {
			_, _ = c.Head(t.Context(), repository(t, host, repos[0]), reference)
			s.mu.Lock()
			s.tokens = nil // as if restarted
			s.mu.Unlock()
		}
		if n := c.Counts(); n.Token != 3 || n.Challenge != 3 || n.Head != 3 {
			t.Errorf("%+v", n)
		}
	})
}

// TestRegistryOwnTokens copes with a token server for each repository, as Artifactory has them.
func TestRegistryOwnTokens(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		_, _, repos := tokens(t, b, 3)
		open := b.open()
		host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if repo, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok {
				fmt.Fprintf(w, `{"token":"for-%s"}`, strings.ReplaceAll(repo, "/", "-"))
				return
			}
			repo, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/manifests/")
			if r.Header.Get("Authorization") != "Bearer for-"+strings.ReplaceAll(repo, "/", "-") {
				w.Header().Set("Www-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/api/%s",service="x"`, r.Host, repo))
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			open.ServeHTTP(w, r)
		}))
		c, _ := client(t, nil)
		announce(t, c, host, repos)
		for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
			if err != nil {
				t.Errorf("%s: %v", repo, err)
			}
		}
		if n := c.Counts(); n.Total() > 16 {
			t.Errorf("%+v", n)
		}
	})
}

// TestRealm says which token servers are asked, and which get credentials.
func TestRealm(t *testing.T) {
	for _, test := range []struct {
		host, realm    string
		asked, belongs bool
	}{
		{hubHost, "https://auth.docker.io/token", true, true},
		{hubHost, "http://auth.docker.io/token", false, true},
		{hubHost, "https://auth.docker.io.evil.example/token", true, false},
		{hubHost, "https://user:pw@auth.docker.io/token", false, true},
		{"ghcr.io", "https://ghcr.io/token", true, true},
		{"registry.gitlab.com", "https://gitlab.com/jwt/auth", true, true},
		{"registry.example.co.uk", "https://other.co.uk/token", true, false},
		{"registry.example.com", "https://10.0.0.7/token", false, false},
		{"registry.example.com", "https://127.0.0.1/token", false, false},
		{"registry.example.com", "https://localhost:8080/token", false, false},
		{"registry.example.com", "https://[::ffff:169.254.169.254]/token", false, false},
		{"registry.example.com", "https://100.100.100.200/token", false, false},
		{"registry.example.com", "file:///etc/passwd", false, false},
		{"registry.example.com", "/token", false, false},
		{"10.0.0.5:5000", "https://10.0.0.7/token", true, false},
		{"10.0.0.5:5000", "https://169.254.169.254/token", false, false},
		{"10.0.0.5:5000", "https://127.0.0.1/token", false, false},
		{"127.0.0.1:5000", "http://127.0.0.1:5001/token", true, false},
		{"127.0.0.1:5000", "http://127.0.0.1:5000/token", true, true},
		{"[::1]:5000", "http://[::1]:5000/token", true, true},
		{"[::1]:5000", "http://[::1]/token", true, false},
		{"registry.example.com:5000", "https://registry.example.com:5000/token", true, true},
		{"registry.example.com:5000", "https://Registry.Example.com:5000/token", true, true},
		{"registry.example.com:5000", "https://registry.example.com:5001/token", true, false},
		{"registry.example.com:5000", "https://registry.example.com/token", true, false},
		{"registry.example.com", "https://registry.example.com:5000/token", true, false},
		{"registry.example.com", "https://registry.example.com:443/token", true, true},
		{"registry.example.com:443", "https://registry.example.com/token", true, true},
		{"registry.example.com:5000", "https://auth.example.com/token", true, true},
		{"registry.example.com", "https://auth.example.com:8443/token", true, false},
		{hubHost, "https://auth.docker.io:8443/token", true, false},
		{"127.0.0.1:5000", "http://example.com/token", false, false},
	} {
		c, _ := client(t, nil)
		h := c.host(test.host, false)
		u, err := h.realm(&challenge{"bearer", map[string]string{"realm": test.realm}})
		if (err == nil) != test.asked {
			t.Errorf("%s, %s: %v", test.host, test.realm, err)
		}
		if err == nil && h.belongs(u) != test.belongs {
			t.Errorf("%s belongs to %s: %v", test.realm, test.host, !test.belongs)
		}
	}
}

// TestGuard forbids the address of a name, which is known only when it is dialled.
func TestGuard(t *testing.T) {
	host := serve(t, http.NotFoundHandler())
	_, port, _ := strings.Cut(host, ":")
	name := "localhost:" + port
	for allowed, g := range map[bool]guard{
		false: {name, func(r reach) bool { return r == public }},
		true:  {name, func(r reach) bool { return r == loopback }},
	} {
		conn, err := dial(context.WithValue(t.Context(), guardKey{}, g), "tcp4", name)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != allowed || err != nil && unreachable(err) != errNear.Error() {
			t.Errorf("allowed %v: %v", allowed, err)
		}
	}
}
