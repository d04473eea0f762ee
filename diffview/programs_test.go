package diffview

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var hunkSection = regexp.MustCompile(`(?m)^(@@ .* @@) .*$`)

// program finds a program or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no program %s", name)
	}
	return path
}

// quietGit is an environment in which git reads no configuration and sees no repository around dir.
func quietGit(dir string) []string {
	return append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "LC_ALL=C")
}

// appliers are the programs that a diff is for.
var appliers = []struct {
	program string
	args    []string
}{
	{"patch", []string{"-p1", "--binary", "--batch", "-F0"}},
	{"patch", []string{"-p1", "--batch", "-F0"}},
	{"git", []string{"apply"}},
}

// eachApplier has every program apply one patch of all files to a directory that holds the old ones.
func eachApplier(t *testing.T, files []File, o Options) {
	var patch bytes.Buffer
	if err := Patch(&patch, files, o); err != nil {
		t.Fatal(err)
	}
	for _, a := range appliers {
		t.Run(strings.Join(append([]string{a.program}, a.args...), " "), func(t *testing.T) {
			path := program(t, a.program)
			dir := t.TempDir()
			for _, f := range files {
				if f.Old != nil {
					writeFile(t, filepath.Join(dir, f.Name), f.Old, 0o644)
				}
			}
			cmd := exec.Command(path, a.args...)
			cmd.Dir, cmd.Env, cmd.Stdin = dir, quietGit(dir), bytes.NewReader(patch.Bytes())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, f := range files {
				expectFile(t, dir, f)
			}
			expectNoMore(t, dir, files)
		})
	}
}

func expectFile(t *testing.T, dir string, f File) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, f.Name))
	if f.New == nil {
		if !os.IsNotExist(err) {
			t.Errorf("%q is not deleted: %v", f.Name, err)
		}
		return
	}
	if err != nil || !bytes.Equal(got, f.New) {
		t.Errorf("%q from %q: got %q, %v, want %q", f.Name, f.Old, got, err, f.New)
	}
}

// expectNoMore finds what a patch that applied only nearly leaves behind (.orig, .rej), and misread names.
func expectNoMore(t *testing.T, dir string, files []File) {
	t.Helper()
	names := map[string]bool{}
	for _, f := range files {
		names[filepath.Join(dir, f.Name)] = true
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !names[path] {
			t.Errorf("stray file %q", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestProgramsApplyCases(t *testing.T) {
	var files []File
	for i, c := range unifiedCases {
		// GNU patch cannot delete an empty file; TestGitDeletesEmpty has that case.
		if c.name != "deleted empty" {
			files = append(files, File{Name: "case" + string(rune('a'+i)), Old: bytesOf(c.old), New: bytesOf(c.new)})
		}
	}
	eachApplier(t, files, Options{})
}

func TestProgramsApplyRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, context := range []int{3, 1, 12} {
		var files []File
		for i := range 150 {
			f := randomFile(r)
			f.Name = "file" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
			files = append(files, f)
		}
		eachApplier(t, files, Options{Context: context})
	}
}

var oddNames = []string{
	"a b", " lead", "trail ", "tab\tin", `q"uote`, "it's", `back\slash`, "é.yml", "日本/compose.yml", "-dash", "-p0", "new\nline", "cr\r",
	"dir with space/- x", "x 2010-07-05 19:41:17 +0000", "x\t2010-07-05", "bell\a\x01\x7f", "not\xffutf8", "a/b/c", "b c.txt b/b c.txt", "#%$*?", "é b",
}

func TestProgramsApplyNames(t *testing.T) {
	for _, kind := range []struct {
		name string
		file File
	}{
		{"changed", File{Old: []byte("one\n"), New: []byte("two\n")}},
		{"created", File{New: []byte("two\n")}},
		{"created with mode", File{New: []byte("two\n"), Mode: 0o600}},
		{"created empty", File{New: []byte{}}},
		{"deleted", File{Old: []byte("one\n")}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			var files []File
			for _, name := range oddNames {
				f := kind.file
				f.Name = name
				files = append(files, f)
			}
			eachApplier(t, files, Options{})
		})
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ name, hunk, git string }{
		{"f", "a/f", "a/f"},
		{"a b", "a/a b\t", `"a/a b"`},
		{"é", `"a/\303\251"`, `"a/\303\251"`},
		{"é b", "\"a/\\303\\251 b\"\t", `"a/\303\251 b"`},
		{"q\"\\", `"a/q\"\\"`, `"a/q\"\\"`},
		{"\a\b\t\n\v\f\r\x1b\x7f", `"a/\a\b\t\n\v\f\r\033\177"`, `"a/\a\b\t\n\v\f\r\033\177"`},
		{"f ", "\"a/f \"\t", `"a/f "`},
		{"-f'", "a/-f'", "a/-f'"},
	} {
		if got := hunkName("a/" + c.name); got != c.hunk {
			t.Errorf("%q: %q, want %q", c.name, got, c.hunk)
		}
		if got := gitName("a/" + c.name); got != c.git {
			t.Errorf("%q in a git header: %q, want %q", c.name, got, c.git)
		}
	}
}

// TestPatchKeepsMode also holds the reason for the git header: without it the mode would be the umask's.
func TestPatchKeepsMode(t *testing.T) {
	path := program(t, "patch")
	dir := t.TempDir()
	cmd := exec.Command(path, "-p1", "--batch")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(unified(t, File{Name: "secret", New: []byte("s\n"), Mode: 0o600}, Options{}))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(filepath.Join(dir, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestGitDeletesEmpty(t *testing.T) {
	path := program(t, "git")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "f"), nil, 0o644)
	cmd := exec.Command(path, "apply")
	cmd.Dir, cmd.Env = dir, quietGit(dir)
	cmd.Stdin = strings.NewReader(unified(t, File{Name: "f", Old: []byte{}}, Options{}))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	expectFile(t, dir, File{Name: "f"})
}

func TestGitAppliesWithoutContext(t *testing.T) {
	path := program(t, "git")
	dir := t.TempDir()
	f := File{Name: "f", Old: []byte(ten), New: []byte("0\n1\n2\n3\n4\nfive\n6\n7\n9\n10")}
	writeFile(t, filepath.Join(dir, "f"), f.Old, 0o644)
	cmd := exec.Command(path, "apply", "--unidiff-zero")
	cmd.Dir, cmd.Env = dir, quietGit(dir)
	cmd.Stdin = strings.NewReader(unified(t, f, Options{Context: -1}))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	expectFile(t, dir, f)
}
