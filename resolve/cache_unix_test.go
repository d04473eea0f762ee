//go:build unix

package resolve

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestCachePipe requires pipes in the place of the cache's files neither to block nor to be of use, and to be replaced.
func TestCachePipe(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "v1", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan Answer, 1)
	go func() { done <- one(t, at(newFake(), dir, 0), Query{Ref: "python"}) }()
	select {
	case a := <-done:
		equal(t, "version", a.Version, "3.14.7")
	case <-time.After(5 * time.Second):
		t.Fatal("a pipe blocks")
	}
	f := newFake()
	one(t, at(f, dir, time.Minute), Query{Ref: "python"})
	equal(t, "requests of the next run", f.requests(), "[]")
}

// TestLedgerPipe requires a ledger that is a pipe or a device to be an error, at once.
func TestLedgerPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, "/dev/zero"} {
		if r, _ := ledgered(t, file); r.LedgerError() == nil {
			t.Errorf("%s is taken for a ledger", file)
		}
	}
}
