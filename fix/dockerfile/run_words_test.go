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

func TestApkKeepsNothing(t *testing.T) {
	for text, want := range map[string]bool{
		"RUN apk add --no-cache curl": true, "RUN apk --no-cache add curl": true, "RUN apk add -U --no-cache curl && apk add --no-cache jq\n": true, "RUN x": true,
		"RUN apk add curl": false, "RUN apk add curl --no-cache x": false, "RUN apk update && apk add --no-cache curl": false, "RUN apk add \\\n  --no-cache x": false,
		"RUN rm -rf /var/cache/apk/*": false, "RUN apk add --no-cache": false, "RUN apk add --no-cachex y": false, "RUN apk": false, "RUN \"apk\" add x": false,
	} {
		if got := apkKeepsNothing([]byte(text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
