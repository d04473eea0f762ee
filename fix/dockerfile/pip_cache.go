package dockerfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// PipCache finds pip install that leaves its cache in the layer.
var PipCache = &fix.Rule{
	Name:    "pip-cache",
	Title:   "pip install that leaves its cache in the image",
	Why:     "pip keeps what it downloads and builds in ~/.cache/pip, which an image never uses again. Nothing is said where PIP_NO_CACHE_DIR is set, where a cache mount holds the cache, or where the RUN removes it. Refused where something behind it names the cache or takes it to another stage. Unsafe on releases from before 2015, whose pip may not know the flag.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3042"},
	Changes: []string{"exec-args"},
	Check:   checkPipCache,
}

var pipKept = &keptCache{
	dirs:  []string{"/root/.cache/pip"},
	words: []string{".cache", "pip"},
	names: cachePaths(`\.cache`, "pip"),
	// From pip 20.1 to 23.0, pip cache purge and remove fail where there is nothing.
	needs: func(c *shellCommand) bool { return c.isPip() && c.sub() == "cache" },
	text:  lazyregexp.New(`\bpip[0-9.]* cache\b`),
}

// shortNoCache reports whether a flag is --no-cache-dir cut short, as pip allows.
func (c *shellCommand) shortNoCache() bool {
	return slices.ContainsFunc(c.Words, func(w shellWord) bool {
		return len(w.Text) > len("--no-c") && strings.HasPrefix("--no-cache-dir", w.Text)
	})
}

func checkPipCache(p *fix.Pass) {
	var found []fix.Finding
	for s := range scripts(p, saysPip) {
		clears := func(c *shellCommand) bool {
			return c.removes(".cache", "/root/*", "pip") || c.isPip() && (c.sub() == "cache" || c.sub() == "config")
		}
		if s.mounted([]string{"pip"}, "/root/.cache/pip") || slices.ContainsFunc(s.Commands, clears) {
			continue
		}
		for _, c := range s.Commands {
			if !c.isPip() || c.sub() != "install" || c.shortNoCache() || c.has("--no-cache-dir", "--cache-dir", "--download", "--dry-run") || s.setBefore(c, "PIP_NO_CACHE_DIR", "PIP_CACHE_DIR", "XDG_CACHE_HOME") {
				continue
			}
			f := s.flagFinding(c, "pip install leaves its cache in the image", "--no-cache-dir", "pip")
			if reason := cmp.Or(pipKept.usedHere(s, c.End), pipKept.usedLater(s)); reason != "" {
				f.Fix, f.Reason = nil, reason
			}
			found = append(found, f)
		}
	}
	reportUnless(p, found, "pip.conf", "global.no-cache-dir")
}

func (c *shellCommand) isPip() bool { return versioned(c.name(), "pip") }

// flagFinding is a finding with a flag behind the subcommand as its fix; unsafe on a release whose tool may be too old.
func (s *script) flagFinding(c *shellCommand, message, flag, tool string) fix.Finding {
	f := fix.Finding{Span: c.Span, Message: message, Fix: &fix.Fix{Title: "add " + flag, Safety: fix.Safe, Edits: []fix.Edit{s.addFlag(c, flag)}}}
	if old := oldSystem(s.doc.Dockerfile.Stages[s.In.Stage]); old != "" {
		f.Fix.Safety, f.Reason = fix.Unsafe, "the "+tool+" of "+old+" may be too old to know "+flag
	}
	return f
}
