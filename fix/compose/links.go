package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Links finds links between services that share a network.
var Links = &fix.Rule{
	Name:  "links",
	Title: "links between services that share a network",
	Why: "On a network of Compose every service reaches the others by their names; links is left from the time before. A link that only repeats the name of a service goes. What it still does is to start that service first: " +
		"where depends_on names all of them already, and no comment speaks of the links, the fix is safe, else links becomes depends_on, which is held back since a restart of the other service would no longer restart this one. " +
		"Links that give a service another name stay, and so do those of services that share no network.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.links", "services.*.depends_on.*"},
	Wants:   project,
	Check:   checkLinks,
}

func checkLinks(p *fix.Pass) {
	for _, c := range wholeServices(p) {
		key, value := c.Node.Get("links")
		if key == nil || !value.IsSequence() || len(value.Children) == 0 {
			continue
		}
		if names, ok := plainLinks(value); ok && sharesNetwork(p, c, names) {
			p.Report(dropLinks(p, c, key, names))
		}
	}
}

// plainLinks are the services that links name; not ok where one of them gets another name.
func plainLinks(list *source.Node) (names []string, ok bool) {
	for _, item := range list.Children {
		name, alias, renamed := strings.Cut(item.Resolve().Text(), ":")
		if name == "" || renamed && alias != name || strings.Contains(name, "$") {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// sharesNetwork reports whether each of the services of the file that are named has a network with the service in common.
func sharesNetwork(p *fix.Pass, c *composed, names []string) bool {
	own, known := networksOf(c.Service)
	if !known || c.unread != "" {
		return false
	}
	for _, name := range names {
		other := serviceOf(p.Doc, name)
		if other == nil {
			return false
		}
		others, known := networksOf(other)
		if !known || !slices.ContainsFunc(others, func(n string) bool { return slices.Contains(own, n) }) {
			return false
		}
	}
	return true
}

// networksOf are the networks of a service: default where it names none. Those of a service with a network_mode, or that extends
// another one, are not known.
func networksOf(s *source.Service) (names []string, known bool) {
	if _, mode := s.Field("network_mode"); mode || s.Extends() != nil {
		return nil, false
	}
	f, ok := s.Field("networks")
	if !ok || f.Node.IsNull() {
		return []string{"default"}, true
	}
	return textsOf(f), true
}

func dropLinks(p *fix.Pass, c *composed, key *source.Node, names []string) fix.Finding {
	f := fix.Finding{Span: key.Span, Message: "links of " + c.Name + " repeat what the network does: " + strings.Join(names, ", ") + " can be reached by name"}
	var waits []string
	for _, d := range c.DependsOn() {
		waits = append(waits, d.Name)
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(waits, n) })
	if len(missing) == 0 {
		safety := fix.Safe
		if f.Reason = commentAt(p.Doc, key); f.Reason != "" {
			safety = fix.Unsafe
		}
		splices, err := p.Doc.DeleteEntry(key, true)
		f = withEdit(f, c, "leave the links out", safety, splices, err)
		if f.Fix != nil {
			f.Fix.Expect = map[string]string{"services." + c.Name + ".links": ""}
		}
		return f
	}
	if _, has := c.Field("depends_on"); has || slices.ContainsFunc(key.Value().Children, func(n *source.Node) bool { return strings.Contains(n.Resolve().Text(), ":") }) {
		f.Reason = "it also starts " + strings.Join(missing, ", ") + " first: add that to depends_on and leave the links out"
		return f
	}
	f.Reason = "a restart of " + strings.Join(names, ", ") + " would no longer restart " + c.Name
	splices, err := p.Doc.ReplaceScalar(key, "depends_on")
	return withEdit(f, c, "say depends_on instead", fix.Unsafe, splices, err)
}

// commentAt tells of a comment that may speak of an entry: without it the comment would seem to speak of what comes next. "" where there is none.
func commentAt(d *source.Document, key *source.Node) string {
	first, column := d.Position(key.Span.Start)
	last, _ := d.Position(max(key.Span.End, key.Value().Span.End))
	for _, comment := range d.Comments {
		line, at := d.Position(comment.Start)
		switch {
		case line >= first && line <= last:
			return fmt.Sprintf("a comment stands behind %s on line %d, and would seem to speak of what comes next", key.Text(), line)
		case comment.Own && line == last+1 && at > column:
			return fmt.Sprintf("a comment stands below %s on line %d, and would seem to speak of what comes next", key.Text(), line)
		case comment.Own && line == first-1 && at >= column:
			return fmt.Sprintf("a comment stands above %s on line %d, and would seem to speak of what comes next", key.Text(), line)
		}
	}
	return ""
}
