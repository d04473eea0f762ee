package lazyregexp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// TestWordsOf: what is read out of expressions, "~" before a word that is folded.
func TestWordsOf(t *testing.T) {
	for expression, want := range map[string]string{
		`(?:curl|wget)\s+-O`:        "curl wget",
		`(?i)\bfrom\b`:              "~from",
		`^from\b`:                   "",
		`(?m)^from\b`:               "from",
		`^(?:a|b)c|^d`:              "",
		`[Pp]assword`:               "~password",
		`a(?:b|c)?d`:                "abd acd ad",
		`\w+`:                       "",
		`x|`:                        "",
		`(?:ab)*`:                   "",
		`(?:ab)+c?`:                 "ab",
		`(?:ab){2,3}`:               "ab",
		`(?:ab){0,3}`:               "",
		`\w+foo\w+(?:barr|bazz)`:    "barr bazz",
		`\bfoo\b|^bar\d`:            "foo bar0 bar1 bar2 bar3 bar4 bar5 bar6 bar7 bar8 bar9",
		`[\d.]+(?:-[a-z]+)?`:        ". 0 1 2 3 4 5 6 7 8 9",
		"\uFFFD":                    "",
		`(?s)localhost.*|127\.0\.0`: "localhost 127.0.0",
	} {
		var got []string
		for _, w := range wordsOf(expression).list {
			if w.folded {
				w.text = "~" + w.text
			}
			got = append(got, w.text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}

// TestWordsMiss: of all expressions of the project no match is missed, in texts that are made to match and in the same in other letters.
func TestWordsMiss(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	matched, said := 0, 0
	for _, expression := range expressions(t) {
		re, words := regexp.MustCompile(expression), wordsOf(expression)
		tree, err := syntax.Parse(expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if words.list != nil {
			said++
		}
		for range 200 {
			text := matching(tree, random)
			for _, s := range []string{text, strings.ToUpper(text), strings.ToLower(text), " é" + text + " ", "a" + text + "\xff", strings.NewReplacer("k", "K", "s", "ſ").Replace(text)} {
				if re.MatchString(s) {
					matched++
					if !words.in(s) {
						t.Fatalf("%s matches %q, which has none of %v", expression, s, words.list)
					}
				}
			}
		}
	}
	if matched < 100_000 || said < 150 {
		t.Errorf("%d texts matched, %d expressions have words: too few to tell", matched, said)
	}
}

// expressions are those that the packages of the project make.
func expressions(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			name, _ := call.Fun.(*ast.SelectorExpr)
			text, _ := call.Args[0].(*ast.BasicLit)
			if name != nil && text != nil && name.Sel.Name == "New" {
				if of, ok := name.X.(*ast.Ident); ok && of.Name == "lazyregexp" {
					expression, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, expression)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// matching makes a text that an expression matches, but for what it asks of the ends of words and lines.
func matching(re *syntax.Regexp, random *rand.Rand) string {
	least, most := 1, 1
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
		text := slices.Clone(re.Rune)
		for i := range text {
			for range random.IntN(4) {
				text[i] = unicode.SimpleFold(text[i])
			}
		}
		return string(text)
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return ""
		}
		i := random.IntN(len(re.Rune)/2) * 2
		return string(re.Rune[i] + random.Int32N(min(re.Rune[i+1]-re.Rune[i]+1, 90)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string(rune(' ' + random.IntN(200)))
	case syntax.OpAlternate:
		return matching(re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpStar:
		least, most = 0, 3
	case syntax.OpPlus:
		most = 3
	case syntax.OpQuest:
		least = 0
	case syntax.OpRepeat:
		least, most = re.Min, max(re.Min, re.Max)
	}
	var text strings.Builder
	for range least + random.IntN(most-least+1) {
		for _, sub := range re.Sub {
			text.WriteString(matching(sub, random))
		}
	}
	return text.String()
}

// FuzzWords: whatever the expression and the text.
func FuzzWords(f *testing.F) {
	f.Add(`(?i)k|[xy]{2,}z?`, "K")
	f.Add(`(?i:a)ſb(?:c|[de]f)`, "Aſbef")
	f.Add("a\uFFFD", "a\xff")
	f.Add(`(?m:^a$)|(a*)*b`, "c\na\n")
	f.Fuzz(func(t *testing.T, expression, text string) {
		re, err := regexp.Compile(expression)
		if err != nil || !re.MatchString(text) {
			return
		}
		if words := wordsOf(expression); !words.in(text) {
			t.Errorf("%q matches %q, which has none of %v", expression, text, words.list)
		}
	})
}

// TestAnswers: a text that needs no look gets the answers of one that does not match.
func TestAnswers(t *testing.T) {
	r := New(`need(le)`)
	re := regexp.MustCompile(`need(le)`)
	for _, s := range []string{"", "hay", "a needle in hay needle"} {
		for n := -1; n < 3; n++ {
			if got, want := r.Split(s, n), re.Split(s, n); !slices.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("Split(%q, %d) = %q, want %q", s, n, got, want)
			}
			if got, want := r.FindAllString(s, n), re.FindAllString(s, n); !slices.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("FindAllString(%q, %d) = %q, want %q", s, n, got, want)
			}
		}
		if got, want := r.ReplaceAllString(s, "$1"), re.ReplaceAllString(s, "$1"); got != want {
			t.Errorf("ReplaceAllString(%q) = %q, want %q", s, got, want)
		}
		if got, want := r.ReplaceAllStringFunc(s, strings.ToUpper), re.ReplaceAllStringFunc(s, strings.ToUpper); got != want {
			t.Errorf("ReplaceAllStringFunc(%q) = %q, want %q", s, got, want)
		}
		if got, want := r.FindStringSubmatch(s), re.FindStringSubmatch(s); !slices.Equal(got, want) {
			t.Errorf("FindStringSubmatch(%q) = %q, want %q", s, got, want)
		}
	}
}
