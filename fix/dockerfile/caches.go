package dockerfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// cleaner says which commands of a package manager fill a cache that stays in the layer, and what empties it.
type cleaner struct {
	mention   runWords                                                             // words without which a RUN has no such command
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
	for s := range scripts(p, cl.mention) {
		var fills []*shellCommand
		for _, c := range s.Commands {
			if cl.fills(c) && !s.setBefore(c, cl.variables...) {
				fills = append(fills, c)
			}
		}
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
	if name := s.setsPath(); name != "" {
		why = cmp.Or(why, "the RUN sets "+name+", by which programs are found")
	}
	if s.losesTools() {
		why = cmp.Or(why, "coreutils is removed, and rm with it")
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

// losesTools reports whether the RUN, or one before it, removes the package that has rm.
func (s *script) losesTools() bool {
	removes := func(o *script) bool {
		return o != nil && o.reader.says(o.In, "coreutils") && slices.ContainsFunc(o.Commands, func(c *shellCommand) bool {
			return slices.Contains([]string{"remove", "purge", "autoremove", "erase", "del", "-P", "-r", "--purge", "--remove"}, cmp.Or(c.sub(), firstWord(c))) && c.names("coreutils")
		})
	}
	return removes(s) || s.reader.lastEarlier(asked("coreutils removed"), s.In, func(in *source.Instruction) bool { return removes(s.reader.script(in, "coreutils")) }) != nil
}

func firstWord(c *shellCommand) string {
	if len(c.Words) < 2 {
		return ""
	}
	return c.Words[1].Text
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
