// Package corpus gives tests the real Dockerfiles and Compose files that the project is measured on.
//
// The files belong to their authors and are not part of the project: they stand in the folder shared/corpus beside the
// checkout, or where the environment variable DOCKFIX_CORPUS says. A test that needs them is skipped where they are absent.
package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// File is one file of the corpus.
type File struct {
	Kind string // dockerfile, compose, dockerfile-template, dockerfile-derived, ...: the first column of MANIFEST.tsv
	Name string // slash path below the corpus
	Path string
	Text []byte
}

// Dir is the folder of the corpus; the test is skipped where there is none.
func Dir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("DOCKFIX_CORPUS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = parent
	}
	dir = filepath.Join(filepath.Dir(dir), "shared", "corpus")
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.tsv")); err != nil {
		t.Skip("corpus absent: set DOCKFIX_CORPUS to measure on real files")
	}
	return dir
}

// Files reads the files of the given kinds, in the order of the manifest.
func Files(t testing.TB, kinds ...string) []File {
	t.Helper()
	return read(t, func(kind string) bool { return slices.Contains(kinds, kind) })
}

// Prefixed reads the files whose kind begins with prefix, templates and re-encoded copies with the rest.
func Prefixed(t testing.TB, prefix string) []File {
	t.Helper()
	return read(t, func(kind string) bool { return kind != "kind" && strings.HasPrefix(kind, prefix) })
}

func read(t testing.TB, want func(kind string) bool) []File {
	t.Helper()
	dir := Dir(t)
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for line := range strings.Lines(string(manifest)) {
		cols := strings.Split(line, "\t")
		if len(cols) < 2 || !want(cols[0]) {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(cols[1]))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Kind: cols[0], Name: cols[1], Path: path, Text: text})
	}
	if len(files) == 0 {
		t.Fatal("the corpus has no such files")
	}
	return files
}

// Shape is a way to write the same text in other bytes.
type Shape struct {
	Name string
	Of   func([]byte) []byte
}

// Shapes are the ways in which every property is tested: the bytes as they are, with CRLF line ends, with a byte order
// mark, and without a final newline.
var Shapes = []Shape{
	{"as is", func(b []byte) []byte { return b }},
	{"CRLF", CRLF},
	{"BOM", func(b []byte) []byte {
		return append([]byte("\xef\xbb\xbf"), bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))...)
	}},
	{"no final newline", func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }},
}

// allShapes is the environment variable that makes every test take every file in every shape.
const allShapes = "DOCKFIX_ALL_SHAPES"

// Takes reports whether a test is to take the nth file in this shape: as it is always, and in one of the others, in turn. With
// DOCKFIX_ALL_SHAPES set it is in all of them, as .ci/run has it: that takes twice the time.
func (s Shape) Takes(n int) bool {
	i := slices.IndexFunc(Shapes, func(o Shape) bool { return o.Name == s.Name })
	return i == 0 || os.Getenv(allShapes) != "" || 1+n%(len(Shapes)-1) == i
}

// CRLF gives every line the line end of Windows.
func CRLF(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}
