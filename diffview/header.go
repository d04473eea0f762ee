package diffview

import (
	"fmt"
	"io/fs"
	"strings"
)

// header writes what stands above the hunks. The lines "---" and "+++" suffice for patch and for git apply as long as
// there is a hunk; only a "diff --git" header can carry a mode or an empty file.
func (p *printer) header(f File, git bool) {
	if git {
		p.bold("diff --git " + gitName("a/"+f.Name) + " " + gitName("b/"+f.Name))
		if f.Old == nil {
			p.bold("new file mode " + f.gitMode())
		} else if f.New == nil {
			p.bold("deleted file mode " + f.gitMode())
		}
	}
	if len(f.Old) == 0 && len(f.New) == 0 {
		return
	}
	from, to := hunkName("a/"+f.Name), hunkName("b/"+f.Name)
	if f.Old == nil {
		from = "/dev/null"
	}
	if f.New == nil {
		to = "/dev/null"
	}
	p.bold("--- " + from)
	p.bold("+++ " + to)
}

func (f File) needsGitHeader() bool {
	if f.same() {
		return false
	}
	return f.Old == nil && f.Mode.Perm() != 0 || len(f.Old) == 0 && len(f.New) == 0
}

func (f File) gitMode() string {
	perm := f.Mode.Perm()
	if perm == 0 {
		perm = fs.FileMode(0o644)
	}
	return fmt.Sprintf("100%03o", uint32(perm))
}

// hunkName is a name as it stands behind "---" and "+++". A tab ends a name that has spaces in it: without the tab, patch
// would stop at the first space and git apply would look for a date.
func hunkName(name string) string {
	quoted := quoteName(name)
	if strings.Contains(name, " ") {
		return quoted + "\t"
	}
	return quoted
}

// gitName is a name as it stands behind "diff --git". Git itself leaves spaces unquoted there and finds the middle of
// the line; patch does not, and reads only the quoted form.
func gitName(name string) string {
	if quoted := quoteName(name); quoted != name || !strings.Contains(name, " ") {
		return quoted
	}
	return `"` + name + `"`
}

// quoteName writes name as git does with core.quotePath on: as it is, or as a C string with octal bytes when it holds a
// control character, a quote, a backslash or a byte above 0x7e. Patch would also lose a space at the end.
func quoteName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= '\a' && c <= '\r':
			b.WriteByte('\\')
			b.WriteByte("abtnvfr"[c-'\a'])
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	if b.Len() == len(name) && !strings.HasSuffix(name, " ") {
		return name
	}
	return `"` + b.String() + `"`
}
