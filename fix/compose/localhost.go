package compose

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Localhost finds variables by which a service looks for another one in its own container.
var Localhost = &fix.Rule{
	Name:  "localhost-between-services",
	Title: "localhost where another service is meant",
	Why: "In a container localhost is the container itself. Another service is reached by its name, at the port that it listens on, not at the one that is published. The rule looks at addresses in environment whose port is one that another service of the file publishes, or that of its image, and not one of the service itself. " +
		"The fix writes the name and the port of that service. It is held back: whether the program runs it in another place, too, is not known. " +
		"Addresses that a browser opens must stay: of http and ws addresses only those of databases and of variables that name the inside are fixed, the others pointed out; variables that are built into pages (VITE_, NEXT_PUBLIC_ and the like) and those of origins, redirects and domains are left alone. So is every service on the network of the host.",
	Kind:    source.ComposeKind,
	Safety:  fix.Unsafe,
	Changes: []string{"services.*.environment.*"},
	Wants:   project,
	Check:   checkLocalhost,
}

// localAddress finds an address of the container itself with its port. What stands before it is the scheme, and what a URL may
// hold before a host.
var localAddress = lazyregexp.New(`(?:^|([a-z][a-z0-9+.]*)://(?:[^/@\s]*@)?|[@,;=\s(])((?:localhost|127\.0\.0\.1)(?::|,\s*))(\d{2,5})(?:$|[^\d.])`)

func checkLocalhost(p *fix.Pass) {
	seen := map[source.Span]bool{}
	for _, c := range servicesOf(p) {
		if c.has("network_mode") || c.reused != "" {
			continue
		}
		for _, v := range c.Environment() {
			if !v.Set || !strings.Contains(v.Value, "localhost") && !strings.Contains(v.Value, loopback) {
				continue
			}
			if isOutward(v.Name) || inward.MatchString(v.Name) || seen[v.Span] {
				continue
			}
			m := localAddress.FindStringSubmatchIndex(v.Value)
			if m == nil {
				reportLocalHost(p, c, v)
				continue
			}
			seen[v.Span] = true
			reportLocalAddress(p, c, v, m)
		}
	}
}

// outwardWords, outwardBegins and ownAddress find variables, in capital letters, whose address is for a browser, or for somebody outside.
var (
	outwardWords  = strings.Fields("ORIGIN CORS REDIRECT CALLBACK ALLOWED DOMAIN WHITELIST EXTERNAL PUBLIC FRONTEND WEBSITE ADVERTISED HOSTNAME CANONICAL NEXTAUTH_URL TRUSTED REFERER CSRF LINK ISSUER")
	outwardBegins = strings.Fields("VITE_ NEXT_PUBLIC_ REACT_APP_ NUXT_PUBLIC_ VUE_APP_ PUBLIC_ EXPO_PUBLIC_ GATSBY_ NG_APP_ STORYBOOK_")
	ownAddress    = lazyregexp.New(`(^|_)(SITE|ROOT|BASE|APP|WEB|CLIENT|SERVER)_?URL`)
)

func isOutward(name string) bool {
	name = strings.ToUpper(name)
	begins := func(begin string) bool { return strings.HasPrefix(name, begin) }
	return containsAny(name, outwardWords) || slices.ContainsFunc(outwardBegins, begins) || strings.Contains(name, "URL") && ownAddress.MatchString(name)
}

// inward finds variables that tell a program where to listen.
var inward = lazyregexp.New(`(?i)(LISTEN|BIND|_ADDR$|HEALTH|PROBE|CONTROLLER_QUORUM|JMX|METRICS_ADDRESS)`)

// inside finds variables that name a service on the inside, also where it speaks HTTP.
var inside = lazyregexp.New(`(?i)(INTERNAL|UPSTREAM|BACKEND_HOST|PROXY_PASS|ELASTIC|OPENSEARCH|QDRANT|INFLUX|CLICKHOUSE|COUCH|WEAVIATE|CHROMA|MEILI|TYPESENSE|SOLR|OTEL_EXPORTER|OTLP)`)

func reportLocalAddress(p *fix.Pass, c *composed, v source.EnvironmentVariable, m []int) {
	scheme, port := "", v.Value[m[6]:m[7]]
	if m[2] >= 0 {
		scheme = v.Value[m[2]:m[3]]
	}
	other, at := serviceAt(p, c, port)
	if other == nil || ownPort(p, c, port) {
		return
	}
	host := strings.TrimRight(v.Value[m[4]:m[5]], ":, ")
	f := fix.Finding{Span: v.Node.Span, Message: v.Name + " of " + c.Name + " looks for " + other.Name + " at " + host + ", which is " + c.Name + " itself"}
	web := slices.Contains([]string{"http", "https", "ws", "wss"}, scheme) || scheme == "" && (other.has("build") || other.server(p).Sort == images.Web)
	if web && !inside.MatchString(v.Name) && !other.server(p).IsStore() {
		f.Reason = "for a browser it is right as it is; for " + c.Name + " itself it would be " + other.Name + ":" + at
		p.Report(f)
		return
	}
	f.Reason = "whether " + c.Name + " runs elsewhere too, with the same variable, is not known"
	span := source.Span{Start: v.Span.Start + m[4], End: v.Span.Start + m[7]}
	between := v.Value[m[4]+len(host) : m[5]]
	p.Report(inPlace(f, c, v, "call it "+other.Name+":"+at, []source.Splice{{Span: span, New: other.Name + between + at}}))
}

// inPlace gives a finding the fix that replaces a part of a value, where that stands in the file byte for byte.
func inPlace(f fix.Finding, c *composed, v source.EnvironmentVariable, title string, splices []source.Splice) fix.Finding {
	switch {
	case v.Via != nil || v.Node.Shared() != nil:
		f.Reason = "the variable stands in a text that other services use"
		return f
	case !v.Exact || v.Node.Declined != "":
		f.Reason = "the value is written with escapes or over several lines"
		return f
	}
	f.Fix = &fix.Fix{Title: title, Safety: fix.Unsafe, Edits: fix.Of(splices...), Changes: []string{"services." + c.Name + ".environment." + v.Name}}
	return f
}

// serviceAt is the other service that is meant by a port of the machine, and the port that it listens on: the one that publishes it, or
// the only one that listens on it. They share a network.
func serviceAt(p *fix.Pass, c *composed, port string) (other *composed, at string) {
	var only *composed
	n := 0
	for _, o := range servicesOf(p) {
		if o.Service == c.Service || !sharesNetwork(p, c, []string{o.Name}) {
			continue
		}
		for _, published := range o.Ports() {
			if defaultOf(published.Published) == port {
				return o, target(published)
			}
		}
		if listensOn(p, o, port) {
			only, n = o, n+1
		}
	}
	if n == 1 {
		return only, port
	}
	return nil, ""
}

// listensOn reports whether a service listens on a port: its image does, or its settings say so.
func listensOn(p *fix.Pass, c *composed, port string) bool {
	if server := c.server(p); server.Sort != images.Tool && slices.Contains(server.Ports, port) {
		return true
	}
	if f, ok := c.first("expose"); ok && slices.Contains(textsOf(f), port) {
		return true
	}
	return slices.ContainsFunc(c.Environment(), func(v source.EnvironmentVariable) bool {
		return v.Value == port && ownPortName.MatchString(v.Name) || listenVariable.MatchString(v.Name) && slices.Contains(portsOf(v.Value, c.Name), port)
	})
}

// listenVariable finds variables that tell a program the addresses at which it is reached.
var listenVariable = lazyregexp.New(`(?i)LISTEN|BIND|ADDR|PORT$`)

// portsOf are the ports of addresses in a text that are those of any host, or of a service of that name.
func portsOf(text, name string) (ports []string) {
	for _, m := range anyAddress.FindAllStringSubmatch(text, -1) {
		if slices.Contains([]string{"", "0.0.0.0", "[::]", "*", name}, m[1]) {
			ports = append(ports, m[2])
		}
	}
	return ports
}

// anyAddress finds addresses with a port, or a port alone.
var anyAddress = lazyregexp.New(`(?:^|//|,)([^/:,@]*|\[::\]):?(\d{2,5})(?:$|[,/])`)

// defaultOf is a port, or the default of the variable in its place.
func defaultOf(port string) string {
	if m := defaulted.FindStringSubmatch(port); m != nil {
		return m[1]
	}
	return port
}

// ownPort reports whether a service itself may listen on a port.
func ownPort(p *fix.Pass, c *composed, port string) bool {
	if slices.Contains(c.server(p).Ports, port) {
		return true
	}
	for _, own := range c.Ports() {
		if target(own) == port || defaultOf(own.Published) == port {
			return true
		}
	}
	if f, ok := c.first("expose"); ok && slices.Contains(textsOf(f), port) {
		return true
	}
	return slices.ContainsFunc(c.Environment(), func(v source.EnvironmentVariable) bool {
		return v.Value == port && ownPortName.MatchString(v.Name)
	})
}

// ownPortName finds the variables by which programs are told their own port.
var ownPortName = lazyregexp.New(`(?i)^(PORT|HTTP_PORT|SERVER_PORT|APP_PORT|LISTEN_PORT|WEB_PORT)$`)

// hostKinds are the prefixes of variables that name the host of a server, with parts of names of its images.
var hostKinds = []struct {
	prefix string
	images []string
}{
	{"POSTGRES", []string{"postgres", "postgis", "pgvector", "timescale"}}, {"PG", []string{"postgres", "postgis", "pgvector", "timescale"}}, {"MYSQL", []string{"mysql", "mariadb", "percona"}}, {"MARIADB", []string{"mariadb", "mysql"}}, {"REDIS", []string{"redis", "valkey", "keydb"}}, {"MONGO", []string{"mongo"}},
	{"RABBITMQ", []string{"rabbitmq"}}, {"MEMCACHED", []string{"memcached"}}, {"ELASTICSEARCH", []string{"elasticsearch"}}, {"CLICKHOUSE", []string{"clickhouse"}},
}

// reportLocalHost looks at a variable that names a host alone, such as REDIS_HOST.
func reportLocalHost(p *fix.Pass, c *composed, v source.EnvironmentVariable) {
	prefix, isHost := hostPrefix(v)
	if !isHost {
		return
	}
	var port *source.EnvironmentVariable
	for _, o := range c.Environment() {
		if o.Name == prefix+"PORT" && o.Set {
			port = &o
		}
	}
	other, at := hostMeant(p, c, prefix, port)
	if other == nil {
		return
	}
	f := fix.Finding{Span: v.Node.Span, Message: v.Name + " of " + c.Name + " looks for " + other.Name + " at " + v.Value + ", which is " + c.Name + " itself",
		Reason: "whether " + c.Name + " runs elsewhere too, with the same variable, is not known"}
	splices := []source.Splice{{Span: v.Span, New: other.Name}}
	f = inPlace(f, c, v, "call it "+other.Name, splices)
	if f.Fix != nil && port != nil && at != port.Value {
		if !port.Exact || port.Via != nil {
			f.Fix, f.Reason = nil, port.Name+" has to become "+at+" with it"
		} else {
			f.Fix.Title += ", at " + at
			f.Fix.Edits = append(f.Fix.Edits, fix.Replace(port.Span, at))
			f.Fix.Changes = append(f.Fix.Changes, "services."+c.Name+".environment."+port.Name)
		}
	}
	p.Report(f)
}

// hostPrefix is what stands before HOST in the name of a variable whose value is the container itself.
func hostPrefix(v source.EnvironmentVariable) (prefix string, ok bool) {
	if v.Value != "localhost" && v.Value != loopback {
		return "", false
	}
	prefix, ok = strings.CutSuffix(v.Name, "HOST")
	return prefix, ok && prefix != ""
}

// hostMeant is the service that a pair of variables for host and port means, and its port.
func hostMeant(p *fix.Pass, c *composed, prefix string, port *source.EnvironmentVariable) (other *composed, at string) {
	if port != nil {
		if ownPort(p, c, defaultOf(port.Value)) {
			return nil, ""
		}
		other, at = serviceAt(p, c, defaultOf(port.Value))
		if strings.Contains(port.Value, "$") {
			at = port.Value
		}
		return other, at
	}
	for _, kind := range hostKinds {
		if !strings.HasPrefix(strings.ToUpper(prefix), kind.prefix) {
			continue
		}
		for _, o := range servicesOf(p) {
			if o.Service != c.Service && o.server(p).IsStore() && containsAny(o.ref(p), kind.images) && sharesNetwork(p, c, []string{o.Name}) {
				if other != nil {
					return nil, ""
				}
				other = o
			}
		}
		return other, ""
	}
	return nil, ""
}
