package main

import (
	"context"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/prove"
	"github.com/dockfix/dockfix/source"
)

// TestCorpusInlineSecret moves the secrets of every real Compose file, in four shapes. Whatever is moved, Compose loads the same
// project with the .env that was written, a second run has nothing to do, and no comment is lost.
func TestCorpusInlineSecret(t *testing.T) {
	files := corpus.Files(t, "compose", "compose-derived")
	for _, shape := range corpus.Shapes {
		t.Run(shape.Name, func(t *testing.T) {
			t.Parallel()
			n := map[string]int{}
			for nth, f := range files {
				if !shape.Takes(nth) {
					continue
				}
				n["secrets in files"] += toFiles(t, f.Name, shape.Of(f.Text))
				r := moveSecrets(t, f.Name, shape.Of(f.Text), nil, false)
				if r == nil {
					continue
				}
				tellFindings(t, f, r, n, kindOfSecretReason)
				if r.Changed() {
					n["files changed"]++
					n["projects equal"] += requireSameProject(t, f.Name, r)
				}
			}
			if n["files changed"] == 0 || n["files changed"] != n["projects equal"] {
				t.Errorf("%d files changed, of which Compose loads %d as before", n["files changed"], n["projects equal"])
			}
			for _, key := range sortedKeys(n) {
				t.Logf("%5d %s", n[key], key)
			}
		})
	}
}

// toFiles moves the secrets with --secrets=files, and gives the number of files that they get. The proof allows the declared changes
// alone; a second run has nothing to do.
func toFiles(t *testing.T, name string, text []byte) int {
	t.Helper()
	r := moveSecrets(t, name, text, nil, true)
	if r == nil || !r.Changed() {
		return 0
	}
	for _, f := range r.Findings {
		if f.Outcome == fix.Refused {
			t.Errorf("%s: to files: %s", name, f.Reason)
		}
	}
	if again := moveSecrets(t, name, r.After, r.Files, true); again == nil || again.Changed() {
		t.Errorf("%s: to files: a second run changes it again", name)
	} else if removedComment(r.Doc, again.Doc) != "" {
		t.Errorf("%s: to files: a comment is lost", name)
	}
	n := 0
	for file := range r.Files {
		if strings.HasPrefix(file, "secrets/") {
			n++
		}
	}
	return n
}

// kindOfSecretReason leaves names out of a reason.
func kindOfSecretReason(reason string) string {
	return settingOut.ReplaceAllString(secretNamesOut.ReplaceAllString(kindOfReason(reason), "NAME$1"), "setting NAME gets")
}

// moveSecrets runs the rule with --unsafe beside the given files; nil where the text is not parsed.
func moveSecrets(t *testing.T, name string, text []byte, files map[string][]byte, toFiles bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse(name, source.ComposeKind, text)
	if err != nil {
		return nil
	}
	facts := &fix.Facts{Files: map[string][]byte{}, DotEnv: fix.DotEnv{Known: true, Gitignore: ".gitignore"}}
	facts.SecretFiles = toFiles
	maps.Copy(facts.Files, files)
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{compose.InlineSecret}, Facts: facts, Unsafe: true, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, facts.Files)
	}})
	if r.Err != nil {
		t.Error(r.Err)
	}
	return r
}

// requireSameProject compares by other means than the engine, and gives 1 where all is as it was.
func requireSameProject(t *testing.T, name string, r *fix.Result) int {
	t.Helper()
	env, err := prove.Env(r.Files[".env"])
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	before, err := prove.Load(context.Background(), prove.Input{Kind: source.ComposeKind, Name: name, Text: r.Doc.Bytes})
	if err != nil {
		t.Errorf("%s: changed, and not accepted before: %v", name, err)
		return 0
	}
	after, err := before.Reload(context.Background(), prove.Input{Kind: source.ComposeKind, Name: name, Text: r.After, Env: env})
	if err != nil {
		t.Errorf("%s: not accepted any more: %v", name, err)
		return 0
	}
	if changes := prove.Diff(before, after); len(changes) > 0 {
		t.Errorf("%s: %s", name, changes[0].Summary())
		return 0
	}
	again := moveSecrets(t, name, r.After, r.Files, false)
	if again == nil || again.Changed() {
		t.Errorf("%s: a second run changes it again", name)
		return 0
	}
	if lost := removedComment(r.Doc, again.Doc); lost != "" {
		t.Errorf("%s: a comment is lost", name)
		return 0
	}
	if os.Getenv("DOCKFIX_SAMPLE") != "" {
		t.Logf("%s: .env\n%s", name, r.Files[".env"])
	}
	return 1
}

// secretNamesOut matches the names at the start of reasons, and that of a variable.
var secretNamesOut = regexp.MustCompile(`^\S+( (?:has deploy|gets all of)|(?:.\[[0-9"\w.-]+\])? (?:is used|stands|has several|carries))`)

var settingOut = regexp.MustCompile(`setting \S+ gets`)
