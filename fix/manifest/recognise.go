package manifest

import (
	"path"
	"strings"
)

// recognisers find the installs of each manager; nil means that the command is none of its own.
var recognisers = map[string]func(args []string) *Install{
	"npm": npm, "yarn": yarn, "yarnpkg": yarn, "pnpm": pnpm, "bun": bun, "deno": deno,
	"pip": pip, "pipenv": pipenv, "poetry": poetry, "uv": uv, "pdm": pdm, "hatch": hatch,
	"conda": conda, "mamba": conda, "micromamba": conda,
	"go": golang, "cargo": cargo, "mvn": maven, "mvnw": maven, "gradle": gradle, "gradlew": gradle, "sbt": sbt,
	"bundle": bundler, "bundler": bundler, "composer": composer, "composer.phar": composer, "dotnet": dotnet,
	"mix": mix, "stack": stack, "cabal": cabal, "swift": swift, "dart": pub, "flutter": pub, "pub": pub,
	"conan": conan, "vcpkg": vcpkg,
}

// Recognise finds the install that a command is; nil where it is none.
func Recognise(c Command) *Install {
	name, args := unwrap(c)
	if find := recognisers[name]; find != nil {
		return find(args)
	}
	return nil
}

// Names reports whether a word of a text may name a program of which Recognise or Builds knows an install: a quick look before the text
// is taken apart. A name that stands in the value of a variable, or is put together by quotes, is not seen.
func Names(text string) bool {
	for start, i := 0, 0; i <= len(text); i++ {
		if i < len(text) && inName(text[i]) {
			continue
		}
		if word := text[start:i]; word != "" && nameBegins[word[0]] && (recognisers[word] != nil || isPip(word)) {
			return true
		}
		start = i + 1
	}
	return false
}

// nameBegins tells the first bytes of the names of recognisers, which few words of a text have.
var nameBegins = func() (table [256]bool) {
	for name := range recognisers {
		table[name[0]] = true
	}
	return table
}()

// inName tells the bytes of which names of programs are made.
func inName(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '.' || b == '-' || b == '_' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// isPip tells pip with or without a version in its name: pip3.12.
func isPip(name string) bool {
	version, ok := strings.CutPrefix(name, "pip")
	return ok && strings.Trim(version, "0123456789.") == ""
}

// unwrap looks through what runs another program: python -m pip, corepack yarn, sudo, env, time, and versions in names.
func unwrap(c Command) (string, []string) {
	name, args := path.Base(c.Name), c.Args
	switch {
	case strings.HasPrefix(name, "python") && len(args) > 1 && args[0] == "-m":
		return unwrap(Command{Name: args[1], Args: args[2:]})
	case (name == "corepack" || name == "npx" || name == "bunx") && len(args) > 0 && recognisers[args[0]] != nil:
		return args[0], args[1:]
	case name == "php" && len(args) > 0 && path.Base(args[0]) == "composer.phar" && path.IsAbs(args[0]):
		return "composer", args[1:]
	case (name == "sudo" || name == "time" || name == "command" || name == "exec") && len(args) > 0 && !strings.HasPrefix(args[0], "-"):
		return unwrap(Command{Name: args[0], Args: args[1:]})
	case isPip(name):
		return "pip", args
	}
	return name, args
}

// Mentions reports whether one of the words of a text that cannot be parsed looks like the start of an install. It is for
// telling that something is there, never for an edit.
func Mentions(text string) (Install, bool) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("&|;\n\r()[]\",", r) }) {
		words := strings.Fields(part)
		for len(words) > 0 && (words[0] == "then" || words[0] == "do" || words[0] == "else" || words[0] == "if") {
			words = words[1:]
		}
		if len(words) > 1 {
			if i := Recognise(Command{Name: words[0], Args: words[1:]}); i != nil {
				return *i, true
			}
		}
	}
	return Install{}, false
}

// never is an install that always needs the sources.
func never(manager, reason string) *Install {
	return &Install{Manager: manager, Never: reason, plan: func(p *planner) { p.refuse("%s", reason) }}
}
