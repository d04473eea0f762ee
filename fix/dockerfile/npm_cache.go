package dockerfile

import (
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// NpmCache finds the cache of npm in the layer.
var NpmCache = &fix.Rule{
	Name:    "npm-cache",
	Title:   "the cache of npm that stays in the image",
	Why:     "npm keeps every package that it downloads a second time, in ~/.npm. The cache is emptied right behind the last install of the RUN, with && so that a failing install still fails the build. Nothing is said where a cache mount, npm_config_cache or --cache puts it elsewhere, and in a stage that others only copy from. Refused where something behind it works offline or names the cache, and where sudo runs npm as another user.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: saysNpm,
		fills: func(c *shellCommand) bool {
			return c.runs("npm", npmInstalls...) && !c.has("--cache", "--help", "--dry-run")
		},
		cleans: func(c *shellCommand) bool {
			return c.runs("npm", "cache") || c.removes("/.npm", "~/.npm", "/tmp/*npm", ".npm")
		},
		variables: []string{"npm_config_cache", "NPM_CONFIG_CACHE"},
		mounts:    []string{"npm"},
		dirs:      []string{"/root/.npm", "/home/node/.npm"},
		cache:     &keptCache{dirs: []string{"/root/.npm/_cacache", "/root/.npm"}, words: append([]string{".npm", "_cacache"}, offlineWords...), names: lazyregexp.New(`\.npm(/_cacache|/?\*?(["'\s,]|$))|_cacache`), needs: (*shellCommand).offline, text: offlineText, tool: "npm"},
		command:   func(*shellCommand) string { return "npm cache clean --force" },
		message:   func(c *shellCommand) string { return "npm " + c.sub() + " leaves its cache in the image" },
	}).check,
}

var npmInstalls = []string{"install", "i", "add", "ci", "clean-install", "install-ci-test", "update"}
