package dockerfile

import (
	"bytes"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// PipCache finds pip install that leaves its cache in the layer.
var PipCache = &fix.Rule{
	Name:    "pip-cache",
	Title:   "pip install that leaves its cache in the image",
	Why:     "pip keeps what it downloads and builds in ~/.cache/pip, which an image never uses again. Nothing is said where PIP_NO_CACHE_DIR is set, where a cache mount holds the cache, or where the RUN removes it. Unsafe on releases from before 2015, whose pip may not know the flag.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3042"},
	Changes: []string{"exec-args"},
	Check:   checkPipCache,
}

func checkPipCache(p *fix.Pass) {
	if bytes.Contains(p.Doc.Bytes, []byte("pip.conf")) || bytes.Contains(p.Doc.Bytes, []byte("global.no-cache-dir")) {
		return
	}
	for s := range scripts(p, "pip") {
		clears := func(c *shellCommand) bool {
			return c.removes(".cache", "/root/*", "pip") || c.isPip() && (c.sub() == "cache" || c.sub() == "config")
		}
		if s.mounted([]string{"pip"}, "/root/.cache/pip") || slices.ContainsFunc(s.Commands, clears) {
			continue
		}
		for _, c := range s.Commands {
			if !c.isPip() || c.sub() != "install" || c.has("--no-cache-dir", "--cache-dir", "--download", "--dry-run") || s.setBefore(c, "PIP_NO_CACHE_DIR", "PIP_CACHE_DIR", "XDG_CACHE_HOME") {
				continue
			}
			p.Report(s.flagFinding(c, "pip install leaves its cache in the image", "--no-cache-dir", "pip"))
		}
	}
}

func (c *shellCommand) isPip() bool { return pipName.MatchString(c.name()) }

// flagFinding is a finding with a flag behind the subcommand as its fix; unsafe on a release whose tool may be too old.
func (s *script) flagFinding(c *shellCommand, message, flag, tool string) fix.Finding {
	f := fix.Finding{Span: c.Span, Message: message, Fix: &fix.Fix{Title: "add " + flag, Safety: fix.Safe, Edits: []fix.Edit{s.addFlag(c, flag)}}}
	if old := oldSystem(s.doc.Dockerfile.Stages[s.In.Stage]); old != "" {
		f.Fix.Safety, f.Reason = fix.Unsafe, "the "+tool+" of "+old+" may be too old to know "+flag
	}
	return f
}
