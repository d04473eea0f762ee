package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// secretFile is a secret that a container is to read from a file.
type secretFile struct {
	*inlineSecret
	name   string // of the Compose secret
	suffix string // of the variable
	shared string // the variable of the .env that has it too; "" for none: it has a file of its own
}

// filesOf are the secrets that their containers can read from files, in the order of the file. Silenced ones are left out.
func (m *secretMove) filesOf() []secretFile {
	if !m.facts.SecretFiles || m.doc.Compose.Refusal != "" {
		return nil
	}
	var list []secretFile
	for _, s := range m.found {
		suffix := fileSuffix(s)
		if m.setElsewhere(s) {
			suffix = ""
		}
		name := strings.ToLower(m.nameOf(s))
		if suffix == "" || name == "" || m.refuse(s) != "" || strings.HasSuffix(s.value, "\n") || fix.Suppressions(m.doc).Covers([]string{inlineSecretName}, s.span) {
			continue
		}
		if there, ok := m.facts.Files[pathOfSecret(name)]; ok && string(there) != s.value || m.hasSecret(name) {
			continue
		}
		list = append(list, secretFile{inlineSecret: s, name: name, suffix: suffix})
	}
	for i, f := range list {
		for _, s := range m.found {
			stays := !slices.ContainsFunc(list, func(o secretFile) bool { return o.inlineSecret == s })
			if stays && m.nameOf(s) == m.nameOf(f.inlineSecret) && m.refuse(s) == "" {
				list[i].shared = m.nameOf(s)
			}
		}
	}
	return list
}

func pathOfSecret(name string) string { return "secrets/" + strings.ToLower(name) + ".txt" }

// hasSecret reports whether the file has a Compose secret of that name.
func (m *secretMove) hasSecret(name string) bool {
	f, ok := m.doc.Compose.Root.Lookup("secrets")
	if !ok {
		return false
	}
	_, there := f.Node.Lookup(name)
	return there
}

// decideFile gives the finding about the nth secret that goes to a file its fix: the first has that of all.
func (m *secretMove) decideFile(list []secretFile, n int, f *fix.Finding) {
	if n > 0 {
		line, _ := m.doc.Position(list[0].span.Start)
		f.Reason = fmt.Sprintf("it goes to a file together with the one on line %d", line)
		return
	}
	made, err := m.toFiles(list)
	if err != nil {
		f.Reason = err.Error()
		return
	}
	var doubts []string
	for _, s := range list {
		own := m.doubts(s.inlineSecret)
		if _, misread := source.EnvValue(s.value); misread != "" && s.shared != "" {
			own = append(own, misread)
		}
		for _, d := range own {
			if !slices.Contains(doubts, d) {
				doubts = append(doubts, d)
			}
		}
	}
	if f.Fix = made; len(doubts) > 0 {
		f.Fix.Safety, f.Reason = fix.Unsafe, strings.Join(doubts, "; ")
	}
}

// toFiles makes one fix of all secrets that go to files: their entries at the top of the file stand at one place. It is given to the
// first of them. The error says why they cannot.
func (m *secretMove) toFiles(list []secretFile) (*fix.Fix, error) {
	made := &fix.Fix{Title: "let " + services(list) + " read it from a file, as a Compose secret", Safety: fix.Safe}
	top := []string{}
	for _, f := range list {
		splices, err := m.renameVariable(f)
		if err != nil {
			return nil, err
		}
		made.Edits = append(made.Edits, fix.Of(splices...)...)
		path := "services." + f.service.Name + ".environment." + f.key
		made.Changes = append(made.Changes, path, path+f.suffix, "services."+f.service.Name+".secrets*", "secrets", "secrets."+f.name+"*")
		if entry := m.entryOf(f); !slices.Contains(top, entry[0]) {
			top = append(top, entry...)
		}
		made.Edits = append(made.Edits, m.filesOfSecret(f)...)
	}
	splices, err := m.nameSecrets(list, top)
	made.Edits = append(made.Edits, fix.Of(splices...)...)
	return made, err
}

// services are the names of the services of the secrets.
func services(list []secretFile) string {
	var names []string
	for _, f := range list {
		if !slices.Contains(names, f.service.Name) {
			names = append(names, f.service.Name)
		}
	}
	return strings.Join(names, " and ")
}

// renameVariable puts the file in the place of the value.
func (m *secretMove) renameVariable(f secretFile) ([]source.Splice, error) {
	path := "/run/secrets/" + f.name
	if f.node.Key == nil { // NAME=value
		return m.doc.ReplaceParts(f.node, []source.Part{{From: len(f.key), To: f.to, New: f.suffix + "=" + path}})
	}
	key, err := m.doc.ReplaceScalar(f.node.Key, f.key+f.suffix)
	if err != nil {
		return nil, err
	}
	value, err := m.doc.ReplaceScalar(f.node, path)
	return append(key, value...), err
}

// entryOf is the Compose secret, as an entry of the section secrets.
func (m *secretMove) entryOf(f secretFile) []string {
	from := "file: ./" + pathOfSecret(f.name)
	if f.shared != "" {
		from = "environment: " + f.shared
	}
	return []string{f.name + ":", strings.Repeat(" ", m.doc.Compose.Step) + from}
}

// filesOfSecret are the edits of other files.
func (m *secretMove) filesOfSecret(f secretFile) []fix.Edit {
	if f.shared != "" {
		line, _ := source.EnvValue(f.value)
		return m.files(f.shared, line)
	}
	var edits []fix.Edit
	if _, there := m.facts.Files[pathOfSecret(f.name)]; !there {
		edits = append(edits, fix.Edit{File: pathOfSecret(f.name), New: f.value, Secret: true})
	}
	d := m.facts.DotEnv
	if ignored := d.SecretsIgnored || d.Gitignore == "" || hasLine(m.facts.Files[d.Gitignore], "secrets/"); !ignored {
		edits = append(edits, m.addLine(d.Gitignore, "secrets/", false)...)
	}
	for _, c := range d.Contexts {
		folder := strings.TrimSuffix(c.Path, ".env") + "secrets"
		if !m.hides(c, folder+"/x") {
			edits = append(edits, m.addLine(c.Ignore, folder, false)...)
		}
	}
	return edits
}

// nameSecrets names the secrets in their services, and writes the section secrets: below these, where both stand at the end of
// the file.
func (m *secretMove) nameSecrets(list []secretFile, top []string) ([]source.Splice, error) {
	var all []source.Splice
	seen := map[string]bool{}
	for _, f := range list {
		if seen[f.service.Name] {
			continue
		}
		seen[f.service.Name] = true
		splices, err := m.giveSecrets(f.service, list)
		if err != nil {
			return nil, err
		}
		all = append(all, splices...)
	}
	section, ok := m.doc.Compose.Root.Lookup("secrets")
	if ok {
		splices, err := m.doc.AppendEntry(section.Node, top)
		return append(all, splices...), err
	}
	for i, line := range top {
		top[i] = strings.Repeat(" ", m.doc.Compose.Step) + line
	}
	splices, err := m.doc.AppendEntry(m.doc.Compose.Root, append([]string{"secrets:"}, top...))
	if err == nil && len(splices) == 1 { // a blank line above
		newline, _, _ := strings.Cut(splices[0].New, "secrets:")
		splices[0].New = newline + splices[0].New
	}
	return append(all, splices...), err
}

// giveSecrets names the secrets of a service in it.
func (m *secretMove) giveSecrets(s *source.Service, list []secretFile) ([]source.Splice, error) {
	var names []string
	for _, f := range list {
		if f.service == s && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	if f, ok := s.Field("secrets"); ok {
		if f.Via != nil || !f.Node.IsSequence() {
			return nil, source.Refused(fmt.Sprintf("the secrets of %s are shared with other services", s.Name))
		}
		var all []source.Splice
		for _, name := range names {
			splices, err := m.doc.AppendItem(f.Node, name)
			if err != nil {
				return nil, err
			}
			all = append(all, splices...)
		}
		return all, nil
	}
	environment, _ := s.Field("environment")
	lines := []string{"secrets:"}
	for _, name := range names {
		lines = append(lines, strings.Repeat(" ", m.doc.Compose.DashStep)+"- "+name)
	}
	return m.doc.InsertEntryAfter(environment.Key, lines)
}
