package registry

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// send puts a request on the wire, in plain http where the host does not speak TLS and need not. The answer's body has to
// be closed.
func (c *Client) send(ctx context.Context, q request, header string) (*http.Response, error) {
	answer, address, err := c.transmit(ctx, q, header)
	if err != nil && unreachable(err) != "" && q.host.plainly() {
		answer, address, err = c.transmit(ctx, q, header)
	}
	if err != nil {
		c.add(q.count)
		return nil, err
	}
	if answer.StatusCode == http.StatusUnauthorized {
		c.add(func(n *Counts) { n.Challenge++ })
		if q.repo != "" { // before the host counts as known: who then goes on is not to be challenged, too
			q.host.learn(answer.Header.Values("Www-Authenticate"))
		}
	} else {
		c.add(q.count)
	}
	q.host.answered(address)
	return answer, nil
}

// transmit also says which address answers; that of a proxy does not count.
func (c *Client) transmit(ctx context.Context, q request, header string) (answer *http.Response, address netip.Addr, err error) {
	r, err := c.build(ctx, q, header)
	if err != nil {
		return nil, address, broken("asks for something that cannot be sent")
	}
	over := c.plain
	if q.host.insecure {
		over = c.lenient
	}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if a, err := netip.ParseAddrPort(i.Conn.RemoteAddr().String()); err == nil {
			address = a.Addr()
		}
	}}))
	answer, err = over.RoundTrip(r)
	if proxy, proxied := c.proxied(r); proxied {
		address = netip.Addr{}
		if err != nil {
			err = &proxyError{proxy, err}
		}
	}
	return answer, address, err
}

// build makes a request of net/http, with its guard where another host has named this one.
func (c *Client) build(ctx context.Context, q request, header string) (*http.Request, error) {
	scheme := q.exact
	if scheme == "" {
		scheme = q.host.schemeNow()
	}
	address := scheme + "://" + q.host.name + q.path
	if q.query != "" {
		address += "?" + q.query
	}
	var body io.Reader
	if q.form != nil {
		body = strings.NewReader(q.form.Encode())
	}
	if q.guard != nil {
		ctx = context.WithValue(ctx, guardKey{}, guard{withPort(scheme, q.host.name), q.guard.allows})
	}
	r, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", c.o.UserAgent)
	for name, value := range map[string]string{"Accept": q.accept, "Authorization": header} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if q.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if q.basic != nil {
		r.SetBasicAuth(q.basic.user, q.basic.password)
	}
	return r, nil
}

// weigh says what a status means.
func (c *Client) weigh(q request, answer *http.Response) outcome {
	out := outcome{status: answer.StatusCode}
	if out.status/100 == 2 {
		return out
	}
	out.challenges = answer.Header.Values("Www-Authenticate")
	if out.status == http.StatusUnauthorized {
		return out
	}
	if out.location = location(answer, &url.URL{Scheme: q.host.schemeNow(), Host: q.host.name, Path: q.path}); out.location != nil {
		return out
	}
	out.after, out.told = retryAfter(answer.Header, time.Now())
	out.err = fault(out, code(answer))
	if out.err.Kind == Limited {
		detail := out.err.Detail
		out.err = limited(q.host.name, time.Time{})
		out.err.Detail += detail
	}
	return out
}

// fault is the error that a status stands for.
func fault(out outcome, code string) *Error {
	if code != "" {
		code = " (" + code + ")"
	}
	switch {
	case out.status == http.StatusNotFound:
		return &Error{Kind: NotFound, Detail: "has no such image" + code}
	case out.status == http.StatusForbidden:
		return &Error{Kind: Denied, Detail: "denies access" + code}
	case out.status == http.StatusTooManyRequests, out.status == http.StatusServiceUnavailable && out.told:
		return &Error{Kind: Limited, Detail: code}
	}
	e := broken("answers with status %d%s", out.status, code)
	e.retry = out.status/100 == 5 && out.status != http.StatusNotImplemented || out.status == http.StatusRequestTimeout
	e.unsupported = out.status == http.StatusMethodNotAllowed || out.status == http.StatusBadRequest || out.status == http.StatusNotImplemented
	return e
}

// code is the code of the first error in the body, if it is a word; the rest of the body is not shown to anybody.
func code(answer *http.Response) string {
	var e *transport.Error
	if !errors.As(transport.CheckError(answer), &e) || len(e.Errors) == 0 {
		return ""
	}
	word := string(e.Errors[0].Code)
	if word == "" || len(word) > 40 || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		return ""
	}
	return word
}

// trouble says what kept an answer from coming whole. An *Error is one about its content and stays.
func (c *Client) trouble(ctx, limit context.Context, q request, err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case ctx.Err() != nil:
		return canceled(ctx)
	}
	e = &Error{Kind: Unreachable, Asked: q.host.name, cause: err, Detail: "cannot be reached: the connection broke", retry: true}
	words, way := unreachable(err), ""
	var proxy *proxyError
	if errors.As(err, &proxy) {
		words, way = cmp.Or(proxy.fact(), words), proxy.way()
		e.cause = proxy.cause()
	}
	if words != "" {
		e.dead, e.retry, e.Detail = true, false, "cannot be reached: "+words
	} else if timedOut(limit, err) {
		e.retry, e.Detail = false, fmt.Sprintf("does not answer within %s", orElse(q.timeout, c.o.Timeout))
	}
	e.Detail += way
	if !e.retry && (e.dead || q.timeout == 0) { // one that needs long for a layer is not silent
		q.host.silent(e)
	}
	return e
}

func timedOut(limit context.Context, err error) bool {
	var timeout net.Error
	return limit.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
}

// unreachable words an error before the connection stands, when nothing has been sent; "" for any other.
func unreachable(err error) string {
	var (
		lookup      *net.DNSError
		op          *net.OpError
		record      tls.RecordHeaderError
		alert       tls.AlertError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		name        x509.HostnameError
	)
	switch {
	case errors.Is(err, errNear):
		return errNear.Error()
	case errors.As(err, &lookup):
		return "no address is known for " + lookup.Name
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "it does not speak TLS; --insecure-registry allows that"
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &name):
		return "its certificate is not valid here; --insecure-registry allows that"
	case errors.As(err, &alert):
		return "it refuses to speak TLS"
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return op.Err.Error()
	}
	return ""
}
