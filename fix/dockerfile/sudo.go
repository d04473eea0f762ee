package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// Sudo finds sudo where root runs the RUN.
var Sudo = &fix.Rule{
	Name:    "sudo",
	Title:   "sudo in a RUN",
	Why:     "A RUN of root needs no sudo, which costs a package and resets the environment. It goes where the user is root for sure: by USER, or because the base is an official image that has no USER. Refused for another user and for options that do more than keep the environment; unsafe where ENV, ARG, the command or an image that is not known sets variables, which sudo may keep from the program. The package sudo stays.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3004"},
	Changes: []string{"exec-args"},
	Check:   checkSudo,
}

// sudoKeeps are the options of sudo that change nothing for root.
var sudoKeeps = []string{"-E", "--preserve-env", "-H", "--set-home", "-n", "--non-interactive", "-S", "-EH", "-HE", "--"}

func checkSudo(p *fix.Pass) {
	for s := range scripts(p, saysSudo) {
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
		if f.Reason = s.needsSudo(c.list[end:]); f.Reason != "" {
			return
		}
		f.Fix = &fix.Fix{Title: "remove sudo", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(gone, "")}}
		if f.Reason = s.resetBySudo(c, i, end); f.Reason != "" {
			f.Fix.Safety = fix.Unsafe
		}
	}
}

// reserved are words of the grammar of shells that a program behind sudo may be named like.
var reserved = strings.Fields("if then elif else fi for while until do done case esac select in function time coproc { } ! [[ ]]")

// needsSudo says why words behind sudo would mean something else without it; "" where they do not.
func (s *script) needsSudo(words []shellWord) string {
	for _, w := range words {
		raw := s.doc.Text(w.Span)
		switch name := assignedName.FindString(raw); {
		case name != "":
			continue // an assignment with and without sudo
		case !w.Plain && strings.HasPrefix(strings.TrimLeft(raw, `"`), "$"):
			return "what it runs is in a variable, which may hold options of sudo"
		case strings.Contains(w.Text, "="):
			return "a quoted assignment would be taken for a program"
		case s.defines(w.Text):
			return "without it " + w.Text + " is the function of the RUN"
		case slices.Contains(reserved, w.Text), slices.Contains(builtins, w.Text):
			return "without it " + w.Text + " is a word of the shell itself"
		}
		return ""
	}
	return "it runs nothing"
}

// defines reports whether a program has a function or an alias of a name.
func (s *script) defines(name string) bool {
	found := slices.ContainsFunc(s.Commands, func(c *shellCommand) bool {
		return c.name() == "alias" && slices.ContainsFunc(c.Words, func(w shellWord) bool { return strings.HasPrefix(w.Text, name+"=") })
	})
	walkCommands(s.program.File, func(n syntax.Node) bool {
		f, ok := n.(*syntax.FuncDecl)
		found = found || ok && f.Name != nil && f.Name.Value == name
		return !found
	})
	return found
}

// assignedName is how an assignment begins.
var assignedName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*=`)

// sudoLets are the variables that sudo lets through or nothing reads, but for those that begin with LC_: the defaults of
// env_keep and env_check in sudoers(5), and the frontend of debconf, which asks nobody in a build in any case.
var sudoLets = strings.Fields("COLORS COLORTERM DISPLAY HOSTNAME KRB5CCNAME LANG LANGUAGE LINGUAS LS_COLORS PS1 PS2 TERM TZ XAUTHORITY XAUTHORIZATION DEBIAN_FRONTEND DEBCONF_NONINTERACTIVE_SEEN")

// sudoAlwaysDrops are beginnings of variables that sudo takes away with -E too: HOME and PATH by its settings, the others as
// dangerous (env_delete).
var sudoAlwaysDrops = strings.Fields("PATH HOME IFS CDPATH ENV BASH LD_ _RLD DYLD_ SHLIB_PATH LIBPATH LOCALDOMAIN RES_OPTIONS HOSTALIASES NLSPATH TERMINFO TERMPATH TMPPREFIX JAVA_TOOL_OPTIONS PERL PYTHON RUBY FPATH NULLCMD READNULLCMD ZDOTDIR USER LOGNAME MAIL SHELL")

// resetBySudo says which variable sudo, at index i of the words of c, may keep from the program; "" for none. Its options end
// at index end.
func (s *script) resetBySudo(c *shellCommand, i, end int) string {
	keeps := slices.ContainsFunc(c.list[i+1:end], func(w shellWord) bool { return w.Text == "--preserve-env" || w.isFlag("-E") })
	resets := func(name string) bool {
		if keeps {
			return slices.ContainsFunc(sudoAlwaysDrops, func(d string) bool { return strings.HasPrefix(name, d) })
		}
		return !slices.Contains(sudoLets, name) && !strings.HasPrefix(name, "LC_")
	}
	for _, name := range s.variablesBefore(c, c.list[i].Start) {
		switch {
		case name == "PATH":
			return "PATH is set, and sudo may put it back"
		case name == "":
			return "a script that is read before it may set variables, which sudo does not let through"
		case resets(name):
			return name + " is set, which sudo may not let through"
		}
	}
	if image, _ := nameAndTag(base(s.doc.Dockerfile.Stages[s.In.Stage])); !keeps && !slices.Contains(rootImages, image) {
		return "whether " + orUnknown(image) + " sets variables, which sudo does not let through, is not known"
	}
	return ""
}

// variablesBefore are the variables that ENV, ARG and the program itself set before a place in its command c; "" stands for what
// another script may set.
func (s *script) variablesBefore(c *shellCommand, at int) []string {
	var names []string
	for _, in := range lineage(s.doc.Dockerfile, s.In) {
		if in.Name == "ENV" || in.Name == "ARG" {
			for _, p := range in.Pairs {
				names = append(names, p.Name.Text)
			}
		}
	}
	for _, a := range append(slices.Clone(s.Exports), c.Assigned...) {
		if a.Start < at {
			names = append(names, a.Name)
		}
	}
	if slices.ContainsFunc(s.Commands, func(o *shellCommand) bool {
		return o.Start < at && slices.Contains([]string{".", "source", "eval"}, o.name())
	}) {
		names = append(names, "")
	}
	return names
}

func orUnknown(ref string) string {
	if ref == "" {
		return "the base image"
	}
	return ref
}
