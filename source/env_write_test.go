package source

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
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
