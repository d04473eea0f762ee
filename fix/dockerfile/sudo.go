package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Sudo finds sudo where root runs the RUN.
var Sudo = &fix.Rule{
	Name:    "sudo",
	Title:   "sudo in a RUN",
	Why:     "A RUN of root needs no sudo, which costs a package and resets the environment. It goes where the user is root for sure: by USER, or because the base is an official image that has no USER. Refused for another user and for options that do more than keep the environment; unsafe where ENV sets PATH, which sudo may put back. The package sudo stays.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3004"},
	Changes: []string{"exec-args"},
	Check:   checkSudo,
}

// sudoKeeps are the options of sudo that change nothing for root.
var sudoKeeps = []string{"-E", "--preserve-env", "-H", "--set-home", "-n", "--non-interactive", "-S", "-EH", "-HE", "--"}

func checkSudo(p *fix.Pass) {
	for s := range scripts(p, "sudo") {
		for _, c := range s.Commands {
			i := slices.IndexFunc(c.list, func(w shellWord) bool { return w.Plain && w.Text == "sudo" })
			if i < 0 || i+1 == len(c.list) || i > len(c.ViaWords) {
				continue
			}
			if i == len(c.ViaWords) && !slices.Contains([]string{"sudo"}, c.name()) {
				continue
			}
			f := fix.Finding{Span: c.list[i].Span, Message: "sudo in a RUN"}
			s.dropSudo(c, i, &f)
			p.Report(f)
		}
	}
}

func (s *script) dropSudo(c *shellCommand, i int, f *fix.Finding) {
	end := i + 1
	for end < len(c.list) && strings.HasPrefix(c.list[end].Text, "-") {
		if !slices.Contains(sudoKeeps, c.list[end].Text) {
			f.Reason = fmt.Sprintf("its option %s does more than keep the environment", c.list[end].Text)
			return
		}
		end++
	}
	gone := source.Span{Start: c.list[i].Start, End: c.list[min(end, len(c.list)-1)].Start}
	user := userBefore(s.doc.Dockerfile, s.In)
	switch {
	case end == len(c.list):
		f.Reason = "it runs nothing"
	case user == "":
		f.Reason = fmt.Sprintf("the user of %s is not known", orUnknown(base(s.doc.Dockerfile.Stages[s.In.Stage])))
	case strings.Contains(user, "$"):
		f.Reason = "the user is a variable"
	case user != "root":
		f.Reason = fmt.Sprintf("the user is %s, who needs it", user)
	case strings.Contains(s.doc.Text(gone), "\n") || c.list[i].Cut:
		f.Reason = cut
	default:
		f.Fix = &fix.Fix{Title: "remove sudo", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(gone, "")}}
		if s.setBefore(c, "PATH") {
			f.Fix.Safety, f.Reason = fix.Unsafe, "PATH is set, and sudo may put it back"
		}
	}
}

func orUnknown(ref string) string {
	if ref == "" {
		return "the base image"
	}
	return ref
}
