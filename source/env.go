package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// EnvFile is a .env file: the values that a Compose file's variables get.
type EnvFile struct {
	Entries []EnvEntry // in file order; of one name the last counts
}

// EnvEntry is one NAME=VALUE of a .env file.
type EnvEntry struct {
	Name  string
	Value string // without quotes
	Span  Span   // the bytes of Value, quotes excluded; without Exact of all that stands behind the =
	Exact bool   // the bytes of Span are Value: nothing in it is escaped, and no variable is put in

	quote byte // that Value stands in; 0 for none
}

// Meaning is what Compose reads as the value, escapes undone; false where a variable is put in.
func (e EnvEntry) Meaning() (string, bool) {
	switch {
	case e.Exact:
		return e.Value, true
	case e.quote == '\'':
		return strings.ReplaceAll(e.Value, `\'`, "'"), true
	case e.quote == '"' && !strings.Contains(unescaped.Replace(e.Value), "$"):
		return escapedEnv.ReplaceAllStringFunc(e.Value, decodeEnvEscape), true
	}
	return "", false
}

var (
	// unescaped leaves out what is escaped: a $ that is left then stands for a variable.
	unescaped = strings.NewReplacer(`\\`, "", `\$`, "")
	// escapedEnv are the escapes of double quotes, as the package dotenv of compose-go knows them.
	escapedEnv = lazyregexp.New(`\\(?:[abcfnrtv$"\\]|0\d{0,3})`)
)

func decodeEnvEscape(text string) string {
	if text == `\$` {
		return "$"
	}
	if octal, ok := strings.CutPrefix(text, `\0`); ok {
		text = `\` + octal
	}
	r, _, _, err := strconv.UnquoteChar(text, '"')
	if err != nil {
		return text
	}
	return string(r)
}

// Values are the values that the file alone tells, by name: those with variables or escapes are left out.
func (e *EnvFile) Values() map[string]string {
	values := map[string]string{}
	for _, entry := range e.Entries {
		if delete(values, entry.Name); entry.Exact {
			values[entry.Name] = entry.Value
		}
	}
	return values
}

// Entry is the entry that gives a name its value; false where there is none.
func (e *EnvFile) Entry(name string) (EnvEntry, bool) {
	for i := len(e.Entries) - 1; i >= 0; i-- {
		if e.Entries[i].Name == name {
			return e.Entries[i], true
		}
	}
	return EnvEntry{}, false
}

// parseEnv reads a .env file as the package dotenv of compose-go does.
func (d *Document) parseEnv() error {
	d.Env = &EnvFile{}
	r := envReader{doc: d, text: string(d.Bytes)}
	r.at = len(r.text) - len(strings.TrimPrefix(r.text, string(bom)))
	for r.skip() {
		if err := r.entry(); err != nil {
			return err
		}
	}
	return nil
}

type envReader struct {
	doc  *Document
	text string
	at   int
}

// skip goes to the next entry, over blank lines and comments; false at the end.
func (r *envReader) skip() bool {
	for {
		r.at += len(r.text[r.at:]) - len(strings.TrimLeftFunc(r.text[r.at:], unicode.IsSpace))
		if r.at == len(r.text) {
			return false
		}
		if r.text[r.at] != '#' {
			return true
		}
		end := r.lineEnd()
		_, length := trimmed(r.text[r.at:end])
		comment := Span{r.at, r.at + length}
		own := strings.TrimSpace(r.text[r.doc.lines[r.doc.lineAt(r.at)-1]:r.at]) == ""
		r.doc.Comments = append(r.doc.Comments, Comment{Span: comment, Text: strings.TrimSpace(r.text[r.at+1 : comment.End]), Own: own})
		r.at = end
	}
}

// trimmed is a text without the white space at its end, and its length.
func trimmed(s string) (string, int) {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	return s, len(s)
}

func (r *envReader) lineEnd() int {
	if n := strings.IndexByte(r.text[r.at:], '\n'); n >= 0 {
		return r.at + n
	}
	return len(r.text)
}

// entry reads one NAME=VALUE, NAME: VALUE or NAME.
func (r *envReader) entry() error {
	if rest, ok := strings.CutPrefix(r.text[r.at:], "export"); ok && rest != strings.TrimLeftFunc(rest, unicode.IsSpace) {
		r.at += len(r.text[r.at:]) - len(strings.TrimLeftFunc(rest, isEnvBlank))
	}
	n := strings.IndexAny(r.text[r.at:], "=:\n")
	if n < 0 {
		n = len(r.text) - r.at
	}
	name := strings.TrimRightFunc(r.text[r.at:r.at+n], unicode.IsSpace)
	if strings.ContainsFunc(name, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsNumber(c) && !strings.ContainsRune("_.-[]", c)
	}) {
		return &Error{Name: r.doc.Name, Line: r.doc.lineAt(r.at), Message: "a name of a variable has letters, digits, _ . - and [ ] only"}
	}
	inherited := r.at+n == len(r.text) || r.text[r.at+n] == '\n'
	if r.at = min(r.at+n+1, len(r.text)); inherited {
		return nil
	}
	r.at += len(r.text[r.at:]) - len(strings.TrimLeftFunc(r.text[r.at:], isEnvBlank))
	if r.at < len(r.text) && (r.text[r.at] == '"' || r.text[r.at] == '\'') {
		return r.quoted(name, r.text[r.at])
	}
	end := r.lineEnd()
	value, _, _ := strings.Cut(r.text[r.at:end], " #")
	if value, n = trimmed(value); len(value) < end-r.at {
		r.comment(r.at+n, end)
	}
	r.add(name, Span{r.at, r.at + n}, 0, !strings.Contains(value, "$"))
	r.at = end
	return nil
}

// comment records the comment between two places, if there is one.
func (r *envReader) comment(from, to int) {
	if n := strings.IndexByte(r.text[from:to], '#'); n >= 0 {
		text, length := trimmed(r.text[from+n : to])
		r.doc.Comments = append(r.doc.Comments, Comment{Span: Span{from + n, from + n + length}, Text: strings.TrimSpace(text[1:])})
	}
}

// isEnvBlank is the white space that dotenv skips inside of a line.
func isEnvBlank(c rune) bool { return strings.ContainsRune("\t\v\f\r \u0085\u00a0", c) }

func (r *envReader) quoted(name string, quote byte) error {
	start := r.at + 1
	for i := start; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case quote:
			value := r.text[start:i]
			r.add(name, Span{start, i}, quote, !strings.Contains(value, `\`) && (quote == '\'' || !strings.Contains(value, "$")))
			r.at = i + 1
			return nil
		}
	}
	return &Error{Name: r.doc.Name, Line: r.doc.lineAt(r.at), Message: fmt.Sprintf("nothing ends the quoted value of %s", name)}
}

// add records an entry. Without a name it can be nobody's value.
func (r *envReader) add(name string, s Span, quote byte, exact bool) {
	if name == "" {
		return
	}
	r.doc.Env.Entries = append(r.doc.Env.Entries, EnvEntry{Name: name, Value: r.text[s.Start:s.End], Span: s, Exact: exact, quote: quote})
}
