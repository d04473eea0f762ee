package fix

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// splice makes the fixes on the current texts and parses the document again.
func (r *run) splice(fixes []*tracked) (*source.Document, map[string][]byte, error) {
	byFile := map[string][]source.Splice{}
	for _, t := range fixes {
		for _, e := range t.Fix.Edits {
			byFile[e.File] = append(byFile[e.File], source.Splice{Span: e.Span, New: e.New})
		}
	}
	files := map[string][]byte{}
	for name, text := range r.files {
		files[name] = text
	}
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

func documentSplices(fixes []*tracked) []source.Splice {
	var splices []source.Splice
	for _, t := range fixes {
		for _, e := range t.Fix.Edits {
			if e.File == "" {
				splices = append(splices, source.Splice{Span: e.Span, New: e.New})
			}
		}
	}
	return splices
}

// verify makes the fixes and says what of the outcome was not declared: a text that no longer parses, an instruction
// that no edit touches and that reads differently, a lost comment, a change of meaning.
func (r *run) verify(fixes []*tracked) error {
	r.proven = nil
	doc, files, err := r.splice(fixes)
	if err != nil {
		return fmt.Errorf("the text would no longer parse: %w", err)
	}
	if len(doc.Declined) > len(r.doc.Declined) {
		return fmt.Errorf("the new text could not be mapped: %s", doc.Declined[0].Reason)
	}
	if c := lostComment(r.doc, doc); c != "" {
		return fmt.Errorf("the comment %q would be lost", c)
	}
	if err := r.untouched(doc, documentSplices(fixes)); err != nil {
		return err
	}
	if r.prover != nil {
		changes, err := r.prover.Changes(doc.Bytes, files)
		if err != nil {
			return fmt.Errorf("the new text would not be accepted: %w", err)
		}
		if err := undeclared(changes, fixes); err != nil {
			return err
		}
	}
	r.proven = &proven{fixes, doc, files}
	return nil
}

// proven is what the last call of verify found to be right.
type proven struct {
	fixes []*tracked
	doc   *source.Document
	files map[string][]byte
}

// lostComment is the text of a comment that stands in before and not, or less often, in after.
func lostComment(before, after *source.Document) string {
	n := map[string]int{}
	for _, c := range after.Comments {
		n[c.Text]++
	}
	for _, c := range before.Comments {
		if n[c.Text]--; n[c.Text] < 0 {
			return c.Text
		}
	}
	return ""
}

// untouched requires each instruction on whose lines no edit lies to read as before.
func (r *run) untouched(after *source.Document, splices []source.Splice) error {
	if after.Kind != source.DockerfileKind {
		return nil
	}
	at := map[int]*source.Instruction{}
	for _, in := range after.Dockerfile.Instructions {
		at[in.Start] = in
	}
	for _, in := range r.doc.Dockerfile.Instructions {
		if slices.ContainsFunc(splices, func(s source.Splice) bool { return s.Start < in.Lines.End && s.End > in.Lines.Start }) {
			continue
		}
		now := at[shift(in.Span, splices).Start]
		if now == nil || now.Node.Original != in.Node.Original || len(now.Heredocs) != len(in.Heredocs) {
			line, _ := r.doc.Position(in.Start)
			return fmt.Errorf("the %s on line %d, which no edit touches, would read differently", in.Name, line)
		}
	}
	return nil
}

// undeclared is an error that names a change which none of the fixes declares.
func undeclared(changes []Change, fixes []*tracked) error {
	for _, c := range changes {
		if !slices.ContainsFunc(fixes, func(t *tracked) bool { return t.declares(c) }) {
			return errors.New("it would change more than it says: " + c.What)
		}
	}
	return nil
}

// declares reports whether the fix may cause the change.
func (f *Finding) declares(c Change) bool {
	if !slices.ContainsFunc(f.Rule.Changes, func(p string) bool { return glob(p, c.Path) }) {
		return false
	}
	want, exact := f.Fix.Expect[c.Path]
	return !exact || c.After == want
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

// shift is where a span of a text stands after the splices. An end inside a replaced range goes to its start.
func shift(s source.Span, splices []source.Splice) source.Span {
	move := func(offset int) int {
		delta := 0
		for _, sp := range splices {
			if sp.End <= offset {
				delta += len(sp.New) - sp.Len()
			} else if sp.Start < offset {
				delta -= offset - sp.Start
			}
		}
		return offset + delta
	}
	return source.Span{Start: move(s.Start), End: move(s.End)}
}
