package source

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/distribution/reference"
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

// TestPlainReference: what is taken for a reference by its look is one to the grammar too, and the usual ones are.
func TestPlainReference(t *testing.T) {
	const digest = "@sha256:5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de"
	for _, usual := range []string{"a", "a:1", "a/b:1.2-slim", "ghcr.io/a/b:v1", "a-b.c.io/d", "minio/minio:RELEASE.2025-08-13T08-35-41Z", "a:1" + digest, "a" + digest} {
		if !plainReference(usual) {
			t.Errorf("%s is not taken for a reference by its look", usual)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	pieces := []string{"a", "b1", "A", ".", "-", "_", "/", ":", "@", "9", "localhost", "library/", "docker.io/", "x.io", ":latest", "sha256:", "__", digest, digest[1:], "ß", " "}
	plain := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if ref := b.String(); plainReference(ref) {
			plain++
			named, err := reference.ParseNormalizedNamed(ref)
			if err != nil {
				t.Errorf("%s is none: %v", ref, err)
				continue
			}
			if want := strings.TrimSuffix(reference.FamiliarString(reference.TagNameOnly(named)), ":latest"); contextName(ref) != want {
				t.Errorf("%s is known as %s, not %s", ref, contextName(ref), want)
			}
		}
	}
	if plain < 1000 {
		t.Errorf("only %d texts looked like references", plain)
	}
}
