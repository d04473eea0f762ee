package secret

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// value of an argument: bare, or in quotes without anything that means something in them.
const argument = `(?:'([^'$\\]+)'|"([^"$\\` + "`" + `]+)"|([^\s'"$\\` + "`" + `;&|()<>\[\]{}]+))`

// inCommands are the ways in which a command gets a password. Group 1 is the flag or the variable, what follows the value. A text without
// any of needs has none, and neither has one that may is false of.
var inCommands = []struct {
	needs   []string
	may     func(text string) bool // nil: not asked
	pattern *lazyregexp.Regexp
}{
	{[]string{"-"}, mayHaveFlag, lazyregexp.New(`(?:^|[\s'"])(--?[A-Za-z0-9._-]*(?i:password|passwd|requirepass|masterauth|secret|token|api-?key|secret-?key|access-?key|auth-?key|-pass))(?:=|\s+)` + argument)},
	{[]string{"="}, mayAssign, lazyregexp.New(`(?:^|[\s;&|'"(])([A-Z][A-Z0-9_]*)=` + argument)},
	{[]string{"mysql", "mariadb"}, mayHaveShort, lazyregexp.New(`\b(?:mysql|mysqladmin|mysqldump|mysqlcheck|mariadb|mariadb-admin|mariadb-dump)\b[^|;&]*?\s(-p)` + argument)},
	{[]string{"redis-cli"}, nil, lazyregexp.New(`\bredis-cli\b[^|;&]*?\s(-a)\s+` + argument)},
}

// Argument is a password that a command is given.
type Argument struct {
	Place
	Flag string // or the variable that is set in the command
}

// InCommand finds the passwords in a command, or in a shell program.
func InCommand(text string) []Argument {
	if !mayHaveArgument(text) {
		return nil
	}
	var list []Argument
	for i, way := range inCommands {
		if !hasAny(text, way.needs) || way.may != nil && !way.may(text) {
			continue
		}
		for _, m := range way.pattern.FindAllStringSubmatchIndex(text, -1) {
			a := Argument{Flag: text[m[2]:m[3]]}
			for group := 2; group <= 4; group++ {
				if m[2*group] >= 0 {
					a.From, a.To = m[2*group], m[2*group+1]
				}
			}
			if i == 1 && !Name(a.Flag) {
				continue
			}
			if !slices.ContainsFunc(list, func(o Argument) bool { return o.From < a.To && a.From < o.To }) && isArgument(text[a.From:a.To]) {
				list = append(list, a)
			}
		}
	}
	for _, p := range Within(text) {
		if !strings.Contains(text[p.From:p.To], "$") && !slices.ContainsFunc(list, func(o Argument) bool { return o.From < p.To && p.From < o.To }) {
			list = append(list, Argument{Place: p})
		}
	}
	slices.SortFunc(list, func(a, b Argument) int { return a.From - b.From })
	return list
}

// mayHaveArgument is a plain look at what no command with a password is without.
func mayHaveArgument(text string) bool {
	if !strings.ContainsAny(text, "= \t\r\n\f") && !strings.Contains(text, "://") {
		return false // one word, as most items of a list are
	}
	return mayName(text) || hasAny(text, []string{"mysql", "mariadb", "redis-cli", "://"})
}

// mayHaveFlag looks for an option that is called like a secret. The first of inCommands takes long over a script, and most have none.
func mayHaveFlag(text string) bool {
	for from := 0; from < len(text); from++ {
		if text[from] != '-' || from > 0 && !endsOption(text[from-1]) {
			continue
		}
		to := from
		for to < len(text) && !endsOption(text[to]) {
			to++
		}
		if endsLikeFlag(text[from:to]) {
			return true
		}
		from = to
	}
	return false
}

// endsOption tells what stands before an option, and behind its name.
func endsOption(c byte) bool { return isBlank(c) || c == '\'' || c == '"' || c == '=' }

// mayAssign looks for a variable that is called like a secret and gets a value.
func mayAssign(text string) bool {
	for at := strings.IndexByte(text, '='); at >= 0; {
		from := at
		for from > 0 && isNameByte(text[from-1]) {
			from--
		}
		if mayName(text[from:at]) {
			return true
		}
		next := strings.IndexByte(text[at+1:], '=')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}

// mayHaveShort looks for the option -p with a value right behind it that is none of a variable: a script has -p of other programs more often.
func mayHaveShort(text string) bool {
	for i := 1; i+2 < len(text); i++ {
		if text[i] == '-' && text[i+1] == 'p' && isBlank(text[i-1]) && strings.IndexByte(blanks+"$\\`;&|()<>[]{}", text[i+2]) < 0 {
			return true
		}
	}
	return false
}

// isNameByte tells the letters of the names of variables that count in commands.
func isNameByte(c byte) bool { return 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' }

func endsLikeFlag(word string) bool {
	return strings.HasPrefix(word, "-") && slices.ContainsFunc(flagEnds, func(end string) bool { return endsLike(word, end) })
}

// flagEnds are the ends of all options that are taken for those of a secret.
var flagEnds = strings.Fields("pass passwd password auth secret token key")

// isArgument leaves out other flags, files, and what is no secret anyway. @name and %name are files for many programs.
func isArgument(text string) bool {
	return !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "@") && !strings.HasPrefix(text, "%") && Value("PASSWORD", text) != None
}

// flag is a word that tells the next one is a password.
var flag = lazyregexp.New(`^--?[A-Za-z0-9._-]*(?i:password|passwd|requirepass|masterauth|secret|token|api-?key|secret-?key|access-?key|auth-?key|-pass)$`)

// Flag reports whether a word of a command says that the next word is a secret.
func Flag(word string) bool { return endsLikeFlag(word) && flag.MatchString(word) }

// NextWord reports whether a word that follows a Flag is a secret.
func NextWord(word string) bool { return isArgument(word) && !strings.ContainsAny(word, "$ \t\n") }
