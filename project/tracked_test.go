package project

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTracked requires what git tracks to be told, by file and by directory, and nothing where there is no repository.
func TestTracked(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is absent")
	}
	dir := t.TempDir()
	if TrackedBelow(context.Background(), dir)().Known() {
		t.Skip("the directory of temporary files lies in a git repository")
	}
	for _, name := range []string{"app/vendor/a.go", "app/vendor-b", "app/new", "other"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "app/vendor", "app/vendor-b", "other"}} {
		git := exec.Command("git", args...)
		git.Dir = dir
		if out, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	tracked := TrackedBelow(context.Background(), filepath.Join(dir, "app"))()
	if !tracked.Known() {
		t.Fatal("git was not asked")
	}
	for path, want := range map[string]bool{"vendor": true, "vendor/a.go": true, "vendor-b": true, "vend": false, "new": false, "other": false} {
		if got := tracked.Has(path); got != want {
			t.Errorf("%s: tracked %v, want %v", path, got, want)
		}
	}
}
