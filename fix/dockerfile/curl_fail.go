package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// CurlFail finds curl whose error page is taken for the download.
var CurlFail = &fix.Rule{
	Name:    "curl-fail",
	Title:   "curl that takes an error page for the download",
	Why:     "Without -f, curl succeeds when the server says 404, and what is saved or piped on is the error page. Always unsafe: a build that goes on in spite of such an answer would stop. Nothing is said of --version and --help, of file: and other addresses without HTTP, where the output is not saved or piped, where the failure is tolerated, and where curl sends something or asks only for the headers.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"exec-args"},
	Check:   checkCurlFail,
}

func checkCurlFail(p *fix.Pass) {
	for s := range scripts(p, saysCurl) {
		for _, c := range s.Commands {
			if !c.runs("curl") || c.fails() || !c.saves() || c.sends() || c.asksNoServer() || c.in(inOrLeft, inIf, inLoop, inNegation) {
				continue
			}
			p.Report(fix.Finding{Span: c.Span, Message: "curl takes an error page for the download", Reason: "a build that goes on after an answer such as 404 would stop",
				Fix: &fix.Fix{Title: "add -f", Safety: fix.Unsafe, Edits: []fix.Edit{insertBehind(s.doc, c.Words[0], "-f")}}})
		}
	}
}

// fails reports whether curl already fails on an error of the server; flags of one letter may stand in a group with a
// value behind it: -fsSLo/tmp/x.
func (c *shellCommand) fails() bool {
	return c.has("-f", "--fail", "--fail-with-body", "--fail-early") || !c.plainFlags() || slices.ContainsFunc(c.Words, func(w shellWord) bool {
		letters := strings.TrimPrefix(w.Text, "-")
		end := strings.IndexFunc(letters, notLetter)
		if end < 0 {
			end = len(letters)
		}
		return len(letters) == len(w.Text)-1 && strings.Contains(letters[:end], "f")
	})
}

// plainFlags reports whether no word is a variable alone, which may hold flags.
func (c *shellCommand) plainFlags() bool {
	return !slices.ContainsFunc(c.Words, func(w shellWord) bool {
		return !w.Plain && strings.HasPrefix(w.Text, "$") && strings.Trim(w.Text[1:], "{}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" && strings.Contains(strings.ToUpper(w.Text), "OPT")
	})
}

// saves reports whether the output of curl goes into a file or a pipe.
func (c *shellCommand) saves() bool {
	file := slices.ContainsFunc(c.Words, func(w shellWord) bool {
		return w.isFlag("--output") || w.isFlag("--remote-name") || w.isFlag("--remote-name-all") || w.isFlag("-o") || w.isFlag("-O")
	})
	return file || c.in(inPipe) || len(c.Stmt.Redirs) > 0
}

// asksNoServer reports whether curl tells only of itself, or has no HTTP server to ask, whose error pages -f is about: other
// servers have none.
func (c *shellCommand) asksNoServer() bool {
	if c.has("--version", "-V", "--help", "-h", "--manual", "-M") {
		return true
	}
	schemes := map[string]bool{}
	for _, w := range c.Words[1:] {
		if scheme, _, ok := strings.Cut(strings.TrimPrefix(w.Text, "--url="), ":"); ok {
			schemes[strings.ToLower(scheme)] = true
		}
	}
	other := slices.ContainsFunc([]string{"file", "ftp", "ftps", "sftp", "scp", "dict", "ldap"}, func(s string) bool { return schemes[s] })
	return other && !schemes["http"] && !schemes["https"]
}

// sends reports whether curl does something else than to fetch.
func (c *shellCommand) sends() bool {
	return c.has("-X", "--request", "-d", "--data", "--data-binary", "-T", "--upload-file", "-F", "--form", "-I", "--head", "-w", "--write-out", "--data-raw", "--json") ||
		slices.ContainsFunc(c.Words, func(w shellWord) bool {
			return strings.Contains(w.Text, "localhost") || strings.Contains(w.Text, "127.0.0.1") || strings.HasPrefix(w.Text, "-X")
		})
}
