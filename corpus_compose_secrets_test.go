package main

import (
	"bytes"
	"context"
	"regexp"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// TestCorpusComposeSecrets lets a Dockerfile with a secret be built by every service of a real Compose file, as far as it builds
// anything: what the Compose file becomes must be proven, settled, in the shape it had, and have all its comments.
func TestCorpusComposeSecrets(t *testing.T) {
	t.Parallel()
	n := map[string]int{}
	for nth, f := range corpus.Files(t, "compose") {
		for _, shape := range corpus.Shapes {
			if !shape.Takes(nth) {
				continue
			}
			for _, text := range []string{
				"# syntax=docker/dockerfile:1\nFROM alpine\nENV SITE_TOKEN=correct-horse\nCMD [\"site\"]\n",
				"# syntax=docker/dockerfile:1\nFROM alpine\nARG SITE_TOKEN=correct-horse\nRUN fetch $SITE_TOKEN\n",
			} {
				secretInCompose(t, f, shape.Of(f.Text), text, shape.Name == corpus.Shapes[0].Name, n)
			}
		}
	}
	for _, key := range sortedKeys(n) {
		t.Logf("%5d %s", n[key], key)
	}
	if n["held back, and made when asked for"] == 0 {
		t.Error("no Compose file was changed")
	}
}

// secretInCompose fixes a Dockerfile together with one Compose file, and once more.
func secretInCompose(t *testing.T, f corpus.File, compose []byte, text string, count bool, n map[string]int) {
	t.Helper()
	facts := builtByAll(f.Name, compose)
	if facts == nil {
		return
	}
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{dockerfile.SecretInEnv}, Facts: facts, Unsafe: true, Elsewhere: proveElsewhere,
		Prover: func() (fix.Prover, error) { return proveWith(context.Background(), doc, nil) }})
	if r.Err != nil || r.Rejected != nil || len(r.Findings) != 1 {
		t.Fatalf("%s: %v %v, %d findings", f.Name, r.Err, r.Rejected, len(r.Findings))
	}
	key := "refused: " + kindsInCompose.ReplaceAllString(r.Findings[0].Reason, "X")
	switch {
	case r.Findings[0].Outcome == fix.Refused:
		key = "dropped by the proof: " + kindsInCompose.ReplaceAllString(r.Findings[0].Reason, "X")
		if !notAccepted.MatchString(r.Findings[0].Reason) {
			t.Errorf("%s: %s", f.Name, r.Findings[0].Reason)
		}
	case r.Findings[0].Outcome == fix.Fixed:
		key = "held back, and made when asked for"
		if again := builtByAll(f.Name, r.Files["compose.yaml"]); again == nil || bytes.Equal(r.Files["compose.yaml"], compose) {
			t.Errorf("%s: the Compose file stays as it is, or builds nothing any more", f.Name)
		}
	}
	if count {
		n[key]++
	}
}

// notAccepted is what the proof says where Compose does not take the file as it stands, or not the new text for a reason that the
// file had before.
var notAccepted = regexp.MustCompile(`the text as it is would not be accepted`)

// kindsInCompose leaves names and numbers out of a reason.
var kindsInCompose = regexp.MustCompile(`the service \S+ in \S+|services\.\S+|&\S+|x-\S+|\d+`)

// builtByAll are the facts of a Dockerfile that every service with a build of its own builds; nil where there is none.
func builtByAll(name string, compose []byte) *fix.Facts {
	doc, err := source.Parse(name, source.ComposeKind, compose)
	if err != nil || doc.Compose.Refusal != "" {
		return nil
	}
	facts := &fix.Facts{Files: map[string][]byte{"compose.yaml": compose}, Documents: map[string]source.Kind{"compose.yaml": source.ComposeKind}}
	for _, s := range doc.Compose.Services {
		if s.Build() != nil {
			facts.Contexts = append(facts.Contexts, &fix.BuildContext{Dir: ".", Compose: "compose.yaml", ComposeFile: "compose.yaml", Service: s})
		}
	}
	if len(facts.Contexts) == 0 {
		return nil
	}
	return facts
}
