package fix

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// Suppressed rules, by where their comment stands.
type suppressions struct {
	whole []string // rule names and aliases silenced in the whole file
	parts []part
}

// part silences rules in a piece of the file.
type part struct {
	source.Span
	names []string
}

// allBuildKit is the word of # check=skip=all: every rule that BuildKit has a check for.
const allBuildKit = "all"

func (s suppressions) covers(f *Finding) bool {
	if len(s.whole) > 0 && f.Rule.Named(s.whole...) {
		return true
	}
	return slices.ContainsFunc(s.parts, func(p part) bool {
		return p.Start <= f.Span.Start && f.Span.Start < max(p.End, p.Start+1) && f.Rule.Named(p.names...)
	})
}

// Named reports whether one of the names, case aside, is the rule's or one of its aliases.
func (r *Rule) Named(names ...string) bool {
	for _, n := range names {
		if strings.EqualFold(n, r.Name) || slices.ContainsFunc(r.Aliases, func(a string) bool { return strings.EqualFold(a, n) }) {
			return true
		}
		if n == allBuildKit && r.buildKit() {
			return true
		}
	}
	return false
}

// buildKit reports whether BuildKit has a check of its own for what the rule finds: its names are not DL and digits.
func (r *Rule) buildKit() bool {
	return slices.ContainsFunc(r.Aliases, func(a string) bool { return !strings.HasPrefix(a, "DL") && !strings.HasPrefix(a, "SC") })
}

// Suppressions reads the comments of a document that ask for silence:
//
//	# dockfix ignore=RULE[,RULE][; reason]       the instruction that follows, or the YAML entry below or on the line
//	# dockfix global ignore=RULE[,RULE]          the whole file
//	# hadolint ignore=, # hadolint global ignore=, # tally ignore=, # tally global ignore=
//	# check=skip=RULE[,RULE]                     BuildKit: the file at the top, else the instruction that follows
func Suppressions(doc *source.Document) suppressions {
	var s suppressions
	for i, c := range doc.Comments {
		names, global := silenced(c.Text)
		switch {
		case len(names) == 0:
		case global || isDirective(doc, c):
			s.whole = append(s.whole, names...)
		default:
			if span, ok := scope(doc, i); ok {
				s.parts = append(s.parts, part{span, names})
			}
		}
	}
	return s
}

// silenced reads one comment: the rules it names, and whether for the whole file.
func silenced(text string) (names []string, global bool) {
	for _, tool := range [...]string{"dockfix", "hadolint", "tally"} {
		rest, ok := strings.CutPrefix(text, tool+" ")
		if !ok {
			continue
		}
		rest, global = strings.CutPrefix(strings.TrimLeft(rest, " "), "global ")
		list, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "ignore=")
		if !ok {
			return nil, false
		}
		return ruleNames(list), global
	}
	if list, ok := strings.CutPrefix(text, "check="); ok {
		for _, option := range strings.Split(list, ";") {
			if skip, ok := strings.CutPrefix(strings.TrimSpace(option), "skip="); ok {
				names = append(names, ruleNames(skip)...)
			}
		}
	}
	return names, false
}

// ruleNames splits RULE,RULE; reason. A name may carry the tool it comes from, as in hadolint/DL3006.
func ruleNames(list string) []string {
	list, _, _ = strings.Cut(list, ";")
	var names []string
	for _, n := range strings.Split(list, ",") {
		n, _, _ = strings.Cut(strings.TrimSpace(n), " ")
		if n = n[strings.LastIndexByte(n, '/')+1:]; n != "" {
			names = append(names, n)
		}
	}
	return names
}

func isDirective(doc *source.Document, c source.Comment) bool {
	return doc.Kind == source.DockerfileKind &&
		slices.ContainsFunc(doc.Dockerfile.Directives, func(d source.Directive) bool { return d.Start == c.Start })
}

// scope is the piece of the file that the i-th comment speaks of.
func scope(doc *source.Document, i int) (source.Span, bool) {
	if doc.Kind == source.ComposeKind {
		return composeScope(doc, doc.Comments[i])
	}
	for _, in := range doc.Dockerfile.Instructions {
		if in.Lines.End > doc.Comments[i].Start {
			return in.Lines, true
		}
	}
	return source.Span{}, false
}
