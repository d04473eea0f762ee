package fix

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestSuppressionComments(t *testing.T) {
	xy := word("xy", "x", "y")
	xy.Aliases = []string{"DL9999", "SC9999", "XyCheck"}
	hadolints := word("xy", "x", "y")
	hadolints.Aliases = []string{"DL9999", "SC9999"}
	for _, c := range []struct {
		name   string
		rule   *Rule
		text   string
		silent bool
	}{
		{"no blank after the #", xy, "FROM a\n#check=skip=XyCheck\nRUN x\n", true},
		{"blanks around the first =", xy, "FROM a\n# check \t= skip=XyCheck\nRUN x\n", true},
		{"blanks around each =", xy, "FROM a\n# check = skip = XyCheck ; error = true\nRUN x\n", true},
		{"directive in capitals, with blanks", xy, "#CHECK = skip=XyCheck\nFROM a\nUSER u\nRUN x\n", true},
		{"skip after another option", xy, "FROM a\n# check=error=true; skip=Other, XyCheck\nRUN x\n", true},
		{"all", xy, "FROM a\n# check=skip=all\nRUN x\n", true},
		{"all, with blanks", xy, "# check = skip=all\nFROM a\nRUN x\n", true},
		{"other option of check", xy, "FROM a\n# check=experimental=XyCheck;error=XyCheck\nRUN x\n", false},
		{"all of another option", xy, "FROM a\n# check=experimental=all\nRUN x\n", false},
		{"word that begins with check", xy, "FROM a\n# checks=skip=XyCheck\nRUN x\n", false},
		{"check in a sentence", xy, "FROM a\n# we check=skip=XyCheck\nRUN x\n", false},
		{"all, where BuildKit has no check", hadolints, "# check=skip=all\nFROM a\nRUN x\n", false},
		{"check by the name of hadolint", hadolints, "FROM a\n# check=skip=DL9999\nRUN x\n", true},

		{"blanks around the = of hadolint", xy, "FROM a\n#hadolint  ignore = DL9999\nRUN x\n", true},
		{"tabs", xy, "FROM a\n#\thadolint\tglobal\tignore\t=\tDL1,\tDL9999\nUSER u\nRUN x\n", true},
		{"global with blanks", xy, "FROM a\nUSER u\nRUN x\n# tally  global  ignore =DL9999\n", true},
		{"all of hadolint", xy, "FROM a\n# hadolint ignore=all\nRUN x\n", false},
		{"all of dockfix", xy, "FROM a\n# dockfix ignore=all\nRUN x\n", false},
		{"all of tally in the file", xy, "FROM a\n# tally global ignore=all\nRUN x\n", false},
		{"another tool", xy, "FROM a\n# kics ignore=xy\nRUN x\n", false},
		{"word that ends in global", xy, "FROM a\n# dockfix globalignore=xy\nRUN x\n", false},
		{"no list", xy, "FROM a\n# dockfix ignore=\n# check=skip=\n# check=\nRUN x\n", false},
		{"name in the reason", xy, "FROM a\n# dockfix ignore=other; not xy\nRUN x\n", false},
		{"name with a word after it", xy, "FROM a\n# dockfix ignore=other, xy for now\nRUN x\n", true},
		{"comment after the last instruction", xy, "FROM a\nRUN x\n# dockfix ignore=xy\n", false},
	} {
		r, _ := runRules(t, c.text, c.rule)
		if len(r.Findings) != 1 || (r.Findings[0].Outcome == Suppressed) != c.silent || r.Changed() == c.silent {
			t.Errorf("%s: %s, text %q", c.name, told(r), r.After)
		}
	}
}

func TestNamed(t *testing.T) {
	r := &Rule{Name: "some-name", Aliases: []string{"DL1", "SomeCheck"}}
	for _, c := range []struct {
		name  string
		named bool
	}{
		{"some-name", true}, {"SOME-NAME", true}, {"dl1", true}, {"somecheck", true},
		{"all", false}, {"", false}, {"some", false}, {"DL", false},
	} {
		if r.Named("x", c.name) != c.named || r.Named(c.name, "x") != c.named {
			t.Errorf("%q: named %v, want %v", c.name, !c.named, c.named)
		}
	}
	if r.Named() {
		t.Error("no name names the rule")
	}
}

// A deletion of a piece takes the comments with it that speak of no more than the piece.
func TestSilenceWithin(t *testing.T) {
	for _, c := range []struct {
		name, text string
		in         []bool // by instruction
	}{
		{"none", "FROM a\n# why\nRUN x\n", []bool{false, false}},
		{"above", "FROM a\n# hadolint ignore=DL1\n\nRUN x\nRUN y\n", []bool{false, true, false}},
		{"inside", "FROM a\nRUN x \\\n# hadolint ignore=DL1\n z\nRUN y\n", []bool{false, true, false}},
		{"file", "# check=skip=all\nFROM a\n# hadolint global ignore=DL1\nRUN x\n", []bool{false, false}},
	} {
		d, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		s := Suppressions(d)
		for i, in := range d.Dockerfile.Instructions {
			if s.Within(in.Lines) != c.in[i] {
				t.Errorf("%s: instruction %d: %v, want %v", c.name, i, !c.in[i], c.in[i])
			}
		}
		if all := (source.Span{End: len(d.Bytes)}); s.Within(all) != (c.name == "above" || c.name == "inside") {
			t.Errorf("%s: within the file: %v", c.name, s.Within(all))
		}
	}
}
