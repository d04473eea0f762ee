package main

import (
	"bytes"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/command"
	"github.com/dockfix/dockfix/diffview"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
	"github.com/opencontainers/go-digest"
)

// tally counts what a run over real files came to.
type tally struct {
	files, unparsed, rejected, changed, fixed, open int
	broken, unstable, unsettled, refused            int
	outside, lostComments, undeclared               int
}

// TestCorpus fixes every real file in four shapes and requires that nothing breaks: each changed file is still accepted,
// a second run changes nothing, no byte outside of the edits differs, no comment is lost, and the proof has nothing to refuse.
func TestCorpus(t *testing.T) {
	files := corpus.Files(t, "dockerfile", "compose", "dockerfile-derived", "compose-derived")
	for _, unsafe := range []bool{false, true} {
		for _, shape := range corpus.Shapes {
			name := shape.Name
			if unsafe {
				name += ", unsafe"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var n tally
				byRule := map[string][2]int{}
				for nth, f := range files {
					if !shape.Takes(nth) {
						continue
					}
					n.add(t, f, shape.Of(f.Text), unsafe, byRule)
				}
				t.Logf("%+v", n)
				if shape.Name == corpus.Shapes[0].Name {
					logRules(t, byRule)
				}
				if n.changed == 0 || n.broken+n.unstable+n.unsettled+n.refused+n.outside+n.lostComments+n.undeclared > 0 {
					t.Errorf("%d broken, %d not idempotent, %d not settled, %d fixes refused by the proof, %d with bytes changed outside of edits, %d with a lost comment, %d undeclared changes",
						n.broken, n.unstable, n.unsettled, n.refused, n.outside, n.lostComments, n.undeclared)
				}
			})
		}
	}
}

func logRules(t *testing.T, byRule map[string][2]int) {
	for _, name := range slices.Sorted(maps.Keys(byRule)) {
		t.Logf("%-24s %5d fixed %5d not", name, byRule[name][0], byRule[name][1])
	}
}

func (n *tally) add(t *testing.T, f corpus.File, text []byte, unsafe bool, byRule map[string][2]int) {
	t.Helper()
	kind := source.DockerfileKind
	if strings.HasPrefix(f.Kind, "compose") {
		kind = source.ComposeKind
	}
	n.files++
	r, err := fixQuietly(f.Name, kind, text, unsafe)
	switch {
	case err != nil:
		n.unparsed++
		return
	case r.Rejected != nil:
		n.rejected++
	case r.Err != nil:
		n.unsettled++
		t.Log(r.Err)
	}
	n.count(t, r, byRule)
	if !r.Changed() {
		return
	}
	n.changed++
	n.judge(t, r)
	again, err := fixQuietly(f.Name, kind, r.After, unsafe)
	switch {
	case err != nil:
		n.broken++
		t.Logf("%s: after the fixes: %v", f.Name, err)
	case again.Changed():
		n.unstable++
		t.Logf("%s: a second run changes it again", f.Name)
	default:
		n.compare(t, r, again)
	}
}

// judge asks the engines once more about the text as it was and as it is, whatever the run has proven.
func (n *tally) judge(t *testing.T, r *fix.Result) {
	p, err := proveWith(context.Background(), r.Doc, nil)
	if err != nil {
		t.Fatalf("%s: fixed although it is not accepted: %v", r.Doc.Name, err)
	}
	changes, err := p.Changes(r.After, nil)
	if err != nil {
		n.broken++
		t.Logf("%s: after the fixes: %v", r.Doc.Name, err)
	}
	for _, c := range changes {
		if !declared.MatchString(c.Path) {
			n.undeclared++
			t.Logf("%s: %s", r.Doc.Name, c.What)
		}
	}
}

// declared are all changes that the rules of today may cause.
var declared = regexp.MustCompile(`^(image\.author|image\.config\.Labels\.org\.opencontainers\.image\.authors|version|image\.config\.Healthcheck|image\.config\.User|step-added|step-removed|step-moved|exec-args|exec-env|exec-secret-env|exec-user|exec-cwd|file-a.*|image\.config\.(Cmd|Entrypoint|Volumes\..*)|image\.config\.Env\..*|` +
	`services\..*\.(healthcheck|restart|deploy.*|ports.*|networks.*|volumes.*|environment\..*|links|depends_on\..*|container_name)|networks\..*|volumes\..*|source-ref|directive\.syntax|image\.config\.OnBuild|services\..*\.image|x-.*|services\..*\.build\.(dockerfile_inline|additional_contexts\..*))$`)

// answered are facts in which each image of a document has a digest, and the floating ones a version.
func answered(doc *source.Document) *fix.Facts {
	facts := &fix.Facts{Images: map[fix.Want]*fix.Image{}}
	for _, w := range fix.WantsThen(doc, command.Rules, facts) {
		q, ok := w.Image()
		if !ok {
			continue
		}
		named, _, _ := strings.Cut(q.Ref[strings.LastIndexByte(q.Ref, '/')+1:], "@")
		_, version, tagged := strings.Cut(named, ":")
		if !tagged || version == "latest" {
			version = "9.8.7"
		}
		facts.Images[w] = &fix.Image{Version: version, Digest: digest.FromString("the digest of " + q.Ref).String()}
	}
	return facts
}

// byDefault are the rules that look without being asked.
func byDefault() []*fix.Rule {
	return slices.DeleteFunc(slices.Clone(command.Rules), func(r *fix.Rule) bool { return r.Off })
}

func fixQuietly(name string, kind source.Kind, text []byte, unsafe bool) (*fix.Result, error) {
	doc, err := source.Parse(name, kind, text)
	if err != nil {
		return nil, err
	}
	return fix.Run(context.Background(), doc, fix.Options{Rules: byDefault(), Facts: answered(doc), Unsafe: unsafe, Prover: func() (fix.Prover, error) {
		return proveWith(context.Background(), doc, nil)
	}}), nil
}

func (n *tally) count(t *testing.T, r *fix.Result, byRule map[string][2]int) {
	for _, f := range r.Findings {
		c := byRule[f.Rule.Name]
		if f.Outcome == fix.Fixed {
			n.fixed++
			c[0]++
		} else {
			n.open++
			c[1]++
		}
		byRule[f.Rule.Name] = c
		if f.Outcome == fix.Refused {
			n.refused++
			line, _ := r.Doc.Position(f.Span.Start)
			t.Logf("%s:%d: %s refused: %s", r.Doc.Name, line, f.Rule.Name, f.Reason)
		}
	}
}

// compare looks at the bytes and comments that no edit was allowed to touch, by other means than the engine.
func (n *tally) compare(t *testing.T, r, again *fix.Result) {
	if name := removedComment(r.Doc, again.Doc); name != "" {
		n.lostComments++
		t.Logf("%s: comment lost: %s", r.Doc.Name, name)
	}
	if removed, added, may, grown := churn(r); removed > may || added > may+grown {
		n.outside++
		t.Logf("%s: %d lines removed and %d added by edits of %d that bring %d", r.Doc.Name, removed, added, may, grown)
	}
}

func removedComment(before, after *source.Document) string {
	left := map[string]int{}
	for _, c := range after.Comments {
		left[after.Text(c.Span)]++
	}
	for _, c := range before.Comments {
		if left[before.Text(c.Span)]--; left[before.Text(c.Span)] < 0 && !isDirective(before, c) {
			return before.Text(c.Span)
		}
	}
	return ""
}

// isDirective reports whether a comment is a parser directive: its value can be an image, which is pinned.
func isDirective(doc *source.Document, c source.Comment) bool {
	return doc.Dockerfile != nil && slices.ContainsFunc(doc.Dockerfile.Directives, func(d source.Directive) bool { return d.Start == c.Start })
}

// churn counts the lines that a diff of the result removes and adds, those that the edits of the fixes made lie on, and the
// line ends that they bring.
func churn(r *fix.Result) (removed, added, may, grown int) {
	added, removed = diffview.Stat(diffview.File{Name: "f", Old: r.Doc.Bytes, New: r.After})
	for _, f := range r.Findings {
		if f.Outcome != fix.Fixed || f.Fix == nil {
			continue
		}
		for _, e := range f.Fix.Edits {
			// An edit of a later round has its place in another text: the rest of its last line is what can be missed.
			grown += strings.Count(e.New, "\n")
			end := min(e.End, len(r.Doc.Bytes))
			may += 1 + bytes.Count(r.Doc.Bytes[min(e.Start, end):end], []byte("\n"))
		}
	}
	return removed, added, may, grown
}
