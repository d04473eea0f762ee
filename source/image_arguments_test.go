package source

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestArguments pins every image of Dockerfiles that are put together at random from the ways in which BuildKit lets a FROM
// take its reference from ARGs: fuzzing bytes seldom gets that far.
func TestArguments(t *testing.T) {
	files := 20_000
	if testing.Short() {
		files = 2_000
	}
	edits := 0
	for seed := range uint64(files) {
		text := argumentsFile(rand.New(rand.NewPCG(seed, 0)))
		d, err := Parse("Dockerfile", DockerfileKind, []byte(text))
		if err != nil {
			continue
		}
		if edits += checkImages(t, d); t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	if edits < files/20 {
		t.Errorf("only %d images of %d files were edited", edits, files)
	}
}

// argumentsFile is a Dockerfile of up to four ARGs and one to three stages.
func argumentsFile(r *rand.Rand) string {
	var b strings.Builder
	line := func(format ...string) {
		for n := range format {
			b.WriteString(format[n])
		}
		b.WriteString("\n")
	}
	for range r.IntN(4) {
		line("ARG ", argumentName(r), "=", argumentWord(r, 2))
	}
	if r.IntN(8) == 0 {
		line("ARG ", argumentName(r))
	}
	for range 1 + r.IntN(3) {
		switch r.IntN(6) {
		case 0:
			line("FROM --platform=", argumentWord(r, 1), " ", argumentWord(r, 2))
		case 1:
			line("FROM ", argumentWord(r, 2), " AS ", argumentName(r))
		default:
			line("FROM ", argumentWord(r, 2))
		}
		if r.IntN(5) == 0 {
			line("ARG ", argumentName(r))
		}
	}
	return b.String()
}

func argumentName(r *rand.Rand) string { return []string{"A", "B", "C"}[r.IntN(3)] }

// argumentWord is one to three pieces, of which those with a variable have words inside them, up to depth.
func argumentWord(r *rand.Rand, depth int) string {
	plain := []string{"a", "a:1", "1", "x/a", ":", "1.2", "-slim", "a@", "scratch"}
	var b strings.Builder
	for range 1 + r.IntN(3) {
		name := argumentName(r)
		if depth == 0 {
			b.WriteString(plain[r.IntN(len(plain))])
			continue
		}
		inner := argumentWord(r, depth-1)
		switch r.IntN(16) {
		case 0, 1, 2, 3:
			b.WriteString(plain[r.IntN(len(plain))])
		case 4, 5, 6:
			b.WriteString("${" + name + "}")
		case 7:
			b.WriteString("$" + name)
		case 8:
			b.WriteString("${" + name + ":-" + inner + "}")
		case 9:
			b.WriteString("${" + name + []string{"-", ":+", "+"}[r.IntN(3)] + inner + "}")
		case 10:
			b.WriteString("${" + name + []string{"#", "##", "%", "%%"}[r.IntN(4)] + []string{"*", "?", "", "*:", ":*"}[r.IntN(5)] + inner + "}")
		case 11:
			b.WriteString("${" + name + []string{"/", "//"}[r.IntN(2)] + "a" + "/" + inner + "}")
		case 12:
			b.WriteString(`"` + inner + `"`)
		case 13:
			b.WriteString("'" + inner + "'")
		case 14:
			b.WriteString(`\` + plain[r.IntN(len(plain))])
		default:
			b.WriteString("${" + name + "}" + "${" + argumentName(r) + "}")
		}
	}
	return b.String()
}
