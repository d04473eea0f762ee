//go:build unix

package project

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func symlink(t *testing.T, dir, to, name string) {
	t.Helper()
	must(t, os.Symlink(to, filepath.Join(dir, name)))
}

func TestFindSymlinks(t *testing.T) {
	dir := tree(t, `
-- in/real/Dockerfile --
FROM a
-- in/real/app.df --
FROM a
-- in/vendor/Dockerfile --
FROM a
-- in/links/ --
-- out/Dockerfile --
FROM a
`)
	in := filepath.Join(dir, "in")
	for name, to := range map[string]string{
		"links/Dockerfile":        "../real/Dockerfile", // the same file: found once, by its own name
		"links/Dockerfile.app":    "../real/app.df",     // found by the link
		"links/Dockerfile.app2":   "../real/app.df",
		"links/Dockerfile.none":   "nothing",
		"links/Dockerfile.loop":   "Dockerfile.loop",
		"links/Dockerfile.out":    "../../out/Dockerfile",
		"links/Dockerfile.vendor": "../vendor/Dockerfile",
		"links/Dockerfile.dir":    "../real",
		"links/up":                "..",
		"links/outside":           "../../out",
		"links/broken":            "nothing",
		"links/note":              "../../out/Dockerfile", // no name of ours
	} {
		symlink(t, in, to, name)
	}
	findIs(t, in, nil, `
links/Dockerfile.app: Dockerfile
real/Dockerfile: Dockerfile
links/Dockerfile.loop - a symbolic link in a loop
links/Dockerfile.none - a symbolic link to nothing
links/Dockerfile.out - a symbolic link out of the tree
links/Dockerfile.vendor - a symbolic link to vendored code or test data
links/outside - a symbolic link out of the tree
vendor - vendored code
`)
	// A link that is named is followed, to a file or to a directory.
	findIs(t, in, []string{"links/Dockerfile.out", "links/Dockerfile"}, `
links/Dockerfile: Dockerfile, named
links/Dockerfile.out: Dockerfile, named
`)
	findIs(t, in, []string{"links/outside"}, `
links/outside/Dockerfile: Dockerfile
`)
	findIs(t, in, []string{"links/Dockerfile.none", "links/Dockerfile.loop"}, `
! links/Dockerfile.loop: too many levels of symbolic links
! links/Dockerfile.none: no such file or directory
`)
}

func TestFindFromALinkedDirectory(t *testing.T) {
	dir := tree(t, "-- real/a/Dockerfile --\nFROM a\n-- real/.gitignore --\nb\n-- real/b/Dockerfile --\nFROM a\n")
	symlink(t, dir, "real", "link")
	findIs(t, filepath.Join(dir, "link"), nil, "a/Dockerfile: Dockerfile\n")
	findIs(t, filepath.Join(dir, "link"), []string{filepath.Join(dir, "link", "a", "Dockerfile")}, "a/Dockerfile: Dockerfile, named\n")
}

func TestFindHardLinks(t *testing.T) {
	dir := tree(t, "-- a/Dockerfile --\nFROM a\n-- b/ --\n")
	must(t, os.Link(filepath.Join(dir, "a/Dockerfile"), filepath.Join(dir, "b/Dockerfile")))
	findIs(t, dir, nil, "a/Dockerfile: Dockerfile\n")
	findIs(t, dir, []string{".", "b/Dockerfile"}, "b/Dockerfile: Dockerfile, named\n")
}

// TestFindSpecialFiles would hang where a pipe is opened.
func TestFindSpecialFiles(t *testing.T) {
	dir := tree(t, "-- a/ --\n")
	must(t, syscall.Mkfifo(filepath.Join(dir, "Dockerfile"), 0o644))
	must(t, syscall.Mkfifo(filepath.Join(dir, "a", "x"), 0o644))
	must(t, syscall.Mkfifo(filepath.Join(dir, ".gitignore"), 0o644))
	symlink(t, dir, "a/x", "Dockerfile.link")
	symlink(t, dir, "/dev/zero", "compose.yml")
	short, err := os.MkdirTemp("", "s") // a socket's path has to be short
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(short) })
	l, err := net.Listen("unix", filepath.Join(short, "Dockerfile"))
	must(t, err)
	defer l.Close()

	findIs(t, dir, nil, `
Dockerfile - is a named pipe
Dockerfile.link - is a named pipe
compose.yml - a symbolic link out of the tree
`)
	findIs(t, dir, []string{"Dockerfile", "a/x", "compose.yml"}, `
! Dockerfile: is a named pipe
! a/x: is a named pipe
! compose.yml: is a device
`)
	findIs(t, short, []string{"Dockerfile", "."}, `
Dockerfile - is a socket
! Dockerfile: is a socket
`)
	if _, err := Read(File{Name: "x", Path: filepath.Join(dir, "a", "x")}); err == nil || err.Error() != "x: is a named pipe" {
		t.Errorf("Read of a pipe: %v", err)
	}
	if _, err := Read(File{Name: "zero", Path: "/dev/zero"}); err == nil || err.Error() != "zero: is a device" {
		t.Errorf("Read of a device: %v", err)
	}
}

func TestFindOddNames(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("the file system takes only names in UTF-8")
	}
	dir := tree(t, "-- x --\n")
	for _, name := range []string{"a\nb", "\xff\xfe", " ", "-w", strings.Repeat("d", 200)} {
		must(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name, "Dockerfile.\x01"), []byte("FROM a"), 0o644))
	}
	findIs(t, dir, nil, " /Dockerfile.\x01: Dockerfile\n-w/Dockerfile.\x01: Dockerfile\na\nb/Dockerfile.\x01: Dockerfile\n"+
		strings.Repeat("d", 200)+"/Dockerfile.\x01: Dockerfile\n\xff\xfe/Dockerfile.\x01: Dockerfile\n")
}

func TestFindWithoutPermission(t *testing.T) {
	dir := tree(t, "-- a/Dockerfile --\nFROM a\n-- b/Dockerfile --\nFROM a\n-- c/x.df --\nFROM a\n")
	must(t, os.Chmod(filepath.Join(dir, "a"), 0))
	must(t, os.Chmod(filepath.Join(dir, "b", "Dockerfile"), 0))
	must(t, os.Chmod(filepath.Join(dir, "c", "x.df"), 0))
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "a"), 0o755) })
	asNobody(t, dir, func() {
		w := findIs(t, dir, nil, `
b/Dockerfile: Dockerfile
a - cannot be read: permission denied
`)
		if _, err := Read(w.Files[0]); err == nil || err.Error() != "b/Dockerfile: permission denied" {
			t.Errorf("Read without permission: %v", err)
		}
		findIs(t, dir, []string{"a", "a/Dockerfile", "c/x.df"}, `
! a/Dockerfile: permission denied
! a: permission denied
! c/x.df: permission denied
`)
	})
}
