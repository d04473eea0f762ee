package source

import (
	"slices"
	"strings"
)

// plainEntries are the keys of lines that are entries of a mapping in the form in which rules write most of them: keys, lists and plain or
// quoted values, nothing that YAML has other rules for. nil: they must be parsed to tell. It spares a parser for each service of a file.
func plainEntries(lines []string) []string {
	var keys []string
	p := plainLevels{}
	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		indent := len(line) - len(text)
		value, item := strings.CutPrefix(text, "- ")
		key, opens := "", false
		if !item {
			if key, value, opens = cutPlainKey(text); key == "" {
				return nil
			}
		}
		if !opens && !isPlainValue(value) || !p.enter(indent, item) {
			return nil
		}
		p.opened = opens
		if len(p.levels) == 1 {
			if slices.Contains(keys, key) {
				return nil
			}
			keys = append(keys, key)
		}
	}
	return keys
}

// plainLevels are the mappings and lists around a line, the outermost first.
type plainLevels struct {
	levels []plainLevel
	opened bool // the line above is a key without a value
}

type plainLevel struct {
	indent int
	list   bool
}

// enter goes to the level of the next line; false where it belongs to none.
func (p *plainLevels) enter(indent int, item bool) bool {
	next := plainLevel{indent, item}
	if len(p.levels) == 0 {
		p.levels = append(p.levels, next)
		return next == plainLevel{}
	}
	top := p.levels[len(p.levels)-1]
	if p.opened && (indent > top.indent || item && indent == top.indent && !top.list) {
		p.levels = append(p.levels, next)
		return true
	}
	for len(p.levels) > 0 && p.levels[len(p.levels)-1] != next {
		p.levels = p.levels[:len(p.levels)-1]
	}
	return len(p.levels) > 0
}

// cutPlainKey reads `key: value`, or `key:`, which opens a level; "" where the key is not a plain word.
func cutPlainKey(text string) (key, value string, opens bool) {
	key, value, ok := strings.Cut(text, ":")
	if !ok || !isPlainWord(key) {
		return "", "", false
	}
	if value == "" {
		return key, "", true
	}
	value, ok = strings.CutPrefix(value, " ")
	if !ok {
		return "", "", false
	}
	return key, value, false
}

// isPlainValue reports whether a value is a plain word, also one with colons in it, a quoted one, or quoted ones in [ ].
func isPlainValue(text string) bool {
	inside, ok := strings.CutPrefix(text, "[")
	if !ok {
		return isPlainWord(text) || afterQuoted(text) == len(text) || !strings.HasSuffix(text, ":") && isPlainWord(strings.ReplaceAll(text, ":", "/"))
	}
	for inside != "" {
		n := afterQuoted(inside)
		switch inside = inside[n:]; {
		case n == 0:
			return false
		case inside == "]":
			return true
		case !strings.HasPrefix(inside, ", "):
			return false
		}
		inside = inside[len(", "):]
	}
	return false
}

// isOneWord reports whether a text is one YAML value wherever a value can stand: a plain word, or a quoted one without escapes.
func isOneWord(text string) bool {
	return isPlainWord(text) || text != "" && afterQuoted(text) == len(text) && !strings.Contains(text, `\`)
}

// afterQuoted is the length of the quoted word that a text begins with; 0 where there is none, or one with more than printable ASCII
// and the escapes \" and \\.
func afterQuoted(text string) int {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && text[0] == '"' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		case c == text[0] && (i+1 == len(text) || text[i+1] != c):
			return i + 1
		case c < ' ' || c > '~' || c == '\\' || c == text[0]:
			return 0
		}
	}
	return 0
}

// maxPlainWord is less than the 1024 characters that a key can have (YAML 1.2.2, 7.4.2).
const maxPlainWord = 500

// isPlainWord reports whether a text is letters, digits and a few signs that mean nothing behind these.
func isPlainWord(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
		if !letter && (i == 0 || strings.IndexByte("-./", c) < 0) {
			return false
		}
	}
	return text != "" && len(text) < maxPlainWord
}
