package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// runner is a service with what tells where its server listens.
type runner struct {
	around   *around
	service  *source.Service
	launched launched
	settings settings
}

// verdict is how far a condition holds.
type verdict int

const (
	no     verdict = iota
	unsure         // it depends on a variable, or on a file that could not be read
	yes
)

// choose takes the first check whose needs hold, and asks whether the service moves the server away from where it looks.
func (q *question) choose(r runner, checks []*images.Check) {
	missing, needs := "", no
	for _, c := range checks {
		q.check = c
		if needs, missing = r.needs(c); needs != no {
			break
		}
	}
	q.test = strings.ReplaceAll(q.check.Test, "$", "$$")
	switch {
	case needs == no:
		q.refuse = "the check needs " + missing
		return
	case needs == unsure:
		q.doubt("%s depends on what is not in this file", missing)
	}
	if q.refuse = r.refusal(q.check); q.refuse != "" {
		return
	}
	q.password(r)
	q.listener(r)
}

// needs tells whether all needs of a check hold, and names the one that does least.
func (r runner) needs(c *images.Check) (verdict, string) {
	worst, which := yes, ""
	for _, any := range c.Needs {
		best := no
		for _, condition := range any {
			best = max(best, r.holds(condition))
		}
		if best < worst {
			worst, which = best, needText(any)
		}
	}
	return worst, which
}

// needText is a need in words.
func needText(any []string) string {
	var parts []string
	for _, condition := range any {
		switch name, unset := strings.CutPrefix(condition, "!"); {
		case unset:
			parts = append(parts, "no "+name)
		case condition == images.Default:
			parts = append(parts, "the command of the image")
		case strings.HasPrefix(condition, "-"), !strings.Contains(condition, "="):
			parts = append(parts, condition+" in its command")
		default:
			parts = append(parts, condition+" in its environment")
		}
	}
	return strings.Join(parts, ", or ")
}

// holds tells whether one condition of a need does.
func (r runner) holds(condition string) verdict {
	unread := func(v verdict) verdict {
		if len(r.settings.unread) > 0 {
			return unsure
		}
		return v
	}
	if condition == images.Default {
		return verdictOf(!r.launched.given)
	}
	if name, ok := strings.CutPrefix(condition, "!"); ok {
		if _, set := r.settings.values[name]; set {
			return no
		}
		return unread(yes)
	}
	name, want, ok := strings.Cut(condition, "=")
	if ok && !strings.HasPrefix(name, "-") {
		value, set := r.settings.values[name]
		plain, settled := source.WithoutVariables(value)
		switch {
		case !set:
			return unread(no)
		case settled && plain == value || !strings.Contains(value, "$"):
			return verdictOf(strings.EqualFold(strings.Trim(plain, `"'`), want) || name == "MARIADB_AUTO_UPGRADE" && plain != "")
		case settled && strings.EqualFold(plain, want):
			return unsure
		}
		return no
	}
	for _, w := range r.launched.words {
		if w == condition || strings.EqualFold(w, condition+"=true") {
			return yes
		}
	}
	return no
}

func verdictOf(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

// refusal is why the check would ask the wrong place, or something that is no server.
func (r runner) refusal(c *images.Check) string {
	l := r.launched
	if l.script != "" {
		return "what its script starts, and with which options, cannot be read"
	}
	for _, option := range c.Moves {
		if value, ok := l.option(option); ok && !harmless(value, c.Port) {
			return fmt.Sprintf("its command has %s, with which the check may get no answer", strings.TrimSuffix(option, "="))
		}
	}
	for _, variable := range c.Variables {
		if value, ok := r.settings.values[variable]; ok && !harmless(value, c.Port) && !allowsWords(variable, value) {
			if javaOptions.MatchString(variable) {
				return fmt.Sprintf("its environment has %s, and the program that asks would open the same port", variable)
			}
			return fmt.Sprintf("its environment has %s, with which the check may get no answer", variable)
		}
	}
	return ""
}

// javaOptions finds variables that every program of Kafka reads, not only the server.
var javaOptions = lazyregexp.New(`^(?:KAFKA_)?JMX_|^KAFKA_OPTS$`)

// allowsWords tells of ZooKeeper's list of words that it lets the check through, and of the options of initdb that they move no server.
func allowsWords(variable, value string) bool {
	if variable == "POSTGRES_INITDB_ARGS" {
		return !strings.Contains(value, "port") && !strings.Contains(value, "listen") && !strings.Contains(value, "$")
	}
	return variable == "ZOO_4LW_COMMANDS_WHITELIST" && (strings.Contains(value, "srvr") || strings.TrimSpace(value) == "*")
}

// everywhere are addresses that a server which listens there is reached at over 127.0.0.1.
var everywhere = []string{"", "0.0.0.0", "*", "127.0.0.1", "[::]", "localhost", "_local_"}

// harmless tells that a value of an option or a variable says what is so anyway: the port that the check asks, or an address with
// 127.0.0.1 in it.
func harmless(value, port string) bool {
	value = strings.Trim(value, `"' `)
	if value == "" || strings.Contains(value, "$") {
		return false
	}
	if value == port || slices.Contains(everywhere, value) {
		return true
	}
	if strings.Contains(value, ",") {
		return slices.ContainsFunc(strings.Split(value, ","), func(one string) bool { return slices.Contains(everywhere[1:], strings.TrimSpace(one)) })
	}
	value = strings.TrimPrefix(value, "http://")
	host, ok := strings.CutSuffix(value, ":"+port)
	return ok && slices.Contains(everywhere, host)
}
