package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// TestCorpusLocalhost plants the mistake that published files do not have: an address of another service becomes one of the
// container itself, at the port that the other service publishes, else the same. No fix may lead to another place than the file did.
func TestCorpusLocalhost(t *testing.T) {
	t.Parallel()
	folders := composeFolders(t)
	planted, restored, pointed := 0, 0, 0
	for _, f := range corpus.Files(t, "compose") {
		var facts *fix.Facts
		for _, text := range plantLocalhost(f) {
			planted++
			doc, err := source.Parse(f.Name, source.ComposeKind, text)
			if err != nil {
				t.Fatal(err)
			}
			if facts == nil {
				facts = composeFacts(t, doc, f, folders)
			}
			r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{compose.Localhost}, Facts: facts, Unsafe: true})
			switch {
			case bytes.Equal(r.After, f.Text):
				restored++
			case r.Changed():
				t.Errorf("%s: the address leads to another place than it did", f.Name)
			case len(r.Findings) > 0:
				pointed++
			}
		}
	}
	t.Logf("localhost-between-services: %d addresses planted, %d restored, %d pointed out, %d left", planted, restored, pointed, planted-restored-pointed)
	if restored == 0 {
		t.Error("no address was restored")
	}
}

// addressInValue finds the address of a service in a value.
var addressInValue = regexp.MustCompile(`(?:^|//|@)([a-zA-Z][\w-]*):(\d{2,5})(?:/|$)`)

// plantLocalhost are the texts of a file in each of which one address of a service is planted.
func plantLocalhost(f corpus.File) (texts [][]byte) {
	doc, err := source.Parse(f.Name, source.ComposeKind, f.Text)
	if err != nil || doc.Compose.Refusal != "" {
		return nil
	}
	for _, s := range doc.Compose.Services {
		for _, v := range s.Environment() {
			m := addressInValue.FindStringSubmatchIndex(v.Value)
			if m == nil || !v.Exact || v.Via != nil || v.Node.Shared() != nil {
				continue
			}
			name, port := v.Value[m[2]:m[3]], v.Value[m[4]:m[5]]
			for _, o := range doc.Compose.Services {
				if o.Name != name || o == s {
					continue
				}
				for _, p := range o.Ports() {
					if p.Target == port && p.Published != "" && !strings.Contains(p.Published, "$") {
						port = p.Published
						break
					}
				}
				text, err := source.Apply(f.Text, []source.Splice{{Span: source.Span{Start: v.Span.Start + m[2], End: v.Span.Start + m[5]}, New: "localhost:" + port}})
				if err == nil {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}
