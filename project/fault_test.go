package project

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// faultyDisk asks before each step whether it is to fail.
type faultyDisk struct {
	realDisk
	before func(op, path string) error
}

// try fails like the operating system, with a path.
func (d faultyDisk) try(op, path string) error {
	if err := d.before(op, path); err != nil {
		return &fs.PathError{Op: op, Path: path, Err: err}
	}
	return nil
}

func (d faultyDisk) lstat(path string) (fs.FileInfo, error) {
	if err := d.try("lstat", path); err != nil {
		return nil, err
	}
	return d.realDisk.lstat(path)
}

func (d faultyDisk) read(path string) ([]byte, fs.FileInfo, error) {
	if err := d.try("read", path); err != nil {
		return nil, nil, err
	}
	return d.realDisk.read(path)
}

func (d faultyDisk) writable(path string) error {
	return cmpOr(d.try("writable", path), func() error { return d.realDisk.writable(path) })
}

func (d faultyDisk) rename(from, to string) error {
	return cmpOr(d.try("rename", to), func() error { return d.realDisk.rename(from, to) })
}

func (d faultyDisk) link(from, to string) error {
	return cmpOr(d.try("link", to), func() error { return d.realDisk.link(from, to) })
}

func (d faultyDisk) remove(path string) error {
	return cmpOr(d.try("remove", path), func() error { return d.realDisk.remove(path) })
}

func (d faultyDisk) syncDir(dir string) error {
	return cmpOr(d.try("syncDir", dir), func() error { return d.realDisk.syncDir(dir) })
}

func (d faultyDisk) create(path string, perm fs.FileMode) (handle, error) {
	if err := d.try("create", path); err != nil {
		return nil, err
	}
	h, err := d.realDisk.create(path, perm)
	return faultyHandle{h, d, path}, err
}

func cmpOr(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

// faultyHandle writes half of the text when a write fails, as a full disk does.
type faultyHandle struct {
	handle
	disk faultyDisk
	path string
}

func (h faultyHandle) Write(b []byte) (int, error) {
	if err := h.disk.try("write", h.path); err != nil {
		n, _ := h.handle.Write(b[:len(b)/2])
		return n, err
	}
	return h.handle.Write(b)
}

func (h faultyHandle) Stat() (fs.FileInfo, error) {
	if err := h.disk.try("stat", h.path); err != nil {
		return nil, err
	}
	return h.handle.Stat()
}

func (h faultyHandle) Chmod(mode fs.FileMode) error {
	return cmpOr(h.disk.try("chmod", h.path), func() error { return h.handle.Chmod(mode) })
}

func (h faultyHandle) Sync() error {
	return cmpOr(h.disk.try("sync", h.path), h.handle.Sync)
}

func (h faultyHandle) Close() error {
	err := h.handle.Close()
	return cmpOr(h.disk.try("close", h.path), func() error { return err })
}

// sizes are the commits that the faults are put into: old and new files.
var sizes = []struct{ old, fresh int }{{1, 0}, {0, 1}, {3, 0}, {2, 1}, {1, 2}}

// TestCommitEachStepFailsOnce: with one fault, all files are as they were or all are written, and the answer says which.
func TestCommitEachStepFailsOnce(t *testing.T) {
	for _, size := range sizes {
		steps := 0
		for hit := true; hit; steps++ {
			dir, writes := oldFiles(t, size.old, size.fresh)
			n := 0
			hit = false
			var at string
			done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
				if n++; n == steps+1 {
					hit, at = true, op
					return syscall.ENOSPC
				}
				return nil
			}}, swept{}, writes, dir)
			state, renewed := states(t, writes)
			switch {
			case !slices.Equal(done, renewed):
				t.Errorf("%v, %s fails: done %q, but %s", size, at, done, state)
			case len(renewed) != 0 && len(renewed) != len(writes):
				t.Errorf("%v, %s fails: %s: %v", size, at, state, err)
			case err == nil && len(renewed) == 0:
				t.Errorf("%v, %s fails: nothing is written and nothing said", size, at)
			case err != nil && !strings.Contains(err.Error(), "no space left on device") && !strings.Contains(err.Error(), "left behind"):
				t.Errorf("%v, %s fails: the error is %v", size, at, err)
			}
			leftoversAreNamed(t, dir, err)
		}
		if steps < 10 {
			t.Errorf("%v: only %d steps", size, steps)
		}
		t.Logf("%d old files, %d new: %d steps", size.old, size.fresh, steps-1)
	}
}

// leftoversAreNamed fails when a temporary file stays that the error does not name.
func leftoversAreNamed(t *testing.T, dir string, err error) {
	t.Helper()
	for _, temp := range temporaries(t, dir) {
		if err == nil || !strings.Contains(err.Error(), temp) {
			t.Errorf("%s is left, and the error is %v", filepath.Base(temp), err)
		}
	}
}

// TestCommitDiskDies: from some step on nothing works any more, as when the power goes. Each file is whole all the same.
func TestCommitDiskDies(t *testing.T) {
	for _, size := range sizes {
		mixed := 0
		for step, dead := 0, true; dead; step++ {
			dir, writes := oldFiles(t, size.old, size.fresh)
			n := 0
			dead = false
			done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
				if n++; n > step {
					dead = true
					return syscall.EIO
				}
				return nil
			}}, swept{}, writes, dir)
			state, renewed := states(t, writes)
			if !slices.Equal(done, renewed) || dead == (err == nil) {
				t.Errorf("%v, dead from step %d: %v, done %q, but %s", size, step, err, done, state)
			}
			if len(renewed) > 0 && len(renewed) < len(writes) {
				mixed++
				if !strings.Contains(err.Error(), "written and not put back: ") {
					t.Errorf("%v: %s, and the error is %v", size, state, err)
				}
			}
			leftoversAreNamed(t, dir, err)
		}
		if size.old+size.fresh > 1 && mixed == 0 {
			t.Errorf("%v: died at no point where some files were written", size)
		}
	}
}

// TestCommitKeepsTheirText: another program writes to a file while the temporary files are made. Its text stays, and the
// other files are as before.
func TestCommitKeepsTheirText(t *testing.T) {
	change := map[string]func(path string) error{
		"write": func(path string) error { return os.WriteFile(path, []byte("theirs"), 0o644) },
		"swap": func(path string) error {
			return errors.Join(os.WriteFile(path+"~", []byte("theirs"), 0o644), os.Rename(path+"~", path))
		},
		"same size": func(path string) error {
			return os.WriteFile(path, []byte(strings.ToUpper(oldText(filepath.Base(path)))), 0o644)
		},
		"remove": os.Remove,
	}
	// The third file is changed: before anything, after the temporary files, and after the first two were renamed.
	for what, do := range change {
		for _, when := range []string{"create 1", "sync 5", "rename 1", "rename 2"} {
			dir, writes := oldFiles(t, 3, 0)
			victim := writes[2]
			seen := map[string]int{}
			var theirs string
			done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
				if seen[op]++; when == op+" "+string(rune('0'+seen[op])) {
					must(t, do(victim.Path))
					b, _ := os.ReadFile(victim.Path)
					theirs = string(b)
				}
				return nil
			}}, swept{}, writes, dir)
			if err == nil || !strings.HasPrefix(err.Error(), "b/b/a: changed while dockfix was at work") || done != nil {
				t.Errorf("%s at %s: %v, done %q", what, when, err, done)
			}
			if b, _ := os.ReadFile(victim.Path); string(b) != theirs {
				t.Errorf("%s at %s: their text is gone", what, when)
			}
			if state, _ := states(t, writes[:2]); state != "a old, b/a old" || temporaries(t, dir) != nil {
				t.Errorf("%s at %s: %s, left %q", what, when, state, temporaries(t, dir))
			}
		}
	}
}

// TestCommitKeepsTheirNewFile: somebody makes the new file at the last moment.
func TestCommitKeepsTheirNewFile(t *testing.T) {
	dir, writes := oldFiles(t, 1, 1)
	done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
		if op == "link" {
			must(t, os.WriteFile(path, []byte("theirs"), 0o644))
		}
		return nil
	}}, swept{}, writes, dir)
	if err == nil || err.Error() != "b/a: exists already; written and put back: a" || done != nil {
		t.Errorf("%v, done %q", err, done)
	}
	if contains(t, writes[1].Path) != "theirs" || contains(t, writes[0].Path) != oldText("a") {
		t.Error("their file or the old one is gone")
	}
}

// TestCommitDoesNotPutBackOverTheirText: a file is written, then by somebody else, and then another file fails.
func TestCommitDoesNotPutBackOverTheirText(t *testing.T) {
	dir, writes := oldFiles(t, 2, 0)
	renames := 0
	done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
		if op == "rename" {
			if renames++; renames == 2 {
				must(t, os.WriteFile(writes[0].Path, []byte("theirs"), 0o644))
				return syscall.EIO
			}
		}
		return nil
	}}, swept{}, writes, dir)
	if err == nil || !strings.HasPrefix(err.Error(), "b/a: input/output error; written and not put back: a (changed while dockfix was at work; its old text is in ") {
		t.Errorf("%v", err)
	}
	if !slices.Equal(done, []string{"a"}) || contains(t, writes[0].Path) != "theirs" {
		t.Errorf("done %q, and a is %q", done, contains(t, writes[0].Path))
	}
	left := temporaries(t, dir)
	if len(left) != 1 || contains(t, left[0]) != oldText("a") {
		t.Errorf("the old text is not where it is said to be: %q", left)
	}
}

// TestCommitWithoutLinks: a new file on a file system that has no hard links.
func TestCommitWithoutLinks(t *testing.T) {
	dir, writes := oldFiles(t, 1, 2)
	done, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
		if op == "link" {
			return syscall.EPERM
		}
		return nil
	}}, swept{}, writes, dir)
	must(t, err)
	if state, _ := states(t, writes); len(done) != 3 || strings.Contains(state, "old") || temporaries(t, dir) != nil {
		t.Errorf("done %q, %s, left %q", done, state, temporaries(t, dir))
	}
}

// TestCommitOrder: every text has reached the disk before the first name is changed, and the names reach it after the last.
func TestCommitOrder(t *testing.T) {
	dir, writes := oldFiles(t, 2, 1)
	var ops []string
	_, err := commit(context.Background(), faultyDisk{before: func(op, path string) error {
		if slices.Contains([]string{"write", "sync", "rename", "link", "remove", "syncDir"}, op) {
			ops = append(ops, op)
		}
		return nil
	}}, swept{}, writes, dir)
	must(t, err)
	want := strings.Repeat("write sync ", 5) + "rename rename link " + "syncDir syncDir syncDir " + "remove remove remove"
	if got := strings.Join(ops, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
