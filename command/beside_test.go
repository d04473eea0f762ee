package command

import (
	"strings"
	"testing"
)

// What is said about a .env that is left out of a diff names the variables that are written there, and no value.
func TestNewVariables(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{".env", "A='s3cret' # B=s3cret\n", "A='s3cret' # B=s3cret\nD=s3cret\nE=s3cret\n", "D E"},
		{".env", "TAG=1.0\n", "TAG=1.1\nD='s3cret'\n", "TAG D"},
		{".env", "", "D=s3cret", "D"},
		{"secrets/a.txt", "", "A=s3cret", ""},
		{".env", "A B=s3cret\n", "A B=s3cret\nD=s3cret\n", ""},
	} {
		if got := strings.Join(newVariables(c.name, []byte(c.old), []byte(c.new)), " "); got != c.want {
			t.Errorf("%q to %q: %q", c.old, c.new, got)
		}
	}
}
