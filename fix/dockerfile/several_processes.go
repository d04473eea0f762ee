package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

// SeveralProcesses points out images that run more than one program.
var SeveralProcesses = &fix.Rule{
	Name:  "several-processes",
	Title: "a container that runs several programs",
	Why: "Docker watches one process: where a second one dies behind supervisord or a &, nothing restarts it and the container stays up; logs mix, and neither can be scaled or updated alone. " +
		"The rule points out a command, or a script of the build context, that starts programs in the background or as services beside the last one, and supervisord with several programs. " +
		"What to do is a decision about the project: a service each in Compose, which share a network or a volume. Images whose init is part of their base are left alone.",
	Kind:  source.DockerfileKind,
	Wants: wantSeveral,
	Check: checkSeveralProcesses,
}

func wantSeveral(doc *source.Document) []fix.Want {
	return append(wantLaunch(doc), fix.WantText("supervisor*"), fix.WantText("*.ini"))
}

func checkSeveralProcesses(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		at := l.command
		if at == nil || l.entry != nil && !l.entry.JSON {
			at = l.entry
		}
		if l.declined() || at == nil || at.Stage != run.stage.Index || forDevelopment(l) {
			continue
		}
		if l.supervisedUnread() {
			p.Report(fix.Finding{Span: at.Span, Message: "the command is supervisord, which is there to start several programs; which ones was not found", Reason: separately})
		} else if programs, by := l.severalPrograms(); len(programs) > 1 {
			p.Report(fix.Finding{Span: at.Span, Message: by + " starts " + listed(programs) + " in one container", Reason: separately})
		}
	}
}

const separately = "give each program a service of its own, and let them share a network or a volume"

// listed joins names as a sentence does.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// severalPrograms are the programs that the command starts, and what starts them.
func (l *launch) severalPrograms() (programs []string, by string) {
	if programs, conf := l.supervised(); len(programs) > 0 {
		return programs, "supervisord with " + conf
	}
	words := l.words
	if len(words) > 2 && slices.Contains(shells, path.Base(words[0])) && strings.HasPrefix(words[1], "-") && strings.HasSuffix(words[1], "c") {
		if programs := started(words[2]); len(programs) > 1 {
			return programs, "the command"
		}
	}
	for _, s := range l.program.scripts {
		if programs := started(s.text); len(programs) > 1 {
			return programs, s.path
		}
	}
	return nil, ""
}

var supervisedProgram = lazyregexp.New(`(?m)^\s*\[program:([^\]\s]+)\]`)

// supervised are the programs of supervisord, where it is what runs and its configuration is in the build context.
func (l *launch) supervised() (programs []string, conf string) {
	if !l.runsSupervisor() {
		return nil, ""
	}
	for _, name := range sortedNames(l.ctx.Texts) {
		ext := path.Ext(name)
		if ext != ".conf" && ext != ".ini" && !strings.Contains(path.Base(name), "supervisor") || foreign(name) || !l.copied(path.Base(name)) {
			continue
		}
		for _, m := range supervisedProgram.FindAllStringSubmatch(string(l.ctx.Texts[name]), -1) {
			if !slices.Contains(programs, m[1]) {
				programs, conf = append(programs, m[1]), name
			}
		}
	}
	return programs, conf
}

// runsSupervisor reports whether supervisord is what runs.
func (l *launch) runsSupervisor() bool {
	return l.program.name == "supervisord" || slices.ContainsFunc(l.words, func(w string) bool { return hasWord(w, "supervisord") })
}

// supervisedUnread tells that supervisord runs with programs that no file of the build context names.
func (l *launch) supervisedUnread() bool {
	programs, _ := l.supervised()
	return l.runsSupervisor() && len(programs) == 0
}

// copied reports whether a COPY or ADD of the chain names a file, a directory that may hold it, or a pattern.
func (l *launch) copied(base string) bool {
	return slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		return (in.Name == "COPY" || in.Name == "ADD") && len(in.Args) > 1 && slices.ContainsFunc(in.Args[:len(in.Args)-1], func(w source.Word) bool {
			return path.Base(w.Text) == base || path.Ext(w.Text) == "" || strings.ContainsAny(w.Text, "*?")
		})
	})
}

func sortedNames(texts map[string][]byte) []string {
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// waiting are programs that do nothing but keep a container up or wait for the others.
var waiting = []string{"tail", "sleep", "wait", "cat", "bash", "sh", "zsh", "su", "login", "ln", "chown", "chmod", "mkdir", "rm", "true", ":", "read", "trap", "echo", "exit", "set", "printf", "kill", "while", "dbus-daemon", "xvfb", "syslogd", "rsyslogd", "crond", "cron", "rsyslog", "Xvfb", "/bin/bash"}

// started are the programs that a shell program leaves running: those in the background, those started as services, and the
// last one where it is in the foreground. Only the commands that it always comes to count.
func started(text string) []string {
	file, err := source.ParseShell(text)
	if err != nil {
		return nil
	}
	var list []string
	add := func(name string) {
		if name != "" && !slices.Contains(waiting, name) && !slices.Contains(list, name) && !strings.Contains(name, "$") {
			list = append(list, name)
		}
	}
	steps := always(file.Stmts)
	for i, s := range steps {
		call, ok := s.stmt.Cmd.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			continue
		}
		words := callWords(textOf(text), call)
		switch name, service := serviceOf(words); {
		case service:
			add(name)
		case s.background || i == len(steps)-1:
			if words := unwrap(words); len(words) > 0 {
				add(path.Base(words[0]))
			}
		}
	}
	return list
}

// serviceOf is the service that a call starts and leaves running.
func serviceOf(words []string) (string, bool) {
	switch {
	case len(words) > 2 && path.Base(words[0]) == "service" && (words[2] == "start" || words[2] == "restart"):
		return words[1], true
	case len(words) > 1 && strings.HasPrefix(words[0], "/etc/init.d/") && (words[1] == "start" || words[1] == "restart"):
		return path.Base(words[0]), true
	}
	return "", false
}

type statement struct {
	stmt       *syntax.Stmt
	background bool
}

// always takes a && b and a; b apart.
func always(stmts []*syntax.Stmt) []statement {
	var list []statement
	for _, s := range stmts {
		if b, ok := s.Cmd.(*syntax.BinaryCmd); ok && b.Op == syntax.AndStmt {
			inner := always([]*syntax.Stmt{b.X, b.Y})
			if s.Background && len(inner) > 0 {
				inner[len(inner)-1].background = true
			}
			list = append(list, inner...)
			continue
		}
		list = append(list, statement{s, s.Background})
	}
	return list
}
