package rootfs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory in bytes that a layer in zstd can ask for: builders stay below 8 MiB.
const maxWindow = 32 << 20

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// unpack undoes the compression that the first bytes tell; done gives back what it takes.
func unpack(r io.Reader) (unpacked io.Reader, done func(), err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	first, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(first, gzipMagic):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, fmt.Errorf("its gzip is damaged: %w", err)
		}
		return z, func() {}, nil
	case bytes.HasPrefix(first, zstdMagic):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, fmt.Errorf("its zstd is damaged: %w", err)
		}
		return z, z.Close, nil
	}
	return buffered, func() {}, nil
}
