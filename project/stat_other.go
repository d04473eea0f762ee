//go:build !unix

package project

import (
	"io/fs"
	"path/filepath"
	"strings"
)

const openFlags = 0

// identityOf is the real path: the systems without inode numbers in fs.FileInfo do not tell case apart either.
func identityOf(path string, _ fs.FileInfo) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return strings.ToLower(path)
}

func ownerOf(fs.FileInfo) owner  { return owner{-1, -1} }
func linksOf(fs.FileInfo) uint64 { return 1 }
func mayWrite(path string) error { return nil }

// syncDir does nothing: Windows has no way to sync a directory, and journals its names itself.
func syncDir(string) error { return nil }
