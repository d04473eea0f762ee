package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// portOptions are the options of servers that take a port, or an address that ends in one.
var portOptions = []string{"-p", "--port", "-b", "--bind", "--server.port", "--http-port", "-l", "--listen", "-a", "--server-port", "-Dserver.port", "--server_port", "--urls", "-P", "--bind-addr"}

var (
	portNumber   = lazyregexp.New(`^[0-9]{1,5}$`)
	portVariable = lazyregexp.New(`^\$\{?([A-Z_][A-Z0-9_]*)(?::-([0-9]{1,5}))?\}?$`)
	addressPort  = lazyregexp.New(`^(?:tcp:|https?://)?(?:[\w.*+-]*|\[[0-9a-fA-F:]*\]):(\d{1,5}|\$\{?[A-Z_][A-Z0-9_]*(?::-[0-9]{1,5})?\}?)/?$`)
)

// literalPort is the port that the words of a server say: digits, or a variable with its default in ${NAME:-3000} form. The
// second result is why the words say that there is no TCP port, or several.
func literalPort(p program) (port, why string) {
	var found []string
	add := func(value string) {
		if port := portOf(value); port != "" && !slices.Contains(found, port) {
			found = append(found, port)
		}
		if strings.HasPrefix(value, "unix:") || strings.HasPrefix(value, "fd://") {
			why = "it listens on a socket in the file system"
		}
	}
	for i, w := range p.words {
		if i == 0 {
			continue
		}
		name, value, joined := strings.Cut(w, "=")
		switch {
		case joined && slices.Contains(portOptions, name):
			add(value)
		case i > 0 && slices.Contains(portOptions, p.words[i-1]) && !strings.HasPrefix(w, "-"):
			add(w)
		case len(w) > 2 && (strings.HasPrefix(w, "-b") || strings.HasPrefix(w, "-p")) && w[1] != '-' && portOf(w[2:]) != "":
			add(w[2:])
		case p.name == "python" && slices.Contains(p.words, "runserver") && i > 1 && (addressPort.MatchString(w) || portNumber.MatchString(w)):
			add(w)
		case p.name == "http.server" && portNumber.MatchString(w):
			add(w)
		case p.name == "php" && p.words[i-1] == "-S":
			add(w)
		}
	}
	if all := strings.Join(p.words, " "); strings.Contains(all, "--uds") || strings.Contains(all, " --fd") {
		why = "it listens on a socket in the file system"
	}
	switch {
	case len(found) > 1:
		return "", "its command names several ports: " + strings.Join(found, ", ")
	case len(found) == 1:
		return found[0], ""
	}
	return "", why
}

// portOf is the port of a value: 8000, :8000, 0.0.0.0:8000, $PORT, 0.0.0.0:${PORT:-8000}.
func portOf(value string) string {
	value = strings.Trim(value, `"'`)
	if m := addressPort.FindStringSubmatch(value); m != nil {
		value = m[1]
	}
	if portNumber.MatchString(value) || portVariable.MatchString(value) {
		return value
	}
	return ""
}

// exposedPorts are the TCP ports that EXPOSE names in the chain, digits only where no variable stands in them.
func exposedPorts(l *launch) []string {
	var ports []string
	for _, in := range l.all() {
		if in.Name != "EXPOSE" {
			continue
		}
		for _, w := range in.Args {
			port, protocol, _ := strings.Cut(strings.Trim(w.Text, `"'`), "/")
			if strings.EqualFold(protocol, "udp") || strings.EqualFold(protocol, "sctp") {
				continue
			}
			if i := strings.LastIndexByte(port, ':'); i >= 0 && !strings.Contains(port, "$") {
				port = port[i+1:]
			}
			if strings.HasPrefix(port, "$") {
				port = l.exposedVariable(port)
			}
			if !slices.Contains(ports, port) {
				ports = append(ports, port)
			}
		}
	}
	return ports
}

// exposedVariable is the value of a port that is one variable, where the file gives it one, else the port as it is.
func (l *launch) exposedVariable(port string) string {
	if m := portVariable.FindStringSubmatch(port); m != nil {
		if value, ok := l.variable(m[1]); ok {
			return value
		}
	}
	return port
}

// variable is the value that an ENV or the default of an ARG gives to a name in the chain.
func (l *launch) variable(name string) (string, bool) {
	value, set := "", false
	for _, in := range l.all() {
		if in.Name != "ARG" && in.Name != "ENV" {
			continue
		}
		for _, p := range in.Pairs {
			if p.Name.Text == name && p.HasValue {
				value, set = strings.Trim(p.Value.Text, `"'`), true
			}
		}
	}
	return value, set && !strings.Contains(value, "$")
}
