//go:build unix

package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keep an open from waiting: a pipe can take the place of a file between the look and the open.
const openFlags = syscall.O_NONBLOCK

// identityOf is equal for two paths exactly when they lead to the same file.
func identityOf(_ string, info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", st.Dev, st.Ino)
}

func ownerOf(info fs.FileInfo) owner {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return owner{int(st.Uid), int(st.Gid)}
	}
	return owner{-1, -1}
}

func linksOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// mayWrite asks the system, which knows of groups, access lists and file systems mounted read-only.
func mayWrite(path string) error {
	const w = 2 // W_OK of unistd.h
	if err := syscall.Access(path, w); err != nil {
		return &os.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// syncDir makes the names in a directory survive a power cut. Some file systems have no such thing, and say EINVAL.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
