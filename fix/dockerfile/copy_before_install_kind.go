package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/manifest"
	"mvdan.cc/sh/v3/syntax"
)

// kind is what a command of a chain is for.
type kind int

const (
	other   kind = iota // it may read or change the tree
	setup               // set, cd, . venv/bin/activate: it counts for what comes after
	assign              // it sets a variable of the shell
	benign              // it does not touch the tree
	cleanup             // likewise, and removes what came before
	install
)

func (c *chain) kindOf(s *syntax.Stmt) kind {
	if c.feeds && substitutes(s) {
		return c.kindOfReader(s)
	}
	if _, declares := s.Cmd.(*syntax.DeclClause); declares && !s.Negated && !s.Background {
		return assign
	}
	call, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || s.Negated || s.Background || s.Coprocess {
		return other
	}
	if len(call.Args) == 0 {
		return assign
	}
	cmd, ok := c.command(call)
	if !ok || !c.redirected(s) {
		return other
	}
	if i := manifest.Recognise(cmd); i != nil {
		if unclear(cmd) {
			c.stop("the install has words that only the shell knows")
		}
		c.installs = append(c.installs, located{i, cmd, joinDir(c.at.dir, i.Dir)})
		return install
	}
	return c.kindOfCommand(cmd)
}

// substitutes reports whether a statement takes in what a command of its own or a file gives: $(cat packages.txt), < names.txt.
func substitutes(s *syntax.Stmt) bool {
	found := false
	walkCommands(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			found = true
		case *syntax.Redirect:
			found = found || n.Op == syntax.RdrIn || n.Op == syntax.RdrInOut
		}
		return !found
	})
	return found
}

// kindOfReader is for a statement that may read a copied file by a substitution.
func (c *chain) kindOfReader(s *syntax.Stmt) kind {
	if call, ok := s.Cmd.(*syntax.CallExpr); ok {
		if cmd, ok := c.command(call); ok {
			if i := manifest.Recognise(cmd); i != nil {
				c.stop("the install has a substitution, which may read a copied file")
				c.installs = append(c.installs, located{i, cmd, joinDir(c.at.dir, i.Dir)})
				return install
			}
		}
	}
	return other
}

// unclear reports whether a word that says what the install reads holds what only the shell knows: addresses and numbers do not.
func unclear(cmd manifest.Command) bool {
	numbers := []string{"-i", "--index-url", "--extra-index-url", "--trusted-host", "--registry", "-j", "--jobs", "--retry", "--proxy", "--timeout"}
	for i, w := range cmd.Args {
		flag, _, _ := strings.Cut(w, "=")
		if strings.Contains(w, variable) && !slices.Contains(numbers, flag) && (i == 0 || !slices.Contains(numbers, cmd.Args[i-1])) {
			return true
		}
	}
	return false
}

func (c *chain) kindOfCommand(cmd manifest.Command) kind {
	switch cmd.Name {
	case "set":
		return setup
	case "cd":
		if len(cmd.Args) != 1 || strings.ContainsAny(cmd.Args[0], variable+"~-") && cmd.Args[0] != path.Clean(cmd.Args[0]) || strings.Contains(cmd.Args[0], variable) || cmd.Args[0] == "-" {
			c.stop("it is not known where cd goes")
			return other
		}
		c.at.dir = joinDir(c.at.dir, cmd.Args[0])
		return setup
	case ".", "source":
		if len(cmd.Args) == 1 && strings.HasSuffix(cmd.Args[0], "bin/activate") && !strings.Contains(cmd.Args[0], variable) {
			return setup
		}
		return other
	case "umask", "ulimit", "unset":
		return assign
	}
	if b := manifest.Builds(cmd); b != nil && !slices.ContainsFunc(c.steps, func(s step) bool { return s.kind != setup }) {
		c.build = &located{b, cmd, joinDir(c.at.dir, b.Dir)}
	}
	effect, venv := manifest.EffectOf(cmd)
	if strings.Contains(venv, variable) {
		c.stop("it is not known where the virtual environment is made")
		return other
	}
	if venv != "" {
		c.venvs = append(c.venvs, joinDir(c.at.dir, venv))
		return benign
	}
	switch {
	case effect == manifest.Unknown, cmd.Name != "mkdir" && cmd.Name != "echo" && c.reaches(cmd.Args):
		return other
	case effect == manifest.Cleanup:
		return cleanup
	}
	return benign
}

// reaches reports whether one of the words is a place in or above a copied tree.
func (c *chain) reaches(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		_, value, ok := strings.Cut(w, "=")
		if ok && path.IsAbs(value) {
			w = value
		}
		w = strings.TrimRight(w, "*")
		return path.IsAbs(w) && slices.ContainsFunc(c.trees, func(t *tree) bool {
			return within(t.dest, path.Clean(w)) || within(path.Clean(w), t.dest)
		})
	})
}

// redirected reports whether output goes nowhere that matters.
func (c *chain) redirected(s *syntax.Stmt) bool {
	for _, r := range s.Redirs {
		target, ok := wordText(r.Word, c.env)
		switch {
		case !ok || r.Hdoc != nil:
			return false
		case r.Op == syntax.DplOut || target == "/dev/null":
		case !path.IsAbs(target) || c.reaches([]string{target}):
			return false
		}
	}
	return true
}
