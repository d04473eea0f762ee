package dockerfile

import (
	"cmp"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// ApkCache finds apk add that leaves its index in the layer.
var ApkCache = &fix.Rule{
	Name:    "apk-cache",
	Title:   "apk add that leaves its index in the image",
	Why:     "With --no-cache, apk fetches its index for one command and keeps nothing. An apk update in the same chain goes, since its index would stay in the layer; it stays where a later rm of /var/cache/apk removes it. An rm that would then find nothing gets -f in the same fix, unsafe where it removes other things too. Refused where another command reads that index, takes it to another stage, or removes it in another way; unsafe where a script runs that may need it, in a step or in a container. Nothing is said where a cache mount or --cache-dir holds the cache.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3019"},
	Changes: []string{"exec-args"},
	Wants:   func(doc *source.Document) []fix.Want { return wantStarts(doc, "apk") },
	Check:   checkApkCache,
}

func checkApkCache(p *fix.Pass) {
	for s := range scripts(p, saysApk) {
		if s.mounted([]string{"apk"}, "/var/cache/apk", "/etc/apk/cache") {
			continue
		}
		dropped := false
		for _, c := range s.Commands {
			if !c.runs("apk", "add") || c.has("--no-cache", "--cache-dir", "--no-network", "--simulate", "-s") {
				continue
			}
			f := fix.Finding{Span: c.Span, Message: "apk add leaves its index in the image"}
			s.fixApkAdd(p, c, &dropped, &f)
			p.Report(f)
		}
	}
}

func (s *script) fixApkAdd(p *fix.Pass, c *shellCommand, dropped *bool, f *fix.Finding) {
	edits := []fix.Edit{s.addFlag(c, "--no-cache")}
	if old := oldSystem(s.doc.Dockerfile.Stages[s.In.Stage]); old != "" {
		f.Reason = "the apk of " + old + " does not know --no-cache"
		return
	}
	doubt, refused := s.wantsApkIndex(c)
	if doubt == "" && !s.clearsApk() {
		doubt = startInstall(p, apkReader)
	}
	drop, reason := s.dropApkUpdate(c)
	if f.Reason = cmp.Or(reason, refused, doubt); cmp.Or(reason, refused) != "" {
		return
	}
	forced, risk := s.forceRemovals(c)
	f.Reason = cmp.Or(doubt, risk)
	f.Fix = &fix.Fix{Title: "add --no-cache", Safety: fix.Safe, Edits: edits}
	if f.Reason != "" {
		f.Fix.Safety = fix.Unsafe
	}
	if len(drop) > 0 && !*dropped {
		*dropped = true
		f.Fix.Title, f.Fix.Edits = f.Fix.Title+", remove apk update", append(drop, edits...)
	}
	if len(forced) > 0 {
		f.Fix.Title, f.Fix.Edits = f.Fix.Title+", and -f to what removes the cache", append(f.Fix.Edits, forced...)
	}
}

// apkUpdate is the apk update before an add; nil for none.
func (s *script) apkUpdate(add *shellCommand) *shellCommand {
	for _, c := range s.Commands {
		if c.runs("apk", "update") && !c.has("--no-cache") && c.Start < add.Start {
			return c
		}
	}
	return nil
}

// clearsApk reports whether the program removes the index.
func (s *script) clearsApk() bool {
	return slices.ContainsFunc(s.Commands, func(c *shellCommand) bool { return c.removes("/var/cache/apk", "/var/cache/*") })
}

// dropApkUpdate is the edit that takes apk update out of the program, none where there is none or where what it leaves is
// removed. The second result says why it can neither stay nor go.
func (s *script) dropApkUpdate(add *shellCommand) ([]fix.Edit, string) {
	update := s.apkUpdate(add)
	if update == nil || s.clearsApk() {
		return nil, ""
	}
	for _, c := range s.Commands {
		if c.runs("apk", append(readsApkIndex, "info")...) && !c.has("--no-cache", "-U", "--update-cache") {
			return nil, "apk " + c.sub() + " needs the index that apk update fetched"
		}
	}
	links := s.links()
	at := linkOf(links, update.Start)
	if len(update.Within) > 0 || len(update.Stmt.Redirs) > 0 || at < 0 || links[at].Start != update.Start || links[at].or {
		return nil, "the index of apk update stays, and it does not stand in the chain by itself"
	}
	edit, reason := s.dropLink(links, at)
	if reason != "" {
		return nil, "the index of apk update stays: " + reason
	}
	return []fix.Edit{edit}, ""
}
