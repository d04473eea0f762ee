package registry

import (
	"errors"
	"net"
	"net/http"
)

// proxyError is an error of a request that went by way of the user's proxy. It knows the host of the proxy alone: the rest of its
// address may have a password.
type proxyError struct {
	host string // "" where the address is none
	err  error
}

func (e *proxyError) Error() string { return e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }

// cause is what may be handed on: net/http repeats an address that is none, with its password.
func (e *proxyError) cause() error {
	if e.host == "" {
		return nil
	}
	return e.err
}

// way tells that the proxy was asked.
func (e *proxyError) way() string {
	if e.host == "" {
		return ""
	}
	return ", by way of the proxy " + e.host
}

// fact is what is wrong with the proxy itself, "" where it did its part.
func (e *proxyError) fact() string {
	var connect *net.OpError
	switch {
	case e.host == "":
		return "the address of the proxy, in HTTP_PROXY or HTTPS_PROXY, is none"
	case errors.As(e.err, &connect) && connect.Op == "proxyconnect":
		return "the proxy does not answer: " + proxyWords(connect.Err)
	}
	for _, status := range []int{http.StatusProxyAuthRequired, http.StatusForbidden, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		if e.err.Error() == http.StatusText(status) { // all that net/http tells of an answer to CONNECT
			return "the proxy refuses: " + http.StatusText(status)
		}
	}
	return ""
}

// proxyWords are those of an error before the connection with the proxy stands.
func proxyWords(err error) string {
	if words := unreachable(err); words != "" {
		return words
	}
	return "the connection broke"
}

// proxied is the host of the user's proxy, where a request goes by way of one.
func (c *Client) proxied(r *http.Request) (host string, proxied bool) {
	if c.proxy == nil {
		return "", false
	}
	u, err := c.proxy(r)
	if u == nil || err != nil {
		return "", err != nil
	}
	return u.Host, true
}
