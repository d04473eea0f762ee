package dockerfile

import (
	"regexp"
	"testing"
)

// Each echo is looked at by itself, for speed: the answer is that of one expression over all of the text.
func TestEchoesElse(t *testing.T) {
	whole := regexp.MustCompile(`\becho\b[^|;&]*\\|\becho\s+-[eE]`)
	for text, want := range map[string]bool{
		`echo a\n | b`: true, `echo -e a`: true, `echo  -Ea`: true, `echo a | b\n`: false, `echo a; /bin/echo b\t`: true, `xecho -e`: false,
		`_echo -e`: false, `9echo \`: false, `echoes \`: false, `echoecho -e`: false, `echo; set -e`: false, `-e \`: false, ``: false, `é\echo -e`: true,
	} {
		if got := echoesElse(text); got != want || got != whole.MatchString(text) {
			t.Errorf("%q: %v, want %v, as one expression %v", text, got, want, whole.MatchString(text))
		}
	}
}
