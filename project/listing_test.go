package project

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const contextTree = `
-- Dockerfile --
-- app.Dockerfile --
-- package.json --
{}
-- src/main.js --
1
-- src/lib/a.js --
22
-- node_modules/x/package.json --
-- logs/keep/me --
-- logs/keep/not.log --
-- logs/a --
-- .env --
`

// list is the listing of a tree, one path a line.
func list(t *testing.T, dir, dockerfile string, limit int) (*Listing, string) {
	t.Helper()
	l, err := List(context.Background(), Context{Dir: dir, Dockerfile: filepath.Join(dir, dockerfile)}, limit)
	must(t, err)
	var paths []string
	for _, e := range l.Entries {
		paths = append(paths, e.Path)
	}
	return l, strings.Join(paths, " ")
}

func TestList(t *testing.T) {
	for _, c := range []struct{ ignore, want string }{
		{"", ".dockerignore .env Dockerfile app.Dockerfile logs logs/a logs/keep logs/keep/me logs/keep/not.log node_modules node_modules/x " +
			"node_modules/x/package.json package.json src src/lib src/lib/a.js src/main.js"},
		{"*\n!src\n", "src src/lib src/lib/a.js src/main.js"},
		{"*\n!src/lib\n", "src src/lib src/lib/a.js"},
		{"*\n!**/*.js\n", "src src/lib src/lib/a.js src/main.js"},
		{"# all\n**/node_modules\n/logs/\n.env\n*ockerfile\n.dockerignore\n", "package.json src src/lib src/lib/a.js src/main.js"},
		{"*\n!logs/keep\n**/*.log", "logs logs/keep logs/keep/me"},
		{"\xef\xbb\xbf./*\r\n!./package.json\r\n", "package.json"},
	} {
		dir := tree(t, contextTree+"-- .dockerignore --\n"+c.ignore)
		if _, got := list(t, dir, "Dockerfile", 100); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.ignore, got, c.want)
		}
	}
}

func TestListIgnoreBesideTheDockerfile(t *testing.T) {
	dir := tree(t, contextTree+"-- .dockerignore --\nsrc\n-- app.Dockerfile.dockerignore --\n*\n!src/main.js\n")
	l, got := list(t, dir, "app.Dockerfile", 100)
	if got != "src src/main.js" || l.Ignore != filepath.Join(dir, "app.Dockerfile.dockerignore") || !slices.Equal(l.Patterns, []string{"*", "!src/main.js"}) {
		t.Errorf("got %s by %s %q", got, l.Ignore, l.Patterns)
	}
	if l, got := list(t, dir, "Dockerfile", 100); strings.Contains(got, "src") || l.Ignore != filepath.Join(dir, ".dockerignore") {
		t.Errorf("got %s by %s", got, l.Ignore)
	}
}

func TestListEntries(t *testing.T) {
	dir := tree(t, "-- a/b --\n123\n-- a/c/d --\n")
	symlinkOrSkip(t, "..", filepath.Join(dir, "a", "up"))
	l, got := list(t, dir, "Dockerfile", 100)
	if got != "a a/b a/c a/c/d a/up" || l.Ignore != "" || l.Partial != "" {
		t.Errorf("got %s, %+v", got, l)
	}
	var kinds []string
	for _, e := range l.Entries {
		kinds = append(kinds, fmt.Sprint(e.Mode.Type()&fs.ModeType, e.Size))
	}
	if got := strings.Join(kinds, " "); got != "d--------- 0 ---------- 4 d--------- 0 ---------- 0 L--------- 0" {
		t.Errorf("kinds and sizes: %s", got)
	}
	if !l.Has("a/b") || l.Has("a/") || l.Has("b") {
		t.Error("Has is wrong about a/b, a/ or b")
	}
}

// TestListBounded has what is near the top although the deep directory comes first.
func TestListBounded(t *testing.T) {
	archive := "-- z --\n"
	for i := range 50 {
		archive += fmt.Sprintf("-- a/%d --\n", i)
	}
	l, got := list(t, tree(t, archive), "Dockerfile", 10)
	if len(l.Entries) != 10 || l.Partial != "more than 10 files" || !strings.HasSuffix(got, " z") {
		t.Errorf("got %s, %q", got, l.Partial)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	l, err := List(ctx, Context{Dir: tree(t, archive)}, 100)
	must(t, err)
	if l.Partial != "took too long" {
		t.Errorf("Partial is %q", l.Partial)
	}
}

func TestListErrors(t *testing.T) {
	dir := tree(t, "-- .dockerignore --\na[\n-- b/.dockerignore/x --\n-- f --\n-- c/.dockerignore --\n!\n")
	for _, c := range []struct{ dir, want string }{
		{"", dir + "/.dockerignore: syntax error in pattern"},
		{"b", dir + "/b/.dockerignore: is a directory"},
		{"f", dir + "/f: is not a directory"},
		{"none", dir + "/none: no such file or directory"},
		{"c", dir + `/c/.dockerignore: illegal exclusion pattern: "!"`},
	} {
		_, err := List(context.Background(), Context{Dir: filepath.Join(dir, c.dir), Dockerfile: filepath.Join(dir, c.dir, "Dockerfile")}, 10)
		if err == nil || filepath.ToSlash(err.Error()) != c.want {
			t.Errorf("%q: %v, want %s", c.dir, err, c.want)
		}
	}
}
