package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

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
	for s := range scripts(p, "wget") {
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
	return slices.ContainsFunc(lineage(s.doc.Dockerfile, s.In), func(in *source.Instruction) bool {
		o := s.reader.script(in, name)
		return o != nil && slices.ContainsFunc(o.Commands, installs)
	})
}
