package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// TestTogether holds which Compose files are read together: overrides, included and extended ones in both directions, those of the
// folder, and none of a folder that is a collection.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) project.File {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return project.File{Name: name, Path: path, Kind: source.ComposeKind}
	}
	one := "services:\n  web:\n    image: nginx\n"
	base := write("compose.yaml", one+"include:\n  - parts/db.yaml\n  - path: [parts/cache.yaml]\n")
	over := write("compose.override.yml", one)
	named := write("compose.prod.yaml", one)
	db := write("parts/db.yaml", one)
	write("parts/cache.yaml", one)
	caller := write("other/compose.yaml", "services:\n  a:\n    extends:\n      file: ../parts/db.yaml\n      service: web\n")
	template := write("templates/compose.t.yaml", one)
	for i := range maxTogether {
		write("templates/compose.t"+string(rune('a'+i))+".yaml", one)
	}
	b := newBuilds([]project.File{base, over, named, caller, template})
	for _, c := range []struct {
		of   project.File
		want string
	}{
		{base, "compose.override.yml:merged parts/db.yaml: parts/cache.yaml: compose.prod.yaml:"},
		{over, "compose.yaml:merged compose.prod.yaml:"},
		{named, "compose.override.yml: compose.yaml:"},
		{db, "../compose.yaml:includes ../other/compose.yaml:extends"},
		{template, ""},
	} {
		var got []string
		for _, o := range b.together(c.of, b.document(c.of), nil) {
			how := map[bool]string{true: "merged"}[o.Override] + map[bool]string{true: "includes"}[o.Includes] + map[bool]string{true: "extends"}[o.Extends]
			got = append(got, o.Doc.Name+":"+how)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.of.Name, got, c.want)
		}
	}
}

// Where no repository tells what lies around a file, the folder by which it was found does.
func TestFolderInRepository(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"tests/docker/compose.yaml": "tests/docker", "compose.yaml": filepath.Base(dir), filepath.Join(dir, "tests", "docker", "compose.yaml"): "docker"} {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, name)
		}
		if got := folderInRepository(project.File{Name: name, Path: path}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := folderInRepository(project.File{Name: "docker/compose.yaml", Path: filepath.Join(dir, "tests", "docker", "compose.yaml")}); got != "tests/docker" {
		t.Errorf("in a repository: %q", got)
	}
}
