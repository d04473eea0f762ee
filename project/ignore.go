package project

import (
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// ignores are the .gitignore files in force at a directory, the one that counts least first. They hold for files that git
// tracks too: whether it does is not looked up. The user's own core.excludesFile is not read.
type ignores []ignoreFile

// ignoreFile is one .gitignore: its rules count for paths below base.
type ignoreFile struct {
	base  string // absolute directory
	rules []ignoreRule
}

// ignoreRule is one line of a .gitignore.
type ignoreRule struct {
	glob    string // for doublestar
	include bool   // the line began with !
	dirOnly bool   // the line ended with /
	byName  bool   // the line has no other slash: the name alone is matched, at any depth
}

// with adds the .gitignore file of dir, or what else is read like one, where there is such a file. The receiver is
// not changed.
func (ig ignores) with(dir, file string) ignores {
	// git does not follow a .gitignore that is a symbolic link.
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return ig
	}
	b, err := ReadSmall(file)
	if err != nil {
		return ig
	}
	rules := parseIgnore(string(b))
	if len(rules) == 0 {
		return ig
	}
	return append(ig[:len(ig):len(ig)], ignoreFile{dir, rules})
}

// ignored tells whether git would leave out path, an absolute one, when it gets there: its directory is not asked about.
func (ig ignores) ignored(path string, dir bool) bool {
	for i := len(ig) - 1; i >= 0; i-- {
		rel, ok := relative(ig[i].base, path)
		if !ok || rel == "." {
			continue
		}
		if r := ig[i].last(filepath.ToSlash(rel), dir); r != nil {
			return !r.include
		}
	}
	return false
}

// last is the last rule that matches, which decides; nil for none.
func (f ignoreFile) last(rel string, dir bool) *ignoreRule {
	rel = bytewise(rel)
	name := rel[strings.LastIndexByte(rel, '/')+1:]
	for i := len(f.rules) - 1; i >= 0; i-- {
		r := &f.rules[i]
		text := rel
		if r.byName {
			text = name
		}
		if r.dirOnly && !dir {
			continue
		}
		if ok, err := doublestar.Match(r.glob, text); ok && err == nil {
			return r
		}
	}
	return nil
}

func parseIgnore(text string) (rules []ignoreRule) {
	text = strings.TrimPrefix(text, "\ufeff")
	for line := range strings.SplitSeq(text, "\n") {
		if r, ok := parseIgnoreLine(strings.TrimSuffix(line, "\r")); ok {
			rules = append(rules, r)
		}
	}
	return rules
}

// parseIgnoreLine reads a line as gitignore(5) has it. A glob that git takes for malformed matches nothing and is dropped.
func parseIgnoreLine(line string) (r ignoreRule, ok bool) {
	if strings.HasPrefix(line, "#") {
		return r, false
	}
	line = trimBlanks(line)
	line, r.include = strings.CutPrefix(line, "!")
	line, r.dirOnly = strings.CutSuffix(line, "/")
	r.byName = !strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return r, false
	}
	r.glob = doublestarGlob(bytewise(line))
	return r, doublestar.ValidatePattern(r.glob)
}

// trimBlanks drops the blanks at the end, but not one after a backslash.
func trimBlanks(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

// bytewise makes one rune of each byte: git's ? and [...] match one byte, doublestar's one rune.
func bytewise(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// doublestarGlob writes a glob of git as one of doublestar, which differs in three things: braces mean alternatives,
// "a/**" matches a itself, and character classes are not known by name.
func doublestarGlob(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '\\':
			b.WriteByte(c)
			if i++; i < len(glob) {
				b.WriteByte(glob[i])
			}
		case '{', '}':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '[':
			class, size := bracketClass(glob[i:])
			b.WriteString(class)
			i += size - 1
		default:
			b.WriteByte(c)
		}
	}
	if strings.HasSuffix(glob, "/**") {
		return b.String() + "/*"
	}
	return b.String()
}

// bracketClass writes the [...] at the start of glob for doublestar, and tells how many bytes of glob it read. Without
// an end, the bracket is given as it is and makes the whole glob malformed, for git too.
func bracketClass(glob string) (class string, size int) {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	if i < len(glob) && (glob[i] == '!' || glob[i] == '^') {
		b.WriteByte('^')
		i++
	}
	for first := true; i < len(glob); first = false {
		name, _, named := strings.Cut(glob[i:], ":]")
		switch {
		case named && posixClasses[name] != "":
			b.WriteString(posixClasses[name])
			i += len(name) + len(":]")
		case glob[i] == ']' && !first:
			return b.String() + "]", i + 1
		case glob[i] == ']' || glob[i] == '[':
			b.WriteString(`\` + glob[i:i+1])
			i++
		case glob[i] == '\\' && i+1 < len(glob):
			b.WriteString(glob[i : i+2])
			i += 2
		default:
			b.WriteByte(glob[i])
			i++
		}
	}
	return "[", 1
}

// posixClasses are the named classes as ranges. Those with control characters are left out: no name in a .gitignore
// needs them.
var posixClasses = map[string]string{
	"[:alnum": "a-zA-Z0-9", "[:alpha": "a-zA-Z", "[:digit": "0-9", "[:lower": "a-z",
	"[:upper": "A-Z", "[:xdigit": "0-9a-fA-F", "[:blank": " \t", "[:space": " \t",
}
