package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// described lists images with what is to be known of each.
func described(d *Document, images []Image) []string {
	var list []string
	for _, i := range images {
		s := fmt.Sprintf("%s: %s", i.Where, d.Text(i.Span))
		if i.Before != "" {
			s += " behind " + i.Before
		}
		if i.Ref != d.Text(i.Span) {
			s += " = " + i.Ref
		}
		if len(i.Services) > 0 {
			s += " for " + strings.Join(i.Services, " ")
		}
		if i.Held != "" {
			s += " held: " + i.Held
		}
		list = append(list, strings.TrimSpace(s))
	}
	return list
}

func wantImages(t *testing.T, d *Document, want ...string) {
	t.Helper()
	got := described(d, d.Images())
	if !slices.Equal(got, want) {
		t.Errorf("%s\nimages are\n%s\nwant\n%s", d.Bytes, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestComposeImages(t *testing.T) {
	const caller = " held: it depends on a variable that only the caller knows"
	for _, c := range []struct {
		text string
		want []string
	}{
		{"services:\n  a:\n    image: nginx:1.25 # c\n", []string{"image: nginx:1.25 for a"}},
		{"services:\n  a:\n    image: 'nginx'\n  b:\n    image: \"redis:7\"\n", []string{"image: nginx for a", "image: redis:7 for b"}},
		{"services:\n  a:\n    image: >-\n      nginx:1.25\n  b:\n    image: |-\n      redis\n", []string{"image: nginx:1.25 for a", "image: redis for b"}},
		{"services:\n  a:\n    image: >-  # c\n      ${X:-nginx}\n", []string{"image: nginx for a"}},
		{"services:\n  a:\n    image: |\n      nginx\n", []string{"image: |\n      nginx =  for a held: it has a line end, which no reference has: write it on the line of its key"}},
		{"services:\n  a:\n    image: \"ngin\\x78\"\n", []string{`image: "ngin\x78" = nginx for a held: it is quoted or escaped in a way that hides its bytes: write it plainly`}},
		{"services:\n  a:\n    image:\n", nil},
		{"services:\n  a:\n    image: ''\n", nil},
		{"services:\n  a:\n    image: a b\n", []string{"image: a b =  for a held: it is not an image reference"}},
		{"services:\n  a:\n    image:\n      nginx\n", []string{"image: nginx for a"}},
		{"services: {a: {image: nginx}, b: {image: 'redis'}}\n", []string{"image: nginx for a", "image: redis for b"}},
		{"services:\n  a:\n    image: nginx:${TAG}\n", []string{"image: nginx:${TAG} =  for a" + caller}},
		{"services:\n  a:\n    image: ${IMAGE:-nginx:${TAG-1.25}}-x\n", []string{
			"image: ${IMAGE:-nginx:${TAG-1.25}}-x = nginx:1.25-x for a held: its tag is put together from several texts: write ${IMAGE:-nginx:1.25-x}"}},
		{"services:\n  a:\n    image: ${IMAGE:-nginx:${TAG-1.25}}\n", []string{"image: 1.25 behind nginx: = nginx:1.25 for a"}},
		{"services:\n  a:\n    image: redis:${SLIM:+slim-}7\n", []string{
			"image: redis:${SLIM:+slim-}7 = redis:7 for a held: its tag is put together from several texts: write ${IMAGE:-redis:7}"}},
		{"services:\n  a:\n    image: ${R:-docker.io}/x:1\n  b:\n    image: ${R:-}redis\n  c:\n    image: ${R:-docker.io}/x:${T:-2}\n", []string{
			"image: 1 behind docker.io/x: = docker.io/x:1 for a", "image: redis for b", "image: 2 behind docker.io/x: = docker.io/x:2 for c"}},
		{"services:\n  a:\n    image: redis@${D:-sha256:0000000000000000000000000000000000000000000000000000000000000001}\n", []string{
			"image: sha256:0000000000000000000000000000000000000000000000000000000000000001 behind redis@ = redis@sha256:0000000000000000000000000000000000000000000000000000000000000001 for a"}},
		{"services:\n  a:\n    image: ${IMAGE:?set it}\n", []string{"image: ${IMAGE:?set it} =  for a" + caller}},
		{"services:\n  a:\n    image: $IMAGE\n", []string{"image: $IMAGE =  for a" + caller}},
		{"services:\n  a:\n    image: ${ IMAGE}\n", []string{"image: ${ IMAGE} =  for a held: Compose cannot read the variables in it"}},
		{"services:\n  a:\n    image: mine\n    build: .\n", nil},
		{"services:\n  a:\n    image: mine\n    build: .\n  b:\n    image: mine:latest\n  c:\n    image: docker.io/library/mine\n", nil},
		{"services:\n  a:\n    image: mine:$T\n    build: .\n  b:\n    image: mine:$T\n", nil},
		{"services:\n  a:\n    build: .\n  b:\n    extends: a\n    image: mine\n  c:\n    image: mine\n    extends: {service: b}\n", nil},
		{"services:\n  a:\n    image: nginx\n    build:\n  b:\n    image: redis\n    build: ~\n  c:\n    image: mine\n    build: ''\n", []string{"image: nginx for a", "image: redis for b"}},
		{"services:\n  a:\n    image: !reset null\n  b:\n    image: !reset nginx\n  c: !reset {image: nginx}\n  d: !reset\n    image: nginx\n", nil},
		{"services:\n  a:\n    image: !override nginx\n  b: !override\n    image: redis\n    build: !reset .\n", []string{"image: nginx for a", "image: redis for b"}},
		{"x-a: &a\n  image: nginx\nx-r: &r !reset redis\nservices:\n  a:\n    <<: *a\n    image: !reset null\n  b:\n    image: *r\n", []string{"image: nginx for a"}},
		{"services:\n  a:\n    image: mine\n---\nservices:\n  a:\n    build: .\n", nil},
		{"services:\n  a:\n    image: x:1\n---\nservices:\n  a:\n    image: x:2\n", []string{
			"image: x:1 for a held: a later document of the file gives the service a another image", "image: x:2 for a"}},
		{"services:\n  a: &a\n    image: x:1\n---\nservices:\n  a:\n    image: x:2\n  b: *a\n", []string{
			"image: x:1 for a held: a later document of the file gives the service a another image",
			"image: x:1 for b held: a later document of the file gives the service a another image", "image: x:2 for a"}},
		{"services:\n  a:\n    image: x:1\n    pull_policy: never\n", []string{"image: x:1 for a held: the service never pulls it (pull_policy)"}},
		{"x-a: &i nginx\nservices:\n  a:\n    image: *i\n  b:\n    image: *i\n", []string{"image: nginx for a b"}},
		{"x-a: &i nginx\nservices:\n  a:\n    image: *i\n    hostname: *i\n", []string{
			"image: nginx for a held: the text is also the value of services.a.hostname: write each by itself"}},
		{"x-a: &a\n  image: nginx\nx-b:\n  image: unused\nservices:\n  z:\n    image: redis\n  a: *a\n  b:\n    <<: *a\n", []string{"image: nginx for a b", "image: redis for z"}},
		{"x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n    build: .\n  b:\n    <<: *a\n    image: redis\n", []string{"image: redis for b"}},
		{"services:\n  a:\n    image: x\n    image: y\n", []string{`image: x for a held: the key "image" is defined twice, on lines 3 and 4`}},
		{"{\"services\": {\"a\": {\"image\": \"x:1\"}}}\n", []string{"image: x:1 for a"}},
		{"services:\n  a:\n    build:\n      additional_contexts:\n        b: docker-image://alpine:3.20\n        c: ./dir\n", []string{"docker-image: alpine:3.20 for a"}},
		{"services:\n  a:\n    build:\n      additional_contexts:\n      - b=docker-image://alpine:${V:-3.20}\n      - c=service:x\n", []string{
			"docker-image: 3.20 behind alpine: = alpine:3.20 for a"}},
		{"web:\n  image: nginx\n", nil},
	} {
		wantImages(t, mustParseCompose(t, c.text), c.want...)
	}
}

// TestWithoutVariables has the table of what Compose makes of texts when no variable is set.
func TestWithoutVariables(t *testing.T) {
	const none = "not known"
	for _, c := range []struct{ text, want, names string }{
		{"${X}", none, "X"}, {"$X", none, "X"}, {"$$X", "$X", ""}, {"$${X}", "${X}", ""}, {"a", "a", ""}, {"", "", ""},
		{"${X:-d}", "d", "X"}, {"${X-d}", "d", "X"}, {"${X:-}", "", "X"}, {"${X:?need}", none, "X"}, {"${X?need}", none, "X"},
		{"${X:+r}", none, "X"}, {"a$", "a$", ""}, {"a$1", "a$1", ""}, {"$", "$", ""}, {"$$", "$", ""}, {"pa$$w0rd", "pa$w0rd", ""},
		{"pa$w0rd", none, "w0rd"}, {"${X:-a}b}", "ab}", "X"}, {"${X:-${Y:-z}}", "z", "X Y"}, {"${ X}", none, ""}, {"${X.Y}", none, ""},
		{"100%$", "100%$", ""}, {"${X", none, ""}, {"${}", none, ""}, {"a${X:-b}c${X-d}e", "abcde", "X"}, {"${1}", none, ""}, {"$_a-b", none, "_a"},
	} {
		got, ok := WithoutVariables(c.text)
		if !ok {
			got = none
		}
		if names := strings.Join(VariableNames(c.text), " "); got != c.want || names != c.names {
			t.Errorf("%q: %q with %q, want %q with %q", c.text, got, names, c.want, c.names)
		}
	}
	if deep := strings.Repeat("${A:-", 5000) + strings.Repeat("}", 5000); len(VariableNames(deep)) != 1 {
		t.Error("deep references")
	}
}

func TestReferences(t *testing.T) {
	refs, ok := References("a${B:-c${D}}$E$$F")
	want := []Reference{{1, 12, "B", ":-", "c${D}"}, {12, 14, "E", "", ""}}
	if !ok || !slices.Equal(refs, want) {
		t.Errorf("references are %+v, want %+v", refs, want)
	}
}

func TestServiceImages(t *testing.T) {
	d := mustParseCompose(t, `x-a: &a {image: "base:1"}
services:
  a: {image: "mine:${TAG:-dev}", build: .}
  b: {image: "${REG}mine"}
  c: *a
  d: {build: .}
  e: {image: !reset null}
  f: {image: }
  g: {image: ""}
---
services:
  b: {image: other}
`)
	got := fmt.Sprint(d.ServiceImages())
	if want := "map[a:mine:dev b:other c:base:1]"; got != want {
		t.Errorf("images are %s, want %s", got, want)
	}
	if got := mustParseCompose(t, "services: {b: {image: \"${REG}mine\"}}\n").ServiceImages()["b"]; got != "${REG}mine" {
		t.Errorf("without a default the image is %q", got)
	}
	if got := mustParse(t, "FROM a\n").ServiceImages(); len(got) > 0 {
		t.Errorf("a Dockerfile has services: %v", got)
	}
}
