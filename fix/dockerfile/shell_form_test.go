package dockerfile_test

import (
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/ruletest"
)

// TestShellFormWords tells what means the same without a shell. The base is one whose shell hands its place over, so that
// nothing else holds a fix back.
func TestShellFormWords(t *testing.T) {
	const keep = "say that it needs a shell: "
	for _, c := range []struct{ command, after, says string }{
		{`foo`, `["foo"]`, "use a JSON array"},
		{`foo --bar=1 a:b`, `["foo", "--bar=1", "a:b"]`, "use a JSON array"},
		{`foo 'a b' "c d" e"f"`, `["foo", "a b", "c d", "ef"]`, "use a JSON array"},
		{`exec foo a`, `["foo", "a"]`, "use a JSON array"},
		{`foo $PORT`, `["/bin/sh", "-c", "foo $PORT"]`, keep + "there is a variable"},
		{`foo "$PORT"`, `["/bin/sh", "-c", "foo \"$PORT\""]`, keep + "there is a variable"},
		{`foo $(date)`, `["/bin/sh", "-c", "foo $(date)"]`, keep + "there is an expansion"},
		{`foo && bar`, `["/bin/sh", "-c", "foo && bar"]`, keep + "there is more than one command"},
		{`foo; bar`, `["/bin/sh", "-c", "foo; bar"]`, keep + "there are several commands"},
		{`foo | bar`, `["/bin/sh", "-c", "foo | bar"]`, keep + "there is more than one command"},
		{`foo > /log`, `["/bin/sh", "-c", "foo > /log"]`, keep + "there is a redirection"},
		{`foo &`, `["/bin/sh", "-c", "foo &"]`, keep + "there is more than one command"},
		{`A=1 foo`, `["/bin/sh", "-c", "A=1 foo"]`, keep + "there is an assignment"},
		{`foo *.txt`, `["/bin/sh", "-c", "foo *.txt"]`, keep + "there is a pattern or an escape"},
		{`foo ~/x`, `["/bin/sh", "-c", "foo ~/x"]`, keep + "there is a pattern or an escape"},
		{`foo a\ b`, `["/bin/sh", "-c", "foo a\\ b"]`, keep + "there is a pattern or an escape"},
		{`foo {a,b}`, `["/bin/sh", "-c", "foo {a,b}"]`, keep + "there is a pattern or an escape"},
		{`foo # note`, `["/bin/sh", "-c", "foo # note"]`, keep + "there is a comment"},
		{`cd /app`, `["/bin/sh", "-c", "cd /app"]`, keep + "cd is a command of the shell itself"},
		{`. /env`, `["/bin/sh", "-c", ". /env"]`, keep + ". is a command of the shell itself"},
		{`ulimit -n 9`, `["/bin/sh", "-c", "ulimit -n 9"]`, keep + "ulimit is a command of the shell itself"},
		{`npm start`, "", "npm passes no signals on: start the program that it starts"},
		{`foo "a`, "", "the shell program cannot be read"},
	} {
		text := func(command string) string {
			if command == "" {
				return ""
			}
			return "FROM alpine:3.21\nCMD " + command + "\n"
		}
		ruletest.Check(t, c.command, dockerfile.ShellForm, text(c.command), text(c.after), c.says)
	}
}

// TestInvalidJSON tells what was meant to be JSON from what is meant as it stands.
func TestInvalidJSON(t *testing.T) {
	const held = "today the shell gets the text as it stands"
	for _, c := range []struct{ command, says string }{
		{`['a', 'b']`, held},
		{`["a", 'b']`, held},
		{`["a", "b",]`, held},
		{`["a" "b"]`, held},
		{`["a", "b"`, held},
		{`["a", b]`, held},
		{`[\u201ca\u201d, \u201cb\u201d]`, ""},
		{"[\u201ca\u201d, \u201cb\u201d]", held},
		{`['C:\\a', 'b']`, "a word has a backslash, which JSON reads in its own way"},
		{`["a", "b"]`, ""},
		{`[ -f /x ]`, ""},
		{`[ -f /x ] && foo`, ""},
		{`[ "$A" = "b" ]`, ""},
		{`["-n" "b"]`, ""},
		{`[a, b]`, ""},
		{`foo ['a']`, ""},
		{`[]`, ""},
	} {
		ruletest.Check(t, c.command, dockerfile.InvalidJSONForm, "FROM alpine:3.21\nCMD "+c.command+"\n", "", c.says)
	}
}

// TestAddSources decides by the name where there is no build context.
func TestAddSources(t *testing.T) {
	const absent = " is not in the build context"
	const byName = absent + ": that it is no archive is told by its name alone"
	for _, c := range []struct{ sources, says string }{
		{`app.py /x/`, "app.py" + byName},
		{`./app.py /x/`, "app.py" + byName},
		{`/app.py /x/`, "app.py" + byName},
		{`src/ /x/`, "src" + absent + ": that it is a directory is told by its slash alone"},
		{`run /run`, "run" + byName},
		{`layer /`, "layer" + absent + ", and may be an archive"},
		{`app /`, "app" + absent + " and may be an archive: it goes to /"},
		{`dump.sql.gz /x/`, "dump.sql.gz" + absent + ", and may be an archive"},
		{`* /x/`, "the pattern * may match an archive, and matches nothing in the build context"},
		{`*.conf /x/`, "*.conf" + byName},
		{`$A /x/`, "a source has a variable, which may hold an address or the name of an archive"},
		{`a/${A}.conf /x/`, "a source has a variable, which may hold an address or the name of an archive"},
		{`a.tar /x/`, ""},
		{`a.tgz b.conf /x/`, ""},
		{`*.tgz /opt/`, ""},
		{`https://x.io/a /a`, ""},
		{`HTTPS://x.io/a /a`, ""},
		{`git@github.com:a/b.git /a`, ""},
		{`https://github.com/a/b.git#main /a`, ""},
	} {
		ruletest.Check(t, c.sources, dockerfile.AddLocal, "FROM alpine:3.21\nADD "+c.sources+"\n", "", c.says)
	}
}
