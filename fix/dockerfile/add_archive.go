package dockerfile

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
)

// addBytes judges a file as isArchivePath of BuildKit does (solver/llbsolver/file/unpack.go): a tar archive is unpacked, also
// one compressed with gzip, bzip2, xz or zstd. The latter two are not looked into here.
func addBytes(text []byte, name string) (addVerdict, string) {
	var r io.Reader = bytes.NewReader(text)
	switch {
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b, 0x08}):
		z, err := gzip.NewReader(r)
		if err != nil {
			return addCopies, ""
		}
		r = z
	case bytes.HasPrefix(text, []byte("BZh")):
		r = bzip2.NewReader(r)
	case bytes.HasPrefix(text, []byte{0xfd, '7', 'z', 'X', 'Z', 0}), bytes.HasPrefix(text, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return addUnknown, name + " is compressed, and may be an archive"
	}
	if _, err := tar.NewReader(r).Next(); err == nil {
		return addUnpacks, ""
	}
	return addCopies, ""
}
