package project

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestIgnoreAgreesWithGit asks git itself about trees with rules at several levels: rules put together at random, and
// the ones that people write.
func TestIgnoreAgreesWithGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := rand.New(rand.NewPCG(1, 2))
	asked := 0
	for range 40 {
		for _, line := range []func(*rand.Rand) string{randomIgnoreLine, usualIgnoreLine} {
			asked += compareWithGit(t, r, line)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d paths, no difference", asked)
}

// compareWithGit makes one tree and returns the number of its paths.
func compareWithGit(t *testing.T, r *rand.Rand, line func(*rand.Rand) string) int {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	git(t, dir, "", "init", "-q")
	dirs, paths := randomTree(t, r, dir)
	files := map[string]string{}
	for i := range 1 + r.IntN(3) {
		at := "."
		if i > 0 {
			at = pick(r, dirs...)
		}
		var lines []string
		for range 1 + r.IntN(6) {
			lines = append(lines, line(r))
		}
		name := filepath.Join(at, ".gitignore")
		files[name] = strings.Join(lines, pick(r, "\n", "\r\n")) + pick(r, "", "\n")
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o644))
	}
	if r.IntN(4) == 0 {
		files["info/exclude"] = line(r) + "\n"
		must(t, os.WriteFile(filepath.Join(dir, ".git", "info", "exclude"), []byte(files["info/exclude"]), 0o644))
	}

	out := git(t, dir, strings.Join(paths, "\x00")+"\x00", "-c", "core.excludesFile=", "check-ignore", "--no-index", "--stdin", "-z")
	want := map[string]bool{}
	for p := range bytes.SplitSeq(out, []byte{0}) {
		want[string(p)] = true
	}
	got := map[string]bool{}
	collectIgnored(t, dir, ".", ignoresAbove(dir), false, got)
	for _, p := range paths {
		if got[p] != want[p] {
			t.Errorf("%q is ignored: %v, but git says %v, with %q", p, got[p], want[p], files)
		}
	}
	return len(paths)
}

// collectIgnored walks like Find, but goes on in directories that are left out.
func collectIgnored(t *testing.T, top, rel string, ig ignores, all bool, got map[string]bool) {
	t.Helper()
	dir := filepath.Join(top, rel)
	ig = ig.with(dir, filepath.Join(dir, ".gitignore"))
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		path := filepath.Join(rel, e.Name())
		if path == ".git" {
			continue
		}
		out := all || ig.ignored(filepath.Join(top, path), e.IsDir())
		got[filepath.ToSlash(path)] = out
		if e.IsDir() {
			collectIgnored(t, top, path, ig, out, got)
		}
	}
}

func git(t *testing.T, dir, stdin string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := cmd.Output()
	// check-ignore exits with 1 when nothing is ignored.
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("git %q: %v", args, err)
	}
	return out
}

var treeNames = []string{
	"a", "b", "a1", "fo", "foo", "bar", "foo.txt", "x.log", "build", "Dockerfile", "Dockerfile.dev", ".env", "a b", "{x}", "[z]", "#h",
	"!n", "node", "A", "x-y", "é", "a*b", "tab\tname",
}

func randomTree(t *testing.T, r *rand.Rand, dir string) (dirs, paths []string) {
	dirs = []string{"."}
	for range 40 {
		path := filepath.Join(pick(r, dirs...), pick(r, treeNames...))
		full := filepath.Join(dir, path)
		if strings.Count(path, "/") > 4 || exists(full) {
			continue
		}
		if r.IntN(2) == 0 {
			must(t, os.Mkdir(full, 0o755))
			dirs = append(dirs, path)
		} else {
			must(t, os.WriteFile(full, nil, 0o644))
		}
		paths = append(paths, path)
	}
	return dirs, paths
}

func randomIgnoreLine(r *rand.Rand) string {
	segments := make([]string, 1+r.IntN(3))
	for i := range segments {
		switch r.IntN(6) {
		case 0:
			segments[i] = pick(r, "*", "**", "*.txt", "*.log", "fo?", "?", "b??", "f*o", "foo**", "**foo", "D*", ".*", "*.*", "a?*")
		case 1:
			segments[i] = pick(r, "[ab]", "[!a]", "[^a]", "[a-f]oo", "[[:alpha:]]", "[[:alpha:]b]*", "[[:digit:][:upper:]]*", "a[0-9]",
				"[]z]", "[!]a]", "[[]z]", `[\]z[]*`, "[a", "x[-]y", "[x-]-y", "[{]x}", "tab[[:space:]]name", "[z")
		case 2:
			segments[i] = pick(r, `\#h`, `\!n`, "{x}", "{a,b}", `a\ b`, `fo\o`, "a b", `\*`, "é", "#h", "!n", `a\*b`, `foo\`, `\[z]`, "foo ")
		default:
			segments[i] = pick(r, treeNames...)
		}
	}
	return pick(r, "", "", "", "!") + pick(r, "", "", "", "/") + strings.Join(segments, "/") + pick(r, "", "", "", "/", "/", " ", "  ", "\t", "/ ", `\ `)
}

func usualIgnoreLine(r *rand.Rand) string {
	return pick(r, "node_modules/", "*.log", "/build", "build/", "**/foo", "foo/**", "/*", "!/a", "!/a/", "*", "!*/", "!*.txt",
		"!Dockerfile*", "Dockerfile.*", "!Dockerfile", "a/*", "!a/b", "a/**", "**/bar/**", "a/**/b", ".env*", "!.env", "/a/foo.txt",
		"foo*", "!foo.txt", "b/foo", "# comment", "", "   ", "*.t[xy]t", "**", "**/", "a/**/*", "/a/*", "!/a/b/", "!b/", "\ufeff*.log")
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }
