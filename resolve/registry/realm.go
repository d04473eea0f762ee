package registry

import (
	"net"
	"net/netip"
	"net/url"

	"golang.org/x/net/publicsuffix"
)

// tokenServers are those of registries whose names do not tell.
var tokenServers = map[string]string{
	hubHost: "auth.docker.io",
	hubName: "auth.docker.io",
}

// realm is the address of the token server that a challenge names, where it may be asked at all: with TLS, and not nearer
// than the registry itself.
func (h *host) realm(want *challenge) (*url.URL, error) {
	u, err := url.Parse(want.params["realm"])
	if err != nil || u.Host == "" || u.User != nil {
		return nil, asked(broken("names a token server that is no address"), h)
	}
	own := hostname(u.Host) == hostname(h.name) || isLoopback(u.Host) && isLoopback(h.name)
	if u.Scheme != "https" && !(u.Scheme == "http" && h.insecure && own) {
		return nil, asked(broken("names a token server without TLS, which is not asked"), h)
	}
	if !h.allows(literalReach(u.Host)) {
		return nil, asked(broken("names a token server that is not asked: %s", errNear), h)
	}
	u.Fragment = ""
	return u, nil
}

// port is that of a host, and whether it is the usual one of the scheme.
func port(scheme, host string) (number string, usual bool) {
	_, number, _ = net.SplitHostPort(withPort(scheme, host))
	_, other, _ := net.SplitHostPort(withPort(scheme, hostname(host)))
	return number, number == other
}

// literalReach is how near a host is by its name. A name in the DNS counts as public here; its address is checked when it
// is dialled.
func literalReach(host string) reach {
	if isLoopback(host) {
		return loopback
	}
	a, err := netip.ParseAddr(hostname(host))
	if err != nil {
		return public
	}
	return reachOf(a)
}

// belongs reports whether the credentials of this registry may go to a token server: the same host and port, another host of
// the same registrable domain, or one that is known. Another port of the same host can be that of somebody else, and so can any
// but the usual one of another host.
func (h *host) belongs(u *url.URL) bool {
	registry, server := hostname(h.name), hostname(u.Host)
	asked, usually := port(h.schemeNow(), h.name)
	named, usual := port(u.Scheme, u.Host)
	if registry == server {
		return asked == named || usually && usual
	}
	if !usual {
		return false
	}
	if tokenServers[registry] == server {
		return true
	}
	if _, err := netip.ParseAddr(server); err == nil || isLoopback(server) {
		return false
	}
	a, err := publicsuffix.EffectiveTLDPlusOne(registry)
	b, err2 := publicsuffix.EffectiveTLDPlusOne(server)
	return err == nil && err2 == nil && a == b
}
