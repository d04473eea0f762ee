package project

import (
	"iter"
	"path"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// statement is a line of a script with those that it is continued on. Comments and printed text are blanked.
type statement struct {
	line int    // of its start, 1-based
	text string // with a "\n" for each continuation
}

// lineAt is the line of an offset into the text.
func (s statement) lineAt(offset int) int { return s.line + strings.Count(s.text[:offset], "\n") }

// syntax is what has to be known of a language to tell its comments.
type syntax struct {
	escape  string // takes the meaning of the next character, and joins a line with the next one
	quotes  string
	hash    bool // a comment can begin with #
	slashes bool // and with //
	blocks  []block
}

// syntaxOf goes by the name. Most files hold lines for a POSIX shell, whatever stands around them.
func syntaxOf(file string) syntax {
	base := baseName(file)
	for templateName(base) {
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	shell := syntax{escape: `\`, quotes: `"'`, hash: true, blocks: shellBlocks}
	switch ext := path.Ext(base); {
	case ext == ".ps1", ext == ".psm1":
		return syntax{escape: "`", quotes: `"'`, hash: true, blocks: powershellBlocks}
	case ext == ".bat", ext == ".cmd":
		return syntax{escape: "^", quotes: `"`}
	case ext == ".groovy", ext == ".tf", strings.HasPrefix(base, "jenkinsfile"):
		shell.slashes, shell.blocks = true, append(slashBlocks, shellBlocks...)
	case ext == ".py":
		shell.blocks = pythonBlocks
	case ext == ".rb", ext == ".rake", base == "rakefile", base == "vagrantfile", base == "capfile":
		shell.blocks = append(rubyBlocks, shellBlocks...)
	}
	return shell
}

// block is text over several lines that is not run.
type block struct {
	open  *lazyregexp.Regexp // its group is what closes it
	close string             // closes it, where open has no group
	alone bool               // what closes it has a line to itself
	run   *lazyregexp.Regexp // is matched by what follows a block that is run after all
	keep  bool               // it may be run: no other block begins in it, and that is all
}

// A block comment of // languages begins at the start of a line: "**/*.xml" has a /* too.
var (
	shellBlocks = []block{
		// : <<EOF is a comment, and cat <<EOF without a pipe prints a help text.
		{open: lazyregexp.New(`(?:^|[;{&|]|\b(?:then|else|do)\b)\s*@?(?::|cat)\s*(?:1?>&2\s*)?<<-?\s*\\?["']?(\w+)["']?\s*(?:1?>&2\s*)?$`), alone: true},
		// : ' is a comment up to the next quote.
		{open: lazyregexp.New(`^\s*:\s+'[^']*$`), close: "'"},
		// echo " goes on to the next quote; piped or redirected, it makes a script.
		{open: lazyregexp.New(`(?:^|[;{&|]|\b(?:then|else|do)\b)\s*@?(?:echo|printf)\s+(?:-\w+\s+)?"[^"]*$`), close: `"`, run: lazyregexp.New(`^\s*(?:\|(?:[^|]|$)|\d?>[^&])`)},
	}
	powershellBlocks = []block{{open: lazyregexp.New(`(?:^|\s)<#`), close: "#>"}}
	slashBlocks      = []block{{open: lazyregexp.New(`^\s*/\*`), close: "*/"}}
	rubyBlocks       = []block{{open: lazyregexp.New(`^=begin\b`), close: "=end"}}
	pythonBlocks     = []block{
		{open: lazyregexp.New(`^\s*[bBrRuU]{0,2}("""|''')`)}, // prose about a function
		{open: lazyregexp.New(`("""|''')`), keep: true},      // a value, such as the script for ssh
	}
)

// maxBlock bounds the lines of a block. Text that is opened and not closed by then is taken for code.
const maxBlock = 500

// blank blanks the block that begins in line i, and gives the last line of it.
func (b block) blank(lines []string, i int) (last int, ok bool) {
	m := b.open.FindStringSubmatchIndex(lines[i])
	if m == nil {
		return 0, false
	}
	end := b.close
	if len(m) > 2 {
		end = lines[i][m[2]:m[3]]
	}
	last, at, ok := b.closed(lines, i, m[1], end)
	if !ok || b.run != nil && b.run.MatchString(lines[last][at:]) {
		return 0, false
	}
	if b.keep {
		return last, true
	}
	rest := lines[last][at:]
	for j := i + 1; j <= last; j++ {
		lines[j] = ""
	}
	lines[i] = lines[i][:m[0]] + " "
	lines[last] += rest
	return last, true
}

// closed finds the line and the offset behind what closes a block that begins before offset from of line i.
func (b block) closed(lines []string, i, from int, end string) (last, at int, ok bool) {
	for j := i; j < min(len(lines), i+maxBlock); j++ {
		if b.alone {
			if j > i && strings.TrimSpace(lines[j]) == end {
				return j, len(lines[j]), true
			}
			continue
		}
		if k := strings.Index(lines[j][from:], end); k >= 0 {
			return j, from + k + len(end), true
		}
		from = 0
	}
	return 0, 0, false
}

// commentLine is a comment from its start: of shells and most others, of Groovy and Terraform, of Windows.
var commentLine = lazyregexp.New(`(?i)^\s*(?:#|//|::|@?rem(?:\s|$))`)

// statements divides a script. A comment between two joined lines is left out, as in a Dockerfile.
func (s syntax) statements(text string) (all []statement) {
	lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	s.blankBlocks(lines)
	var joined []string
	for i, line := range lines {
		goesOn := len(joined) > 0
		if commentLine.MatchString(line) {
			line = ""
		} else {
			line, goesOn = s.continued(s.withoutComment(line))
		}
		joined = append(joined, line)
		if !goesOn || i == len(lines)-1 {
			all = append(all, statement{i + 2 - len(joined), s.withoutPrinted(strings.Join(joined, "\n"))})
			joined = nil
		}
	}
	return all
}

func (s syntax) blankBlocks(lines []string) {
	for i := 0; i < len(lines); i++ {
		if commentLine.MatchString(lines[i]) {
			continue
		}
		for _, b := range s.blocks {
			if last, ok := b.blank(lines, i); ok {
				i = last
				break
			}
		}
	}
}

// continued cuts off what joins a line with the next one. An escaped escape does not.
func (s syntax) continued(line string) (string, bool) {
	cut, ok := strings.CutSuffix(strings.TrimRight(line, " \t"), s.escape)
	if !ok || strings.HasSuffix(cut, s.escape) {
		return line, false
	}
	return cut, true
}

// withoutComment cuts off a comment behind code.
func (s syntax) withoutComment(line string) string {
	for i, c := range s.unquoted(line) {
		if i > 0 && line[i-1] != ' ' && line[i-1] != '\t' {
			continue
		}
		if s.hash && c == '#' || s.slashes && strings.HasPrefix(line[i:], "//") {
			return line[:i]
		}
	}
	return line
}

// unquoted gives the bytes outside of quotes that are not escaped, with their offsets.
func (s syntax) unquoted(text string) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		var quote byte
		for i := 0; i < len(text); i++ {
			c := text[i]
			switch {
			case c == s.escape[0] && quote != '\'':
				i++
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case strings.IndexByte(s.quotes, c) >= 0:
				quote = c
			case !yield(i, c):
				return
			}
		}
	}
}
