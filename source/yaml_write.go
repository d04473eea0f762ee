package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// place is what decides how a scalar may be written.
type place struct {
	flow bool   // inside [ ] or { }
	tag  string // what a plain scalar may resolve to besides a string: the tag of the scalar it replaces
}

// writeScalar writes a value in a style, or in the nearest one that can hold it: plain, then single quotes, then double.
func writeScalar(value string, style ScalarStyle, at place) string {
	switch {
	case style == PlainStyle && plainHolds(value, at):
		return value
	case style == DoubleQuotedStyle || strings.ContainsFunc(value, needsEscape):
		return doubleQuote(value)
	case style == SingleQuotedStyle || strings.ContainsAny(value, `"\`):
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return doubleQuote(value)
}

// plainHolds reports whether a value can stand without quotes and still is itself.
func plainHolds(value string, at place) bool {
	if value == "" || marksDocument(value) || strings.ContainsFunc(value, needsEscape) {
		return false
	}
	if value != strings.TrimSpace(value) || strings.Contains(value, ": ") || strings.Contains(value, " #") {
		return false
	}
	if at.flow && strings.ContainsAny(value, ",[]{}?") || strings.HasSuffix(value, ":") {
		return false
	}
	if strings.ContainsRune(",[]{}#&*!|>'\"%@`", rune(value[0])) {
		return false
	}
	if strings.ContainsRune("-?:", rune(value[0])) && (at.flow || len(value) == 1 || value[1] == ' ') {
		return false
	}
	return resolvesTo(value, at.tag)
}

// resolvesTo reports whether a plain scalar is a string, for readers of YAML 1.1 too, or of the same kind as tag.
func resolvesTo(value, tag string) bool {
	resolved := (&yaml.Node{Kind: yaml.ScalarNode, Value: value}).ShortTag()
	switch resolved {
	case "!!str":
		return !yaml11Special(value)
	case "!!int", "!!float":
		return tag == "!!int" || tag == "!!float"
	case "!!bool":
		return tag == resolved
	}
	return false
}

// yaml11Number is a number or a time as readers of YAML 1.1 know them, some of which take 0x_ or the 13th month for one and
// then fail.
var yaml11Number = lazyregexp.New(`^(?:[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|` +
	`(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?)|` +
	`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]| +)[0-9:.]+ *(?:Z|[-+][0-9:]+)?)?)$`)

// yaml11Special reports whether a word is a string for yaml.v3 but something else in YAML 1.1, as other tools read it:
// yes and no as booleans, .5_ as a number, 1:30 as one to the base 60, = and << as tokens of their own.
func yaml11Special(value string) bool {
	switch strings.ToLower(value) {
	case "y", "n", "yes", "no", "on", "off", "=", "<<":
		return true
	}
	if yaml11Number.MatchString(value) {
		return true
	}
	head, tail, ok := strings.Cut(value, ":")
	return ok && head != "" && tail != "" && strings.Trim(head, "+-0123456789_") == "" && strings.Trim(tail, "0123456789_:.") == ""
}

// needsEscape reports whether a rune cannot stand in a scalar of one line as it is.
func needsEscape(r rune) bool {
	return r != ' ' && !unicode.IsPrint(r) || r == utf8.RuneError || r == '\uFEFF'
}

func doubleQuote(value string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\r':
			out.WriteString(`\r`)
		case !needsEscape(r):
			out.WriteRune(r)
		case r <= 0xFF:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
