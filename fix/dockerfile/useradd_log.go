package dockerfile

import (
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
	for s := range scripts(p, saysUseradd) {
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
