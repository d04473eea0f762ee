package project

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/dockfix/dockfix/source"
)

// Content is one file as it was read, with what tells later whether it is still the same file.
type Content struct {
	Bytes []byte
	Mode  fs.FileMode // permissions, set-user, set-group and sticky bits

	owner    owner
	identity string // of identityOf
	sum      [sha256.Size]byte
}

// owner is the user and group of a file, by number.
type owner struct{ uid, gid int }

// Read reads one file. It refuses what is larger than source.MaxBytes, and everything that is not a regular file: a
// pipe or a device is never opened. A file of less than MaxBytes is read whole even where its size is said to be 0.
func Read(f File) (*Content, error) {
	b, info, err := readRegular(f.Path, source.MaxBytes)
	if err != nil {
		return nil, at(f.Name, err)
	}
	return newContent(f.Path, b, info), nil
}

func newContent(path string, b []byte, info fs.FileInfo) *Content {
	return &Content{
		Bytes:    b,
		Mode:     info.Mode() & keptMode,
		owner:    ownerOf(info),
		identity: identityOf(path, info),
		sum:      sha256.Sum256(b),
	}
}

// keptMode are the bits of a mode that a rewritten file keeps.
const keptMode = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// MaxSmall is the size in bytes of the largest file that ReadSmall reads. A package-lock.json of half a megabyte is usual.
const MaxSmall = 2 << 20

// ReadSmall reads a regular file for the facts in it, such as a package.json. The error of an absent file is
// fs.ErrNotExist.
func ReadSmall(path string) ([]byte, error) { return ReadUpTo(path, MaxSmall) }

// ReadUpTo reads a regular file of no more than most bytes. The error of an absent file is fs.ErrNotExist.
func ReadUpTo(path string, most int64) ([]byte, error) {
	b, _, err := readRegular(path, most)
	if err != nil {
		return nil, at(path, err)
	}
	return b, nil
}

// readRegular looks before it opens, and again after: what is opened can be another file by then, and opening a pipe
// must not wait for a writer.
func readRegular(path string, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if err := special(info); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	if err := special(info); err != nil {
		return nil, nil, err
	}
	b, err := readAtMost(f, info, limit)
	return b, info, err
}

func readAtMost(f *os.File, info fs.FileInfo, limit int64) ([]byte, error) {
	tooLarge := func(size string) error {
		return fmt.Errorf("is %s, more than the %d MB that are read", size, limit>>20)
	}
	if info.Size() > limit {
		return nil, tooLarge(fmt.Sprintf("%.1f MB", float64(info.Size())/(1<<20)))
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, tooLarge("without an end")
	}
	return bytes.Clone(b), err // the buffer is larger than the file, which may be kept
}

// special is an error that says what a file is when it is not a regular one.
func special(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a directory")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a named pipe")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket")
	case mode&fs.ModeDevice != 0:
		return errors.New("is a device")
	case mode&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link")
	}
	return errors.New("is not a regular file")
}
