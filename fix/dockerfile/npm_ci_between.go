package dockerfile

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
	"mvdan.cc/sh/v3/syntax"
)

var (
	// npmQuietKeys are the settings of npm that do not change what an install reads or writes beside node_modules (npm docs, config), and those of
	// registries, which begin with // or @.
	npmQuietKeys = lazyregexp.New(`^(//.*|@.*|registry|strict-ssl|cache|loglevel|progress|fund|audit|audit-level|unsafe-perm|user|fetch-.*|update-notifier|proxy|https?-proxy|noproxy|no-proxy|ca|cafile|cert|key|prefer-offline|maxsockets|python|scripts-prepend-node-path|prefix|always-auth|_auth|_authtoken|email|engine-strict|legacy-peer-deps|color|timing|node-options|save-exact|save-prefix|auto-install-peers|shamefully-hoist|public-hoist-pattern.*|strict-peer-dependencies|sharp-.*|node-gyp|jobs|ignore-scripts|production|omit)$`)
	// installsNpm finds what brings another npm than the one of the base image.
	installsNpm = lazyregexp.New(`\bnpm@|\b(nvm|fnm|volta|nodenv|asdf|mise)\b|npmjs\.(org|com)/install|\b(-g|--global|corepack)\s[^&|;]*\bnpm\b|\b(install|i|update|upgrade)\s[^&|;]*\s(-g|--global)\s[^&|;]*\bnpm\b|(^RUN|[&|;])\s*n\s`)
	newNpm      = lazyregexp.New(`\bnpm@(latest|(\^|~)?([7-9]|1[0-9])(\.[\d.x]*)?)("|'|\s|$)|\s(-g|--global)\s+npm(\s|$)`)
)

// leavesManifests reports whether all that a RUN does is known not to change package.json or a lock file, nor how npm takes them.
func (r *reader) leavesManifests(in *source.Instruction) bool {
	s := r.script(in)
	if s == nil {
		if in.Declined == "" && in.JSON {
			return leavesCommand(commandsIn(r.doc, in)[0])
		}
		return false
	}
	return s.leavesManifests(in.End)
}

// leavesManifests does so for what a program does before a place.
func (s *script) leavesManifests(end int) bool {
	if len(s.In.Heredocs) > 0 || !s.writesElsewhere(end) {
		return false
	}
	return !slices.ContainsFunc(s.Commands, func(c *shellCommand) bool { return c.Start < end && (c.in(inFunction) || !c.leavesManifests()) })
}

// leavesManifests does so for a command.
func (c *shellCommand) leavesManifests() bool {
	if c.name() == "" || slices.Contains(c.Via, "xargs") {
		return false
	}
	m := manifest.Command{Name: c.name()}
	for _, w := range c.Words[1:] {
		switch {
		case !w.Plain:
			m.Args = append(m.Args, variable)
		case w.Glob && !strings.HasPrefix(w.Text, "/"):
			m.Args = append(m.Args, variable+w.Text)
		default:
			m.Args = append(m.Args, w.Text)
		}
	}
	return leavesCommand(m)
}

// leavesAll are programs that change no text of a file of the project.
var leavesAll = strings.Fields("cd pushd popd set export test [ chmod chown chgrp ls pwd sleep uname which cat touch umask printf env printenv true false exit")

func leavesCommand(m manifest.Command) bool {
	words := func(bad func(string) bool) bool { return slices.ContainsFunc(m.Args, bad) }
	named := func(w string) bool {
		return strings.Contains(w, variable) || slices.Contains(npmFiles, path.Base(w)) || slices.Contains([]string{".", "..", "/"}, path.Base(w))
	}
	switch name := path.Base(m.Name); name {
	case "npm":
		return leavesByNpm(m)
	case "rm":
		effect, _ := manifest.EffectOf(m)
		return len(m.Args) > 0 && (effect == manifest.Cleanup ||
			!words(func(w string) bool { return !strings.HasPrefix(w, "-") && path.Base(w) != "node_modules" }))
	case "cp", "ln":
		return len(m.Args) >= 2 && !words(named) && !words(func(w string) bool { return strings.HasPrefix(w, "-") && strings.ContainsAny(w, "rRaT") })
	case "sed":
		return len(m.Args) > 0 && strings.HasPrefix(m.Args[len(m.Args)-1], "/etc/") && !words(named)
	default:
		if slices.Contains(leavesAll, name) {
			return true
		}
	}
	effect, _ := manifest.EffectOf(m)
	return effect != manifest.Unknown
}

// leavesByNpm knows npm: an install of all that package.json names writes no other lock file where the two are in sync.
func leavesByNpm(m manifest.Command) bool {
	if manifest.Recognise(m) != nil && !slices.ContainsFunc(m.Args, func(w string) bool {
		return strings.HasPrefix(w, "--prefix") || w == "-C" || strings.Contains(w, "lock") || strings.Contains(w, variable)
	}) {
		return true
	}
	if i := slices.Index(m.Args, "set"); i >= 0 && i+1 < len(m.Args) && i <= 1 {
		return npmSetQuiet(m)
	}
	effect, _ := manifest.EffectOf(m)
	return effect != manifest.Unknown
}

// npmSetQuiet reports whether npm config set sets nothing that matters to an install.
func npmSetQuiet(m manifest.Command) bool {
	i := slices.Index(m.Args, "set")
	for n, w := range m.Args[i+1:] {
		key, _, pair := strings.Cut(w, "=")
		if strings.HasPrefix(w, "-") || n > 0 && !pair {
			continue
		}
		if !npmQuietKeys.MatchString(strings.ToLower(strings.ReplaceAll(key, "_", "-"))) {
			return false
		}
	}
	return true
}

// writesElsewhere reports whether no redirection before a place writes to a file that an install goes by.
func (s *script) writesElsewhere(end int) bool {
	fine := true
	syntax.Walk(s.program.File, func(n syntax.Node) bool {
		r, ok := n.(*syntax.Redirect)
		if !ok || !strings.HasPrefix(r.Op.String(), ">") && !strings.HasPrefix(r.Op.String(), "&>") && r.Op != syntax.RdrInOut || r.Op == syntax.DplOut {
			return true
		}
		w := s.word(r.Word)
		if at, _ := s.program.Span(r); at.Start < end && (!w.Plain || w.Glob || slices.Contains(npmFiles, path.Base(w.Text)) || path.Base(w.Text) == "npmrc") {
			fine = false
		}
		return true
	})
	return fine
}

// otherNpm says what makes npm install of a RUN another than npm ci would be, wherever before it: settings, and another npm. old is whether an
// npm below 7 would do.
func (s *script) otherNpm(c *shellCommand, old bool) string {
	for _, in := range append(slices.Clone(lineage(s.doc.Dockerfile, s.In)), s.In) {
		line, _ := s.doc.Position(in.Start)
		switch in.Name {
		case "ENV", "ARG":
			for _, p := range in.Pairs {
				if why := npmVariable(p.Name.Text); why != "" {
					return fmt.Sprintf("%s on line %d sets %s", in.Name, line, p.Name.Text)
				}
			}
		case "RUN":
			text := s.doc.Text(in.Span)
			if in != s.In && s.reader.setsNpm(in) {
				return fmt.Sprintf("the RUN on line %d changes the settings of npm", line)
			}
			if !old && installsNpm.MatchString(text) && !newNpm.MatchString(text) {
				return fmt.Sprintf("which npm the RUN on line %d brings is not known", line)
			}
		}
	}
	for _, a := range slices.Concat(c.Assigned, s.Exports) {
		if npmVariable(a.Name) != "" {
			return "the RUN sets " + a.Name
		}
	}
	return ""
}

// setsNpm reports whether a RUN sets something of npm that matters to an install.
func (r *reader) setsNpm(in *source.Instruction) bool {
	s := r.script(in, "npm")
	return s != nil && slices.ContainsFunc(s.Commands, func(c *shellCommand) bool {
		return c.runs("npm", "config", "c", "set") && slices.ContainsFunc(c.Words, func(w shellWord) bool { return w.Text == "set" }) && !c.leavesManifests()
	})
}

// npmVariable is the setting of npm that a variable of the environment sets and that matters; "" for none.
func npmVariable(name string) string {
	lower := strings.ToLower(name)
	key, ok := strings.CutPrefix(lower, "npm_config_")
	if key = strings.ReplaceAll(key, "_", "-"); !ok || npmQuietKeys.MatchString(key) {
		return ""
	}
	return key
}

// npmrcRefuses says which setting of an .npmrc matters to an install; "" for none. Values are not told: they may be secret.
func npmrcRefuses(name string, text []byte) string {
	if text == nil {
		return name + " cannot be read"
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		key, _, _ := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if !npmQuietKeys.MatchString(strings.ToLower(key)) {
			return name + " has a setting that may change what npm install does"
		}
	}
	return ""
}
