package registry

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// hub is a client of the simulated Docker Hub.
func hub(t *testing.T, o hubsim.Options, keychain authn.Keychain) (*Client, *hubsim.Hub) {
	t.Helper()
	h := hubsim.New(o)
	c, _ := client(t, func(o *Options) { o.Transport, o.Keychain = h.Transport(), keychain })
	return c, h
}

// TestHub asks for 50 tags of 25 repositories, and their lists, without a pull.
func TestHub(t *testing.T) {
	c, h := hub(t, hubsim.Options{}, keys{})
	var all []name.Repository
	for path := range hubsim.Repositories() {
		if strings.HasPrefix(path, "library/") {
			all = append(all, repository(t, "docker.io", path))
		}
	}
	all = all[:25]
	c.Announce(all)
	for _, repo := range all {
		tags := hubsim.Repositories()[repo.RepositoryStr()].Tags
		for _, tag := range []string{tags[0], tags[len(tags)/2]} {
			m, err := c.Head(t.Context(), repo, tag)
			if err != nil || m.Digest != h.Digest(repo.RepositoryStr(), tag) || m.Modified.IsZero() {
				t.Errorf("%s:%s: %+v, %v", repo, tag, m, err)
			}
		}
		got, complete, err := c.Tags(t.Context(), repo, TagsOptions{})
		if err != nil || !complete || !slices.Equal(got, tags) {
			t.Errorf("%s: %d of %d tags, %v", repo, len(got), len(tags), err)
		}
	}
	counts, theirs := c.Counts(), h.Counts()
	if theirs.Challenge != 1 || theirs.Token != 2 || theirs.Head != 50 || theirs.Pull != 0 {
		t.Errorf("%+v", theirs)
	}
	if (counts != Counts{Challenge: theirs.Challenge, Token: theirs.Token, Head: theirs.Head, Tags: theirs.Tags}) {
		t.Errorf("counted %+v, the hub %+v", counts, theirs)
	}
}

// TestHubPrefix takes one page for the tags of node that begin with 22, and all pages where the registry does not sort.
func TestHubPrefix(t *testing.T) {
	c, h := hub(t, hubsim.Options{}, keys{})
	want := slices.DeleteFunc(slices.Clone(hubsim.Repositories()["library/node"].Tags), func(s string) bool { return !strings.HasPrefix(s, "22.") })
	for host, most := range map[string]int{"docker.io": 2, "ghcr.io": 12} {
		h.Reset()
		got, complete, err := c.Tags(t.Context(), repository(t, host, "library/node"), TagsOptions{Prefix: "22."})
		slices.Sort(got)
		if err != nil || !complete || !slices.Equal(got, want) || h.Counts().Tags > most {
			t.Errorf("%s: %d of %d tags, %v, %+v", host, len(got), len(want), err, h.Counts())
		}
	}
}

// TestHubAPI reads push times, without credentials.
func TestHubAPI(t *testing.T) {
	var leaked atomic.Int32
	c, h := hub(t, hubsim.Options{Fault: func(r *http.Request) int {
		if r.URL.Host == apiHost && r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
		if strings.Contains(r.URL.Path, "/redis/") {
			return http.StatusInternalServerError
		}
		return 0
	}}, keys{hubName: {Username: "alice", Password: "pw"}, apiHost: {Username: "alice", Password: "pw"}})
	nginx := repository(t, "docker.io", "library/nginx")
	at, digest, source, err := c.Pushed(t.Context(), nginx, "latest")
	if err != nil || digest != h.Digest("library/nginx", "latest") || source != "Docker Hub" || time.Since(at) < 0 || at.Year() < 2026 {
		t.Errorf("%s, %s, %s, %v", at, digest, source, err)
	}
	newest, err := c.Newest(t.Context(), nginx)
	if err != nil || len(newest) != 100 || newest[0].Pushed.Before(newest[99].Pushed) || newest[0].Digest == "" {
		t.Errorf("%d tags, %v", len(newest), err)
	}
	_, _, _, err = c.Pushed(t.Context(), nginx, "no-such-tag")
	wantError(t, err, NotFound, "library/nginx:no-such-tag", apiHost)
	_, _, _, err = c.Pushed(t.Context(), repository(t, "docker.io", "library/redis"), "8")
	wantError(t, err, Broken, "library/redis:8", apiHost, "status 500")
	if _, err = c.Newest(t.Context(), repository(t, "ghcr.io", "library/nginx")); !errors.Is(err, ErrNoPushTime) {
		t.Errorf("of another registry: %v", err)
	}
	if leaked.Load() > 0 {
		t.Error("credentials went to the API")
	}
	if n := c.Counts(); n.API != 6 || n.Total() != 6 {
		t.Errorf("%+v", n)
	}
}

// TestHubPulls keeps on asking for digests when all pulls are used up, and says until when.
func TestHubPulls(t *testing.T) {
	c, h := hub(t, hubsim.Options{Pulls: 1}, keys{})
	repo := repository(t, "docker.io", "library/python")
	digest := h.Digest("library/python", "latest")
	var err error
	for range 3 {
		_, err = c.Image(t.Context(), repo, digest)
	}
	wantError(t, err, Limited, "index.docker.io/library/python@"+digest, "until", "docker login")
	var e *Error
	if !errors.As(err, &e) || time.Until(e.Until) < 50*time.Second {
		t.Errorf("%v", err)
	}
	if _, err := c.Head(t.Context(), repo, "latest"); err != nil {
		t.Errorf("a HEAD: %v", err)
	}
	if n := h.Counts(); n.Pull != 2 {
		t.Errorf("asked on: %+v", n)
	}
}

// brokenKeychain fails as Docker's does.
type brokenKeychain string

func (b brokenKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	if b == "hang" {
		time.Sleep(300 * time.Millisecond)
	}
	return nil, errors.New(string(b))
}

// TestHubKeychain goes on without credentials, and says once why.
func TestHubKeychain(t *testing.T) {
	for text, want := range map[brokenKeychain]string{
		"error getting credentials - err: exec: \"docker-credential-desktop\": executable file not found in $PATH, out: ``": "docker-credential-desktop of Docker's configuration is not installed",
		"error getting credentials - err: exit status 1, out: `s3cret`":                                                     "does not work",
		"docker-credential-pass: s3cret": "the credential helper docker-credential-pass does not work",
		"hang":                           "does not answer",
	} {
		h := hubsim.New(hubsim.Options{})
		c, told := client(t, func(o *Options) {
			o.Transport, o.Keychain, o.Timeout = h.Transport(), text, 100*time.Millisecond
		})
		for _, repo := range []string{"library/python", "library/node"} {
			if _, err := c.Head(t.Context(), repository(t, "docker.io", repo), "latest"); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		if got := told.String(); !strings.Contains(got, want) || strings.Contains(got, "s3cret") || strings.Contains(got, "\n") {
			t.Errorf("%q: warned %q", text, got)
		}
	}
}

// TestHubDockerConfig reads a real Docker configuration: one that names a missing helper, and one with a password.
func TestHubDockerConfig(t *testing.T) {
	for config, want := range map[string]string{
		`{"credsStore":"no-such-helper"}`:                                   "",
		`{"auths":{"https://index.docker.io/v1/":{"auth":"YWxpY2U6cHc="}}}`: "Basic YWxpY2U6cHc=",
		`{"auths":{"ghcr.io":{"auth":"YWxpY2U6cHc="}}}`:                     "",
		`{`: "",
	} {
		dir := t.TempDir()
		write(t, dir, config)
		t.Setenv("HOME", dir)
		t.Setenv("DOCKER_CONFIG", dir)
		t.Setenv("GITHUB_TOKEN", "")
		var sent atomic.Value
		h := hubsim.New(hubsim.Options{Fault: func(r *http.Request) int {
			if r.URL.Path == "/token" {
				sent.Store(r.Header.Get("Authorization"))
			}
			return 0
		}})
		c, told := client(t, func(o *Options) { o.Transport, o.Keychain = h.Transport(), nil })
		if _, err := c.Head(t.Context(), repository(t, "docker.io", "library/python"), "latest"); err != nil {
			t.Errorf("%s: %v", config, err)
		}
		if fmt.Sprint(sent.Load()) != want {
			t.Errorf("%s: sent %q", config, sent.Load())
		}
		if warned := told.String() != ""; warned != !strings.Contains(config, "auths") {
			t.Errorf("%s: warned %q", config, told)
		}
	}
}
