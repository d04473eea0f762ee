package registry

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is one thing to ask a host, however many tries it takes.
type request struct {
	host    *host
	count   func(*Counts)
	method  string
	path    string
	query   string
	accept  string
	repo    string // whose token it needs; "" where no token is used
	form    url.Values
	basic   *credentials // of a token server
	pull    bool
	timeout time.Duration // of the request with its body; 0: as for all
	guard   *host         // the host that named this one
	exact   string        // the scheme, where it is given
}

// outcome is what became of a request that was answered.
type outcome struct {
	status     int
	challenges []string
	location   *url.URL
	err        *Error // of any status that is neither 2xx, 3xx nor 401
	after      time.Duration
	told       bool // the host has said how long to wait
}

// maxRedirects are followed for one request.
const maxRedirects = 4

// ask sends a request with the authorization its host wants, and hands an answer of status 2xx to read. A redirect to
// another origin is asked there, anonymously.
func (c *Client) ask(ctx context.Context, q request, read func(*http.Response) error) error {
	for range maxRedirects + 1 {
		out, err := c.authorized(ctx, q, read)
		if err != nil || out.location == nil {
			return asked(err, q.host)
		}
		if q, err = c.follow(q, out.location); err != nil {
			return err
		}
	}
	return asked(broken("redirects in circles"), q.host)
}

// asked notes in an error which host it is about.
func asked(err error, h *host) error {
	var e *Error
	if !errors.As(err, &e) || e.Asked != "" {
		return err
	}
	one := *e
	one.Asked = h.name
	return &one
}

// follow is the request that a redirect leads to.
func (c *Client) follow(q request, to *url.URL) (request, error) {
	scheme := q.host.schemeNow()
	q.path, q.query = to.EscapedPath(), to.RawQuery
	if to.Scheme == scheme && to.Host == q.host.name {
		return q, nil
	}
	from := q.host
	if to.Host == "" || to.User != nil || to.Scheme != "https" && !(to.Scheme == "http" && from.insecure) {
		return q, asked(broken("redirects to an address that is not safe"), from)
	}
	if !from.allows(literalReach(to.Host)) {
		return q, asked(broken("redirects to another host: %s", errNear), from)
	}
	q.host, q.guard, q.exact = c.host(to.Host, true), from, to.Scheme
	return q, nil
}

// authorized sends a request and answers challenges: the first one of a host, then one for a token of its own where that
// of several repositories did not do.
func (c *Client) authorized(ctx context.Context, q request, read func(*http.Response) error) (outcome, error) {
	answered, err := q.host.enter(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer answered()
	for {
		used, err := c.authorization(ctx, q)
		if err != nil {
			return outcome{}, err
		}
		out, err := c.attempts(ctx, q, used.header, read)
		if err != nil {
			return out, err
		}
		answered()
		switch refused := out.status == http.StatusUnauthorized; {
		case !refused && !out.is(Denied):
			used.worked()
			return out, out.failure()
		case c.renew(ctx, q, used, out.challenges):
		case refused:
			return out, q.host.denied()
		default:
			return out, out.failure()
		}
	}
}

func (o outcome) is(k Kind) bool { return o.err != nil && o.err.Kind == k }

func (o outcome) failure() error {
	if o.err == nil {
		return nil
	}
	return o.err
}

// attempts sends a request until the host neither has trouble nor asks to wait.
func (c *Client) attempts(ctx context.Context, q request, header string, read func(*http.Response) error) (outcome, error) {
	for try := 1; ; try++ {
		out, err := c.once(ctx, q, header, read)
		again, err := c.again(ctx, q, out, err, try)
		if !again {
			return out, err
		}
	}
}

// again waits before another try, where one makes sense. The error is the one to end with.
func (c *Client) again(ctx context.Context, q request, out outcome, err error, try int) (bool, error) {
	var e *Error
	switch {
	case err != nil && !errors.As(err, &e):
		return false, err
	case e == nil && out.err == nil:
		return false, nil
	case e == nil:
		e = out.err
	}
	if e.Kind == Limited {
		return c.afterLimit(q, out, e, try)
	}
	if !e.retry {
		return false, err
	}
	if d := c.backoff.delay(try); try < c.backoff.broken && !e.dead && c.spend(q.host, d) {
		if err := sleep(ctx, d); err != nil {
			return false, err
		}
		return true, nil
	}
	if e.Kind == Unreachable {
		q.host.silent(e)
	}
	return false, err
}

// afterLimit lets the host rest as long as it wants to.
func (c *Client) afterLimit(q request, out outcome, e *Error, try int) (bool, error) {
	d := max(out.after, c.backoff.delay(try))
	if try < c.backoff.busy && c.rest(q.host, q.pull, d) {
		if d >= 2*time.Second {
			c.warn(q.host.name + " asks to wait: going on in " + d.Round(time.Second).String())
		}
		return true, nil
	}
	if out.told && out.after > 0 {
		until := time.Now().Add(out.after)
		q.host.refuse(q.pull, until)
		return false, limited(q.host.name, until)
	}
	return false, e
}

// once sends a request once. What read returns is its error, if the answer was one to read.
func (c *Client) once(ctx context.Context, q request, header string, read func(*http.Response) error) (outcome, error) {
	release, err := c.turn(ctx, q)
	if err != nil {
		return outcome{}, err
	}
	defer release()
	limit, cancel := context.WithTimeout(ctx, orElse(q.timeout, c.o.Timeout))
	defer cancel()
	answer, err := c.send(limit, q, header)
	if err != nil {
		return outcome{}, c.trouble(ctx, limit, q, err)
	}
	defer answer.Body.Close()
	c.tell(q.host, answer.Header)
	out := c.weigh(q, answer)
	if out.status/100 != 2 {
		return out, nil
	}
	if err := read(answer); err != nil {
		return out, c.trouble(ctx, limit, q, err)
	}
	return out, nil
}

// turn waits until the host may be asked and there is a slot for it. Meanwhile others may have learnt that it may not.
func (c *Client) turn(ctx context.Context, q request) (release func(), err error) {
	for {
		if err := q.host.ready(ctx, q.pull); err != nil {
			return nil, err
		}
		if release, err = c.slot(ctx, q.host); err != nil || q.host.free(q.pull) {
			return release, err
		}
		release()
	}
}

// slot waits for a turn at the host, then for one of all.
func (c *Client) slot(ctx context.Context, h *host) (release func(), err error) {
	for i, slots := range []chan struct{}{h.slots, c.slots} {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-h.slots
			}
			return nil, canceled(ctx)
		}
	}
	return func() { <-c.slots; <-h.slots }, nil
}

// add counts a request.
func (c *Client) add(count func(*Counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.counts)
}

// location is where an answer redirects to, nil where it does not.
func location(answer *http.Response, from *url.URL) *url.URL {
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	to, err := from.Parse(strings.TrimSpace(answer.Header.Get("Location")))
	if err != nil || answer.Header.Get("Location") == "" {
		return nil
	}
	return to
}
