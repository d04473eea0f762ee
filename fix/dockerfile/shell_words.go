package dockerfile

import (
	"slices"
	"strings"
)

// wrapper is a program that runs another one: its options with a value of their own word.
type wrapper struct {
	valued      []string // options whose value is the next word
	assignments bool     // NAME=value may stand before the program
}

// wrappers are the programs that run the command behind them. sudo(8), env(1), nice(1), xargs(1), exec and command of POSIX.
var wrappers = map[string]wrapper{
	"sudo":      {valued: []string{"-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-D", "--chdir", "-R", "-T", "-U", "-r", "-t"}, assignments: true},
	"env":       {valued: []string{"-u", "--unset", "-C", "--chdir", "-S"}, assignments: true},
	"exec":      {valued: []string{"-a"}},
	"command":   {},
	"builtin":   {},
	"nice":      {valued: []string{"-n", "--adjustment"}},
	"nohup":     {},
	"time":      {},
	"eatmydata": {},
	"xargs":     {valued: []string{"-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-lines", "--replace"}},
}

// lookups are options with which a wrapper runs nothing: command -v, sudo -l.
var lookups = map[string][]string{"command": {"-v", "-V"}, "sudo": {"-l", "-v", "-k", "-K", "-e", "--list", "--version"}}

// versioned reports whether a program is the one of that name, or has a version behind it: pip, pip3, pip3.11.
func versioned(program, name string) bool {
	version, ok := strings.CutPrefix(program, name)
	return ok && strings.Trim(version, "0123456789.") == ""
}

// unwrap finds the program behind wrappers.
func (c *shellCommand) unwrap() {
	at := 0
	for at < len(c.list) {
		c.start(at)
		next := c.behind(at)
		if next == 0 {
			return
		}
		c.ViaWords = c.list[:next]
		at = next
	}
}

// behind is the index in list of the program that the wrapper at that index runs; 0 where it is no wrapper.
func (c *shellCommand) behind(at int) int {
	name := c.name()
	if versioned(name, "python") {
		return c.module(at)
	}
	w, ok := wrappers[name]
	if !ok {
		return 0
	}
	i := at + 1
	var assigned []assignment
	for ; i < len(c.list) && c.list[i].Plain; i++ {
		text := c.list[i].Text
		key, value, has := strings.Cut(text, "=")
		switch {
		case slices.Contains(lookups[name], text):
			return 0
		case text == "--":
		case slices.Contains(w.valued, text):
			i++
		case strings.HasPrefix(text, "-") && text != "-":
		case has && w.assignments && key != "":
			assigned = append(assigned, assignment{Name: key, Value: shellWord{Text: value, Plain: true}, Start: c.list[i].Start})
		default:
			c.Via = append(c.Via, name)
			c.Assigned = append(c.Assigned, assigned...)
			return i
		}
	}
	return 0
}

// module is the index of the module that python -m runs.
func (c *shellCommand) module(at int) int {
	for i := at + 1; i+1 < len(c.list) && c.list[i].Plain; i++ {
		switch text := c.list[i].Text; {
		case text == "-m" && c.list[i+1].Plain:
			c.Via = append(c.Via, "python -m")
			return i + 1
		case text == "-W" || text == "-X":
			i++
		case !strings.HasPrefix(text, "-") || strings.HasPrefix(text, "-c"):
			return 0
		}
	}
	return 0
}

// valued are the options before the subcommand whose value is the next word, by program.
var valued = map[string][]string{
	"apt-get": aptValued, "apt": aptValued, "aptitude": aptValued,
	"apk": {"-p", "--root", "-X", "--repository", "--arch", "--keys-dir", "--cache-dir", "--cache-max-age", "--repositories-file", "--wait", "--timeout", "--progress-fd"},
	"yum": yumValued, "dnf": yumValued, "microdnf": yumValued, "tdnf": yumValued, "dnf5": yumValued, "dnf-3": yumValued,
	"zypper":   {"-c", "--config", "-R", "--root", "--installroot", "-D", "--reposd-dir", "-C", "--cache-dir", "--plus-repo", "-p", "--releasever"},
	"pip":      {"--proxy", "--timeout", "--retries", "--cert", "--client-cert", "--trusted-host", "--cache-dir", "--log", "--python", "--exists-action"},
	"npm":      {"--prefix", "-C", "--registry", "--userconfig", "--cache", "--loglevel", "-w", "--workspace"},
	"yarn":     {"--cwd", "--registry", "--cache-folder", "--modules-folder", "--network-timeout"},
	"composer": {"-d", "--working-dir"},
	"gem":      {"--config-file"},
}

// aptValued and yumValued are those of two families of programs.
var (
	aptValued = []string{"-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release", "-a", "--host-architecture"}
	yumValued = []string{"-c", "--config", "-x", "--exclude", "--enablerepo", "--disablerepo", "--repo", "--repoid", "--installroot", "--releasever", "--setopt", "-d", "-e", "-R", "--comment"}
)

// subcommand is the index of the first word that is no option and no value of one; 0 where a word before it is not
// plain.
func (c *shellCommand) subcommand() int {
	name := c.name()
	if versioned(name, "pip") {
		name = "pip"
	}
	options := valued[name]
	for i := 1; i < len(c.Words); i++ {
		w := c.Words[i]
		switch {
		case !w.Plain || w.Glob:
			return 0
		case slices.Contains(options, w.Text):
			i++
		case !strings.HasPrefix(w.Text, "-"):
			return i
		}
	}
	return 0
}
