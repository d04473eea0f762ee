package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// TestStress fixes generated Dockerfiles with all rules of theirs, those that are off by default too, and requires of each what the real
// files are held to: what was accepted still is, each program still parses, no change but the declared, a second run changes nothing.
func TestStress(t *testing.T) {
	const files = 250
	var accepted, changed, fixed int
	for seed := range int64(files) {
		text := generated(seed)
		plain := ""
		for n, shape := range corpus.Shapes {
			r := fixStress(t, shape.Of([]byte(text)), seed%3 > 0)
			switch {
			case r == nil, r.Rejected != nil: // not accepted before
				continue
			case n == 0:
				accepted++
			}
			if problem := judgeStress(t, r, seed%3 > 0); problem != "" {
				t.Fatalf("seed %d, %s: %s\n%s\n--- becomes\n%s", seed, shape.Name, problem, text, r.After)
			}
			now := strings.TrimRight(strings.TrimPrefix(strings.ReplaceAll(string(r.After), "\r\n", "\n"), "\xef\xbb\xbf"), "\n")
			if n == 0 {
				plain = now
			} else if now != plain && !strings.Contains(text, "<<") {
				t.Fatalf("seed %d: %s becomes\n%s\nand not\n%s", seed, shape.Name, now, plain)
			}
			if n == 0 && r.Changed() {
				changed++
				fixed += len(r.Findings)
			}
		}
	}
	t.Logf("%d files, %d accepted by BuildKit, %d changed, %d findings", files, accepted, changed, fixed)
	if accepted < files/2 || changed < files/3 {
		t.Errorf("%d accepted and %d changed of %d are too few to tell anything", accepted, changed, files)
	}
}

// fixStress fixes a text; nil where it is no Dockerfile.
func fixStress(t *testing.T, text []byte, unsafe bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	facts := &fix.Facts{Files: map[string][]byte{}, Contexts: []*fix.BuildContext{{
		Dir: ".", Ignore: ".dockerignore",
		Entries: []fix.ContextEntry{{Path: "a"}, {Path: "b"}, {Path: "go.mod"}, {Path: "package-lock.json"}, {Path: "package.json"}, {Path: "requirements.txt"}},
		Texts:   map[string][]byte{"package.json": []byte("{}"), "package-lock.json": []byte(`{"lockfileVersion": 3, "packages": {"": {}}}`), "requirements.txt": []byte("a\n")},
	}}}
	return fix.Run(context.Background(), doc, fix.Options{Rules: dockerfile.Rules, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}})
}

// judgeStress says what is wrong with an outcome; "" where nothing is.
func judgeStress(t *testing.T, r *fix.Result, unsafe bool) string {
	t.Helper()
	if r.Err != nil {
		return r.Err.Error()
	}
	for _, f := range r.Findings {
		if f.Outcome == fix.Refused {
			return f.Rule.Name + " is refused by the proof: " + f.Reason
		}
	}
	if !r.Changed() {
		return ""
	}
	again := fixStress(t, r.After, unsafe)
	switch {
	case again == nil:
		return "it no longer parses"
	case !bytes.Equal(again.After, r.After):
		return "a second run changes it to\n" + string(again.After)
	case removedComment(r.Doc, again.Doc) != "":
		return "a comment is lost: " + removedComment(r.Doc, again.Doc)
	}
	for i := range r.Doc.Dockerfile.Stages {
		_, before := stageWords(r.Doc, i)
		if _, after := stageWords(again.Doc, i); after > before {
			return "a program no longer parses"
		}
	}
	return undeclaredStress(t, r)
}

// undeclaredStress loads both texts once more and says which change no rule declares.
func undeclaredStress(t *testing.T, r *fix.Result) string {
	t.Helper()
	p, err := proveWith(context.Background(), r.Doc, nil)
	if err != nil {
		return "fixed although it is not accepted: " + err.Error()
	}
	changes, err := p.Changes(r.After, nil)
	if err != nil {
		return "it is no longer accepted: " + err.Error()
	}
	for _, c := range changes {
		if !declared.MatchString(c.Path) {
			return "not declared: " + c.What
		}
	}
	return ""
}
