package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// RpmCache finds the caches of yum, dnf, microdnf and zypper in the layer.
var RpmCache = &fix.Rule{
	Name:    "rpm-cache",
	Title:   "the cache of yum, dnf or zypper that stays in the image",
	Why:     "The package managers of Red Hat and SUSE keep metadata and packages in /var/cache. The cache is emptied at the end of the chain. Nothing is said where a cache mount holds it or keepcache is set, in a stage that others only copy from, and for another root. Refused where a later RUN works from the cache or names it, and where the RUN removes the package manager.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3032", "DL3036", "DL3040"},
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: saysYum | saysDnf | saysZypper,
		fills: func(c *shellCommand) bool {
			return (c.isRpm() || c.runs("zypper")) && slices.Contains(rpmFills, c.sub()) && !c.has("--downloadonly", "--assumeno", "--dry-run", "--installroot", "--root", "-R")
		},
		cleans: func(c *shellCommand) bool {
			keeps := slices.ContainsFunc(c.Words, func(w shellWord) bool { return w.Text == "keepcache=1" || w.Text == "--setopt=keepcache=1" })
			return keeps || (c.isRpm() || c.runs("zypper")) && (c.sub() == "clean" || c.sub() == "cc") || c.removes("/var/cache/yum", "/var/cache/dnf", "/var/cache/zyp", "/var/cache/*", "/var/cache/libdnf")
		},
		mounts: []string{"yum", "dnf", "zypp"},
		dirs:   []string{"/var/cache/yum", "/var/cache/dnf", "/var/cache/zypp"},
		command: func(c *shellCommand) string {
			if c.runs("zypper") {
				return "zypper clean -a"
			}
			return c.name() + " clean all"
		},
		atEnd: true,
		cache: &keptCache{
			dirs:  []string{"/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/zypp"},
			words: []string{"/var/cache", "yum", "dnf", "zypper", "cacheonly", "no-refresh"},
			names: cachePaths(`/var/cache`, `yum|dnf|libdnf|tdnf|zypp`),
			needs: (*shellCommand).cachedRpm,
			text:  lazyregexp.New(`cacheonly|--no-refresh|\b(yum|dnf)\b.* -C\b`),
			tool:  "install",
		},
		held:    heldRpm,
		message: func(c *shellCommand) string { return c.name() + " leaves its cache in the image" },
	}).check,
}

var rpmFills = []string{"install", "in", "update", "up", "upgrade", "groupinstall", "localinstall", "reinstall", "distro-sync", "dist-upgrade", "dup", "downgrade", "swap"}

func (c *shellCommand) isRpm() bool {
	return slices.ContainsFunc([]string{"yum", "dnf", "microdnf", "tdnf", "dnf5"}, func(n string) bool { return c.runs(n) })
}

// cachedRpm reports whether the command is told to work from the cache.
func (c *shellCommand) cachedRpm() bool {
	return c.isRpm() && c.has("-C", "--cacheonly") || c.runs("zypper") && c.has("--no-refresh")
}

// heldRpm refuses where the package manager, or sudo before it, is gone at the end of the RUN.
func heldRpm(_ *fix.Pass, s *script, c *shellCommand) (held, refused string) {
	gone := []string{c.name(), "yum", "dnf", "sudo", "python", "--nodeps"}
	for _, o := range s.Commands {
		removes := o.runs("rpm") && o.has("-e", "--erase") || o.runs("rm") || (o.isRpm() || o.runs("zypper")) && slices.Contains([]string{"remove", "rm", "erase", "autoremove", "swap"}, o.sub())
		if o.Start < c.Start || !removes {
			continue
		}
		for _, w := range o.Words[1:] {
			if !w.Plain && !o.runs("rm") || slices.ContainsFunc(gone, func(g string) bool { return strings.Contains(w.Text, g) }) {
				return "", "whether " + c.name() + " is there at the end is not known: " + o.name() + " takes " + w.Text + " away"
			}
		}
	}
	return "", ""
}
