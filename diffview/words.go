package diffview

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// span is a half-open range of bytes in a line or a run of lines.
type span struct{ start, end int }

// maxMarked bounds the bytes of a run of changed lines, on each side, in which changed words are looked for: nobody
// reads words in more, and go-diff's cleaning up takes time up to the square of it.
const maxMarked = 4096

// changedWords returns, for each removed and each added line, what of it the other side does not have. A line that has
// little in common with the other side has no marks at all: it is simply another line.
func changedWords(old, new []string) (oldMarks, newMarks [][]span) {
	a, b := strings.Join(old, ""), strings.Join(new, "")
	if len(a) > maxMarked || len(b) > maxMarked {
		return nil, nil
	}
	// go-diff turns bytes that are not UTF-8 into U+FFFD, and the places it gives would be wrong.
	if !utf8.ValidString(a) || !utf8.ValidString(b) {
		return nil, nil
	}
	inA, inB := wordDiff(a, b)
	return marksByLine(old, inA), marksByLine(new, inB)
}

// wordDiff compares a and b word by word and returns the ranges of bytes that only one of them has. Each is whole runes:
// DiffCleanupSemantic tries places inside of a rune, too (it counts runes where it cuts bytes), but rates none above the
// place beside the rune.
func wordDiff(a, b string) (inA, inB []span) {
	table := &wordTable{numbers: map[string]rune{}}
	diffs := runeDiff(table.encode(words(a)), table.encode(words(b)))
	for i := range diffs {
		diffs[i].Text = table.decode(diffs[i].Text)
	}
	atA, atB := 0, 0
	for _, d := range diffmatchpatch.New().DiffCleanupSemantic(diffs) {
		n := len(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			inA = append(inA, span{atA, atA + n})
			atA += n
		case diffmatchpatch.DiffInsert:
			inB = append(inB, span{atB, atB + n})
			atB += n
		case diffmatchpatch.DiffEqual:
			atA, atB = atA+n, atB+n
		}
	}
	return inA, inB
}

// words cuts text into runs of letters and digits and, between them, single characters.
func words(text string) []string {
	var out []string
	inWord := false
	for i, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if letter && inWord {
			out[len(out)-1] += text[i : i+utf8.RuneLen(r)]
		} else {
			out = append(out, text[i:i+utf8.RuneLen(r)])
		}
		inWord = letter
	}
	return out
}

// wordTable gives each word a rune for go-diff: at most twice maxMarked, so none of them is a surrogate.
type wordTable struct {
	numbers map[string]rune
	words   []string
}

func (t *wordTable) encode(words []string) []rune {
	out := make([]rune, len(words))
	for i, word := range words {
		r, ok := t.numbers[word]
		if !ok {
			r = rune(len(t.words))
			t.numbers[word] = r
			t.words = append(t.words, word)
		}
		out[i] = r
	}
	return out
}

func (t *wordTable) decode(runes string) string {
	var b strings.Builder
	for _, r := range runes {
		b.WriteString(t.words[r])
	}
	return b.String()
}

// marksByLine cuts the ranges of the joined lines at the line ends, and drops those of a line of which they leave less
// than a third.
func marksByLine(lines []string, ranges []span) [][]span {
	out := make([][]span, len(lines))
	start := 0
	for i, line := range lines {
		end := start + len(line)
		for _, r := range ranges {
			if from, to := max(r.start, start), min(r.end, end); from < to {
				out[i] = append(out[i], span{from - start, to - start})
			}
		}
		if 3*inkOutside(line, out[i]) < ink(line) {
			out[i] = nil
		}
		start = end
	}
	return out
}

// inkOutside counts the characters of line that leave ink and are not in marks.
func inkOutside(line string, marks []span) int {
	n := ink(line)
	for _, m := range marks {
		n -= ink(line[m.start:m.end])
	}
	return n
}

func ink(text string) int {
	n := 0
	for _, r := range text {
		if !strings.ContainsRune(blanks, r) {
			n++
		}
	}
	return n
}

// blanks leave no ink. Any other white space is shown by a sign, or is rare enough to be worth one.
const blanks = " \t\r\n"
