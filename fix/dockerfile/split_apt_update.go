package dockerfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// SplitAptUpdate finds apt-get install that relies on an apt-get update of another RUN.
var SplitAptUpdate = &fix.Rule{
	Name:    "split-apt-update",
	Title:   "apt-get update in another RUN than the install",
	Why:     "The RUN with the update is taken from the build cache while the install is not, and then old lists name packages that are gone; and lists of another layer can never be removed. Where the two RUNs follow each other they become one, else the install gets an update of its own. Refused where the chain cannot take it: a list with ;, an ||, a branch; and where a bare apt-get update may do another thing than the one before: it has options, variables or mounts of its own, its failure is tolerated, or what it reads is changed in between; unsafe where a script or a package in between may have changed it.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args", "step-removed", "step-moved"},
	Check:   checkSplitAptUpdate,
}

func checkSplitAptUpdate(p *fix.Pass) {
	for s := range scripts(p, saysApt) {
		i := slices.IndexFunc(s.Commands, func(c *shellCommand) bool {
			return c.isApt() && (c.sub() == "install" || c.sub() == "build-dep") && !c.localOnly()
		})
		if i < 0 || slices.ContainsFunc(s.Commands, func(c *shellCommand) bool {
			return c.updatesApt() || c.runs("rm") && c.Start < s.Commands[i].Start && c.removes("/var/lib/apt")
		}) || s.fetchesLists(s.Commands[i]) {
			continue
		}
		if s.mounted([]string{"/apt"}, "/var/lib/apt/lists") {
			continue
		}
		c := s.Commands[i]
		update := s.lastUpdate()
		if update == nil {
			continue
		}
		line, _ := p.Doc.Position(update.In.Start)
		f := fix.Finding{Span: c.Span, Message: fmt.Sprintf("%s %s relies on the update of line %d", c.name(), c.sub(), line)}
		s.bringUpdate(update, c, &f)
		p.Report(f)
	}
}

// fetchesLists reports whether a script that is piped into a shell stands before c: those of package repositories update.
func (s *script) fetchesLists(c *shellCommand) bool {
	return slices.ContainsFunc(s.Commands, func(o *shellCommand) bool {
		return o.Start < c.Start && (o.in(inPipe) && slices.Contains([]string{"bash", "sh"}, o.name()) || o.script() != "")
	})
}

// lastUpdate is the nearest RUN before the one of s that updates the lists; nil for none.
func (s *script) lastUpdate() *script {
	in := s.reader.lastEarlier(asked("apt-get update"), s.In, func(in *source.Instruction) bool {
		o := s.reader.script(in, "update")
		return o != nil && slices.ContainsFunc(o.Commands, func(c *shellCommand) bool { return c.isApt() && c.sub() == "update" })
	})
	if in == nil {
		return nil
	}
	return s.reader.script(in)
}

func (s *script) bringUpdate(update *script, c *shellCommand, f *fix.Finding) {
	list, why := s.listingOf([]*shellCommand{c})
	if len(c.Within) > 0 && !c.inBranch() {
		why = "it stands in " + string(c.Within[0])
	}
	if f.Reason = why; why != "" {
		return
	}
	by, why := list.joinerBefore(linkOf(list.links, c.Start))
	switch {
	case !list.branch && s.joins(update):
		gap := source.Span{Start: update.In.End, End: s.In.Rest.Start}
		f.Fix = &fix.Fix{Title: "join the two RUNs with &&", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(gap, " && ")}}
	default:
		if f.Reason = cmp.Or(why, s.otherUpdate(update, c)); f.Reason != "" {
			return
		}
		text := c.privileged() + c.name() + " update"
		if c.name() == "aptitude" {
			text = c.privileged() + "apt-get update"
		}
		f.Fix = &fix.Fix{Title: "add " + text, Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(source.Span{Start: c.Start, End: c.Start}, text+by)}}
		f.Reason = s.doubtfulSources(update)
		if list.branch {
			f.Reason = cmp.Or(f.Reason, "it stands in "+string(inIf))
		}
		if f.Reason != "" {
			f.Fix.Safety = fix.Unsafe
		}
	}
}

// joins reports whether the RUN of update can become the first part of the chain of s: it stands right before, with nothing
// between them, with the same flags, and leaves nothing behind in its shell.
func (s *script) joins(update *script) bool {
	between := source.Span{Start: update.In.End, End: s.In.Start}
	same := func(a, b source.Flag) bool { return a.Text == b.Text }
	switch {
	case update.In.Stage != s.In.Stage, strings.TrimSpace(s.doc.Text(between)) != "",
		len(update.In.Heredocs)+len(s.In.Heredocs) > 0, !slices.EqualFunc(update.In.Flags, s.In.Flags, same),
		len(update.Exports) > 0, update.setsVariables(false) != "", len(update.program.File.Stmts) != 1, len(s.program.File.Stmts) != 1:
		return false
	}
	for _, c := range update.Commands {
		if slices.Contains([]string{"cd", "set", "source", ".", "export", "unset", "trap", "umask", "exec", "exit", "alias", "eval", "ulimit", "shopt"}, c.name()) {
			return false
		}
	}
	links, first := s.links(), update.links()
	last := first[len(first)-1]
	or := slices.ContainsFunc(links, func(l link) bool { return l.or || l.stmt.Background })
	return !or && !last.stmt.Background && !last.heredoc && last.End == update.In.End
}
