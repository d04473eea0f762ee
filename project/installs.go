package project

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// Install is a call of a package manager that works from an index which nothing before it in the same file fetches.
type Install struct {
	Tool  string // "apt-get" or "apk"
	Path  string // absolute
	Place string // "entrypoint.sh:3"
	// Inside tells that it may run in a container: the file is one of a CI service or of a development container, or the line starts one.
	Inside bool
}

var (
	aptInstall = lazyregexp.New(`\bapt(?:-get)?\s[^&|;\n]*\b(?:install|build-dep)\b`)
	aptUpdate  = lazyregexp.New(`\bapt(?:-get)?\s[^&|;\n]*\bupdate\b`)
	apkAdd     = lazyregexp.New(`\bapk\s[^&|;\n]*\badd\b[^&|;\n]*`)
	apkFetches = lazyregexp.New(`--no-cache|-U\b|--update|--no-network`)
	apkUpdate  = lazyregexp.New(`\bapk\s[^&|;\n]*\bupdate\b`)
	asRoot     = lazyregexp.New(`\bsudo\s[^&|;\n]*$`)
	startsOne  = lazyregexp.New(`\b(?:docker|podman|nerdctl|compose)\b.*\b(?:run|exec)\b`)
)

// installs are the first of a file, one for each package manager. With sudo it is about the machine that the script runs on, but for a
// development container.
func installs(name, path, text string) (list []Install) {
	if !strings.Contains(text, "apt") && !strings.Contains(text, "apk") {
		return nil
	}
	dev := strings.HasSuffix(name, "devcontainer.json")
	updated := map[string]bool{}
	for _, s := range syntaxOf(path).statements(text) {
		for _, p := range []struct {
			tool            string
			installs, fetch *lazyregexp.Regexp
		}{{"apt-get", aptInstall, aptUpdate}, {"apk", apkAdd, apkUpdate}} {
			at := p.installs.FindStringIndex(s.text)
			if fetch := p.fetch.FindStringIndex(s.text); fetch != nil && (at == nil || fetch[0] < at[0]) {
				updated[p.tool] = true
			}
			if at == nil || updated[p.tool] || p.tool == "apk" && apkFetches.MatchString(s.text[at[0]:at[1]]) || !dev && asRoot.MatchString(s.text[:at[0]]) {
				continue
			}
			updated[p.tool] = true // one is enough
			list = append(list, Install{
				Tool: p.tool, Path: path, Place: fmt.Sprintf("%s:%d", name, s.lineAt(at[0])),
				Inside: dev || ofCI(filepath.ToSlash(path)) || startsOne.MatchString(s.text[:at[0]]),
			})
		}
	}
	return list
}
