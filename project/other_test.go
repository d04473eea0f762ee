package project

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

const otherFiles = `
-- .devcontainer/devcontainer.json --
{"image": "a"}
-- .env --
A=b
-- .github/workflows/ci.yml --
on: push
jobs: {}
-- .gitlab-ci.yml --
image: a
-- Dockerfile --
FROM a
-- action.yml --
runs: {}
-- chart/templates/pod.yaml --
apiVersion: v1
kind: Pod
metadata: {name: "{{ .Name }}"}
-- docker-bake.hcl --
-- docker-bake.override.json --
{}
-- gen.yaml --
# DO NOT EDIT
apiVersion: v1
kind: Pod
-- k8s/pod.yaml --
apiVersion: v1
kind: Pod
-- values.yaml --
image: a
-- workflow.yaml --
on: push
jobs: {}
`

func TestFindOtherFiles(t *testing.T) {
	dir := tree(t, otherFiles)
	findIs(t, dir, nil, "\nDockerfile: Dockerfile\n")
	w := Find(context.Background(), nil, FindOptions{Dir: dir, AllFiles: true})
	want := `
.devcontainer/devcontainer.json: devcontainer file
.github/workflows/ci.yml: GitHub Actions file
.gitlab-ci.yml: GitLab CI file
Dockerfile: Dockerfile
action.yml: GitHub Actions file
docker-bake.hcl: bake file
docker-bake.override.json: bake file
k8s/pod.yaml: Kubernetes manifest
chart/templates/pod.yaml - a template, by line 3
gen.yaml - a generated file, by line 1
`
	if got := show(w); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("with AllFiles:\n%swant:\n%s", got, want)
	}
	findIs(t, dir, []string{".env", "k8s/pod.yaml", "workflow.yaml", "docker-bake.hcl", "chart/templates/pod.yaml", "values.yaml", "gen.yaml"}, `
.env: .env file, named
docker-bake.hcl: bake file, named
gen.yaml: Kubernetes manifest, named
k8s/pod.yaml: Kubernetes manifest, named
workflow.yaml: GitHub Actions file, named
chart/templates/pod.yaml - a template, by line 3, named
! values.yaml: neither a Dockerfile nor a Compose file (a Dockerfile begins with FROM, a Compose file has services)
`)
}

func TestClassifyNamed(t *testing.T) {
	for name, want := range map[string]source.Kind{
		".env": source.EnvKind, "a/prod.env": source.EnvKind, ".env.local": source.EnvKind, ".envrc": 0,
		"docker-bake.hcl": source.BakeKind, "docker-bake.override.hcl": source.BakeKind, "docker-bake.json": source.BakeKind, "main.hcl": 0,
		"/r/.github/workflows/a.yaml": source.ActionsKind, "x/action.yaml": source.ActionsKind, ".github/workflows/readme.md": 0,
		"ci/.gitlab-ci.yml": source.GitLabKind, "build.gitlab-ci.yml": source.GitLabKind,
		".devcontainer.json": source.DevcontainerKind, ".devcontainer/go/devcontainer.json": source.DevcontainerKind, "x.json": 0,
		"pod.yml": source.KubernetesKind, "pod.yaml.bak": 0, "pod.yaml.j2": 0,
	} {
		if got, _ := classifyNamed(name); got != want {
			t.Errorf("%s is taken for %s, want %s", name, got, want)
		}
	}
}
