package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/corpus"
)

const bakeHCL = `variable "TAG" { default = "dev" }
variable "REG" { default = "ghcr.io/${TAG}" }
variable "NONE" {}
group "default" { targets = ["app", "list"] }
target "_base" {
  context = "src"
  contexts = { dist = "target:dist", alpine = "docker-image://alpine:3.20" }
  args = { BASE = "python:latest", V = 3 }
  tags = ["none"]
}
target "app" {
  inherits = ["_base"]
  dockerfile = "docker/Dockerfile.${TAG}"
  contexts = { "redis:7" = "./redis", alpine = NONE }
  args = { X = "${NONE}", Y = TAG, Z = "z", N = null, B = true }
  tags = ["${REG}/app:${TAG}", "x:${NONE}", "app:1"]
}
target "list" {
  inherits = ["app", "_base"]
  dockerfile-inline = "FROM a"
  context = null
  args = { BASE = null }
  contexts = { dist = "" }
  tags = []
}
target "many" {
  matrix = { TAG = ["a", "b"] }
  name = "many-${TAG}"
  context = "dir-${TAG}"
  dockerfile = ""
}
target "loop" { inherits = ["loop2"] }
target "loop2" {
  inherits = ["loop"]
  context = "l"
}
target "unknown" { inherits = [NONE] }
target "app" { args = { Z = "zz" } }
`

const bakeJSON = `{"variable": {"TAG": {"default": "dev"}},
"group": {"default": {"targets": ["app"]}},
"target": {
  "_base": {"contexts": {"dist": "target:dist"}, "args": {"BASE": "python:latest", "V": 3, "N": null}},
  "app": {"inherits": ["_base"], "context": "src/${TAG}", "dockerfile": null, "tags": ["app:${TAG}", "x:${NONE}"], "args": {"W": "${TAG}", "BASE": null}, "dockerfile-inline": "FROM a"}
}}`

func describedBuilds(d *Document) []string {
	var list []string
	for _, b := range d.BakeBuilds() {
		list = append(list, fmt.Sprintf("%s: %q %q %v %v %q %t", b.Target, b.Context, b.Dockerfile, b.Contexts, b.Args, b.Tags, b.Inline))
	}
	return list
}

func TestBakeBuilds(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"docker-bake.hcl", bakeHCL, []string{
			`_base: "src" "Dockerfile" map[alpine:docker-image://alpine:3.20 dist:target:dist] map[BASE:python:latest V:3] ["none"] false`,
			`app: "src" "docker/Dockerfile.dev" map[alpine: dist:target:dist redis:7:./redis] map[B:true BASE:python:latest V:3 Z:zz] ["ghcr.io/dev/app:dev" "app:1"] false`,
			`list: "src" "docker/Dockerfile.dev" map[alpine:docker-image://alpine:3.20 redis:7:./redis] map[B:true BASE:python:latest V:3 Z:zz] [] true`,
			`many: "" "Dockerfile" map[] map[] [] false`,
			`loop: "l" "Dockerfile" map[] map[] [] false`,
			`loop2: "l" "Dockerfile" map[] map[] [] false`,
			`unknown: "" "" map[] map[] [] false`,
		}},
		{"docker-bake.json", bakeJSON, []string{
			`_base: "." "Dockerfile" map[dist:target:dist] map[BASE:python:latest V:3] [] false`,
			`app: "src/dev" "Dockerfile" map[dist:target:dist] map[BASE:python:latest V:3] ["app:dev"] true`,
		}},
	} {
		for _, shape := range corpus.Shapes {
			d, err := Parse(c.name, BakeKind, shape.Of([]byte(c.text)))
			if err != nil {
				t.Fatal(err)
			}
			if got := describedBuilds(d); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: builds are\n%s\nwant\n%s", c.name, shape.Name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		}
	}
	if got := mustParse(t, "FROM a\n").BakeBuilds(); got != nil {
		t.Errorf("a Dockerfile has bake builds: %v", got)
	}
}

// TestBakeArgImages lists the arguments that a Dockerfile takes its base image from.
func TestBakeArgImages(t *testing.T) {
	// That of all targets but the one named other.
	const dockerfile = "ARG BASE=debian\nARG V=1\nFROM ${BASE}\nFROM node:${V}\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a.hcl", "target \"a\" {\n  args = { BASE = \"python:latest\", V = \"22\", X = \"redis\" }\n}\n", []string{
			"build argument: python:latest for a", "build argument: 22 behind node: = node:22 for a"}},
		{"a.json", `{"target": {"a": {"args": {"BASE": "python:latest", "V": "22"}}}}`, []string{
			"build argument: python:latest for a", "build argument: 22 behind node: = node:22 for a"}},
		{"a.hcl", "target \"a\" {\n  args = { V = 22, BASE = \"${X}\" }\n}\n", []string{
			"build argument: 22 behind node: = node:22 for a held: the value is no text, or escaped: write it as one text in quotes"}},
		{"a.json", `{"target": {"a": {"args": {"BASE": "pyth\u006fn"}}}}`, []string{
			`build argument: pyth\u006fn = python for a held: the value is no text, or escaped: write it as one text in quotes`}},
		{"a.hcl", "target \"base\" {\n  args = { BASE = \"python\" }\n}\ntarget \"a\" { inherits = [\"base\"] }\ntarget \"b\" { inherits = [\"base\"] }\n", []string{
			"build argument: python for base a b"}},
		{"a.hcl", "target \"base\" {\n  args = { BASE = \"python\" }\n}\ntarget \"a\" { inherits = [\"base\"] }\ntarget \"other\" { inherits = [\"base\"] }\n", []string{
			"build argument: python for base a held: the text is also an argument of a target whose Dockerfile uses it in another way: write each by itself"}},
		{"a.hcl", "target \"other\" {\n  args = { BASE = \"python\" }\n}\ntarget \"a\" { inherits = [\"other\"] }\n", []string{"build argument: python for a"}},
		{"a.hcl", "group \"g\" { targets = [\"other\"] }\ntarget \"other\" {\n  args = { BASE = \"python\" }\n}\ntarget \"a\" { inherits = [\"other\"] }\n", []string{
			"build argument: python for a held: the text is also an argument of a target whose Dockerfile uses it in another way: write each by itself"}},
	} {
		of := mustParse(t, dockerfile)
		feeds := func(b BakeBuild) []Feed {
			if b.Target == "other" {
				return nil
			}
			return of.ArgFeeds(b.Args)
		}
		for _, shape := range corpus.Shapes {
			d, err := Parse(c.name, BakeKind, shape.Of([]byte(c.text)))
			if err != nil {
				t.Fatal(err)
			}
			images := d.BakeArgImages(feeds)
			if got := described(d, images); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: images are\n%s\nwant\n%s", c.text, shape.Name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for n, i := range images {
				if i.Held != "" {
					continue
				}
				b, err := Apply(d.Bytes, []Splice{{i.Span, strings.TrimPrefix(i.Ref+pin, i.Before)}})
				if err != nil {
					t.Fatal(err)
				}
				now, err := Parse(c.name, BakeKind, b)
				if err != nil {
					t.Fatal(err)
				}
				if again := now.BakeArgImages(feeds); len(again) != len(images) || again[n].Ref != i.Ref+pin {
					t.Errorf("%s: pinned, the images are %v", c.text, described(now, again))
				}
			}
		}
	}
}

// TestBakeHostile requires targets that inherit from each other without end or measure to come to an end.
func TestBakeHostile(t *testing.T) {
	var text strings.Builder
	text.WriteString("variable \"A0\" { default = \"aaaaaaaaaa\" }\n")
	for n := 1; n < 3000; n++ {
		fmt.Fprintf(&text, "variable \"A%d\" { default = \"${A%d}${A%d}\" }\n", n, n-1, n-1)
		fmt.Fprintf(&text, "target \"t%d\" {\n  inherits = [\"t%d\", \"t%d\"]\n  args = { A%d = \"x\" }\n  tags = [A%d]\n}\n", n, n-1, n-1, n, n)
	}
	d, err := Parse("docker-bake.hcl", BakeKind, []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	builds := d.BakeBuilds()
	if took := time.Since(begin); len(builds) != 2999 || took > 10*time.Second {
		t.Errorf("%d builds in %s", len(builds), took)
	}
	if last := builds[2998]; last.Context != "" || len(last.Tags) > 0 || last.Args["A2999"] != "x" {
		t.Errorf("the last build is %.300v", last)
	}
}
