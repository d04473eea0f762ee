package manifest

import (
	"path"
	"slices"
	"strings"
)

// Effect is what a command that is no install does to a copied tree.
type Effect int

// The effects of commands.
const (
	Unknown  Effect = iota // it may read or change the tree
	Harmless               // it neither reads the tree nor changes it
	Cleanup                // the same, and it removes what an earlier command of the RUN made
)

// EffectOf tells what a command does to the files of a project. venv is the directory that it makes for a virtual
// environment, "" for none.
func EffectOf(c Command) (e Effect, venv string) {
	name, args := unwrap(c)
	if known := effects[name]; known != nil {
		return known(parse(args)), ""
	}
	switch {
	case (name == "venv" || name == "virtualenv") && (name != "venv" || strings.HasPrefix(path.Base(c.Name), "python")):
		a := parse(args, "-p", "--python", "--prompt")
		if len(a.words) == 1 && !a.has("--requirement") {
			return Harmless, a.words[0]
		}
	case name == "ensurepip":
		return Harmless, ""
	}
	return Unknown, ""
}

var effects = map[string]func(arguments) Effect{
	"apt-get": packages, "apt": packages, "apk": packages, "yum": packages, "dnf": packages, "microdnf": packages, "zypper": packages,
	"npm": nodeTool, "yarn": nodeTool, "pnpm": nodeTool, "bun": nodeTool, "corepack": always,
	"pip": pipTool, "uv": pipTool, "pipenv": cacheTool, "poetry": cacheTool, "pipx": named, "conda": condaTool, "mamba": condaTool, "micromamba": condaTool,
	"gem": gemTool, "bundle": configTool, "bundler": configTool, "composer": configTool, "mix": mixTool, "go": goTool, "dotnet": dotnetTool, "rustup": always,
	"cabal": func(a arguments) Effect { return when(a.word(0) == "update") },
	"echo":  always, "true": always, ":": always, "mkdir": always, "id": always, "whoami": always, "date": always,
	"useradd": always, "adduser": always, "groupadd": always, "addgroup": always, "usermod": always,
	"rm": removal, "update-ca-certificates": always, "locale-gen": always, "ldconfig": always,
	"node": version, "python": version, "python3": version, "php": version, "ruby": version, "java": version,
	"docker-php-ext-install": named, "docker-php-ext-enable": named, "docker-php-ext-configure": named,
}

func always(arguments) Effect { return Harmless }

func when(harmless bool) Effect {
	if harmless {
		return Harmless
	}
	return Unknown
}

// local reports whether a word names a file or directory rather than a package or an address.
func local(word string) bool {
	if url(word) || strings.HasPrefix(word, "git+") || strings.HasPrefix(word, "@") && strings.Count(word, "/") == 1 {
		return false
	}
	return strings.ContainsAny(word, `/\`) || strings.HasPrefix(word, ".") || strings.HasPrefix(word, "file:") ||
		strings.HasPrefix(word, "~") || slices.Contains(archives, path.Ext(word))
}

var archives = []string{".deb", ".rpm", ".apk", ".whl", ".tgz", ".gz", ".zip", ".gem", ".txt"}

// packages is the package manager of a distribution: it reads the tree only where it is told to install a file.
func packages(a arguments) Effect {
	// A name may begin with a dot: apk's groups of packages are called .build-deps.
	if slices.ContainsFunc(a.words, func(w string) bool {
		return strings.Contains(w, "/") && local(w) || slices.Contains(archives, path.Ext(w))
	}) {
		return Unknown
	}
	switch a.word(0) {
	case "del", "purge", "remove", "autoremove", "erase", "clean", "autoclean":
		return Cleanup
	case "":
		return Unknown
	}
	return Harmless
}

// nodeTool knows what npm and its kin do outside of a project.
func nodeTool(a arguments) Effect {
	verb := a.word(0)
	switch {
	case verb == "cache" && (a.word(1) == "clean" || a.word(1) == "rm"), verb == "store" && a.word(1) == "prune":
		return Cleanup
	case verb == "config" && a.word(1) == "set" && a.word(2) != "" || verb == "set":
		return Harmless
	case verb == "global" && a.word(1) == "add":
		return when(!slices.ContainsFunc(a.words[2:], local))
	case slices.Contains([]string{"install", "i", "add", "update", "upgrade"}, verb) && (a.has("-g", "--global") || a.last("--location") == "global"):
		return when(len(a.words) > 1 && !slices.ContainsFunc(a.words[1:], local))
	}
	return version(a)
}

func version(a arguments) Effect { return when(len(a.words) == 0 && a.has("--version", "-v", "-V")) }

// pipTool is pip with names of packages alone: Recognise has those that read a file.
func pipTool(a arguments) Effect {
	verb := a.word(0)
	switch {
	case verb == "pip" && len(a.words) > 1: // uv pip
		return pipTool(arguments{a.words[1:], a.flags})
	case verb == "cache" || verb == "uninstall":
		return Cleanup
	case verb == "install":
		return when(len(a.words) > 1 && !slices.ContainsFunc(a.words[1:], local) && !a.has("-r", "--requirement", "-e", "--editable", "-c", "--constraint", "-f", "--find-links", "--cert", "--client-cert"))
	case verb == "config" && a.word(1) == "set", verb == "--version":
		return Harmless
	case verb == "venv":
		return Unknown
	}
	return version(a)
}

func cacheTool(a arguments) Effect {
	switch {
	case a.word(0) == "cache":
		return Cleanup
	case a.word(0) == "config" && !a.has("--local"), a.word(0) == "self":
		return Harmless
	}
	return version(a)
}

func condaTool(a arguments) Effect {
	switch a.word(0) {
	case "clean":
		return Cleanup
	case "install", "update", "config":
		return when(!slices.ContainsFunc(a.words, local) && !a.has("--file", "-f"))
	}
	return version(a)
}

func gemTool(a arguments) Effect {
	return when((a.word(0) == "install" || a.word(0) == "update") && !slices.ContainsFunc(a.words[1:], local) && !a.has("-g", "--file"))
}

func configTool(a arguments) Effect {
	if a.word(0) == "clear-cache" || a.word(0) == "clearcache" {
		return Cleanup
	}
	return when(a.word(0) == "config" || a.word(0) == "global" || a.word(0) == "self-update" || version(a) == Harmless)
}

func mixTool(a arguments) Effect { return when(a.word(0) == "local.hex" || a.word(0) == "local.rebar") }

func goTool(a arguments) Effect {
	switch a.word(0) {
	case "install":
		return when(strings.Contains(a.word(1), "@") && !local(a.word(1)[:1]))
	case "env", "version":
		return Harmless
	case "clean":
		return Cleanup
	}
	return Unknown
}

func dotnetTool(a arguments) Effect {
	return when(a.word(0) == "tool" && a.word(1) == "install" && a.has("-g", "--global", "--tool-path") || a.word(0) == "workload" && a.word(1) == "install")
}

// named is a tool that works on the names it is given.
func named(a arguments) Effect { return when(!slices.ContainsFunc(a.words, local)) }

// removal is rm of what the system's own directories hold.
func removal(a arguments) Effect {
	for _, w := range a.words {
		known := slices.ContainsFunc([]string{"/var/lib/apt/", "/var/cache/", "/root/.cache", "/root/.npm", "/root/.cargo/registry", "/tmp/"}, func(dir string) bool {
			return strings.HasPrefix(w, dir) && !strings.Contains(w, "..")
		})
		if !known {
			return Unknown
		}
	}
	return Cleanup
}
