// Package diffview shows how a file changes, as a unified diff that `patch -p1` and `git apply` turn back into the new
// bytes exactly.
//
// In: the name, the old and the new bytes of a file. Out: the diff, plain or coloured. For the name "Dockerfile", the
// old text "FROM alpine\nRUN true\n" and the new text "FROM alpine:3.22\nRUN true\n":
//
//	--- a/Dockerfile
//	+++ b/Dockerfile
//	@@ -1,2 +1,2 @@
//	-FROM alpine
//	+FROM alpine:3.22
//	 RUN true
//
// Only "\n" ends a line; "\r" belongs to the line it stands in, so a change of line ends is a change of lines. The same
// input gives the same diff on every run: no clock is consulted.
//
// github.com/sergi/go-diff compares; hunks, headers, names and colours are made here.
package diffview

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// File is one file before and after.
type File struct {
	Name string      // slash path below the root, shown as a/Name and b/Name; quoted as git does where it needs to be
	Old  []byte      // nil: the file is new. Not nil and empty: the file exists and is empty
	New  []byte      // nil: the file is deleted
	Mode fs.FileMode // permission bits of a new or deleted file, 0 when they do not matter; git keeps only the x bit
}

// Options say how a diff is written.
type Options struct {
	Context int  // unchanged lines around a change: 0 means 3, negative means none (git apply then wants --unidiff-zero)
	Color   bool // for a terminal: colours, changed words in reverse video, control characters made visible
}

// Unified writes the diff of f, and nothing when nothing changes. It returns only the errors of w.
//
// Without Color the lines are the file's bytes. With Color a control character is shown as less shows it (^[, <9B>,
// <U+202E>), so that a file cannot steer the terminal; the "\r" before a line end is left out when every line has it.
func Unified(w io.Writer, f File, o Options) error { return Patch(w, []File{f}, o) }

// Patch writes the diffs of files one after the other, as one patch. Written by separate calls of Unified, a diff that
// has no hunk (an empty new file) would take the next file's header for its own.
//
// GNU patch cannot delete an empty file; git apply can.
func Patch(w io.Writer, files []File, o Options) error {
	git := slices.ContainsFunc(files, File.needsGitHeader)
	out := bufio.NewWriter(w)
	for _, f := range files {
		if !f.same() {
			p := printer{w: out, color: o.Color, dropCR: o.Color && f.allCRLF()}
			p.header(f, git)
			p.hunks(f, o.context())
		}
	}
	return out.Flush()
}

// Stat counts the lines that the diff of f adds and removes; a last line without "\n" counts.
func Stat(f File) (added, removed int) {
	for _, c := range compare(splitLines(f.Old), splitLines(f.New)) {
		added += c.b1 - c.b0
		removed += c.a1 - c.a0
	}
	return added, removed
}

func (f File) same() bool {
	return bytes.Equal(f.Old, f.New) && (f.Old == nil) == (f.New == nil)
}

// allCRLF reports whether "\n" never stands without a "\r" before it, in the old and the new bytes.
func (f File) allCRLF() bool {
	for _, text := range [][]byte{f.Old, f.New} {
		if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
			return false
		}
	}
	return true
}

func (o Options) context() int {
	if o.Context == 0 {
		return 3
	}
	return max(o.Context, 0)
}

// splitLines cuts text behind every "\n"; only the last line can be without one.
func splitLines(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		return lines[:len(lines)-1]
	}
	return lines
}
