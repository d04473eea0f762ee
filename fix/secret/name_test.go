package secret

import (
	"maps"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// strongWords are the words that mean a secret, as one regular expression.
var strongWords = regexp.MustCompile(`(?:^|_)(?:[A-Z0-9]*PASSWORDS?\d*|[A-Z0-9]*PASSWD|PASSPHRASE|PASS|PWD|[A-Z0-9]*SECRETS?|[A-Z0-9]*TOKEN|APIKEY|CREDENTIALS?|PASSCODE|PSK|SALT|DSN)(?:_|$)`)

// aboutEnds are the ends of names that hold no secret, as one regular expression.
var aboutEnds = regexp.MustCompile(`_(?:` + strings.Join(slices.Collect(maps.Keys(about)), "|") + `)$`)

// switchStarts are the beginnings of names that are no secret, as one regular expression.
var switchStarts = regexp.MustCompile(`^(?:` + strings.Join(switchBegins, "|") + `)|^PWD$`)

// switchParts are words of names that are no secret, as one regular expression.
var switchParts = regexp.MustCompile(`(?:^|_)(?:` + strings.ReplaceAll(strings.Trim(strings.Join(switchWords, ""), "_"), "__", "|") + `)(?:_|$)`)

// passwordEnds are the ends of names of passwords, as one regular expression.
var passwordEnds = regexp.MustCompile(`(?:^|_)(?:[A-Z0-9]*PASSWORD\d*|[A-Z0-9]*PASSWD|PASS|PWD|PASSCODE)$`)

// TestQuickLook holds that the looks for words and parts of names find what the regular expressions find.
func TestQuickLook(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	words := strings.Fields("password Passwd pass PWD secret SECRETS token apikey API Key key_base KEY64 credential Credentials passcode psk salt DSN db my app jwt session service_role file url expires_in max_age reset fingerprint fernet PASSWORDS2 token1 mytoken name host id user x 1 allow use MAX public")
	found := 0
	for range 20_000 {
		var name strings.Builder
		for range 1 + r.Intn(4) {
			name.WriteString(words[r.Intn(len(words))] + []string{"", "_", "-", "."}[r.Intn(4)])
		}
		snake := Snake(name.String())
		want := (strongWords.MatchString(snake) || keyish.MatchString(snake)) && !aboutEnds.MatchString(snake) && !switchStarts.MatchString(snake) && !switchParts.MatchString(snake)
		if again := separator.ReplaceAllString(snake, "_"); snake != again || snake != "" && !isSnake(snake) {
			t.Errorf("%s: %s is not in the form of an environment variable", name.String(), snake)
		}
		if isSnake(name.String()) && snake != name.String() {
			t.Errorf("%s is changed to %s", name.String(), snake)
		}
		if Name(name.String()) != want {
			t.Errorf("%s: %t, want %t", name.String(), !want, want)
		}
		if got := Password(name.String()); got != (want && passwordEnds.MatchString(snake)) {
			t.Errorf("%s is a password: %t", name.String(), got)
		}
		if want {
			found++
		}
	}
	if found == 0 {
		t.Error("no name is one of a secret")
	}
}
