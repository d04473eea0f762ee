package dockerfile

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// asking are commands whose failure is an answer, such as that nothing was found, or that go on until they are cut off.
var asking = strings.Fields("grep egrep fgrep zgrep bzgrep xzgrep pgrep pkill killall rg ag ack diff cmp comm yes timeout which whereis type hash command test expr false let read id getent pidof lsof fuser ldd locate mountpoint ping nc kill")

// askingSubs are subcommands whose failure is an answer.
var askingSubs = map[string][]string{
	"git": {"grep", "diff", "config", "rev-parse", "describe", "ls-remote"}, "yum": {"check-update"}, "dnf": {"check-update"}, "apk": {"info", "version"},
	"npm": {"ls", "list", "outdated", "audit"}, "yarn": {"list", "outdated", "audit"}, "pnpm": {"ls", "list", "outdated", "audit"},
	"systemctl": {"status", "is-active", "is-enabled"}, "service": {"status"},
}

// askingFlags are options with which a query fails where there is nothing to be found.
var askingFlags = map[string][]string{"dpkg": {"-l", "-s", "-L", "-S"}, "dpkg-query": {"-l", "-s", "-L", "-S", "-W", "-f"}, "rpm": {"-q"}, "ls": {"-d"}, "sort": {"-c"}}

// answers names a command whose failure may be in good order; "" for any other.
func (c *shellCommand) answers() string {
	switch name := c.name(); {
	case c.via("timeout"):
		return "timeout"
	case len(c.Words) > 0 && c.Words[0].Text == "[": // a pattern, were it not for what stands there
		return "["
	case slices.Contains(asking, name), slices.Contains(askingSubs[name], c.sub()) && c.sub() != "", c.has(askingFlags[name]...):
		return name
	}
	return ""
}

// riskWithin says what in a compound command in front of a pipe may fail in good order.
func riskWithin(st *syntax.Stmt, commands map[*syntax.Stmt]*shellCommand) string {
	name := ""
	syntax.Walk(st, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if c := commands[n]; c != nil && name == "" {
				name = c.answers()
			}
		case *syntax.TestClause:
			name = "[["
		case *syntax.ArithmCmd:
			name = "(("
		}
		return name == ""
	})
	if name == "" {
		return ""
	}
	return name + " in front of a pipe may fail or be cut off in good order"
}

// ownVariables are those that tell a shell about itself.
var ownVariables = strings.Fields("0 - _ PPID SHLVL SHELLOPTS BASH BASHOPTS BASHPID BASH_COMMAND BASH_EXECUTION_STRING BASH_VERSION ZSH_VERSION PIPESTATUS")

// readsItself names a variable with which the program asks what shell runs it, and how; "" for none.
func (s *script) readsItself() string {
	name := ""
	if !mentions(s.doc, s.In, "$") {
		return name
	}
	syntax.Walk(s.program.File, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Word:
			return name == "" && literal(n) == ""
		case *syntax.ParamExp:
			if n.Param != nil && slices.Contains(ownVariables, n.Param.Value) {
				name = n.Param.Value
			}
		}
		return name == ""
	})
	return name
}
