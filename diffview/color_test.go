package diffview

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var ownEscapes = regexp.MustCompile("\x1b\\[(|1|7|27|31|32|36)m")

func stripped(color string) string { return ownEscapes.ReplaceAllString(color, "") }

// shown is what must be seen of a plain diff on a terminal.
func shown(f File, plain string) string {
	var b strings.Builder
	both := string(f.Old) + "\x00" + string(f.New)
	lineEnd := strings.Count(both, "\r\n") == strings.Count(both, "\n")
	lines := strings.SplitAfter(plain, "\n")
	for i, line := range lines {
		text := strings.TrimSuffix(line, "\n")
		if lineEnd && (i+1 == len(lines) || lines[i+1] != noEnd) {
			text = strings.TrimSuffix(text, "\r")
		}
		for text != "" {
			r, n := utf8.DecodeRuneInString(text)
			switch {
			case r == utf8.RuneError && n == 1:
				fmt.Fprintf(&b, "<%02X>", text[0])
			case r == 127:
				b.WriteString("^?")
			case r < 32 && r != '\t':
				b.WriteString("^" + "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"[r:r+1])
			case r > 127 && r < 160, r == 0xfeff, r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
				fmt.Fprintf(&b, "<U+%04X>", r)
			default:
				b.WriteString(text[:n])
			}
			text = text[n:]
		}
		if strings.HasSuffix(line, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// expectShown checks a coloured diff: without its escapes it is the plain one made visible, no control character is
// left, and a mark never covers a whole line.
func expectShown(t testing.TB, f File, plain, color string) {
	t.Helper()
	got := stripped(color)
	if want := shown(f, plain); got != want {
		t.Fatalf("coloured: %q\nwant     %q", got, want)
	}
	for _, r := range got {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			t.Fatalf("%U reaches the terminal: %q", r, color)
		}
	}
	for line := range strings.SplitSeq(color, "\n") {
		if strings.Count(line, markStart) != strings.Count(line, markEnd) {
			t.Fatalf("marks are not closed: %q", line)
		}
		if whollyMarked.MatchString(line) {
			t.Fatalf("a whole line is marked: %q", line)
		}
	}
}

var whollyMarked = regexp.MustCompile("^\x1b\\[3[12]m[-+]\\s*\x1b\\[7m[^\x1b]*[^\x1b^M\\s][^\x1b]*\x1b\\[27m\\s*\x1b\\[m$")

func TestColor(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"one word", "a\nFROM alpine AS x\n", "a\nFROM alpine:3.22 AS x\n", "§1m--- a/f§m\n§1m+++ b/f§m\n§36m@@ -1,2 +1,2 @@§m\n a\n§31m-FROM alpine AS x§m\n§32m+FROM alpine§7m:3.22§27m AS x§m\n"},
		{"only added", "", "a\n", "§1m--- a/f§m\n§1m+++ b/f§m\n§36m@@ -0,0 +1 @@§m\n§32m+a§m\n"},
		{"control characters", "\ufeff\x1b[2J\x7f\u0085\u202e\xff\n", "", "§1m--- a/f§m\n§1m+++ b/f§m\n§36m@@ -1 +0,0 @@§m\n§31m-<U+FEFF>^[[2J^?<U+0085><U+202E><FF>§m\n"},
	} {
		got := unified(t, File{Name: "f", Old: []byte(c.old), New: []byte(c.new)}, Options{Color: true})
		if want := strings.ReplaceAll(c.want, "§", "\x1b["); got != want {
			t.Errorf("%s: got\n%q\nwant\n%q", c.name, got, want)
		}
	}
}

// TestMarks shows changed words in brackets, behind the sign of their line.
func TestMarks(t *testing.T) {
	long := strings.Repeat("word ", maxMarked/5)
	for _, c := range []struct{ name, old, new, want string }{
		{"tag", "FROM node:18\n", "FROM node:20\n", "-FROM node:[18]\n+FROM node:[20]\n"},
		{"wholly different", "FROM node\n", "EXPOSE 80\n", "-FROM node\n+EXPOSE 80\n"},
		{"one word in common", "RUN apk add curl wget\n", "RUN pip install numpy pandas\n", "-RUN apk add curl wget\n+RUN pip install numpy pandas\n"},
		{"appended", "RUN apt-get install curl\n", "RUN apt-get install curl --yes\n", "-RUN apt-get install curl\n+RUN apt-get install curl[ --yes]\n"},
		{"two of two", "ENV A 1\nENV B 2\n", "ENV A=1\nENV B=2\n", "-ENV A[ ]1\n-ENV B[ ]2\n+ENV A[=]1\n+ENV B[=]2\n"},
		{"one becomes two", "RUN apt-get update && apt-get install curl\n", "RUN apt-get update \\\n && apt-get install curl\n", "-RUN apt-get update && apt-get install curl\n+RUN apt-get update[ \\]\n+ && apt-get install curl\n"},
		{"line end", "RUN a b c\r\nx\n", "RUN a b c\nx\n", "-RUN a b c[^M]\n+RUN a b c\n x\n"},
		{"not UTF-8", "RUN a \xff\n", "RUN b \xff\n", "-RUN a <FF>\n+RUN b <FF>\n"},
		{"accents", "LABEL a=é b=x\n", "LABEL a=è b=x\n", "-LABEL a=[é] b=x\n+LABEL a=[è] b=x\n"},
		{"too long", long + "18\n", long + "20\n", "-" + long + "18\n+" + long + "20\n"},
		{"pure insertion", "a\n", "a\nb\n", " a\n+b\n"},
	} {
		_, got, _ := strings.Cut(unified(t, File{Name: "f", Old: []byte(c.old), New: []byte(c.new)}, Options{Color: true}), "@@\x1b[m\n")
		got = stripped(strings.NewReplacer(markStart, "[", markEnd, "]").Replace(got))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestCarriageReturns: "\r" is worth showing only where line ends differ.
func TestCarriageReturns(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"all lines", "a\r\nb\r\n", "a\r\nc\r\n", " a\n-b\n+c\n"},
		{"no last end", "a\r\nb", "a\r\nc", " a\n-b\n" + noEnd + "+c\n" + noEnd},
		{"last line ends in CR", "a\r\nb", "a\r\nb\r", " a\n-b\n" + noEnd + "+b^M\n" + noEnd},
		{"some lines", "a\r\nb\n", "a\r\nc\n", " a^M\n-b\n+c\n"},
		{"inside a line", "a\rb\r\n", "a\rc\r\n", "-a^Mb\n+a^Mc\n"},
	} {
		_, got, _ := strings.Cut(stripped(unified(t, File{Name: "f", Old: []byte(c.old), New: []byte(c.new)}, Options{Color: true})), "@@\n")
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestMarksAnyText: whatever go-diff's cleaning up does to words of several bytes, marks are whole runes in order.
func TestMarksAnyText(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	alphabet := []rune("aé日本🐳 \t-.é日a")
	line := func() string {
		out := make([]rune, r.IntN(30))
		for i := range out {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(out) + "\n"
	}
	marked := 0
	for range 5000 {
		old, new := []string{line(), line()}, []string{line()}
		oldMarks, newMarks := changedWords(old, new)
		for i, marks := range append(oldMarks, newMarks...) {
			text, at := append(old, new...)[i], 0
			for _, m := range marks {
				if m.start < at || m.end <= m.start || !utf8.ValidString(text[at:m.start]) || !utf8.ValidString(text[m.start:m.end]) {
					t.Fatalf("marks %v in %q", marks, text)
				}
				at = m.end
				marked++
			}
		}
	}
	if marked < 500 {
		t.Errorf("only %d marks", marked)
	}
}
