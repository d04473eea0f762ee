package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestScriptsBelow(t *testing.T) {
	top := t.TempDir()
	for name, text := range map[string]string{
		"Makefile":        "all:\n\tdocker build --no-cache -t me/base:$(V) \\\n\t  --build-arg A=b base\n\tcd app && docker build --tag=me/app . && echo done\n",
		"scripts/go.sh":   "docker buildx build --push -f base/Dockerfile -t x/y . # docker build -t no base\ndocker build -t z \"$DIR\"\ndocker compose -f a.yaml exec -T web npm ci; docker run --rm me/app sh\n",
		"base/Dockerfile": "FROM a\n", "app/Dockerfile": "FROM a\n", "node_modules/x/Dockerfile": "FROM a\n",
	} {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := ScriptsBelow(context.Background(), top)
	var tags []string
	for _, tag := range found.Tags {
		rel, _ := filepath.Rel(realPath(top), tag.Dockerfile)
		tags = append(tags, tag.Image+" "+filepath.ToSlash(rel))
	}
	if got, want := fmt.Sprint(tags), "[me/base:${V} base/Dockerfile me/app app/Dockerfile x/y base/Dockerfile]"; got != want {
		t.Errorf("the tags are %s, want %s", got, want)
	}
	if len(found.Dockerfiles) != 2 {
		t.Errorf("the Dockerfiles are %v", found.Dockerfiles)
	}
	var uses []string
	for _, u := range found.Uses {
		uses = append(uses, fmt.Sprint(u.Words, u.Compose))
	}
	if got, want := fmt.Sprint(uses), "[[-T web npm ci] true [--rm me/app sh] false]"; got != want {
		t.Errorf("the uses are %s, want %s", got, want)
	}
}
