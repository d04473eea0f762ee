package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

var (
	// neutralNames are variables that apt-get update does not look at, but for how it says things.
	neutralNames = []string{"DEBIAN_FRONTEND", "DEBIAN_PRIORITY", "DEBCONF_NONINTERACTIVE_SEEN", "TERM", "LANG", "LC_ALL", "TZ", "ACCEPT_EULA"}
	// neutralFlags are options of apt-get update that change neither what it reads nor when it fails.
	neutralFlags = []string{"-y", "-q", "-qq", "-yq", "-qy", "-qqy", "-yqq", "--yes", "--assume-yes", "--quiet", "-q=2"}
	// aptSources are texts that name what apt-get update reads, or by what it gets there.
	aptSources = []string{"/etc/apt", "sources.list", "apt-key", "add-apt-repository", "apt-add-repository", "apt.conf", "keyring", "trusted.gpg", "/etc/hosts", "/etc/resolv.conf", "/etc/ssl", "--add-architecture", "dpkg-divert", "extrepo"}
	// fleeting finds a repository that may be gone when the next RUN begins.
	fleeting = lazyregexp.New(`\b(file|copy|cdrom):/|localhost|127\.0\.0\.1`)
)

func namesAptSources(text string) bool {
	return containsAny(text, aptSources) || strings.Contains(strings.ToLower(text), "proxy")
}

// otherUpdate says why a bare apt-get update before c may do another thing than the update of an earlier RUN did; "" where it
// does the same.
func (s *script) otherUpdate(update *script, c *shellCommand) string {
	line, _ := s.doc.Position(update.In.Start)
	u := update.Commands[slices.IndexFunc(update.Commands, func(c *shellCommand) bool { return c.isApt() && c.sub() == "update" })]
	for _, w := range u.Words[1:] {
		if w != u.Words[u.Sub] && !slices.Contains(neutralFlags, w.Text) {
			return fmt.Sprintf("the update of line %d has the option %s", line, w.Text)
		}
	}
	for _, a := range slices.Concat(u.Assigned, update.Exports, c.Assigned) {
		if !slices.Contains(neutralNames, a.Name) {
			return fmt.Sprintf("%s is set for the update or for the install alone", a.Name)
		}
	}
	if last := update.links(); update.mayFail(u, last) {
		return fmt.Sprintf("the RUN goes on where the update of line %d fails", line)
	}
	if reason := s.otherFlags(update, c); reason != "" {
		return reason
	}
	return s.otherSources(update, u, c)
}

// mayFail reports whether the RUN succeeds, or may, where its command u fails.
func (s *script) mayFail(u *shellCommand, links []link) bool {
	at := linkOf(links, u.Start)
	exits := slices.ContainsFunc(s.Commands, func(c *shellCommand) bool { return c.runs("set") && c.has("-e") && c.Start < u.Start })
	return len(u.Within) > 0 || at < 0 || links[at].or || links[at].chain != links[len(links)-1].chain && !exits
}

// otherFlags says what the RUNs or the commands have that the other one has not.
func (s *script) otherFlags(update *script, c *shellCommand) string {
	for _, f := range update.In.Flags {
		if !slices.ContainsFunc(s.In.Flags, func(o source.Flag) bool { return o.Text == f.Text }) {
			return "the RUN of the update has " + f.Text
		}
	}
	for _, f := range s.In.Flags {
		own := !slices.ContainsFunc(update.In.Flags, func(o source.Flag) bool { return o.Text == f.Text })
		cache := strings.Contains(f.Value.Text, "type=cache") || strings.Contains(f.Value.Text, "type=tmpfs")
		if own && (f.Name != "mount" || !cache) && f.Text != "--network=host" {
			return "the RUN of the install has " + f.Text
		}
	}
	for _, w := range c.ViaWords {
		if strings.HasPrefix(w.Text, "-") {
			return "what runs the install has the option " + w.Text
		}
	}
	for i, w := range c.Words {
		if value := strings.ToLower(strings.TrimLeft(w.Text, "-o=")); strings.HasPrefix(value, "acquire::") || strings.HasPrefix(value, "dir::") || strings.HasPrefix(w.Text, "--config-file") || w.Text == "-c" && i < c.Sub || i > 0 && strings.HasPrefix(w.Text, "--allow-insecure") {
			return "the install has the option " + w.Text
		}
	}
	return ""
}

// otherSources says what may change what apt-get update reads between the update u and the install c.
func (s *script) otherSources(update *script, u, c *shellCommand) string {
	line, _ := s.doc.Position(u.Start)
	if slices.ContainsFunc(update.Commands, func(c *shellCommand) bool { return c.in(inBackground) || c.runs("service") }) {
		return fmt.Sprintf("line %d starts a service, which is gone later", line)
	}
	if in := s.reader.lastEarlier(asked("fleeting"), s.In, s.fleetingSource); in != nil {
		n, _ := s.doc.Position(in.Start)
		return fmt.Sprintf("the repository of line %d may be gone", n)
	}
	if in := s.reader.lastEarlier(asked("sources"), s.In, s.changesSources); in != nil && in.Start > update.In.Start {
		n, _ := s.doc.Position(in.Start)
		return fmt.Sprintf("line %d may change what apt-get update reads", n)
	}
	if update.touchesSources(u.End, update.In.End) || s.touchesSources(s.In.Start, c.Start) {
		return "a command in between may change what apt-get update reads"
	}
	return ""
}

// doubtfulSources says which command in between may change what apt-get update reads without saying so: a script, a package from
// elsewhere, a removal.
func (s *script) doubtfulSources(update *script) string {
	in := s.reader.lastEarlier(asked("doubtful"), s.In, func(in *source.Instruction) bool {
		o := s.reader.script(in)
		return o != nil && o.doubtful()
	})
	if in == nil || in.Start < update.In.Start {
		return ""
	}
	line, _ := s.doc.Position(in.Start)
	return fmt.Sprintf("whether line %d changes what apt-get update reads is not known", line)
}

// fleetingSource reports whether an instruction sets up a repository that may be gone when the next RUN begins.
func (s *script) fleetingSource(in *source.Instruction) bool {
	text := s.doc.Text(in.Span)
	return containsAny(text, []string{":/", "localhost", "127.0.0.1"}) && fleeting.MatchString(text) && namesAptSources(text)
}

// changesSources reports whether an instruction may change what apt-get update reads.
func (s *script) changesSources(in *source.Instruction) bool {
	text := s.doc.Text(in.Span)
	switch in.Name {
	case "COPY", "ADD":
		if len(in.Args) == 0 {
			return true
		}
		dest := in.Args[len(in.Args)-1].Text
		return dest == "/" || strings.HasPrefix(dest, "/etc") || strings.HasPrefix(dest, "/usr/share/keyrings") || strings.HasPrefix(dest, "/var/lib/apt")
	case "ENV", "ARG":
		return namesAptSources(text) || strings.Contains(text, "APT_")
	case "RUN":
		return namesAptSources(text) || s.reader.script(in) == nil
	}
	return false
}

// touchesSources reports whether a part of the file names what apt-get update reads.
func (s *script) touchesSources(from, to int) bool {
	return from < to && namesAptSources(s.doc.Text(source.Span{Start: from, End: to}))
}

func (s *script) doubtful() bool {
	return slices.ContainsFunc(s.Commands, func(c *shellCommand) bool {
		removes := c.isApt() && slices.Contains([]string{"remove", "purge", "autoremove", "autopurge"}, c.sub())
		packages := c.runs("dpkg") && c.has("-r", "-P", "--purge", "--remove", "-i", "--install") || c.isApt() && c.sub() == "install" && c.localOnly()
		return removes || packages || c.script() != "" || c.in(inPipe) && slices.Contains([]string{"sh", "bash"}, c.name())
	})
}
