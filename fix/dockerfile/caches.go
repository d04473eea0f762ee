package dockerfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
)

// cleaner says which commands of a package manager fill a cache that stays in the layer, and what empties it.
type cleaner struct {
	mention   []string                                                             // words without which a RUN has no such command
	fills     func(c *shellCommand) bool                                           //
	cleans    func(c *shellCommand) bool                                           // the RUN does it already, or something like it
	variables []string                                                             // variables that move the cache or turn it off
	mounts    []string                                                             // words in the path of a mount that holds the cache
	dirs      []string                                                             // where the cache is, for mounts above it
	command   func(c *shellCommand) string                                         // what empties it after c
	atEnd     bool                                                                 // at the end of the chain, since other commands may fill it too
	cache     *keptCache                                                           // who else may want it
	held      func(p *fix.Pass, s *script, c *shellCommand) (held, refused string) // what could not be checked, and what speaks against it
	message   func(c *shellCommand) string
}

// check reports each RUN that fills the cache and leaves it.
func (cl *cleaner) check(p *fix.Pass) {
	for s := range scripts(p, cl.mention...) {
		fills := slices.DeleteFunc(slices.Clone(s.Commands), func(c *shellCommand) bool { return !cl.fills(c) || s.setBefore(c, cl.variables...) })
		if len(fills) == 0 || slices.ContainsFunc(s.Commands, cl.cleans) || s.mounted(cl.mounts, cl.dirs...) || !s.reader.stages().shipped[s.In.Stage] {
			continue
		}
		c := fills[len(fills)-1]
		f := fix.Finding{Span: c.Span, Message: cl.message(c)}
		cl.fix(p, s, fills, &f)
		p.Report(f)
	}
}

func (cl *cleaner) fix(p *fix.Pass, s *script, fills []*shellCommand, f *fix.Finding) {
	c := fills[len(fills)-1]
	list, why := s.listingOf(fills)
	for _, c := range fills {
		why = cmp.Or(why, c.otherUser())
	}
	if f.Reason = why; why != "" {
		return
	}
	held, refused := "", ""
	if cl.held != nil {
		held, refused = cl.held(p, s, c)
	}
	if !cl.atEnd && refused == "" {
		refused = cl.cache.usedHere(s, c.End)
	}
	if refused = cmp.Or(refused, cl.cache.usedLater(s)); refused != "" {
		f.Reason = refused
		return
	}
	at := linkOf(list.links, c.Start)
	if cl.atEnd {
		at = len(list.links) - 1
	}
	text := c.privileged() + cl.command(c)
	edit, by, reason := s.appendBehind(list, at, text)
	if reason != "" {
		f.Reason = reason
		return
	}
	if list.branch {
		held = cmp.Or(held, "it stands in "+string(inIf))
	}
	safety := fix.Safe
	if held != "" {
		safety = fix.Unsafe
	}
	f.Reason = held
	f.Fix = &fix.Fix{Title: "add " + by + " " + text, Safety: safety, Edits: []fix.Edit{edit}}
}

// otherUser says that the command runs as somebody whose cache, or whose rights, a command behind it would not have; "" where
// it does not.
func (c *shellCommand) otherUser() string {
	for _, w := range c.ViaWords {
		same := []string{"-E", "-H", "-n", "-S", "-EH", "-HE", "--", "--preserve-env", "-m", "-u", "-W", "-X"}
		if strings.HasPrefix(w.Text, "-") && (!slices.Contains(same, w.Text) || w.Text == "-u" && c.via("sudo")) {
			return "whose cache it fills is not known: " + c.list[0].Text + " has the option " + w.Text
		}
	}
	for _, a := range c.Assigned {
		if a.Name == "HOME" || a.Name == "USER" || a.Name == "PATH" || strings.HasPrefix(a.Name, "XDG_") {
			return "whose cache it fills is not known: " + a.Name + " is set for it alone"
		}
	}
	return ""
}

// removes reports whether the command deletes something whose path has one of the texts.
func (c *shellCommand) removes(paths ...string) bool {
	if !slices.Contains([]string{"rm", "find", "rmdir", "truncate"}, c.name()) {
		return false
	}
	return slices.ContainsFunc(c.Words[1:], func(w shellWord) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return strings.Contains(w.Text, p) })
	})
}
