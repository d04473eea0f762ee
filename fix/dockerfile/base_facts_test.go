package dockerfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// TestWantBases requires a registry to be asked only where its answer can change what a rule does, and the layers last.
func TestWantBases(t *testing.T) {
	const server = "COPY main.py .\nCMD [\"uvicorn\", \"main:app\", \"--port\", \"8000\"]"
	config := &fix.Base{Known: true}
	entrypoint := &fix.Base{Known: true, Config: images.Config{Entrypoint: []string{"/entrypoint.sh"}}}
	start := &fix.Base{Known: true, Config: images.Config{Entrypoint: []string{"tini", "--", "start"}}}
	python := &fix.Base{Known: true, Config: images.Config{Entrypoint: []string{"python3"}}}
	user := &fix.Base{Known: true, Config: images.Config{User: "1001", Healthcheck: []string{"CMD", "/x"}}}
	named := &fix.Base{Known: true, Config: images.Config{User: "web"}}
	whole := &fix.Base{Known: true, Root: &images.Root{Shell: true}}
	failed := &fix.Base{Failed: "no answer"}
	half := &fix.Base{Known: true, Failed: "no answer"}
	for _, c := range []struct {
		name, text string
		base       *fix.Base // of a:1
		wants      string
	}{
		{"both rules", "FROM a:1\n" + server, nil, "[config:a:1 root-user config:a:1 missing-healthcheck]"},
		{"both rules, then layers", "FROM a:1\n" + server, config, "[root:a:1 root-user root:a:1 missing-healthcheck]"},
		{"held back anyway", "FROM a:1\nHEALTHCHECK NONE\nEXPOSE 80\n" + server, config, "[]"},
		{"unsafe: held back anyway", "FROM a:1\nHEALTHCHECK NONE\nEXPOSE 80\n" + server, config, "[root:a:1 root-user]"},
		{"a program that is no server", "FROM a:1\nCMD [\"/job\"]", nil, "[config:a:1 root-user]"},
		{"in the table", "FROM node:22\nCMD [\"node\", \"a.js\"]", nil, "[]"},
		{"scratch", "FROM scratch\nCMD [\"/a\"]", nil, "[]"},
		{"nothing runs", "FROM a:1\nRUN x", nil, "[]"},
		{"a stage that is not run", "FROM a:1 AS build\nCMD [\"x\"]\nFROM node:22\nCMD [\"node\", \"a.js\"]", nil, "[]"},
		{"a stage below", "FROM a:1 AS base\nFROM base\n" + server, nil, "[config:a:1 root-user config:a:1 missing-healthcheck]"},
		{"by the caller", "ARG BASE\nFROM $BASE\n" + server, nil, "[]"},
		{"local", "FROM ours\n" + server, nil, "[]"},
		{"a user is set", "FROM a:1\nUSER 5\n" + server, nil, "[config:a:1 missing-healthcheck]"},
		{"a check is there", "FROM a:1\nHEALTHCHECK NONE\n" + server, nil, "[config:a:1 root-user]"},
		{"both are there", "FROM a:1\nUSER 5\nHEALTHCHECK NONE\n" + server, nil, "[]"},
		{"refused anyway", "FROM a:1\nCMD [\"sshd\", \"-D\"]", nil, "[]"},
		{"ONBUILD", "FROM a:1\nONBUILD RUN x\nHEALTHCHECK NONE\n" + server, nil, "[]"},
		{"the image sets all", "FROM a:1\n" + server, user, "[]"},
		{"the image sets a user, the file root", "FROM a:1\nUSER root\nRUN x\nHEALTHCHECK NONE\n" + server, user, "[]"},
		{"the same by its name", "FROM a:1\nUSER root\nRUN x\nHEALTHCHECK NONE\n" + server, named, "[root:a:1 root-user]"},
		{"an account of the file", "FROM a:1\nRUN useradd -u 1500 web\nHEALTHCHECK NONE\n" + server, config, "[]"},
		{"the program of the check is told", "FROM a:1\nUSER 5\nCMD [\"python\", \"-m\", \"uvicorn\", \"main:app\", \"--port\", \"8000\"]", config, "[]"},
		{"a start script", "FROM a:1\n" + server, entrypoint, "[root:a:1 root-user root:a:1 missing-healthcheck]"},
		{"a start script without a suffix", "FROM a:1\nUSER 5\n" + server, start, "[root:a:1 missing-healthcheck]"},
		{"an interpreter to start with", "FROM a:1\nUSER 5\nCMD [\"app.py\"]", python, "[]"},
		{"a start script that is replaced", "FROM a:1\nENTRYPOINT [\"sshd\"]", entrypoint, "[]"},
		{"one is silenced", "# dockfix ignore=root-user\nFROM a:1\n" + server, nil, "[config:a:1 missing-healthcheck]"},
		{"both are silenced", "# hadolint ignore=DL3002,DL3057\nFROM a:1\n" + server, nil, "[]"},
		{"silenced at USER", "FROM a:1\n# dockfix ignore=root-user\nUSER root\nHEALTHCHECK NONE\n" + server, nil, "[]"},
		{"all known", "FROM a:1\n" + server, whole, "[]"},
		{"failed", "FROM a:1\n" + server, failed, "[]"},
		{"the layers failed", "FROM a:1\n" + server, half, "[]"},
	} {
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		facts := &fix.Facts{Local: []string{"ours"}, Bases: map[string]*fix.Base{}, Unsafe: strings.HasPrefix(c.name, "unsafe: "), Contexts: []*fix.BuildContext{{
			Dir: ".", Entries: []fix.ContextEntry{{Path: "main.py", Mode: 0o644}}, Texts: map[string][]byte{"main.py": []byte("import fastapi\n")},
		}}}
		if c.base != nil {
			facts.Bases["a:1"] = c.base
		}
		var got []string
		for _, r := range BaseRules {
			for _, w := range r.WantsThen(doc, facts) {
				got = append(got, string(w)+" "+r.Name)
			}
		}
		if fmt.Sprint(got) != c.wants {
			t.Errorf("%s: %v, want %s", c.name, got, c.wants)
		}
	}
}
