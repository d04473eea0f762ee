// Filelist reads a tar archive, such as docker export writes, and prints what is in it, a line each, in the order of the names:
//
//	app/main.py|file|644|0:0||e3b0c44298fc1c149afb...
//
// name, kind, mode in octal, owner, target of a link, SHA-256 of the content. Times are left out: they differ from build to build.
// So is the content of compiled Python, which has the time of its source in it.
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

func main() {
	lines, err := list(bufio.NewReaderSize(os.Stdin, 1<<20))
	if err != nil {
		fmt.Fprintln(os.Stderr, "filelist:", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "filelist:", err)
		os.Exit(1)
	}
}

// list returns a line for each entry of a tar archive.
func list(archive io.Reader) ([]string, error) {
	var lines []string
	for r := tar.NewReader(archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			sort.Strings(lines)
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		line, err := describe(header, r)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
}

var kinds = map[byte]string{tar.TypeReg: "file", tar.TypeDir: "directory", tar.TypeSymlink: "symlink", tar.TypeLink: "link", tar.TypeChar: "device", tar.TypeBlock: "device", tar.TypeFifo: "fifo"}

func describe(header *tar.Header, content io.Reader) (string, error) {
	name, sum := strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/"), ""
	if header.Typeflag == tar.TypeReg && !strings.HasSuffix(name, ".pyc") {
		hash := sha256.New()
		if _, err := io.Copy(hash, content); err != nil {
			return "", err
		}
		sum = fmt.Sprintf("%x", hash.Sum(nil))
	}
	return fmt.Sprintf("%s|%s|%o|%d:%d|%s|%s", name, kinds[header.Typeflag], header.Mode, header.Uid, header.Gid, header.Linkname, sum), nil
}
