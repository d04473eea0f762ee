package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// show writes a Walk one line a thing.
func show(w *Walk) string {
	var b strings.Builder
	for _, f := range w.Files {
		fmt.Fprintf(&b, "%s: %s", f.Name, f.Kind)
		if f.Named {
			b.WriteString(", named")
		}
		b.WriteString("\n")
	}
	for _, s := range w.Skipped {
		fmt.Fprintf(&b, "%s - %s", s.Name, s.Reason)
		if s.Named {
			b.WriteString(", named")
		}
		b.WriteString("\n")
	}
	for _, err := range w.Errors {
		fmt.Fprintf(&b, "! %s\n", err)
	}
	return b.String()
}

// findIs compares what Find finds with the lines wanted.
func findIs(t *testing.T, dir string, paths []string, want string) *Walk {
	t.Helper()
	w := Find(context.Background(), paths, FindOptions{Dir: dir})
	got := show(w)
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("Find(%q):\n%swant:\n%s", paths, got, want)
	}
	for _, f := range w.Files {
		if !filepath.IsAbs(f.Path) {
			t.Errorf("%s: Path %q is not absolute", f.Name, f.Path)
		}
	}
	return w
}

const project1 = `
-- Dockerfile --
FROM a
-- docker-compose.yml --
services: {}
-- README.md --
FROM a
-- a.Dockerfile --
FROM a
-- a/Dockerfile.dev --
FROM a
-- a/Dockerfile.dev.dockerignore --
*
-- a/Dockerfile.j2 --
FROM {{ a }}
-- a/nginx.conf.j2 --
x
-- a/Dockerfile.tera --
FROM {{ a }}
-- a/gen/Dockerfile --
# DO NOT EDIT
FROM a
-- .devcontainer/Dockerfile --
FROM a
-- vendor/x/Dockerfile --
FROM a
-- web/node_modules/x/Dockerfile --
FROM a
-- web/testdata/demo/Dockerfile --
FROM a
-- web/testdata/demo/fixtures/Dockerfile --
FROM a
-- .git/hooks/Dockerfile --
FROM a
-- {{cookiecutter.name}}/Dockerfile --
FROM a
-- go/dockerfile.go --
package dockerfile
-- go/Dockerfile.go --
# for the Go service
FROM a
-- go/dockerfile.py --
from a import b
-- go/Dockerfile.txt --
see Dockerfile
-- odd/stack.yml --
services: {a: {image: b}}
-- odd/build.df --
FROM a
-- odd/notes --
hello
-- odd/compose.yaml/x --
`

func TestFindWalks(t *testing.T) {
	dir := tree(t, project1)
	findIs(t, dir, nil, `
.devcontainer/Dockerfile: Dockerfile
Dockerfile: Dockerfile
a.Dockerfile: Dockerfile
a/Dockerfile.dev: Dockerfile
docker-compose.yml: Compose file
go/Dockerfile.go: Dockerfile
a/Dockerfile.j2 - a template, by its name
a/Dockerfile.tera - a template, by line 1
a/gen/Dockerfile - a generated file, by line 1
vendor - vendored code
web/node_modules - vendored code
web/testdata - test data
{{cookiecutter.name}} - a template, by its name
`)
}

func TestFindNamed(t *testing.T) {
	dir := tree(t, project1)
	findIs(t, dir, []string{"odd/stack.yml", "./odd/build.df", "a/gen/Dockerfile", "vendor/x", "web/testdata/demo/"}, `
a/gen/Dockerfile: Dockerfile, named
odd/build.df: Dockerfile, named
odd/stack.yml: Compose file, named
vendor/x/Dockerfile: Dockerfile
web/testdata/demo/Dockerfile: Dockerfile
web/testdata/demo/fixtures - test data
`)
	findIs(t, dir, []string{"a/Dockerfile.j2", "a/Dockerfile.tera", "vendor"}, `
vendor/x/Dockerfile: Dockerfile
a/Dockerfile.j2 - a template, by its name, named
a/Dockerfile.tera - a template, by line 1, named
`)
	findIs(t, dir, []string{"odd/notes", "nowhere", "Dockerfile/x", ""}, `
! "" is not a path
! Dockerfile/x: not a directory
! nowhere: no such file or directory
! odd/notes: neither a Dockerfile nor a Compose file (a Dockerfile begins with FROM, a Compose file has services)
`)
}

func TestFindNames(t *testing.T) {
	dir := tree(t, `
-- here/a/Dockerfile --
FROM a
-- there/Dockerfile --
FROM a
`)
	here := filepath.Join(dir, "here")
	findIs(t, here, []string{"./a/../a/Dockerfile", "../there"}, `
../there/Dockerfile: Dockerfile
a/Dockerfile: Dockerfile, named
`)
	findIs(t, here, []string{filepath.Join(here, "a"), filepath.Join(dir, "there", "Dockerfile")}, fmt.Sprintf(`
%s/there/Dockerfile: Dockerfile, named
a/Dockerfile: Dockerfile
`, filepath.ToSlash(dir)))
}

func TestFindOnce(t *testing.T) {
	dir := tree(t, "-- a/Dockerfile --\nFROM a\n-- a/b/compose.yml --\nservices: {}\n")
	findIs(t, dir, []string{".", "a", "a/b", "a/Dockerfile", "./a/Dockerfile"}, `
a/Dockerfile: Dockerfile, named
a/b/compose.yml: Compose file
`)
}

func TestFindIgnores(t *testing.T) {
	dir := tree(t, `
-- .gitignore --
*.dev
/out/
-- .git/info/exclude --
private
-- Dockerfile.dev --
FROM a
-- a/.gitignore --
!Dockerfile.dev
b/
-- a/Dockerfile.dev --
FROM a
-- a/b/Dockerfile --
FROM a
-- out/Dockerfile --
FROM a
-- out/Dockerfile.dev --
FROM a
-- private/Dockerfile --
FROM a
-- sub/.git/HEAD --
-- sub/Dockerfile.dev --
FROM a
`)
	findIs(t, dir, []string{"."}, `
a/Dockerfile.dev: Dockerfile
sub/Dockerfile.dev: Dockerfile
`)
	findIs(t, dir, []string{"Dockerfile.dev", "a/b"}, `
Dockerfile.dev: Dockerfile, named
a/b/Dockerfile: Dockerfile
`)
	// What is left out was named: the rules that leave it out do not count inside.
	findIs(t, dir, []string{"out"}, `
out/Dockerfile: Dockerfile
out/Dockerfile.dev: Dockerfile
`)
	// From a subdirectory, the rules above it count.
	findIs(t, filepath.Join(dir, "a"), nil, `
Dockerfile.dev: Dockerfile
`)
}

func TestFindIgnoresOfAWorktree(t *testing.T) {
	dir := tree(t, `
-- main/.git/info/exclude --
Dockerfile
-- main/.git/worktrees/w/commondir --
../..
-- w/.git --
gitdir: ../main/.git/worktrees/w
-- w/Dockerfile --
FROM a
-- w/compose.yml --
services: {}
`)
	findIs(t, filepath.Join(dir, "w"), nil, "compose.yml: Compose file\n")
}

func TestFindWithoutRepository(t *testing.T) {
	dir := tree(t, "-- .gitignore --\nb\n-- a/.gitignore --\nDockerfile\n-- a/Dockerfile --\nFROM a\n-- b/Dockerfile --\nFROM a\n-- c/Dockerfile --\nFROM a\n")
	findIs(t, dir, nil, "c/Dockerfile: Dockerfile\n")
}

func TestFindStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := Find(ctx, nil, FindOptions{Dir: tree(t, "-- Dockerfile --\nFROM a\n")})
	if got := show(w); got != "! context canceled\n" {
		t.Errorf("got:\n%s", got)
	}
}

func TestRead(t *testing.T) {
	dir := tree(t, "-- Dockerfile --\nFROM a\n")
	f := File{Name: "Dockerfile", Path: filepath.Join(dir, "Dockerfile")}
	c, err := Read(f)
	must(t, err)
	if string(c.Bytes) != "FROM a\n" || c.Mode != 0o644 {
		t.Errorf("read %q with mode %v", c.Bytes, c.Mode)
	}
	must(t, os.Truncate(f.Path, 9<<20))
	if _, err := Read(f); err == nil || err.Error() != "Dockerfile: is 9.0 MB, more than the 8 MB that are read" {
		t.Errorf("a large file: %v", err)
	}
	if _, err := Read(File{Name: "x", Path: dir}); err == nil || err.Error() != "x: is a directory" {
		t.Errorf("a directory: %v", err)
	}
	if _, err := ReadSmall(filepath.Join(dir, "none")); !os.IsNotExist(unwrapped(err)) {
		t.Errorf("no file: %v", err)
	}
}

func unwrapped(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = u.Unwrap()
	}
}
