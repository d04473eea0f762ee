package pin

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// TestSplit takes references apart and requires that nothing is lost.
func TestSplit(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, c := range []struct {
		ref  string
		want reference
	}{
		{"python", reference{"python", "", ""}},
		{"python:3.12-slim", reference{"python", "3.12-slim", ""}},
		{"localhost:5000/x", reference{"localhost:5000/x", "", ""}},
		{"localhost:5000/x:1", reference{"localhost:5000/x", "1", ""}},
		{"ghcr.io/a/b:v1@" + digest, reference{"ghcr.io/a/b", "v1", digest}},
		{"ghcr.io/a/b@" + digest, reference{"ghcr.io/a/b", "", digest}},
		{"[::1]:5000/x:1", reference{"[::1]:5000/x", "1", ""}},
	} {
		if got := split(c.ref); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.ref, got, c.want)
		}
		if got := split(c.ref).String(); got != c.ref {
			t.Errorf("%s becomes %s", c.ref, got)
		}
	}
}

// TestPolicies pins one file by each policy, with what a registry says.
func TestPolicies(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	facts := map[fix.Want]*fix.Image{
		fix.WantImage("python"):        {Version: "3.14.7", Digest: digest},
		fix.WantImage("redis:8.4.0"):   {Version: "8.4.0", Digest: digest},
		fix.WantImage("acme/x:stable"): {Version: "stable", Digest: digest},
	}
	const before = "FROM python\nFROM redis:8.4.0\nFROM acme/x:stable\n"
	for _, c := range []struct {
		pin   fix.Pin
		after string
		found int
	}{
		{fix.PinBoth, "FROM python:3.14.7@D\nFROM redis:8.4.0@D\nFROM acme/x:stable@D\n", 3},
		{fix.PinVersion, "FROM python:3.14.7\nFROM redis:8.4.0\nFROM acme/x:stable\n", 1},
		{fix.PinDigest, "FROM python@D\nFROM redis:8.4.0@D\nFROM acme/x:stable@D\n", 3},
	} {
		r := run(t, UnpinnedImage, before, &fix.Facts{Images: facts, Pin: c.pin})
		if want := strings.ReplaceAll(c.after, "D", digest); string(r.After) != want {
			t.Errorf("policy %d:\n%s\nwant\n%s", c.pin, r.After, want)
		}
		if len(r.Findings) != c.found {
			t.Errorf("policy %d: %d findings, want %d", c.pin, len(r.Findings), c.found)
		}
	}
}

// TestHolds requires comments to hold the image they stand above, and no other.
func TestHolds(t *testing.T) {
	doc := parse(t, "# dockfix hold <1.32; the migration is in May\nFROM nginx:1.30\n# dockfix hold\nCOPY --from=redis:8 /a /b\nFROM python:3.12\n")
	var got []string
	for _, i := range doc.Images() {
		got = append(got, i.Ref+" "+Holds(doc).on(i))
	}
	const want = "nginx:1.30 <1.32|redis:8 <0|python:3.12 "
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

func parse(t *testing.T, text string) *source.Document {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func run(t *testing.T, rule *fix.Rule, text string, facts *fix.Facts) *fix.Result {
	t.Helper()
	r := fix.Run(context.Background(), parse(t, text), fix.Options{Rules: []*fix.Rule{rule}, Facts: facts})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}
