package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// lists serves a tag list in pages as registries do: sorted or not, with a Link or without.
type lists struct {
	tags    []string
	most    int    // in a page; larger requests get this much, or a 405
	strict  bool   // a larger n is refused
	noLink  bool   // go-containerregistry's registry
	noSeek  bool   // last is ignored, the Link has an opaque place
	linkAdd string // goes in front of the path of a Link
	pages   atomic.Int32
}

func (l *lists) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.pages.Add(1)
	query := r.URL.Query()
	n, err := strconv.Atoi(query.Get("n"))
	if l.strict && n > l.most {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err != nil || n > l.most {
		n = l.most
	}
	start := 0
	if l.noSeek {
		start, _ = strconv.Atoi(query.Get("place"))
	} else if last := query.Get("last"); last != "" {
		start = sort.Search(len(l.tags), func(i int) bool { return l.tags[i] > last })
	}
	end := min(start+n, len(l.tags))
	if end < len(l.tags) && !l.noLink {
		next := url.Values{"n": {strconv.Itoa(n)}, "last": {l.tags[end-1]}}
		if l.noSeek {
			next = url.Values{"place": {strconv.Itoa(end)}}
		}
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, l.linkAdd, r.URL.Path, next.Encode()))
	}
	json.NewEncoder(w).Encode(map[string]any{"name": "x", "tags": l.tags[start:end]})
}

// TestRegistryPages reads whole lists, and the part with a prefix, from registries of each kind.
func TestRegistryPages(t *testing.T) {
	var sorted []string
	for i := range 3000 {
		sorted = append(sorted, fmt.Sprintf("3.%d.%d", i/100, i%100))
	}
	sorted = append(sorted, "latest", "3.12", "3.12.")
	sort.Strings(sorted)
	shuffled := slices.Clone(sorted)
	slices.Reverse(shuffled)
	want := slices.DeleteFunc(slices.Clone(sorted), func(s string) bool { return !strings.HasPrefix(s, "3.12.") })
	for _, test := range []struct {
		name      string
		list      *lists
		all, part int32 // pages
	}{
		{"sorted", &lists{tags: sorted, most: 1000}, 4, 1},
		{"sorted, many per page", &lists{tags: sorted, most: 10000}, 4, 1},
		{"sorted, few per page", &lists{tags: sorted, most: 50}, 61, 3},
		{"strict", &lists{tags: sorted, most: 100, strict: true}, 32, 3},
		{"very strict", &lists{tags: sorted, most: 90, strict: true}, 0, 0},
		{"without links", &lists{tags: sorted, most: 1000, noLink: true}, 4, 1},
		{"not seeking", &lists{tags: sorted, most: 1000, noSeek: true}, 4, 5},
		{"not sorted", &lists{tags: shuffled, most: 1000, noSeek: true}, 4, 5},
		{"absolute links", &lists{tags: sorted, most: 1000, linkAdd: "http://HOST"}, 4, 1},
		{"links without the virtual repository", &lists{tags: sorted, most: 1000, linkAdd: "/v2/other"}, 4, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, test.list)
			test.list.linkAdd = strings.ReplaceAll(test.list.linkAdd, "HOST", host)
			repo := repository(t, host, "x")
			if test.all == 0 { // links give n=90 back, but the first page without n does
				test.list.pages.Store(0)
			}
			c, _ := client(t, nil)
			got, complete, err := c.Tags(t.Context(), repo, TagsOptions{})
			slices.Sort(got)
			if err != nil || !complete || !slices.Equal(got, sorted) {
				t.Errorf("%d of %d tags, complete %v, %v", len(got), len(sorted), complete, err)
			}
			if n := test.list.pages.Swap(0); test.all > 0 && n > test.all {
				t.Errorf("%d pages for the whole", n)
			}
			got, complete, err = c.Tags(t.Context(), repo, TagsOptions{Prefix: "3.12."})
			slices.Sort(got)
			if err != nil || !complete || !slices.Equal(got, want) {
				t.Errorf("%d of %d tags, complete %v, %v: %v", len(got), len(want), complete, err, got)
			}
			if n := test.list.pages.Load(); test.part > 0 && n > test.part {
				t.Errorf("%d pages for the part", n)
			}
		})
	}
}

// TestRegistryTagFaults has tag lists without sense or end.
func TestRegistryTagFaults(t *testing.T) {
	page := func(tags string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], strings.ReplaceAll(headers[i+1], "HOST", r.Host))
			}
			fmt.Fprintf(w, `{"name":"x","tags":%s}`, tags)
		}
	}
	var n atomic.Int32
	for _, test := range []struct {
		name string
		do   http.HandlerFunc
		says string // "" for no error
	}{
		{"null", page(`null`), ""},
		{"no tags by the specification", page(`["-x","a b","\u001b[31m","` + strings.Repeat("x", 200) + `"]`), ""},
		{"other keys", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"a":[{"tags":["1"]}],"name":null,"tags":[]}`)
		}, ""},
		{"malformed", page(`["1"`), "tag list that is none"},
		{"not JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "tag list that is none"},
		{"numbers", page(`[1]`), "tag list that is none"},
		{"deep", page(`[],"z":` + strings.Repeat("[", 1000)), "tag list that is none"},
		{"endless string", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"name":"`); flood(w, r) }, "tag list that is none"},
		{"endless nesting", flood, "tag list that is none"},
		{"drip", drip, "does not answer"},
		{"other host", page(`["1"]`, "Link", `<https://evil.example/v2/x/tags/list?n=1>; rel="next"`), "another host"},
		{"other port", page(`["1"]`, "Link", `<http://127.0.0.1:1/v2/x/tags/list?n=1>; rel="next"`), "another host"},
		{"other scheme", page(`["1"]`, "Link", `<https://HOST/v2/x/tags/list?n=1>; rel="next"`), "another host"},
		{"other path", page(`["1"]`, "Link", `</v2/x/manifests/1>; rel="next"`), "no tag list"},
		{"circle", page(`["1"]`, "Link", `</v2/x/tags/list?n=1000>; rel="next"`), "in a circle"},
		{"the same again", func(w http.ResponseWriter, r *http.Request) {
			page(`["1"]`, "Link", fmt.Sprintf(`</v2/x/tags/list?a=%d>; rel="next"`, n.Add(1)))(w, r)
		}, "repeats a page"},
		{"nothing again", func(w http.ResponseWriter, r *http.Request) {
			page(`[]`, "Link", fmt.Sprintf(`</v2/x/tags/list?a=%d>; rel="next"`, n.Add(1)))(w, r)
		}, "repeats a page"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, test.do)
			c, _ := client(t, func(o *Options) { o.Timeout = 500 * time.Millisecond })
			start := time.Now()
			tags, complete, err := c.Tags(t.Context(), repository(t, host, "x"), TagsOptions{})
			if d := time.Since(start); d > 3*time.Second {
				t.Errorf("took %s", d)
			}
			if test.says == "" && (err != nil || !complete || len(tags) > 0) {
				t.Errorf("%v, %v, %v", tags, complete, err)
			}
			var e *Error
			if test.says != "" && (!errors.As(err, &e) || complete || !strings.Contains(e.Error(), test.says) || !strings.Contains(e.Error(), host+"/x: ")) {
				t.Errorf("complete %v, %v; want %q", complete, err, test.says)
			}
			if n := c.Counts().Tags; n > 4 {
				t.Errorf("%d pages", n)
			}
		})
	}
}

// endless makes tags as long as it is asked to, with hardly any memory.
func endless(most, perPage int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		first, _ := strconv.Atoi(r.URL.Query().Get("place"))
		last := min(first+perPage, most)
		if last < most {
			w.Header().Set("Link", fmt.Sprintf(`</v2/x/tags/list?place=%d>; rel="next"`, last))
		}
		tag := []byte(`,"1.18.4-erlang-27.3.4.0000000-alpine"`)
		digits := tag[bytes.IndexByte(tag, 'g')+9:][:7]
		io.WriteString(w, `{"name":"x","tags":["t"`)
		for i := first; i < last; i++ {
			for n, at := i, 6; at >= 0; n, at = n/10, at-1 {
				digits[at] = byte('0' + n%10)
			}
			w.Write(tag)
		}
		io.WriteString(w, "]}")
	}
}

// TestRegistryEndless stops at the number of tags that is wanted.
func TestRegistryEndless(t *testing.T) {
	c, _ := client(t, nil)
	tags, complete, err := c.Tags(t.Context(), repository(t, serve(t, endless(1<<40, 1000)), "x"), TagsOptions{Most: 12345})
	if err != nil || complete || len(tags) != 12345 {
		t.Errorf("%d tags, complete %v, %v", len(tags), complete, err)
	}
	if n := c.Counts().Tags; n != 13 {
		t.Errorf("%d pages", n)
	}
}

// TestRegistryMillion reads a million tags, in pages and at once, with less than 100 MB, the server and what waits for the garbage collector included.
func TestRegistryMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million tags take seconds")
	}
	for name, h := range map[string]http.HandlerFunc{"in pages": endless(1_000_000, 1000), "at once": endless(999_999, 999_999)} {
		t.Run(name, func(t *testing.T) {
			host := serve(t, h)
			c, _ := client(t, func(o *Options) { o.Timeout = time.Minute })
			peak, stop := watch()
			tags, _, err := c.Tags(t.Context(), repository(t, host, "x"), TagsOptions{})
			stop()
			if err != nil || len(tags) != 1_000_000 {
				t.Fatalf("%d tags, %v", len(tags), err)
			}
			t.Logf("%d MB of heap in use at most", *peak>>20)
			if *peak > 100<<20 {
				t.Errorf("%d MB of heap in use", *peak>>20)
			}
		})
	}
}

// watch notes by how much the heap in use grows at most.
func watch() (peak *uint64, stop func()) {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	base, done, ended := inUse(), make(chan struct{}), make(chan struct{})
	peak = new(uint64)
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				*peak = max(*peak, max(inUse(), base)-base)
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}

// TestBefore requires no tag that begins with the prefix to be left out.
func TestBefore(t *testing.T) {
	for prefix, want := range map[string]string{
		"3.12.": "3.12-zzzzzzzz", "v1": "v0zzzzzzzz", "3.12-": "3.12", "a": "_zzzzzzzz", "A": "9zzzzzzzz", "-": "", ".": "-zzzzzzzz",
		strings.Repeat("b", 128): strings.Repeat("b", 127) + "a",
	} {
		if got := before(prefix); got != want || got >= prefix {
			t.Errorf("before(%q) = %q, want %q", prefix, got, want)
		}
	}
}
