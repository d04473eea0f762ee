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

func TestCorpusMissingRestart(t *testing.T) { testCorpusCompose(t, compose.MissingRestart) }

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

func TestCorpusDefaultNetwork(t *testing.T) { testCorpusCompose(t, compose.DefaultNetwork) }

func TestCorpusDataBindMount(t *testing.T) { testCorpusCompose(t, compose.DataBindMount) }

func TestCorpusLinks(t *testing.T) { testCorpusCompose(t, compose.Links) }

func TestCorpusContainerNameScale(t *testing.T) { testCorpusCompose(t, compose.ContainerNameScale) }

func TestCorpusUnquotedBoolean(t *testing.T) { testCorpusCompose(t, compose.UnquotedBoolean) }

func TestCorpusPrivileged(t *testing.T) { testCorpusCompose(t, compose.Privileged) }

func TestCorpusDockerSocket(t *testing.T) { testCorpusCompose(t, compose.DockerSocket) }

func TestCorpusDevInProduction(t *testing.T) { testCorpusCompose(t, compose.DevInProduction) }

func TestCorpusExposedPort(t *testing.T) { testCorpusCompose(t, compose.ExposedPort) }

func TestCorpusMissingLimits(t *testing.T) { testCorpusCompose(t, compose.MissingLimits) }

// testCorpusCompose fixes every Compose file of the corpus with one rule, in four shapes, with and without unsafe fixes. It requires
// that the file is still accepted, that every change is the declared one, and that a second run changes nothing.
func testCorpusCompose(t *testing.T, rule *fix.Rule) {
	t.Parallel()
	folders := composeFolders(t)
	n := outcomes{held: map[string]int{}, refused: map[string]int{}}
	for nth, f := range corpus.Files(t, "compose") {
		doc, err := source.Parse(f.Name, source.ComposeKind, f.Text)
		if err != nil {
			continue
		}
		facts := composeFacts(t, doc, f, folders)
		for i, shape := range corpus.Shapes {
			if shape.Takes(nth) {
				fixCompose(t, rule, f, facts, shape.Of(f.Text), i == 0, &n)
			}
		}
	}
	t.Logf("%s: %d files, %d findings: %d fixed, %d held back, %d refused", rule.Name, n.files, n.findings, n.fixed, total(n.held), total(n.refused))
	logCounts(t, "held", n.held)
	logCounts(t, "refused", n.refused)
	if n.findings == 0 || n.refusedByProof > 0 {
		t.Errorf("%d findings, %d fixes dropped by the proof", n.findings, n.refusedByProof)
	}
	n.write(t, rule.Name)
}

func fixCompose(t *testing.T, rule *fix.Rule, f corpus.File, facts *fix.Facts, text []byte, first bool, n *outcomes) {
	t.Helper()
	doc, err := source.Parse(f.Name, source.ComposeKind, text)
	if err != nil {
		return
	}
	for _, unsafe := range []bool{false, true} {
		run := func(doc *source.Document) *fix.Result {
			return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{rule}, Facts: facts, Unsafe: unsafe, Prover: func() (fix.Prover, error) {
				return proveWith(context.Background(), doc, nil)
			}})
		}
		r := run(doc)
		if r.Rejected != nil {
			return
		}
		if r.Err != nil {
			t.Errorf("%s: %v", f.Name, r.Err)
		}
		if first && !unsafe {
			n.files++
		}
		if first {
			n.count(t, r, unsafe)
		}
		if !r.Changed() {
			continue
		}
		after, err := source.Parse(f.Name, source.ComposeKind, r.After)
		if err != nil {
			t.Errorf("%s: after the fix: %v", f.Name, err)
			continue
		}
		if again := run(after); again.Changed() {
			t.Errorf("%s: a second run changes it again", f.Name)
		}
		if name := removedComment(r.Doc, after); name != "" {
			t.Errorf("%s: a comment is lost", f.Name)
		}
	}
}
