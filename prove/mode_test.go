package prove

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestWindows(t *testing.T) {
	const text = "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nWORKDIR C:\\app\nRUN dir `\n  C:\\\nCOPY . C:\\app\n"
	m := loadText(t, text)
	if os := m.dockerfile.stages[0].image["os"]; os != "windows" {
		t.Errorf("the image is for %v", os)
	}
	if got := where(changes(t, text, strings.Replace(text, "dir", "DIR", 1))); got != "0 exec-args" {
		t.Error(got)
	}
	for ref, want := range map[string]string{
		"mcr.microsoft.com/windows/nanoserver:1809": "windows",
		"mcr.microsoft.com/windows:1903":            "windows",
		"golang:1.22-windowsservercore":             "windows",
		"microsoft/windowsservercore":               "windows",
		"dockurr/windows:4":                         "linux",
		"mcr.microsoft.com/dotnet/sdk:8.0":          "linux",
	} {
		if os := loadText(t, "FROM "+ref+"\n").dockerfile.mode.platform.OS; os != want {
			t.Errorf("%s is converted for %s, want %s", ref, os, want)
		}
	}
}

func TestUndefinedArgument(t *testing.T) {
	for _, row := range []struct{ text, relaxed string }{
		{"ARG BASE\nFROM ${BASE}\nRUN x\n", "placeholder values for ARG BASE"},
		{"ARG VERSION\nFROM php:${VERSION}-alpine\nRUN x\n", "placeholder values for ARG VERSION"},
		{"ARG REGISTRY=\nARG V\nFROM ${REGISTRY}/app:$V\nRUN x\n", "placeholder values for ARG REGISTRY, V"},
		{"ARG DIGEST\nFROM app@${DIGEST}\nRUN x\n", "placeholder values for ARG DIGEST"},
		{"ARG HEX\nFROM app@sha256:$HEX\nRUN x\n", "placeholder values for ARG HEX"},
		{"ARG P\nFROM --platform=$P app\nRUN x\n", "placeholder values for ARG P"},
		{"ARG A\nARG B=${A}\nFROM $B\nRUN x\n", "placeholder values for ARG A"},
		{"ARG SUFFIX\nFROM php:7$SUFFIX\nRUN x\n", ""},
		{"ARG V=1\nFROM app:$V\nRUN x\n", ""},
	} {
		m := loadText(t, row.text)
		if m.Relaxed() != row.relaxed {
			t.Errorf("%q: relaxed is %q, want %q", row.text, m.Relaxed(), row.relaxed)
		}
		if got := where(changes(t, row.text, strings.Replace(row.text, "RUN x", "RUN y", 1))); got != "0 exec-args" {
			t.Errorf("%q: %s", row.text, got)
		}
	}
}

// A reload must not find placeholders of its own: a text that lost the default of an argument is broken, not relaxed.
func TestReloadKeepsTheMode(t *testing.T) {
	m := loadText(t, "ARG V=1\nFROM app:$V\n")
	if n, err := m.Reload(t.Context(), Input{Name: "Dockerfile", Text: []byte("ARG V\nFROM app:$V\n")}); err == nil {
		t.Errorf("the argument without a value is accepted, relaxed: %q", n.Relaxed())
	}
	m = loadText(t, "ARG V\nFROM app:$V\n")
	n, err := m.Reload(t.Context(), Input{Name: "Dockerfile", Text: []byte("ARG V\nFROM app:$V\nUSER 1\n")})
	if err != nil || n.Relaxed() != m.Relaxed() {
		t.Fatalf("%v, relaxed %q", err, n.Relaxed())
	}
	if got := where(Diff(m, n)); got != "0 image.config.User" {
		t.Error(got)
	}
}

func TestChecksAsErrors(t *testing.T) {
	const text = "# check=skip=JSONArgsRecommended;error=true\n# escape=`\nfrom alpine as x\nCMD true\n"
	m := loadText(t, text)
	if m.Relaxed() != "check=error off" {
		t.Errorf("relaxed is %q", m.Relaxed())
	}
	if len(m.Lint()) == 0 || m.dockerfile.directives["escape"] != "`" {
		t.Errorf("warnings %v, directives %v", m.Lint(), m.dockerfile.directives)
	}
	for _, w := range m.Lint() {
		if w.Rule == "JSONArgsRecommended" {
			t.Errorf("a skipped check warns: %v", w)
		}
	}
	if got := where(changes(t, text, strings.Replace(text, ";error=true", "", 1))); got != "-1 directive.check" {
		t.Error(got)
	}
}

func TestLint(t *testing.T) {
	m := loadText(t, "FROM alpine:3 as a\nMAINTAINER me\nFROM alpine:3\nENV A b\nRUN x \\\n\n  y\n")
	want := []string{"1 FromAsCasing", "2 MaintainerDeprecated", "4 LegacyKeyValueFormat", "7 NoEmptyContinuation"}
	var got []string
	for _, w := range m.Lint() {
		got = append(got, fmt.Sprintf("%d %s", w.Line, w.Rule))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKnownImages(t *testing.T) {
	pinned := "sha256:" + strings.Repeat("a", 64)
	in := Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte("FROM node:20\nWORKDIR app\n"), Images: map[string]Image{
		"node:20": {Digest: pinned, Config: []byte(`{"os":"linux","architecture":"amd64","config":{"WorkingDir":"/","User":"node","OnBuild":["RUN setup"]}}`)},
	}}
	m, err := Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"FROM node:20@" + pinned + "\nWORKDIR app\n": "",
		"FROM node:20\nWORKDIR /app\n":               "",
		"FROM node:20\nUSER node\nWORKDIR app\n":     "",
		"FROM node:20\nUSER root\nWORKDIR app\n":     "0 file-a0.owner, 0 image.config.User",
	} {
		n, err := m.Reload(t.Context(), Input{Name: "Dockerfile", Text: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		if got := where(Diff(m, n)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if steps, _ := m.dockerfile.graph.chain(m.dockerfile.stages[0].head, ref{}); len(steps) != 3 {
		t.Errorf("%d steps, want the image, its trigger and the WORKDIR", len(steps))
	}
}

func TestBadImageConfigs(t *testing.T) {
	for _, image := range []Image{{Config: []byte("null")}, {Config: []byte("x")}, {Config: []byte("[]")}, {Digest: "sha256:short"}} {
		in := Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte("FROM a\n"), Images: map[string]Image{"a": image}}
		if _, err := Load(t.Context(), in); err == nil {
			t.Errorf("%+v is accepted", image)
		}
	}
}

func TestBrokenDockerfiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "Dockerfile: file with no instructions",
		"RUN x\n":                         "Dockerfile:1: no build stage in current context",
		"FROM a\nFOO bar\n":               "Dockerfile:2: unknown instruction: FOO (did you mean FROM?)",
		"FROM a\nENV A\n":                 "Dockerfile:2: ENV must have two arguments",
		"FROM a\nCOPY x\n":                "Dockerfile:2: COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		"FROM a b\n":                      "Dockerfile:1: FROM requires either one or three arguments",
		"FROM a\nCOPY --from=$X a b\n":    "Dockerfile: variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
		"# escape=x\nFROM a\n":            "Dockerfile:1: invalid escape token 'x' does not match ` or \\",
		"FROM a\nRUN <<E\n":               "Dockerfile:2: unterminated heredoc",
		"FROM a\n# escape=`\nRUN x <<E\n": "Dockerfile:3: unterminated heredoc",
	} {
		_, err := Load(t.Context(), Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte(text)})
		if err == nil {
			t.Errorf("%q is accepted", text)
		} else if err.Error() != want {
			t.Errorf("%q\n got %s\nwant %s", text, err, want)
		}
	}
}
