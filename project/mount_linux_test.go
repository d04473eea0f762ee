package project

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// inOwnMounts runs f on a thread with a mount table of its own, which goes with the thread; the test is skipped where
// that takes rights which it does not have.
func inOwnMounts(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := syscall.Unshare(syscall.CLONE_NEWNS)
		if err == nil {
			err = syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, "")
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skipf("no right to mount: %v", err)
	}
}

// TestFindBindMount has a directory that holds itself and lies in two places: it is walked once.
func TestFindBindMount(t *testing.T) {
	dir := tree(t, "-- a/Dockerfile --\nFROM a\n-- a/Dockerfile.j2 --\n-- a/b/ --\n-- c/ --\n")
	inOwnMounts(t, func() {
		for _, at := range []string{"a/b", "c"} {
			if err := syscall.Mount(filepath.Join(dir, "a"), filepath.Join(dir, at), "", syscall.MS_BIND, ""); err != nil {
				t.Errorf("bind mount: %v", err)
				return
			}
		}
		if !exists(filepath.Join(dir, "a", "b", "Dockerfile")) {
			t.Error("the directory does not hold itself")
		}
		findIs(t, dir, nil, "a/Dockerfile: Dockerfile\na/Dockerfile.j2 - a template, by its name\n")
	})
}

// TestCommitFullDisk has a disk with room for one new text and one old one, not for two.
func TestCommitFullDisk(t *testing.T) {
	dir := tree(t, "")
	inOwnMounts(t, func() {
		if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
			t.Errorf("tmpfs: %v", err)
			return
		}
		var writes []Write
		for _, name := range []string{"a", "b", "c"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(oldText(name)), 0o644); err != nil {
				t.Error(err)
				return
			}
			c, err := Read(File{Name: name, Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			writes = append(writes, Write{Name: name, Path: path, Before: c, After: []byte(newText(name))})
		}
		done, err := Commit(context.Background(), writes, dir)
		if err == nil || err.Error() != "b: no space left on device" || done != nil {
			t.Errorf("%v, done %q", err, done)
		}
		if state, _ := states(t, writes); state != "a old, b old, c old" || temporaries(t, dir) != nil {
			t.Errorf("%s, left %q", state, temporaries(t, dir))
		}
		if done, err := Commit(context.Background(), writes[:1], dir); err != nil || len(done) != 1 {
			t.Errorf("one text that fits: %v", err)
		}
	})
}
