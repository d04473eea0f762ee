package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// file is an entry of a layer: "path" a directory where it ends in a slash, "path -> target" a symbolic link, "path => target" a hard
// link, else a file that all may run.
type file struct{ name, text string }

// layer makes an archive.
func layer(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.text)), Typeflag: tar.TypeReg}
		if name, target, ok := strings.Cut(f.name, " -> "); ok {
			h.Name, h.Linkname, h.Typeflag = name, target, tar.TypeSymlink
		} else if name, target, ok := strings.Cut(f.name, " => "); ok {
			h.Name, h.Linkname, h.Typeflag = name, target, tar.TypeLink
		} else if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		check(t, w.WriteHeader(h))
		_, err := io.WriteString(w, f.text)
		check(t, err)
	}
	check(t, w.Close())
	return b.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// look reads layers, the topmost first, as long as they matter, and returns how many were read.
func look(t *testing.T, s *Search, layers ...[]byte) int {
	t.Helper()
	for i, l := range layers {
		if s.Done() {
			return i
		}
		found, err := s.Read(bytes.NewReader(l))
		check(t, err)
		s.Add(found)
	}
	return len(layers)
}

func names(names ...string) []file {
	var list []file
	for _, n := range names {
		list = append(list, file{n, ""})
	}
	return list
}

func TestSearch(t *testing.T) {
	base := layer(t, append(names("etc/", "usr/bin/curl", "usr/bin/vi -> /etc/alternatives/vi", "usr/bin/nc => usr/bin/curl", "bin -> usr/bin", "opt/a/tool"), file{"etc/passwd", "root:x:0:0\n"})...)
	for _, test := range []struct {
		name   string
		upper  [][]byte // the topmost first
		there  []string
		absent []string
	}{
		{"one layer", nil, []string{"usr/bin/curl", "usr/bin/vi", "usr/bin/nc", "etc/passwd", "bin", "opt/a/tool"}, []string{"usr/bin/wget", "etc/group"}},
		{"deleted", [][]byte{layer(t, names("usr/bin/.wh.curl")...)}, []string{"usr/bin/vi"}, []string{"usr/bin/curl"}},
		{"deleted and made again", [][]byte{layer(t, names("usr/bin/curl")...), layer(t, names("usr/bin/.wh.curl")...)}, []string{"usr/bin/curl"}, nil},
		{"deleted in a layer above", [][]byte{layer(t, names("usr/bin/.wh.curl")...), layer(t, names("usr/bin/curl")...)}, nil, []string{"usr/bin/curl"}},
		{"directory deleted", [][]byte{layer(t, names(".wh.usr")...)}, []string{"etc/passwd"}, []string{"usr/bin/curl", "usr/bin/vi"}},
		{"directory deleted and made again", [][]byte{layer(t, names(".wh.usr", "usr/", "usr/bin/", "usr/bin/vi")...)}, []string{"usr/bin/vi"}, []string{"usr/bin/curl"}},
		{"opaque", [][]byte{layer(t, names("usr/bin/vi", "usr/bin/.wh..wh..opq")...)}, []string{"usr/bin/vi", "opt/a/tool"}, []string{"usr/bin/curl"}},
		{"opaque above", [][]byte{layer(t, names("usr/.wh..wh..opq")...)}, []string{"etc/passwd"}, []string{"usr/bin/vi", "usr/bin/curl"}},
		{"the root opaque", [][]byte{layer(t, names(".wh..wh..opq", "etc/passwd")...)}, []string{"etc/passwd"}, []string{"usr/bin/curl", "bin"}},
		{"a file for a directory", [][]byte{layer(t, names("opt -> /srv")...)}, []string{"etc/passwd"}, []string{"opt/a/tool"}},
		{"a directory that is there already", [][]byte{layer(t, names("usr/", "usr/bin/", "opt/")...)}, []string{"usr/bin/curl", "opt/a/tool"}, nil},
		{"spellings", [][]byte{layer(t, names("./usr/bin/wget", "/etc//group")...)}, []string{"usr/bin/wget", "etc/group"}, nil},
		{"out of the image", [][]byte{layer(t, names("../usr/bin/wget", "a/../etc/group", "../../.wh.usr")...)}, []string{"usr/bin/curl"}, []string{"usr/bin/wget", "etc/group"}},
		{"no such deletion", [][]byte{layer(t, names("usr/bin/.wh.", "usr/.wh.bi", "usr/bin/.wh...", "usr/bin/.wh..", ".wh..wh.plnk/1")...)}, []string{"usr/bin/curl"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := New([]string{"/etc/passwd", "etc/group"}, []string{"usr/bin/curl", "usr/bin/wget", "usr/bin/vi", "usr/bin/nc", "bin", "opt/a/tool"})
			look(t, s, append(test.upper, base)...)
			for _, p := range test.there {
				if !s.At(p).Exists {
					t.Errorf("%s is not there", p)
				}
			}
			for _, p := range test.absent {
				if s.At(p).Exists {
					t.Errorf("%s is there", p)
				}
			}
		})
	}
}

// TestEntry requires what is told of a path to be right.
func TestEntry(t *testing.T) {
	s := New([]string{"etc/passwd", "big", "link"}, []string{"usr/bin/nc", "usr/bin/vi", "bin", "private", "closed", "no/text"})
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Name: "closed", Mode: 0o700, Typeflag: tar.TypeReg},
		{Name: "usr/bin/nc", Mode: 0o755, Typeflag: tar.TypeLink, Linkname: "bin/busybox"},
		{Name: "usr/bin/vi", Typeflag: tar.TypeSymlink, Linkname: "../vi"},
		{Name: "bin/", Mode: 0o755, Typeflag: tar.TypeDir},
		{Name: "private/", Mode: 0o750, Typeflag: tar.TypeDir},
	} {
		check(t, w.WriteHeader(h))
	}
	check(t, w.Close())
	top := layer(t, file{"etc/passwd", "app:x:1\n"}, file{"no/text", "x"}, file{"big", strings.Repeat("x", maxText+1)}, file{"link -> a", ""})
	look(t, s, top, b.Bytes(), layer(t, file{"etc/passwd", "other\n"}))
	for p, want := range map[string]Entry{
		"etc/passwd": {Exists: true, Run: true, Text: "app:x:1\n"},
		"big":        {Exists: true, Run: true},
		"link":       {Exists: true, Run: true, Link: "a"},
		"no/text":    {Exists: true, Run: true},
		"closed":     {Exists: true},
		"usr/bin/nc": {Exists: true, Run: true, Link: "/bin/busybox"},
		"usr/bin/vi": {Exists: true, Run: true, Link: "../vi"},
		"bin":        {Exists: true, Dir: true},
		"private":    {Exists: true, Dir: true, Closed: true},
	} {
		if got := s.At(p); got != want {
			t.Errorf("%s: %+.80v, want %+v", p, got, want)
		}
	}
}

// TestDone stops as soon as all is decided, and not before.
func TestDone(t *testing.T) {
	s := New([]string{"etc/passwd"}, []string{"bin/sh"})
	n := look(t, s, layer(t, names("etc/passwd")...), layer(t, names("bin/.wh.sh")...), layer(t, names("bin/sh", "etc/passwd")...))
	if n != 2 || !s.Done() || s.At("bin/sh").Exists {
		t.Errorf("%d layers read, %+v", n, s.seen)
	}
}

// TestCompression reads layers in each form.
func TestCompression(t *testing.T) {
	plain := layer(t, file{"etc/passwd", "root"})
	var zipped, twice, packed bytes.Buffer
	for _, b := range []*bytes.Buffer{&zipped, &twice} {
		z := gzip.NewWriter(b)
		z.Write(plain[:512])
		if b == &twice { // two members, as estargz has them
			check(t, z.Close())
			z = gzip.NewWriter(b)
		}
		z.Write(plain[512:])
		check(t, z.Close())
	}
	z, err := zstd.NewWriter(&packed)
	check(t, err)
	z.Write(plain)
	check(t, z.Close())
	for name, b := range map[string][]byte{"plain": plain, "gzip": zipped.Bytes(), "members": twice.Bytes(), "zstd": packed.Bytes()} {
		s := New([]string{"etc/passwd"}, nil)
		look(t, s, b)
		if s.At("etc/passwd").Text != "root" {
			t.Errorf("%s: %+v", name, s.seen)
		}
	}
}

// zeros are as many bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestHostile reads layers that nobody would make but to do harm. Each ends, with an error or with nothing found.
func TestHostile(t *testing.T) {
	gzipped := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		check(t, z.Close())
		return out.Bytes()
	}
	var bomb, window bytes.Buffer
	z := gzip.NewWriter(&bomb)
	w := tar.NewWriter(z)
	check(t, w.WriteHeader(&tar.Header{Name: "x", Size: 1 << 40, Typeflag: tar.TypeReg}))
	io.CopyN(w, zeros{}, 32<<20)
	check(t, z.Close())
	wide, err := zstd.NewWriter(&window, zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
	check(t, err)
	io.CopyN(wide, zeros{}, 80<<20)
	check(t, wide.Close())
	good := layer(t, file{"etc/passwd", "root"})
	for _, test := range []struct {
		name string
		text []byte
		much bool
	}{
		{"bomb", bomb.Bytes(), true},
		{"many entries", layer(t, names(strings.Split(strings.Repeat("a ", 2000), " ")[:2000]...)...), true},
		{"window", window.Bytes(), false},
		{"no archive", []byte(strings.Repeat("no archive ", 100)), false},
		{"cut", good[:514], false},
		{"cut gzip", gzipped(good)[:60], false},
		{"gzip of nothing", []byte{0x1f, 0x8b, 0, 0}, false},
		{"zstd of nothing", append([]byte{}, zstdMagic...), false},
	} {
		s := New([]string{"etc/passwd"}, nil)
		s.unpacked, s.entries = 16<<20, 1000
		_, err := s.Read(bytes.NewReader(test.text))
		if err == nil || errors.Is(err, ErrTooMuch) != test.much {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	// Names that no system takes are nothing.
	s := New([]string{"etc/passwd"}, nil)
	look(t, s, layer(t, names(strings.Repeat("etc/", 2000)+"passwd", "etc/"+strings.Repeat("x", 100_000), strings.Repeat("../", 50)+"etc/passwd")...))
	if s.At("etc/passwd").Exists || s.Done() {
		t.Errorf("%+v", s.seen)
	}
}

// FuzzRead reads anything without harm.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "etc/passwd", Size: 4, Typeflag: tar.TypeReg})
	w.Write([]byte("root"))
	w.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		s := New([]string{"etc/passwd"}, []string{"bin/sh"})
		s.unpacked = 1 << 20
		l, err := s.Read(bytes.NewReader(text))
		if (l == nil) != (err != nil) {
			t.Errorf("%v, %v", l, err)
		}
		if l != nil {
			s.Add(l)
		}
	})
}
