package fix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// splice makes the fixes on the current texts and parses the document again.
func (r *run) splice(fixes []*tracked) (*source.Document, map[string][]byte, error) {
	byFile := map[string][]source.Splice{}
	for _, t := range fixes {
		for _, e := range t.Fix.Edits {
			s := source.Splice{Span: e.Span, New: e.New}
			if e.File != "" && e.Len() == 0 && slices.Contains(byFile[e.File], s) {
				continue // a line that several fixes bring
			}
			byFile[e.File] = append(byFile[e.File], s)
		}
	}
	files := map[string][]byte{}
	maps.Copy(files, r.files)
	for name, splices := range byFile {
		if name == "" {
			continue
		}
		text, err := source.Apply(r.files[name], splices)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = text
	}
	text, err := source.Apply(r.doc.Bytes, byFile[""])
	if err != nil {
		return nil, nil, err
	}
	doc, err := source.Parse(r.doc.Name, r.doc.Kind, text)
	return doc, files, err
}

func documentSplices(fixes []*tracked) []source.Splice { return splicesOf(fixes, "") }

// splicesOf are those of the fixes in one file.
func splicesOf(fixes []*tracked, file string) []source.Splice {
	var splices []source.Splice
	for _, t := range fixes {
		for _, e := range t.Fix.Edits {
			if e.File == file {
				splices = append(splices, source.Splice{Span: e.Span, New: e.New})
			}
		}
	}
	return splices
}

// proven is what the last call of verify found to be right.
type proven struct {
	doc   *source.Document
	files map[string][]byte
}

// verify makes the fixes and says what of the outcome was not declared: a text that no longer parses, an instruction
// of a Dockerfile that no edit touches and that reads differently, a lost comment, a change of meaning.
func (r *run) verify(fixes []*tracked) error {
	r.proven = nil
	if err := r.ctx.Err(); err != nil {
		return err
	}
	doc, files, err := r.splice(fixes)
	if err != nil {
		return fmt.Errorf("the text would no longer parse: %w", err)
	}
	if reason := newlyDeclined(r.doc, doc); reason != "" {
		return fmt.Errorf("the new text could not be mapped: %s", reason)
	}
	if line := lostComment(r.doc, doc, newMoves(documentSplices(fixes))); line > 0 {
		return fmt.Errorf("the comment on line %d would be lost", line)
	}
	if err := r.untouched(doc, newMoves(documentSplices(fixes))); err != nil {
		return err
	}
	changes, err := r.changesElsewhere(fixes, files)
	if err != nil {
		return err
	}
	if r.prover != nil {
		own, err := r.prover.Changes(doc.Bytes, files)
		if err != nil {
			return fmt.Errorf("the new text would not be accepted: %w", err)
		}
		changes = append(changes, own...)
	}
	if err := r.undeclared(changes, fixes); err != nil {
		return err
	}
	r.proven = &proven{doc, files}
	return nil
}

// newlyDeclined is the reason of a piece that could be mapped before and cannot be now.
func newlyDeclined(before, after *source.Document) string {
	n := map[string]int{}
	for _, d := range before.Declined {
		n[d.Reason]++
	}
	for _, d := range after.Declined {
		if n[d.Reason]--; n[d.Reason] < 0 {
			return d.Reason
		}
	}
	return ""
}

// lostComment is the line of a comment that stands in before and not, or less often, in after; 0 where none is lost.
// A directive whose value is edited reads differently, and is not lost: the prover says what it means.
func lostComment(before, after *source.Document, m *moves) int {
	n := map[string]int{}
	for _, c := range after.Comments {
		n[c.Text]++
	}
	for _, c := range before.Comments {
		if n[c.Text]--; n[c.Text] < 0 && !(isDirective(before, c) && m.touches(c.Span)) {
			line, _ := before.Position(c.Start)
			return line
		}
	}
	return 0
}

// untouched requires each instruction on whose lines no edit lies to read as before.
func (r *run) untouched(after *source.Document, m *moves) error {
	if after.Kind != source.DockerfileKind {
		return nil
	}
	at := map[int]*source.Instruction{}
	for _, in := range after.Dockerfile.Instructions {
		at[in.Start] = in
	}
	for _, in := range r.doc.Dockerfile.Instructions {
		if m.touches(in.Lines) {
			continue
		}
		now := at[m.after(in.Span).Start]
		if now == nil || now.Node.Original != in.Node.Original || len(now.Heredocs) != len(in.Heredocs) {
			line, _ := r.doc.Position(in.Start)
			return fmt.Errorf("the %s on line %d, which no edit touches, would read differently", in.Name, line)
		}
	}
	return nil
}

// undeclared is an error that names a change which none of the fixes declares.
func (r *run) undeclared(changes []Change, fixes []*tracked) error {
	for _, c := range changes {
		if !slices.ContainsFunc(fixes, func(t *tracked) bool { return t.declares(c) && r.reaches(t, c.Stage) }) {
			return errors.New("it would change more than it says: " + c.What)
		}
	}
	return nil
}

// declares reports whether the fix may cause the change.
func (f *Finding) declares(c Change) bool {
	if c.File != "" {
		return slices.ContainsFunc(f.Fix.Elsewhere[c.File], func(p string) bool { return glob(p, c.Path) })
	}
	if f.Fix.Expect != nil {
		want, ok := f.Fix.Expect[c.Path]
		return ok && c.After == want
	}
	patterns := f.Rule.Changes
	if f.Fix.Changes != nil {
		patterns = f.Fix.Changes
	}
	return slices.ContainsFunc(patterns, func(p string) bool { return glob(p, c.Path) })
}

// reaches reports whether a fix can have an effect in a stage: it has an edit in it, in a stage it is built on, or before
// the first FROM.
func (r *run) reaches(t *tracked, stage int) bool {
	if r.doc.Kind != source.DockerfileKind || stage < 0 || stage >= len(r.doc.Dockerfile.Stages) {
		return true
	}
	for s := r.doc.Dockerfile.Stages[stage]; s != nil; s = s.Base {
		for _, e := range t.Fix.Edits {
			if e.File == "" && (r.doc.Dockerfile.StageAt(e.Start) == s.Index || r.doc.Dockerfile.StageAt(e.Start) < 0) {
				return true
			}
		}
	}
	return false
}

// glob matches a pattern in which "*" stands for any text.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
