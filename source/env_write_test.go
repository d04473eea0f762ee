package source

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"gopkg.in/yaml.v3"
)

// nastyValues are values that quotes, escapes and comments of .env files get wrong.
var nastyValues = []string{
	"simple", "p@ss:w/o=rd", "a b", "a#b", "a #b", "#x", "$x", "a$b", "a$$b", "${x}", "a'b", `a"b`, `a'b"c`, `a\b`, `a\nb`, "one\ntwo", "tab\tx", "a'b$c",
	`a'$b\n"x`, "  lead", "trail  ", "", "é日本", "x=y=z", "export", "`cmd`", `a\'b`, `\`, `\$x`, "!@#$%^&*()_+-={}[]|:;\"'<>,.?/~", "'quoted'", `"dq"`, `a'b\`,
	`C:\path\new`, `it's $5 \t`, "~root", "a:~root", "*", "[x]", "a&b", "-n", "100%", `\\server\share`, "a'b`c", "${PATH}", "x\ry", "a'b!c", "it's 100%$", "'", `''`, `"`,
	"one\n'two'\n", "-----BEGIN KEY-----\nab+/=\n-----END KEY-----\n", "a\\\nb", `a\\'b`, "é'ü", " # ", "=", "$(id)", "a;b|c", "\t", "%s%d", `\\`, "a\u00a0b", "a\u2028b", "🔑'🔒",
}

// TestEnvValue writes values that readers get wrong, and reads them back by Compose's reader and by the one here.
func TestEnvValue(t *testing.T) {
	for _, value := range nastyValues {
		line, _ := EnvValue(value)
		text := "BEFORE=1\nX=" + line + "\nAFTER=2\n"
		values, err := dotenv.ParseWithLookup(strings.NewReader(text), nil)
		if err != nil || values["X"] != value || values["BEFORE"] != "1" || values["AFTER"] != "2" || len(values) != 3 {
			t.Errorf("%q written as %s: Compose reads %q, %v", value, line, values, err)
		}
		d, err := Parse(".env", EnvKind, []byte(text))
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		entry, _ := d.Env.Entry("X")
		if got, known := entry.Meaning(); !known || got != value {
			t.Errorf("%q written as %s means %q here, %t", value, line, got, known)
		}
	}
}

// TestEnvValueMisread names those values that no line gives to Compose, docker-compose 1.x and a shell alike.
func TestEnvValueMisread(t *testing.T) {
	for value, want := range map[string]string{
		"plain": "", "it's": "", "a$b": "", "a$b'": "docker-compose 1.x reads another value there", "${x}": "docker-compose 1.x reads another value there",
		"a'b`c": "a shell that sources the file reads another value there", "x\ry": "docker-compose 1.x and a shell that sources the file read another value there",
	} {
		if _, misread := EnvValue(value); misread != want {
			t.Errorf("%q: %q, want %q", value, misread, want)
		}
	}
}

// TestEnvValueElsewhere has docker-compose 1.x, which reads .env by Python's dotenv, and a shell read what EnvValue writes.
func TestEnvValueElsewhere(t *testing.T) {
	t.Run("docker-compose", func(t *testing.T) {
		program, err := exec.LookPath("docker-compose")
		if err != nil {
			t.Skip("docker-compose is not installed")
		}
		env, values := envOf("docker-compose")
		file := "version: '3'\nservices:\n  a:\n    image: b\n    environment:\n"
		for i := range values {
			file += fmt.Sprintf("      V%d: ${V%d}\n", i, i)
		}
		out := runBeside(t, env, file, program, "config")
		var config struct {
			Services map[string]struct{ Environment map[string]string }
		}
		if err := yaml.Unmarshal(out, &config); err != nil {
			t.Fatal(err)
		}
		for i, want := range values {
			if got := strings.ReplaceAll(config.Services["a"].Environment[fmt.Sprintf("V%d", i)], "$$", "$"); got != want {
				t.Errorf("%q: reads %q", want, got)
			}
		}
	})
	t.Run("sh", func(t *testing.T) {
		program, err := exec.LookPath("sh")
		if err != nil {
			t.Skip("sh is not installed")
		}
		env, values := envOf("shell")
		script := "set -a; . ./.env; set +a\n"
		for i := range values {
			script += fmt.Sprintf("printf '%%s\\000' \"$V%d\"\n", i)
		}
		got := strings.Split(string(runBeside(t, env, "", program, "-c", script)), "\x00")
		for i, want := range values {
			if i >= len(got) || got[i] != want {
				t.Errorf("%q: reads %q", want, got[min(i, len(got)-1)])
			}
		}
	})
}

// envOf is a .env with all values that a reader is said to read right, as V0, V1 and so on.
func envOf(reader string) (text string, values []string) {
	for _, value := range nastyValues {
		line, misread := EnvValue(value)
		if strings.Contains(misread, reader) {
			continue
		}
		text += fmt.Sprintf("V%d=%s\n", len(values), line)
		values = append(values, value)
	}
	return text, values
}

// runBeside runs a program in a new directory with a .env and a docker-compose.yml.
func runBeside(t *testing.T, env, file, program string, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{".env": env, "docker-compose.yml": file} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command(program, args...)
	run.Dir = dir
	run.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8"}
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return out
}
