package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// modeDoubt looks for modes in the file that keep others than the owner, which is root, from reading or running what is in
// the image.
func modeDoubt(l *launch) string {
	for _, s := range l.doc.Dockerfile.Stages {
		for _, in := range s.Instructions {
			if mode, ok := in.Flag("chmod"); ok && closedMode(mode.Unquoted(l.doc.Dockerfile.Escape)) {
				line, _ := l.doc.Position(in.Start)
				return fmt.Sprintf("the mode %s on line %d may not let others than root read or run it", mode.Text, line)
			}
			if in.Name != "RUN" || !l.reader.says(in, modeParts...) {
				continue
			}
			for _, call := range l.reader.calls(in) {
				if mode := closingMode(call); mode != "" {
					line, _ := l.doc.Position(in.Start)
					return fmt.Sprintf("the mode %s on line %d may not let others than root read or run it", mode, line)
				}
			}
		}
	}
	return ""
}

// modeParts are texts of which each command that closingMode is about has one: the options of install and mkdir are -m, and groups such
// as -Dm755.
var modeParts = []string{"umask", "chmod", "-m", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"}

// closingMode is the mode of a chmod, umask or install that keeps others out; "" where there is none.
func closingMode(call []string) string {
	for i, w := range call {
		rest := call[i+1:]
		switch path.Base(w) {
		case "umask":
			if i == 0 && len(rest) > 0 && !openUmask.MatchString(rest[0]) {
				return w + " " + rest[0]
			}
		case "chmod":
			for _, mode := range rest {
				if !strings.HasPrefix(mode, "-") || minusMode.MatchString(mode) {
					if closedMode(mode) {
						return mode
					}
					break
				}
				if strings.HasPrefix(mode, "--reference") {
					return mode
				}
			}
		case "install", "mkdir":
			for j, option := range rest {
				mode, ok := strings.CutPrefix(option, "--mode=")
				if !ok && (option == "-m" || option == "--mode") && j+1 < len(rest) {
					mode, ok = rest[j+1], true
				}
				if short := shortMode.FindStringSubmatch(option); !ok && i == 0 && short != nil {
					mode, ok = short[1], true
				}
				if ok && closedMode(mode) {
					return mode
				}
			}
		}
	}
	return ""
}

var (
	openUmask = lazyregexp.New(`^0*(0|2|22)$`)
	minusMode = lazyregexp.New(`^-[rwxXst]+(,|$)`)
	shortMode = lazyregexp.New(`^-[a-zA-Z]*m([0-7]+)$`)
	octalMode = lazyregexp.New(`^[0-7]{1,5}$`)
	oneClause = lazyregexp.New(`^([ugoa]*)([-+=])([rwxXst]*)$`)
)

// closedMode tells a mode that does not give others what they need: to read, and to run where the owner runs. It is also one that
// cannot be read.
func closedMode(mode string) bool {
	mode = strings.Trim(mode, `"'`)
	if octalMode.MatchString(mode) {
		padded := "000" + mode
		owner, others := padded[len(padded)-3]-'0', padded[len(padded)-1]-'0'
		return others&4 == 0 || owner&1 != 0 && others&1 == 0
	}
	clauses := strings.Split(mode, ",")
	open := slices.ContainsFunc(clauses, func(c string) bool {
		m := oneClause.FindStringSubmatch(c)
		return m != nil && m[2] == "=" && othersToo(m[1]) && strings.Contains(m[3], "r") && strings.ContainsAny(m[3], "xX")
	})
	for _, c := range clauses {
		m := oneClause.FindStringSubmatch(c)
		switch {
		case m == nil:
			return true
		case m[2] == "+" && !othersToo(m[1]) && strings.ContainsAny(m[3], "xXs"),
			m[2] == "-" && othersToo(m[1]) && strings.ContainsAny(m[3], "rxX"),
			m[2] == "=" && !open:
			return true
		}
	}
	return false
}

func othersToo(who string) bool { return who == "" || strings.ContainsAny(who, "oa") }
