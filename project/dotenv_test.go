package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestNewDir makes the directory of a new file, and takes it away again where the commit fails.
func TestNewDir(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "secrets", "a.txt")
	write := Write{Path: name, After: []byte("x"), Mode: 0o600, NewDir: true}
	blocked := Write{Path: filepath.Join(dir, "absent", "b.txt"), After: []byte("y")}
	if _, err := Commit(context.Background(), []Write{write, blocked}, dir); err == nil {
		t.Fatal("a file in no directory is written")
	}
	if exists(filepath.Dir(name)) {
		t.Error("the directory stays")
	}
	if _, err := Commit(context.Background(), []Write{write}, dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Dir(name))
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestIgnored reads the .gitignore files from the top of the repository down to a file.
func TestIgnored(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".git", "info"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{".gitignore": ".env\n*.local\n/c/\n", "a/.gitignore": "!.env\n", "a/b/.gitignore": ".env*\n!.env.example\n", ".git/info/exclude": "d.env\n"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		".env": true, ".env.example": false, "x.local": true, "a/.env": false, "a/b/.env": true, "a/b/.env.example": false, "c/.env": true, "c/x/y": true, "d.env": true, "a/d.env": true, "e": false,
	} {
		if got := Ignored(filepath.Join(dir, filepath.FromSlash(name))); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
	if Ignored(filepath.Join(t.TempDir(), ".env")) {
		t.Error("outside of a repository something is ignored")
	}
}

// TestEnvFileEvidence finds the lines that give Compose another file in place of .env, and the Compose files they name.
func TestEnvFileEvidence(t *testing.T) {
	for line, want := range map[string]string{
		"docker compose --env-file prod.env up -d":                     "prod.env []",
		"docker-compose -f a.yml --file b.yml --env-file=../x.env up":  "../x.env [a.yml b.yml]",
		"docker compose --env-file prod.env -f a.yml up && x -f c.yml": "prod.env [a.yml]",
		"docker compose --env-file ./.env up":                          "",
		"docker run --env-file prod.env x":                             "",
		"# docker compose --env-file prod.env up":                      "",
	} {
		got := ""
		for _, e := range callLines("up.sh", line+"\n") {
			got = fmt.Sprint(e.EnvFile, " ", e.ComposeFiles())
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestCIEvidence finds the lines by which a CI service runs Compose, and none of other scripts.
func TestCIEvidence(t *testing.T) {
	for _, c := range []struct {
		file, line string
		want       bool
	}{
		{"/r/.github/workflows/a.yml", "- run: docker compose -f a.yml up -d", true}, {"/r/.gitlab-ci.yml", "  - docker-compose build web", true}, {"/r/Jenkinsfile.prod", "sh 'docker-compose run web'", true},
		{"/r/.github/workflows/a.yml", "- run: docker compose version", false}, {"/r/scripts/up.sh", "docker compose up", false}, {"/r/.github/workflows/a.yml", "# docker compose up", false},
	} {
		found := callLines(c.file, c.line+"\n")
		if got := len(found) == 1 && found[0].CI; got != c.want || !c.want && len(found) > 0 {
			t.Errorf("%s: %s: %+v", c.file, c.line, found)
		}
	}
}
