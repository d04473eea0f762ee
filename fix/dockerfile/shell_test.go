package dockerfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// describe writes the commands of the first RUN of a text, one a line.
func describe(t *testing.T, text string) string {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for in := range instructions(doc, "RUN") {
		s, err := readScript(doc, in, &commandRoom{})
		if err != nil {
			return "error: " + err.Error()
		}
		for _, c := range s.Commands {
			var words []string
			for i, w := range c.Words {
				text := w.Text
				if !w.Cut && w.Plain && !strings.ContainsAny(doc.Text(w.Span), `'"\`) && doc.Text(w.Span) != text {
					t.Errorf("%q: the span of %q has %q", text, w.Text, doc.Text(w.Span))
				}
				if i > 0 && i == c.Sub {
					text = "<" + text + ">"
				}
				words = append(words, text)
			}
			line := strings.Join(words, " ")
			if len(c.Via) > 0 {
				line = strings.Join(c.Via, ",") + ": " + line
			}
			for _, a := range c.Assigned {
				line += " {" + a.Name + "=" + a.Value.Text + "}"
			}
			if len(c.Within) > 0 {
				line += fmt.Sprintf(" %q", c.Within)
			}
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func TestCommands(t *testing.T) {
	for _, test := range []struct{ run, want string }{
		{"apt-get update && apt-get -qq install -y curl", "apt-get <update>\napt-get -qq <install> -y curl"},
		{"DEBIAN_FRONTEND=x sudo -E -u root A=b apt-get -o Dpkg::x=y -t sid install a", "sudo: apt-get -o Dpkg::x=y -t sid <install> a {DEBIAN_FRONTEND=x} {A=b}"},
		{"exec command env -u X A=1 pip3 --proxy http://p install f", "exec,command,env: pip3 --proxy http://p <install> f {A=1}"},
		{"/usr/bin/python3.11 -u -m pip install f", "python -m: pip <install> f"},
		{"python -c 'import pip' install", "python -c <import pip> install"},
		{"command -v apt-get install", "command -v <apt-get> install"},
		{"apt-get $FLAGS install x", "apt-get $FLAGS install x"},
		{"\"apt-get\" 'install' a\\ b", "apt-get <install> a b"},
		{"$APT install x", "$APT install x"},
		{"a || b && c", "a [\"the left side of ||\"]\nb [\"the right side of ||\"]\nc"},
		{"a | b && ! c; d & e", "a [\"a pipe\"]\nb [\"a pipe\"]\nc [\"a negation\"]\nd [\"a background job\"]\ne"},
		{"if a; then b; elif c; then d; else e; fi", "a [\"an if\" \"a condition\"]\nb [\"an if\"]\nc [\"an if\" \"a condition\"]\nd [\"an if\"]\ne [\"an if\"]"},
		{"for x in $(a); do b; done; while c; do d; done", "a [\"a substitution\"]\nb [\"a loop\"]\nc [\"a loop\"]\nd [\"a loop\"]"},
		{"f() { a; }; (b; { c; }) && case x in x) d;; esac", "a [\"a function\" \"braces\"]\nb [\"a subshell\"]\nc [\"a subshell\" \"braces\"]\nd [\"a case\"]"},
		{"echo \"apt-get install $(apt-get install x)\" > $(y)", "echo \"apt-get install $(apt-get install x)\"\napt-get <install> x [\"a substitution\"]\ny [\"a substitution\"]"},
		{"apt-get \\\n  # note\n  ins\\\ntall \\\n\n  curl", "apt-get <install> curl"},
		{"<<EOF\napt-get install a\nsudo b\nEOF", "apt-get <install> a\nsudo: b"},
		{"cat p | xargs -n 1 apt-get install", "cat <p> [\"a pipe\"]\nxargs: apt-get <install> [\"a pipe\"]"},
		{"<<EOF python3\nimport os\nEOF", "python3"},
		{"<<EOF\n#!/usr/bin/env python3\nimport os\nEOF", "error: the here-document has an interpreter of its own"},
		{"if a; then", "error: the shell program does not parse: 1:1: `if <cond>` must be followed by `then`"},
	} {
		got := describe(t, "FROM debian:12\nRUN "+test.run+"\n")
		if strings.HasPrefix(test.want, "error: the shell program does not parse") {
			if !strings.HasPrefix(got, "error: the shell program does not parse") {
				t.Errorf("RUN %s\n%s\nwant an error of the shell parser", test.run, got)
			}
			continue
		}
		if got != test.want {
			t.Errorf("RUN %s\n%s\nwant\n%s", test.run, got, test.want)
		}
	}
}

func TestShellInForce(t *testing.T) {
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte("FROM a AS x\nRUN 1\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN 2\nFROM x\nRUN 3\nFROM b\nRUN 4\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for in := range instructions(doc, "RUN") {
		got = append(got, strings.Join(shellInForce(doc, in), " "))
	}
	want := "/bin/sh -c|/bin/bash -o pipefail -c|/bin/bash -o pipefail -c|/bin/sh -c"
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
