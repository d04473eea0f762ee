package source

import (
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
	"mvdan.cc/sh/v3/syntax"
)

// counts is what one pass over real Dockerfiles found.
type counts struct {
	parsed, rejected, instructions, words, declined int
	programs, noProgram, literals, cutLiterals      int
}

func TestDockerfileCorpusIsMapped(t *testing.T) {
	files := corpus.Files(t, "dockerfile", "dockerfile-derived", "dockerfile-nofrom", "dockerfile-template")
	for _, shape := range corpus.Shapes {
		var n counts
		for _, f := range files {
			d, err := Parse(f.Name, DockerfileKind, shape.Of(f.Text))
			if err != nil {
				n.rejected++
				continue
			}
			n.parsed++
			n.add(t, d)
		}
		t.Logf("%s: %+v", shape.Name, n)
		if n.declined*1000 > n.instructions {
			t.Errorf("%s: %d of %d instructions declined, more than 0.1 %%", shape.Name, n.declined, n.instructions)
		}
		if n.parsed < 1500 || n.programs < 4000 {
			t.Errorf("%s: only %d files and %d shell programs were mapped", shape.Name, n.parsed, n.programs)
		}
		if n.cutLiterals*10 > n.literals {
			t.Errorf("%s: %d of %d shell words have no place", shape.Name, n.cutLiterals, n.literals)
		}
	}
}

func (n *counts) add(t *testing.T, d *Document) {
	for _, dec := range d.Declined {
		n.declined++
		line, _ := d.Position(dec.Start)
		t.Logf("%s:%d: %s", d.Name, line, dec.Reason)
	}
	for _, in := range d.Dockerfile.Instructions {
		n.instructions++
		n.words += checkSpans(t, d, in)
		if in.Name == "RUN" && !in.JSON {
			n.addShell(d, in)
		}
	}
}

// checkSpans requires every span of an instruction to hold the text it stands for, and returns how many there are.
func checkSpans(t *testing.T, d *Document, in *Instruction) int {
	t.Helper()
	if !(Span{0, len(d.Bytes)}).Contains(in.Lines) || !in.Lines.Contains(in.Span) {
		t.Errorf("%s: instruction %v, its lines %v and the file do not nest", d.Name, in.Span, in.Lines)
		return 0
	}
	if in.Declined != "" {
		return 0
	}
	words := append([]Word{in.Keyword, in.Rest}, in.Args...)
	for _, f := range in.Flags {
		words = append(words, f.Word, f.Value)
	}
	for _, p := range in.Pairs {
		words = append(words, p.Name, p.Value)
	}
	for _, w := range words {
		if w.Len() > 0 && !in.Span.Contains(w.Span) {
			t.Errorf("%s: word %q at %v lies outside of its instruction %v", d.Name, w.Text, w.Span, in.Span)
		} else if got := d.Text(w.Span); !w.Split && got != w.Text && !in.JSON {
			t.Errorf("%s: word %q stands for %q", d.Name, got, w.Text)
		}
	}
	for _, h := range in.Heredocs {
		if !in.Span.Contains(h.Body) || !in.Span.Contains(h.Terminator) {
			t.Errorf("%s: here-document %s lies outside of its instruction", d.Name, h.Name)
		}
	}
	if in.Trigger != nil {
		return len(words) + checkSpans(t, d, in.Trigger)
	}
	return len(words)
}

// addShell counts the literal words of a RUN that can be found in the file, and those that cannot.
func (n *counts) addShell(d *Document, in *Instruction) {
	sh, err := d.Shell(in)
	if err != nil {
		n.noProgram++
		return
	}
	n.programs++
	syntax.Walk(sh.File, func(node syntax.Node) bool {
		if lit, ok := node.(*syntax.Lit); ok {
			n.literals++
			if _, whole := sh.Span(lit); !whole {
				n.cutLiterals++
			}
		}
		return true
	})
}

// outline prints what the map says of a Dockerfile, an instruction a line, so that a test can be read.
func outline(d *Document) string {
	var b strings.Builder
	for _, in := range d.Dockerfile.Instructions {
		b.WriteString(in.Name)
		for _, f := range in.Flags {
			b.WriteString(" flag(" + f.Name + "|" + f.Value.Text + ")")
		}
		for _, w := range in.Args {
			mark := ""
			if w.Split {
				mark = "~"
			}
			b.WriteString(" " + mark + "<" + w.Text + ">")
		}
		for _, h := range in.Heredocs {
			b.WriteString(" heredoc(" + h.Name + "|" + d.Text(h.Body) + "|" + d.Text(h.Terminator) + ")")
		}
		if in.Trigger != nil {
			b.WriteString(" trigger(" + in.Trigger.Name + " " + in.Trigger.Rest.Text + ")")
		}
		if in.Declined != "" {
			b.WriteString(" DECLINED " + in.Declined)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDockerfileOutline(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"blank line swallows the next instruction", "FROM a\nRUN x \\\n\n\nCOPY a b\n", "FROM <a>\nRUN ~<x COPY a b>\n"},
		{"comment in a continuation", "FROM a\nRUN x \\\n   # inner\n\n  y \\   \n  z\nCMD q\n", "FROM <a>\nRUN ~<x   y   z>\nCMD <q>\n"},
		{"comment that ends in an escape", "FROM a\nRUN a \\\n# c \\\n b\nRUN c\n", "FROM <a>\nRUN ~<a  b>\nRUN <c>\n"},
		{"lone escape before an instruction", "FROM a\n\\\nRUN x\n", "FROM <a>\nRUN <x>\n"},
		{"words cut by continuations", "FROM alp\\\nine:3\nRUN ec\\\nho\n", "FROM ~<alpine:3>\nRUN ~<echo>\n"},
		{"keyword cut by a continuation", "FROM a\nRU\\\nN x\n", "FROM <a>\nRUN <x>\n"},
		{"two escapes do not continue", "FROM a\nRUN x \\\\\nRUN y\n", "FROM <a>\nRUN <x \\\\>\nRUN <y>\n"},
		{"three escapes do not continue", "FROM a\nRUN x \\\\\\\nRUN y\n", "FROM <a>\nRUN <x \\\\\\>\nRUN <y>\n"},
		{"escape at the end of the file", "FROM a\nRUN x \\\n", "FROM <a>\nRUN <x>\n"},
		{"escape directive", "# escape=`\nFROM a\nRUN dir C:\\ `\n /s\n", "FROM <a>\nRUN ~<dir C:\\  /s>\n"},
		{"escape directive too late", "\n# escape=`\nFROM a\nRUN x `\n", "FROM <a>\nRUN <x `>\n"},
		{"byte order mark", "\ufeff# escape=`\nFROM a\nRUN x `\n y\n", "FROM <a>\nRUN ~<x  y>\n"},
		{"CRLF", "FROM a\r\nRUN x \\\r\n y\r\n", "FROM <a>\nRUN ~<x  y>\n"},
		{"lone CR is a blank", "FROM a\rAS\rb\n", "FROM <a> <AS> <b>\n"},
		{"other blanks", "FROM\va\nRUN \fx\n", "FROM <a>\nRUN <x>\n"},
		{"heredoc", "FROM a\nRUN <<EOF python3\n# no comment\nx \\\n\n\tFROM z\nEOF\nUSER u\n", "FROM <a>\nRUN <<<EOF python3> heredoc(EOF|# no comment\nx \\\n\n\tFROM z\n|EOF)\nUSER <u>\n"},
		{"two heredocs", "FROM a\nCOPY <<-'A' <<B /x/\n\t$a\n\tA\nb\nB\n", "FROM <a>\nCOPY <<<-'A'> <<<B> </x/> heredoc(A|\t$a\n|\tA) heredoc(B|b\n|B)\n"},
		{"empty heredoc", "FROM a\nRUN cat <<E\nE\n\nUSER x\n", "FROM <a>\nRUN <cat <<E> heredoc(E||E)\nUSER <x>\n"},
		{"heredoc after a continued line", "FROM a\nRUN cat <<EOF && \\\n  echo y\nbody\nEOF\n", "FROM <a>\nRUN ~<cat <<EOF &&   echo y> heredoc(EOF|body\n|EOF)\n"},
		{"no heredoc", "FROM a\nRUN echo $((1<<3)) && x <<< y\n", "FROM <a>\nRUN <echo $((1<<3)) && x <<< y>\n"},
		{"JSON", "FROM a\nCMD [\"a\", \"b\\u0041\\\"\"]\n", "FROM <a>\nCMD <a> <bA\">\n"},
		{"JSON over lines", "FROM a\nCMD [\"a\", \\\n  \"b\"]\n", "FROM <a>\nCMD <a> <b>\n"},
		{"almost JSON", "FROM a\nCMD ['a']\nENTRYPOINT [\"x\"] tail\n", "FROM <a>\nCMD <['a']>\nENTRYPOINT <[\"x\"] tail>\n"},
		{"flags", "FROM a\nRUN --mount=type=\"bind\" --network='none' -- --x\n", "FROM <a>\nRUN flag(mount|type=\"bind\") flag(network|'none') <--x>\n"},
		{"escaped blank in a flag", "FROM a\nCOPY --from=\"b\" --chown=a\\ b x y\n", "FROM <a>\nCOPY flag(from|\"b\") flag(chown|a\\ b) <x> <y>\n"},
		{"flag that is not ASCII", "FROM a\nCOPY --chown=é:ü a b\n", "FROM <a>\nCOPY flag(chown|é:ü) <a> <b>\n"},
		{"pairs", "FROM a\nENV A=b C=\"d e\" \\\n # c\n  F=g\n", "FROM <a>\nENV <A=b> <C=\"d e\"> <F=g>\n"},
		{"healthcheck", "FROM a\nHEALTHCHECK --interval=5s CMD curl -f http://x\nHEALTHCHECK NONE\n", "FROM <a>\nHEALTHCHECK flag(interval|5s) <CMD> <curl -f http://x>\nHEALTHCHECK <NONE>\n"},
		{"healthcheck in JSON", "FROM a\nHEALTHCHECK CMD [\"c\", \"d\"]\n", "FROM <a>\nHEALTHCHECK <CMD> <c> <d>\n"},
		{"onbuild", "FROM a\nONBUILD COPY --from=x a \\\n b\n", "FROM <a>\nONBUILD trigger(COPY a  b)\n"},
		{"hash is an argument", "FROM a\nUSER bob # c\nEXPOSE 80 # web\n", "FROM <a>\nUSER <bob # c>\nEXPOSE <80> <#> <web>\n"},
	} {
		d, err := Parse("Dockerfile", DockerfileKind, []byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := outline(d); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
		for _, in := range d.Dockerfile.Instructions {
			checkSpans(t, d, in)
		}
	}
}

func TestDockerfileComments(t *testing.T) {
	d := mustParse(t, "# syntax=docker/dockerfile:1 x\n# top\n\nFROM a\n  # in between\nRUN x \\\n # inside\n\n  y <<E\n# body\nE\n# end")
	var got []string
	for _, c := range d.Comments {
		if d.Text(c.Span)[0] != '#' || !c.Own {
			t.Errorf("comment %q is not a line of its own that starts with #", d.Text(c.Span))
		}
		got = append(got, c.Text)
	}
	if want := "syntax=docker/dockerfile:1 x|top|in between|inside|end"; strings.Join(got, "|") != want {
		t.Errorf("comments %q, want %q", strings.Join(got, "|"), want)
	}
	if in := d.Dockerfile.Instructions[1]; len(in.Blank) != 1 || d.Text(in.Blank[0]) != "\n" {
		t.Errorf("blank lines inside RUN: %v", in.Blank)
	}
	if dir := d.Dockerfile.Directives; len(dir) != 1 || dir[0].Name != "syntax" || d.Text(dir[0].Value.Span) != "docker/dockerfile:1 x" {
		t.Errorf("directives %+v", dir)
	}
}

func TestDockerfilePairs(t *testing.T) {
	d := mustParse(t, "FROM a\nENV K  v \"w\" \\\n  x\nLABEL a=\"b c\" d=\nARG n\nARG m=1 o\n")
	var got []string
	for _, in := range d.Dockerfile.Instructions {
		for _, p := range in.Pairs {
			kind := "="
			if p.Legacy {
				kind = " "
			} else if !p.HasValue {
				kind = ""
			}
			got = append(got, p.Name.Text+kind+p.Value.Text)
		}
	}
	if want := `K v "w"   x,a="b c",d=,n,m=1,o`; strings.Join(got, ",") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ","), want)
	}
}

func TestDockerfileStages(t *testing.T) {
	d := mustParse(t, "ARG TAG=3\nARG BASE=alpine:${TAG}\nARG NONE\nFROM ${BASE} AS Build\nARG TAG\nFROM build\nFROM Build\nFROM x:$NONE as last\nFROM --platform=$TAG scratch\n")
	df := d.Dockerfile
	var refs []string
	for _, s := range df.Stages {
		ref := s.Ref
		if s.Base != nil {
			ref += ">" + s.Base.Name.Text
		}
		refs = append(refs, ref)
	}
	if want := "alpine:3,build>Build,Build,,scratch"; strings.Join(refs, ",") != want {
		t.Errorf("stages %q, want %q", strings.Join(refs, ","), want)
	}
	if g := df.Globals[0]; g.Name != "TAG" || len(g.Uses) != 2 || g.Default.Text != "3" {
		t.Errorf("global %+v", g)
	}
	if !df.IsStage("BUILD") || !df.IsStage("4") || df.IsStage("5") || df.IsStage("other") {
		t.Error("IsStage does not know the stages by name and number")
	}
}

func TestDockerfileShell(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"continued line", "FROM a\nRUN apt-get install \\\n # why\n cu\\\nrl && x\n", "apt-get install ~ x"},
		{"heredoc script", "FROM a\nRUN <<EOF\nset -e\nmake\nEOF\n", "set -e make"},
		{"heredoc with an interpreter", "FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nx\nEOF\n", "error: the here-document has an interpreter of its own"},
		{"heredoc as input", "FROM a\nRUN cat <<EOF > /f\nx\nEOF\n", "cat EOF ~ /f"},
		{"another shell", "FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-X\n", "error: the shell is powershell"},
		{"shell of the base stage", "FROM a AS b\nSHELL [\"C:\\\\cmd.EXE\"]\nFROM b\nRUN dir\n", "error: the shell is cmd"},
		{"windows", "# escape=`\nFROM a\nRUN dir\n", "error: the shell is cmd"},
		{"bash", "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN [[ -e x ]]\n", "x"},
		{"no shell", "FROM a\nRUN if\n", "error: the shell program does not parse: 1:1: `if` must be followed by a statement list"},
		{"JSON", "FROM a\nRUN [\"x\"]\n", "error: the command is in JSON form"},
	} {
		d := mustParse(t, c.in)
		ins := d.Dockerfile.Instructions
		sh, err := d.Shell(ins[len(ins)-1])
		if err != nil {
			if got := "error: " + err.Error(); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			continue
		}
		var got []string
		syntax.Walk(sh.File, func(n syntax.Node) bool {
			if lit, ok := n.(*syntax.Lit); ok {
				if span, whole := sh.Span(lit); whole {
					got = append(got, d.Text(span))
				} else {
					got = append(got, "~")
				}
			}
			return true
		})
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: words %q, want %q", c.name, strings.Join(got, " "), c.want)
		}
	}
}

func TestDockerfileErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "D: file with no instructions"},
		{"comments only", "# x\n", "D:1: file with no instructions"},
		{"unknown instruction", "FROM a\nFOO bar\n", "D:2:1: \"FOO\" is no Dockerfile instruction"},
		{"secret behind a forgotten continuation", "FROM a\nENV A=1\n  PASSWORD=hunter2\n", "D:3:1: the line begins with no Dockerfile instruction: is the continuation character missing above it?"},
		{"unterminated heredoc", "FROM a\nRUN <<E\nx\n", "D:2: unterminated heredoc"},
		{"escape twice", "# escape=`\n# escape=`\nFROM a\n", "D:2: only one escape parser directive can be used"},
		{"bad escape", "# escape=x\nFROM a\n", "D:1: invalid escape token 'x' does not match ` or \\"},
		{"JSON of numbers", "FROM a\nCMD [1]\n", "D:2: when using JSON array syntax, arrays must be comprised of strings only"},
		{"ENV without value", "FROM a\nENV A\n", "D:2: ENV must have two arguments"},
		{"ENV with a word too many", "FROM a\nENV P=a secret\n", "D:2: a word has no =, and the form is name=value for all or name value for one"},
		{"binary", "FROM a\nRUN x\x00y\n", "D:2: has a NUL byte: binary, not text"},
		{"UTF-16", "\xff\xfeF\x00", "D: is UTF-16, which no builder reads; save it as UTF-8"},
		{"huge", strings.Repeat("# x\n", MaxBytes/4+1), "D: has 8388612 bytes, more than the 8388608 that are read"},
		{"long line", "FROM a\nRUN " + strings.Repeat("x", 70000) + "\n", "D:2: dockerfile line greater than max allowed size of 65535"},
	} {
		if _, err := Parse("D", DockerfileKind, []byte(c.in)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("Dockerfile", DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Declined) > 0 {
		t.Fatalf("declined: %+v", d.Declined)
	}
	return d
}

func FuzzDockerfile(f *testing.F) {
	for _, seed := range []string{
		"FROM a\nRUN x \\\n\n# c\n y <<E\nb\nE\n", "# escape=`\nFROM a\nRUN x `\n y\n", "\ufeffFROM a\r\nCOPY --from=\"b\" [\"x\", \"y\"]\r\n",
		"FROM \x850", "0 --\"", "FROM a\nONBUILD HEALTHCHECK CMD [\"a\"]\nLABEL a 'b c'\nENV a=b\\ c d=\"e\"\n", "\n#esCApe=`\n", "FROM $A\nARG B=1\n",
	} {
		f.Add([]byte(seed))
	}
	for _, c := range rivalCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse("Dockerfile", DockerfileKind, b)
		if err != nil {
			return
		}
		for _, in := range d.Dockerfile.Instructions {
			checkSpans(t, d, in)
			d.Shell(in)
		}
		checkImages(t, d)
	})
}
