package diffview

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// applier reads a diff of one file from the definition of the unified format, without regard to how it was made.
type applier struct {
	name string
	rest string // of the diff
	old  []string
	at   int // lines of old that are dealt with
	out  strings.Builder
}

var hunkHeader = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n$`)

// apply returns what the diff makes of old; nil stands for no file on both sides.
func apply(name, diff string, old []byte) ([]byte, error) {
	if diff == "" {
		return old, nil
	}
	a := &applier{name: name, rest: diff, old: bytesLines(old)}
	gone, err := a.header(old == nil)
	for err == nil && a.rest != "" {
		err = a.hunk()
	}
	if err != nil {
		return nil, err
	}
	a.out.WriteString(strings.Join(a.old[a.at:], ""))
	if gone {
		if a.out.Len() > 0 {
			return nil, errors.New("a deleted file has lines left")
		}
		return nil, nil
	}
	return append([]byte{}, a.out.String()...), nil
}

func bytesLines(text []byte) []string {
	var out []string
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		out = append(out, string(text[:n]))
		text = text[n:]
	}
	return out
}

func (a *applier) next() string {
	line, rest, found := strings.Cut(a.rest, "\n")
	a.rest = rest
	if found {
		line += "\n"
	}
	return line
}

func (a *applier) header(absent bool) (gone bool, err error) {
	created := false
	if strings.HasPrefix(a.rest, "diff --git ") {
		a.next()
		created = strings.HasPrefix(a.rest, "new file mode 100")
		gone = strings.HasPrefix(a.rest, "deleted file mode 100")
		if !created && !gone {
			return false, errors.New("a git header without a mode")
		}
		a.next()
		if a.rest == "" {
			return gone, nil
		}
	}
	from, err := a.headerName("--- ", "a/")
	if err != nil {
		return false, err
	}
	to, err := a.headerName("+++ ", "b/")
	if err != nil {
		return false, err
	}
	if (from == "/dev/null") != absent {
		return false, fmt.Errorf("%q stands for a file that is absent: %v", from, absent)
	}
	return to == "/dev/null", nil
}

func (a *applier) headerName(mark, prefix string) (string, error) {
	line := a.next()
	name, ok := strings.CutPrefix(line, mark)
	if !ok {
		return "", fmt.Errorf("%q is not a %q line", line, mark)
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "\n"), "\t")
	if name == "/dev/null" {
		return name, nil
	}
	if strings.HasPrefix(name, `"`) {
		unquoted, err := strconv.Unquote(name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		name = unquoted
	}
	if name != prefix+a.name {
		return "", fmt.Errorf("%q names %q", line, name)
	}
	return name, nil
}

func (a *applier) hunk() error {
	line := a.next()
	m := hunkHeader.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("%q is not a hunk header", line)
	}
	oldStart, oldCount := lineNumbers(m[1], m[2])
	newStart, newCount := lineNumbers(m[3], m[4])
	if oldStart < a.at || oldStart > len(a.old) {
		return fmt.Errorf("%q after line %d", line, a.at)
	}
	a.out.WriteString(strings.Join(a.old[a.at:oldStart], ""))
	a.at = oldStart
	if n := len(bytesLines([]byte(a.out.String()))); n != newStart {
		return fmt.Errorf("%q after %d new lines", line, n)
	}
	for oldCount > 0 || newCount > 0 {
		sign, text := a.bodyLine()
		if sign != '+' {
			if a.at == len(a.old) || a.old[a.at] != text {
				return fmt.Errorf("line %d is not %q", a.at+1, text)
			}
			a.at++
			oldCount--
		}
		if sign != '-' {
			a.out.WriteString(text)
			newCount--
		}
		if sign != '+' && sign != '-' && sign != ' ' || oldCount < 0 || newCount < 0 {
			return fmt.Errorf("unexpected line %q%q", sign, text)
		}
	}
	return nil
}

// lineNumbers returns the lines before a hunk and those in it.
func lineNumbers(start, count string) (before, n int) {
	before, _ = strconv.Atoi(start)
	n = 1
	if count != "" {
		n, _ = strconv.Atoi(count)
	}
	if n > 0 {
		before--
	}
	return before, n
}

func (a *applier) bodyLine() (sign byte, text string) {
	line := a.next()
	if line == "" {
		return 0, ""
	}
	if rest, ok := strings.CutPrefix(a.rest, "\\ No newline at end of file\n"); ok {
		a.rest = rest
		line = strings.TrimSuffix(line, "\n")
	}
	return line[0], line[1:]
}
