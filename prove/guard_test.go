package prove

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/source"
)

func TestPanicIsAnError(t *testing.T) {
	_, err := guard(t.Context(), Input{Name: "file"}, func() (*Model, error) { panic("secret: hunter2") })
	if err == nil || err.Error() != "file: the front end cannot read it (it panicked)" {
		t.Errorf("got %v", err)
	}
	// A service that is text makes compose-go panic when it does not validate.
	noValidation := &composeModel{rung: ladder[4]}
	if _, err := reloadCompose(Input{Text: []byte("services: {a: text}")}, noValidation); !errors.As(err, new(*panicError)) {
		t.Errorf("compose-go no longer panics: %v", err)
	}
}

func TestContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	in := Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte(base)}
	if _, err := Load(ended, in); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gives %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Load(short, Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: manyStages(400)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a slow file gives %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("Load came back after %v", took)
	}
}

// manyStages is a chain in which every stage needs all before it.
func manyStages(n int) []byte {
	var b strings.Builder
	b.WriteString("FROM alpine AS s0\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "FROM s%d AS s%d\nRUN x\nENV A%d=b\n", i-1, i, i)
	}
	return []byte(b.String())
}

func TestTooMuchWork(t *testing.T) {
	doubling := "FROM alpine\nENV A=0123456789\n" + strings.Repeat("ENV A=$A$A\n", 40)
	replacing := "FROM alpine\nENV A=" + strings.Repeat("x", 1000) + "\nENV B=${A//x/$A}\nENV C=${B//x/$A}\n"
	for name, row := range map[string]struct{ text, want string }{
		"doubling":          {doubling, "Dockerfile:16: is refused: the variable A grows to more than 128 KB"},
		"doubling an ARG":   {strings.ReplaceAll(doubling, "ENV", "ARG"), "Dockerfile:16: is refused: the variable A grows to more than 128 KB"},
		"replacing":         {replacing, "Dockerfile:3: is refused: the variable B grows to more than 128 KB"},
		"many references":   {"FROM alpine\nENV A=" + strings.Repeat("x", 60000) + "\nLABEL a=" + strings.Repeat("$A", 2000) + "\n", "Dockerfile:3: is refused: its variables expand to more than 64 MB"},
		"many instructions": {"FROM alpine\n" + strings.Repeat("USER a\n", 2000), "Dockerfile: is refused: it has 2001 instructions, more than 2000"},
	} {
		_, err := Load(t.Context(), Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: []byte(row.text)})
		if err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", name, err, row.want)
		}
	}
	huge := bytes.Repeat([]byte("# x\n"), source.MaxBytes/4+1)
	for _, kind := range []source.Kind{source.DockerfileKind, source.ComposeKind} {
		if _, err := Load(t.Context(), Input{Kind: kind, Name: "file", Text: huge}); err == nil || err.Error() != "file: is refused: it has more than 8 MB" {
			t.Errorf("%v: got %v", kind, err)
		}
	}
	usual := "FROM alpine\nENV V=1.2.3 PATH=/a:$PATH\nENV W=${V//./_} PATH=/b:$PATH\nRUN echo ${W/1/2} $V\n"
	if got := loadText(t, usual).dockerfile.stages[0].image["config"].(map[string]any)["Env"].(ordered).values["W"]; got != "1_2_3" {
		t.Errorf("W is %v", got)
	}
}

// YAML can name one value many times within itself.
func TestYAMLBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("x-0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "x-%d: &x%d [*x%d, *x%d, *x%d, *x%d, *x%d, *x%d, *x%d, *x%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	b.WriteString("services: {a: {image: b}}\n")
	start := time.Now()
	_, err := Load(t.Context(), Input{Kind: source.ComposeKind, Name: "compose.yaml", Text: []byte(b.String())})
	if err == nil {
		t.Error("accepted")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestMapMergedIntoItself(t *testing.T) {
	start := time.Now()
	_, err := Load(t.Context(), Input{Kind: source.ComposeKind, Name: "c", Text: []byte("services:\n  a: &a\n    <<: *a\n    image: b\n")})
	if err == nil || err.Error() != "c:3: the value of an anchor contains itself" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
	loadYAML(t, "x-a: &a {image: b}\nservices:\n  c: {<<: *a}\n  d: {<<: *a, tty: true}\n", nil)
}

// TestSecretsStayOutOfErrors loads files that are wrong in the very place where a secret stands.
func TestSecretsStayOutOfErrors(t *testing.T) {
	for _, c := range []struct {
		kind source.Kind
		text string
	}{
		{source.DockerfileKind, "FROM a\nENV PASSWORD='hunter2\n"},
		{source.DockerfileKind, "FROM a\nENV PASSWORD hunter2${X:z}\n"},
		{source.DockerfileKind, "FROM a\nARG PASSWORD=\"hunter2\n"},
		{source.DockerfileKind, "FROM a\nENV A=b hunter2\n"},
		{source.DockerfileKind, "FROM a\nADD https://me:hunter2@example.org:port/x /x\n"},
		{source.DockerfileKind, "FROM user:hunter2@reg.io/a\n"},
		{source.DockerfileKind, "ARG T=hunter2-X\nFROM reg/$T/img\n"},
		{source.DockerfileKind, "FROM a\nCOPY --from=https://u:hunter2@h/Img x y\n"},
		{source.DockerfileKind, "FROM https://me:hunter2@example.org/x\n"},
		{source.ComposeKind, "services:\n  a:\n    image: b\n    environment:\n      PASSWORD: hunter2${\n"},
		{source.ComposeKind, "services:\n  a:\n    image: b\n    environment:\n      - PASSWORD: hunter2\n"},
		{source.ComposeKind, "services:\n  a:\n    image: b\n    environment: hunter2\n"},
		{source.ComposeKind, "services:\n  a:\n    image: b\n    environment: {P: [hunter2]}\n"},
		{source.ComposeKind, "services:\n  a:\n    image: b\n    build: {context: ., args: hunter2}\n"},
	} {
		_, err := Load(t.Context(), Input{Kind: c.kind, Name: "file", Text: []byte(c.text)})
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error prints the secret: %v", c.text, err)
		}
		t.Log(err)
	}
}
