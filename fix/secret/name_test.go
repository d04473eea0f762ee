package secret

import (
	"math/rand"
	"strings"
	"testing"
)

// TestQuickLook holds that the look for parts of names leaves out none that the regular expressions find.
func TestQuickLook(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	words := strings.Fields("password Passwd pass PWD secret SECRETS token apikey API Key key_base KEY64 credential Credentials passcode psk salt DSN db my app jwt session service_role fernet name host id user x 1")
	found := 0
	for range 20_000 {
		var name strings.Builder
		for range 1 + r.Intn(3) {
			name.WriteString(words[r.Intn(len(words))] + []string{"", "_", "-", "."}[r.Intn(4)])
		}
		snake := Snake(name.String())
		want := (strong.MatchString(snake) || keyish.MatchString(snake)) && !about.MatchString(snake) && !without.MatchString(snake)
		if Name(name.String()) != want {
			t.Errorf("%s: %t, want %t", name.String(), !want, want)
		}
		if want {
			found++
		}
	}
	if found == 0 {
		t.Error("no name is one of a secret")
	}
}
