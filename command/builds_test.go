package command

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// a repository with Compose files in several folders, of which the run is given only some.
const repository = `
-- .git/HEAD --
-- .gitignore --
/out
-- app/Dockerfile --
FROM a
-- Dockerfile --
FROM a
-- lone/Dockerfile --
FROM a
-- deploy/compose.yaml --
services:
  web:
    build: {context: ../app, args: {A: 1}}
  whole:
    build: {context: .., dockerfile: app/Dockerfile}
-- compose.yaml --
include: [parts/services.yml]
services:
  web:
    build: {context: ./app, args: {A: 1}}
  defaulted:
    build: "${APP:-app}"
  asked:
    build: ${APP:?}
-- compose.override.yaml --
services:
  web:
    build:
      target: dev
      args: [B=2]
-- compose.prod.yaml --
services:
  web:
    build: {target: prod}
-- parts/services.yml --
services:
  included:
    build: ../app
  extending:
    extends: {file: more/base.yml, service: base}
-- parts/more/base.yml --
services:
  base:
    build: ../../app
-- bake/docker-bake.hcl --
target "baked" {
  context = "../app"
  dockerfile = "Dockerfile"
}
-- out/compose.yaml --
services:
  ignored:
    build: ../app
-- node_modules/x/compose.yaml --
services:
  other:
    build: ../../app
-- testdata/compose.yaml --
services:
  tested:
    build: ./app
-- testdata/app/Dockerfile --
FROM a
-- inner/.git/HEAD --
-- inner/compose.yaml --
services:
  inner:
    build: ../app
`

// TestBuildsOf holds that all ways are found in which the files of a repository build a Dockerfile, whichever of them the run is
// given.
func TestBuildsOf(t *testing.T) {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(repository)).Files {
		path := filepath.Join(dir, f.Name)
		if err := cmp.Or(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string, kind source.Kind) project.File {
		return project.File{Name: name, Path: filepath.Join(dir, name), Kind: kind}
	}
	all := []string{
		"app/base//map[]", "app/baked//map[]", "app/defaulted//map[]", "app/included//map[]", "app/web//map[A:1]", "app/web//map[A:1]",
		"app/web/dev/map[A:1 B:2]", "app/web/prod/map[A:1]", "./whole//map[]",
	}
	for _, given := range [][]string{nil, {"compose.yaml"}, {"deploy/compose.yaml", "compose.override.yaml", "parts/services.yml"}} {
		var files []project.File
		for _, name := range given {
			files = append(files, file(name, source.ComposeKind))
		}
		var got []string
		for _, found := range newBuilds(files).of(context.Background(), file("app/Dockerfile", source.DockerfileKind)) {
			rel, _ := filepath.Rel(dir, found.Dir)
			got = append(got, fmt.Sprintf("%s/%s/%s/%v", rel, found.Service, found.Target, found.Args))
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(all))
		if !slices.Equal(got, want) {
			t.Errorf("given %q:\n%s\nwant\n%s", given, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	// What builds ./Dockerfile is the production file by itself, if it is not read over another one.
	b := newBuilds(nil)
	for name, want := range map[string]string{"Dockerfile": "web", "lone/Dockerfile": "", "testdata/app/Dockerfile": "tested"} {
		list := b.of(context.Background(), file(name, source.DockerfileKind))
		if len(list) != 1 || list[0].Service != want || list[0].Guess() != (want == "") {
			t.Errorf("%s: %+v", name, list)
		}
	}
}
