// Package fix is the engine: rules look at a document and report findings; a finding may carry a fix, a set of byte
// edits that is made whole or not at all.
//
// In: a parsed source.Document, the facts its rules asked for, and a Prover. Out: a Result with the new bytes, the new
// bytes of other files that fixes touch, and every finding with what became of it. For
//
//	FROM debian:12 as base
//
// the rule from-as-casing reports the span of "as" with the edit {"as" -> "AS"}; Run makes the edit, has the prover say
// that the build graph did not change, looks again, finds nothing, and returns the new text.
//
// The package opens no file and no socket: facts come in as data, and the caller writes.
package fix

import (
	"slices"

	"github.com/dockfix/dockfix/source"
)

// Safety tells how far a fix can be trusted. The zero value applies nothing.
type Safety int

// The levels of safety. Manual is shown and never applied. Unsafe is applied on request: some condition could not be
// checked, and the finding says which. Safe is applied: every condition was checked and holds.
const (
	Manual Safety = iota
	Unsafe
	Safe
)

// String is the name used in messages.
func (s Safety) String() string {
	return [...]string{"manual", "unsafe", "safe"}[s]
}

// Rule is one thing that dockfix finds. A rule is pure: its Check reads the Pass and nothing else.
type Rule struct {
	Name    string      // what is found, as in "allow maintainer-deprecated"
	Title   string      // one line
	Why     string      // a paragraph for the documentation: why it matters, what the fix does, when it is held back
	Kind    source.Kind // the kind of document it looks at, and that its example has
	Also    []source.Kind
	Off     bool     // it looks only where it is asked for by name, or by a command of its own
	Safety  Safety   // the highest safety one of its fixes can have
	Aliases []string // the names that hadolint (DL4000) and BuildKit (MaintainerDeprecated) have for it
	// Changes are the changes its fixes may cause in the built image or the Compose model, as prove names them; a "*"
	// stands for any text. None: what is built must stay identical.
	Changes []string
	// Wants names the facts the rule needs for a document; nil: none.
	Wants func(*source.Document) []Want
	// WantsThen names more, once the facts of Wants are known; nil: none.
	WantsThen func(*source.Document, *Facts) []Want
	Check     func(*Pass)
}

// LooksAt reports whether the rule is about documents of a kind.
func (r *Rule) LooksAt(k source.Kind) bool { return r.Kind == k || slices.Contains(r.Also, k) }

// Pass is one look at one document, by one rule after the other.
type Pass struct {
	Doc   *source.Document
	Facts *Facts

	rule   *Rule      // that looks now
	rules  []*Rule    // of the run
	found  []*Finding // by all rules so far
	shared []shared   // of all rules that look at the document in this round
}

// shared is what was made for a key.
type shared struct{ key, made any }

// Makes reports whether another rule looks at the document in this run and no comment silences what it finds at a place: what it fixes
// there can be waited for.
func (p *Pass) Makes(r *Rule, at source.Span) bool {
	return slices.Contains(p.rules, r) && !p.Silence().covers(&Finding{Rule: r, Span: at})
}

// Shared gives what is derived from the document alone and serves several rules, such as its shell programs: made once, by the
// first that asks for the key. There are a dozen keys at most.
func (p *Pass) Shared(key any, make func() any) any {
	for i := range p.shared {
		if p.shared[i].key == key {
			return p.shared[i].made
		}
	}
	made := make()
	p.shared = append(p.shared, shared{key, made})
	return made
}

// silenceKey is what the rules that look at one document share its Silence by.
type silenceKey struct{}

// Silence is what the comments of the document ask for, read once for all rules.
func (p *Pass) Silence() Silence {
	return p.Shared(silenceKey{}, func() any { return Suppressions(p.Doc) }).(Silence)
}

// Report records a finding.
func (p *Pass) Report(f Finding) {
	f.Rule = p.rule
	if f.Fix != nil && f.Fix.Safety > p.rule.Safety {
		f.Fix.Safety = p.rule.Safety
	}
	p.found = append(p.found, &f)
}

// Finding is one place where a rule has something to say.
type Finding struct {
	Rule    *Rule
	Span    source.Span // in the document as it was before any fix
	Message string      // what is there, lower case, no full stop
	Reason  string      // why the fix is held back, or why there is none
	Fix     *Fix        // nil where nothing can be done mechanically
	Waits   bool        // there is no Fix only because something could not be looked up; Reason says what
	Alarm   bool        // a check must not pass with it, fix or no fix: somebody asked whether this is so
	Outcome Outcome
}

// Outcome is what became of a finding.
type Outcome int

// The outcomes of a finding.
const (
	Open       Outcome = iota // shown, nothing done: no fix, or held back for Reason
	Fixed                     // the fix was made and proven
	Suppressed                // a comment asks for silence
	Refused                   // the fix was made and its effect was not the declared one; Reason says what changed
)

// Fix is a change that is made whole or not at all, also where it spans files.
type Fix struct {
	Title  string // a verb phrase: "use a LABEL"
	Safety Safety
	Edits  []Edit // in the text of the round in which the fix is made
	// Changes are the changes that this fix may cause, in place of those of its rule; nil: those of the rule.
	Changes []string
	// Expect are the exact values that this fix changes paths to; "" where one goes. Where it is not nil, no other change
	// is allowed, whatever the rule's Changes say; an empty one allows none.
	Expect map[string]string
	// Elsewhere are the changes that this fix may cause in other documents, those of Facts.Documents: by the name of the file,
	// patterns of paths as in Changes. What is not in it must stay as it is there.
	Elsewhere map[string][]string
}

// Edit replaces bytes of one file. A new file is an edit of an absent one, at Span {0 0}.
//
// Fixes of one rule may add different lines at one place of another file, such as the end of a .env: they come in the order of
// the fixes. Where several bring the very same line there, it is added once.
type Edit struct {
	File string // relative to the document's folder; "" is the document itself
	source.Span
	New string
	// Secret tells that New holds a secret: a new file can be read by its owner alone, and a diff hides the values.
	Secret bool
}

// Of makes edits of the document itself.
func Of(splices ...source.Splice) []Edit {
	edits := make([]Edit, len(splices))
	for i, s := range splices {
		edits[i] = Edit{Span: s.Span, New: s.New}
	}
	return edits
}

// Replace is the edit that puts text in place of a span of the document.
func Replace(s source.Span, text string) Edit { return Edit{Span: s, New: text} }

// Change is one difference in what a document means, as the prover tells it.
type Change struct {
	File  string // the other document that it is in, as in Facts.Documents; "" for the document itself
	Stage int    // index of the Dockerfile stage; -1 for the file as a whole
	Path  string // "image.config.User", "exec-args", "services.web.image": matched with Rule.Changes
	After string // the new value, decoded where it is one string; "" where it is gone. It may be a secret: never printed
	What  string // for the message, without values that may be secret
}

// Prover knows what a document means to its engine. It holds the meaning of the text last accepted.
type Prover interface {
	// Changes compares the accepted texts with new ones; files are the other files by name. The error says that the
	// engine does not accept the new text.
	Changes(doc []byte, files map[string][]byte) ([]Change, error)
	// Accept makes the texts that Changes saw last the accepted ones.
	Accept()
}
