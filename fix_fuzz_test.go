package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// FuzzFix fixes arbitrary text with all rules, proven, and requires the result to settle, to be accepted where the text
// was, and to be left alone by a second run.
func FuzzFix(f *testing.F) {
	paths, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal("no fixtures to start from", err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(b).Files {
			f.Add(part.Data, part.Name == "compose.yaml")
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, compose bool) {
		name, kind := "Dockerfile", source.DockerfileKind
		if compose {
			name, kind = "compose.yaml", source.ComposeKind
		}
		checkSettles(t, name, kind, text)
	})
}

// checkSettles fixes a text and requires the result to settle, to be accepted where the text was, and to be left alone by a second run.
func checkSettles(t *testing.T, name string, kind source.Kind, text []byte) {
	t.Helper()
	first := fuzzRun(t, name, kind, text)
	if first == nil || first.Rejected != nil {
		return
	}
	if first.Err != nil {
		t.Fatal(first.Err)
	}
	again := fuzzRun(t, name, kind, first.After)
	switch {
	case again == nil:
		t.Fatalf("%q no longer parses after the fixes: %q", text, first.After)
	case first.Changed() && !accepted(again):
		t.Fatalf("%q is no longer accepted after the fixes: %q", text, first.After)
	case !bytes.Equal(again.After, first.After):
		t.Fatalf("%q becomes %q, and then %q", text, first.After, again.After)
	}
}

func fuzzRun(t *testing.T, name string, kind source.Kind, text []byte) *fix.Result {
	t.Helper()
	doc, err := source.Parse(name, kind, text)
	if err != nil {
		return nil
	}
	return fix.Run(context.Background(), doc, fix.Options{Rules: command.Rules, Unsafe: true, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// accepted asks the engine itself: a run without anything to fix does not.
func accepted(r *fix.Result) bool {
	_, err := proveWith(context.Background(), r.Doc, nil)
	return err == nil
}
