package dockerfile

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// listing is a list of statements to which a command can be added: that of the program, or that of a branch of an if.
type listing struct {
	links  []link
	branch bool // it may not run
	exits  bool // set -e is in force, and holds for its statements
	ends   bool // the program ends with it: its status is that of the program
}

// why a command is not added where set -e is in force
const (
	exitsUnclear = "whether set -e is in force there is not known"
	exitsInside  = "with a command behind it, set -e would not see a failure inside of the last one"
)

// listingOf is the list that all of the commands stand in: that of one branch where they share it, else that of the program. The
// second result says why there is none.
func (s *script) listingOf(commands []*shellCommand) (list *listing, why string) {
	exits, known := s.exitsOnError(commands[len(commands)-1].Start)
	for _, c := range commands {
		why = firstOf(why, c.certainOnly())
	}
	switch {
	case !known:
		return nil, exitsUnclear
	case why == "":
		return &listing{links: s.links(), exits: exits, ends: true}, ""
	}
	first := commands[0]
	if slices.ContainsFunc(commands, func(c *shellCommand) bool { return !c.inBranch() || c.Among[0] != first.Among[0] }) {
		return nil, why
	}
	outer := s.links()
	at := linkOf(outer, first.Start)
	if at < 0 {
		return nil, why
	}
	// Left of && or ||, and deeper, set -e holds or not by what stands around.
	plain := len(first.Within) == 1 && !outer[at].or && !outer[at].stmt.Negated && lastOfChain(outer, at)
	if exits && !plain {
		return nil, why
	}
	return &listing{links: s.linksIn(first.Among), branch: true, exits: exits, ends: plain && at == len(outer)-1}, ""
}

// inBranch reports whether a command stands in nothing but branches.
func (c *shellCommand) inBranch() bool {
	return len(c.Within) > 0 && !slices.ContainsFunc(c.Within, func(w setting) bool { return w != inIf })
}

// lastOfChain reports whether a link is the last of its chain of "&&".
func lastOfChain(links []link, at int) bool {
	return at == len(links)-1 || links[at+1].chain != links[at].chain
}

// joiner is what goes between a link and a command behind it, so that a failure of the link counts as before. In a chain of "&&"
// set -e sees the last link alone: a link that was the last and is not any more must be followed by ";".
func (l *listing) joiner(at int) (by, why string) {
	this := l.links[at]
	alone := at == 0 || l.links[at-1].chain != this.chain
	switch {
	case !l.exits || !lastOfChain(l.links, at):
		return "&&", ""
	case this.chain != l.links[len(l.links)-1].chain:
		return ";", ""
	case alone && isSubshell(this.stmt), alone && l.branch && !this.or && !hasList(this.stmt):
		return ";", ""
	case hasList(this.stmt) || !l.ends:
		return "", exitsInside
	}
	return "&&", ""
}

// joinerBefore is what goes between a command and a link that is to run only where it succeeds. A link that set -e sees, behind others
// of its chain, can have none before it that set -e would not see.
func (l *listing) joinerBefore(at int) (by, why string) {
	if at < 0 {
		return "", placeUnknown
	}
	alone := at == 0 || l.links[at-1].chain != l.links[at].chain
	switch {
	case l.links[at].or:
		return "", "it stands beside ||"
	case !l.exits || !lastOfChain(l.links, at):
		return " && ", ""
	case alone:
		return "; ", ""
	case l.ends && l.links[at].chain == l.links[len(l.links)-1].chain:
		return " && ", ""
	}
	return "", exitsInside
}

func isSubshell(st *syntax.Stmt) bool {
	_, ok := st.Cmd.(*syntax.Subshell)
	return ok && !st.Negated
}

// hasList reports whether a statement holds statements of its own, of which set -e may stop at any.
func hasList(st *syntax.Stmt) bool {
	found := false
	walkCommands(st, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.Block, *syntax.Subshell, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause, *syntax.FuncDecl:
			found = true
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return false
		}
		return !found
	})
	return found
}

// exitsOnError reports whether set -e is in force at a place; known is false where that depends on what runs.
func (s *script) exitsOnError(place int) (exits, known bool) {
	on, _ := errexit(s.Shell[min(1, len(s.Shell)):])
	for _, c := range s.Commands {
		if c.name() != "set" || c.Start >= place {
			continue
		}
		var words []string
		for _, w := range c.Words[1:] {
			words = append(words, w.Text)
		}
		setsOn, setsOff := errexit(words)
		switch {
		case !c.plain(), setsOff, setsOn && len(c.Within) > 0:
			return false, false
		}
		on = on || setsOn
	}
	return on, true
}

// errexit reports whether options of a shell, or words of set, turn -e on or off.
func errexit(words []string) (on, off bool) {
	for i, w := range words {
		switch {
		case w == "--":
			return on, off
		case w == "errexit" && i > 0:
			on, off = on || words[i-1][0] == '-', off || words[i-1][0] == '+'
		case len(w) > 1 && strings.Trim(w[1:], "abefhkmnptuvxBCEHPTco") == "" && strings.Contains(w, "e"):
			on, off = on || w[0] == '-', off || w[0] == '+'
		}
	}
	return on, off
}
