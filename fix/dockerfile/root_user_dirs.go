package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// written gathers the directories that the account must own, and what is not clear about them.
type written struct {
	l      *launch
	dirs   []dir
	doubts []string
}

// writtenDirs are volumes, the directories that the file makes for data, and those that the program is known to write to.
func writtenDirs(l *launch, run runStage, a account) ([]dir, []string) {
	w := &written{l: l}
	w.addVolumes()
	w.addMounts(run)
	for _, p := range madeDirs(l) {
		w.add(p, nil)
	}
	if l.program.name == "next" && l.program.server {
		w.add(path.Join(l.workdir(), ".next/cache"), nil)
	}
	if l.program.name == "rails" || l.program.name == "puma" {
		for _, sub := range []string{"tmp", "log", "storage"} {
			w.add(path.Join(l.workdir(), sub), nil)
		}
		w.doubts = append(w.doubts, "what is below tmp, log and storage stays owned by root")
	}
	if a.restore {
		w.dirs = nil // it was in force already, and what it writes to was thought of
	}
	return w.dirs, w.doubts
}

// add takes a directory in, once.
func (w *written) add(p string, volume *source.Instruction) {
	switch {
	case !path.IsAbs(p) || !plainPath(p) || path.Clean(p) == "/" || systemDir(p):
		w.doubts = append(w.doubts, fmt.Sprintf("whether the program writes to %s is not known", p))
		return
	case owned(w.l, p) || strings.HasPrefix(p, "/tmp/") || p == "/tmp" || p == "/var/tmp":
		return
	}
	p = path.Clean(p)
	if slices.ContainsFunc(w.dirs, func(d dir) bool { return d.path == p }) {
		return
	}
	w.dirs = append(w.dirs, dir{p, volume})
	if filled(w.l, p) {
		w.doubts = append(w.doubts, fmt.Sprintf("what is copied into %s stays owned by root", p))
	}
}

// addVolumes takes in what VOLUME names.
func (w *written) addVolumes() {
	for _, in := range w.l.all() {
		if in.Name != "VOLUME" {
			continue
		}
		for _, word := range in.Args {
			if in.Stage != w.l.stage.Index {
				w.doubts = append(w.doubts, "a stage below declares the VOLUME "+word.Text)
			}
			w.add(strings.Trim(word.Text, `"`), in)
		}
	}
}

// addMounts takes in where services mount volumes.
func (w *written) addMounts(run runStage) {
	for _, c := range run.contexts {
		s := service(c)
		if s == nil {
			continue
		}
		for _, m := range mountsOf(s) {
			if !m.bind && !m.readOnly && m.target != "" {
				w.add(strings.TrimSuffix(m.target, "/"), nil)
			}
		}
	}
}

// dataNames are names of directories that are made for what a program writes.
var dataNames = []string{"data", "log", "logs", "cache", "upload", "uploads", "tmp", "temp", "storage", "media", "db", "database", "run", "spool", "output", "downloads", "backups"}

// madeDirs are the directories with such a name that the stage makes.
func madeDirs(l *launch) []string {
	var list []string
	for call := range l.callsSaying("mkdir") {
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
	for call := range l.callsSaying("chown") {
		if call[0] == "chown" && slices.ContainsFunc(call[1:], func(w string) bool {
			return path.IsAbs(w) && (path.Clean(w) == path.Clean(p) || slices.Contains(call, "-R") && strings.HasPrefix(p, path.Clean(w)+"/"))
		}) {
			return true
		}
	}
	return false
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
