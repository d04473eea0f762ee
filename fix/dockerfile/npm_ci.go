package dockerfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// NpmCi finds npm install where a lock file says what to install.
var NpmCi = &fix.Rule{
	Name:    "npm-install",
	Title:   "npm install of a project that has a lock file",
	Why:     "npm install may change the lock file and install something newer than what was tested; npm ci installs what the lock file says or fails. Safe where package.json and the lock file of the build context are in sync, both are copied before the RUN, and npm is new enough. Refused where they are not in sync, and where something between the COPY and the install may change one of them, or brings settings or another npm: only commands that are known to do neither may stand there. Nothing is said without a lock file.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Wants: func(*source.Document) []fix.Want {
		return []fix.Want{fix.WantText("package.json"), fix.WantText("package-lock.json"), fix.WantText("npm-shrinkwrap.json"), fix.WantText(".npmrc")}
	},
	Check: checkNpmCi,
}

// npmCiTakes are the flags of npm install that npm ci knows too.
var npmCiTakes = lazyregexp.New(`^(--production|--only=prod(uction)?|--omit=dev|--omit=optional|--no-audit|--audit=false|--no-optional|--ignore-scripts|--legacy-peer-deps|--quiet|-q|--silent|-s|--no-fund|--fund=false|--prefer-offline|--unsafe-perm(=true)?|--loglevel=?\w*|--verbose|--no-progress|--progress=false|--include=dev|--force|-f|--foreground-scripts)$`)

func checkNpmCi(p *fix.Pass) {
	for s := range scripts(p, saysNpm) {
		for _, c := range s.Commands {
			if !c.runs("npm", "install", "i") || c.has("-g", "--global", "--location", "--prefix", "-C", "--package-lock-only", "--no-save", "--no-package-lock", "--package-lock") {
				continue
			}
			if slices.ContainsFunc(c.args(), func(w shellWord) bool { return !w.Plain || !strings.HasPrefix(w.Text, "-") }) || s.movesBefore(c) {
				continue
			}
			lock := copiedLock(p, s)
			if lock == nil {
				continue
			}
			f := fix.Finding{Span: c.Span, Message: fmt.Sprintf("npm %s of a project with %s", c.sub(), path.Base(lock.name))}
			held, refused := s.heldCi(c, lock)
			switch f.Reason = refused; {
			case refused != "":
			case c.Words[c.Sub].Cut:
				f.Reason = cut
			default:
				f.Fix = &fix.Fix{Title: "use npm ci", Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(c.Words[c.Sub].Span, "ci")}}
				if held != "" {
					f.Reason, f.Fix.Safety = held, fix.Unsafe
				}
			}
			p.Report(f)
		}
	}
}

// movesBefore reports whether the program changes its directory before c: then another package.json is meant.
func (s *script) movesBefore(c *shellCommand) bool {
	return slices.ContainsFunc(s.Commands, func(o *shellCommand) bool {
		return o.Start < c.Start && (o.runs("cd") || o.runs("pushd") || o.runs("git") || o.runs("tar"))
	})
}

func (s *script) heldCi(c *shellCommand, l *npmLock) (held, refused string) {
	for _, w := range c.args() {
		if !npmCiTakes.MatchString(w.Text) {
			return "", "npm ci does not know " + w.Text
		}
	}
	version, problem := l.inSync()
	node, known := nodeMajor(s.doc.Dockerfile.Stages[s.In.Stage])
	switch {
	case problem != "":
		return "", problem
	case known && node < 8, known && version == 3 && node < 15:
		return "", fmt.Sprintf("the npm of node %d does not read this lock file with npm ci", node)
	case len(c.Within) > 0:
		return "", "it stands in " + string(c.Within[0])
	case l.changed != "":
		return "", l.changed
	case !s.leavesManifests(c.Start):
		return "", "a command before it in its RUN may change package.json or the lock file"
	case bindsFiles(s.In):
		return "", "the RUN has a bind mount"
	case l.config != "":
		return "", l.config
	case s.otherNpm(c, version < 3) != "":
		return "", s.otherNpm(c, version < 3)
	case s.installedBefore(c):
		return "npm installs before it, and npm ci removes node_modules first", ""
	case l.local:
		return untracked(l.name), ""
	case version == 1:
		return "a lock file of version 1 does not say which package.json it is of", ""
	case !known:
		return "which npm the base image has is not known", ""
	}
	return "", ""
}

// bindsFiles reports whether a RUN has files of the build context, a stage or an image mounted, which may hide those that were copied.
func bindsFiles(in *source.Instruction) bool {
	return slices.ContainsFunc(in.Flags, func(f source.Flag) bool {
		return f.Name == "mount" && (!strings.Contains(f.Value.Text, "type=") || strings.Contains(f.Value.Text, "type=bind"))
	})
}

// installedBefore reports whether the project has node_modules already.
func (s *script) installedBefore(c *shellCommand) bool {
	fills := func(o *shellCommand) bool { return o.runs("npm", npmInstalls...) && !o.has("-g", "--global") }
	if slices.ContainsFunc(s.Commands, func(o *shellCommand) bool { return o.Start < c.Start && fills(o) }) {
		return true
	}
	return slices.ContainsFunc(lineage(s.doc.Dockerfile, s.In), func(in *source.Instruction) bool {
		if in.Name == "COPY" || in.Name == "ADD" {
			return strings.Contains(in.Rest.Text, "node_modules")
		}
		o := s.reader.script(in, "npm")
		return o != nil && slices.ContainsFunc(o.Commands, fills)
	})
}

// lockedDeps are the dependencies that package.json names and the root package of a lock file repeats (npm docs,
// package-lock.json, packages).
type lockedDeps struct {
	Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]string
}

// inSync gives the version of the lock file, and says why it and package.json are not known to be in sync.
func (l *npmLock) inSync() (version int, problem string) {
	var lock struct {
		LockfileVersion int
		Packages        map[string]lockedDeps
		Dependencies    map[string]json.RawMessage
	}
	var spec struct {
		lockedDeps
		Workspaces json.RawMessage
	}
	if json.Unmarshal(l.lock, &lock) != nil || lock.LockfileVersion == 0 {
		return 0, l.name + " cannot be read"
	}
	if json.Unmarshal(l.spec, &spec) != nil {
		return 0, "its package.json cannot be read"
	}
	if lock.LockfileVersion == 1 {
		for _, deps := range []map[string]string{spec.Dependencies, spec.DevDependencies} {
			for name := range deps {
				if _, ok := lock.Dependencies[name]; !ok {
					return 1, fmt.Sprintf("%s has no %s, which package.json names", path.Base(l.name), name)
				}
			}
		}
		return 1, ""
	}
	root := lock.Packages[""]
	if !maps.Equal(root.Dependencies, spec.Dependencies) || !maps.Equal(root.DevDependencies, spec.DevDependencies) || !maps.Equal(root.OptionalDependencies, spec.OptionalDependencies) {
		return lock.LockfileVersion, path.Base(l.name) + " and package.json are not in sync"
	}
	return lock.LockfileVersion, ""
}
