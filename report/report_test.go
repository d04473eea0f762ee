package report

import (
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

func TestPrintable(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain é 日本 a b", "plain é 日本 a b"},
		{"\x1b[31mred\n\t", `\x1b[31mred\n\t`},
		{"a\u202eb\u0085\ufeff", `a\u202eb\u0085\ufeff`},
		{"bad\xff", `bad\xff`},
	} {
		if got := Printable(c.in); got != c.want {
			t.Errorf("%q is shown as %s, want %s", c.in, got, c.want)
		}
	}
}

// result has one finding for each thing that can become of one.
func result(t *testing.T) *fix.Result {
	t.Helper()
	doc, err := source.Parse("app/Dockerfile", source.DockerfileKind, []byte("FROM é\nUSER a\nUSER b\n"))
	if err != nil {
		t.Fatal(err)
	}
	rule := &fix.Rule{Name: "a-rule"}
	at := func(n int) source.Span { return source.Span{Start: n, End: n + 1} }
	return &fix.Result{Doc: doc, After: []byte("FROM x\n"), Findings: []*fix.Finding{
		{Rule: rule, Span: at(0), Message: "one", Fix: &fix.Fix{Title: "mend it"}, Outcome: fix.Fixed},
		{Rule: rule, Span: at(5), Message: "two", Reason: "no way"},
		{Rule: rule, Span: at(8), Message: "three", Reason: "who knows", Fix: &fix.Fix{Title: "try it", Safety: fix.Unsafe}},
		{Rule: rule, Span: at(9), Message: "four", Reason: "too much", Fix: &fix.Fix{Title: "do it"}, Outcome: fix.Refused},
		{Rule: rule, Span: at(15), Message: "five", Outcome: fix.Suppressed},
		{Rule: rule, Span: at(16), Message: "six", Reason: "ask", Fix: &fix.Fix{Title: "think", Safety: fix.Manual}},
		{Rule: rule, Span: at(17), Message: "seven", Outcome: fix.Fixed},
		{Rule: rule, Span: at(18), Message: "eight", Reason: "may break", Fix: &fix.Fix{Title: "dare it", Safety: fix.Unsafe}, Outcome: fix.Fixed},
	}}
}

func TestText(t *testing.T) {
	const want = `app/Dockerfile
  1:1  a-rule  one
       fix: mend it
  1:6  a-rule  two
       not fixed: no way
  2:1  a-rule  three
       held back: try it
       who knows
  2:2  a-rule  four
       refused: do it
       too much
  3:2  a-rule  six
       proposed: think
       ask
  3:3  a-rule  seven
       fix: another one clears it
  3:4  a-rule  eight
       fix: dare it
       unsafe: may break
`
	var b strings.Builder
	if err := Text(&b, result(t), Style{}); err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}

func TestCounts(t *testing.T) {
	var c Counts
	c.Add(result(t))
	c.Add(&fix.Result{Doc: result(t).Doc, After: result(t).Doc.Bytes})
	want := Counts{Files: 2, Found: 1, Changed: 1, Findings: 7, Fixed: 3, Held: 1, Unsafe: 1, Refused: 1, Manual: 2, Silenced: 1}
	if c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	const line = "7 findings in 1 file: 3 fixed, 1 held back, 1 refused by the proof, 2 without a mechanical fix, 1 silenced by comments"
	if got := c.Summary("fixed"); got != line {
		t.Errorf("%s, want %s", got, line)
	}
	if got := (Counts{Silenced: 1}).Summary("fixed"); got != "1 finding silenced by comments" {
		t.Error(got)
	}
}
