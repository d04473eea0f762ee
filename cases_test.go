package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// TestCases decides on build contexts written for the purpose: testdata/cases/RULE/GROUP.txtar holds a case in each folder,
// whose name begins with the decision: do, held, refuse or quiet. Its part want is what the rule says and makes of it.
func TestCases(t *testing.T) {
	counts := map[string]int{}
	eachArchive(t, "testdata/cases/*/*.txtar", filepath.Dir, func(file string, rule *fix.Rule, archive *txtar.Archive) {
		for _, name := range caseNames(archive) {
			t.Run(rule.Name+"/"+name, func(t *testing.T) {
				c := newBuildCase(archive, name, rule)
				decision, _, _ := strings.Cut(name, "-")
				counts[rule.Name+" "+decision]++
				c.test(t, decision)
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Log(counts)
}

// eachArchive hands over the archives of a pattern, each with the rule that it is about: named is the path that ends in its name.
func eachArchive(t *testing.T, pattern string, named func(file string) string, do func(file string, rule *fix.Rule, archive *txtar.Archive)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("nothing at", pattern, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(named(file)), ".txtar")
		i := slices.IndexFunc(command.Rules, func(r *fix.Rule) bool { return r.Name == name })
		if i < 0 {
			t.Fatalf("%s is about no rule", file)
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		do(file, command.Rules[i], archive)
	}
}

// TestCasesCutShort cuts every file of the cases at several places: broken manifests are refused, and nothing panics.
func TestCasesCutShort(t *testing.T) {
	eachArchive(t, "testdata/cases/*/*.txtar", filepath.Dir, func(_ string, rule *fix.Rule, archive *txtar.Archive) {
		for _, name := range caseNames(archive) {
			c := newBuildCase(archive, name, rule)
			dockerfile, _ := c.part("Dockerfile")
			for i, f := range c.archive.Files {
				if !strings.HasPrefix(f.Name, "context/") || f.Name == "context/.dockerignore" {
					continue
				}
				for n := range 3 {
					c.archive.Files[i].Data = f.Data[:len(f.Data)*n/3]
					if got := decided(c.fixCase(t, []byte(dockerfile), nil, true)); got == "undeclared" {
						t.Errorf("%s with %s cut: %s", name, f.Name, got)
					}
				}
				c.archive.Files[i].Data = f.Data
			}
		}
	})
}

func caseNames(archive *txtar.Archive) []string {
	var names []string
	for _, f := range archive.Files {
		if name, _, _ := strings.Cut(f.Name, "/"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// buildCase is one build context with a Dockerfile.
type buildCase struct {
	fixture
	cases   *txtar.Archive
	folder  string
	tracked []string // what git tracks; nil where it is not known
}

func newBuildCase(archive *txtar.Archive, folder string, rule *fix.Rule) *buildCase {
	c := &buildCase{cases: archive, folder: folder}
	c.fixture = fixture{archive: &txtar.Archive{}, rule: rule, name: "Dockerfile", facts: &fix.Facts{}}
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, folder+"/")
		switch {
		case !ok || name == "want":
			continue
		case name == "tracked":
			c.tracked = strings.Fields(string(f.Data))
			continue
		case name == "facts/compose.yaml":
			c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: f.Data})
			continue
		case name == "Dockerfile":
			c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: f.Data})
		}
		c.archive.Files = append(c.archive.Files, txtar.File{Name: "context/" + name, Data: f.Data})
	}
	return c
}

func (c *buildCase) test(t *testing.T, decision string) {
	text, ok := c.part("Dockerfile")
	if !ok {
		t.Fatal("no Dockerfile")
	}
	r := c.fixCase(t, []byte(text), nil, true)
	if got := decided(r); got != decision {
		t.Errorf("decided %s:\n%s", got, said(r))
	}
	c.want(t, c.shown(r))
	for _, shape := range corpus.Shapes {
		shaped := c.fixCase(t, shape.Of([]byte(text)), nil, true)
		if want := shape.Of(r.After); !bytes.Equal(shaped.After, want) {
			t.Errorf("%s: got\n%q\nwant\n%q", shape.Name, shaped.After, want)
		}
		if again := c.fixCase(t, shaped.After, shaped.Files, true); again.Changed() && !maps.EqualFunc(again.Files, shaped.Files, bytes.Equal) || !bytes.Equal(again.After, shaped.After) {
			t.Errorf("%s: fixing twice changes\n%s\nto\n%s", shape.Name, shaped.After, again.After)
		}
	}
	if safe := c.fixCase(t, []byte(text), nil, false); decision == "held" && safe.Changed() {
		t.Error("it is fixed without being asked for unsafe fixes")
	}
}

// fixCase runs the rule as the program does.
func (c *buildCase) fixCase(t *testing.T, text []byte, files map[string][]byte, unsafe bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, text)
	if err != nil {
		t.Fatal(err)
	}
	facts := c.factsOf(t, "Dockerfile", doc, files)
	if c.tracked != nil {
		facts.Contexts[0].Tracked = func(p string) (bool, bool) {
			return slices.ContainsFunc(c.tracked, func(f string) bool { return p == "." || f == p || strings.HasPrefix(f, p+"/") }), true
		}
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{c.rule}, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, facts.Files)
	}, Elsewhere: proveElsewhere})
	if r.Err != nil || r.Rejected != nil {
		t.Fatal(r.Err, r.Rejected)
	}
	return r
}

// decided is the decision in one word; one finding that was refused or held back counts most.
func decided(r *fix.Result) string {
	decision := "quiet"
	for _, f := range r.Findings {
		switch {
		case f.Outcome == fix.Refused:
			return "undeclared"
		case f.Fix == nil:
			return "refuse"
		case f.Fix.Safety == fix.Unsafe:
			decision = "held"
		case decision == "quiet":
			decision = "do"
		}
	}
	return decision
}

func said(r *fix.Result) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s\n", f.Message)
		if f.Reason != "" {
			fmt.Fprintf(&b, "  %s\n", f.Reason)
		}
	}
	return b.String()
}

// shown is what a case came to: what was said, and the new texts.
func (c *buildCase) shown(r *fix.Result) string {
	out := said(r)
	if !r.Changed() {
		return out
	}
	out += "Dockerfile:\n" + string(r.After)
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		out += name + ":\n" + string(r.Files[name])
	}
	return out
}

func (c *buildCase) want(t *testing.T, got string) {
	t.Helper()
	name := c.folder + "/want"
	i := slices.IndexFunc(c.cases.Files, func(f txtar.File) bool { return f.Name == name })
	switch {
	case *update && i >= 0:
		c.cases.Files[i].Data = []byte(got)
	case *update:
		last := 0
		for n, f := range c.cases.Files {
			if strings.HasPrefix(f.Name, c.folder+"/") {
				last = n
			}
		}
		c.cases.Files = slices.Insert(c.cases.Files, last+1, txtar.File{Name: name, Data: []byte(got)})
	case i < 0:
		t.Error("no want")
	case string(c.cases.Files[i].Data) != got:
		t.Errorf("got\n%s\nwant\n%s", got, c.cases.Files[i].Data)
	}
}
