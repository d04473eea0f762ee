package main

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/fix"
	"golang.org/x/tools/txtar"
)

// TestRuleDocs requires docs/RULES.md to be what the rules and their fixtures say; -update writes it.
func TestRuleDocs(t *testing.T) {
	const path = "docs/RULES.md"
	want := ruleDocs(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the rules say: go test . -update", path)
	}
}

func ruleDocs(t *testing.T) string {
	t.Helper()
	examples, err := fs.Sub(fixtures, "testdata/rules")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Rules\n\nMade from the rules and their fixtures in testdata/rules by `go test . -update`: do not edit.\n\n")
	b.WriteString("A *safe* fix is made by default: every condition under which the image keeps working was checked. A finding whose fix is held back says why.\n\n")
	b.WriteString("| rule | looks at | finds | also known as |\n|---|---|---|---|\n")
	for _, r := range command.Rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", r.Name, r.Name, command.Kinds(r, 1), r.Title, strings.Join(r.Aliases, ", "))
	}
	for _, r := range command.Rules {
		ruleDoc(t, &b, r, examples)
	}
	return b.String()
}

func ruleDoc(t *testing.T, b *strings.Builder, r *fix.Rule, examples fs.FS) {
	t.Helper()
	changes := "Nothing in what is built."
	if r.Safety == fix.Manual {
		changes = "There is none: the rule points out, and says what to do."
	} else if len(r.Changes) > 0 {
		changes = "`" + strings.Join(r.Changes, "`, `") + "`."
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n*What the fix may change:* %s\n", r.Name, r.Why, changes)
	before, after, err := command.Example(examples, r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(examples, r.Name+".txtar")
	if err != nil {
		t.Fatal(err)
	}
	language := strings.ToLower(command.FileName(r.Kind))
	if language != "dockerfile" {
		language = "yaml"
	}
	comment := strings.TrimSpace(string(txtar.Parse(text).Comment))
	if r.Safety == fix.Manual {
		fmt.Fprintf(b, "\n%s\n\n```%s\n%s```\n\nis reported as\n\n```text\n%s```\n", comment, language, before, after)
		return
	}
	fmt.Fprintf(b, "\n%s\n\n```%s\n%s```\n\nbecomes\n\n```%s\n%s```\n", comment, language, before, language, after)
}
