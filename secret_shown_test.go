package main

import (
	"os"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// TestSecretsAreNotShown requires that no message, title or reason about a secret has its value, whatever is decided.
func TestSecretsAreNotShown(t *testing.T) {
	const name, value = "testdata/decisions/secret-in-env.txtar", "hunter2"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	archive, shown := txtar.Parse(b), 0
	for _, f := range archive.Files {
		if strings.Contains(f.Name, "/") || !strings.Contains(string(f.Data), value) {
			continue
		}
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		facts := decisionFacts(t, dockerfile.SecretInEnv, doc, f.Name, archive)
		for _, unsafe := range []bool{false, true} {
			r := fixText(t, "Dockerfile", source.DockerfileKind, f.Data, []*fix.Rule{dockerfile.SecretInEnv}, facts, unsafe)
			if text := reportedText(r); strings.Contains(text, value) {
				t.Errorf("%s: shows the value:\n%s", f.Name, text)
			}
			shown += len(r.Findings)
		}
	}
	if shown == 0 {
		t.Error("no case has a secret with a value")
	}
}
