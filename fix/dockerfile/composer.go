package dockerfile

import (
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// ComposerCache finds the cache of Composer in the layer.
var ComposerCache = &fix.Rule{
	Name:    "composer-cache",
	Title:   "the cache of Composer that stays in the image",
	Why:     "Composer keeps the archive of every package that it installs. The cache is emptied right behind the last install of the RUN. Nothing is said where a cache mount, COMPOSER_CACHE_DIR or --no-cache keeps it out, and in a stage that others only copy from.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"exec-args"},
	Check: (&cleaner{
		mention: saysComposer,
		fills: func(c *shellCommand) bool {
			return c.isComposer() && c.fillsComposer() && !c.has("--no-cache", "--dry-run")
		},
		cleans: func(c *shellCommand) bool {
			return c.isComposer() && slices.Contains([]string{"clear-cache", "clearcache", "cc"}, c.sub()) || c.removes(".composer", "composer/cache", ".cache", "composer")
		},
		variables: []string{"COMPOSER_CACHE_DIR", "COMPOSER_NO_CACHE"},
		mounts:    []string{"composer"},
		dirs:      []string{"/root/.composer/cache", "/root/.cache/composer", "/tmp/cache"},
		cache:     &keptCache{dirs: []string{"/root/.composer/cache", "/root/.cache/composer"}, words: []string{".cache", ".composer"}, names: cachePaths(`\.(cache|composer)`, "composer|cache"), tool: "composer"},
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

var devStage = lazyregexp.New(`(?i)dev|test|ci\b|debug|lint|qa`)

func checkComposerDev(p *fix.Pass) {
	for s := range scripts(p, saysComposer) {
		st := p.Doc.Dockerfile.Stages[s.In.Stage]
		if devStage.MatchString(st.Name.Text) || !s.reader.stages().shipped[st.Index] {
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
