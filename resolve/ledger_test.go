package resolve

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ledgered asks for an update of an image of unknown age, with a ledger.
func ledgered(t *testing.T, file string) (*Resolver, Answer) {
	t.Helper()
	r := resolver(newFake(), func(o *Options) {
		o.MinAge, o.LedgerFile, o.Warn = 3*days, file, func(s string) { t.Error(s) }
	})
	return r, one(t, r, Query{Ref: "nginx:1.31.3", Update: &UpdateQuery{}})
}

// seenIn are the times of the ledger for nginx.
func seenIn(t *testing.T, file string) map[string]time.Time {
	t.Helper()
	var f ledgerFile
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return f.Seen["index.docker.io/library/nginx"]
}

// TestLedgerDamaged requires an error that names the file and the line, as soon as there is a resolver, and the file to stay as
// it is.
func TestLedgerDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seen.json")
	for content, want := range map[string]string{
		"<<<<<<< ours\n":                "line 1: invalid character '<' looking for beginning of value",
		"":                              "line 1: unexpected end of JSON input",
		"{\"version\":1,\n\"seen\":[]}": "line 2: seen must be an object",
		"[]":                            "line 1: the ledger must be an object",
		"null":                          "its version is 0, and only 1 is known",
		`{"version":2}`:                 "its version is 2, and only 1 is known",
		`{"version":1,"seen":{"a":{"b":"today"}}}`:    "line 1: a time must look like 2026-08-20T00:00:00Z",
		`{"version":1,"seen":{"a":{"b":1700000000}}}`: "line 1: a time must look like 2026-08-20T00:00:00Z",
	} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		r := resolver(newFake(), func(o *Options) { o.MinAge, o.LedgerFile = days, file })
		if err := r.LedgerError(); err == nil || err.Error() != "the ledger "+file+" cannot be read: "+want {
			t.Errorf("%q: %v", content, err)
		}
		r, _ = ledgered(t, file)
		if b, _ := os.ReadFile(file); string(b) != content || r.LedgerError() == nil {
			t.Errorf("%q became %q", content, b)
		}
	}
	r, _ := ledgered(t, t.TempDir())
	if err := r.LedgerError(); err == nil || !strings.HasSuffix(err.Error(), "cannot be read: it is no regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// TestLedgerUnwritable requires an error that names the ledger, and no temporary file.
func TestLedgerUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-such-directory", "seen.json")
	r, a := ledgered(t, file)
	if err := r.LedgerError(); err == nil || !strings.HasPrefix(err.Error(), "the ledger "+file+" is not written: ") || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("%v", err)
	}
	if a.Update == nil || a.Err != nil {
		t.Errorf("%+v", a)
	}
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	one(t, r, Query{Ref: "nginx:1.31.3", Update: &UpdateQuery{}})
	if err := r.LedgerError(); err != nil || len(seenIn(t, file)) == 0 {
		t.Errorf("the next time: %v", err)
	}
}

// TestLedgerLink requires a link to stay one, whether there is a file behind it or not, and the file to keep its mode.
func TestLedgerLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows, and modes are others")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	link, file := filepath.Join(dir, "seen.json"), filepath.Join(dir, "real", "seen.json")
	if err := os.Symlink(filepath.Join("real", "seen.json"), link); err != nil {
		t.Fatal(err)
	}
	ledgered(t, link)
	if err := os.WriteFile(file, []byte(`{"version":1}`), 0o664); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o664); err != nil {
		t.Fatal(err)
	}
	ledgered(t, link)
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || len(seenIn(t, file)) == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o664 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestLedgerClock requires a time that is still to come, and one that is none, to become that of now.
func TestLedgerClock(t *testing.T) {
	for _, wrong := range []string{`"2099-01-01T00:00:00Z"`, "null"} {
		file, d := filepath.Join(t.TempDir(), "seen.json"), digest(t, "nginx:1.31.4")
		content := `{"version":1,"seen":{"index.docker.io/library/nginx":{"` + d + `":` + wrong + `}}}`
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := ledgered(t, file)
		if err := r.LedgerError(); err != nil {
			t.Fatal(err)
		}
		equal(t, wrong, seenIn(t, file)[d], today)
	}
}
