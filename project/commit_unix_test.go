//go:build unix

package project

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCommitKeepsModeAndOwner(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o755, 0o600, 0o664, 0o640 | fs.ModeSetgid, 0o755 | fs.ModeSetuid | fs.ModeSticky} {
		dir, writes := oldFiles(t, 1, 0)
		path := writes[0].Path
		wantOwner := owner{os.Getuid(), os.Getgid()}
		if os.Getuid() == 0 {
			wantOwner = owner{12345, 54321}
			must(t, os.Chown(path, 12345, 54321))
		}
		must(t, os.Chmod(path, mode))
		writes[0].Before = read(t, "a", path)
		_, err := Commit(context.Background(), writes, dir)
		must(t, err)
		info, err := os.Stat(path)
		must(t, err)
		if got := info.Mode() & keptMode; got != mode || ownerOf(info) != wantOwner || contains(t, path) != newText("a") {
			t.Errorf("mode %v became %v, owner %v", mode, got, ownerOf(info))
		}
	}
}

func TestCommitNewFileMode(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	for mode, want := range map[fs.FileMode]fs.FileMode{0: 0o640, 0o600: 0o600, 0o755: 0o750} {
		dir, writes := oldFiles(t, 0, 1)
		writes[0].Mode = mode
		_, err := Commit(context.Background(), writes, dir)
		must(t, err)
		info, err := os.Stat(writes[0].Path)
		must(t, err)
		if info.Mode() != want {
			t.Errorf("mode %v became %v under umask 027", mode, info.Mode())
		}
	}
}

func TestCommitHardLink(t *testing.T) {
	dir, writes := oldFiles(t, 1, 0)
	other := filepath.Join(dir, "other")
	must(t, os.Link(writes[0].Path, other))
	_, err := Commit(context.Background(), writes, dir)
	if err == nil || err.Error() != "a: has a second name (a hard link), which would keep the old text" {
		t.Errorf("%v", err)
	}
	// A run that was killed between giving a new file its name and removing the temporary one leaves such a second name.
	must(t, os.Rename(other, filepath.Join(dir, ".dockfix-0.tmp")))
	if _, err := Commit(context.Background(), writes, dir); err != nil || temporaries(t, dir) != nil {
		t.Errorf("after a killed run: %v, left %q", err, temporaries(t, dir))
	}
}

func TestCommitModeChanged(t *testing.T) {
	dir, writes := oldFiles(t, 1, 0)
	must(t, os.Chmod(writes[0].Path, 0o600))
	if _, err := Commit(context.Background(), writes, dir); err == nil || err.Error() != "a: changed while dockfix was at work" {
		t.Errorf("%v", err)
	}
}

// TestCommitWithoutPermission: one write that may be made and one that may not.
func TestCommitWithoutPermission(t *testing.T) {
	dir, writes := oldFiles(t, 2, 0)
	must(t, os.Chmod(filepath.Join(dir, "b"), 0o555))
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "b"), 0o755) })
	asNobody(t, dir, func() {
		_, err := Commit(context.Background(), writes[1:], dir)
		if err == nil || !strings.HasPrefix(err.Error(), "b/a: ") || !strings.HasSuffix(err.Error(), "permission denied") {
			t.Errorf("in a directory without permission: %v", err)
		}
	})
	if os.Getuid() != 0 {
		return
	}
	// Everybody may write the file and its directory, but not give the new file to its owner.
	must(t, os.Chmod(dir, 0o777))
	must(t, os.Chmod(writes[0].Path, 0o666))
	writes[0].Before = read(t, "a", writes[0].Path)
	asNobody(t, dir, func() {
		done, err := Commit(context.Background(), writes[:1], dir)
		want := "a: is owned by user 0 and group 0, which the new file cannot be given: operation not permitted"
		if err == nil || err.Error() != want || done != nil {
			t.Errorf("another's file: %v, done %q", err, done)
		}
	})
	if state, _ := states(t, writes); state != "a old, b/a old" || temporaries(t, dir) != nil {
		t.Errorf("%s, left %q", state, temporaries(t, dir))
	}
}

// TestCommitFileTooLarge meets a real limit of the system, in a process of its own: a file may not grow beyond 10,000
// bytes, so that the first text can be written and the others cannot.
func TestCommitFileTooLarge(t *testing.T) {
	dir, writes := oldFiles(t, 2, 1)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DOCKFIX_TEST_COMMIT_LIMITED="+dir)
	out, err := cmd.CombinedOutput()
	if want := "b/a: file too large, done []\n"; err != nil || string(out) != want {
		t.Errorf("%v: %s", err, out)
	}
	if state, _ := states(t, writes); state != "a old, b/a old, b/b/a old" || temporaries(t, dir) != nil {
		t.Errorf("%s, left %q", state, temporaries(t, dir))
	}
}

// commitLimited is the process with the limit.
func commitLimited(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 10_000, Max: 10_000}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var writes []Write
	for _, name := range []string{"a", "b/a", "b/b/a"} {
		w := Write{Name: name, Path: filepath.Join(dir, name), After: []byte(newText(name))}
		if c, err := Read(File{Name: name, Path: w.Path}); err == nil {
			w.Before = c
		}
		writes = append(writes, w)
	}
	writes[0].After = []byte("short")
	done, err := Commit(context.Background(), writes, dir)
	fmt.Printf("%v, done %q\n", err, done)
	os.Exit(0)
}
