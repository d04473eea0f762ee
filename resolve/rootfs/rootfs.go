// Package rootfs looks for a few files and programs in the layers of an image, without unpacking them.
//
// In: the paths to look for, then the layers, the topmost first, as a registry sends them: tar, in gzip, zstd or plain. Out: what
// a container would see at these paths. For
//
//	s := rootfs.New([]string{"etc/passwd"}, []string{"usr/bin/curl"})
//	found, err := s.Read(layer) // for each layer, as long as !s.Done()
//	s.Add(found)
//
// s.At("usr/bin/curl") says whether it is there, and s.At("etc/passwd").Text is what stands in it. What an upper layer deletes
// is not there, whatever lower ones have. Links to directories are not followed: who looks for a program names all of its
// directories.
//
// Layers are not trusted: what is read of each file, how far a layer may unfold and how many entries it may have are bounded.
package rootfs

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Bounds of what is read.
const (
	maxText     = 256 << 10 // bytes of a file whose text is wanted
	maxUnpacked = 1 << 30   // bytes of a layer, unpacked
	maxEntries  = 1_000_000 // of a layer
	maxName     = 4096      // bytes of a path, as Linux has them
)

// ErrTooMuch is behind the error of a layer beyond these bounds.
var ErrTooMuch = errors.New("it unfolds to more than is read")

// Entry is what stands at a path. The zero value is nothing.
type Entry struct {
	Exists bool
	Dir    bool
	Closed bool   // a directory that not all may read and enter
	Run    bool   // all may run it: a regular file with that mode, or a link
	Link   string // what a link points to, as written; "" for other files
	Text   string // of a regular file whose text was wanted; "" where it is larger than 256 KiB
}

// Search looks for paths. It is not safe for concurrent use.
type Search struct {
	text  map[string]bool  // the paths, clean and without a slash in front, and whether the text is wanted
	above map[string]bool  // the paths, and the directories that they are in
	seen  map[string]Entry // those decided, also those that are known not to be there

	unpacked, entries int64 // bounds
}

// Layer is what a layer says of the paths of a Search.
type Layer struct {
	entries map[string]Entry
	hidden  map[string]bool // paths whose lower layers do not count, with all that is below them
	emptied map[string]bool // directories whose contents in lower layers do not count
}

// New makes a Search for files with their texts, and for others without.
func New(texts, paths []string) *Search {
	s := &Search{text: map[string]bool{}, above: map[string]bool{".": true}, seen: map[string]Entry{}, unpacked: maxUnpacked, entries: maxEntries}
	for i, p := range slices.Concat(paths, texts) {
		p = clean(p)
		s.text[p] = i >= len(paths)
		for at := p; at != "." && !s.above[at]; at = path.Dir(at) {
			s.above[at] = true
		}
	}
	return s
}

// Done reports whether no lower layer can change anything.
func (s *Search) Done() bool { return len(s.seen) == len(s.text) }

// At is what stands at one of the paths, as far as the layers that were added tell.
func (s *Search) At(p string) Entry { return s.seen[clean(p)] }

// Add takes over what the next lower layer says.
func (s *Search) Add(l *Layer) {
	for p := range s.text {
		if _, decided := s.seen[p]; decided {
			continue
		}
		if e, ok := l.entries[p]; ok {
			s.seen[p] = e
		} else if l.hides(p) {
			s.seen[p] = Entry{}
		}
	}
}

// hides reports whether lower layers do not count at a path.
func (l *Layer) hides(p string) bool {
	for at := p; ; at = path.Dir(at) {
		if l.hidden[at] || at != p && l.emptied[at] {
			return true
		}
		if at == "." {
			return false
		}
	}
}

// Read reads a layer. It changes nothing: a layer counts when it is added, which is for the caller to say, who knows whether its digest
// was right. The error tells a layer that is damaged from one that is too large (ErrTooMuch).
func (s *Search) Read(r io.Reader) (*Layer, error) {
	unpacked, done, err := unpack(r)
	if err != nil {
		return nil, err
	}
	defer done()
	limited := &io.LimitedReader{R: unpacked, N: s.unpacked}
	l := &Layer{entries: map[string]Entry{}, hidden: map[string]bool{}, emptied: map[string]bool{}}
	archive := tar.NewReader(limited)
	for n := int64(0); ; n++ {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return l, nil
		case limited.N <= 0 || n >= s.entries:
			return nil, ErrTooMuch
		case err != nil:
			return nil, fmt.Errorf("its archive is damaged: %w", err)
		}
		if err := s.note(l, h, archive); err != nil {
			return nil, err
		}
	}
}

// The names that stand for deletions (OCI image specification, layer.md).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// note takes down what an entry of the archive says of the paths.
func (s *Search) note(l *Layer, h *tar.Header, content io.Reader) error {
	p := clean(h.Name)
	if p == "" {
		return nil
	}
	dir, base := path.Split(p)
	dir = path.Clean(dir)
	if base == opaque {
		l.emptied[dir] = s.above[dir]
		return nil
	}
	if name, ok := strings.CutPrefix(base, whiteout); ok {
		if gone := path.Join(dir, name); name != "" && name != "." && name != ".." && s.above[gone] {
			l.hidden[gone] = true
		}
		return nil
	}
	if h.Typeflag != tar.TypeDir && s.above[p] {
		l.hidden[p] = true // a file in place of a directory
	}
	wanted, ok := s.text[p]
	if !ok {
		return nil
	}
	e := entryOf(h)
	if wanted && h.Typeflag == tar.TypeReg && h.Size <= maxText {
		text, err := io.ReadAll(io.LimitReader(content, maxText))
		if err != nil {
			return fmt.Errorf("its archive is damaged: %w", err)
		}
		e.Text = string(text)
	}
	l.entries[p] = e
	return nil
}

func entryOf(h *tar.Header) Entry {
	e := Entry{Exists: true, Dir: h.Typeflag == tar.TypeDir}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Closed = h.Mode&0o005 != 0o005
	case tar.TypeSymlink:
		e.Link, e.Run = h.Linkname, true
	case tar.TypeLink:
		e.Link, e.Run = "/"+clean(h.Linkname), true
	case tar.TypeReg:
		e.Run = h.Mode&1 != 0
	}
	return e
}

// clean is a path as it is compared: without slashes at its ends; "" for one that leaves the image, which builders refuse, and for one
// that no system takes.
func clean(p string) string {
	if len(p) > maxName || strings.ContainsRune(p, 0) {
		return ""
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			return ""
		}
	}
	return strings.TrimPrefix(path.Clean("/"+p), "/")
}
