package diffview

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func unified(t testing.TB, f File, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Unified(&out, f, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// bytesOf is the content that a test case writes as a string; "absent" is no file.
func bytesOf(text string) []byte {
	if text == "absent" {
		return nil
	}
	return []byte(text)
}

const (
	oldOne = "--- a/f\n+++ b/f\n"
	noEnd  = "\\ No newline at end of file\n"
	ten    = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
)

var unifiedCases = []struct{ name, old, new, want string }{
	{"equal", "a\n", "a\n", ""},
	{"one line", "a\n", "b\n", oldOne + "@@ -1 +1 @@\n-a\n+b\n"},
	{"middle", ten, strings.Replace(ten, "5", "five", 1), oldOne + "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
	{"insert first", "a\n", "b\na\n", oldOne + "@@ -1 +1,2 @@\n+b\n a\n"},
	{"insert last", "a\n", "a\nb\n", oldOne + "@@ -1 +1,2 @@\n a\n+b\n"},
	{"delete first", "b\na\n", "a\n", oldOne + "@@ -1,2 +1 @@\n-b\n a\n"},
	{"crlf change", "a\r\nb\r\n", "a\r\nc\r\n", oldOne + "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"},
	{"crlf to lf", "a\r\nb\n", "a\nb\n", oldOne + "@@ -1,2 +1,2 @@\n-a\r\n+a\n b\n"},
	{"lone cr", "a\rb\n", "a\rc\n", oldOne + "@@ -1 +1 @@\n-a\rb\n+a\rc\n"},
	{"no end, both", "a\nb", "c\nb", oldOne + "@@ -1,2 +1,2 @@\n-a\n+c\n b\n" + noEnd},
	{"no end, both changed", "a", "b", oldOne + "@@ -1 +1 @@\n-a\n" + noEnd + "+b\n" + noEnd},
	{"no end, old", "a", "a\n", oldOne + "@@ -1 +1 @@\n-a\n" + noEnd + "+a\n"},
	{"no end, new", "a\n", "a", oldOne + "@@ -1 +1 @@\n-a\n+a\n" + noEnd},
	{"no end, appended", "a", "a\nb\n", oldOne + "@@ -1 +1,2 @@\n-a\n" + noEnd + "+a\n+b\n"},
	{"empty, filled", "", "a\nb\n", oldOne + "@@ -0,0 +1,2 @@\n+a\n+b\n"},
	{"emptied", "a\nb\n", "", oldOne + "@@ -1,2 +0,0 @@\n-a\n-b\n"},
	{"blank context", "\n\na\n", "\n\nb\n", oldOne + "@@ -1,3 +1,3 @@\n \n \n-a\n+b\n"},
	{"looks like a header", "-- a/f\n++ b/f\n", "-- a/g\n++ b/f\n", oldOne + "@@ -1,2 +1,2 @@\n--- a/f\n+-- a/g\n ++ b/f\n"},
	{"hunks that touch", ten, "one\n2\n3\n4\n5\n6\n7\neight\n9\n10\n", oldOne + "@@ -1,10 +1,10 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n 9\n 10\n"},
	{"hunks apart", ten, "one\n2\n3\n4\n5\n6\n7\n8\nnine\n10\n", oldOne + "@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -6,5 +6,5 @@\n 6\n 7\n 8\n-9\n+nine\n 10\n"},
	{"created", "absent", "a\nb", "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n" + noEnd},
	{"deleted", "a\n", "absent", "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"},
	{"created empty", "absent", "", "diff --git a/f b/f\nnew file mode 100644\n"},
	{"deleted empty", "", "absent", "diff --git a/f b/f\ndeleted file mode 100644\n"},
	{"never there", "absent", "absent", ""},
}

func TestUnified(t *testing.T) {
	for _, c := range unifiedCases {
		f := File{Name: "f", Old: bytesOf(c.old), New: bytesOf(c.new)}
		got := unified(t, f, Options{})
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
		result, err := apply("f", got, f.Old)
		if err != nil || !bytes.Equal(result, f.New) || (result == nil) != (f.New == nil) {
			t.Errorf("%s: applied: %q, %v, want %q", c.name, result, err, f.New)
		}
	}
}

// TestSameAsGit compares the hunks of the cases with those of git diff.
func TestSameAsGit(t *testing.T) {
	git := program(t, "git")
	dir := t.TempDir()
	for _, c := range unifiedCases {
		if c.old == "absent" || c.new == "absent" || c.want == "" {
			continue
		}
		writeFile(t, filepath.Join(dir, "old"), []byte(c.old), 0o644)
		writeFile(t, filepath.Join(dir, "new"), []byte(c.new), 0o644)
		cmd := exec.Command(git, "diff", "--no-index", "--no-color", "--minimal", "old", "new")
		cmd.Dir, cmd.Env = dir, quietGit(dir)
		out, _ := cmd.Output()
		_, hunks, _ := strings.Cut(string(out), "\n+++ b/new\n")
		if want := strings.TrimPrefix(c.want, oldOne); hunkSection.ReplaceAllString(hunks, "$1") != want {
			t.Errorf("%s: git says\n%s\nwant\n%s", c.name, out, want)
		}
	}
}

func TestContext(t *testing.T) {
	f := File{Name: "f", Old: []byte(ten), New: []byte("1\n2\n3\n4\nfive\n6\n7\n9\n10\n")}
	for _, c := range []struct {
		context int
		want    string
	}{
		{-1, oldOne + "@@ -5 +5 @@\n-5\n+five\n@@ -8 +7,0 @@\n-8\n"},
		{1, oldOne + "@@ -4,6 +4,5 @@\n 4\n-5\n+five\n 6\n 7\n-8\n 9\n"},
		{99, oldOne + "@@ -1,10 +1,9 @@\n 1\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n-8\n 9\n 10\n"},
	} {
		if got := unified(t, f, Options{Context: c.context}); got != c.want {
			t.Errorf("context %d: got\n%s\nwant\n%s", c.context, got, c.want)
		}
	}
}

func TestStat(t *testing.T) {
	for _, c := range []struct {
		old, new       string
		added, removed int
	}{
		{"a\n", "a\n", 0, 0},
		{"a\nb\n", "a\nc\nd\n", 2, 1},
		{"absent", "a\nb", 2, 0},
		{"a\r\nb\r\n", "a\nb\n", 2, 2},
		{"a", "a\n", 1, 1},
		{"a\n", "absent", 0, 1},
	} {
		added, removed := Stat(File{Old: bytesOf(c.old), New: bytesOf(c.new)})
		if added != c.added || removed != c.removed {
			t.Errorf("%q to %q: +%d -%d, want +%d -%d", c.old, c.new, added, removed, c.added, c.removed)
		}
	}
}

// TestSlide holds the places where an inserted or deleted block could stand higher or lower.
func TestSlide(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"block before a blank line", "A\n\nC\n", "A\n\nB\n\nC\n", " A\n \n+B\n+\n C\n"},
		{"block at the end", "A\n\nB\n", "A\n\nB\n\nC\n", " A\n \n B\n+\n+C\n"},
		{"service with the same tail", "s:\n  a:\n    x: 1\n    y: 2\n  b:\n    x: 3\n    y: 2\n", "s:\n  a:\n    x: 1\n    y: 2\n  c:\n    x: 4\n    y: 2\n  b:\n    x: 3\n    y: 2\n", "     x: 1\n     y: 2\n+  c:\n+    x: 4\n+    y: 2\n   b:\n     x: 3\n     y: 2\n"},
		{"deleted block", "A\n\nB\n\nC\n", "A\n\nC\n", " A\n \n-B\n-\n C\n"},
		{"repeated line goes last", "a\na\nb\n", "a\na\na\nb\n", " a\n a\n+a\n b\n"},
	} {
		_, got, _ := strings.Cut(unified(t, File{Name: "f", Old: []byte(c.old), New: []byte(c.new)}, Options{}), "@@\n")
		if !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: got\n%s\nwant the end\n%s", c.name, got, c.want)
		}
	}
}

func TestGitHeaderForAllOrNone(t *testing.T) {
	plain := File{Name: "x", Old: []byte("a\n"), New: []byte("b\n")}
	for _, c := range []struct {
		name string
		file File
		want bool
	}{
		{"new, mode 0600", File{Name: "s", New: []byte("s\n"), Mode: 0o600}, true},
		{"new and empty", File{Name: "s", New: []byte{}}, true},
		{"new", File{Name: "s", New: []byte("s\n")}, false},
		{"changed, mode 0600", File{Name: "s", Old: []byte{}, New: []byte("s\n"), Mode: 0o600}, false},
	} {
		var out bytes.Buffer
		if err := Patch(&out, []File{plain, c.file}, Options{}); err != nil {
			t.Fatal(err)
		}
		want := 0
		if c.want {
			want = 2
		}
		if got := strings.Count(out.String(), "diff --git "); got != want {
			t.Errorf("%s: %d git headers, want %d:\n%s", c.name, got, want, out.String())
		}
	}
	if got := unified(t, File{Name: "s", New: []byte("s\n"), Mode: 0o600}, Options{}); !strings.Contains(got, "\nnew file mode 100600\n") {
		t.Errorf("mode is missing:\n%s", got)
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	big := File{Name: "f", New: bytes.Repeat([]byte("line\n"), 10_000)}
	if err := Unified(fullDisk{}, big, Options{}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func writeFile(t testing.TB, name string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, mode); err != nil {
		t.Fatal(err)
	}
}
