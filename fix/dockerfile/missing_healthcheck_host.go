package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// hostArguments find what a source gives a server as its address: the second argument of listen, host: and hostname: among the options of
// listen and serve, host= of Python, the first of a pair.
var hostArguments = []*lazyregexp.Regexp{
	lazyregexp.New(`\.listen\(\s*[^,(){}\n]+(?:\([^()\n]*\)[^,(){}\n]*)?,\s*([^,\n]+)`),
	lazyregexp.New(`(?:\blisten|\bserve|\bserver|\bServer)\(\s*\{[^{}]*?\bhost(?:name)?["']?\s*:\s*([^,}\n]+)`),
	lazyregexp.New(`(?:\blisten|\bserve|\bserver|\bServer)\(\s*\{[^{}]*?\b(host(?:name)?)\s*[,}\n]`),
	lazyregexp.New(`\b(?:run|run_app|serve|start_server|create_server|make_server|run_simple|listen|launch|TCPSite)\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\b(?:host|hostname|address|server_name)\s*=\s*([^,)\n]+)`),
	lazyregexp.New(`\b(?:[A-Z]\w+Server|bind)\(\s*\(\s*([^,()\n]+(?:\([^()\n]*\))?[^,()\n]*),`),
	lazyregexp.New(`\b(?:make_server|run_simple)\(\s*([^,()=\n]+(?:\([^()\n]*\))?[^,()=\n]*),`),
	lazyregexp.New(`(?:ListenAndServe(?:TLS)?|net\.Listen|\.Run|\.Start|\.Listen)\(\s*(?:["']tcp\d?["'],\s*)?([A-Za-z_][\w.]*(?:\([^()\n]*\))?)\s*\+\s*["']:`),
	lazyregexp.New(`(?i)\b(host\w*|ip\w*|addr\w*|bind\w*)\s*\+\s*["']:`),
	lazyregexp.New(`\bJoinHostPort\(\s*([^,\n]+),`),
	lazyregexp.New(`((?:Sprintf|format!)\(\s*"(?:%[sv]|\{\w*\})):`),
}

// callbacks find a second argument of listen that is no address.
var callbacks = lazyregexp.New(`^(?:\(|function\b|async\b|\w+\s*=>|(?:on|cb|callback|done|log|start|err|ready|listening)\w*\s*[,);]?)|^\d+\s*\)`)

// plainHost finds an address that 127.0.0.1 is one of: all of them, or itself.
var plainHost = lazyregexp.New("^[\"'`]?(?:0\\.0\\.0\\.0|\\[?::\\]?|\\*|\\+|127\\.0\\.0\\.1|localhost|)[\"'`]?$|^(?:None|undefined|null|nil)$")

// otherHostIn reports whether a source gives its server an address that may not be one of 127.0.0.1.
func otherHostIn(text string) bool {
	return slices.ContainsFunc(hostArguments, func(r *lazyregexp.Regexp) bool {
		return slices.ContainsFunc(r.FindAllStringSubmatch(text, -1), func(m []string) bool {
			host := strings.TrimRight(strings.TrimSpace(m[1]), "); \t")
			return !plainHost.MatchString(host) && !callbacks.MatchString(m[1]) && !namesPlainHost(host, text)
		})
	})
}

// namesPlainHost reports whether a source gives a variable nothing but such an address.
func namesPlainHost(name, text string) bool {
	if !aName.MatchString(name) {
		return false
	}
	given := lazyregexp.New(`\b`+name+`\s*(?::\s*\w+\s*|:)?=([^=\n;,)]+)`).FindAllStringSubmatch(text, -1)
	for _, m := range given {
		if !plainHost.MatchString(strings.TrimSpace(m[1])) {
			return false
		}
	}
	return len(given) > 0
}

// aName is a variable alone.
var aName = lazyregexp.New(`^[A-Za-z_]\w*$`)

// hostOptions are the options of servers that take an address.
var hostOptions = []string{"--host", "--hostname", "--address", "--server.address", "--ip", "--interface", "-H", "-o", "--listen-address", "--http-host", "-Dserver.address"}

// otherHostOf reports whether the command of a server gives it an address that may not be one of 127.0.0.1.
func otherHostOf(words []string) bool {
	for i, w := range words {
		if strings.ContainsAny(w, "`") || strings.Contains(w, "$(") {
			return true // what it prints may be one
		}
		if i == 0 {
			continue
		}
		name, value, joined := strings.Cut(w, "=")
		switch {
		case joined && strings.HasPrefix(name, "-"):
		case strings.HasPrefix(words[i-1], "-") && !strings.Contains(words[i-1], "="):
			name, value = words[i-1], w
		default:
			name, value = "", w
		}
		if slices.Contains(hostOptions, name) && !strings.HasPrefix(value, "-") && !plainHost.MatchString(value) {
			return true
		}
		if !strings.Contains(value, ":") {
			continue
		}
		if m := hostAndPort.FindStringSubmatch(value); m != nil && !plainHost.MatchString(m[1]) && (slices.Contains(portOptions, name) || strings.Contains(m[1], "$")) {
			return true
		}
	}
	return false
}

// hostAndPort takes an address apart.
var hostAndPort = lazyregexp.New(`^(?:tcp:|https?://)?(\S*):(?:\d{1,5}|\$\{?\w+(?::-\d+)?\}?)/?$`)
