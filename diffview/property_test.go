package diffview

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/corpus"
)

// vocabulary makes repeated and blank lines frequent; what a terminal would obey is in it, too.
var vocabulary = []string{"", "", "a", "a", "b", "  b", "\tc", "RUN x && \\", "    image: é", "- x", "+ y", "\\ No newline", "@@ -1 +1 @@", "lone\rCR", "\x1b[2J", "\x9b", "日本\u202e", "\ufeffz"}

func randomLine(r *rand.Rand, end string) string {
	if r.IntN(4) == 0 {
		return fmt.Sprint("line ", r.IntN(40), end)
	}
	return vocabulary[r.IntN(len(vocabulary))] + end
}

func randomLines(r *rand.Rand, most int, end string) []string {
	lines := make([]string, r.IntN(most+1))
	for i := range lines {
		lines[i] = randomLine(r, end)
	}
	return lines
}

// mutated makes a few edits: insertions, deletions, changes, moved blocks.
func mutated(r *rand.Rand, lines []string, edits int, end string) []string {
	lines = slices.Clone(lines)
	for range edits {
		at := r.IntN(len(lines) + 1)
		to := min(at+r.IntN(4), len(lines))
		switch r.IntN(4) {
		case 0:
			lines = slices.Insert(lines, at, randomLines(r, 3, end)...)
		case 1:
			lines = slices.Delete(lines, at, to)
		case 2:
			lines = slices.Replace(lines, at, to, randomLines(r, 3, end)...)
		case 3:
			block := slices.Clone(lines[at:to])
			lines = slices.Delete(lines, at, to)
			lines = slices.Insert(lines, r.IntN(len(lines)+1), block...)
		}
	}
	return lines
}

// randomFile makes a changed file, now and then a new or a deleted one; the ends of its lines vary, the last can lack.
func randomFile(r *rand.Rand) File {
	ends := []string{"\n", "\r\n"}
	end := ends[r.IntN(2)]
	old := randomLines(r, 40, end)
	new := mutated(r, old, 1+r.IntN(6), ends[r.IntN(2)])
	f := File{Name: "f", Old: joined(r, old), New: joined(r, new)}
	switch r.IntN(12) {
	case 0:
		f.Old, f.Mode = nil, []os.FileMode{0, 0o600}[r.IntN(2)]
	case 1:
		if len(f.Old) > 0 {
			f.New = nil
		}
	}
	return f
}

func joined(r *rand.Rand, lines []string) []byte {
	text := strings.Join(lines, "")
	if r.IntN(4) == 0 {
		text = strings.TrimSuffix(text, "\n")
	}
	return []byte(text)
}

// roundTrip applies the diff of f and compares; the coloured diff must say the same.
func roundTrip(t testing.TB, f File, o Options) {
	t.Helper()
	o.Color = false
	plain := unified(t, f, o)
	got, err := apply(f.Name, plain, f.Old)
	if err != nil {
		t.Fatalf("%v\nold %q\nnew %q\n%s", err, f.Old, f.New, plain)
	}
	if !bytes.Equal(got, f.New) || (got == nil) != (f.New == nil) {
		t.Fatalf("got %q\nwant %q\nold %q\n%s", got, f.New, f.Old, plain)
	}
	o.Color = true
	expectShown(t, f, plain, unified(t, f, o))
}

func TestRandomRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 4000 {
		roundTrip(t, randomFile(r), Options{Context: i%5 - 1})
	}
}

func TestMinimal(t *testing.T) {
	// With a time limit, go-diff takes a short cut here that costs a line.
	expectMinimal(t, bytesLines([]byte("d\nc\nb\nc\nc\n")), bytesLines([]byte("c\nb\nc\nb\nc\nd\n")))
	r := rand.New(rand.NewPCG(5, 6))
	for range 1500 {
		old := randomLines(r, 30, "\n")
		new := mutated(r, old, r.IntN(12), "\n")
		if r.IntN(4) == 0 {
			new = randomLines(r, 30, "\n")
		}
		expectMinimal(t, old, new)
	}
}

func expectMinimal(t *testing.T, old, new []string) {
	t.Helper()
	n, above := 0, -1
	for _, c := range compare(old, new) {
		n += c.a1 - c.a0 + c.b1 - c.b0
		if c.a0 <= above {
			t.Fatalf("no unchanged line between two changes: %q to %q", old, new)
		}
		above = c.a1
	}
	if want := len(old) + len(new) - 2*common(old, new); n != want {
		t.Fatalf("%d changed lines, %d would do: %q to %q", n, want, old, new)
	}
}

// common is the length of the longest common subsequence, by the textbook.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, line := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if line == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j], above)
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// TestCutProblems makes small texts count as too large, so that they are cut at anchors or in the middle.
func TestCutProblems(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	anchored := 0
	for range 3000 {
		old := randomLines(r, 60, "\n")
		new := mutated(r, old, 1+r.IntN(12), "\n")
		m := newMatcher(old, new)
		m.most = 1 + r.IntN(40)
		if len(m.anchors(shared(m.a, upTo(len(m.a)), m.b, upTo(len(m.b))), shared(m.b, upTo(len(m.b)), m.a, upTo(len(m.a))))) > 0 {
			anchored++
		}
		m.match(upTo(len(m.a)), upTo(len(m.b)), r.IntN(maxRounds+1))
		below := -1
		for i, j := range m.pair {
			if j >= 0 && (j <= below || old[i] != new[j]) {
				t.Fatalf("line %d is paired with %d after %d", i, j, below)
			}
			below = max(below, j)
		}
	}
	if anchored < 500 {
		t.Errorf("only %d problems had anchors", anchored)
	}
}

func TestLargeFiles(t *testing.T) {
	var lines, two []string
	r := rand.New(rand.NewPCG(9, 10))
	for i := range 100_000 {
		lines = append(lines, fmt.Sprint("line ", i, "\n"))
		two = append(two, []string{"x\n", "y\n"}[r.IntN(2)])
	}
	text := strings.Join(lines, "")
	few := "" // lines beyond the 0xd800th, which as runes would be surrogates
	for i := range 50 {
		few += lines[57_000-30*i]
	}
	ends := "first\n" + strings.Replace(text, "line 99999\n", "last\n", 1)
	for _, c := range []struct {
		name, old, new string
		most           int // changed lines
	}{
		{"one edit", text, strings.Replace(text, "line 50000\n", "changed\n", 1), 2},
		{"first and last line", text, ends, 3},
		{"distinct lines, all others", text, strings.ReplaceAll(text, "line", "other"), 200_000},
		{"one line, repeated", strings.Repeat("x\n", 100_000), "a\n" + strings.Repeat("x\n", 100_000) + "b\n", 2},
		{"two lines, edits at the ends", strings.Join(two, ""), "a\n" + strings.Join(two, "") + "b\n", 1000},
		{"few lines of many, reversed", text, few, 100_000 + 50 - 2},
		{"reversed", text, strings.Join(reversed(lines), ""), 200_000},
	} {
		f := File{Name: "f", Old: []byte(c.old), New: []byte(c.new)}
		if got, err := apply("f", unified(t, f, Options{}), f.Old); err != nil || !bytes.Equal(got, f.New) {
			t.Errorf("%s: wrong diff: %v", c.name, err)
		}
		if added, removed := Stat(f); added+removed > c.most {
			t.Errorf("%s: %d changed lines, want at most %d", c.name, added+removed, c.most)
		}
	}
}

// TestFewAnchorsEachRound compares a text in which every line that both sides have once is followed by one that is so
// only after the part before it is done. Cut at anchors alone, it takes minutes.
func TestFewAnchorsEachRound(t *testing.T) {
	var old, new strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&old, "x%d\nu%d\nu%d\nx%d\n", i, i+1, i+2, i+1)
		fmt.Fprintf(&new, "u%d\nu%d\nx%d\n", i+1, i+2, i+1)
	}
	bulk := strings.Repeat("a\nb\n", 4000)
	f := File{Name: "f", Old: []byte(old.String() + bulk + "a\n"), New: []byte(new.String() + bulk + "b\n")}
	start := time.Now()
	got, err := apply("f", unified(t, f, Options{}), f.Old)
	if err != nil || !bytes.Equal(got, f.New) {
		t.Errorf("wrong diff: %v", err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
}

func reversed(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Reverse(lines)
	return lines
}

func TestSameEveryRun(t *testing.T) {
	for seed := range uint64(50) {
		f := randomFile(rand.New(rand.NewPCG(11, seed)))
		first := unified(t, f, Options{Color: true})
		for range 5 {
			if again := unified(t, f, Options{Color: true}); again != first {
				t.Fatalf("seed %d: two different diffs", seed)
			}
		}
	}
}

// TestCorpusRoundTrip never prints a file: some hold passwords.
func TestCorpusRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	files := corpus.Prefixed(t, "")
	for _, file := range files {
		path, old := file.Name, file.Text
		end := "\n"
		if bytes.Contains(old, []byte("\r\n")) {
			end = "\r\n"
		}
		new := strings.Join(mutated(r, bytesLines(old), 1+r.IntN(6), end), "")
		f := File{Name: "f", Old: append([]byte{}, old...), New: []byte(new)}
		got, err := apply("f", unified(t, f, Options{}), f.Old)
		if err != nil {
			t.Errorf("%s: the diff cannot be applied", path)
		} else if !bytes.Equal(got, f.New) {
			t.Errorf("%s: the diff gives another text", path)
		}
		if plain, color := unified(t, f, Options{}), unified(t, f, Options{Color: true}); shown(f, plain) != stripped(color) {
			t.Errorf("%s: the coloured diff says something else", path)
		}
	}
	t.Logf("%d real files", len(files))
}

func FuzzUnified(f *testing.F) {
	for _, c := range unifiedCases {
		f.Add([]byte(c.old), []byte(c.new), "f", int8(3), uint8(0))
	}
	for i, name := range oddNames {
		g := randomFile(rand.New(rand.NewPCG(15, uint64(i))))
		f.Add(g.Old, g.New, name, int8(i-3), uint8(i))
	}
	f.Fuzz(func(t *testing.T, old, new []byte, name string, context int8, kind uint8) {
		file := File{Name: name, Old: append([]byte{}, old...), New: append([]byte{}, new...)}
		switch kind % 8 {
		case 1:
			file.Old, file.Mode = nil, 0o600
		case 2:
			file.New = nil
		}
		roundTrip(t, file, Options{Context: int(context)})
	})
}
