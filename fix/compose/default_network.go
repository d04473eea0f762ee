package compose

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// DefaultNetwork finds files whose services name no network.
var DefaultNetwork = &fix.Rule{
	Name:  "default-network",
	Title: "services on the network that Compose makes where none is named",
	Why: "Where no network is named all services share the network default, to which everything that is added to the project later belongs too. A network with a name is one that a service can be left out of. " +
		"The fix names one network and puts all services on it, so that each reaches the others as before. It is always held back: the network PROJECT_default goes, and what other projects and commands do by that name no longer works. " +
		"Nothing is found where a file has one service, names a network anywhere, is for a swarm, or is read together with another file that names one. It is refused where other files of the project would leave services behind.",
	Kind:    source.ComposeKind,
	Safety:  fix.Unsafe,
	Changes: []string{"networks.*", "services.*.networks", "services.*.networks.*"},
	Wants:   project,
	Check:   checkDefaultNetwork,
}

func checkDefaultNetwork(p *fix.Pass) {
	all := wholeServices(p)
	if len(all) < 2 || len(all) != len(p.Doc.Compose.Services) || namesNetwork(p) {
		return
	}
	var list []*composed
	for _, c := range all {
		if c.has("networks") || c.forSwarm(p) {
			return
		}
		if !c.has("network_mode") {
			list = append(list, c)
		}
	}
	if len(list) > 1 {
		p.Report(giveNetwork(p, list))
	}
}

// namesNetwork reports whether the file, or one that is read with it, has a section of networks.
func namesNetwork(p *fix.Pass) bool {
	docs := []*source.Document{p.Doc}
	for _, f := range p.Facts.Project.Others {
		if f.Override || f.Includes || f.Extends {
			docs = append(docs, f.Doc)
		}
	}
	for _, doc := range docs {
		for _, root := range doc.Compose.Documents {
			if key, _ := root.Get("networks"); key != nil {
				return true
			}
		}
	}
	return false
}

func giveNetwork(p *fix.Pass, list []*composed) fix.Finding {
	key, _ := p.Doc.Compose.Root.Get("services")
	f := fix.Finding{Span: key.Span, Message: "no network is named: all services share the one that Compose makes"}
	if f.Reason = leftBehind(p, list); f.Reason != "" {
		return f
	}
	name := freeName(p, list)
	f.Reason = "the network PROJECT_default goes: what other projects and commands do by that name would no longer work"
	var splices []source.Splice
	for _, c := range list {
		s, err := addSetting(p.Doc, c.Service, listBelow(p.Doc, "networks", name), "ports", "restart")
		if err != nil {
			f.Reason = err.Error()
			return f
		}
		splices = append(splices, s...)
	}
	section, err := addSection(p.Doc, nest(p.Doc, "networks", name+":"))
	edit(&f, "put them on a network of their own, "+name, fix.Unsafe, append(splices, section...), err)
	return f
}

// leftBehind is why services would no longer reach each other; "" where they would.
func leftBehind(p *fix.Pass, list []*composed) string {
	for _, c := range list {
		switch {
		case c.unread != "":
			return c.Name + ": " + c.unread + ", which may name networks"
		case c.reused != "":
			return c.Name + ": " + c.reused
		}
	}
	for _, f := range p.Facts.Project.Others {
		for _, s := range f.Doc.Compose.Services {
			if f.Includes || f.Extends || readTogether(p.Doc, f, s) && !addsTo(list, f, s) {
				return "the services of " + f.Doc.Name + " would stay on the network default: give them the network too"
			}
		}
	}
	if name := namedDefault(p.Doc.Bytes); name != "" {
		return "the file names the network " + name + ", which would go"
	}
	return ""
}

// madeNetwork finds names of networks that Compose makes: PROJECT_default.
var madeNetwork = lazyregexp.New(`\b[a-z0-9][a-z0-9_-]*_default\b`)

// namedDefault is the first such name in a text; "" for none.
func namedDefault(text []byte) string {
	part := []byte("_default")
	if !bytes.Contains(text, part) {
		return ""
	}
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, part) {
			continue
		}
		if name := madeNetwork.Find(line); name != nil {
			return string(name)
		}
	}
	return ""
}

// readTogether reports whether a service of another file is one of the same project: its file is merged with this one without being asked,
// or it adds to a service of this file or waits for one.
func readTogether(d *source.Document, f fix.ComposeFile, s *source.Service) bool {
	if !mergedWith(f, s) || !f.Override && serviceOf(d, s.Name) == nil {
		return slices.ContainsFunc(s.DependsOn(), func(dep source.Dependency) bool {
			return serviceOf(f.Doc, dep.Name) == nil && serviceOf(d, dep.Name) != nil
		})
	}
	return true
}

// addsTo reports whether a service of another file is merged with one that gets the network.
func addsTo(list []*composed, f fix.ComposeFile, s *source.Service) bool {
	return mergedWith(f, s) && slices.ContainsFunc(list, func(c *composed) bool { return c.Name == s.Name })
}

// freeName is a name for a network that no service has.
func freeName(p *fix.Pass, list []*composed) string {
	for _, name := range []string{"app", "internal", "backend"} {
		if serviceOf(p.Doc, name) == nil {
			return name
		}
	}
	return list[0].Name + "-net"
}

// addSection puts a section at the end of the file, below a blank line where the file has one above its sections.
func addSection(d *source.Document, lines []string) ([]source.Splice, error) {
	splices, err := d.AppendEntry(d.Compose.Root, lines)
	if err != nil || len(splices) != 1 {
		return splices, err
	}
	s := &splices[0]
	body := strings.TrimLeft(s.New, "\r\n")
	newline := strings.TrimSuffix(s.New, body)
	above := newline
	if blankAboveSections(d) {
		above += newline
	}
	if !cutsOff(d, splices, 0) {
		s.New = above + body
		return splices, nil
	}
	// Comments of the last service stand below: the section comes after them.
	rest := string(d.Bytes[s.End:])
	if !onlyComments(rest) {
		return nil, source.Refused("the end of the file is marked")
	}
	end := len(d.Bytes) - len(rest) + len(strings.TrimRight(rest, "\r\n"))
	return []source.Splice{{Span: source.Span{Start: end, End: end}, New: above + body}}, nil
}

// onlyComments reports whether a text holds nothing but comments and blank lines.
func onlyComments(text string) bool {
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// blankAboveSections reports whether a blank line stands above sections of the file, and none of its texts could take one in.
func blankAboveSections(d *source.Document) bool {
	has := func(text string) bool { return bytes.Contains(d.Bytes, []byte(text)) }
	if has("|+") || has(">+") {
		return false
	}
	for _, name := range []string{"services", "volumes", "networks", "secrets", "configs"} {
		if key, _ := d.Compose.Root.Get(name); key != nil && endsBlank(d.Bytes[:key.Span.Start]) {
			return true
		}
	}
	return len(d.Compose.Root.Children) == 2 && (has("\n\n") || has("\n\r\n"))
}

// endsBlank reports whether a text ends with a blank line.
func endsBlank(text []byte) bool {
	return bytes.HasSuffix(text, []byte("\n\n")) || bytes.HasSuffix(text, []byte("\n\r\n"))
}
