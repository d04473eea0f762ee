package prove

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// globalArg is an ARG before the first FROM.
type globalArg struct {
	name     string
	value    string          // its default, other arguments expanded
	declared bool            // it has a default
	uses     map[string]bool // the arguments that its default depends on
}

// globalEnv is what the global arguments expand to, in a form the lexer of BuildKit takes.
type globalEnv struct {
	values map[string]string
	args   []globalArg
}

func (e *globalEnv) Get(name string) (string, bool) {
	v, ok := e.values[name]
	return v, ok
}

func (e *globalEnv) Keys() []string { return slices.Collect(maps.Keys(e.values)) }

// globalArgs evaluates the ARGs before the first FROM as BuildKit does. Their recorded defaults leave out the build
// arguments, which are not part of the text.
func (p *plan) globalArgs(mode dockerfileMode) []globalArg { return p.globalEnv(mode).args }

func (p *plan) globalEnv(mode dockerfileMode) *globalEnv {
	env := &globalEnv{values: map[string]string{}}
	for _, side := range []string{"BUILD", "TARGET"} {
		env.values[side+"PLATFORM"] = platforms.Format(mode.platform)
		env.values[side+"OS"] = mode.platform.OS
		env.values[side+"ARCH"] = mode.platform.Architecture
		env.values[side+"VARIANT"] = mode.platform.Variant
	}
	env.values["TARGETSTAGE"] = mode.target
	lex := shell.NewLex(p.escape)
	for _, command := range p.metaArgs {
		for _, kv := range command.Args {
			a := globalArg{name: kv.Key, declared: kv.Value != nil}
			if kv.Value != nil {
				a.uses = variablesIn(*kv.Value)
				a.value, _, _ = lex.ProcessWord(*kv.Value, env)
				env.values[kv.Key] = a.value
			}
			if v, ok := mode.buildArgs[kv.Key]; ok {
				env.values[kv.Key] = v
			}
			env.args = append(env.args, a)
		}
	}
	return env
}

// expandFrom expands the global arguments in a word of a FROM, and names those it depends on, directly or through the
// default of another. A word that BuildKit will refuse is given back as it is.
func (p *plan) expandFrom(word string, mode dockerfileMode) (string, map[string]bool) {
	if !strings.Contains(word, "$") {
		return word, map[string]bool{}
	}
	env := p.globalEnv(mode)
	out, _, err := shell.NewLex(p.escape).ProcessWord(word, env)
	if err != nil {
		return word, map[string]bool{}
	}
	uses := variablesIn(word)
	env.addIndirect(uses)
	return out, uses
}

// addIndirect adds to a set of arguments those that their defaults depend on.
func (e *globalEnv) addIndirect(used map[string]bool) {
	for _, a := range slices.Backward(e.args) {
		if used[a.name] {
			maps.Copy(used, a.uses)
		}
	}
}

// variablesIn names the variables of a text, also those that have no value, which the lexer of BuildKit leaves out.
func variablesIn(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return names
}

var variable = lazyregexp.New(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// withoutValue and withoutText say which arguments get a placeholder: first those that no default gives a value, then
// also those whose default is the empty text.
func withoutValue(a globalArg) bool { return !a.declared }
func withoutText(a globalArg) bool  { return a.value == "" }

// missingArgs lists the global arguments that a FROM uses and that lack a value, sorted.
func (p *plan) missingArgs(mode dockerfileMode, missing func(globalArg) bool) []string {
	env := p.globalEnv(mode)
	used := map[string]bool{}
	for _, s := range p.stages {
		maps.Copy(used, variablesIn(s.BaseName+" "+s.Platform))
	}
	env.addIndirect(used)
	names := map[string]bool{}
	for _, a := range env.args {
		if _, given := mode.buildArgs[a.name]; used[a.name] && !given && missing(a) {
			names[a.name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// withPlaceholders gives each name a value that depends on the name only, so that it is the same when the file is loaded
// again.
func (m dockerfileMode) withPlaceholders(p *plan, names []string) dockerfileMode {
	m.buildArgs = maps.Clone(m.buildArgs)
	m.placeholders = names
	for _, name := range names {
		m.buildArgs[name] = p.placeholder(name, m)
	}
	return m
}

// placeholder is a value that fits the place where a FROM uses the argument. A word such as "arg-version" is a valid
// image name, registry, tag and stage name; platforms and digests have forms of their own.
func (p *plan) placeholder(name string, mode dockerfileMode) string {
	sum := sha256.Sum256([]byte(name))
	here := regexp.MustCompile(`\$(?:` + regexp.QuoteMeta(name) + `\b|\{` + regexp.QuoteMeta(name) + `\b[^}]*\})`)
	for _, s := range p.stages {
		if here.FindString(s.Platform) == s.Platform && s.Platform != "" {
			return platforms.Format(mode.platform)
		}
		at := here.FindStringIndex(s.BaseName)
		switch {
		case at == nil:
		case strings.HasSuffix(s.BaseName[:at[0]], "@"):
			return "sha256:" + hex.EncodeToString(sum[:])
		case strings.HasSuffix(s.BaseName[:at[0]], "sha256:"):
			return hex.EncodeToString(sum[:])
		}
	}
	return "arg-" + strings.ReplaceAll(strings.ToLower(name), "_", "-")
}
