package dockerfile

import (
	"strings"
	"testing"
)

// TestRunWords holds the one look for all words against one look for each.
func TestRunWords(t *testing.T) {
	texts := append([]string{"", "a", "ap", "apapt", "pipip", "yuyum", "npnpm", "--onl--only", "apt-get|apk", "a || b", "comcomposer user useradd suzypper"}, runTexts...)
	for _, text := range texts {
		got := runWordsIn([]byte(text))
		for i, word := range runTexts {
			if has := got&(1<<i) != 0; has != strings.Contains(text, word) {
				t.Errorf("%q: %s is in it: %t", text, word, has)
			}
		}
	}
	for word, bit := range map[string]runWords{"apt": saysApt, "pip": saysPip, "gem": saysGem, "sudo": saysSudo, "--only": saysOnly, "a|": saysPipe, "a || b": 0} {
		if got := runWordsIn([]byte("RUN " + word + " x")); got != bit {
			t.Errorf("%q is %b, want %b", word, got, bit)
		}
	}
}
