package dockerfile

import (
	"path"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// builtins are commands of POSIX and bash that no program does, and words of their grammar.
var builtins = strings.Fields(". : [ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown eval exec exit export fc fg getopts hash help history jobs let local logout popd pushd read readonly return set shift shopt source suspend test times trap type typeset ulimit umask unalias unset wait")

// deaf are programs that start another one and keep the signals to themselves.
var deaf = []string{"npm", "yarn", "pnpm", "npx"}

// unreadable is why a command is left alone altogether.
const unreadable = "the shell program cannot be read"

// plainWords are the words of a command that means the same without a shell; else why it needs one.
func plainWords(text string) (words []string, why string) {
	file, err := source.ParseShell(text)
	switch {
	case err != nil || len(file.Stmts) == 0:
		return nil, unreadable
	case len(file.Stmts) > 1:
		return nil, "there are several commands"
	}
	st := file.Stmts[0]
	call, ok := st.Cmd.(*syntax.CallExpr)
	switch {
	case !ok || st.Background || st.Negated || st.Semicolon.IsValid():
		return nil, "there is more than one command"
	case len(st.Redirs) > 0:
		return nil, "there is a redirection"
	case len(call.Assigns) > 0:
		return nil, "there is an assignment"
	case strings.Contains(text, " #") || strings.Contains(text, "\t#"):
		return nil, "there is a comment"
	}
	for _, w := range call.Args {
		word, why := plainWord(w)
		if why != "" {
			return nil, why
		}
		words = append(words, word)
	}
	return words, ""
}

// plainWord is the text of a word that no shell changes but for its quotes.
func plainWord(w *syntax.Word) (text, why string) {
	var b strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			if strings.ContainsAny(p.Value, `\*?[]{}~!`) {
				return "", "there is a pattern or an escape"
			}
			b.WriteString(p.Value)
		case *syntax.SglQuoted:
			if p.Dollar {
				return "", "there is an escape"
			}
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || p.Dollar {
					return "", "there is a variable"
				}
				if strings.ContainsAny(lit.Value, "\\!") {
					return "", "there is an escape"
				}
				b.WriteString(lit.Value)
			}
		case *syntax.ParamExp:
			return "", "there is a variable"
		default:
			return "", "there is an expansion"
		}
	}
	return b.String(), ""
}

// mayBeScript reports whether a program may be a script of the project's own.
func mayBeScript(program string) bool {
	dir := path.Dir(program)
	switch {
	case strings.HasSuffix(program, ".sh"):
		return true
	case !strings.Contains(program, "/"), path.Ext(program) == ".exe":
		return false
	}
	return dir != "/bin" && dir != "/sbin" && dir != "/usr/bin" && dir != "/usr/sbin"
}

// scriptText is the file of the build context that has the name of a program, where there is exactly one.
func scriptText(p *fix.Pass, program string) (text string, ok bool) {
	if !mayBeScript(program) {
		return "", false
	}
	found := 0
	for _, c := range p.Facts.Contexts {
		for name, b := range c.Texts {
			if path.Base(name) == path.Base(program) {
				text = string(b)
				found++
			}
		}
		if found > 1 {
			return "", false
		}
	}
	return text, found > 0
}
