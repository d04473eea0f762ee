package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

const envText = `# comment
TAG=3.20 # why
export IMAGE="redis:7"
  B = 'x$y' # c
YAML: value
EMPTY=
INHERITED
HASH=a#b
VAR=${TAG}-x
ESCAPED="a\nb"
TAG=3.21
LINES="a
b"
`

func TestEnvFile(t *testing.T) {
	d, err := Parse(".env", EnvKind, []byte(envText))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range d.Env.Entries {
		got = append(got, fmt.Sprintf("%s=%q %t", e.Name, d.Text(e.Span), e.Exact))
	}
	want := []string{`TAG="3.20" true`, `IMAGE="redis:7" true`, `B="x$y" true`, `YAML="value" true`, `EMPTY="" true`, `HASH="a#b" true`,
		`VAR="${TAG}-x" false`, `ESCAPED="a\\nb" false`, `TAG="3.21" true`, `LINES="a\nb" true`}
	if !slices.Equal(got, want) {
		t.Errorf("entries are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if e, ok := d.Env.Entry("TAG"); !ok || e.Value != "3.21" || len(d.Comments) != 3 || len(d.Images()) != 0 {
		t.Errorf("TAG is %+v, comments are %+v", e, d.Comments)
	}
	for text, want := range map[string]string{
		"A=1\nB B=2\n": ".env:2: a name of a variable has letters, digits, _ . - and [ ] only", "A='x": ".env:1: nothing ends the quoted value of A",
	} {
		if _, err := Parse(".env", EnvKind, []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// checkEnv compares a .env file with what Compose reads.
func checkEnv(t *testing.T, text string) {
	d, err := Parse(".env", EnvKind, []byte(text))
	if err != nil {
		return
	}
	want, err := dotenv.UnmarshalWithLookup(strings.TrimPrefix(text, string(bom)), nil)
	if err != nil {
		return
	}
	for _, e := range d.Env.Entries {
		last, _ := d.Env.Entry(e.Name)
		if value, known := last.Meaning(); known && want[e.Name] != value {
			t.Errorf("%q: %s is %q, Compose reads %q", text, e.Name, value, want[e.Name])
		}
		if e.Exact && d.Text(e.Span) != e.Value {
			t.Errorf("%q: %s does not stand at its place", text, e.Name)
		}
		if _, ok := want[e.Name]; !ok {
			t.Errorf("%q: Compose reads no %s but %v", text, e.Name, slices.Sorted(maps.Keys(want)))
		}
	}
}

func TestEnvFileAsCompose(t *testing.T) {
	for _, text := range []string{envText, strings.ReplaceAll(envText, "\n", "\r\n"), "\ufeffA=1", "A=1", "A=b\tc # d", "A=\"b\"C=d\n", "A=\"\"\"", "A =\n\nB=1", "export\tA=1", "exportA=1",
		"A='b\\'c'\nD=1", "A=b'c'\n", "A:b\n", `A="a\\b\"c\nd\te\$f\q\0101"`, `A='a\\b\nc'`, `A="a\\$B"`} {
		checkEnv(t, text)
	}
}

func FuzzEnv(f *testing.F) {
	f.Add(envText)
	f.Add("\ufeffexport A: \"b\"#c\r\nD\nE='\\'\n'")
	f.Fuzz(func(t *testing.T, text string) { checkEnv(t, text) })
}

func TestVariableImages(t *testing.T) {
	d := mustParseCompose(t, `services:
  a:
    image: redis:${REDIS:-7}
  b:
    image: ${IMG}
  c:
    image: x:${X}-slim
  d:
    image: nginx:$N
    hostname: n-$N
  e:
    image: ${OTHER:-debian:12}
  f:
    image: "${IMG}"
  g:
    build:
      dockerfile_inline: |
        FROM ${GO}
        RUN echo ${GO}
`)
	images, fed := d.VariableImages(map[string]string{"REDIS": "8", "IMG": "python:3", "X": "1", "N": "1.27", "GO": "golang:1"})
	got := described(d, images)
	for _, f := range fed {
		got = append(got, fmt.Sprintf("%s: %s behind %q for %v %v held: %s", f.Name, f.Ref, f.Before, f.Services, f.Paths, f.Held))
	}
	want := []string{
		"image: x:${X}-slim = x:1-slim for c held: its tag is put together from several texts: write ${IMAGE:-x:1-slim}", "image: debian:12 for e",
		`GO: golang:1 behind "" for [g] [services.g.build.dockerfile_inline] held: GO is also part of services.g.build.dockerfile_inline: give the image a variable of its own`,
		`IMG: python:3 behind "" for [b f] [services.b.image services.f.image] held: `,
		`N: nginx:1.27 behind "nginx:" for [d] [services.d.image] held: N is also part of services.d.hostname: give the image a variable of its own`,
		`REDIS: redis:8 behind "redis:" for [a] [services.a.image] held: `,
	}
	if !slices.Equal(got, want) {
		t.Errorf("images are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestArgImages(t *testing.T) {
	dockerfile := mustParse(t, "ARG PY\nARG BASE=debian:1\nARG V\nFROM python:${PY}\nFROM $BASE\nFROM a:$V-slim\n")
	d := mustParseCompose(t, `x-args: &args {BASE: "ubuntu:24.04"}
services:
  a:
    build:
      context: .
      args: {PY: "3.12", V: "1"}
  b:
    build:
      args:
        - PY=3.13
        - BASE=${B:-alpine:3}
  c:
    build:
      args: *args
  d:
    build:
      args: {PY: 3.10, BASE: $X}
  e:
    build:
      args: *args
`)
	images := d.ArgImages(func(s *Service, args map[string]string) []Feed { return dockerfile.ArgFeeds(args) })
	got := described(d, images)
	want := []string{
		"build argument: ubuntu:24.04 for c e", "build argument: 3.12 behind python: = python:3.12 for a",
		"build argument: 3.13 behind python: = python:3.13 for b", "build argument: alpine:3 for b",
		"build argument: 3.10 behind python: = python:3.10 for d held: YAML reads the value as a number or another type: put it in quotes",
	}
	if !slices.Equal(got, want) {
		t.Errorf("images are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if want := []string{"services.c.build.args.BASE", "services.e.build.args.BASE", "x-args.BASE"}; !slices.Equal(images[0].Paths, want) {
		t.Errorf("paths are %q", images[0].Paths)
	}
	some := d.ArgImages(func(s *Service, args map[string]string) []Feed {
		if s.Name == "e" {
			return nil
		}
		return dockerfile.ArgFeeds(args)
	})
	if some[0].Held == "" || some[1].Held != "" {
		t.Errorf("an argument that one service uses otherwise: %q", described(d, some))
	}
	if e := images[1].Expect("python:3.12@x"); len(e) != 1 || e["services.a.build.args.PY"] != "3.12@x" {
		t.Errorf("expected is %v", e)
	}
}
