package dockerfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// lowPort tells a port that only root can open where the kernel is not told otherwise, as Docker tells it since 20.10, and one that
// may be such.
func lowPort(l *launch) string {
	ports := exposedPorts(l)
	for _, w := range l.program.words {
		if i := strings.LastIndexByte(w, ':'); i >= 0 && !strings.Contains(w, "://") {
			ports = append(ports, w[i+1:])
		}
	}
	literal, _ := literalPort(l.program)
	if m := portVariable.FindStringSubmatch(literal); m != nil {
		literal = m[2]
		if value, set := l.env(m[1]); set {
			literal = portOf(value)
		}
		if known := slices.ContainsFunc(ports, portNumber.MatchString); literal == "" && !known {
			return fmt.Sprintf("its port comes from %s, which nothing gives a value, and one below 1024 needs root where low ports are not open to all", m[1])
		}
	}
	if literal != "" {
		ports = append(ports, literal)
	}
	if len(ports) == 0 && l.base != nil {
		ports = append(ports, l.image.Port)
	}
	if !slices.ContainsFunc(ports, portNumber.MatchString) {
		said, doubt := portOfSource(l)
		if doubt != "" {
			return doubt
		}
		ports = append(ports, said...)
	}
	for _, port := range ports {
		if n, err := strconv.Atoi(port); err == nil && 0 < n && n < 1024 {
			return fmt.Sprintf("port %d needs root where low ports are not open to all, as in Kubernetes", n)
		}
	}
	return ""
}

var (
	// opensPort finds calls that open a port, in Go, JavaScript and Rust.
	opensPort = lazyregexp.New(`\.listen\(|\bListenAndServe|\bnet\.Listen\(|\.Listen\(|TcpListener::bind|Bun\.serve|Deno\.serve`)
	// addressRead finds where a source reads a variable that is named for a port or an address.
	addressRead = lazyregexp.New(`(?:process\.env(?:\.|\[\s*["'])|(?i:getenv|lookupenv|environ\.get|env\.get|env\.fetch|env::var)\(\s*["']|(?:environ|ENV)\[\s*["'])(\w*(?:PORT|ADDR|LISTEN|BIND)\w*)`)
	// anyPort finds an address with a port in quotes.
	anyPort = lazyregexp.New(`["'][\w.\[\]]*:(\d{2,5})["']`)
)

// portOfSource are the ports that the sources of a program name, for one that opens a port, or why that is not known.
func portOfSource(l *launch) (ports []string, doubt string) {
	if l.program.server {
		return nil, ""
	}
	text := l.entryText()
	reads := addressRead.FindAllStringSubmatch(text, -1)
	reads = slices.DeleteFunc(reads, func(m []string) bool { return otherServer.MatchString(m[1]) })
	if !opensPort.MatchString(text) && len(reads) == 0 {
		return nil, ""
	}
	for _, m := range reads {
		if value, set := l.env(m[1]); set {
			ports = append(ports, portOf(value))
		}
	}
	for _, r := range append(slices.Clone(sourcePorts), anyPort) {
		for _, m := range r.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(otherPorts, m[1]) {
				ports = append(ports, m[1])
			}
		}
	}
	if slices.ContainsFunc(ports, portNumber.MatchString) {
		return ports, ""
	}
	if len(reads) > 0 {
		return nil, fmt.Sprintf("its port comes from %s, which nothing gives a value, and one below 1024 needs root where low ports are not open to all", reads[0][1])
	}
	return nil, "which port it opens is not known, and one below 1024 needs root where low ports are not open to all"
}
