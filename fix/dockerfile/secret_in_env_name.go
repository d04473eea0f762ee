package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// kindOfSecret says why a variable counts as a secret.
type kindOfSecret int

const (
	noSecret     kindOfSecret = iota
	secretByName              // an ARG without a value, by its name
	secretValue               // the name says so, and a value stands beside it
	secretForm                // the value has the form of a credential, whatever the name
	secretCopied              // an ENV that takes its value from an ARG that is a secret by its name
)

var (
	// secretWords and harmlessWords are those of BuildKit's check SecretsUsedInArgOrEnv, with the words run together that
	// it does not see (PGPASS, DBPASSWORD).
	secretWords   = lazyregexp.New(`(?i)(?:_|^)(?:apikey|auth|credentials?|key|[a-z0-9]*password|pword|[a-z0-9]*passwd|passphrase|pass|pwd|secret|token)(?:_|$)`)
	harmlessWords = lazyregexp.New(`(?i)(?:_|^)(?:public|pub|file|version)(?:_|$)`)
	// namesOfOther are names with such a word that mean something about a secret, or none.
	namesOfOther = lazyregexp.New(`(?i)(?:^(?:allow|disable|enable|require|use|skip|no|has|is|show|hide|force|random|generate|max|min|num|pwd$)(?:_|$)|(?:^|_)allow_empty_|` +
		`_(?:path|dir|directory|url|uri|host|port|endpoint|type|method|mode|algorithm|format|expiry|expires?|expiration|ttl|timeout|lifetime|length|size|bits|name|user|username|header|prefix|issuer|server|servers|provider|backend|driver|enabled|disabled|required|policy|strategy|plugin|domain|realm|hash|fingerprint|sha|sha256|sum|arn|region|package|pattern|regex|fpr)$)`)
	// keysOfOther are names that end in KEY and mean a name, a fingerprint or a place in a table.
	keysOfOther = lazyregexp.New(`(?i)(?:^|_)(?:gpg|pgp|apt|repo|repository|signing_gpg|cache|primary|sort|partition|foreign|public|site|host|object|map|release|nginx_gpg|gnupg)_?keys?(?:_|$)|^keys?$|^auth$`)

	// forms are values that only credentials have: keys of AWS, GitHub, GitLab, Slack, Stripe and OpenAI, private keys,
	// JSON web tokens, and addresses with a password.
	forms = lazyregexp.New(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}|\bglpat-[A-Za-z0-9_-]{20}|\bxox[abprs]-[0-9A-Za-z-]{10}|\b[rs]k_live_[0-9A-Za-z]{16}|\bsk-(?:proj-)?[A-Za-z0-9_-]{32}|` +
		`-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.|\bnpm_[A-Za-z0-9]{36}\b`)
	withPassword = lazyregexp.New(`[a-z][a-z0-9+.-]*://[^\s/:@"'$]*:([^\s/@"'$]{3,})@[^\s/]`)

	// harmless values: switches, numbers with a unit, versions, fingerprints, names of places, and stand-ins.
	switches      = []string{"true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "default", "auto", "enabled", "disabled", "optional", "required", "basic", "bearer", "token", "password", "oauth", "oauth2", "ldap", "local", "plain", "md5", "sha256", "user_provided", "trust"}
	plainNumber   = lazyregexp.New(`^[0-9][0-9.,]*\s*(?:ms|s|m|h|d|[kmgt]i?b?)?$`)
	fingerprint   = lazyregexp.New(`^(?:0x)?(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})(?:\s+(?:0x)?(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40}))*$`)
	standIn       = lazyregexp.New(`(?i)^(?:x{2,}|[0-]+|\*+|\.{2,}|-+|<.*>|\{\{.*\}\}|\[.*\]|.*(?:dummy|placeholder).*|.*\b(?:fake|unused|not[-_ ]?(?:used|set|real|needed|required)|precompile|build[-_ ]?time|example|insert|replace)\b.*|your[-_ ].*|to[-_ ]?be[-_ ].*|dummy.*|fake.*|placeholder.*|replace.?me|fill.?me)$`)
	onlyReference = lazyregexp.New(`^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::[-+?]?[^}]*)?\})$`)
)

// secretKind decides whether a variable holds a secret.
func secretKind(doc *source.Document, in *source.Instruction, p source.Pair) kindOfSecret {
	value := plainValue(p)
	if p.HasValue || p.Legacy || in.Name == "ENV" {
		if hasSecretForm(value) {
			return secretForm
		}
	}
	if !secretName(strings.Trim(p.Name.Text, `"'`)) {
		return noSecret
	}
	switch {
	case in.Name == "ARG" && (!p.HasValue || value == ""):
		if in.Stage < 0 {
			return noSecret // a stage that asks for it has an ARG of its own
		}
		return secretByName
	case onlyReference.MatchString(value):
		if in.Name == "ENV" && copiesArgument(doc, in, value) {
			return secretCopied
		}
		return noSecret
	case harmlessValue(p.Name.Text, value):
		return noSecret
	}
	return secretValue
}

// partsOfForms are texts one of which is in every value that forms finds.
var partsOfForms = []string{"AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_", "sk-", "PRIVATE KEY", "eyJ", "npm_"}

func hasSecretForm(value string) bool {
	const shortest = len("xoxb-0123456789")
	if len(value) >= shortest && containsAny(value, partsOfForms) && forms.MatchString(value) {
		return true
	}
	if !strings.Contains(value, "://") || !strings.Contains(value, "@") {
		return false
	}
	m := withPassword.FindStringSubmatch(value)
	return m != nil && !isStandIn(m[1])
}

// partsOfSecrets are texts one of which is in every name that secretWords finds.
var partsOfSecrets = []string{"KEY", "AUTH", "CRED", "PASS", "PWD", "PWORD", "SECRET", "TOKEN"}

func secretName(name string) bool {
	upper := strings.ToUpper(name)
	return containsAny(upper, partsOfSecrets) && secretWords.MatchString(name) && !harmlessWords.MatchString(name) && !namesOfOther.MatchString(name) && !keysOfOther.MatchString(name)
}

// booleans are defaults that make a switch of a build argument, whatever its name says.
var booleans = []string{"true", "false", "yes", "no"}

// copiesArgument reports whether a value is that of an ARG of the stage before it: the ARG is a finding of its own, but
// what ENV makes of it is worse.
func copiesArgument(doc *source.Document, in *source.Instruction, value string) bool {
	for _, name := range source.VariableNames(value) {
		for _, other := range doc.Dockerfile.Instructions {
			if other.Name == "ARG" && other.Start < in.Start && other.Stage == in.Stage && slices.ContainsFunc(other.Pairs, func(p source.Pair) bool {
				return p.Name.Text == name && !slices.Contains(booleans, strings.ToLower(plainValue(p)))
			}) {
				return true
			}
		}
	}
	return false
}

func harmlessValue(name, value string) bool {
	lower := strings.ToLower(value)
	// A password can be a number.
	number := plainNumber.MatchString(lower) && !(passwordName.MatchString(name) && len(value) >= 4)
	return value == "" || number || slices.Contains(switches, lower) || fingerprint.MatchString(value) || isPlace(value) || isStandIn(value) || strings.Contains(value, "$(")
}

var passwordName = lazyregexp.New(`(?i)(?:password|passwd|pass|pwd|pword|secret)$`)

// isPlace tells paths and addresses without a password.
func isPlace(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "~/") || strings.HasPrefix(value, "$HOME/") || strings.Contains(value, "://") || strings.HasSuffix(value, ".pem") || strings.HasSuffix(value, ".key") || strings.HasSuffix(value, ".crt")
}

func isStandIn(value string) bool { return standIn.MatchString(value) }

// guessed are values that stand in every list of passwords.
var guessed = []string{"admin", "administrator", "root", "password", "passwd", "pass", "secret", "test", "guest", "user", "demo", "changeme", "change_me", "change-me", "changeit", "letmein", "qwerty", "123456", "12345678", "123456789", "weakpassword"}

// known reports whether the value is a default that protects nothing: a common password, the name of the user beside it, or a word
// of its own name, as in POSTGRES_PASSWORD=postgres.
func (s *secret) known() bool {
	value := strings.ToLower(plainValue(s.pair))
	words := strings.Split(strings.ToLower(s.name), "_")
	if slices.Contains(guessed, value) || slices.Contains(words, value) {
		return true
	}
	for in := range instructions(s.doc, "ENV", "ARG") {
		for _, p := range in.Pairs {
			if userName.MatchString(p.Name.Text) && strings.ToLower(plainValue(p)) == value {
				return true
			}
		}
	}
	return false
}

var userName = lazyregexp.New(`(?i)user(?:_?name|_admin)?$|login$`)

// plainValue is a value without the quotes around it.
func plainValue(p source.Pair) string {
	return strings.TrimSpace(strings.Trim(strings.TrimSpace(p.Value.Text), `"'`))
}
