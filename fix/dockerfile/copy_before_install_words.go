package dockerfile

import (
	"maps"
	"strings"

	"github.com/dockfix/dockfix/fix/manifest"
	"mvdan.cc/sh/v3/syntax"
)

// shellEnv are the variables that a program has from ENV and does not set itself.
func shellEnv(at place, file *syntax.File) map[string]string {
	if len(at.env) == 0 {
		return nil
	}
	env, own := at.env, false
	walkCommands(file, func(n syntax.Node) bool {
		a, ok := n.(*syntax.Assign)
		if !ok || a.Name == nil {
			return true
		}
		if !own {
			env, own = maps.Clone(env), true
		}
		delete(env, a.Name.Value)
		return true
	})
	return env
}

func (c *chain) command(call *syntax.CallExpr) (manifest.Command, bool) {
	return commandOf(call, c.env)
}

// commandOf is a call with its words; not ok where its name is not literal.
func commandOf(call *syntax.CallExpr, env map[string]string) (manifest.Command, bool) {
	var c manifest.Command
	if len(call.Args) > 1 {
		c.Args = make([]string, 0, len(call.Args)-1)
	}
	for i, w := range call.Args {
		text, ok := wordText(w, env)
		if !ok {
			text = variable
		}
		if i == 0 {
			if !ok || strings.Contains(text, variable) {
				return c, false
			}
			c.Name = text
			continue
		}
		c.Args = append(c.Args, text)
	}
	for _, a := range call.Assigns {
		if a.Name != nil {
			c.Vars = append(c.Vars, a.Name.Value)
		}
	}
	return c, len(call.Args) > 0
}

// wordText is a word as the program gets it, with variable in place of each parameter that env does not have; not ok where
// a command or a process is substituted.
func wordText(w *syntax.Word, env map[string]string) (string, bool) {
	if w == nil {
		return "", false
	}
	if lit := literal(w); lit != "" {
		return unescape(lit, ""), true
	}
	var b strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, ""))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			text, ok := wordText(&syntax.Word{Parts: p.Parts}, env)
			if !ok {
				return "", false
			}
			b.WriteString(text)
		case *syntax.ParamExp:
			b.WriteString(parameter(p, env))
		default:
			return "", false
		}
	}
	return b.String(), true
}

// parameter is the value of $NAME or ${NAME} where it is known, and would not be split into words.
func parameter(p *syntax.ParamExp, env map[string]string) string {
	plain := p.Param != nil && !p.Excl && !p.Length && !p.Width && p.Index == nil && p.Slice == nil && p.Repl == nil && p.Exp == nil && p.Names == 0
	if !plain {
		return variable
	}
	value, ok := env[p.Param.Value]
	if !ok || strings.ContainsAny(value, " \t\n*?[") {
		return variable
	}
	return value
}
