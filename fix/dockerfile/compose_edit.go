package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// composeEdit changes a Compose file that builds a Dockerfile, step by step: each step sees the text that the one before left. The
// whole becomes one edit.
type composeEdit struct {
	name string // as in Facts.Files
	was  []byte
	doc  *source.Document // of the text so far
	// changes are the paths of its model that change, as in fix.Fix.Elsewhere.
	changes []string
}

// errNotEditable says that a Compose file is none that a fix may edit.
var errNotEditable = errors.New("that file cannot be edited from here")

// editCompose begins to change a Compose file.
func editCompose(facts *fix.Facts, name string) (*composeEdit, error) {
	if facts.Documents[name] != source.ComposeKind {
		return nil, errNotEditable
	}
	doc, err := source.Parse(name, source.ComposeKind, facts.Files[name])
	if err != nil {
		return nil, errNotEditable // the run tells of the error in its turn
	}
	return &composeEdit{name: name, was: doc.Bytes, doc: doc}, nil
}

// service is a service of the text so far; nil where there is none of that name, or it has no settings of its own.
func (e *composeEdit) service(name string) *source.Service {
	for _, s := range e.doc.Compose.Services {
		if s.Name == name && s.Node != nil && s.Via == nil {
			return s
		}
	}
	return nil
}

// do makes the splices of one step.
func (e *composeEdit) do(splices []source.Splice, err error) error {
	if err != nil {
		return err
	}
	text, err := source.Apply(e.doc.Bytes, splices)
	if err != nil {
		return err
	}
	e.doc, err = source.Parse(e.name, source.ComposeKind, text)
	return err
}

// edit is the whole change: what stands between the first byte that differs and the last.
func (e *composeEdit) edit() fix.Edit {
	old, now := e.was, e.doc.Bytes
	start := 0
	for start < min(len(old), len(now)) && old[start] == now[start] {
		start++
	}
	end := 0
	for end < min(len(old), len(now))-start && old[len(old)-1-end] == now[len(now)-1-end] {
		end++
	}
	return fix.Edit{File: e.name, Span: source.Span{Start: start, End: len(old) - end}, New: string(now[start : len(now)-end])}
}

// nested is an entry with lines below it, indented as the file does.
func (e *composeEdit) nested(key string, below ...string) []string {
	lines := []string{key + ":"}
	for _, line := range below {
		lines = append(lines, strings.Repeat(" ", e.doc.Compose.Step)+line)
	}
	return lines
}

// appendTop adds a section to the file, behind a blank line where its sections stand apart.
func (e *composeEdit) appendTop(lines []string) error {
	root := e.doc.Compose.Root
	splices, err := e.doc.AppendEntry(root, lines)
	if err == nil && len(splices) == 1 && e.sectionsApart() {
		newline, _, _ := strings.Cut(splices[0].New, lines[0])
		splices[0].New = newline + splices[0].New
	}
	return e.do(splices, err)
}

// sectionsApart reports whether a blank line stands above the last section of the file.
func (e *composeEdit) sectionsApart() bool {
	root := e.doc.Compose.Root
	if len(root.Children) < 4 {
		return true // there is one section, or none: nothing says otherwise
	}
	before := e.doc.Bytes[root.Children[len(root.Children)-4].Span.Start:root.Children[len(root.Children)-2].Span.Start]
	before = bytes.ReplaceAll(before, []byte("\r"), nil)
	return bytes.Contains(before, []byte("\n\n"))
}

// dropArgument takes an argument out of the build of a service: with all of args where it is the only one.
func (e *composeEdit) dropArgument(service string, v source.EnvironmentVariable) error {
	args, _ := e.service(service).Build().Node.Lookup("args")
	each := 1 // an entry has a key and a value
	if args.Node.IsMapping() {
		each = 2
	}
	e.changes = append(e.changes, fmt.Sprintf("services.%s.build.args.%s", service, v.Name))
	switch {
	case len(args.Node.Children) == each:
		e.changes = append(e.changes, fmt.Sprintf("services.%s.build.args", service))
		return e.do(e.doc.DeleteEntry(args.Key, true))
	case v.Key != nil:
		return e.do(e.doc.DeleteEntry(v.Key, true))
	}
	return e.do(e.doc.DeleteItem(v.Node))
}

// addBuildSecret names a secret in the build of a service.
func (e *composeEdit) addBuildSecret(service, name string) error {
	build, err := e.longBuild(service)
	if err != nil {
		return err
	}
	e.changes = append(e.changes, fmt.Sprintf("services.%s.build.secrets", service), fmt.Sprintf("services.%s.build.secrets[*", service))
	f, ok := build.Lookup("secrets")
	switch {
	case !ok:
		return e.do(e.doc.AppendEntry(build, e.list("secrets", name)))
	case f.Via != nil || !f.Node.IsSequence():
		return errors.New("its build.secrets is not a list of its own")
	}
	for _, item := range f.Node.Children {
		if item.Text() == name {
			return nil
		}
	}
	return e.do(e.doc.AppendItem(f.Node, name))
}

// longBuild is the build of a service as a mapping: one that is only a directory becomes one.
func (e *composeEdit) longBuild(service string) (*source.Node, error) {
	s := e.service(service)
	if s == nil || s.Build().Via != nil {
		return nil, errors.New("its build is shared with others")
	}
	if build := s.Build().Node; !build.IsMapping() {
		if err := e.do(e.doc.ScalarToMap(build, "context")); err != nil {
			return nil, err
		}
	}
	return e.service(service).Build().Node, nil
}

// list is an entry with a list of one item, indented as the file does.
func (e *composeEdit) list(key, item string) []string {
	return []string{key + ":", strings.Repeat(" ", e.doc.Compose.DashStep) + "- " + item}
}

// addSecret says at the top of the file which variable of the caller holds a secret.
func (e *composeEdit) addSecret(name, variable string) error {
	e.changes = append(e.changes, "secrets", "secrets."+name+"*")
	step := strings.Repeat(" ", e.doc.Compose.Step)
	f, ok := e.doc.Compose.Root.Lookup("secrets")
	if !ok {
		return e.appendTop(e.nested("secrets", name+":", step+"environment: "+variable))
	}
	if there, ok := f.Node.Lookup(name); ok {
		if given, ok := there.Node.Lookup("environment"); ok && given.Node.Text() == variable {
			return nil
		}
		return fmt.Errorf("it has another secret %s", name)
	}
	return e.do(e.doc.AppendEntry(f.Node, e.nested(name, "environment: "+variable)))
}

// addVariable gives the container of a service a variable that whoever starts it must set.
func (e *composeEdit) addVariable(service, name string) error {
	s := e.service(service)
	if s == nil {
		return errors.New("its settings are shared with other services")
	}
	e.changes = append(e.changes, fmt.Sprintf("services.%s.environment", service), fmt.Sprintf("services.%s.environment.%s", service, name))
	value := "${" + name + ":?set " + name + " in .env}"
	f, ok := s.Field("environment")
	_, files := s.Field("env_file")
	switch {
	case files:
		return errors.New("it reads an env_file, where it may stand or belong")
	case !ok:
		return e.do(e.doc.AppendEntry(s.Node, e.nested("environment", name+": "+value)))
	case f.Via != nil:
		return errors.New("its environment is shared with other services")
	case f.Node.IsSequence():
		return e.do(e.doc.AppendItem(f.Node, name+"="+value))
	}
	return e.do(e.doc.AppendEntry(f.Node, []string{name + ": " + value}))
}
