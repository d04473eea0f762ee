package prove

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	digest "github.com/opencontainers/go-digest"

	"github.com/dockfix/dockfix/source"
)

// base is what most edits of these tests start from: two stages that are used and one that is not.
const base = `# syntax=docker/dockerfile:1
ARG PYTHON=3.12-slim
ARG UNUSED=old
FROM golang:1.22 AS tools
WORKDIR /src
RUN go build -o /tool .

FROM debian:12 AS spare
ENV MODE=spare
RUN echo spare

FROM python:${PYTHON}
ENV LANG=C.UTF-8
LABEL org.example.a=one org.example.b=two
EXPOSE 80/TCP
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y curl
COPY --from=tools /tool /usr/bin/tool
CMD python app.py
`

func loadText(t *testing.T, text string) *Model {
	t.Helper()
	m, err := Load(t.Context(), Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// changes loads two texts in the mode of the first and lists the changes.
func changes(t *testing.T, before, after string) []Change {
	t.Helper()
	m := loadText(t, before)
	n, err := m.Reload(t.Context(), Input{Name: "Dockerfile", Text: []byte(after)})
	if err != nil {
		t.Fatalf("%v in\n%s", err, after)
	}
	return Diff(m, n)
}

// where gives the stages and paths of changes, which is all that most tests look at.
func where(cs []Change) string {
	var s []string
	for _, c := range cs {
		s = append(s, fmt.Sprintf("%d %s", c.Stage, c.Path))
	}
	return strings.Join(s, ", ")
}

// edit is base with one text replaced.
func edit(t *testing.T, old, new string) string {
	t.Helper()
	if strings.Count(base, old) != 1 {
		t.Fatalf("%q is not in the base exactly once", old)
	}
	return strings.Replace(base, old, new, 1)
}

func TestOneEdit(t *testing.T) {
	resolved := "@" + digest.FromString("docker.io/library/golang:1.22").String()
	other := "@sha256:" + strings.Repeat("0", 64)
	for _, row := range []struct{ name, old, new, want string }{
		{"comment", "ENV LANG", "# why\nENV LANG", ""},
		{"keyword casing", "WORKDIR /app", "workdir /app", ""},
		{"as casing", "golang:1.22 AS", "golang:1.22 as", ""},
		{"stage name casing", "AS tools", "AS Tools", ""},
		{"COPY --from casing", "--from=tools", "--from=TOOLS", ""},
		{"EXPOSE casing", "80/TCP", "80/tcp", ""},
		{"continuation", "ENV LANG", "ENV \\\n  LANG", ""},
		{"legacy ENV", "ENV LANG=C.UTF-8", "ENV LANG C.UTF-8", ""},
		{"labels split", "org.example.a=one org", "org.example.a=one\nLABEL org", ""},
		{"first CMD of two", "CMD python", "CMD false\nCMD python", ""},
		{"pin to what the tag is", "golang:1.22", "golang:1.22" + resolved, ""},
		{"pin to another image", "golang:1.22", "golang:1.22" + other, "0 source-ref"},
		{"other tag", "golang:1.22", "golang:1.23", "0 source-ref"},
		{"other tag by ARG", "PYTHON=3.12-slim", "PYTHON=3.13-slim", "2 source-ref"},
		{"unused ARG", "UNUSED=old", "UNUSED=new", "-1 arg.UNUSED"},
		{"platform", "FROM debian", "FROM --platform=linux/arm64 debian", "1 exec-platform, 1 source-platform"},
		{"USER at the end", "CMD python", "USER 10001\nCMD python", "2 image.config.User"},
		{"USER before a RUN", "RUN apt-get", "USER 10001\nRUN apt-get", "2 exec-user, 2 image.config.User"},
		{"RUN", "install -y", "install -y --no-install-recommends", "2 exec-args"},
		{"RUN removed", "RUN echo spare\n", "", "1 step-removed"},
		{"cache mount", "RUN apt-get", "RUN --mount=type=cache,target=/var/cache/apt apt-get", "2 exec-mount1"},
		{"network", "RUN apt-get", "RUN --network=none apt-get", "2 exec-network"},
		{"bind mount", "RUN apt-get", "RUN --mount=from=tools,target=/t apt-get", "2 exec-mount1"},
		{"owner", "COPY . .", "COPY --chown=1000 . .", "2 file-a0.owner"},
		{"mode", "COPY . .", "COPY --chmod=644 . .", "2 file-a0"},
		{"ADD for COPY", "COPY . .", "ADD . .", "2 file-a0"},
		{"two sources", "COPY . .", "COPY a b .", "2 file-a0, 2 file-a1"},
		{"link", "COPY . .", "COPY --link . .", "2 step-added, 2 step-removed"},
		{"other source stage", "--from=tools", "--from=spare", "2 source-ref"},
		{"source image", "--from=tools", "--from=alpine:3.20", "2 source-ref"},
		{"ENV", "ENV LANG=C.UTF-8", "ENV LANG=C", "2 exec-env, 2 image.config.Env.LANG"},
		{"ENV of an unused stage", "MODE=spare", "MODE=other", "1 exec-env, 1 image.config.Env.MODE"},
		{"ENV added", "ENV LANG", "ENV A=b\nENV LANG", "2 exec-env, 2 image.config.Env.A"},
		{"label", "org.example.a=one", "org.example.a=ONE", "2 image.config.Labels.org.example.a"},
		{"label added", "CMD python", "LABEL c=three\nCMD python", "2 image.config.Labels.c"},
		{"first label", "ENV MODE", "LABEL c=three\nENV MODE", "1 image.config.Labels.c"},
		{"maintainer", "CMD python", "MAINTAINER me\nCMD python", "2 image.author"},
		{"port", "80/TCP", "81", "2 image.config.ExposedPorts.80/tcp, 2 image.config.ExposedPorts.81/tcp"},
		{"volume", "CMD python", "VOLUME /data\nCMD python", "2 image.config.Volumes./data"},
		{"stop signal", "CMD python", "STOPSIGNAL SIGINT\nCMD python", "2 image.config.StopSignal"},
		{"shell", "CMD python", "SHELL [\"bash\", \"-c\"]\nCMD python", "2 image.config.Cmd, 2 image.config.Shell"},
		{"health check", "CMD python", "HEALTHCHECK CMD true\nCMD python", "2 image.config.Healthcheck"},
		{"trigger", "CMD python", "ONBUILD RUN true\nCMD python", "2 image.config.OnBuild"},
		{"command", "CMD python app.py", `CMD ["python", "app.py"]`, "2 image.config.Cmd"},
		{"working directory", "WORKDIR /app", "WORKDIR /srv", "2 exec-cwd, 2 file-a0, 2 file-a0, 2 image.config.WorkingDir"},
		{"relative after absolute", "WORKDIR /src", "WORKDIR /src\nWORKDIR .", "0 step-added"},
		{"unknown base directory", "ENV MODE", "WORKDIR x\nENV MODE", "1 exec-cwd, 1 image.config.WorkingDir, 1 step-added"},
		{"stage name", "AS spare", "AS extra", "1 stage-name"},
		{"syntax", "dockerfile:1", "dockerfile:1.7", "-1 directive.syntax"},
		{"syntax lost", "# syntax", "\n# syntax", "-1 directive.syntax"},
		{"heredoc for a command", "RUN echo spare", "RUN <<E\necho spare\nE", "1 exec-args"},
		{"stage added", "FROM debian", "FROM busybox AS extra\nFROM debian", "1 stage-added"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := changes(t, base, edit(t, row.old, row.new))
			slices.SortStableFunc(got, func(a, b Change) int { return strings.Compare(where([]Change{a}), where([]Change{b})) })
			if where(got) != row.want {
				t.Errorf("got  %s\nwant %s", where(got), row.want)
			}
		})
	}
}

func TestStagesComeAndGo(t *testing.T) {
	const text = "FROM a AS x\nRUN x\nFROM b\nRUN y\nFROM c AS z\nCOPY --from=x /x /\nFROM z\nRUN z\n"
	for _, row := range []struct{ old, new, want string }{
		{"FROM b\nRUN y\n", "", "1 stage-removed"},
		{"FROM a AS x\n", "FROM d AS w\nFROM a AS x\n", "0 stage-added"},
		{"FROM z\n", "FROM e\nRUN e\nFROM z\n", "3 stage-added"},
		{"FROM b\nRUN y\n", "FROM d AS w\nFROM e AS v\n", "1 stage-removed, 1 stage-added, 2 stage-added"},
		{"FROM a AS x\nRUN x", "FROM d AS w\nFROM a AS x\nRUN X", "0 exec-args, 0 stage-added"},
	} {
		if got := where(changes(t, text, strings.Replace(text, row.old, row.new, 1))); got != row.want {
			t.Errorf("%q for %q: got %s, want %s", row.new, row.old, got, row.want)
		}
	}
}

func TestLineEndsAndBOM(t *testing.T) {
	for name, text := range map[string]string{
		"CRLF":             strings.ReplaceAll(base, "\n", "\r\n"),
		"BOM":              "\ufeff" + base,
		"no final newline": strings.TrimSuffix(base, "\n"),
	} {
		if got := where(changes(t, base, text)); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestReorderedCopyIsAMove(t *testing.T) {
	const before = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \".\"]\n"
	const after = "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nCMD [\"node\", \".\"]\n"
	got := changes(t, before, after)
	if where(got) != "0 step-moved, 0 step-added" {
		t.Fatal(where(got))
	}
	if got[0].Before != "3" || got[0].After != "5" || got[0].Step != 3 {
		t.Errorf("the move is %+v, want step 3 to 5", got[0])
	}
}

func TestVariablesOfARun(t *testing.T) {
	const text = "FROM a\nENV A=b C=d\nRUN x\n"
	for _, row := range []struct{ new, before, after string }{
		{"ENV A=b C=e", `["C=d"]`, `["C=e"]`},
		{"ENV A=b", `["C=d"]`, ""},
		{"ENV A=b C=d E=f", "", `["E=f"]`},
	} {
		got := changes(t, text, strings.Replace(text, "ENV A=b C=d", row.new, 1))
		if got[0].Path != "exec-env" || got[0].Before != row.before || got[0].After != row.after {
			t.Errorf("%s: %+v", row.new, got[0])
		}
	}
	got := changes(t, text, strings.Replace(text, "A=b C=d", "C=d A=b", 1))
	if where(got) != "0 exec-env, 0 image.config.Env" || got[1].Before != `["PATH","A","C"]` || got[1].After != `["PATH","C","A"]` {
		t.Errorf("another order: %+v", got)
	}
}

func TestChangesComeInOneOrder(t *testing.T) {
	after := strings.NewReplacer("3.12", "3.13", "UNUSED=old", "UNUSED=new", "golang:1.22", "golang:1.23", "WORKDIR /app", "WORKDIR /srv\nENV Z=y X=w",
		"=one", "=ONE", "=two", "=TWO", "echo spare", "echo more", "80/TCP", "81 82", "--from=tools", "--from=spare").Replace(base)
	first := changes(t, base, after)
	if len(first) < 15 {
		t.Fatalf("only %d changes", len(first))
	}
	for range 10 {
		if again := changes(t, base, after); !slices.Equal(again, first) {
			t.Fatalf("got %v\nthen %v", first, again)
		}
	}
}

// A config without layers makes BuildKit leave the base image out of the graph, and every base would be the same.
func TestBaseImagesDiffer(t *testing.T) {
	if got := where(changes(t, "FROM a:1\nRUN x\n", "FROM b:2\nRUN x\n")); got != "0 source-ref" {
		t.Errorf("another base image gives %q", got)
	}
	if got := where(changes(t, "FROM scratch\nCOPY x /\n", "FROM a:1\nCOPY x /\n")); !strings.Contains(got, "step-added") {
		t.Errorf("a base image instead of scratch gives %q", got)
	}
}

func TestChangeBelongsToTheStageItStandsIn(t *testing.T) {
	const text = "FROM alpine:3.20 AS a\nRUN one\nFROM a AS b\nRUN two\nFROM b\nCOPY --from=a /x /x\n"
	got := changes(t, text, strings.Replace(text, "RUN one", "RUN ONE", 1))
	if where(got) != "0 exec-args" || got[0].Step != 2 {
		t.Errorf("a command of the first stage: %v", got)
	}
	got = changes(t, text, strings.Replace(text, "alpine:3.20", "alpine:3.21", 1))
	if where(got) != "0 source-ref" {
		t.Errorf("the base of the first stage: %v", got)
	}
	// What an image config inherits is changed in every stage.
	got = changes(t, text, strings.Replace(text, "RUN one", "RUN one\nLABEL a=b", 1))
	if where(got) != "0 image.config.Labels.a, 1 image.config.Labels.a, 2 image.config.Labels.a" {
		t.Errorf("a label of the first stage: %v", got)
	}
}

// Two stages with the same content have the same digest; a stage that copies from one must not be taken for changed when
// the other one is.
func TestTwinStages(t *testing.T) {
	const text = "FROM alpine:3 AS a\nRUN x\nFROM alpine:3 AS b\nRUN x\nFROM scratch\nCOPY --from=b /x /\n"
	if got := where(changes(t, text, strings.Replace(text, "RUN x\nFROM alpine", "RUN y\nFROM alpine", 1))); got != "0 exec-args" {
		t.Errorf("first twin: %s", got)
	}
	if got := where(changes(t, text, strings.Replace(text, "RUN x\nFROM scratch", "RUN y\nFROM scratch", 1))); got != "1 exec-args" {
		t.Errorf("second twin: %s", got)
	}
	if got := where(changes(t, text, strings.ReplaceAll(text, "alpine:3", "alpine:4"))); got != "0 source-ref, 1 source-ref" {
		t.Errorf("both twins: %s", got)
	}
}

func TestNestedSources(t *testing.T) {
	const text = "FROM scratch\nADD https://example.com/a.tgz /\nCOPY --from=alpine:3.20 /etc/ssl /etc/ssl\nCOPY <<E /motd\nhello\nE\n"
	for _, row := range []struct{ old, new, want string }{
		{"alpine:3.20", "alpine:3.21", "0 source-ref"},
		{"alpine:3.20", "alpine:3.20@" + digest.FromString("docker.io/library/alpine:3.20").String(), ""},
		{"a.tgz", "b.tgz", "0 file-a0, 0 source-ref, 0 source-attr.http.filename"},
		{"ADD ", "ADD --checksum=sha256:" + strings.Repeat("0", 64) + " ", "0 source-attr.http.checksum"},
		{"hello", "world", "0 file-a0"},
	} {
		got := changes(t, text, strings.Replace(text, row.old, row.new, 1))
		if !sameWords(where(got), row.want) {
			t.Errorf("%s for %s: got %s, want %s", row.new, row.old, where(got), row.want)
		}
	}
}

func sameWords(a, b string) bool {
	x, y := strings.Split(a, ", "), strings.Split(b, ", ")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func TestOnbuildOfAParentStage(t *testing.T) {
	const text = "FROM alpine:3 AS files\nRUN one\nFROM alpine:3 AS parent\nONBUILD COPY --from=files /x /\nFROM parent\nRUN two\nFROM alpine:3\n"
	if got := where(changes(t, text, strings.Replace(text, "/x /", "/y /", 1))); got != "1 image.config.OnBuild, 2 file-a0" {
		t.Errorf("a trigger: %s", got)
	}
	if got := where(changes(t, text, strings.Replace(text, "one", "ONE", 1))); got != "0 exec-args" {
		t.Errorf("what a trigger copies from: %s", got)
	}
}

// A trigger of a known image is in no text, and can refer to a stage by its name or number.
func TestOnbuildOfAnImage(t *testing.T) {
	for _, from := range []string{"files", "0"} {
		in := Input{Kind: source.DockerfileKind, Name: "Dockerfile", Images: map[string]Image{
			"parent": {Config: []byte(`{"os":"linux","architecture":"amd64","config":{"OnBuild":["COPY --from=` + from + ` /x /"]}}`)},
		}}
		in.Text = []byte("FROM alpine:3 AS files\nRUN one\nFROM busybox\nRUN two\nFROM parent\nRUN three\nFROM alpine:3\n")
		m, err := Load(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		steps, _ := m.dockerfile.graph.chain(m.dockerfile.stages[2].head, ref{})
		if len(steps) != 3 || steps[1].kind != "file" || steps[1].input("a0") != m.dockerfile.stages[0].head {
			t.Errorf("--from=%s does not copy from the first stage: %v", from, steps)
		}
		in.Text = bytes.Replace(in.Text, []byte("one"), []byte("ONE"), 1)
		n, err := m.Reload(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := where(Diff(m, n)); got != "0 exec-args" {
			t.Errorf("--from=%s: %s", from, got)
		}
	}
}
