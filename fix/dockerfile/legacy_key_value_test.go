package dockerfile

import (
	"context"
	"math/rand"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// values are the names and values of the ENV and LABEL instructions of a document as BuildKit's lexer makes them.
func values(t *testing.T, d *source.Document) (list []string, legacy int) {
	t.Helper()
	for in := range instructions(d, "ENV", "LABEL") {
		for _, p := range in.Pairs {
			// With every variable set, one that gets lost shows; the prover sets none.
			value, _, err := shell.NewLex(rune(d.Dockerfile.Escape)).ProcessWord(p.Value.Text, allSet(true))
			if err != nil {
				value = "error"
			}
			list = append(list, in.Name+" "+p.Name.Text+" "+value)
			if p.Legacy {
				legacy++
			}
		}
	}
	return list, legacy
}

// TestLegacyValuesOfTheCorpus converts every legacy ENV and LABEL of the corpus and compares the values, with every
// variable set.
func TestLegacyValuesOfTheCorpus(t *testing.T) {
	found, refused, wrong := 0, 0, 0
	for _, f := range corpus.Files(t, "dockerfile", "dockerfile-derived") {
		d, err := source.Parse(f.Name, source.DockerfileKind, f.Text)
		if err != nil {
			continue
		}
		before, legacy := values(t, d)
		found += legacy
		r := fix.Run(context.Background(), d, fix.Options{Rules: []*fix.Rule{LegacyKeyValue}})
		now, err := source.Parse(f.Name, source.DockerfileKind, r.After)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		after, left := values(t, now)
		refused += left
		if strings.Join(before, "\n") != strings.Join(after, "\n") {
			wrong++
			t.Errorf("%s: a value changed", f.Name)
		}
	}
	t.Logf("%d legacy instances, %d refused, %d files with another value", found, refused, wrong)
	if found < 1000 || refused*100 > found {
		t.Errorf("%d of %d instances refused", refused, found)
	}
}

// TestRandomLegacyValues does the same with values made of all that the lexer treats in its own way.
func TestRandomLegacyValues(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	parts := []string{"a", "b c", " ", "\t", "'", `"`, `\`, "$V", "${V}", "${V:-d}", "${V:+x y}", "$", "{", "}", "`", "=", "é", "\u00a0", `\"`, `\$`, "'$V'", `"$V x"`, "#", "%"}
	converted := 0
	for range 20000 {
		var value strings.Builder
		for range 1 + random.Intn(6) {
			value.WriteString(parts[random.Intn(len(parts))])
		}
		header := [...]string{"", "# escape=`\n"}[random.Intn(2)]
		text := header + "FROM scratch\nENV K v" + value.String() + "\nUSER u\n"
		d, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
		if err != nil || len(d.Declined) > 0 {
			continue
		}
		before, _ := values(t, d)
		r := fix.Run(context.Background(), d, fix.Options{Rules: []*fix.Rule{LegacyKeyValue}})
		if !r.Changed() || strings.HasSuffix(before[0], " error") {
			continue
		}
		converted++
		now, err := source.Parse("Dockerfile", source.DockerfileKind, r.After)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", text, r.After, err)
		}
		if after, _ := values(t, now); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Errorf("%q becomes %q: %q was %q", text, r.After, after, before)
		}
	}
	if converted < 5000 {
		t.Errorf("only %d values were converted", converted)
	}
}
