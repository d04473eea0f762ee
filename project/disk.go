package project

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// disk is what Commit does to files. The tests let each step fail, and change files between two steps.
type disk interface {
	lstat(path string) (fs.FileInfo, error)
	read(path string) ([]byte, fs.FileInfo, error)
	writable(path string) error
	create(path string, perm fs.FileMode) (handle, error) // refuses a path that exists
	rename(from, to string) error                         // replaces to
	link(from, to string) error                           // refuses a path that exists
	remove(path string) error
	syncDir(dir string) error
}

// handle is a file being written.
type handle interface {
	Write(b []byte) (int, error)
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	Chown(uid, gid int) error
	Sync() error
	Close() error
}

// realDisk is the disk of the operating system.
type realDisk struct{}

func (realDisk) lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }
func (realDisk) writable(path string) error             { return mayWrite(path) }
func (realDisk) rename(from, to string) error           { return os.Rename(from, to) }
func (realDisk) link(from, to string) error             { return os.Link(from, to) }
func (realDisk) remove(path string) error               { return os.Remove(path) }
func (realDisk) syncDir(dir string) error               { return syncDir(dir) }

func (realDisk) read(path string) ([]byte, fs.FileInfo, error) {
	return readRegular(path, maxCommitted)
}

func (realDisk) create(path string, perm fs.FileMode) (handle, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// Temporary files stand beside the file they are for, as a rename does not cross file systems. Their names say whose
// they are, and Find takes none of them for a Dockerfile or a Compose file.
const (
	tempPrefix = ".dockfix-"
	tempSuffix = ".tmp"
)

func tempName(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%s%016x%s", tempPrefix, rand.Uint64(), tempSuffix))
}

// staleAfter is how old a temporary file is when the run that made it must be dead: it lives for the time of one commit,
// which is milliseconds.
const staleAfter = time.Minute

// swept are the temporary files of killed runs by directory. Each directory is listed once, before this run makes
// temporary files of its own in it.
type swept map[string][]string

// sweep removes what a killed run left beside target: temporary files older than staleAfter, and those that are a second
// name of target, since a file with a second name is not rewritten.
func (old swept) sweep(target string) {
	dir := filepath.Dir(target)
	if _, listed := old[dir]; !listed {
		old[dir] = temporariesIn(dir)
	}
	for _, path := range old[dir] {
		info, err := os.Lstat(path)
		if err != nil {
			continue
		}
		own, err := os.Lstat(target)
		if time.Since(info.ModTime()) > staleAfter || err == nil && os.SameFile(info, own) {
			_ = os.Remove(path)
		}
	}
}

func temporariesIn(dir string) (paths []string) {
	entries, _ := os.ReadDir(dir) // what cannot be read has nothing to sweep
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix) && e.Type().IsRegular() {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	return paths
}
