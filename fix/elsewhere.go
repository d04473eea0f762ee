package fix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// changesElsewhere is what the fixes change in other documents. The error says that one of these would not parse, not be
// accepted or lose a comment.
func (r *run) changesElsewhere(fixes []*tracked, files map[string][]byte) ([]Change, error) {
	var changes []Change
	for _, name := range r.editedDocuments(fixes) {
		found, err := r.changesIn(name, splicesOf(fixes, name), files[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range found {
			c.File, c.What = name, name+": "+c.What
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// editedDocuments are the other documents, those of Facts.Documents, that fixes edit, by their names in order.
func (r *run) editedDocuments(fixes []*tracked) []string {
	var names []string
	for _, t := range fixes {
		for _, e := range t.Fix.Edits {
			if _, is := r.opts.Facts.Documents[e.File]; is && !slices.Contains(names, e.File) {
				names = append(names, e.File)
			}
		}
	}
	slices.Sort(names)
	return names
}

// changesIn is what splices change in one other document, whose new text is given.
func (r *run) changesIn(name string, splices []source.Splice, text []byte) ([]Change, error) {
	before, err := source.Parse(name, r.opts.Facts.Documents[name], r.files[name])
	if err != nil {
		return nil, err
	}
	after, err := source.Parse(name, before.Kind, text)
	if err != nil {
		return nil, fmt.Errorf("the text would no longer parse: %w", err)
	}
	if reason := newlyDeclined(before, after); reason != "" {
		return nil, fmt.Errorf("the new text could not be mapped: %s", reason)
	}
	if line := lostComment(before, after, newMoves(splices)); line > 0 {
		return nil, fmt.Errorf("the comment on line %d would be lost", line)
	}
	return r.provenElsewhere(before, after)
}

// provenElsewhere is how the meaning of another document changes; nothing where nothing is proven.
func (r *run) provenElsewhere(before, after *source.Document) ([]Change, error) {
	switch {
	case r.prover == nil:
		return nil, nil
	case r.opts.Elsewhere == nil:
		return nil, errors.New("nothing about this file can be proven")
	}
	files := map[string][]byte{".env": standIns(before.Bytes, after.Bytes)}
	prover, err := r.opts.Elsewhere(before, files)
	if err != nil {
		return nil, fmt.Errorf("the text as it is would not be accepted: %w", err)
	}
	changes, err := prover.Changes(after.Bytes, files)
	if err != nil {
		return nil, fmt.Errorf("the new text would not be accepted: %w", err)
	}
	return changes, nil
}

// required finds the variables without which Compose does not read a file: ${NAME:?message}.
var required = lazyregexp.New(`\$\{([A-Za-z_][A-Za-z0-9_]*):?\?`)

// standIns is a .env file with a value for each variable that a text requires, as its caller must have one: which one is not
// known, and it is the same before and after.
func standIns(texts ...[]byte) []byte {
	names := map[string]bool{}
	for _, text := range texts {
		for _, m := range required.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
	}
	var env strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		env.WriteString(name + "=1\n")
	}
	return []byte(env.String())
}
