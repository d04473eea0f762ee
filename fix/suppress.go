package fix

import (
	"slices"
	"sort"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Silence is what the comments of a document ask for: rules that are to say nothing, in the whole file or in a piece of it.
type Silence struct {
	whole []request
	parts []part
	ours  []ourRequest
}

// ourRequest is a comment that speaks to dockfix itself.
type ourRequest struct {
	source.Span
	names []string
}

// Misunderstood are the places of comments for dockfix that name no rule, with the name that none has; "" where the
// comment is not of the form.
func (s Silence) Misunderstood(rules []*Rule) (places []source.Span, names []string) {
	for _, o := range s.ours {
		if len(o.names) == 0 {
			places, names = append(places, o.Span), append(names, "")
		}
		for _, n := range o.names {
			if !slices.ContainsFunc(rules, func(r *Rule) bool { return r.Named(n) }) {
				places, names = append(places, o.Span), append(names, n)
			}
		}
	}
	return places, names
}

// part is a piece of the file with what a comment asks for it.
type part struct {
	source.Span
	request
}

// request is what one comment asks for.
type request struct {
	names  []string // rules to silence, by name or alias
	all    bool     // silence every rule that BuildKit has a check for
	global bool     // the comment says that it speaks of the whole file
}

// Suppressions reads the comments of a document that ask for silence:
//
//	# dockfix ignore=RULE[,RULE][; reason]       the instruction that follows, or the YAML entry below or on the line
//	# dockfix global ignore=RULE[,RULE]          the whole file
//	# hadolint ignore=, # hadolint global ignore=, # tally ignore=, # tally global ignore=
//	# check=skip=RULE[,RULE], # check=skip=all   BuildKit: the file at the top, else the instruction that follows
//
// Blanks may stand around each "=".
func Suppressions(doc *source.Document) Silence {
	var s Silence
	var compose *scopes
	for _, c := range doc.Comments {
		if !mayAsk(c.Text) {
			continue
		}
		asked, ok := requested(c.Text)
		if ours := ourComment.MatchString(c.Text); ours {
			s.ours = append(s.ours, ourRequest{c.Span, asked.names})
		}
		if ok && doc.Kind == source.ComposeKind && compose == nil {
			compose = newScopes(doc)
		}
		switch {
		case !ok:
		case asked.global && c.Inline:
			if span, ok := doc.InlineFile(c); ok {
				s.parts = append(s.parts, part{span, asked})
			}
		case asked.global || isDirective(doc, c):
			s.whole = append(s.whole, asked)
		default:
			if span, ok := scope(doc, compose, c); ok {
				s.parts = append(s.parts, part{span, asked})
			}
		}
	}
	return s
}

// Within reports whether a comment asks for silence in a piece of the file that lies in at. When at is deleted and the
// comment stays, it goes on to silence what comes next.
func (s Silence) Within(at source.Span) bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return at.Contains(p.Span) })
}

// covers reports whether a comment asks for the silence of a finding: in the whole file, where the finding is, or where its
// fix edits the document.
func (s Silence) covers(f *Finding) bool {
	return slices.ContainsFunc(s.whole, func(asked request) bool { return asked.of(f.Rule) }) ||
		slices.ContainsFunc(s.parts, func(p part) bool {
			return (p.has(f.Span) || f.Fix != nil && slices.ContainsFunc(f.Fix.Edits, func(e Edit) bool {
				return e.File == "" && p.has(e.Span)
			})) && p.of(f.Rule)
		})
}

// Covers reports whether a comment asks for the silence of a rule, by one of its names, at one of the places: nothing need then be
// found out for it.
func (s Silence) Covers(names []string, places ...source.Span) bool {
	r := &Rule{Name: names[0], Aliases: names[1:]}
	return slices.ContainsFunc(places, func(at source.Span) bool { return s.covers(&Finding{Rule: r, Span: at}) })
}

// has reports whether a span begins in the piece of the file.
func (p part) has(s source.Span) bool { return p.Start <= s.Start && s.Start < max(p.End, p.Start+1) }

// of reports whether the silence of a rule is asked for.
func (asked request) of(r *Rule) bool { return asked.all && r.buildKit() || r.Named(asked.names...) }

// Named reports whether one of the names, case aside, is the rule's or one of its aliases.
func (r *Rule) Named(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		return strings.EqualFold(n, r.Name) || slices.ContainsFunc(r.Aliases, func(a string) bool { return strings.EqualFold(a, n) })
	})
}

// buildKit reports whether BuildKit has a check of its own for what the rule finds: one of its aliases is none of
// hadolint's, which are DL or SC and digits.
func (r *Rule) buildKit() bool {
	return slices.ContainsFunc(r.Aliases, func(a string) bool { return !strings.HasPrefix(a, "DL") && !strings.HasPrefix(a, "SC") })
}

var (
	// ourComment begins like one for dockfix; prose about dockfix does not have the word ignore next.
	ourComment = lazyregexp.New(`^dockfix\s+(?:global\s+)?ignore\b`)
	// ignoreComment is the form of hadolint, which dockfix and tally share.
	ignoreComment = lazyregexp.New(`^(?:dockfix|hadolint|tally)\s+(global\s+)?ignore\s*=(.*)$`)
	// checkComment is BuildKit's directive check, with blanks and letters as directiveRegexp of its parser has them.
	checkComment = lazyregexp.New(`^(?i:check)\s*=(.*)$`)
)

// mayAsk reports whether a comment begins like one of the forms: most do not.
func mayAsk(text string) bool {
	for _, word := range []string{"dockfix", "hadolint", "tally", "check"} {
		if len(text) > len(word) && strings.EqualFold(text[:len(word)], word) {
			return true
		}
	}
	return false
}

// requested reads one comment; false where it asks for nothing.
func requested(text string) (asked request, ok bool) {
	if m := ignoreComment.FindStringSubmatch(text); m != nil {
		asked.global = m[1] != ""
		asked.names = ruleNames(m[2])
	} else if m := checkComment.FindStringSubmatch(text); m != nil {
		asked.names = skipped(m[1])
		asked.all = slices.Contains(asked.names, "all")
	}
	return asked, len(asked.names) > 0
}

// skipped lists the rules of BuildKit's options skip=RULE,RULE;error=true.
func skipped(options string) []string {
	var names []string
	for _, option := range strings.Split(options, ";") {
		if key, list, _ := strings.Cut(option, "="); strings.TrimSpace(key) == "skip" {
			names = append(names, ruleNames(list)...)
		}
	}
	return names
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

// Scope is the piece of the file that a comment speaks of: the instruction that follows, or the entry of a Compose file below
// it or on its line. It is false where there is none.
func Scope(doc *source.Document, c source.Comment) (source.Span, bool) {
	var compose *scopes
	if doc.Kind == source.ComposeKind {
		compose = newScopes(doc)
	}
	return scope(doc, compose, c)
}

// scope is Scope with the entries of the Compose file at hand, nil for another document.
func scope(doc *source.Document, compose *scopes, c source.Comment) (source.Span, bool) {
	switch {
	case c.Inline:
		return doc.InlineScope(c)
	case compose != nil:
		return compose.of(c)
	case doc.Dockerfile == nil:
		return lineBelow(doc, c)
	}
	ins := doc.Dockerfile.Instructions
	i := sort.Search(len(ins), func(i int) bool { return ins[i].Lines.End > c.Start })
	if i == len(ins) {
		return source.Span{}, false
	}
	return ins[i].Lines, true
}

// lineBelow is the line that a comment speaks of in a document whose entries are not mapped: its own, or where it has that for
// itself the next one without a comment.
func lineBelow(doc *source.Document, c source.Comment) (source.Span, bool) {
	line, _ := doc.Position(c.Start)
	if !c.Own {
		return doc.Line(line), true
	}
	own := map[int]bool{}
	for _, other := range doc.Comments {
		if other.Own {
			n, _ := doc.Position(other.Start)
			own[n] = true
		}
	}
	for line++; line <= doc.Lines(); line++ {
		if at := doc.Line(line); !own[line] && strings.TrimSpace(doc.Text(at)) != "" {
			return at, true
		}
	}
	return source.Span{}, false
}
