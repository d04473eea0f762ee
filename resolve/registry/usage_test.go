package registry

import (
	"strings"
	"testing"
)

// TestCheckHost requires hosts, and a reason for what is none that does not repeat it.
func TestCheckHost(t *testing.T) {
	for host, want := range map[string]string{
		"registry.example.com": "", "localhost": "", "localhost:5000": "", "10.0.0.5:5000": "", "[::1]:5000": "", "mirror": "", "Registry.Local:5000": "",
		"":                          "it is empty",
		"https://r.example.com":     "it has a scheme",
		"HTTP://r.example.com/":     "it has a scheme",
		"bob:s3cret@r.example.com":  "it has a user",
		"r.example.com/":            "it has a path",
		"r.example.com/s3cret":      "it has a path",
		"r.example.com:":            "its host is none",
		"r.example.com:s3cret":      "its host is none",
		"r.example.com:123456":      "its host is none",
		"a b":                       "its host is none",
		"a..b":                      "its host is none",
		"*.example.com":             "its host is none",
		"10.0.0.0\n":                "its host is none",
		":5000":                     "its host is none",
		"r.example.com,s.example.c": "its host is none",
		"::1":                       "its host is none",
	} {
		wantUsage(t, host, CheckHost(host), want)
	}
}

// TestCheckMap requires prefixes of repositories on both sides.
func TestCheckMap(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"docker.io", "mirror.example.com", ""},
		{"docker.io/library", "mirror.example.com:5000/proxy/hub", ""},
		{"docker.io/library/", "mirror/hub/", ""},
		{"localhost:5000", "10.0.0.5:5000/a__b/c-d", ""},
		{"localhost/a", "[::1]:5000", ""},
		{"", "m.example.com", "what is mapped: it is empty"},
		{"docker.io", "", "where it is looked up: it is empty"},
		{"docker.io", "/", "where it is looked up: it has no host"},
		{"https://docker.io", "m.example.com", "what is mapped: it has a scheme"},
		{"docker.io", "https://m.example.com", "where it is looked up: it has a scheme"},
		{"docker.io", "bob:s3cret@m.example.com", "where it is looked up: it has a user"},
		{"library", "m.example.com", "what is mapped: it does not begin with a registry"},
		{"library/python", "m.example.com", "what is mapped: it does not begin with a registry"},
		{"docker.io/Library", "m.example.com", "what is mapped: behind the host"},
		{"docker.io/library/python:3", "m.example.com", "what is mapped: behind the host"},
		{"docker.io", "m.example.com/a//b", "where it is looked up: behind the host"},
		{"docker.io", "m.example.com/../b", "where it is looked up: behind the host"},
		{"docker.io", "m.example.com/a?b=s3cret", "where it is looked up: behind the host"},
		{"docker.io", "m.example.com:x/a", "where it is looked up: its host is none"},
	} {
		wantUsage(t, c.from+"="+c.to, CheckMap(c.from, c.to), c.want)
	}
}

func wantUsage(t *testing.T, what string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && (!strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret")) {
		t.Errorf("%q: %v, want %q", what, err, want)
	}
}

// TestCheckedMap requires what is checked to be what the client then asks, and a host to be found however it is written.
func TestCheckedMap(t *testing.T) {
	repo := repository(t, "docker.io", "library/python")
	for to, want := range map[string]string{"mirror/hub/": "mirror/hub/library/python", "m.example.com:5000": "m.example.com:5000/library/python"} {
		if got := New(Options{Map: map[string]string{"docker.io": to}}).Asked(repo); CheckMap("docker.io", to) != nil || got != want {
			t.Errorf("%s: asked at %q", to, got)
		}
	}
	c := New(Options{Insecure: []string{"Registry.Local:5000"}})
	if !c.insecure("registry.local:5000") || c.insecure("registry.local:5001") {
		t.Error("a host is another one in lower case")
	}
}
