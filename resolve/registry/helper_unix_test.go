//go:build unix

package registry

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// TestHelper runs credential helpers that are good, and such as misbehave: nothing that they print is seen, none outlives its
// time, and the warning names the program.
func TestHelper(t *testing.T) {
	for _, test := range []struct{ name, script, sent, warned string }{
		{"good", `read host; [ "$1 $host" = "get https://index.docker.io/v1/" ] && echo '{"Username":"alice","Secret":"pw"}'`, "Basic YWxpY2U6cHc=", ""},
		{"nothing stored", `echo credentials not found in native keychain; exit 1`, "", ""},
		{"fails", `echo s3cret; exit 1`, "", "the credential helper docker-credential-test does not work: asking registries without credentials"},
		{"no JSON", `echo s3cret`, "", "the credential helper docker-credential-test does not give credentials: asking"},
		{"endless", `yes s3cret`, "", "the credential helper docker-credential-test does not work: asking"},
		{"hangs", `echo $$ >"$0.pid"; exec sleep 60`, "", "the credential helper docker-credential-test does not answer in time: asking"},
		{"leaves a child", `sleep 2 & sleep 60`, "", "the credential helper docker-credential-test does not answer in time: asking"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			program, stderr := filepath.Join(dir, "docker-credential-test"), filepath.Join(dir, "stderr")
			check(t, os.WriteFile(program, []byte("#!/bin/sh\necho s3cret noise >&2\n"+test.script+"\n"), 0o755))
			write(t, dir, `{"credsStore":"none","credHelpers":{"https://index.docker.io/v1/":"test"}}`)
			for k, v := range map[string]string{"HOME": dir, "DOCKER_CONFIG": dir, "GITHUB_TOKEN": "", "PATH": dir + ":" + os.Getenv("PATH")} {
				t.Setenv(k, v)
			}
			terminal, err := os.Create(stderr)
			check(t, err)
			was := os.Stderr
			os.Stderr = terminal
			sent, told := withHelper(t)
			os.Stderr = was
			terminal.Close()
			if sent != test.sent || !strings.HasPrefix(told, test.warned) || test.warned == "" && told != "" || strings.Contains(told, "s3cret") {
				t.Errorf("sent %q, warned %q", sent, told)
			}
			if b, err := os.ReadFile(stderr); err != nil || len(b) > 0 {
				t.Errorf("the terminal has %q, %v", b, err)
			}
			if b, err := os.ReadFile(program + ".pid"); err == nil {
				pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
				check(t, err)
				if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
					t.Errorf("the helper still runs: %v", err)
				}
			}
		})
	}
}

// withHelper asks the hub for something, and returns what was sent for a token, and the warnings.
func withHelper(t *testing.T) (sent, told string) {
	t.Helper()
	var header atomic.Value
	h := hubsim.New(hubsim.Options{Fault: func(r *http.Request) int {
		if r.URL.Path == "/token" {
			header.Store(r.Header.Get("Authorization"))
		}
		return 0
	}})
	c, warned := client(t, func(o *Options) { o.Transport, o.Keychain, o.Timeout = h.Transport(), nil, 300*time.Millisecond })
	start := time.Now()
	if _, err := c.Head(t.Context(), repository(t, "docker.io", "library/python"), "latest"); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("it took %s", d)
	}
	sent, _ = header.Load().(string)
	return sent, warned.String()
}
