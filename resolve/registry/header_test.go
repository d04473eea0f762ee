package registry

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestChallenge reads challenges as registries write them.
func TestChallenge(t *testing.T) {
	for header, want := range map[string]string{
		`Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"`: "bearer https://auth.docker.io/token registry.docker.io",
		`bearer  Realm = https://a.example/t , SERVICE="x,y"`:                                                  "bearer https://a.example/t x,y",
		`Basic realm="r", Bearer realm="https://t",service=s`:                                                  "bearer https://t s",
		`Negotiate abc==, Basic realm="a \"quoted\" realm"`:                                                    `basic a "quoted" realm `,
		`Bearer service="x"`: "",
		`BASIC`:              "basic  ",
		`Bearer realm="open`: "bearer open ",
		`;;;="`:              "",
		``:                   "",
	} {
		got := ""
		if c := pick([]string{header}); c != nil {
			got = fmt.Sprintf("%s %s %s", c.scheme, c.params["realm"], c.params["service"])
		}
		if got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

// FuzzChallenge requires a reader that ends, invents nothing, and keeps what it read when that is written again.
func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"`)
	f.Add(`Negotiate abc==, Basic realm="a \"quoted\" realm"`)
	f.Add(`Bearer realm = x ,,, "; b`)
	f.Fuzz(func(t *testing.T, header string) {
		size := 0
		for _, c := range parseChallenges(header) {
			again := c.scheme + " "
			for k, v := range c.params {
				size += len(k) + len(v)
				again += k + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `",`
			}
			if size > len(header) {
				t.Fatalf("%q has more in it than %q", c, header)
			}
			if len(again) > maxChallenge || strings.ContainsAny(c.scheme, "\t") {
				continue
			}
			second := parseChallenges(again)
			if len(second) != 1 || len(second[0].params) != len(c.params) {
				t.Fatalf("%q reads as %q", again, second)
			}
			for k, v := range c.params {
				if second[0].params[k] != v {
					t.Fatalf("%q reads as %q", again, second)
				}
			}
		}
	})
}

// TestLink reads links as registries write them.
func TestLink(t *testing.T) {
	for header, want := range map[string]string{
		`</v2/x/tags/list?n=2&last=b>; rel="next"`:            "/v2/x/tags/list?n=2&last=b",
		`</v2/x/tags/list?n=2>; rel=next`:                     "/v2/x/tags/list?n=2",
		`</a>; rel="prev", </b?x=1,2>; title="c"; rel="next"`: "/b?x=1,2",
		`</a>;rel="first next"; y`:                            "/a",
		`</a>; REL=NEXT`:                                      "/a",
		`</a>; rel="prev"`:                                    "",
		`</a>`:                                                "",
		`/a; rel="next"`:                                      "",
		`</a; rel="next"`:                                     "",
		``:                                                    "",
	} {
		if got, _ := nextLink(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

// FuzzLink requires a next page to be one of the same origin, whatever the header.
func FuzzLink(f *testing.F) {
	f.Add(`</v2/x/tags/list?n=2&last=b>; rel="next"`)
	f.Add(`<https://r.example/v2/x/tags/list?n=2>; rel=next; title="a>b", <//evil.example/tags/list>; rel="next"`)
	f.Add(`<\\evil/v2/x/tags/list?a>;rel=next`)
	base, err := url.Parse("https://r.example/v2/x/tags/list?n=1000")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		query, err := nextPage([]string{header}, base)
		if err != nil || query == "" {
			return
		}
		target, ok := nextLink(header)
		if !ok || !strings.Contains(header, "<"+target+">") {
			t.Fatalf("%q is not in %q", target, header)
		}
		u, err := base.Parse(target)
		if err != nil || u.Host != "r.example" || u.Scheme != "https" || !strings.HasSuffix(u.Path, "/tags/list") || u.RawQuery != query {
			t.Fatalf("%q leads to %v", header, u)
		}
	})
}

// FuzzPage requires the reader of tag lists to take no list for a good one that has no end, and to keep tags only.
func FuzzPage(f *testing.F) {
	f.Add(`{"name":"x","tags":["1","2.0-alpine","\u0033"]}`)
	f.Add(`{"tags":null,"a":[{"tags":[1]}]}`)
	f.Add(` {"tags" : [ ] , "tags":["1"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		p, err := readPage(strings.NewReader(body), 5)
		if err != nil {
			return
		}
		n := 0
		for _, tags := range p.chunks {
			for _, tag := range tags {
				if n++; !isTag(tag) || n > 5 {
					t.Fatalf("%q has %q", body, p.chunks)
				}
			}
		}
		if n != p.n || !p.cut && !strings.Contains(body, "}") {
			t.Fatalf("%q has %d, %q", body, p.n, p.chunks)
		}
	})
}

// TestRetryAfter reads seconds and dates, and bounds them.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "99999999999999": 24 * time.Hour,
		"Wed, 25 Nov 2026 12:00:30 GMT": 30 * time.Second, "Wed, 25 Nov 2020 12:00:30 GMT": 0, "Wed, 25 Nov 2099 12:00:30 GMT": 24 * time.Hour,
		"-5": -1, "soon": -1, "": -1, "1.5": -1, "99999999999999999999": -1,
	} {
		got, ok := retryAfter(http.Header{"Retry-After": {value}}, now)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %s, %v", value, got, ok)
		}
	}
}

// TestQuota warns once, and only when less than a fifth is left.
func TestQuota(t *testing.T) {
	for _, test := range []struct {
		limit, remaining string
		want             string
	}{
		{"100;w=21600", "76;w=21600", ""},
		{"100;w=21600", "20;w=21600", ""},
		{"100;w=21600", "19;w=21600", "registry-1.docker.io: 19 of 100 pulls are left for 6h0m0s"},
		{"5000", "0", "registry-1.docker.io: 0 of 5000 pulls are left;"},
		{"100", "", ""},
		{"", "1", ""},
		{"-1", "x;w=y", ""},
	} {
		c, told := client(t, nil)
		for range 3 {
			c.tell(c.host(hubName, false), http.Header{"Ratelimit-Limit": {test.limit}, "Ratelimit-Remaining": {test.remaining}})
		}
		if got := told.String(); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" || strings.Count(got, "pulls are left") > 1 {
			t.Errorf("%s of %s: %q, want %q", test.remaining, test.limit, got, test.want)
		}
	}
}
