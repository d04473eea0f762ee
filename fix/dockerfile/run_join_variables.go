package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// setters are commands of the shell that set variables which they are told, or that they choose.
var setters = strings.Fields("read getopts mapfile readarray let printf wait typeset select")

// specialBuiltins keep an assignment that stands before them (POSIX, 2.14).
var specialBuiltins = strings.Fields(": . break continue eval exec exit export readonly return set shift times trap unset")

// setsVariables says which construct of a program sets variables for what comes behind it; "" for none. To a clear program only those matter by
// which programs are found.
func (s *script) setsVariables(clear bool) string {
	if name := s.setsPath(); name != "" {
		return "the first RUN sets " + name
	}
	if clear {
		return ""
	}
	found := ""
	syntax.Walk(s.program.File, func(n syntax.Node) bool {
		if found == "" {
			found = assigns(n)
		}
		return found == ""
	})
	if found != "" {
		return "the first RUN has " + found + ", which sets a variable"
	}
	for _, c := range s.Commands {
		switch {
		case c.name() == "printf" && !c.has("-v"):
		case slices.Contains(setters, c.name()):
			return "the first RUN has a " + c.name() + ", which may set a variable"
		case slices.Contains(specialBuiltins, c.name()) && len(c.Assigned) > 0:
			return fmt.Sprintf("the first RUN sets %s before a %s, which keeps it", c.Assigned[0].Name, c.name())
		}
	}
	return ""
}

// assigns names the construct by which a node sets a variable; "" where it does not.
func assigns(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.ForClause:
		return "a loop"
	case *syntax.LetClause:
		return "a let"
	case *syntax.CoprocClause:
		return "a coprocess"
	case *syntax.ParamExp:
		if n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) {
			return "a ${NAME=value}"
		}
	case *syntax.BinaryArithm:
		if op := n.Op.String(); strings.HasSuffix(op, "=") && !slices.Contains([]string{"==", "!=", "<=", ">="}, op) {
			return "an assignment in $(( ))"
		}
	case *syntax.UnaryArithm:
		if n.Op == syntax.Inc || n.Op == syntax.Dec {
			return "an assignment in $(( ))"
		}
	case *syntax.Redirect:
		if n.N != nil && strings.HasPrefix(n.N.Value, "{") {
			return "a {NAME} redirection"
		}
	}
	return ""
}

// setsPath is the variable that a program sets and by which the shell finds programs, or their libraries; "" for none.
func (s *script) setsPath() string {
	for _, a := range s.Exports {
		if findsPrograms.MatchString(a.Name) {
			return a.Name
		}
	}
	for _, c := range s.Commands {
		if !slices.Contains([]string{"read", "unset", "export", "readonly", "typeset", "mapfile", "readarray", "getopts", "printf", "let"}, c.name()) {
			continue
		}
		for _, w := range c.Words {
			if name, _, _ := strings.Cut(w.Text, "="); findsPrograms.MatchString(name) {
				return name
			}
		}
	}
	name := ""
	if !s.reader.says(s.In, "for", "select") {
		return name
	}
	syntax.Walk(s.program.File, func(n syntax.Node) bool {
		if it, ok := n.(*syntax.WordIter); ok && findsPrograms.MatchString(it.Name.Value) {
			name = it.Name.Value
		}
		return true
	})
	return name
}

var findsPrograms = lazyregexp.New(`^(PATH|LD_\w+|GLOBIGNORE|IFS|BASH_ENV)$`)

// plainSet are options of set that do not matter to rm and package managers.
var plainSet = lazyregexp.New(`^([-+][euxov]+|pipefail|errexit|nounset|xtrace|verbose)$`)

// passesClear reports whether a command of the shell does not matter to a clear program.
func (c *shellCommand) passesClear() bool {
	if c.name() == "set" {
		return !slices.ContainsFunc(c.Words[1:], func(w shellWord) bool { return !plainSet.MatchString(w.Text) })
	}
	return slices.Contains([]string{"cd", "export", "unset", "readonly"}, c.name())
}
