package compose

import (
	"regexp"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// MissingRestart finds services that nothing starts again.
var MissingRestart = &fix.Rule{
	Name:  "missing-restart",
	Title: "a service without a restart policy",
	Why: "Without a policy a container that fails stays down, and so do all after a restart of the machine. restart: unless-stopped starts it again, unless somebody stopped it. " +
		"Services that end by themselves are left alone: those with profiles, those that others wait for until they have completed, migrations, tools, shells; so are those with a restart_policy below deploy, files for tests, and those to which another file of the project gives a policy. " +
		"The fix is safe where something tells that the service goes on: ports, a health check, an image that is a server, a command that is one. Else it is held back: a job would run again and again. Refused where the edit would reach another service, through an anchor or extends.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.restart"},
	Wants:   project,
	Check:   checkMissingRestart,
}

const unlessStopped = "unless-stopped"

// forTests finds the names of files that are started for one run of tests, or for an editor.
var forTests = regexp.MustCompile(`(?i)(^|[./_-])(tests?|ci|e2e|devcontainer)([._-][^/]*$|/)`)

func checkMissingRestart(p *fix.Pass) {
	if forTests.MatchString(p.Doc.Name) {
		return
	}
	for _, c := range wholeServices(p) {
		// A swarm reads deploy.restart_policy alone, and starts again what ends where there is none.
		if c.has("restart", "deploy.restart_policy") != nil || c.endsByItself(p) || c.forSwarm(p) {
			continue
		}
		p.Report(missingRestart(p, c))
	}
}

func missingRestart(p *fix.Pass, c *composed) fix.Finding {
	f := fix.Finding{Span: c.Key.Span, Message: "nothing starts " + c.Name + " again when it fails or the machine restarts"}
	safety := fix.Safe
	switch {
	case c.unread != "":
		safety, f.Reason = fix.Unsafe, c.unread+", which may set restart"
	case c.has("stdin_open", "tty") != nil:
		safety, f.Reason = fix.Unsafe, "it has a terminal: somebody may work in it"
	case c.idles():
		safety, f.Reason = fix.Unsafe, "its command only waits: somebody may work in it"
	case !c.keepsRunning(p):
		safety, f.Reason = fix.Unsafe, "nothing tells that it goes on until it is stopped: a job would run again and again"
	}
	splices, err := addSetting(p.Doc, c.Service, []string{"restart: " + unlessStopped})
	f = withEdit(f, c, "restart it unless it was stopped", safety, splices, err)
	if f.Fix != nil {
		f.Fix.Expect = map[string]string{"services." + c.Name + ".restart": unlessStopped}
	}
	return f
}
