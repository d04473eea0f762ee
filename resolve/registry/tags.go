package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// TagsOptions say which tags are wanted.
type TagsOptions struct {
	// Prefix of the tags that are wanted, "" for all. A registry that sorts its tags is asked for that part of its list only.
	Prefix string
	Most   int // tags; 0: a million
}

// Bounds of a tag list that has no end.
const (
	mostTags    = 1_000_000
	mostPages   = 10_000
	listTimeout = 30 // times the timeout of a request, for all pages
)

// pageSizes are tried in this order where a registry does not take one. Amazon's takes 1,000 at most; 0 is none.
var pageSizes = []int{1000, 100, 0}

// tagList is what the flights of Tags share.
type tagList struct {
	tags     []string
	complete bool
}

// Tags are the tags of a repository that begin with the prefix, in the order of the registry; what is no tag by the
// specification is left out. complete is false where the list ended at Most, or took too long. With an error, which is an
// *Error, come the tags that were read before it. Callers that ask for the same at the same time share the slice.
func (c *Client) Tags(ctx context.Context, repo name.Repository, o TagsOptions) (tags []string, complete bool, err error) {
	key := fmt.Sprintf("%s %d %s", repo.Name(), o.Most, o.Prefix)
	list, err := c.lists.do(ctx, key, func(error) bool { return false }, func() (tagList, error) {
		p, err := c.locate(repo)
		if err != nil {
			return tagList{}, err
		}
		list, err := c.tags(ctx, p, o)
		return list, asked(err, p.host)
	})
	return list.tags, list.complete, named(err, repo, "")
}

// tags seeks the prefix where that works, and else reads the whole list.
func (c *Client) tags(ctx context.Context, p place, o TagsOptions) (tagList, error) {
	o.Most = orElse(o.Most, mostTags)
	limit, cancel := context.WithTimeout(ctx, listTimeout*c.o.Timeout)
	defer cancel()
	for _, seek := range []bool{true, false} {
		if seek && (o.Prefix == "" || unsorted(p.host.name)) {
			continue
		}
		l := &lister{c: c, p: p, o: o, seek: seek, urls: map[string]bool{}, pages: map[uint64]bool{}}
		err := l.run(limit)
		if seek && !l.sought(err) {
			continue
		}
		if limit.Err() != nil && ctx.Err() == nil && len(l.tags) > 0 {
			return tagList{l.tags, false}, nil
		}
		return tagList{l.tags, l.complete && err == nil}, err
	}
	return tagList{}, broken("gives no tags") // not reached: one of the two always returns
}

// unsorted are registries that list tags in the order of their push. The beginning of such a list can look sorted.
func unsorted(host string) bool {
	return host == "ghcr.io" || host == "quay.io"
}

// lister reads the pages of one list.
type lister struct {
	c    *Client
	p    place
	o    TagsOptions
	seek bool

	urls     map[string]bool // queries that were sent
	pages    map[uint64]bool // what came
	tags     []string
	last     string // of all tags read
	full     bool   // the page before was as long as it may be, and had no link
	unsorted bool   // the registry does not sort, or does not seek
	complete bool
}

// run reads page after page.
func (l *lister) run(ctx context.Context) error {
	query, size, err := l.first(ctx)
	for n := 1; err == nil && query != ""; n++ {
		if n >= mostPages {
			return nil
		}
		query, err = l.page(ctx, query, size)
	}
	return err
}

// first reads the first page, with the largest size the registry takes.
func (l *lister) first(ctx context.Context) (query string, size int, err error) {
	for _, size = range pageSizes {
		values := url.Values{}
		if size > 0 {
			values.Set("n", strconv.Itoa(size))
		}
		if l.seek {
			l.last = before(l.o.Prefix)
			values.Set("last", l.last)
		}
		query, err = l.page(ctx, values.Encode(), size)
		if e, ok := err.(*Error); !ok || !e.unsupported {
			return query, size, err
		}
	}
	return "", 0, err
}

// page reads one and returns the query of the next one, "" behind the last.
func (l *lister) page(ctx context.Context, query string, size int) (next string, err error) {
	if l.urls[query] {
		return "", broken("links the pages of its tag list in a circle")
	}
	l.urls[query] = true
	var got page
	var links []string
	q := request{
		host: l.p.host, method: http.MethodGet, path: "/v2/" + l.p.path + "/tags/list", query: query, accept: "application/json",
		repo: l.p.path, count: func(n *Counts) { n.Tags++ },
	}
	var base *url.URL
	err = l.c.ask(ctx, q, func(answer *http.Response) error {
		links, base = answer.Header.Values("Link"), origin(answer, l.p.host, q.path)
		got, err = readPage(answer.Body, l.o.Most-len(l.tags))
		return err
	})
	if err != nil {
		return "", err
	}
	if err := l.add(got); err != nil || l.done(got) {
		return "", err
	}
	if next, err = nextPage(links, base); err != nil {
		return "", err
	}
	return l.follow(next, got, size), nil
}

// origin is the address that a link is relative to.
func origin(answer *http.Response, h *host, path string) *url.URL {
	if answer.Request != nil && answer.Request.URL != nil {
		return answer.Request.URL
	}
	return &url.URL{Scheme: h.schemeNow(), Host: h.name, Path: path}
}

// add takes over the tags of a page, and notes whether the list is sorted.
func (l *lister) add(got page) error {
	if len(got.tags) > 0 && l.pages[got.sum] {
		return broken("repeats a page of its tag list")
	}
	l.pages[got.sum] = true
	if l.seek && len(got.tags) == 0 && len(l.tags) == 0 {
		l.unsorted = true // it may not know the tag to begin behind
	}
	for _, t := range got.tags {
		if t <= l.last {
			l.unsorted = true
		}
		l.last = t
		if strings.HasPrefix(t, l.o.Prefix) {
			l.tags = append(l.tags, t)
		}
	}
	return nil
}

// done reports whether no further page is wanted.
func (l *lister) done(got page) bool {
	switch {
	case got.cut || len(l.tags) >= l.o.Most:
		return true
	case l.seek && l.unsorted:
		return true
	case l.seek && l.last > l.o.Prefix && !strings.HasPrefix(l.last, l.o.Prefix):
		l.complete = true
		return true
	}
	return false
}

// follow is the next query. A full page without a link may be one of a registry that has none (go-containerregistry's, for
// one): it is asked for what comes behind.
func (l *lister) follow(next string, got page, size int) string {
	if next != "" {
		return next
	}
	if size == 0 || len(got.tags) != size || l.unsorted || l.last == "" {
		l.complete = true
		return ""
	}
	return url.Values{"n": {strconv.Itoa(size)}, "last": {l.last}}.Encode()
}

// sought reports whether the part of the list can be relied on: it is sorted, has tags of the prefix, and nothing failed that
// reading the whole would not suffer from, too.
func (l *lister) sought(err error) bool {
	if kind, ok := kindOf(err); ok && kind != Broken {
		return true
	}
	return err == nil && !l.unsorted && len(l.tags) > 0
}

// tagBytes are those that a tag can have, in byte order.
const tagBytes = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// before is a tag that comes before all tags that begin with the prefix, and behind most others: "3.12-zzzz" for "3.12.".
func before(prefix string) string {
	head, end := prefix[:len(prefix)-1], prefix[len(prefix)-1]
	i, _ := slices.BinarySearch([]byte(tagBytes), end)
	if i == 0 {
		return head // the prefix comes first of what begins so
	}
	lower := head + tagBytes[i-1:i]
	return lower + strings.Repeat("z", max(min(8, 128-len(lower)), 0))
}

// ErrNoPushTime says that a registry does not tell when a tag was pushed.
var ErrNoPushTime = fmt.Errorf("the registry does not tell when tags were pushed")

// PushedTag is a tag of Docker Hub with the time of its push.
type PushedTag struct {
	Tag    string
	Digest string // "" where the Hub does not know it
	Pushed time.Time
}
