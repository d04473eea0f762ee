package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// MissingRestart finds services that nothing starts again.
var MissingRestart = &fix.Rule{
	Name:  "missing-restart",
	Title: "a service without a restart policy",
	Why: "Without a policy a container that fails stays down, and so do all after a restart of the machine. restart: unless-stopped starts it again, unless somebody stopped it; always is written where most services of the file have that, and in files for production. " +
		"Services that end by themselves are left alone: those with profiles, those that others wait for until they have completed, migrations, tools, shells, programs that are told to do one thing, whatever ports they have; so are those with a restart_policy below deploy, files for tests, and those to which another file of the project gives a policy. " +
		"The fix is safe where something tells that the service goes on: ports, a health check, a Dockerfile with EXPOSE, an image that is a server, a command that is one. Else it is held back: a job would run again and again; and so it is where the command is a script that is called as jobs are, or where a script runs the file until a container ends (--abort-on-container-exit). Refused where the edit would reach another service, through an anchor or extends.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.restart"},
	Wants: func(*source.Document) []fix.Want {
		return []fix.Want{fix.WantProject, fix.WantDockerfiles}
	},
	Check: checkMissingRestart,
}

// wordsOfTests are words in names of files, or at the end of names of directories, of what is started for one run of tests, or for an editor.
var wordsOfTests = []string{"test", "tests", "ci", "e2e", "devcontainer"}

// wordEnds are what stands between the words of a name.
const wordEnds = "._-"

// forTests reports whether a file has such a name, or lies in such a directory. The ending of a name is none of its words.
func forTests(name string) bool {
	if name = strings.ToLower(name); !containsAny(name, wordsOfTests) {
		return false
	}
	dir, file := path.Split(name)
	for segment := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if slices.Contains(wordsOfTests, segment[strings.LastIndexAny(segment, wordEnds)+1:]) {
			return true
		}
	}
	for end := strings.IndexAny(file, wordEnds); end >= 0; end = strings.IndexAny(file, wordEnds) {
		if slices.Contains(wordsOfTests, file[:end]) {
			return true
		}
		file = file[end+1:]
	}
	return false
}

func checkMissingRestart(p *fix.Pass) {
	name := p.Doc.Name
	if path.IsAbs(name) {
		name = path.Base(name) // where the project lies says nothing about it
	}
	if forTests(name) {
		return
	}
	policy := ""
	for _, c := range wholeServices(p) {
		// A swarm reads deploy.restart_policy alone, and starts again what ends where there is none.
		if c.has("restart", "deploy.restart_policy") || c.mayEnd(p) || c.forSwarm(p) {
			continue
		}
		if policy == "" {
			policy = usualPolicy(p)
		}
		p.Report(missingRestart(p, c, policy))
	}
}

// The policies that start a service again whatever ended it.
const (
	unlessStopped = "unless-stopped"
	always        = "always"
)

// usualPolicy is what a service without a policy gets: what most services of the file have, unless-stopped where none has one, but
// always in a file for production, where nobody stops a service by hand for good.
func usualPolicy(p *fix.Pass) string {
	n := 0
	for _, s := range p.Doc.Compose.Services {
		switch f, _ := s.Field("restart"); f.Node.Text() {
		case always:
			n++
		case unlessStopped:
			n--
		}
	}
	if n > 0 || n == 0 && isProduction(p.Doc.Name) {
		return always
	}
	return unlessStopped
}

func missingRestart(p *fix.Pass, c *composed, policy string) fix.Finding {
	f := fix.Finding{Span: c.Key.Span, Message: "nothing starts " + c.Name + " again when it fails or the machine restarts"}
	safety := fix.Safe
	switch {
	case c.unread != "":
		safety, f.Reason = fix.Unsafe, c.unread+", which may set restart"
	case p.Facts.Project.Ends != "":
		safety, f.Reason = fix.Unsafe, p.Facts.Project.Ends+", which waits for a container to end"
	case c.has("stdin_open", "tty"):
		safety, f.Reason = fix.Unsafe, "it has a terminal: somebody may work in it"
	case c.idles():
		safety, f.Reason = fix.Unsafe, "its command only waits: somebody may work in it"
	case c.runsJobScript() != "":
		safety, f.Reason = fix.Unsafe, c.runsJobScript()+" may do its work and end, which would run again and again"
	case !c.keepsRunning(p):
		safety, f.Reason = fix.Unsafe, "nothing tells that it goes on until it is stopped: a job would run again and again"
	}
	splices, err := addSetting(p.Doc, c.Service, []string{"restart: " + policy})
	title := "restart it unless it was stopped"
	if policy == always {
		title = "restart it always, as the others"
		if isProduction(p.Doc.Name) {
			title = "restart it always"
		}
	}
	f = withEdit(f, c, title, safety, splices, err)
	if f.Fix != nil {
		f.Fix.Expect = map[string]string{"services." + c.Name + ".restart": policy}
	}
	return f
}
