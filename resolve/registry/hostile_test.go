package registry

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const someDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// hang answers when the client has gone.
func hang(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// drip sends a byte at a time for ever.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		w.Write([]byte(" "))
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// flood sends without end, and quickly.
func flood(w http.ResponseWriter, r *http.Request) {
	block := []byte(strings.Repeat("[", 1<<16))
	for r.Context().Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// only answers GETs so; a HEAD gets no digest, so that a GET follows.
func only(get http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			get(w, r)
		}
	}
}

func status(n int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(n)
		fmt.Fprintf(w, `{"errors":[{"code":"X_%s","message":"%s"}]}`, "CODE", r.Header.Get("Authorization"))
	}
}

// TestRegistryHostile has one repository misbehave. The error has to name it, soon, and the others have to be answered.
func TestRegistryHostile(t *testing.T) {
	for _, test := range []struct {
		name string
		do   http.HandlerFunc
		kind Kind
		says string
	}{
		{"hang", hang, Unreachable, "does not answer within"},
		{"slow body", only(drip), Unreachable, "does not answer within"},
		{"endless body", only(flood), Broken, "more than 4 MiB"},
		{"no manifest", only(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"a":`) }), Broken, "manifest that is none"},
		{"nothing", only(status(200)), Broken, "manifest that is none"},
		{"digest of another", only(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Docker-Content-Digest", someDigest)
			fmt.Fprint(w, `{"config":{}}`)
		}), Broken, "digest is another one"},
		{"no digest", status(200, "Docker-Content-Digest", "md5:00"), Broken, "digest that is none"},
		{"obsolete", status(200, "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws", "Docker-Content-Digest", someDigest), Broken, "schema 1"},
		{"401 without challenge", status(401), Denied, "denies access"},
		{"401 for ever", status(401, "Www-Authenticate", `Basic realm="x"`), Denied, "denies access"},
		{"401 in an unknown scheme", status(401, "Www-Authenticate", "Negotiate"), Denied, "denies access"},
		{"403", status(403), Denied, "denies access"},
		{"404", status(404), NotFound, "no such image"},
		{"418", status(418), Broken, "status 418"},
		{"429", status(429), Limited, "allows no more requests"},
		{"500", status(500), Broken, "status 500"},
		{"503", status(503), Broken, "status 503"},
		{"503 for a while", status(503, "Retry-After", "0"), Limited, "allows no more requests"},
		{"broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, "connection broke"},
		{"endless headers", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 8 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1<<20))
			}
		}, Unreachable, "connection broke"},
		{"circle", status(307, "Location", "manifests"), Broken, "circles"},
		{"redirect to metadata", status(307, "Location", "http://169.254.169.254/latest/meta-data"), Broken, "redirects to another host"},
		{"redirect with a user", status(307, "Location", "https://u:p@example.com/"), Broken, "not safe"},
		{"redirect to a file", status(307, "Location", "file:///etc/passwd"), Broken, "not safe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			backends(t, func(t *testing.T, b backend) { hostile(t, b, test.do, test.kind, test.says) })
		})
	}
}

func hostile(t *testing.T, b backend, do http.HandlerFunc, kind Kind, says string) {
	good := []string{b.prefix + "good1", b.prefix + "good2", b.prefix + "good3"}
	for _, repo := range good {
		b.push(t, strings.TrimPrefix(repo, b.prefix), true, "1")
	}
	var sent atomic.Int32
	host := b.front(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/bad/") {
			return false
		}
		sent.Add(1)
		do(w, r)
		return true
	})
	c, _ := client(t, func(o *Options) { o.Timeout = time.Second })
	start, before := time.Now(), allocated()
	bad := b.prefix + "bad/image"
	errs := heads(t.Context(), t, c, host, "1", append(good, bad)...)
	wantError(t, errs[bad], kind, host+"/"+bad+":1", says)
	for _, repo := range good {
		if errs[repo] != nil {
			t.Errorf("%s: %v", repo, errs[repo])
		}
	}
	if d := time.Since(start); d > 6*time.Second {
		t.Errorf("took %s", d)
	}
	if n := sent.Load(); n > 8 {
		t.Errorf("the repository was asked %d times", n)
	}
	if grown := allocated() - before; grown > 100<<20 {
		t.Errorf("allocated %d MB", grown>>20)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestRegistryWrongDigest asks for a digest and gets another one.
func TestRegistryWrongDigest(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		digest := b.push(t, "x", false, "1")
		other := b.push(t, "x", false, "2")
		for _, headers := range []bool{true, false} { // it admits it, or it lies
			host := b.front(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !headers && r.Method == http.MethodHead {
					w.WriteHeader(http.StatusOK)
					return true
				}
				r.URL.Path = strings.ReplaceAll(r.URL.Path, digest, other)
				return false
			})
			c, _ := client(t, nil)
			_, err := c.Head(t.Context(), repository(t, host, b.prefix+"x"), digest)
			wantError(t, err, Broken, host, "x@"+digest, other)
		}
	})
}

// TestRegistryStorm has a host answer 429 to all, with a time that is short, or long, or none.
func TestRegistryStorm(t *testing.T) {
	repos := make([]string, 40)
	for i := range repos {
		repos[i] = fmt.Sprintf("r%d", i)
	}
	for _, test := range []struct {
		name, after string
		most        int32
	}{
		{"an hour", "3600", 1},
		{"a date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 1},
		{"none", "", 240},
		{"at once", "0", 240},
		{"nonsense", "-1e9", 240},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sent atomic.Int32
			host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				status(429, "Retry-After", test.after)(w, r)
			}))
			c, _ := client(t, nil)
			start := time.Now()
			errs := heads(t.Context(), t, c, host, "1", repos...)
			for _, r := range repos {
				wantError(t, errs[r], Limited, host+"/"+r+":1")
			}
			if says := errs["r7"].Error(); test.most == 1 && !strings.Contains(says, "(in 1h0m0s)") && !strings.Contains(says, "(in 59m5") {
				t.Errorf("%v does not say when", errs["r7"])
			}
			if n, d := sent.Load(), time.Since(start); n > test.most || d > 3*time.Second {
				t.Errorf("%d requests in %s", n, d)
			}
		})
	}
}

// TestRegistryBusy waits as long as a host wants, all requests together, and then goes on.
func TestRegistryBusy(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		repos := make([]string, 12)
		for i := range repos {
			repos[i] = fmt.Sprintf("%sr%d", b.prefix, i)
			b.push(t, fmt.Sprintf("r%d", i), false, "1")
		}
		var sent, during atomic.Int32
		var until atomic.Int64
		host := b.front(t, func(w http.ResponseWriter, r *http.Request) bool {
			if sent.Add(1) == 1 {
				until.Store(time.Now().Add(990 * time.Millisecond).UnixNano())
				status(429, "Retry-After", "1")(w, r)
				return true
			}
			if time.Now().UnixNano() < until.Load() {
				during.Add(1)
			}
			return false
		})
		c, _ := client(t, func(o *Options) { o.Budget = 5 * time.Second })
		for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
			if err != nil {
				t.Errorf("%s: %v", repo, err)
			}
		}
		if sent.Load() != 13 || during.Load() != 0 {
			t.Errorf("%d requests, %d of them while the host wanted to rest", sent.Load(), during.Load())
		}
	})
}

// TestRegistryTrouble tries again where a host has trouble, thrice.
func TestRegistryTrouble(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		b.push(t, "x", false, "1")
		for fails, want := range map[int32]bool{2: true, 3: false} {
			var sent atomic.Int32
			host := b.front(t, func(w http.ResponseWriter, r *http.Request) bool {
				if sent.Add(1) <= fails {
					status(502)(w, r)
					return true
				}
				return false
			})
			c, _ := client(t, nil)
			if _, err := c.Head(t.Context(), repository(t, host, b.prefix+"x"), "1"); (err == nil) != want || sent.Load() != 3 {
				t.Errorf("%d failures: %v after %d requests", fails, err, sent.Load())
			}
		}
	})
}

// TestRegistryDown asks a host that is not there once, also for 50 images.
func TestRegistryDown(t *testing.T) {
	backends(t, func(t *testing.T, b backend) {
		b.push(t, "x", false, "1")
		c, _ := client(t, func(o *Options) { o.Keychain = b.keychain() })
		hosts := []string{"127.0.0.1:1", "no-such-host.invalid"}
		for _, host := range hosts {
			start := time.Now()
			repos := make([]string, 50)
			for i := range repos {
				repos[i] = fmt.Sprintf("r%d", i)
			}
			before := c.Counts().Head
			for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
				wantError(t, err, Unreachable, host+"/"+repo+":1", "cannot be reached")
			}
			if n, d := c.Counts().Head-before, time.Since(start); n > 2 || d > 6*time.Second {
				t.Errorf("%s: %d requests in %s", host, n, d)
			}
		}
		if _, err := c.Head(t.Context(), repository(t, b.host, b.prefix+"x"), "1"); err != nil {
			t.Error(err)
		}
	})
}

// TestRegistryDeaf gives up on a host that takes connections and never answers.
func TestRegistryDeaf(t *testing.T) {
	var sent atomic.Int32
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sent.Add(1); hang(w, r) }))
	c, _ := client(t, func(o *Options) { o.Timeout = 100 * time.Millisecond })
	repos := make([]string, 100)
	for i := range repos {
		repos[i] = fmt.Sprintf("r%d", i)
	}
	start := time.Now()
	for repo, err := range heads(t.Context(), t, c, host, "1", repos...) {
		wantError(t, err, Unreachable, host+"/"+repo+":1")
	}
	if n, d := sent.Load(), time.Since(start); n > 20 || d > 2*time.Second {
		t.Errorf("%d requests in %s", n, d)
	}
}
