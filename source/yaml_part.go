package source

import (
	"strings"
	"unicode/utf8"
)

// Part replaces the bytes From to To of the value of a scalar.
type Part struct {
	From, To int
	New      string // of one line
}

// ReplaceParts gives parts of a scalar another text. The rest keeps its bytes where the parts stand in the file byte for byte
// and the new text can stand there; else the scalar is written anew, as ReplaceScalar does, which needs one of one line.
// The parts are in order and do not overlap.
func (d *Document) ReplaceParts(n *Node, parts []Part) ([]Splice, error) {
	s, ok := n.Scalar()
	if !ok {
		return nil, refuse("%s is not a scalar", n.name())
	}
	value, at := "", 0
	for _, p := range parts {
		if p.From < at || p.To < p.From || p.To > len(s.Value) {
			return nil, refuse("%s has no such part", n.name())
		}
		value += s.Value[at:p.From] + p.New
		at = p.To
	}
	value += s.Value[at:]
	if splices, ok := d.partsInPlace(n, s, parts, value); ok {
		if err := d.mayChange(n); err != nil {
			return nil, err
		}
		return splices, d.mayReplace(n)
	}
	if strings.Contains(s.Value, "\n") && len(parts) > 0 && (parts[0].From > 0 || parts[0].To < len(s.Value)) {
		return nil, refuse("%s has several lines, and what is to be replaced cannot be found in them", n.name())
	}
	return d.ReplaceScalar(n, value)
}

// partsInPlace replaces the bytes of the parts alone; false where they do not stand there as such, or the value would then
// read differently.
func (d *Document) partsInPlace(n *Node, s Scalar, parts []Part, value string) ([]Splice, bool) {
	t := d.tracedNode(n)
	var splices []Splice
	for _, p := range parts {
		span, ok := t.span(p.From, p.To)
		if !ok || strings.Contains(t.text[p.From:p.To], "\n") || !utf8.ValidString(p.New) || strings.ContainsFunc(p.New, needsEscape) {
			return nil, false
		}
		switch s.Style {
		case SingleQuotedStyle:
			ok = !strings.Contains(p.New, "'")
		case DoubleQuotedStyle:
			ok = !strings.ContainsAny(p.New, `"\`)
		case PlainStyle:
			ok = plainHolds(value, place{flow: n.InFlow, tag: s.Tag})
		}
		if !ok {
			return nil, false
		}
		splices = append(splices, Splice{span, p.New})
	}
	return splices, true
}
