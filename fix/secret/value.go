package secret

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// Kind is what a value of a variable with the name of a secret is.
type Kind int

// The kinds of values.
const (
	None    Kind = iota // a switch, a number, a path, an address: no secret
	StandIn             // it stands where whoever uses the file puts a secret
	Literal             // the secret itself
)

var (
	switches = strings.Fields(`yes no true false 0 1 on off none null nil undefined disabled enabled optional required default auto - basic bearer token oauth oauth2 ldap local plain md5 sha256 trust scram-sha-256 internal external user_provided user_info`)
	number   = lazyregexp.New(`(?i)^\d+(\.\d+)*(ms|s|m|h|d|w|y|mb|kb|gb|k)?$`)
	place    = lazyregexp.New(`^(?:/|\./|\.\./|~/)[\w./ -]*$|\.(?:pem|key|crt|json|txt|ya?ml|pub)$`)
	address  = lazyregexp.New(`^[a-z][a-z0-9+.-]*://|^\d+\.\d+\.\d+\.\d+(?::\d+)?$`)
	// marks are values that are no words, and ask for another one; standIns do so in words.
	marks    = lazyregexp.New(`(?i)^(?:x{2,}|\*+|\.{2,}|-+|_+|#+|\?+|<.*>|\{\{.*\}\}|\[.*\]|%.*%|__.*__|\(.*\))$`)
	standIns = lazyregexp.New(`(?i)^(?:.*change[-_ ]?(?:me|this|it|in[-_ ]prod).*|(?:please[-_ ]?)?change[-_ ].*|` +
		`.*(?:dummy|placeholder|replace[-_ ]?(?:me|this|with)|fill[-_ ]?(?:me|in)|redacted|goes[-_ ]?here|insert[-_ ]).*|.*\b(?:fake|unused|not[-_ ]?(?:used|set|real|needed|required))\b.*|(?:your|my|the|some|a|enter|put|set|add|generate|use|create)[-_ ]+(?:(?:own|super|very|long|strong|random|secure|secret|api|access|jwt|db|database|admin|root|client|discord|telegram|bot|openai|app|new|private|[a-z0-9]+)[-_ ]+)*(?:password|passwd|pass|secret|token|key|here|value|string|hash|salt|credentials?)(?:[-_ ]?here)?|(?:choose|enter|insert|put)[a-z_ -]*here|long[-_ ]and[-_ ]random[a-z_ -]*|todo|tbd|fixme|n/?a|example)$`)
	// standInParts, standInEnds behind several words, and standInWords alone are texts of which each of standIns has one, in lower case: looking
	// for them is quick.
	standInParts = strings.Fields("change dummy placeholder replace fill redacted here insert fake unused not random")
	standInEnds  = strings.Fields("pass secret token key value string hash salt credential")
	standInWords = strings.Fields("todo tbd fixme n/a na example")

	// forms are values that only credentials have: keys of AWS, GitHub, GitLab, Slack, Stripe and OpenAI, private keys,
	// JSON web tokens, tokens of npm.
	forms = lazyregexp.New(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}|\bglpat-[A-Za-z0-9_-]{20}|\bxox[abprs]-[0-9A-Za-z-]{10}|\b[rs]k_live_[0-9A-Za-z]{16}|\bsk-(?:proj-)?[A-Za-z0-9_-]{32}|` +
		`-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.|\bnpm_[A-Za-z0-9]{36}\b`)
)

// Form reports whether a value has the form of a credential, whatever its name.
func Form(value string) bool {
	return len(value) >= shortestForm && hasAny(value, formParts) && forms.MatchString(value)
}

// shortestForm is the length of the shortest value that forms finds, a token of Slack.
const shortestForm = len("xoxb-0123456789")

// formParts are texts of which each form has one.
var formParts = strings.Fields("AKIA ASIA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox k_live_ sk- -----BEGIN eyJ npm_")

// Value tells what the value of a variable with the name of a secret is.
func Value(name, value string) Kind {
	trimmed := strings.Trim(strings.TrimSpace(value), `"'`) // quotes of a list item are part of the value, and mean nothing here
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "", isPlace(trimmed), isAddress(trimmed):
		return None
	case slices.Contains(switches, lower):
		return None
	case isDigit(trimmed[0]) && number.MatchString(trimmed) && !(Password(name) && len(trimmed) >= 4):
		return None
	case strings.IndexByte("xX*.-_#?<{[%(", trimmed[0]) >= 0 && marks.MatchString(trimmed), isStandIn(trimmed, lower):
		return StandIn
	}
	return Literal
}

// isStandIn asks standIns of a value, which is given in lower case too.
func isStandIn(value, lower string) bool {
	may := hasAny(lower, standInParts) || strings.ContainsAny(lower, "-_ ") && hasAny(lower, standInEnds) || slices.Contains(standInWords, lower)
	return may && standIns.MatchString(value)
}

// Most values are none of these, and lack a character that all of them have: no expression looks at them.

func isPlace(value string) bool {
	return strings.ContainsAny(value, "/.") && place.MatchString(value)
}

func isAddress(value string) bool {
	return (isDigit(value[0]) || strings.Contains(value, "://")) && address.MatchString(value)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

var (
	// url is an address with a password and its host; the user may be missing, as in redis://:password@host.
	url = lazyregexp.New(`[A-Za-z][A-Za-z0-9+.\-]{0,63}://[^\s:/@?#'"]*:([^\s@/?#'"]+)@([^\s/:?#,'"]*)`)
	// pairs are the settings of a connection: Server=db;Password=secret, ?user=x&password=secret, host=db password=secret.
	pairs = lazyregexp.New(`(?i)(?:[?&;,]|;?\s)\s*(?:password|pwd)\s*=\s*([^&;,\s'"]+)`)
)

// mayHaveSettings is a plain look at what pairs cannot be without: a password behind something else, whose value does not begin with a quote.
func mayHaveSettings(text string) bool {
	for i := range len(text) {
		if text[i] != '=' {
			continue
		}
		value := strings.TrimLeft(text[i+1:], blanks)
		if value != "" && strings.IndexByte("&;,'\"", value[0]) < 0 && behindOther(text[:i], "password", "pwd") {
			return true
		}
	}
	return false
}

// behindOther reports whether a text ends with one of some names, behind a blank or what parts settings.
func behindOther(text string, names ...string) bool {
	text = strings.TrimRight(text, blanks)
	return slices.ContainsFunc(names, func(name string) bool {
		at := len(text) - len(name)
		return at > 0 && endsLike(text, name) && strings.IndexByte("?&;,"+blanks, text[at-1]) >= 0
	})
}

// sets reports whether one of some names stands in a text before a =, in letters of either kind.
func sets(text string, names ...string) bool {
	for i := range len(text) {
		if text[i] != '=' {
			continue
		}
		before := strings.TrimRight(text[:i], blanks)
		if slices.ContainsFunc(names, func(name string) bool { return endsLike(before, name) }) {
			return true
		}
	}
	return false
}

// InVariable finds the passwords in the value of a variable: those of Within, and what stands behind the user in NEO4J_AUTH
// (neo4j.com/docs/operations-manual, Docker).
func InVariable(name, value string) []Place {
	if name == "NEO4J_AUTH" {
		if user, password, ok := strings.Cut(value, "/"); ok && password != "" {
			return []Place{{From: len(user) + 1, To: len(value)}}
		}
	}
	return Within(value)
}

// Place is a password in a longer text.
type Place struct {
	From, To int    // bytes of the text
	Host     string // that the password is for; "" where the text does not tell
}

// hostSetting is the host among the settings of a connection.
var hostSetting = lazyregexp.New(`(?i)(?:^|[?&;,\s])\s*(?:server|host|data source)\s*=\s*(?:tcp:)?([^&;,:\s'"]+)`)

// hostAmong is the host among the settings of a connection; "" for none.
func hostAmong(text string) string {
	if !sets(text, "server", "host", "data source") {
		return ""
	}
	if h := hostSetting.FindStringSubmatch(text); h != nil {
		return h[1]
	}
	return ""
}

// Within finds the passwords in the addresses and the settings of a connection that a text is made of.
func Within(text string) []Place {
	list := inAddresses(text)
	if mayHaveSettings(text) {
		matches := pairs.FindAllStringSubmatchIndex(text, -1)
		host := ""
		if len(matches) > 0 {
			host = hostAmong(text)
		}
		for _, m := range matches {
			found := Place{From: m[2], To: m[3], Host: host}
			if !slices.ContainsFunc(list, func(o Place) bool { return o.From < found.To && found.From < o.To }) {
				list = append(list, found)
			}
		}
	}
	slices.SortFunc(list, func(a, b Place) int { return a.From - b.From })
	return list
}

// inAddresses finds the passwords in addresses, which have no blanks: only the words of a text that could be one are looked at.
func inAddresses(text string) (list []Place) {
	if !strings.Contains(text, "://") {
		return nil
	}
	for from := 0; from < len(text); {
		to := from + 1
		if !isBlank(text[from]) {
			for to < len(text) && !isBlank(text[to]) {
				to++
			}
			if word := text[from:to]; strings.Contains(word, "://") && strings.Contains(word, "@") {
				for _, m := range url.FindAllStringSubmatchIndex(word, -1) {
					list = append(list, Place{From: from + m[2], To: from + m[3], Host: word[m[4]:m[5]]})
				}
			}
		}
		from = to
	}
	return list
}

// blanks are what \s stands for in expressions.
const blanks = " \t\r\n\f"

// isBlank tells one of them.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }
