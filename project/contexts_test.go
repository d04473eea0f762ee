package project

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestContexts(t *testing.T) {
	dir := tree(t, `
-- compose.yaml --
-- Dockerfile --
-- api/Dockerfile --
-- api/Dockerfile.dev --
-- web/dockerfile --
-- docker/worker.Dockerfile --
-- lone/Dockerfile --
`)
	file := func(name string) File {
		kind, _ := Classify(name)
		return File{Name: name, Path: filepath.Join(dir, filepath.FromSlash(name)), Kind: kind}
	}
	compose := ComposeBuilds{file("compose.yaml"), []Build{
		{Service: "api", Context: "./api", Args: map[string]string{"V": "1"}, Contexts: []string{"base"}},
		{Service: "dev", Context: "api", Dockerfile: "Dockerfile.dev", Target: "dev"},
		{Service: "web", Context: "web"},
		{Service: "root"},
		{Service: "worker", Context: ".", Dockerfile: "docker/worker.Dockerfile"},
		{Service: "absolute", Context: filepath.Join(dir, "api"), Dockerfile: filepath.Join(dir, "lone", "..", "Dockerfile")},
		{Service: "inline", Context: ".", Inline: "FROM a"},
		{Service: "variable", Context: "${DIR:-.}"},
		{Service: "variable2", Dockerfile: "$F"},
		{Service: "git", Context: "https://example.com/a.git#main:dir"},
		{Service: "ssh", Context: "git@example.com:a/b.git"},
		{Service: "hub", Context: "github.com/a/b"},
		{Service: "other", Context: "service:api"},
		{Service: "c", Context: "c"},
	}}
	files := []File{file("Dockerfile"), file("api/Dockerfile"), file("api/Dockerfile.dev"), file("compose.yaml"), file("lone/Dockerfile"), file("web/dockerfile")}

	contexts := Contexts(files, []ComposeBuilds{compose})
	got := showContexts(t, dir, contexts)
	want := `
api: api builds api/Dockerfile map[V:1] base
api: dev builds api/Dockerfile.dev dev map[]
web: web builds web/dockerfile map[]
.: root builds Dockerfile map[]
.: worker builds docker/worker.Dockerfile map[]
api: absolute builds Dockerfile map[]
c: c builds c/Dockerfile map[]
lone: guess builds lone/Dockerfile map[]
`
	if got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got:\n%s", got)
	}
	if got := showContexts(t, dir, For(contexts, files[0])); got != ".: root builds Dockerfile map[]\napi: absolute builds Dockerfile map[]\n" {
		t.Errorf("For the root's Dockerfile:\n%s", got)
	}
	if len(contexts) != 8 {
		t.Errorf("For changed its list: %d left", len(contexts))
	}
}

func showContexts(t *testing.T, dir string, contexts []Context) string {
	t.Helper()
	rel := func(path string) string {
		r, err := filepath.Rel(dir, path)
		must(t, err)
		return filepath.ToSlash(r)
	}
	var b strings.Builder
	for _, c := range contexts {
		who := c.Service
		if c.Guess() {
			who = "guess"
		} else if c.From != "compose.yaml" {
			t.Errorf("%s is from %q", c.Service, c.From)
		}
		fmt.Fprintln(&b, strings.Join(strings.Fields(fmt.Sprintf("%s: %s builds %s %s %v %s", rel(c.Dir), who, rel(c.Dockerfile), c.Target, c.Args, strings.Join(c.Contexts, " "))), " "))
	}
	return b.String()
}

func TestContextsThroughSymlinks(t *testing.T) {
	dir := tree(t, "-- docker/Dockerfile --\nFROM a\n-- app/x --\n-- compose.yml --\n")
	symlinkOrSkip(t, "../docker/Dockerfile", filepath.Join(dir, "app", "Dockerfile"))
	f := File{Name: "docker/Dockerfile", Path: filepath.Join(dir, "docker", "Dockerfile"), Kind: source.DockerfileKind}
	compose := File{Name: "compose.yml", Path: filepath.Join(dir, "compose.yml"), Kind: source.ComposeKind}
	got := For(Contexts([]File{f}, []ComposeBuilds{{compose, []Build{{Service: "app", Context: "app"}}}}), f)
	if len(got) != 1 || got[0].Dir != filepath.Join(dir, "app") {
		t.Errorf("got %+v", got)
	}
}
