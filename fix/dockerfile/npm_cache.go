package dockerfile

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// NpmCache finds the cache of npm in the layer.
var NpmCache = &fix.Rule{
	Name:    "npm-cache",
	Title:   "the cache of npm that stays in the image",
	Why:     "npm keeps every package that it downloads a second time, in ~/.npm. The cache is emptied right behind the last install of the RUN, with && so that a failing install still fails the build. Nothing is said where a cache mount, npm_config_cache or --cache puts it elsewhere, and in a stage that others only copy from.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: []string{"npm"},
		fills: func(c *shellCommand) bool {
			return c.runs("npm", npmInstalls...) && !c.has("--cache", "--help", "--dry-run")
		},
		cleans: func(c *shellCommand) bool {
			return c.runs("npm", "cache") || c.removes("/.npm", "~/.npm", "/tmp/*npm", ".npm")
		},
		variables: []string{"npm_config_cache", "NPM_CONFIG_CACHE"},
		mounts:    []string{"npm"},
		dirs:      []string{"/root/.npm", "/home/node/.npm"},
		command:   func(*shellCommand) string { return "npm cache clean --force" },
		message:   func(c *shellCommand) string { return "npm " + c.sub() + " leaves its cache in the image" },
	}).check,
}

var npmInstalls = []string{"install", "i", "add", "ci", "clean-install", "install-ci-test", "update"}

// YarnCache finds the cache of yarn 1 in the layer.
var YarnCache = &fix.Rule{
	Name:    "yarn-cache",
	Title:   "the cache of yarn 1 that stays in the image",
	Why:     "yarn 1 keeps a copy of every package in its cache. It is emptied right behind the last install of the RUN. From yarn 2 on the cache can be the installed code itself, so the version is read from yarn.lock, package.json and .yarnrc.yml of the build context: nothing is said about yarn 2 or newer, and the fix is unsafe where the version is not known.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3060"},
	Changes: []string{"exec-args"},
	Wants: func(*source.Document) []fix.Want {
		return []fix.Want{fix.WantText("yarn.lock"), fix.WantText("package.json")}
	},
	Check: func(p *fix.Pass) {
		if !newerYarn(p) {
			yarnCache.check(p)
		}
	},
}

var yarnCache = &cleaner{
	mention:   []string{"yarn"},
	fills:     fillsYarn,
	cleans:    func(c *shellCommand) bool { return c.runs("yarn", "cache") || c.removes(".cache", "yarn") },
	variables: []string{"YARN_CACHE_FOLDER"},
	mounts:    []string{"yarn"},
	dirs:      []string{"/usr/local/share/.cache", "/root/.cache"},
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

var newYarn = regexp.MustCompile(`yarn set version|yarn@(\^|~|>=)?[2-9]|yarn@(berry|stable)|\.yarnrc\.yml|\.yarn/releases|yarn workspaces focus`)

// newerYarn reports whether something says that yarn is version 2 or newer.
func newerYarn(p *fix.Pass) bool {
	if newYarn.Match(p.Doc.Bytes) {
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

// ComposerCache finds the cache of Composer in the layer.
var ComposerCache = &fix.Rule{
	Name:    "composer-cache",
	Title:   "the cache of Composer that stays in the image",
	Why:     "Composer keeps the archive of every package that it installs. The cache is emptied right behind the last install of the RUN. Nothing is said where a cache mount, COMPOSER_CACHE_DIR or --no-cache keeps it out, and in a stage that others only copy from.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: []string{"composer"},
		fills: func(c *shellCommand) bool {
			return c.isComposer() && c.fillsComposer() && !c.has("--no-cache", "--dry-run")
		},
		cleans: func(c *shellCommand) bool {
			return c.isComposer() && slices.Contains([]string{"clear-cache", "clearcache", "cc"}, c.sub()) || c.removes(".composer", "composer/cache", ".cache", "composer")
		},
		variables: []string{"COMPOSER_CACHE_DIR", "COMPOSER_NO_CACHE"},
		mounts:    []string{"composer"},
		dirs:      []string{"/root/.composer/cache", "/root/.cache/composer", "/tmp/cache"},
		command:   func(c *shellCommand) string { return c.Words[0].Text + " clear-cache" },
		message:   func(c *shellCommand) string { return "composer " + c.sub() + " leaves its cache in the image" },
	}).check,
}

func (c *shellCommand) isComposer() bool { return c.runs("composer") || c.runs("composer.phar") }

func (c *shellCommand) fillsComposer() bool {
	subs := []string{"install", "update", "require", "create-project"}
	rest := c.args()
	return slices.Contains(subs, c.sub()) || c.sub() == "global" && len(rest) > 0 && slices.Contains(subs, rest[0].Text)
}

// ComposerDev finds development packages in the image.
var ComposerDev = &fix.Rule{
	Name:    "composer-dev",
	Title:   "composer install with the development packages",
	Why:     "Without --no-dev, Composer installs what only tests and development need. Always unsafe: tests may run in this image. Nothing is said in stages named for development or tests, and in stages that others only copy from.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"exec-args"},
	Check:   checkComposerDev,
}

var devStage = regexp.MustCompile(`(?i)dev|test|ci\b|debug|lint|qa`)

func checkComposerDev(p *fix.Pass) {
	for s := range scripts(p.Doc, "composer") {
		st := p.Doc.Dockerfile.Stages[s.In.Stage]
		if devStage.MatchString(st.Name.Text) || !shipped(p.Doc.Dockerfile, st.Index) {
			continue
		}
		for _, c := range s.Commands {
			if !c.runs("composer", "install") || c.has("--no-dev", "--dev") || s.setBefore(c, "COMPOSER_NO_DEV") {
				continue
			}
			p.Report(fix.Finding{Span: c.Span, Message: "composer install brings the development packages", Reason: "tests may run in this image",
				Fix: &fix.Fix{Title: "add --no-dev", Safety: fix.Unsafe, Edits: []fix.Edit{s.addFlag(c, "--no-dev")}}})
		}
	}
}
