package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// oldText and newText are long enough to be torn.
func oldText(name string) string { return "old " + name + "\n" + strings.Repeat("o", 9000) + "\n" }
func newText(name string) string { return "new " + name + "\n" + strings.Repeat("n", 12000) + "\n" }

// oldFiles writes a, b/a, b/b/a, ... with their old texts and gives the writes that bring the new ones. fresh adds
// files that do not exist yet.
func oldFiles(t *testing.T, old, fresh int) (dir string, writes []Write) {
	t.Helper()
	dir = tree(t, "")
	name := "a"
	for i := range old + fresh {
		path := filepath.Join(dir, filepath.FromSlash(name))
		w := Write{Name: name, Path: path, After: []byte(newText(name))}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if i < old {
			must(t, os.WriteFile(path, []byte(oldText(name)), 0o644))
			w.Before = read(t, name, path)
		}
		writes = append(writes, w)
		name = "b/" + name
	}
	return dir, writes
}

func read(t *testing.T, name, path string) *Content {
	t.Helper()
	c, err := Read(File{Name: name, Path: path})
	must(t, err)
	return c
}

// states tells which texts the files have: "a new, b/a old". What is neither is an error.
func states(t *testing.T, writes []Write) (state string, renewed []string) {
	t.Helper()
	var all []string
	for _, w := range writes {
		b, err := os.ReadFile(w.Path)
		switch {
		case err == nil && string(b) == newText(w.Name):
			renewed = append(renewed, w.Name)
			all = append(all, w.Name+" new")
		case err == nil && string(b) == oldText(w.Name) && w.Before != nil, os.IsNotExist(err) && w.Before == nil:
			all = append(all, w.Name+" old")
		default:
			t.Errorf("%s is neither old nor new: %d bytes, %v", w.Name, len(b), err)
		}
	}
	return strings.Join(all, ", "), renewed
}

// temporaries are the temporary files below dir.
func temporaries(t *testing.T, dir string) (found []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), tempPrefix) {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func TestCommit(t *testing.T) {
	dir, writes := oldFiles(t, 2, 1)
	done, err := Commit(context.Background(), writes, dir)
	must(t, err)
	if state, _ := states(t, writes); state != "a new, b/a new, b/b/a new" || !slices.Equal(done, []string{"a", "b/a", "b/b/a"}) {
		t.Errorf("%s, done %q", state, done)
	}
	if left := temporaries(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
	if done, err := Commit(context.Background(), nil, dir); done != nil || err != nil {
		t.Errorf("no writes: %q, %v", done, err)
	}
}

// TestCommitRefuses has a second write that is fine, and must not be made either.
func TestCommitRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(dir string, w *Write) error
		want string
	}{
		{"changed", func(dir string, w *Write) error { return os.WriteFile(w.Path, []byte("theirs"), 0o644) }, "a: changed while dockfix was at work"},
		{"gone", func(dir string, w *Write) error { return os.Remove(w.Path) }, "a: changed while dockfix was at work"},
		{"read-only", func(dir string, w *Write) error {
			err := os.Chmod(w.Path, 0o444)
			info, _ := os.Stat(w.Path)
			w.Before.Mode = info.Mode()
			return err
		}, "a: is read-only"},
		{"exists", func(dir string, w *Write) error { w.Before = nil; return nil }, "a: exists already"},
		{"no directory", func(dir string, w *Write) error {
			w.Path, w.Before = filepath.Join(dir, "none", "a"), nil
			return nil
		}, "a: no such file or directory"},
	} {
		dir, writes := oldFiles(t, 2, 0)
		must(t, c.do(dir, &writes[0]))
		done, err := Commit(context.Background(), writes, dir)
		if err == nil || err.Error() != c.want || done != nil {
			t.Errorf("%s: %v, done %q", c.name, err, done)
		}
		if contains(t, writes[1].Path) != oldText("b/a") {
			t.Errorf("%s: the other file was written", c.name)
		}
		if left := temporaries(t, dir); left != nil {
			t.Errorf("%s: left %q", c.name, left)
		}
	}
}

func TestCommitTwice(t *testing.T) {
	dir, writes := oldFiles(t, 2, 0)
	writes[1] = writes[0]
	writes[1].Path = filepath.Join(dir, "b", "..", "a")
	if done, err := Commit(context.Background(), writes, dir); err == nil || err.Error() != "a: is to be written twice" || done != nil {
		t.Errorf("%v, done %q", err, done)
	}
}

func TestCommitCanceled(t *testing.T) {
	dir, writes := oldFiles(t, 2, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if done, err := Commit(ctx, writes, dir); err != context.Canceled || done != nil {
		t.Errorf("%v, done %q", err, done)
	}
	if state, _ := states(t, writes); strings.Contains(state, "new") || temporaries(t, dir) != nil {
		t.Errorf("%s, left %q", state, temporaries(t, dir))
	}
}

func TestCommitMtimeAlone(t *testing.T) {
	dir, writes := oldFiles(t, 1, 0)
	must(t, os.Chtimes(writes[0].Path, time.Now(), time.Now().Add(time.Hour)))
	if _, err := Commit(context.Background(), writes, dir); err != nil {
		t.Errorf("a file that was touched and says the same: %v", err)
	}
}

func TestCommitSweeps(t *testing.T) {
	dir, writes := oldFiles(t, 1, 0)
	stale, young, other := filepath.Join(dir, ".dockfix-1.tmp"), filepath.Join(dir, ".dockfix-2.tmp"), filepath.Join(dir, ".dockfix.tmp")
	for _, path := range []string{stale, young, other} {
		must(t, os.WriteFile(path, nil, 0o600))
	}
	ago := time.Now().Add(-2 * staleAfter)
	must(t, os.Chtimes(stale, ago, ago))
	must(t, os.Chtimes(other, ago, ago))
	_, err := Commit(context.Background(), writes, dir)
	must(t, err)
	if exists(stale) || !exists(young) || !exists(other) {
		t.Errorf("stale, young, other exist: %v, %v, %v", exists(stale), exists(young), exists(other))
	}
}

func TestCommitRoot(t *testing.T) {
	dir, writes := oldFiles(t, 2, 0)
	// Outside of the root, but named as it is.
	_, err := Commit(context.Background(), writes[:1], filepath.Join(dir, "b"))
	must(t, err)

	link := filepath.Join(dir, "b", "link")
	symlinkOrSkip(t, filepath.Join("..", "a"), link)
	before := read(t, "link", link)
	_, err = Commit(context.Background(), []Write{{Name: "link", Path: link, Before: before, After: []byte("x")}}, filepath.Join(dir, "b"))
	if want := fmt.Sprintf("link: is reached by a symbolic link, and lies outside of %s", filepath.Join(dir, "b")); err == nil || err.Error() != want {
		t.Errorf("a link out of the root: %v", err)
	}
	_, err = Commit(context.Background(), []Write{{Name: "link", Path: link, Before: before, After: []byte("x")}}, dir)
	must(t, err)
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 || contains(t, filepath.Join(dir, "a")) != "x" {
		t.Errorf("a link inside the root: %v, %v", info, err)
	}

	must(t, os.Symlink(dir, filepath.Join(dir, "b", "up")))
	for _, w := range []Write{
		{Name: "up/a", Path: filepath.Join(dir, "b", "up", "a"), Before: read(t, "a", filepath.Join(dir, "a"))},
		{Name: "up/new", Path: filepath.Join(dir, "b", "up", "new")},
	} {
		if _, err := Commit(context.Background(), []Write{w}, filepath.Join(dir, "b")); err == nil || !strings.Contains(err.Error(), "lies outside of") {
			t.Errorf("%s, through a linked directory: %v", w.Name, err)
		}
	}
	must(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	if _, err := Commit(context.Background(), []Write{{Name: "d", Path: filepath.Join(dir, "dangling")}}, dir); err == nil || err.Error() != "d: exists already" {
		t.Errorf("a new file over a dangling link: %v", err)
	}
}
