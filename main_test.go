package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/hubsim"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"dockfix": func() { os.Exit(dockfix()) },
	})
}

// dockfix is the program as tests run it: with registries only where a simulated Docker Hub is asked for, whose requests it counts.
func dockfix() int {
	p := program(os.Stdin, os.Stdout, os.Stderr)
	if latency, err := time.ParseDuration(os.Getenv(hubVariable)); err == nil {
		hub := hubsim.New(hubsim.Options{Latency: latency})
		p.Transport = hub.Transport()
		defer func() { fmt.Fprintf(os.Stderr, "hub: %+v\n", hub.Counts()) }()
	}
	return p.Run(context.Background(), os.Args[1:])
}

// hubVariable makes the program ask a simulated Docker Hub; its value is the latency of that: 0s. Without it tests work offline.
const hubVariable = "DOCKFIX_TEST_HUB"

// TestScripts types the commands of testdata/script at the program.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("DOCKFIX_OFFLINE", "1")
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/cache")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, nil
		},
	})
}

// TestREADME types every "$ dockfix" and "$ go run ." line of the README and compares what the README shows below it.
// A line "..." in the README stands for any lines.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("README.md has %d console blocks", len(blocks))
	}
	for _, block := range blocks {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			args, ok := strings.CutPrefix(command, "dockfix ")
			if !ok {
				args, ok = strings.CutPrefix(command, "go run . ")
			}
			if !ok {
				t.Logf("not run: %s", command)
				continue
			}
			got := typed(t, args)
			if !shows(got, want) {
				t.Errorf("$ %s\nprints\n%s\nthe README shows\n%s", command, got, want)
			}
		}
	}
}

// typed is what the program prints, errors after results.
func typed(t *testing.T, args string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-c", `dockfix() { "$DOCKFIX" "$@"; }; dockfix `+args)
	shell.Env = append(os.Environ(), "NO_COLOR=1", "DOCKFIX_OFFLINE=1", "XDG_CACHE_HOME="+t.TempDir(), "DOCKFIX="+linkTo(t, exe))
	var out, errs strings.Builder
	shell.Stdout, shell.Stderr = &out, &errs
	_ = shell.Run() // the exit status is part of what scripts test
	return out.String() + errs.String()
}

// linkTo gives the test program the name under which it is dockfix.
func linkTo(t *testing.T, exe string) string {
	t.Helper()
	link := t.TempDir() + "/dockfix"
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// shows reports whether got is want, where a line "..." in want stands for any lines.
func shows(got, want string) bool {
	parts := strings.Split("\n"+strings.TrimSpace(want)+"\n", "\n...\n")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	pattern := "^" + strings.Join(parts, `\n(?s:.*\n)?`) + "$"
	return regexp.MustCompile(pattern).MatchString("\n" + strings.TrimSpace(got) + "\n")
}
