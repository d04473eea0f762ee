package compose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// UnquotedBoolean finds values of variables and labels that are read as something else than their text.
var UnquotedBoolean = &fix.Rule{
	Name:  "unquoted-boolean",
	Title: "a value that YAML takes for a boolean, a number or a date",
	Why: "The value of a variable, a build argument or a label is a text, but what stands without quotes is read by YAML first: True reaches the container as true, 3.10 as 3.1, 0123 as 83, 2024-01-31 as a date with a time. yes, no, on and off are texts for Compose and booleans for readers of YAML 1.1. " +
		"Around a boolean the fix puts quotes, and what the container gets today between them, so that the file shows it: if another text was meant, write that. For numbers and dates what was meant is yours to say. Only values whose text changes are found.",
	Kind:   source.ComposeKind,
	Safety: fix.Safe,
	Check:  checkUnquotedBoolean,
}

func checkUnquotedBoolean(p *fix.Pass) {
	b := booleans{pass: p, seen: map[*source.Node]bool{}}
	readings := readingsOf(p.Doc)
	for i, s := range p.Doc.Compose.Services {
		r := &readings[i]
		b.checkVariables(r.environment)
		b.checkEntries(s, "labels")
		if r.build != nil {
			b.checkVariables(r.build.Args)
			b.checkEntries(s, "build.labels")
		}
	}
	for _, s := range p.Doc.Compose.Services {
		f, _ := s.Field("restart")
		if text, ok := f.Node.Scalar(); ok && !b.seen[f.Node] && text.Style == source.PlainStyle && isYAML11Boolean(text.Value) {
			b.seen[f.Node] = true
			p.Report(quoted(p.Doc, f.Node, text.Value, "restart: "+text.Value+" is a boolean for readers of YAML 1.1"))
		}
	}
}

// booleans looks at the values of settings that are texts.
type booleans struct {
	pass *fix.Pass
	seen map[*source.Node]bool // those that were reported: aliases lead to one from several services
}

// checkVariables looks at variables in the form of a mapping; in the other one a value is part of a text.
func (b booleans) checkVariables(list []source.EnvironmentVariable) {
	for _, v := range list {
		if v.Key != nil {
			b.check(v.Key, v.Node)
		}
	}
}

// checkEntries looks at the entries of a setting of a service.
func (b booleans) checkEntries(s *source.Service, way string) {
	f, _ := lookup(s, way)
	for _, e := range f.Node.Entries() {
		b.check(e.Key, e.Node)
	}
}

func (b booleans) check(key, value *source.Node) {
	text, ok := value.Scalar()
	if !ok || text.Style != source.PlainStyle || !text.Exact {
		return
	}
	if f, found := quoteValue(b.pass.Doc, key, value, text); found && !b.seen[value] {
		b.seen[value] = true
		b.pass.Report(f)
	}
}

// kinds are the names of what YAML takes a text for.
var kinds = map[string]string{"!!int": "a number", "!!float": "a number", "!!timestamp": "a date"}

// quoteValue is the finding on a value, if its text is not what a container or another reader gets. A number or a date may be a
// secret: it is not shown, and what was meant is not known.
func quoteValue(d *source.Document, key, value *source.Node, text source.Scalar) (fix.Finding, bool) {
	name := key.Resolve().Text()
	switch {
	case isYAML11Boolean(text.Value):
		return quoted(d, value, text.Value, name+": "+text.Value+" is a boolean for readers of YAML 1.1"), true
	case text.Tag == "!!bool" && text.Value != strings.ToLower(text.Value):
		got := strings.ToLower(text.Value)
		return quoted(d, value, got, name+": "+text.Value+" is passed on as "+got), true
	case kinds[text.Tag] != "" && gotten(text) != text.Value:
		return fix.Finding{Span: value.Span, Message: name + " is " + kinds[text.Tag] + " for YAML, and is passed on with another text than is written",
			Reason: "put quotes around the text that it should get"}, true
	}
	return fix.Finding{}, false
}

func quoted(d *source.Document, n *source.Node, value, message string) fix.Finding {
	f := fix.Finding{Span: n.Span, Message: message}
	text := `"` + value + `"`
	splices, err := d.ReplaceNode(n, text)
	edit(&f, "write "+text, fix.Safe, splices, err)
	return f
}

// isYAML11Boolean reports whether a text that Compose leaves alone is a boolean for YAML 1.1 (yaml.org/type/bool.html). The single
// letters y and n are left out: readers of YAML 1.1 that know them are rare.
func isYAML11Boolean(value string) bool {
	return len(value) <= len("off") && slices.Contains([]string{"yes", "no", "on", "off"}, strings.ToLower(value)) &&
		(value == strings.ToLower(value) || value == strings.ToUpper(value) || value[1:] == strings.ToLower(value[1:]))
}

// gotten is the text that Compose gives to the container for a number or a date without quotes; "" where it is another one for
// certain.
func gotten(s source.Scalar) string {
	plain := strings.ReplaceAll(s.Value, "_", "")
	if plain == "-0" {
		return plain // a float for the reader of Compose
	}
	switch s.Tag {
	case "!!int":
		if n, err := strconv.ParseInt(strings.TrimPrefix(plain, "+"), 0, 64); err == nil {
			return strconv.FormatInt(n, 10)
		}
		return strings.TrimLeft(plain, "0") // larger than any that Go has: digits alone
	case "!!float":
		if n, err := strconv.ParseFloat(plain, 64); err == nil {
			return strconv.FormatFloat(n, 'g', -1, 64)
		}
	}
	return ""
}
