package dockerfile

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// YarnCache finds the cache of yarn 1 in the layer.
var YarnCache = &fix.Rule{
	Name:    "yarn-cache",
	Title:   "the cache of yarn 1 that stays in the image",
	Why:     "yarn 1 keeps a copy of every package in its cache. It is emptied right behind the last install of the RUN. From yarn 2 on the cache can be the installed code itself, so the version is read from yarn.lock, package.json and .yarnrc.yml of the build context: nothing is said about yarn 2 or newer, and the fix is unsafe where the version is not known. Refused where something behind it works offline or names the cache.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3060"},
	Changes: []string{"exec-args"},
	Wants: func(*source.Document) []fix.Want {
		return []fix.Want{fix.WantText("yarn.lock"), fix.WantText("package.json")}
	},
	Check: func(p *fix.Pass) {
		if bytes.Contains(p.Doc.Bytes, []byte("yarn")) && !newerYarn(p) {
			yarnCache.check(p)
		}
	},
}

var yarnCache = &cleaner{
	mention:   saysYarn,
	fills:     fillsYarn,
	cleans:    func(c *shellCommand) bool { return c.runs("yarn", "cache") || c.removes(".cache", "yarn") },
	variables: []string{"YARN_CACHE_FOLDER"},
	mounts:    []string{"yarn"},
	dirs:      []string{"/usr/local/share/.cache", "/root/.cache"},
	cache:     &keptCache{dirs: []string{"/usr/local/share/.cache/yarn", "/root/.cache/yarn"}, words: append([]string{".cache"}, offlineWords...), names: cachePaths(`\.cache`, "yarn"), needs: (*shellCommand).offline, text: offlineText, tool: "yarn"},
	command:   func(*shellCommand) string { return "yarn cache clean" },
	held:      heldYarn,
	message:   func(*shellCommand) string { return "yarn leaves its cache in the image" },
}

func fillsYarn(c *shellCommand) bool {
	if !c.runs("yarn") || c.has("--cache-folder", "--immutable", "--version", "--help") {
		return false
	}
	if c.sub() == "" {
		return c.plain() && len(c.Words) == 1 || c.has("--frozen-lockfile", "--production", "--pure-lockfile", "--prod", "--network-timeout", "--non-interactive")
	}
	rest := c.args()
	return slices.Contains([]string{"install", "add", "upgrade"}, c.sub()) || c.sub() == "global" && len(rest) > 0 && rest[0].Text == "add"
}

var newYarn = lazyregexp.New(`yarn set version|yarn@(\^|~|>=)?[2-9]|yarn@(berry|stable)|\.yarnrc\.yml|\.yarn/releases|yarn workspaces focus`)

// partsOfNewYarn are texts one of which is in whatever newYarn finds.
var partsOfNewYarn = []string{"yarn set version", "yarn@", ".yarnrc.yml", ".yarn/releases", "yarn workspaces focus"}

// newerYarn reports whether something says that yarn is version 2 or newer.
func newerYarn(p *fix.Pass) bool {
	if containsAny(string(p.Doc.Bytes), partsOfNewYarn) && newYarn.Match(p.Doc.Bytes) {
		return true
	}
	for _, c := range p.Facts.Contexts {
		for name, text := range c.Texts {
			switch path.Base(name) {
			case "yarn.lock":
				if len(text) > 0 && !strings.Contains(string(text), "# yarn lockfile v1") {
					return true
				}
			case "package.json":
				var p struct{ PackageManager string }
				if json.Unmarshal(text, &p) == nil && strings.HasPrefix(p.PackageManager, "yarn@") && !strings.HasPrefix(p.PackageManager, "yarn@1") {
					return true
				}
			}
		}
		if slices.ContainsFunc(c.Entries, func(e fix.ContextEntry) bool { return path.Base(e.Path) == ".yarnrc.yml" }) {
			return true
		}
	}
	return false
}

func heldYarn(p *fix.Pass, _ *script, c *shellCommand) (held, refused string) {
	if c.sub() == "global" { // there is none from version 2 on
		return "", ""
	}
	for _, b := range p.Facts.Contexts {
		for name, text := range b.Texts {
			if path.Base(name) == "yarn.lock" && strings.Contains(string(text), "# yarn lockfile v1") {
				return "", ""
			}
		}
	}
	return "no yarn.lock of version 1 is in the build context: from yarn 2 on the cache may be the installed code", ""
}
