package main

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"
)

// archive writes headers with content; a header's size is that of its content.
func archive(t *testing.T, entries ...tar.Header) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range entries {
		content := h.PAXRecords["E2E.content"]
		h.PAXRecords, h.Size = nil, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func file(name, content string, mode int64, uid int) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Uid: uid, PAXRecords: map[string]string{"E2E.content": content}}
}

func TestList(t *testing.T) {
	got, err := list(archive(t,
		file("b.pyc", "compiled", 0o644, 0),
		file("a", "x", 0o755, 1000),
		tar.Header{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		tar.Header{Name: "sh", Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "dash"},
	))
	if err != nil {
		t.Fatal(err)
	}
	want := `a|file|755|1000:0||2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
b.pyc|file|644|0:0||
etc|directory|755|0:0||
sh|symlink|777|0:0|dash|`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestListTruncated(t *testing.T) {
	whole := archive(t, file("a", "content", 0o644, 0)).Bytes()
	if _, err := list(bytes.NewReader(whole[:514])); err == nil {
		t.Error("a truncated archive is listed without an error")
	}
}
