package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// UseraddLog finds useradd with a high user id and a log of last logins.
var UseraddLog = &fix.Rule{
	Name:    "useradd-log",
	Title:   "useradd that makes a huge log of last logins",
	Why:     "useradd enters the account into /var/log/lastlog and faillog, which have one place per id: with a high id they are large sparse files, and layers store them in full. -l leaves them alone. Nothing is said about ids of less than five digits, where nothing is gained.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3046"},
	Changes: []string{"exec-args"},
	Check:   checkUseraddLog,
}

func checkUseraddLog(p *fix.Pass) {
	for s := range scripts(p.Doc, "useradd") {
		for _, c := range s.Commands {
			if !c.runs("useradd") || c.has("-l", "--no-log-init", "-D", "--defaults") || len(c.uid()) < 5 {
				continue
			}
			p.Report(fix.Finding{Span: c.Span, Message: "useradd with the id " + c.uid() + " makes large log files",
				Fix: &fix.Fix{Title: "add -l", Safety: fix.Safe, Edits: []fix.Edit{insertBehind(s.doc, c.Words[0], "-l")}}})
		}
	}
}

// uid is the number that useradd gets with -u; "" where there is none.
func (c *shellCommand) uid() string {
	for i, w := range c.Words {
		id := ""
		switch {
		case !w.Plain:
			continue
		case (w.Text == "-u" || w.Text == "--uid" || isGroupWith(w.Text, 'u')) && i+1 < len(c.Words) && c.Words[i+1].Plain:
			id = c.Words[i+1].Text
		case strings.HasPrefix(w.Text, "--uid="):
			id = w.Text[len("--uid="):]
		case strings.HasPrefix(w.Text, "-u"):
			id = w.Text[2:]
		}
		if id != "" && strings.Trim(id, "0123456789") == "" {
			return id
		}
	}
	return ""
}

// isGroupWith reports whether a text is a group of flags of one letter that ends with this one: -mu.
func isGroupWith(text string, last byte) bool {
	return len(text) > 2 && text[0] == '-' && text[1] != '-' && text[len(text)-1] == last && strings.IndexFunc(text[1:], notLetter) < 0
}

// WgetProgress finds wget that draws its progress line by line.
var WgetProgress = &fix.Rule{
	Name:    "wget-progress",
	Title:   "wget that fills the build log with its progress",
	Why:     "Without a terminal wget prints a line of dots for every 50 KB. --progress=dot:giga prints one for 32 MB. Only GNU wget has it: nothing is said on Alpine and busybox unless apk adds wget, and where wget is quiet or writes a log file; unsafe where the base image is not known.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3047"},
	Changes: []string{"exec-args"},
	Check:   checkWgetProgress,
}

func checkWgetProgress(p *fix.Pass) {
	for s := range scripts(p.Doc, "wget") {
		for _, c := range s.Commands {
			quiet := c.has("-q", "--quiet", "-nv", "--no-verbose", "-o", "--output-file", "-a", "--append-output", "--progress", "--show-progress", "--spider", "--version", "--help", "-b") ||
				slices.ContainsFunc(c.Words, func(w shellWord) bool {
					return strings.HasPrefix(w.Text, "-nv") || strings.HasPrefix(w.Text, "-q")
				})
			if !c.runs("wget") || quiet || len(c.Words) < 2 {
				continue
			}
			gnu, known := s.hasGNUWget(c)
			if known && !gnu {
				continue
			}
			f := fix.Finding{Span: c.Span, Message: "wget fills the build log with its progress",
				Fix: &fix.Fix{Title: "add --progress=dot:giga", Safety: fix.Safe, Edits: []fix.Edit{insertBehind(s.doc, c.Words[0], "--progress=dot:giga")}}}
			if !known {
				f.Fix.Safety, f.Reason = fix.Unsafe, "whether its wget is the GNU one is not known"
			}
			p.Report(f)
		}
	}
}

// hasGNUWget tells whose wget it is, and whether that is known.
func (s *script) hasGNUWget(c *shellCommand) (gnu, known bool) {
	switch systemOf(s.doc.Dockerfile.Stages[s.In.Stage]) {
	case debianSystem, redhatSystem:
		return true, true
	case alpineSystem, busyboxSystem:
		return s.installsBefore(c, "wget"), true
	}
	gnu = s.installsBefore(c, "wget")
	return gnu, gnu
}

// installsBefore reports whether a package manager installs a package before c, in its RUN or one that is in force.
func (s *script) installsBefore(c *shellCommand, name string) bool {
	installs := func(o *shellCommand) bool {
		in := (o.isApt() || o.isRpm()) && o.sub() == "install" || o.runs("apk", "add") || o.runs("zypper", "install", "in")
		return in && slices.ContainsFunc(o.args(), func(w shellWord) bool { return w.Plain && (w.Text == name || strings.HasPrefix(w.Text, name+"=")) })
	}
	if slices.ContainsFunc(s.Commands, func(o *shellCommand) bool { return o.Start < c.Start && installs(o) }) {
		return true
	}
	for _, in := range lineage(s.doc.Dockerfile, s.In) {
		if in.Name != "RUN" || in.Declined != "" || !mentions(s.doc, in, name) {
			continue
		}
		if o, err := readScript(s.doc, in); err == nil && slices.ContainsFunc(o.Commands, installs) {
			return true
		}
	}
	return false
}

// CurlFail finds curl whose error page is taken for the download.
var CurlFail = &fix.Rule{
	Name:    "curl-fail",
	Title:   "curl that takes an error page for the download",
	Why:     "Without -f, curl succeeds when the server says 404, and what is saved or piped on is the error page. Always unsafe: a build that goes on in spite of such an answer would stop. Nothing is said where the output is not saved or piped, where the failure is tolerated, and where curl sends something or asks only for the headers.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"exec-args"},
	Check:   checkCurlFail,
}

func checkCurlFail(p *fix.Pass) {
	for s := range scripts(p.Doc, "curl") {
		for _, c := range s.Commands {
			if !c.runs("curl") || c.fails() || !c.saves() || c.sends() || c.in(inOrLeft, inIf, inLoop, inNegation) {
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

// sends reports whether curl does something else than to fetch.
func (c *shellCommand) sends() bool {
	return c.has("-X", "--request", "-d", "--data", "--data-binary", "-T", "--upload-file", "-F", "--form", "-I", "--head", "-w", "--write-out", "--data-raw", "--json") ||
		slices.ContainsFunc(c.Words, func(w shellWord) bool {
			return strings.Contains(w.Text, "localhost") || strings.Contains(w.Text, "127.0.0.1") || strings.HasPrefix(w.Text, "-X")
		})
}
