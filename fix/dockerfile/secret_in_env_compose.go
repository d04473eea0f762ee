package dockerfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// user is a service of a Compose file, or a target of a bake file, that builds the image.
type user struct {
	context *fix.BuildContext
	service string // "" for a target of a bake file
}

// place tells the services of a project apart: those of one name in the files of one folder are taken for parts of one service.
func (u user) place() string { return path.Dir(u.context.ComposeFile) + " " + u.service }

// named are services as messages call them.
func named(list []user) string {
	var names []string
	for _, u := range list {
		names = append(names, "the service "+u.service+" in "+u.context.Compose)
	}
	return strings.Join(names, " and ")
}

// handers are those that must hand the secret over: that pass it as an argument, or that build with the one that stands in the
// Dockerfile.
func (s *secret) handers() []user {
	var list []user
	for _, c := range s.contexts() {
		switch {
		case c.Service != nil && (s.literal() || s.passedIn(c)):
			list = append(list, user{c, c.Service.Name})
		case c.Service == nil && s.passedIn(c):
			list = append(list, user{context: c})
		}
	}
	return list
}

// passedIn reports whether a build passes the argument.
func (s *secret) passedIn(c *fix.BuildContext) bool {
	if _, passed := c.Args[s.name]; s.in.Name != "ARG" || c.Service == nil {
		return passed && s.in.Name == "ARG"
	}
	return slices.ContainsFunc(s.argsOf(c), func(v source.EnvironmentVariable) bool { return v.Name == s.name })
}

// argsOf are the arguments of a build, from the text that its Compose file has by now.
func (s *secret) argsOf(c *fix.BuildContext) []source.EnvironmentVariable {
	service := c.Service
	if e, err := editCompose(s.facts, c.ComposeFile); err == nil {
		service = e.service(c.Service.Name)
	}
	if service == nil || service.Build() == nil {
		return nil
	}
	return service.Build().Args
}

// throughCompose makes what Compose files need for handing the secret over in another way. The reason says why one of them must
// be changed by hand.
func (s *secret) throughCompose() (edits []*composeEdit, reason string) {
	seen := map[string]bool{}
	for _, u := range s.handers() {
		again := seen[u.place()]
		if again && !s.passedIn(u.context) {
			continue // the other file says it already
		}
		if u.service == "" {
			return nil, fmt.Sprintf("%s passes it: give it there as secret = [\"id=%s,env=%s\"], and use %s here", u.context.Compose, s.name, s.name, s.mounted())
		}
		e, err := s.editFor(&edits, u)
		switch {
		case err != nil:
		case u.context.ExtendedBy != "":
			err = fmt.Errorf("%s takes services from it with extends, which brings no secrets of the top", u.context.ExtendedBy)
		case again:
			err = errors.New("so does another file of its folder")
		default:
			err = s.hand(e, u)
		}
		if seen[u.place()] = true; err != nil {
			return nil, fmt.Sprintf("%s builds with it, and %v: name it under build.secrets there, with secrets: {%s: {environment: %s}} at the top of that file, and use %s here",
				named([]user{u}), err, s.name, s.name, s.mounted())
		}
	}
	return edits, ""
}

// mounted is the RUN that gets the secret.
func (s *secret) mounted() string { return "RUN --mount=type=secret,id=" + s.name + ",env=" + s.name }

// editFor is the edit of the Compose file of p: one for each file.
func (s *secret) editFor(edits *[]*composeEdit, p user) (*composeEdit, error) {
	for _, e := range *edits {
		if e.name == p.context.ComposeFile {
			return e, nil
		}
	}
	e, err := editCompose(s.facts, p.context.ComposeFile)
	if err == nil {
		*edits = append(*edits, e)
	}
	return e, err
}

// callersVariable is a value that is nothing but a variable of the caller, without a default of its own.
var callersVariable = lazyregexp.New(`^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::?-|:?\?[^}]*)?\})$`)

// hand makes a service give the secret to its build; one that passes it as an argument does not any more.
func (s *secret) hand(e *composeEdit, u user) error {
	variable := s.name
	if s.passedIn(u.context) {
		var err error
		if variable, err = s.dropArgument(e, u.service); err != nil {
			return err
		}
	}
	if err := e.addBuildSecret(u.service, s.name); err != nil {
		return err
	}
	return e.addSecret(s.name, variable)
}

// dropArgument takes the argument out of the build of a service, and gives the variable that its value came from.
func (s *secret) dropArgument(e *composeEdit, service string) (variable string, err error) {
	var args []source.EnvironmentVariable
	if in := e.service(service); in != nil {
		args = slices.DeleteFunc(in.Build().Args, func(v source.EnvironmentVariable) bool { return v.Name != s.name })
	}
	if len(args) != 1 || args[0].Via != nil {
		return "", errors.New("that part is shared, or written twice")
	}
	if !args[0].Set {
		return s.name, e.dropArgument(service, args[0])
	}
	m := callersVariable.FindStringSubmatch(args[0].Value)
	if m == nil {
		return "", errors.New("its value there is more than a variable of the caller")
	}
	return m[1] + m[2], e.dropArgument(service, args[0])
}

// supply makes the services ask for the variable. The reason says why one of them must be changed by hand.
func (s *secret) supply(lacking []user) (edits []*composeEdit, reason string) {
	for _, u := range lacking {
		e, err := s.editFor(&edits, u)
		if err == nil {
			err = e.addVariable(u.service, s.name)
		}
		if err != nil {
			return nil, fmt.Sprintf("%s does not give it to the container, and %v: put %s: ${%s:?} into its environment, then take it out here", named([]user{u}), err, s.name, s.name)
		}
	}
	return edits, ""
}

// withCompose adds the edits of Compose files to a fix.
func withCompose(f *fix.Fix, edits []*composeEdit) {
	for _, e := range edits {
		if f.Elsewhere == nil {
			f.Elsewhere = map[string][]string{}
		}
		f.Edits = append(f.Edits, e.edit())
		f.Elsewhere[e.name] = e.changes
	}
}

// composeNames are the names of the Compose files that are changed, for a title: behind how, "" for none.
func composeNames(how string, edits []*composeEdit) string {
	var names []string
	for _, e := range edits {
		names = append(names, e.name)
	}
	if len(names) == 0 {
		return ""
	}
	return how + strings.Join(names, " and ")
}
