package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// dialTimeout is for a connection, name look-up included.
const dialTimeout = 5 * time.Second

// transports are the one that is asked for or the usual one, and the same without a look at certificates.
func transports(o Options) (plain, lenient http.RoundTripper) {
	t, ok := o.Transport.(*http.Transport)
	switch {
	case o.Transport == nil:
		t = usualTransport(o)
	case !ok:
		return o.Transport, o.Transport
	}
	l := t.Clone()
	if l.TLSClientConfig == nil {
		l.TLSClientConfig = &tls.Config{}
	}
	l.TLSClientConfig.InsecureSkipVerify = true // only for hosts that --insecure-registry names, and this machine
	return t, l
}

func usualTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: o.Timeout,
		MaxIdleConns:          4 * o.PerHost,
		MaxIdleConnsPerHost:   o.PerHost,
		IdleConnTimeout:       30 * time.Second,
	}
}

// reach is how near an address is.
type reach int

const (
	public  reach = iota
	private       // RFC 1918 and its like
	local         // link-local, as metadata servers of clouds are
	loopback
)

// reachOf classifies an address; what is neither unicast nor known counts as local.
func reachOf(a netip.Addr) reach {
	switch a = a.Unmap(); {
	case a.IsLoopback():
		return loopback
	case a.IsPrivate(), sharedSpace.Contains(a):
		return private
	case !a.IsGlobalUnicast():
		return local
	}
	return public
}

// sharedSpace is that of carriers and of clouds' inner networks (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// guard says how near the address of a host may be that a registry has named; host is host:port.
type guard struct {
	host   string
	allows func(reach) bool
}

type guardKey struct{}

// errNear is behind the error of a connection that a guard does not allow.
var errNear = errors.New("its address is on this machine or in a private network, where the registry itself is not")

// dial connects, unless the guard of the request's context forbids the address. A proxy is not guarded: it is the user's.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	if g, ok := ctx.Value(guardKey{}).(guard); ok && g.host == address {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !g.allows(reachOf(a.Addr())) {
				return errNear
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, address)
}

// withPort is host:port, as a dialer sees it.
func withPort(scheme, host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "443"
	if scheme == "http" {
		port = "80"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// hostname is the host without its port.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// isLoopback reports whether a host name means this machine.
func isLoopback(host string) bool {
	h := strings.TrimSuffix(hostname(host), ".")
	a, err := netip.ParseAddr(h)
	return err == nil && a.Unmap().IsLoopback() || h == "localhost" || strings.HasSuffix(h, ".localhost")
}
