package compose

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// usual are the programs that the system of any image with a shell has, and what the shell does itself.
var usual = []string{"[", "test", "echo", "printf", "exit", "true", "false", ":", "cat", "grep", "head", "tail", "tr", "cut", "sed", "awk", "wc", "ls", "sleep", "sh", "export", "set",
	"unset", "eval", "read", "exec", "kill", "timeout", "env", "expr", "hostname", "date", "[[", "command", "local", "return", "shift", "trap", "wait"}

// starting are programs that start the one that their words name.
var starting = []string{"timeout", "env", "exec", "command", "nice", "time"}

// programs are those that a check calls, by name; read is false where one cannot be told.
func (c asked) programs() (names []string, read bool) {
	if c.words != nil {
		return programsOf(c.words, 0)
	}
	return programsIn(c.script, 0)
}

// maxNested is how deep scripts in scripts are read.
const maxNested = 4

// programsIn are the programs that a script calls.
func programsIn(script string, depth int) (names []string, read bool) {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil || depth > maxNested || strings.Contains(script, "/dev/tcp") && depth == 0 {
		return nil, false
	}
	read = true
	syntax.Walk(parsed, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		words := make([]string, len(call.Args))
		for i, w := range call.Args {
			words[i] = plainWord(w)
		}
		if len(words) > 0 {
			more, ok := programsOf(words, depth+1)
			names, read = append(names, more...), read && ok
		}
		return true
	})
	return names, read && len(names) > 0
}

// plainWord is a word without its quotes; variables in it stand for a blank.
func plainWord(w *syntax.Word) string {
	var b strings.Builder
	var add func(parts []syntax.WordPart)
	add = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				b.WriteString(part.Value)
			case *syntax.SglQuoted:
				b.WriteString(part.Value)
			case *syntax.DblQuoted:
				add(part.Parts)
			default:
				b.WriteString(" ")
			}
		}
	}
	add(w.Parts)
	return b.String()
}

// scriptEnding finds the arguments that are a script of the user.
var scriptEnding = lazyregexp.New(`\.(?:sh|py|js|mjs|rb|php|pl)$`)

// programsOf are the programs that the words of a command name: the first, and what that starts.
func programsOf(words []string, depth int) (names []string, read bool) {
	if len(words) == 0 || strings.ContainsAny(words[0], " $") || words[0] == "" {
		return nil, false
	}
	name := path.Base(words[0])
	names = []string{name}
	switch {
	case slices.Contains(starting, name):
		rest := words[1:]
		for len(rest) > 0 && (strings.HasPrefix(rest[0], "-") || strings.Contains(rest[0], "=") || name == "timeout" && rest[0] != "" && rest[0][0] >= '0' && rest[0][0] <= '9') {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return names, true
		}
		more, ok := programsOf(rest, depth)
		return append(names, more...), ok
	case isShell(words[0]):
		i := slices.IndexFunc(words, isScriptFlag)
		if i < 0 || i+1 >= len(words) {
			return names, false
		}
		more, ok := programsIn(words[i+1], depth+1)
		return append(names, more...), ok
	}
	return names, !slices.ContainsFunc(words[1:], scriptEnding.MatchString)
}

// httpClient finds the programs that ask for a page.
var httpClient = lazyregexp.New(`\b(?:curl|wget)\b`)

func (c asked) overHTTP() bool { return httpClient.MatchString(c.text()) }

// pageURL finds the address of a page, with or without its scheme.
var pageURL = lazyregexp.New(`(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\d+)?(?:/[^\s"'|;&)]*)?`)

// path is the scheme and path of the page that a check asks for.
func (c asked) path() string { return pathOf(c.text()) }

func pathOf(test string) string {
	page := pageURL.FindString(test)
	if page != "" && !strings.Contains(page, "://") {
		page = "http://" + page
	}
	u, err := url.Parse(page)
	if err != nil || page == "" {
		return ""
	}
	return u.Scheme + "://" + strings.TrimSuffix(u.Path, "/")
}

// portWords finds the ports that a test names.
var portWords = lazyregexp.New(`(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])[:/ ](\d{2,5})\b|(?:^|\s)(?:-p|-P|--port)[ =]?(\d{2,5})\b|["'](?:localhost|127\.0\.0\.1)["'],\s*(\d{2,5})`)

// otherPort is the first port that a check names and that is none of those; "" for none. HTTP without a port is 80.
func (c asked) otherPort(ports []string) string {
	text := c.text()
	for _, m := range portWords.FindAllStringSubmatch(text, -1) {
		if port := m[1] + m[2] + m[3]; !slices.Contains(ports, port) {
			return port
		}
	}
	if c.overHTTP() {
		u, err := url.Parse("http://" + strings.TrimPrefix(strings.TrimPrefix(pageURL.FindString(text), "http://"), "https://"))
		if err == nil && u.Host != "" && u.Port() == "" && !slices.Contains(ports, "80") && !strings.Contains(text, "https://") {
			return "80"
		}
	}
	return ""
}
