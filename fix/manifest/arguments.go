package manifest

import (
	"slices"
	"strings"
)

// arguments are the words of a command, told apart.
type arguments struct {
	words []string            // those that are neither a flag nor the value of one
	flags map[string][]string // the values of each flag, dashes kept; "" where it has none
}

// parse tells the words of a command apart. valued are the flags that take the next word for their value where they have
// no "="; short ones may also have it attached, as in -rrequirements.txt.
func parse(args []string, valued ...string) arguments {
	a := arguments{flags: map[string][]string{}}
	for i := 0; i < len(args); i++ {
		word := args[i]
		name, value, equals := strings.Cut(word, "=")
		switch {
		case !strings.HasPrefix(word, "-") || word == "-":
			a.words = append(a.words, word)
		case equals && strings.HasPrefix(name, "-"):
			a.flags[name] = append(a.flags[name], value)
		case slices.Contains(valued, word) && i+1 < len(args):
			i++
			a.flags[word] = append(a.flags[word], args[i])
		case len(word) > 2 && word[1] != '-' && slices.Contains(valued, word[:2]):
			a.flags[word[:2]] = append(a.flags[word[:2]], word[2:])
		default:
			a.flags[word] = append(a.flags[word], "")
		}
	}
	return a
}

// has reports whether one of the flags is there, and not switched off.
func (a arguments) has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		v := a.flags[n]
		return len(v) > 0 && v[len(v)-1] != "false"
	})
}

// values are the values of flags that mean the same.
func (a arguments) values(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, a.flags[n]...)
	}
	return all
}

// last is the value that counts of flags that mean the same; "" for none.
func (a arguments) last(names ...string) string {
	if v := a.values(names...); len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// word is the nth word, "" where there are not as many.
func (a arguments) word(n int) string {
	if n < len(a.words) {
		return a.words[n]
	}
	return ""
}

// url reports whether a word names something to be fetched.
func url(word string) bool { return strings.Contains(word, "://") && !strings.HasPrefix(word, "file:") }
