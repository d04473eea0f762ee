package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/resolve/tag"
)

// TestCatalog requires a catalogue to give the answers that it was made of, byte for byte the same however it was made,
// and nothing else.
func TestCatalog(t *testing.T) {
	f := newFake()
	queries := []Query{
		{Ref: "python"}, {Ref: "nginx:alpine"}, {Ref: "redis:8"}, {Ref: "acme/orphan"},
		{Ref: "python:3.11.1-slim", Newest: true, Update: &UpdateQuery{Level: tag.Patch}},
	}
	answers := resolver(f).All(t.Context(), queries)
	c := NewCatalog(answers)
	for i := range c.Images {
		c.Images[i].Where = []Place{{"b/Dockerfile", 3}, {"a/Dockerfile", 9}}
	}
	text := written(t, c)
	read, err := ReadCatalog(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "written again", written(t, read), text)
	f.requests()
	r := New(Options{Catalog: read, Now: func() time.Time { return today }})
	for i, a := range r.All(t.Context(), queries) {
		want := answers[i]
		got := []any{a.Digest, a.Version, a.Index, a.Why, a.Newest, a.Pushed, a.PushedBy, a.Err, brief(a.Update)}
		equal(t, a.Ref, got, []any{want.Digest, want.Version, want.Index, want.Why, want.Newest, want.Pushed, want.PushedBy, want.Err, brief(want.Update)})
	}
	equal(t, "requests", f.requests(), "[]")
}

func written(t *testing.T, c *Catalog) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// byHand is a catalogue with no more than what is needed.
const byHand = `{
  "version": 1,
  "images": [
    {"ref": "docker.io/library/python", "version": "3.14.7", "digest": "sha256:%064d", "index": true, "pushed": "2026-08-20T00:00:00Z", "newest": {"minor": "3.15.0"}},
    {"ref": "ghcr.io/acme/base:2", "digest": "sha256:%064d", "index": true}
  ]
}
`

// TestCatalogByHand requires references to be found however they are spelled, by tag, version and digest, and others to be
// refused.
func TestCatalogByHand(t *testing.T) {
	c, err := ReadCatalog(strings.NewReader(fmt.Sprintf(byHand, 1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	r := New(Options{Catalog: c, Now: func() time.Time { return today }})
	one1 := fmt.Sprintf("sha256:%064d", 1)
	for _, ref := range []string{"python", "python:latest", "docker.io/python", "library/python:3.14.7"} {
		a := one(t, r, Query{Ref: ref})
		equal(t, ref, []any{a.Version, a.Digest, a.Err}, []any{"3.14.7", one1, nil})
	}
	a := one(t, r, Query{Ref: "python:3.14.7@" + one1, Verify: true})
	equal(t, "verified", []any{a.Moved, a.Missing, a.Err}, []any{false, false, nil})
	a = one(t, r, Query{Ref: "python:3.14.7@" + fmt.Sprintf("sha256:%064d", 3), Verify: true})
	equal(t, "another digest", []any{a.Moved, a.Missing, a.Err}, []any{true, false, nil})
	if !strings.HasSuffix(a.Why, "the pinned digest is not in the catalogue") {
		t.Error(a.Why)
	}
	a = one(t, r, Query{Ref: "python", Newest: true})
	equal(t, "newest", a.Newest[tag.Minor], "3.15.0")
	a = one(t, r, Query{Ref: "node:22", Verify: true})
	if !errors.Is(a.Err, ErrNotInCatalog) || a.Err.Error() != "node:22 is not in the catalogue" {
		t.Errorf("node: %v", a.Err)
	}
	equal(t, "why", one(t, r, Query{Ref: "ghcr.io/acme/base:2"}).Why, "2 has this digest")
	twice := strings.Replace(fmt.Sprintf(byHand, 1, 1), "ghcr.io/acme/base:2", "library/python:latest", 1)
	if _, err := ReadCatalog(strings.NewReader(twice)); err != nil {
		t.Errorf("the same image twice: %v", err)
	}
}

// TestCatalogEmpty requires a catalogue without images to be one.
func TestCatalogEmpty(t *testing.T) {
	text := written(t, NewCatalog(nil))
	c, err := ReadCatalog(strings.NewReader(text))
	if err != nil || len(c.Images) > 0 {
		t.Errorf("%s: %+v, %v", text, c, err)
	}
}

// TestCatalogErrors requires the line of what is wrong, and what it is.
func TestCatalogErrors(t *testing.T) {
	image := func(s string) string { return "{\"version\":1,\n\"images\":[\n" + s + "]}" }
	digest := fmt.Sprintf(`"digest":"sha256:%064d"`, 1)
	for _, c := range []struct{ text, want string }{
		{"", "the catalogue is empty"},
		{" \n", "the catalogue is empty"},
		{"{\n\"version\": 1,\n}", "line 3: invalid character '}'"},
		{"{\n\"version\": \"1\"}", "line 2: version must be a whole number"},
		{"{\n\"version\": 1.5}", "line 2: version must be a whole number"},
		{"[]", "line 1: the catalogue must be an object"},
		{"7", "line 1: the catalogue must be an object"},
		{"{} x", "line 1: invalid character 'x' after top-level value"},
		{"{}", "the catalogue has no version, which is 1 now; dockfix images --format json writes a catalogue"},
		{"null", "the catalogue has no version, which is 1 now"},
		{`{"version":2}`, "version 2 of the catalogue is not known, only 1"},
		{`{"images":[]}`, "the catalogue has no version"},
		{`{"version":1}`, "the catalogue has no list of images"},
		{"{\"version\":1,\n\n\"images\":{}}", "line 3: images must be a list"},
		{"{\"version\":1,\n\"image\":[]}", `line 2: "image" is not known here`},
		{image(`{"ref":"python"}`), "line 3: python:latest has no digest"},
		{image(`{"ref":"python","digest":"sha256:1"}`), `line 3: python:latest: "sha256:1" is no digest`},
		{image(`{"ref":"a b",` + digest + `}`), `line 3: "a b" is no image reference`},
		{image("{\"ref\":\"python\"," + digest + "},\n{\"ref\":\"docker.io/python\"," + strings.Replace(digest, "01", "02", 1) + "}"),
			"line 4: index.docker.io/library/python:latest has another digest in line 3"},
		{image(`{"ref":"python","version":"a b",` + digest + `}`), `line 3: "a b" is no tag`},
		{image(`{"ref":"python","newest":{"minor":"a b"},` + digest + `}`), `line 3: "a b" is no tag`},
		{image(`{"ref":"python","newest":{"least":"1"},` + digest + `}`), `line 3: newest has patch, minor and major, not "least"`},
		{image(`{"repository":"A",` + digest + `}`), `line 3: "A" is no image reference`},
		{image(`{"ref":"python","repository":"A",` + digest + `}`), `line 3: "A" is no repository`},
		{image(`{"ref":"python","repository":"node",` + digest + `}`), `line 3: ref "python" is of another repository than "node"`},
		{image(`{"ref":"python:3.12","tag":"3.11",` + digest + `}`), `line 3: ref "python:3.12" has another tag than "3.11"`},
		{image(`{"ref":"python","tag":"3.11",` + digest + `}`), `line 3: ref "python" has another tag than "3.11"`},
		{image("{\"ref\":\"python\",\n\"digests\": 1}"), `line 4: "digests" is not known here`},
		{image("{\"ref\":\"python\",\n\"where\": [{\"file\":\n3}]}"), "line 5: where.file must be text"},
		{image("{\"ref\":\"python\",\n\"index\": 1}"), "line 4: index must be true or false"},
		{image("{\"ref\":\"python\",\n\"digest\": 1}"), "line 4: digest must be text"},
		{image("{\"ref\":\"python\",\n\"pushed\": 1}"), "line 4: pushed must be text"},
		{image("{\"ref\":\"python\",\n\"pushed\": \"today\"}"), `line 4: pushed must be a time such as 2026-08-20T00:00:00Z, not "today"`},
		{image("\n7"), "line 4: an image must be an object"},
		{image("null"), "line 3: the image has no ref"},
		{image(`{"ref":"python@sha256:` + strings.Repeat("0", 64) + `",` + digest + `}`), "line 3: the image has no tag"},
	} {
		_, err := ReadCatalog(strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}
