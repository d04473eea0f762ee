package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
)

// manifestCases have the other kinds of files: those of the list of rivals' wrong results, and more.
var manifestCases = []struct {
	name, text string
	kind       Kind
	want       []string
	comments   int
}{
	{"ci.yml", `on: push # comment
jobs:
  test:
    runs-on: ubuntu-latest
    container: node:22
    services:
      db:
        image: postgres:16-alpine
        env: {image: notanimage:1}
    steps:
      - uses: actions/checkout@v4
      - uses: docker://alpine:3.20
      - uses: "docker://ghcr.io/a/b:1" # x
      - run: docker run redis:7
      - run: |
          image: notanimage:2
        with: {image: notanimage:3}
  long:
    container:
      image: 'golang:1.25'
    strategy:
      matrix: {image: [notanimage:4]}
    steps: [{uses: docker://alpine:3.20}]
  expression:
    container: ${{ matrix.image }}
    services:
      a: {image: "redis:${{ matrix.v }}"}
  none:
    container:
    services: {}
`, ActionsKind, []string{
		"image: node:22 for test", "image: postgres:16-alpine for test", "docker: alpine:3.20 for test", "docker: ghcr.io/a/b:1 for test",
		"image: golang:1.25 for long", "docker: alpine:3.20 for long",
		"image: ${{ matrix.image }} =  for expression held: it depends on an expression, which only the caller knows",
		`image: "redis:${{ matrix.v }}" =  for expression held: it depends on an expression, which only the caller knows`,
	}, 2},
	{"action.yml", "name: x\nruns:\n  using: docker\n  image: docker://alpine:3.20\n", ActionsKind, []string{"docker: alpine:3.20"}, 0},
	{"action.yml", "runs:\n  using: docker\n  image: Dockerfile\n", ActionsKind, nil, 0},
	{"action.yml", "runs:\n  using: composite\n  steps:\n    - uses: docker://alpine:3.20\n", ActionsKind, []string{"docker: alpine:3.20"}, 0},
	{".gitlab-ci.yml", `image: python:3.12-slim
variables: {image: notanimage:1}
default:
  image:
    name: node:22
    entrypoint: [""]
  services: [redis:7]
.hidden: &hidden
  image: &go golang:1.25
test:
  <<: *hidden
  services:
    - redis:7
    - name: postgres:16-alpine
      alias: db
    - $CI_REGISTRY_IMAGE/x
  script:
    - docker run notanimage:2
other:
  image: *go
  stage: test
include:
  - image: notanimage:3
ref:
  image: !reference [test, image]
`, GitLabKind, []string{
		"image: python:3.12-slim", "image: node:22 for default", "image: redis:7 for default", "image: golang:1.25 for .hidden test other",
		"image: redis:7 for test", "image: postgres:16-alpine for test",
		"image: $CI_REGISTRY_IMAGE/x =  for test held: it depends on a variable, which only the caller knows",
	}, 0},
	{".gitlab-ci.yml", "spec:\n  inputs: {image: {default: notanimage:1}}\n---\nimage: node:22\n", GitLabKind, []string{"image: node:22"}, 0},
	{"deploy.yaml", `apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - image: busybox:1.36
      containers:
        - image: nginx:latest
          name: a
        - name: b
          image: redis:7
          env: [{name: image, value: notanimage:1}]
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: alpine:3.20}]}}}}}
---
apiVersion: v1
kind: Pod
spec:
  ephemeralContainers:
  - image: "debian:12"
---
apiVersion: v1
kind: ConfigMap
data:
  image: notanimage:2
  pod: |
    spec:
      containers:
        - image: notanimage:3
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  spec:
    containers:
    - image: httpd:2.4
---
spec:
  containers:
  - image: notanimage:4
`, KubernetesKind, []string{
		"image: busybox:1.36 for Deployment", "image: nginx:latest for Deployment", "image: redis:7 for Deployment", "image: alpine:3.20 for CronJob",
		"image: debian:12 for Pod", "image: httpd:2.4 for List",
	}, 0},
	{"helm.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {{ .Values.image }}\n", KubernetesKind, nil, 0},
	{"twice.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: a:1\n    image: b:1\n", KubernetesKind, []string{
		`image: a:1 for Pod held: the key "image" is defined twice, on lines 5 and 6`}, 0},
	{"devcontainer.json", "// comment\n{\n  \"name\": \"x\", /* a\n b */\n  \"image\": \"python:3.12-slim\",\n  \"features\": {\"ghcr.io/devcontainers/features/go:1\": {}},\n  \"customizations\": {\"image\": \"notanimage:1\"}, // trailing\n}\n// end\n",
		DevcontainerKind, []string{"image: python:3.12-slim"}, 4},
	{"devcontainer.json", `{"image": "${localEnv:IMAGE}"}`, DevcontainerKind, []string{"image: ${localEnv:IMAGE} =  held: it depends on a variable, which only the caller knows"}, 0},
	{"devcontainer.json", `{"image": "a\u003a1"}`, DevcontainerKind, []string{`image: a\u003a1 = a:1 held: it is quoted or escaped in a way that hides its bytes: write it plainly`}, 0},
	{"devcontainer.json", `{"build": {"dockerfile": "Dockerfile"}, "image": 1}`, DevcontainerKind, nil, 0},
	{"docker-bake.hcl", `# comment
variable "TAG" { default = "notanimage:1" }
target "app" {
  contexts = { base = "docker-image://alpine:3.20", src = "./dir", "other" = "target:x" } // end
  args = { BASE = "python:3.12-slim" }
  tags = ["notanimage:2"]
  dockerfile-inline = <<EOT
FROM notanimage:3
EOT
}
target "b" {
  contexts = {
    "alpine" = "docker-image://${TAG}"
    x = "docker-image://redis:${TAG}"
    y = "docker-image://scratch"
    z = docker
  }
}
group "default" { targets = ["app"] }
`, BakeKind, []string{
		"docker-image: alpine:3.20 for app",
		`docker-image: "docker-image://${TAG}" =  for b held: it depends on a variable, which only the caller knows`,
		`docker-image: "docker-image://redis:${TAG}" =  for b held: it depends on a variable, which only the caller knows`,
	}, 2},
	{"docker-bake.json", `{"target": {"app": {"contexts": {"base": "docker-image://alpine:3.20", "v": "docker-image://${X}"}, "args": {"A": "notanimage:1"}}}}`, BakeKind, []string{
		"docker-image: alpine:3.20 for app", "docker-image: docker-image://${X} =  for app held: it depends on a variable, which only the caller knows"}, 0},
}

func TestManifests(t *testing.T) {
	for _, c := range manifestCases {
		for _, shape := range corpus.Shapes {
			d, err := Parse(c.name, c.kind, shape.Of([]byte(c.text)))
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, shape.Name, err)
				continue
			}
			if got := described(d, d.Images()); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: images are\n%s\nwant\n%s", c.name, shape.Name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if len(d.Comments) != c.comments {
				t.Errorf("%s, %s: comments are %+v", c.name, shape.Name, d.Comments)
			}
			checkImages(t, d)
		}
	}
}

func TestManifestPaths(t *testing.T) {
	var got []string
	for _, c := range manifestCases[:10] {
		d, err := Parse(c.name, c.kind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range d.Images() {
			got = append(got, fmt.Sprint(strings.Join(i.Paths, " "), " ", i.Expect("x")[i.Paths[0]]))
		}
	}
	want := `jobs.test.container x
jobs.test.services.db.image x
jobs.test.steps[1].uses docker://x
jobs.test.steps[2].uses docker://x
jobs.long.container.image x
jobs.long.steps[0].uses docker://x
`
	if !strings.HasPrefix(strings.Join(got, "\n"), want) || !slices.Contains(got, ".hidden.image other.image test.image x") || !slices.Contains(got, "[1].image x") ||
		!slices.Contains(got, "[0].spec.template.spec.containers[1].image x") {
		t.Errorf("paths are\n%s", strings.Join(got, "\n"))
	}
}

func TestManifestErrors(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		text, want string
	}{
		{DevcontainerKind, `{"image": hunter2}`, "f:1:11: is not JSON: invalid literal"},
		{BakeKind, "target \"a\" {\n  x = \n}\n", "f:2:7: is not HCL: invalid expression"},
		{ActionsKind, "jobs:\n\ta: b\n", "f:2: found character that cannot start any token (the line is indented with a tab, YAML wants spaces)"},
	} {
		_, err := Parse("f", c.kind, []byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzManifest looks for a panic, and for images that are not what their bytes say.
func FuzzManifest(f *testing.F) {
	for _, c := range manifestCases {
		f.Add(int(c.kind), []byte(c.text))
	}
	f.Add(int(BakeKind), []byte(bakeHCL))
	f.Add(int(BakeKind), []byte(bakeJSON))
	of, err := Parse("Dockerfile", DockerfileKind, []byte("ARG BASE\nARG V\nFROM $BASE\nFROM a:$V\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind int, b []byte) {
		d, err := Parse("f", Kind(kind), b)
		if err != nil || Kind(kind) <= ComposeKind {
			return
		}
		for _, c := range d.Comments {
			d.Text(c.Span)
		}
		checkImages(t, d)
		for _, i := range d.BakeArgImages(func(b BakeBuild) []Feed { return of.ArgFeeds(b.Args) }) {
			if i.Held == "" && i.Ref != i.Before+d.Text(i.Span) {
				t.Errorf("the argument %q behind %q is not %q", d.Text(i.Span), i.Before, i.Ref)
			}
		}
	})
}
