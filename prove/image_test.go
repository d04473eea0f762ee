package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// pin is a digest that no file has.
const pin = "sha256:5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de"

// pinned is a document with one image pinned, and the new reference.
func pinned(t *testing.T, d *source.Document, i source.Image) (text []byte, ref string) {
	name, _, _ := strings.Cut(i.Ref, "@")
	ref = name + "@" + pin
	after, ok := strings.CutPrefix(ref, i.Before)
	if !ok {
		t.Fatalf("%s: %s does not begin with %s", d.Name, ref, i.Before)
	}
	text, err := source.Apply(d.Bytes, []source.Splice{{Span: i.Span, New: after}})
	if err != nil {
		t.Fatal(err)
	}
	return text, ref
}

// wantPinned makes sure that a pinned image changes what the Image says, and nothing else.
func wantPinned(t *testing.T, m *Model, in Input, d *source.Document, i source.Image) {
	t.Helper()
	var ref string
	in.Text, ref = pinned(t, d, i)
	after, err := m.Reload(t.Context(), in)
	if err != nil {
		t.Errorf("%s: with %s: %v", d.Name, ref, err)
		return
	}
	expect := i.Expect(ref)
	got := map[string]bool{}
	for _, c := range Diff(m, after) {
		if !slices.Contains(i.Paths, c.Path) || len(i.Stages) > 0 && d.Kind == source.DockerfileKind && !slices.Contains(i.Stages, c.Stage) {
			t.Errorf("%s: with %s at %v: undeclared %s", d.Name, ref, i.Paths, c.String())
		}
		if value := decodedText(c.After); expect != nil && value != expect[c.Path] {
			t.Errorf("%s: %s is %q, want %q", d.Name, c.Path, value, expect[c.Path])
		}
		got[c.Path] = true
	}
	if len(got) != len(i.Paths) {
		t.Errorf("%s: with %s, %v changed, want %q", d.Name, ref, slices.Sorted(maps.Keys(got)), i.Paths)
	}
}

// decodedText is the text of a JSON string, and anything else as it is.
func decodedText(v string) string {
	if s, err := jsonTree([]byte(v)); err == nil {
		if text, ok := s.(string); ok {
			return text
		}
	}
	return v
}

// TestPinnedPlaces has every kind of place, each with the changes that the rules have to declare.
func TestPinnedPlaces(t *testing.T) {
	const d, c = source.DockerfileKind, source.ComposeKind
	for _, row := range []struct {
		kind       source.Kind
		text, want string // the paths and values of the changes, in order; PIN for @ and the digest
	}{
		{d, "# syntax=docker/dockerfile:1\nFROM scratch\n", "directive.syntax=docker/dockerfile:1PIN"},
		{d, "FROM a:1\nWORKDIR x\n", "0 source-ref=docker-image://docker.io/library/a:1PIN"},
		{d, "FROM a\nRUN x\n", "0 source-ref=docker-image://docker.io/library/aPIN"},
		{d, "FROM mcr.microsoft.com/windows/nanoserver:1809\nWORKDIR x\nRUN x\n", "0 source-ref=docker-image://mcr.microsoft.com/windows/nanoserver:1809PIN"},
		{d, "FROM golang:1-nanoserver\nWORKDIR x\nSHELL [\"x\"]\n", "0 source-ref=docker-image://docker.io/library/golang:1-nanoserverPIN"},
		{d, "ARG V=1\nFROM a:$V\nRUN x\nFROM a:$V AS b\nFROM b\nRUN y\n",
			"0 source-ref=docker-image://docker.io/library/a:1PIN 1 source-ref=docker-image://docker.io/library/a:1PIN"},
		{d, "ARG U\nFROM ${U:-a:1}\n", "0 source-ref=docker-image://docker.io/library/a:1PIN"},
		{d, "FROM scratch\nCOPY --from=a:1 / /\n", "0 source-ref=docker-image://docker.io/library/a:1PIN"},
		{d, "FROM scratch\nRUN --mount=from=a:1,target=/x y\n", "0 source-ref=docker-image://docker.io/library/a:1PIN"},
		{d, "FROM scratch\nONBUILD RUN x\nONBUILD COPY --from=a:1 / /\n", `0 image.config.OnBuild=["RUN x","COPY --from=a:1PIN / /"]`},
		{d, "FROM scratch AS b\nONBUILD COPY --from=a:1 / /\nFROM b\nFROM b\n",
			`0 image.config.OnBuild=["COPY --from=a:1PIN / /"] 1 source-ref=docker-image://docker.io/library/a:1PIN 2 source-ref=docker-image://docker.io/library/a:1PIN`},
		{c, "services:\n  a:\n    image: a:1\n", "services.a.image=a:1PIN"},
		{c, "services:\n  a:\n    image: a:${V:-1}\n", "services.a.image=a:1PIN"},
		{c, "x-c: &c\n  image: a:1\nservices:\n  a: *c\n  b:\n    <<: *c\n", "services.a.image=a:1PIN services.b.image=a:1PIN x-c.image=a:1PIN"},
		{c, "x-i: &i a:1\nservices:\n  a: {image: *i}\n", "services.a.image=a:1PIN x-i=a:1PIN"},
		{c, "services:\n  a:\n    image: a:1\n---\nservices:\n  b:\n    image: scratch\n    build: .\n", "services.a.image=a:1PIN"},
		{c, "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM a:1\n        RUN x\n", "services.a.build.dockerfile_inline=FROM a:1PIN\nRUN x\n"},
		{c, "services:\n  a:\n    build:\n      additional_contexts: [x=docker-image://a:1]\n", "services.a.build.additional_contexts.x=docker-image://a:1PIN"},
		{source.ActionsKind, "jobs:\n  a:\n    container: a:1\n", "jobs.a.container=a:1PIN"},
		{source.ActionsKind, "jobs: {a: {steps: [{uses: docker://a:1}]}}\n", "jobs.a.steps[0].uses=docker://a:1PIN"},
		{source.GitLabKind, ".x: &x {image: a:1}\na:\n  <<: *x\n", ".x.image=a:1PIN a.image=a:1PIN"},
		{source.KubernetesKind, "apiVersion: v1\nkind: X\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: a:1}]}\n", "[1].spec.containers[0].image=a:1PIN"},
		{source.DevcontainerKind, "{\"image\": \"a:1\", // c\n}", "image=a:1PIN"},
		{source.BakeKind, "target \"a\" {\n  contexts = { x = \"docker-image://a:1\" }\n}\n", "target.a.contexts.x=docker-image://a:1PIN"},
		{source.BakeKind, "{\"target\": {\"a\": {\"contexts\": {\"x\": \"docker-image://a:1\"}}}}", "target.a.contexts.x=docker-image://a:1PIN"},
	} {
		for _, shape := range corpus.Shapes {
			doc, err := source.Parse("file", row.kind, shape.Of([]byte(row.text)))
			if err != nil {
				t.Fatalf("%q: %v", row.text, err)
			}
			images := doc.Images()
			in := Input{Kind: row.kind, Name: "file", Text: doc.Bytes}
			m, err := Load(t.Context(), in)
			if err != nil || len(images) != 1 || images[0].Held != "" {
				t.Errorf("%q: %v, images are %+v", row.text, err, images)
				continue
			}
			in.Text, _ = pinned(t, doc, images[0])
			after, err := m.Reload(t.Context(), in)
			if err != nil {
				t.Errorf("%q: %v", row.text, err)
				continue
			}
			var got []string
			for _, c := range Diff(m, after) {
				s := c.Path + "=" + decodedText(c.After)
				if c.Stage >= 0 {
					s = fmt.Sprintf("%d %s", c.Stage, s)
				}
				got = append(got, strings.ReplaceAll(s, "@"+pin, "PIN"))
			}
			want := row.want
			if shape.Name == "no final newline" {
				want = strings.TrimSuffix(want, "\n")
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q, %s: changes are %q, want %q", row.text, shape.Name, strings.Join(got, " "), want)
			}
			wantPinned(t, m, in, doc, images[0])
		}
	}
}

// TestPinnedBakeArgs pins arguments of a bake file, of blocks that have one name too.
func TestPinnedBakeArgs(t *testing.T) {
	dockerfile, err := source.Parse("Dockerfile", source.DockerfileKind, []byte("ARG BASE\nARG V=1\nFROM $BASE\nFROM a:$V\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"target \"a\" {\n  args = { BASE = \"b:1\" }\n}\ntarget \"a\" {\n  args = { V = \"2\" }\n}\n",
		`{"target": {"a": {"args": {"BASE": "b:1"}}, "b": {"inherits": ["a"], "args": {"V": "2"}}}}`,
	} {
		doc, err := source.Parse("docker-bake", source.BakeKind, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		images := doc.BakeArgImages(func(b source.BakeBuild) []source.Feed { return dockerfile.ArgFeeds(b.Args) })
		if len(images) != 2 {
			t.Fatalf("%s: images are %+v", text, images)
		}
		in := Input{Kind: source.BakeKind, Name: "docker-bake", Text: doc.Bytes}
		m, err := Load(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range images {
			wantPinned(t, m, in, doc, i)
		}
	}
}

// TestTreeSeesChanges makes sure that the decoded trees tell what else an edit did.
func TestTreeSeesChanges(t *testing.T) {
	for _, row := range []struct {
		kind                source.Kind
		before, after, want string
	}{
		{source.ActionsKind, "a: 1 # c\nb: 'x'\n", "\"a\": 1\n\nb: x # d\n", ""},
		{source.ActionsKind, "a: 1\n", "a: '1'\n", "a"},
		{source.ActionsKind, "a: !x 1\n", "a: 1\n", "a"},
		{source.ActionsKind, "a:\n", "{}\n", "a"},
		{source.GitLabKind, "a: &a {b: 1}\nc: *a\n", "a: &a {b: 2}\nc: *a\n", "a.b c.b"},
		{source.GitLabKind, "a: &a {b: 1, d: 2}\nc:\n  <<: *a\n  b: 3\n", "a: &a {b: 2, d: 4}\nc:\n  <<: *a\n  b: 3\n", "a.b a.d c.d"},
		{source.GitLabKind, "a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", "[1].b"},
		{source.GitLabKind, "a: !reference [x, y]\n", "a: [x, y]\n", "a"},
		{source.DevcontainerKind, `{"a": 1, "b": [1, "x"]} // c`, `{"b": [1, "x",], "a": 1}`, ""},
		{source.DevcontainerKind, `{"a": 1, "b": [1, "x"]}`, `{"a": "1", "b": [2, "x"], "c": true}`, "a b[0] c"},
		{source.BakeKind, "a = 1 # c\nt \"x\" { b = [\"y\"] }\n", "a   = 1\nt \"x\" {\n b = [ \"y\" ]\n}\n", ""},
		{source.BakeKind, "a = 1\nt \"x\" { b = [\"y\", z] }\nt \"x\" {}\n", "a = 2\nt \"x\" { b = [\"${y}\", z] }\nt \"x\" { c = 1 }\n", "a t.x#1.c t.x.b[0]"},
		{source.EnvKind, "A=1 # c\nB=x\n", "A='1'\nexport B=x\n", ""},
		{source.EnvKind, "A=1\nB=x\nA=2\n", "A=1\nB=y\nA=3\n", "A B"},
		{source.EnvKind, "A=1\nA=2\n", "A=3\nA=2\n", "A#1"},
	} {
		m, err := Load(t.Context(), Input{Kind: row.kind, Name: "f", Text: []byte(row.before)})
		if err != nil {
			t.Errorf("%q: %v", row.before, err)
			continue
		}
		after, err := m.Reload(t.Context(), Input{Name: "f", Text: []byte(row.after)})
		if err != nil {
			t.Errorf("%q: %v", row.after, err)
			continue
		}
		var got []string
		for _, c := range Diff(m, after) {
			got = append(got, c.Path)
		}
		if slices.Sort(got); strings.Join(got, " ") != row.want {
			t.Errorf("%q to %q: %q, want %q", row.before, row.after, got, row.want)
		}
	}
	for kind, text := range map[source.Kind]string{
		source.ActionsKind: "a: 1\na: 2\n", source.DevcontainerKind: `{"a": 1, "a": 2}`, source.BakeKind: "a = \n", source.GitLabKind: "a: &a\n  <<: *a\n",
	} {
		if _, err := Load(t.Context(), Input{Kind: kind, Name: "f", Text: []byte(text)}); err == nil {
			t.Errorf("%q is loaded", text)
		}
	}
}

// TestCorpusPinned pins every image of the real files, one at a time; each file in one of the shapes, as all of them take two
// minutes.
func TestCorpusPinned(t *testing.T) {
	for s, shape := range corpus.Shapes {
		count := map[string]int{}
		for n, f := range append(corpus.Prefixed(t, "dockerfile"), corpus.Prefixed(t, "compose")...) {
			if n%len(corpus.Shapes) != s {
				continue
			}
			kind := source.DockerfileKind
			if strings.HasPrefix(f.Kind, "compose") {
				kind = source.ComposeKind
			}
			text := shape.Of(f.Text)
			d, err := source.Parse(f.Name, kind, text)
			if err != nil {
				continue
			}
			in := Input{Kind: kind, Name: f.Name, Text: text}
			m, err := Load(t.Context(), in)
			if err != nil {
				count["files that do not load"]++
				continue
			}
			for _, i := range d.Images() {
				if i.Held == "" {
					count["pinned at "+string(i.Where)]++
					wantPinned(t, m, in, d, i)
				}
			}
		}
		for _, what := range slices.Sorted(maps.Keys(count)) {
			t.Logf("%s: %6d %s", shape.Name, count[what], what)
		}
	}
}
