package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// commandRules are the rules that edit the words of commands in a RUN.
var commandRules = []*fix.Rule{
	dockerfile.AptCommand, dockerfile.InstallYes, dockerfile.SplitAptUpdate, dockerfile.AptRecommends, dockerfile.AptLists, dockerfile.ApkCache, dockerfile.RpmCache,
	dockerfile.PipCache, dockerfile.NpmCache, dockerfile.YarnCache, dockerfile.GemDocs, dockerfile.ComposerCache, dockerfile.ComposerDev, dockerfile.NpmCi, dockerfile.NpmOnlyProduction,
	dockerfile.UseraddLog, dockerfile.WgetProgress, dockerfile.CurlFail, dockerfile.Sudo,
}

// The words that these rules may add to a RUN and take from it. Quotes and everything else stay.
var (
	addedWords = strings.Fields(`&& apt-get update apt-cache dist-upgrade --with-new-pkgs -y --non-interactive --no-install-recommends ca-certificates
		rm -rf /var/lib/apt/lists/* sudo --no-cache --no-cache-dir --no-document --no-dev npm cache clean --force ci yarn composer composer.phar ./composer
		./composer.phar clear-cache yum dnf microdnf tdnf all zypper -a --omit=dev -l --progress=dot:giga -f apt aptitude`)
	removedWords = strings.Fields(`&& sudo -E -H -n -S -EH -HE -- --preserve-env apt full-upgrade apk update install i --only=production --only=prod --only production prod`)
)

// fates counts what became of the findings of a rule.
type fates struct{ hits, fixed, unsafe, refused int }

// TestCorpusCommands lets the rules about commands work on every real Dockerfile with what lies beside it as its build context,
// and requires of the shell programs, which no build graph shows: none stops to parse, and their words are those from
// before but for the words that the rules add and take.
func TestCorpusCommands(t *testing.T) {
	files := corpus.Files(t, "dockerfile", "dockerfile-derived")
	for _, shape := range corpus.Shapes {
		t.Run(shape.Name, func(t *testing.T) {
			t.Parallel()
			byRule := map[string]*fates{}
			reasons := map[string]int{}
			changed, broken := 0, 0
			for nth, f := range files {
				if !shape.Takes(nth) {
					continue
				}
				r := fixCommands(f, shape.Of(f.Text))
				if r == nil {
					continue
				}
				countFates(r, byRule, reasons)
				if !r.Changed() {
					continue
				}
				changed++
				if problem := compareCommands(t, f, r); problem != "" {
					broken++
					t.Errorf("%s: %s", f.Name, problem)
				}
			}
			if changed == 0 {
				t.Error("nothing is changed")
			}
			if shape.Name == corpus.Shapes[0].Name { // the others are samples
				logFates(t, byRule, reasons)
			}
			t.Logf("%d files, %d changed, %d broken", len(files), changed, broken)
		})
	}
}

// fixCommands fixes a file with --unsafe; nil where it is no Dockerfile.
func fixCommands(f corpus.File, text []byte) *fix.Result {
	doc, err := source.Parse(f.Name, source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	return fix.Run(context.Background(), doc, fix.Options{Rules: commandRules, Unsafe: true, Facts: siblings(f), Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// siblings takes the directory of a file for its build context.
func siblings(f corpus.File) *fix.Facts {
	b := &fix.BuildContext{Dir: ".", Guess: true, Texts: map[string][]byte{}}
	dir := filepath.Dir(f.Path)
	_ = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(dir, p)
		if err != nil || relErr != nil || rel == "." {
			return nil
		}
		if strings.Count(rel, string(filepath.Separator)) > 3 || len(b.Entries) > 3000 {
			return fs.SkipDir
		}
		rel = filepath.ToSlash(rel)
		b.Entries = append(b.Entries, fix.ContextEntry{Path: rel, Mode: e.Type()})
		if slices.Contains([]string{"package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"}, path.Base(rel)) {
			if text, err := os.ReadFile(p); err == nil {
				b.Texts[rel] = text
			}
		}
		return nil
	})
	slices.SortFunc(b.Entries, func(x, y fix.ContextEntry) int { return strings.Compare(x.Path, y.Path) })
	return &fix.Facts{Contexts: []*fix.BuildContext{b}}
}

func countFates(r *fix.Result, byRule map[string]*fates, reasons map[string]int) {
	for _, f := range r.Findings {
		o := byRule[f.Rule.Name]
		if o == nil {
			o = &fates{}
			byRule[f.Rule.Name] = o
		}
		o.hits++
		switch {
		case f.Outcome == fix.Fixed && f.Fix != nil && f.Fix.Safety == fix.Unsafe:
			o.unsafe++
		case f.Outcome == fix.Fixed:
			o.fixed++
		default:
			o.refused++
			reasons[f.Rule.Name+": "+strings.Map(withoutDigits, f.Reason)]++
		}
	}
}

func withoutDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}

func logFates(t *testing.T, byRule map[string]*fates, reasons map[string]int) {
	all := fates{}
	for _, name := range slices.Sorted(maps.Keys(byRule)) {
		o := *byRule[name]
		t.Logf("%-20s %5d hits %5d fixed %5d held back %5d refused", name, o.hits, o.fixed, o.unsafe, o.refused)
		all = fates{all.hits + o.hits, all.fixed + o.fixed, all.unsafe + o.unsafe, all.refused + o.refused}
	}
	t.Logf("%-20s %5d hits %5d fixed %5d held back %5d refused", "all", all.hits, all.fixed, all.unsafe, all.refused)
	if share := 100 * (all.fixed + all.unsafe) / max(1, all.hits); share < 85 {
		t.Errorf("%d %% of the findings are fixed by default or with --unsafe, want 85", share)
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%4d %s", reasons[reason], reason)
	}
}

// compareCommands says what is wrong with the new text: "" where nothing is.
func compareCommands(t *testing.T, f corpus.File, r *fix.Result) string {
	after, err := source.Parse(f.Name, source.DockerfileKind, r.After)
	if err != nil {
		return err.Error()
	}
	again := fixCommands(f, r.After)
	if again.Changed() {
		return "a second run changes it again"
	}
	if problem := newWarning(lint(t, r.Doc.Bytes), lint(t, r.After)); problem != "" {
		return problem
	}
	for i := range r.Doc.Dockerfile.Stages {
		before, unparsed := stageWords(r.Doc, i)
		now, unparsedNow := stageWords(after, i)
		if unparsedNow > unparsed {
			return fmt.Sprintf("%d RUNs of stage %d do not parse, %d before", unparsedNow, i, unparsed)
		}
		if word := strayWord(before, now); word != "" {
			return fmt.Sprintf("stage %d: the word %q came or went", i, word)
		}
	}
	return ""
}

func newWarning(before, after map[string]int) string {
	for rule, n := range after {
		if n > before[rule] {
			return "BuildKit has a new warning: " + rule
		}
	}
	return ""
}

// stageWords are the words and operators of the shell programs of a stage, and how many do not parse.
func stageWords(doc *source.Document, stage int) (words []string, unparsed int) {
	printer := syntax.NewPrinter()
	for _, in := range doc.Dockerfile.Stages[stage].Instructions {
		if in.Name != "RUN" || in.JSON {
			continue
		}
		s, err := doc.Shell(in)
		if err != nil {
			unparsed++
			continue
		}
		syntax.Walk(s.File, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Word:
				if hasSubstitution(n) {
					return true
				}
				var b strings.Builder
				_ = printer.Print(&b, n)
				words = append(words, b.String())
				return false
			case *syntax.Lit:
				words = append(words, n.Value)
			case *syntax.Redirect:
				words = append(words, n.Op.String())
			case *syntax.BinaryCmd:
				if n.Op != syntax.AndStmt {
					words = append(words, n.Op.String())
				}
			}
			return true
		})
	}
	return words, unparsed
}

func hasSubstitution(w *syntax.Word) bool {
	found := false
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			found = true
		}
		return !found
	})
	return found
}

// strayWord is the word up to which the two lists can be told to differ only by what rules add and take; "" where that is all
// of them.
func strayWord(before, after []string) string {
	type place struct{ i, j int }
	seen := map[place]bool{}
	far := place{}
	todo := []place{{}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if p.i == len(before) && p.j == len(after) {
			return ""
		}
		if seen[p] {
			continue
		}
		seen[p] = true
		if p.j > far.j {
			far = p
		}
		if p.i < len(before) && slices.Contains(removedWords, before[p.i]) {
			todo = append(todo, place{p.i + 1, p.j})
		}
		if p.j < len(after) && slices.Contains(addedWords, after[p.j]) {
			todo = append(todo, place{p.i, p.j + 1})
		}
		if p.i < len(before) && p.j < len(after) && before[p.i] == after[p.j] {
			todo = append(todo, place{p.i + 1, p.j + 1})
		}
	}
	return strings.Join(after[far.j:min(far.j+1, len(after))], "")
}
