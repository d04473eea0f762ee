package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// writtenDirs are the directories that the account must own: volumes, those that the file makes for data, and those that the
// program is known to write to. The doubts are about those of which it is not clear.
func writtenDirs(l *launch, run runStage, a account) (dirs []dir, doubts []string) {
	add := func(p string, volume *source.Instruction) {
		switch {
		case !path.IsAbs(p) || !plainPath(p) || path.Clean(p) == "/" || systemDir(p):
			doubts = append(doubts, fmt.Sprintf("whether the program writes to %s is not known", p))
			return
		case owned(l, p) || strings.HasPrefix(p, "/tmp/") || p == "/tmp" || p == "/var/tmp":
			return
		}
		p = path.Clean(p)
		if !slices.ContainsFunc(dirs, func(d dir) bool { return d.path == p }) {
			dirs = append(dirs, dir{p, volume})
			if filled(l, p) {
				doubts = append(doubts, fmt.Sprintf("what is copied into %s stays owned by root", p))
			}
		}
	}
	for _, in := range l.all() {
		if in.Name == "VOLUME" {
			for _, w := range in.Args {
				if in.Stage != l.stage.Index {
					doubts = append(doubts, "a stage below declares the VOLUME "+w.Text)
				}
				add(strings.Trim(w.Text, `"`), in)
			}
		}
	}
	for _, c := range run.contexts {
		if s := service(c); s != nil {
			for _, m := range mountsOf(s) {
				if !m.bind && !m.readOnly && m.target != "" {
					add(strings.TrimSuffix(m.target, "/"), nil)
				}
			}
		}
	}
	for _, p := range madeDirs(l) {
		add(p, nil)
	}
	if l.program.name == "next" && l.program.server {
		add(path.Join(l.workdir(), ".next/cache"), nil)
	}
	if l.program.name == "rails" || l.program.name == "puma" {
		for _, sub := range []string{"tmp", "log", "storage"} {
			add(path.Join(l.workdir(), sub), nil)
		}
		doubts = append(doubts, "what is below tmp, log and storage stays owned by root")
	}
	if a.restore {
		dirs = nil // it was in force already, and what it writes to was thought of
	}
	return dirs, doubts
}

// dataNames are names of directories that are made for what a program writes.
var dataNames = []string{"data", "log", "logs", "cache", "upload", "uploads", "tmp", "temp", "storage", "media", "db", "database", "run", "spool", "output", "downloads", "backups"}

// madeDirs are the directories with such a name that the stage makes.
func madeDirs(l *launch) []string {
	var list []string
	for _, call := range l.calls() {
		if call[0] != "mkdir" {
			continue
		}
		for _, w := range call[1:] {
			if strings.HasPrefix(w, "-") || !slices.Contains(dataNames, path.Base(w)) {
				continue
			}
			if !path.IsAbs(w) {
				w = path.Join(l.workdir(), w)
			}
			list = append(list, w)
		}
	}
	return list
}

// systemDir tells directories that belong to the system.
func systemDir(p string) bool {
	p = path.Clean(p)
	for _, d := range []string{"/etc", "/usr/bin", "/usr/lib", "/bin", "/lib", "/sbin", "/dev", "/proc", "/sys", "/root", "/boot"} {
		if p == d || strings.HasPrefix(p, d+"/") {
			return true
		}
	}
	return slices.Contains([]string{"/usr", "/var", "/opt", "/home", "/srv", "/usr/local", "/var/lib", "/var/log", "/var/run", "/run"}, p)
}

// owned reports whether a chown of the file names the directory, or one above it.
func owned(l *launch, p string) bool {
	return slices.ContainsFunc(l.calls(), func(call []string) bool {
		return call[0] == "chown" && slices.ContainsFunc(call[1:], func(w string) bool {
			return path.IsAbs(w) && (path.Clean(w) == path.Clean(p) || slices.Contains(call, "-R") && strings.HasPrefix(p, path.Clean(w)+"/"))
		})
	})
}

// filled reports whether a COPY puts files below the directory by name.
func filled(l *launch, p string) bool {
	at := workdir{unknown: "the image"}
	for _, in := range l.all() {
		switch {
		case in.Name == "WORKDIR" && in.Rest.Text != "":
			at = at.join(in.Rest.Text)
		case (in.Name == "COPY" || in.Name == "ADD") && len(in.Args) > 1:
			to := at.join(in.Args[len(in.Args)-1].Text).dir
			_, chown := in.Flag("chown")
			if to = path.Clean("/" + to); !chown && (to == p || strings.HasPrefix(to, p+"/")) {
				return true
			}
		}
	}
	return false
}

// ownDirs is the command that makes the directories and gives them to the account. Not one below them: a chown of a tree
// would store every file of it twice.
func ownDirs(dirs []dir, a account) string {
	paths := make([]string, len(dirs))
	for i, d := range dirs {
		paths[i] = d.path
	}
	list := strings.Join(paths, " ")
	return fmt.Sprintf("mkdir -p %s && chown %s %s", list, a.user, list)
}

// firstVolume is the first VOLUME of the stage that names one of the directories: what is changed after it is lost with
// the builder before BuildKit.
func firstVolume(s *source.Stage, dirs []dir) *source.Instruction {
	for _, in := range s.Instructions {
		if slices.ContainsFunc(dirs, func(d dir) bool { return d.volume == in }) {
			return in
		}
	}
	return nil
}
