package source

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// TestPlainEntries holds that what is read without the parser is what the parser reads.
func TestPlainEntries(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	keys := strings.Fields(`networks restart a b.c d-e 1 true <<`)
	values := []string{"", " x", " 512M", " unless-stopped", ` "a b"`, ` 'it'`, ` ["CMD", "x y", 'z']`, ` [a]`, ` ["a"`, ` "a""b"`, " 'a''b'", ` "\n"`, ` ["a \"b\\", "c"]`, ` ["a\"]`, ` "\\\""`, " a:b", " a:", " 1:30", " :a", " - a", " |", " &a x", " *a", " #", " a #b", " a:", " [x]]", " {}", " 'a' b"}
	read := 0
	for range 30_000 {
		var lines []string
		for range 1 + r.Intn(4) {
			line := strings.Repeat(" ", 2*r.Intn(3))
			if value := values[r.Intn(len(values))]; r.Intn(3) == 0 {
				line += "-" + value
			} else {
				line += keys[r.Intn(len(keys))] + ":" + value
			}
			lines = append(lines, line)
		}
		got := plainEntries(lines)
		if got == nil {
			continue
		}
		read++
		piece, err := entriesOf(lines)
		if err != nil {
			t.Fatalf("%q: %v", lines, err)
		}
		var want []string
		walk(piece.Compose.Root, func(n *Node) bool {
			if n.YAML.Anchor != "" || n.Declined != "" {
				t.Errorf("%q is not plain", lines)
			}
			if n.IsKey() && n.Parent == piece.Compose.Root {
				want = append(want, n.Text())
			}
			return true
		})
		if !slices.Equal(got, want) {
			t.Errorf("%q: the keys %q, want %q", lines, got, want)
		}
	}
	if read < 500 {
		t.Errorf("only %d texts are plain", read)
	}
}

// TestPlainEntriesOfRules holds that what rules add is plain.
func TestPlainEntriesOfRules(t *testing.T) {
	for _, text := range []string{
		"restart: unless-stopped",
		"networks:\n  - app", "networks:\n- app", "networks:\n  app:",
		"deploy:\n  resources:\n    limits:\n      memory: 512M\nrestart: 'no'",
		"healthcheck:\n  test: [\"CMD-SHELL\", \"pg_isready -U $${POSTGRES_USER:-postgres} || exit 1\"]\n  interval: 10s\n  retries: 5",
		"volumes:\n  - data:/var/lib/data", "healthcheck:\n  test: [\"CMD-SHELL\", \"pg_isready -d \\\"$${DB}\\\"\"]",
	} {
		if plainEntries(strings.Split(text, "\n")) == nil {
			t.Errorf("%q is parsed", text)
		}
	}
}

// TestOneWord holds that what is taken for one value without the parser is one for the parser, in a list of either style.
func TestOneWord(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	pieces := strings.Fields(`" ' a B 7 _ - . / : , [ ] { } & * ! # | > % @ \\ ? ~ $ é ---`)
	words := 0
	for range 200_000 {
		var made strings.Builder
		for range 1 + r.Intn(5) {
			made.WriteString(pieces[r.Intn(len(pieces))])
		}
		text := made.String()
		if quote := r.Intn(4); quote < 2 {
			text = `"'`[quote:quote+1] + text + `"'`[quote:quote+1]
		}
		if !isOneWord(text) {
			continue
		}
		words++
		for _, around := range []string{"- " + text, "- [" + text + "]"} {
			piece, err := fragment([]string{around})
			if err != nil {
				t.Fatalf("%s: %v", around, err)
			}
			item := piece.Compose.Root.Children[0]
			if item.IsSequence() && len(item.Children) == 1 {
				item = item.Children[0]
			}
			if _, ok := item.Scalar(); !ok || item.Content.Len() != len(text) || item.Declined != "" || item.YAML.Anchor != "" {
				t.Errorf("%s holds more than one word, or less", around)
			}
		}
	}
	if words < 10_000 {
		t.Errorf("only %d texts are words", words)
	}
}
