package dockerfile

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// substitutions looks for commands in $( ), backquotes and <( ) of a node.
func (s *script) substitutions(n syntax.Node, within []setting) {
	switch n := n.(type) {
	case *syntax.Word:
		if n == nil || runsNothing(n.Parts) {
			return
		}
	case *syntax.Assign:
		if n.Array == nil && n.Index == nil { // as most
			s.substitutions(n.Value, within)
			return
		}
	case *syntax.CallExpr:
		for _, a := range n.Assigns {
			s.substitutions(a, within)
		}
		for _, w := range n.Args {
			s.substitutions(w, within)
		}
		return
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			s.statements(n.Stmts, inside(within, inSubstitution))
			return false
		case *syntax.ProcSubst:
			s.statements(n.Stmts, inside(within, inSubstitution))
			return false
		}
		return true
	})
}

// walkCommands is syntax.Walk for what looks for commands and what is around them: it leaves out the words that have none in them, which
// are most of a program.
func walkCommands(n syntax.Node, visit func(syntax.Node) bool) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Word:
			if runsNothing(n.Parts) {
				return false
			}
		case *syntax.CallExpr:
			return visit(n) && (len(n.Assigns) > 0 || slices.ContainsFunc(n.Args, func(w *syntax.Word) bool { return !runsNothing(w.Parts) }))
		}
		return visit(n)
	})
}

// runsNothing reports whether the parts of a word are text and plain variables.
func runsNothing(parts []syntax.WordPart) bool {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit, *syntax.SglQuoted:
		case *syntax.DblQuoted:
			if !runsNothing(p.Parts) {
				return false
			}
		case *syntax.ParamExp:
			if p.Index != nil || p.Slice != nil || p.Repl != nil || p.Exp != nil {
				return false
			}
		default:
			return false
		}
	}
	return true
}
