package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/prove"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the expected parts of fixtures and the generated documents")

// TestRules runs every fixture in testdata/rules in four shapes of its bytes.
func TestRules(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range fixtures {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		seen[name] = true
		i := slices.IndexFunc(command.Rules, func(r *fix.Rule) bool { return r.Name == name })
		if i < 0 {
			t.Errorf("%s is the fixture of no rule", path)
			continue
		}
		t.Run(name, func(t *testing.T) { testFixture(t, path, command.Rules[i]) })
	}
	for _, r := range command.Rules {
		if !seen[r.Name] {
			t.Errorf("rule %s has no fixture testdata/rules/%s.txtar", r.Name, r.Name)
		}
	}
}

// fixture is one txtar file taken apart.
type fixture struct {
	archive *txtar.Archive
	rule    *fix.Rule
	name    string // of the document: Dockerfile or compose.yaml
	facts   *fix.Facts
}

// factsOf gathers the facts for one document of the fixture. The parts context/PATH are the files of its build context, those of
// a quiet part context-NAME/PATH where there are any; facts/compose.yaml is a Compose file of which the first service builds
// and runs the image. Only the texts that the rule asks for are in it.
// In the fixture of a rule for Compose files the parts project/NAME are other Compose files of the folder, project-NAME/FILE those of
// a quiet part, beside/NAME a file beside it, such as .env, which git neither tracks nor ignores, and read/NAME one that rules only read.
// files are texts of other files that an earlier run made.
func (fx *fixture) factsOf(t *testing.T, part string, doc *source.Document, files map[string][]byte) *fix.Facts {
	t.Helper()
	facts := *fx.facts
	if fx.rule.Wants == nil {
		return &facts
	}
	wants := fx.rule.Wants(doc)
	prefix := "context/"
	if own := "context-" + strings.TrimPrefix(part, "quiet/") + "/"; slices.ContainsFunc(fx.archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, own) }) {
		prefix = own
	}
	c := &fix.BuildContext{Dir: ".", Guess: true, Ignore: ".dockerignore", Texts: map[string][]byte{}}
	facts.Files, facts.Read = map[string][]byte{}, map[string][]byte{}
	for _, f := range fx.archive.Files {
		name, ok := strings.CutPrefix(f.Name, prefix)
		switch {
		case ok && name == c.Ignore:
			facts.Files[name] = f.Data
		case ok:
			fx.addEntry(c, name, f.Data, wants)
		}
	}
	slices.SortFunc(c.Entries, func(a, b fix.ContextEntry) int { return strings.Compare(a.Path, b.Path) })
	c.Entries = slices.CompactFunc(c.Entries, func(a, b fix.ContextEntry) bool { return a.Path == b.Path })
	maps.Copy(facts.Files, files)
	fx.ignore(t, c, facts.Files[c.Ignore])
	if text, ok := fx.part("facts/compose.yaml"); ok {
		fx.runBy(t, c, text)
	}
	facts.Contexts = []*fix.BuildContext{c}
	fx.project(t, part, &facts)
	return &facts
}

// project fills in what a Compose file is read together with.
func (fx *fixture) project(t *testing.T, part string, facts *fix.Facts) {
	t.Helper()
	facts.DotEnv = fix.DotEnv{Known: true, Gitignore: ".gitignore"}
	own := "project-" + strings.TrimPrefix(part, "quiet/") + "/"
	for _, f := range fx.archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "beside/"); ok && facts.Files[name] == nil {
			facts.Files[name] = f.Data
		}
		if name, ok := strings.CutPrefix(f.Name, "read/"); ok {
			facts.Read[name] = f.Data
		}
		name, ok := strings.CutPrefix(f.Name, "project/")
		if !ok {
			if name, ok = strings.CutPrefix(f.Name, own); !ok {
				continue
			}
		}
		doc, err := source.Parse(name, source.ComposeKind, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		facts.Project.Others = append(facts.Project.Others, fix.ComposeFile{Doc: doc, Override: strings.Contains(name, ".override.")})
	}
}

// addEntry puts a file and the directories above it into a build context.
func (fx *fixture) addEntry(c *fix.BuildContext, name string, text []byte, wants []fix.Want) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		c.Entries = append(c.Entries, fix.ContextEntry{Path: dir, Mode: fs.ModeDir | 0o755})
	}
	c.Entries = append(c.Entries, fix.ContextEntry{Path: name, Mode: 0o644, Size: int64(len(text))})
	if slices.ContainsFunc(wants, func(w fix.Want) bool { return w.MatchesText(name) }) {
		c.Texts[name] = text
	}
}

// ignore leaves out what the ignore file says.
func (fx *fixture) ignore(t *testing.T, c *fix.BuildContext, text []byte) {
	t.Helper()
	var err error
	if c.Patterns, err = ignorefile.ReadAll(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	matcher, err := patternmatcher.New(c.Patterns)
	if err != nil {
		t.Fatal(err)
	}
	c.Entries = slices.DeleteFunc(c.Entries, func(e fix.ContextEntry) bool {
		hidden, err := matcher.MatchesOrParentMatches(e.Path)
		return err == nil && hidden
	})
	maps.DeleteFunc(c.Texts, func(name string, _ []byte) bool { return !c.Has(name) })
}

// runBy makes the first service of a Compose file that builds something the one that builds and runs the image.
func (fx *fixture) runBy(t *testing.T, c *fix.BuildContext, text string) {
	t.Helper()
	doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Compose.Services {
		if b := s.Build(); b != nil {
			c.Guess, c.Compose, c.Service, c.Target = false, "compose.yaml", s, b.Target
			return
		}
	}
	t.Fatal("facts/compose.yaml has no service that builds")
}

func testFixture(t *testing.T, path string, rule *fix.Rule) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fx := &fixture{archive: txtar.Parse(b), rule: rule, name: command.FileName(rule.Kind), facts: &fix.Facts{}}
	if text, ok := fx.part("facts/legacy-compose"); ok {
		fx.facts.LegacyCompose = strings.TrimSpace(text)
	}
	if text, ok := fx.part("facts/images"); ok {
		if err := json.Unmarshal([]byte(text), &fx.facts.Images); err != nil {
			t.Fatalf("%s: facts/images: %v", path, err)
		}
	}
	before, ok := fx.part(fx.name)
	if !ok {
		t.Fatalf("%s has no %s", path, fx.name)
	}
	fx.testExample(t, before)
	quiet := 0
	for _, f := range fx.archive.Files {
		if strings.HasPrefix(f.Name, "quiet/") {
			quiet++
			fx.testQuiet(t, f.Name, string(f.Data))
		}
	}
	if quiet < 2 {
		t.Errorf("%s has %d quiet parts, a rule needs two", path, quiet)
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(fx.archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (fx *fixture) part(name string) (string, bool) {
	for _, f := range fx.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// expect compares a part with what was got, or writes it with -update. A part that would repeat the input is left out.
func (fx *fixture) expect(t *testing.T, name, got, without string) {
	t.Helper()
	want, has := fx.part(name)
	if *update {
		fx.set(name, got, got != without)
		return
	}
	if !has {
		want = without
	}
	if got != want {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

func (fx *fixture) set(name, data string, keep bool) {
	files := slices.DeleteFunc(fx.archive.Files, func(f txtar.File) bool { return f.Name == name })
	if keep {
		at := slices.IndexFunc(files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "quiet/") })
		if at < 0 {
			at = len(files)
		}
		files = slices.Insert(files, at, txtar.File{Name: name, Data: []byte(data)})
	}
	fx.archive.Files = files
}

func (fx *fixture) testExample(t *testing.T, before string) {
	findings := fx.run(t, fx.name, []byte(before), nil, false)
	fx.expect(t, "findings", reported(findings), "")
	fx.expect(t, fx.name+".fixed", string(findings.After), before)
	withUnsafe := fx.run(t, fx.name, []byte(before), nil, true)
	fx.expect(t, fx.name+".unsafe", string(withUnsafe.After), string(findings.After))
	if fx.rule.Safety == fix.Manual {
		fx.testReportOnly(t, findings, withUnsafe)
	} else if !findings.Changed() && !withUnsafe.Changed() {
		t.Errorf("the example shows no fix")
	}
	for name, text := range withUnsafe.Files {
		fx.expect(t, name+".fixed", string(text), string(fx.facts.Files[name]))
	}
	for _, shape := range corpus.Shapes {
		for _, unsafe := range []bool{false, true} {
			fx.testShape(t, shape.Name, shape.Of, before, unsafe)
		}
	}
}

// testReportOnly requires a rule that only points something out to do so, and to change nothing.
func (fx *fixture) testReportOnly(t *testing.T, findings, withUnsafe *fix.Result) {
	t.Helper()
	if len(findings.Findings) == 0 {
		t.Errorf("the example shows no finding")
	}
	if findings.Changed() || withUnsafe.Changed() {
		t.Errorf("a rule without a safety changes the example")
	}
	for _, f := range findings.Findings {
		if f.Reason == "" {
			t.Errorf("%q does not say what to do instead", f.Message)
		}
	}
}

// testShape requires the same findings and the same fix, but for the bytes of the shape, and nothing left to do after it.
func (fx *fixture) testShape(t *testing.T, name string, of func([]byte) []byte, before string, unsafe bool) {
	plain, shaped := fx.run(t, fx.name, []byte(before), nil, unsafe), fx.run(t, fx.name, of([]byte(before)), nil, unsafe)
	if got, want := reported(shaped), reported(plain); got != want {
		t.Errorf("%s: findings\n%s\nwant\n%s", name, got, want)
	}
	if want := of(plain.After); !bytes.Equal(shaped.After, want) {
		t.Errorf("%s: fixed text\n%q\nwant\n%q", name, shaped.After, want)
	}
	again := fx.run(t, fx.name, shaped.After, shaped.Files, unsafe)
	if !bytes.Equal(again.After, shaped.After) {
		t.Errorf("%s: fixing twice changes\n%q\nto\n%q", name, shaped.After, again.After)
	}
	if fx.rule.Kind == source.DockerfileKind {
		fx.testLint(t, name, shaped)
	}
}

// testLint requires BuildKit's own check to be silent after the fix, but for what was held back, and no other to start.
func (fx *fixture) testLint(t *testing.T, name string, r *fix.Result) {
	before, after := lint(t, r.Doc.Bytes), lint(t, r.After)
	for check, n := range after {
		if n > before[check] {
			t.Errorf("%s: BuildKit's check %s speaks %d times after the fix, %d before", name, check, n, before[check])
		}
	}
	open := 0
	for _, f := range r.Findings {
		if f.Outcome != fix.Fixed {
			open++
		}
	}
	for _, alias := range fx.rule.Aliases {
		if after[alias] > open {
			t.Errorf("%s: BuildKit's check %s speaks %d times after the fix, of which %d were held back", name, alias, after[alias], open)
		}
	}
}

func lint(t *testing.T, text []byte) map[string]int {
	t.Helper()
	m, err := prove.Load(context.Background(), prove.Input{Kind: source.DockerfileKind, Name: "Dockerfile", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, w := range m.Lint() {
		n[w.Rule]++
	}
	return n
}

func (fx *fixture) testQuiet(t *testing.T, name, text string) {
	for _, shape := range corpus.Shapes {
		if r := fx.run(t, name, shape.Of([]byte(text)), nil, true); len(r.Findings) > 0 || r.Changed() {
			t.Errorf("%s, %s: found\n%s", name, shape.Name, reported(r))
		}
	}
}

// run fixes one text with the rule of the fixture, proven.
func (fx *fixture) run(t *testing.T, part string, text []byte, files map[string][]byte, unsafe bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse(fx.name, fx.rule.Kind, text)
	if err != nil {
		t.Fatal(err)
	}
	return fixText(t, fx.name, fx.rule.Kind, text, []*fix.Rule{fx.rule}, fx.factsOf(t, part, doc, files), unsafe)
}

func fixText(t testing.TB, name string, kind source.Kind, text []byte, rules []*fix.Rule, facts *fix.Facts, unsafe bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse(name, kind, text)
	if err != nil {
		t.Fatal(err)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: rules, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, facts.Files)
	}, Elsewhere: proveElsewhere})
	if r.Err != nil || r.Rejected != nil {
		t.Fatal(r.Err, r.Rejected)
	}
	return r
}

// reported is the report on a result without the name of the file.
func reported(r *fix.Result) string {
	var b strings.Builder
	if err := report.Text(&b, r, report.Style{}); err != nil {
		return err.Error()
	}
	_, text, _ := strings.Cut(b.String(), "\n")
	return text
}

// TestRuleTable requires every rule to be complete and every name to mean one rule.
func TestRuleTable(t *testing.T) {
	taken := map[string]string{}
	for _, r := range command.Rules {
		for _, field := range []struct{ name, value string }{{"Name", r.Name}, {"Title", r.Title}, {"Why", r.Why}} {
			if field.value == "" {
				t.Errorf("rule %q has no %s", r.Name, field.name)
			}
		}
		if r.Check == nil {
			t.Errorf("rule %s has no check", r.Name)
		}
		if r.Safety == fix.Manual && len(r.Changes) > 0 {
			t.Errorf("rule %s only points out, and says that its fix changes something", r.Name)
		}
		for _, name := range append([]string{r.Name}, r.Aliases...) {
			if other := taken[strings.ToLower(name)]; other != "" {
				t.Errorf("%s names both %s and %s", name, other, r.Name)
			}
			taken[strings.ToLower(name)] = r.Name
		}
	}
}
