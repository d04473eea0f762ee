package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// ExposedPort finds ports of databases and caches that the whole network can reach.
var ExposedPort = &fix.Rule{
	Name:  "exposed-port",
	Title: "a database or cache that is published to the network",
	Why: "Docker publishes a port on every address of the machine, past firewalls such as ufw, and the usual databases and caches are then a password away from anyone, some not even that. Other services need no published port: they use the name of the service. " +
		"The fix binds the port to 127.0.0.1, so that programs on the machine itself still reach it. In a file for production the port goes where another service waits for the database and shares a network with it, and none looks for it at the machine, by localhost, host.docker.internal or the network of the host. It is always held back, as nothing tells who comes from another machine. Left alone: a port that is bound to an address, and one whose address is a variable.",
	Kind:    source.ComposeKind,
	Safety:  fix.Unsafe,
	Changes: []string{"services.*.ports", "services.*.ports[*"},
	Wants:   project,
	Check:   checkExposedPort,
}

const loopback = "127.0.0.1"

// anyHost are the addresses that stand for all of the machine.
var anyHost = []string{"", "0.0.0.0", "::", "*"}

func checkExposedPort(p *fix.Pass) {
	seen := map[*source.Node]bool{}
	for _, c := range servicesOf(p) {
		server := c.server(p)
		if !server.IsStore() || !onOwnNetwork(c) {
			continue
		}
		for _, port := range c.Ports() {
			if !seen[port.Node] && isAmong(target(port), server.Ports) && slices.Contains(anyHost, port.HostIP) {
				seen[port.Node] = true
				p.Report(bindPort(p, c, port))
			}
		}
	}
}

// onOwnNetwork reports whether ports of a service are published at all.
func onOwnNetwork(c *composed) bool { return !c.has("network_mode") }

// target is the port in the container, with the default of a variable.
func target(port source.Port) string {
	if m := defaulted.FindStringSubmatch(port.Target); m != nil {
		return m[1]
	}
	return port.Target
}

var defaulted = lazyregexp.New(`^\$\{\w+:?-(\d+)\}$`)

// isAmong reports whether a port is one of a list, or a range of ports holds one.
func isAmong(port string, list []string) bool {
	from, to, ranged := strings.Cut(port, "-")
	return slices.ContainsFunc(list, func(p string) bool {
		return p == port || ranged && len(p) == len(from) && len(p) == len(to) && from <= p && p <= to
	})
}

func bindPort(p *fix.Pass, c *composed, port source.Port) fix.Finding {
	shown := port.Target
	if port.Published != "" {
		shown = port.Published + ":" + port.Target
	}
	f := fix.Finding{Span: port.Node.Span, Message: "port " + shown + " of " + c.Name + " is published on every address of the machine"}
	if c.forSwarm(p) {
		f.Reason = "a swarm knows no address to bind to: leave the port out, other services reach it by the name " + c.Name
		return f
	}
	f.Reason = "whoever uses it from another machine could no longer"
	if strings.Contains(port.Published, "$") && !strings.Contains(port.Published, ":-") && !port.Long {
		f.Reason += "; the variable may hold an address too"
	}
	outside := throughMachine(p, c, port)
	if outside != "" {
		f.Reason = outside + "; " + f.Reason
	}
	key, _ := c.Node.Get("ports")
	if user := waitsFor(p, c); user != "" && outside == "" && isProduction(p.Doc.Name) && key != nil && len(c.Ports()) == 1 && port.Via == nil {
		splices, err := p.Doc.DeleteEntry(key, true)
		return withEdit(f, c, "leave the port out: "+user+" reaches "+c.Name+" without it", fix.Unsafe, splices, err)
	}
	splices, err := bind(p.Doc, port)
	return withEdit(f, c, "bind it to "+loopback, fix.Unsafe, splices, err)
}

// atMachine finds the names by which a container calls the machine that it runs on.
var atMachine = lazyregexp.New(`\b((?:host|gateway)\.docker\.internal|docker\.for\.(?:mac|win)\.\w+|host\.containers\.internal|172\.17\.0\.1)\b`)

// throughMachine tells which other service may reach a service at a published port of the machine, as a clause; "" where none
// seems to.
func throughMachine(p *fix.Pass, c *composed, port source.Port) string {
	published := defaultOf(port.Published)
	for _, o := range servicesOf(p) {
		if o.Name == c.Name {
			continue
		}
		if mode, ok := o.first("network_mode"); ok && mode.Node.Text() == "host" {
			return o.Name + " is on the network of the machine, where it reaches " + c.Name + " at its published port alone"
		}
		for _, text := range o.machineTexts() {
			if m := atMachine.FindString(text); m != "" {
				return o.Name + " looks for servers at " + m + ", which is not " + loopback + " on Linux"
			}
			if at := atLoopback(text, published); at != "" {
				return o.Name + " looks for " + at + ", where " + c.Name + " may be meant"
			}
		}
	}
	return ""
}

// machineNames are texts of which each that may name the machine has one, besides localhost. Most texts have no dot.
var machineNames = []string{"docker.internal", "docker.for.", "containers.internal", "172.17.0.1", loopback}

func mayNameMachine(text string) bool {
	return strings.Contains(text, "localhost") || strings.Contains(text, ".") && containsAny(text, machineNames)
}

// machineTexts are the texts of a service that may name the machine, found once for all ports of the file.
func (c *composed) machineTexts() []string {
	if !c.machineAsked {
		c.machineAsked = true
		for _, s := range c.texts {
			eachScalar(s.Node, 0, func(text string) {
				if mayNameMachine(text) {
					c.machine = append(c.machine, text)
				}
			})
		}
	}
	return c.machine
}

// atLoopback is what a text says of a published port of the machine itself; "" where it says nothing, and where the port is "".
func atLoopback(text, published string) string {
	if published == "" || !strings.Contains(text, published) || !strings.Contains(text, "localhost") && !strings.Contains(text, loopback) {
		return "" // as nearly always
	}
	for _, m := range portAtLoopback.FindAllStringIndex(text, -1) {
		if rest, ok := strings.CutPrefix(text[m[1]:], published); ok && !startsInWord(rest) {
			return text[m[0]:m[1]] + published
		}
	}
	return ""
}

// portAtLoopback is what stands before the port in a text.
var portAtLoopback = lazyregexp.New(`(?:localhost|127\.0\.0\.1)[:,]\s*`)

// startsInWord reports whether a text goes on with a letter, a digit or an underscore.
func startsInWord(s string) bool {
	return s != "" && (s[0] == '_' || '0' <= s[0] && s[0] <= '9' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z')
}

// bind gives a port the address of the machine itself.
func bind(d *source.Document, port source.Port) ([]source.Splice, error) {
	if port.Via != nil {
		return nil, source.Refused("the port stands in a text that other services use")
	}
	if port.Long {
		if f, ok := port.Node.Lookup("host_ip"); ok {
			return d.ReplaceScalar(f.Node, loopback)
		}
		return d.AppendEntry(port.Node, []string{"host_ip: " + loopback})
	}
	text, _ := port.Node.Scalar()
	bound := loopback + ":" + port.Published + ":" + port.Target
	if port.Protocol != "" {
		bound += "/" + port.Protocol
	}
	if text.Style == source.PlainStyle {
		return d.ReplaceNode(port.Node, usualQuote(d)+bound+usualQuote(d))
	}
	return d.ReplaceScalar(port.Node, bound)
}

// waitsFor is the first service of the file that waits for another one and reaches it by its name; "" where none does.
func waitsFor(p *fix.Pass, c *composed) string {
	for _, o := range servicesOf(p) {
		if o.Service != c.Service && slices.ContainsFunc(o.DependsOn(), func(d source.Dependency) bool { return d.Name == c.Name }) && sharesNetwork(p, o, []string{c.Name}) {
			return o.Name
		}
	}
	return ""
}

// production finds the names of files for production.
var production = lazyregexp.New(`(?i)(^|[._-])(prod|production|live)([._-]|$)`)

func isProduction(name string) bool {
	name = path.Base(name)
	return containsAny(strings.ToLower(name), []string{"prod", "live"}) && production.MatchString(name)
}
