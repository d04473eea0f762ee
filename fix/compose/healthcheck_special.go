package compose

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// containerVariable finds a variable of the container in the words of a command, for which Compose wants $$; noAuthVariable, versions
// whose client reads no password from its environment.
var (
	containerVariable = lazyregexp.New(`^\$\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})$`)
	noAuthVariable    = lazyregexp.New(`:[1-4](?:[.-]|$)`)
)

// password gives the check of a Redis the password that the server is started with, in the variable that its clients read, so that it
// stands in no list of processes.
func (q *question) password(r runner) {
	if !strings.HasPrefix(q.check.Test, "redis-cli") && !strings.HasPrefix(q.check.Test, "valkey-cli") {
		return
	}
	value, ok := r.launched.option("--requirepass")
	if !ok || value == "" {
		return
	}
	if noAuthVariable.MatchString(q.image) {
		q.refuse = "its command sets a password, which the client of this version takes in its arguments only"
		return
	}
	if m := containerVariable.FindStringSubmatch(value); m != nil {
		q.test = `REDISCLI_AUTH="$$` + m[1] + m[2] + `" ` + q.test
		return
	}
	refs, ok := source.References(value)
	if !ok || len(refs) != 1 || refs[0].Start != 0 || refs[0].End != len(value) {
		q.refuse = "its password stands in its command: once that is a variable the check can have it too"
		if strings.Contains(value, "$") {
			q.refuse = "the password in its command is more than a variable: with one alone the check could have it too"
		}
		return
	}
	if name := r.settings.holding(value); name != "" {
		q.test = `REDISCLI_AUTH="$$` + name + `" ` + q.test
		return
	}
	// The password is a word of its own: no shell reads what is in it.
	q.test = "[" + strings.Join([]string{`"sh"`, `"-c"`, jsonText(`REDISCLI_AUTH="$$1" ` + q.test), `"sh"`, jsonText(value)}, ", ") + "]"
}

// holding is the variable of the container that has the value of a reference such as ${REDIS_PASSWORD}; "" for none.
func (e settings) holding(reference string) string {
	var names []string
	for name, value := range e.values {
		if value == reference {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// listener puts the port of a listener of Kafka without TLS and accounts into the check.
func (q *question) listener(r runner) {
	if !strings.Contains(q.test, "{port}") {
		return
	}
	listeners, ok := r.settings.values["KAFKA_LISTENERS"]
	if !ok && strings.HasPrefix(q.image, "confluentinc/") { // its entrypoint takes the ports of what is advertised
		listeners, ok = r.settings.values["KAFKA_ADVERTISED_LISTENERS"]
		listeners = advertisedHost.ReplaceAllString(listeners, "://:")
	}
	port := q.check.Port
	if ok {
		port = plainListener(listeners, r.settings.values)
	} else if len(r.settings.values) > 0 {
		port = "" // the image drops its own configuration where the environment has one
	}
	if port == "" {
		q.refuse = "none of its listeners is known to take connections on 127.0.0.1 without TLS and accounts"
		return
	}
	q.test = strings.ReplaceAll(q.test, "{port}", port)
}

// advertisedHost finds the host of a listener that is told to clients.
var advertisedHost = lazyregexp.New(`://[^:/,]*:`)

// listenerForm is NAME://HOST:PORT.
var listenerForm = lazyregexp.New(`^([A-Z0-9_]+)://([^:]*):(\d+)$`)

// plainListener is the port of the first listener for clients in plain text.
func plainListener(listeners string, env map[string]string) string {
	protocols := map[string]string{"PLAINTEXT": "PLAINTEXT"}
	for _, pair := range strings.Split(env["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"], ",") {
		name, protocol, _ := strings.Cut(strings.TrimSpace(pair), ":")
		protocols[name] = protocol
	}
	controllers := strings.Split(env["KAFKA_CONTROLLER_LISTENER_NAMES"]+",CONTROLLER", ",")
	for _, l := range strings.Split(listeners, ",") {
		m := listenerForm.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil || slices.Contains(controllers, m[1]) || protocols[m[1]] != "PLAINTEXT" || !slices.Contains(everywhere, m[2]) {
			continue
		}
		return m[3]
	}
	return ""
}
