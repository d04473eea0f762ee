package compose

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// MissingServiceHealthcheck finds services whose image brings no health check and is known to need one.
var MissingServiceHealthcheck = &fix.Rule{
	Name:  "missing-service-healthcheck",
	Title: "a service that nothing asks whether it is well",
	Why: "The official images have no health check on purpose, and without one depends_on waits for a process, not for a server that answers: an application that starts first fails on its first query. " +
		"The fix asks the server of a known image in the way that its makers document, with a program that this version and variant of the image has, over 127.0.0.1. " +
		"It is unsafe where something could not be checked: a configuration file that is mounted, a variable, an image that nobody has looked into; and where a health check does more than tell, as with Traefik, Swarm and autoheal. " +
		"It is refused where the command moves the port, or runs something else. What the project builds is asked in its Dockerfile. Images that nothing in them can ask are left alone, and so is a service whose check stands in another file of the project or is switched off.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.healthcheck"},
	Wants: func(d *source.Document) []fix.Want {
		wants := []fix.Want{fix.WantLocal, fix.WantProject, fix.WantLegacyCompose}
		wants = append(wants, wantEnvFiles(d)...)
		return append(wants, wantConfiguration(d)...)
	},
	Check: checkMissingServiceHealthcheck,
}

func checkMissingServiceHealthcheck(p *fix.Pass) {
	if p.Doc.Compose.Root == nil || p.Doc.Compose.Refusal != "" {
		return
	}
	a := aroundOf(p)
	for _, s := range p.Doc.Compose.Services {
		q := a.offerFor(s)
		if q == nil {
			continue
		}
		f := fix.Finding{Span: s.Key.Span, Message: "nothing tells whether " + s.Name + " answers: " + withoutDigest(q.image) + " brings no health check"}
		if q.refuse != "" {
			f.Reason = q.refuse
			p.Report(f)
			continue
		}
		safety := fix.Safe
		if len(q.doubts) > 0 {
			safety, f.Reason = fix.Unsafe, strings.Join(q.doubts, "; ")
		}
		edit(&f, "ask it with "+q.tool(), safety, q.splices, q.err)
		if f.Fix != nil {
			f.Fix.Changes = []string{"services." + s.Name + ".healthcheck"}
		}
		p.Report(f)
	}
}

// offer is a health check for a service that needs one, with the edits that add it where nothing refuses that.
type offer struct {
	question
	splices []source.Splice
	err     error // why there are no edits
}

// offerFor decides on a health check once; nil where questionFor has none.
func (a *around) offerFor(s *source.Service) *offer {
	o, known := a.offers[s]
	if known {
		return o
	}
	if q, ok := a.questionFor(s); ok {
		o = &offer{question: q}
		if q.refuse == "" {
			o.splices, o.err = a.doc.AppendEntry(s.Node, q.lines(a.doc.Compose.Step))
		}
	}
	a.offers[s] = o
	return o
}

// question is a health check for one service.
type question struct {
	image  string // of the service, as written
	check  *images.Check
	test   string   // as HEALTHCHECK CMD takes it, with the $ that a container sees as $$
	refuse string   // why there is none
	doubts []string // what could not be checked
}

// questionFor decides on a health check; false where the service needs none, or nothing is known of its image.
func (a *around) questionFor(s *source.Service) (question, bool) {
	image, ok := s.Image()
	if !ok || s.Node == nil || readingOf(a.doc, s).build != nil {
		return question{}, false
	}
	if a.hasOwnCheck(s) {
		return question{}, false
	}
	ref, settled := source.WithoutVariables(image.Node.Text())
	q := question{image: image.Node.Text()}
	if !settled {
		ref = withoutOpenVariables(q.image)
	}
	if ref == "" || source.IsContext(ref, a.facts.Local) || source.IsContext(q.image, a.facts.Local) {
		return question{}, false
	}
	checks, byVersion, guess := images.Checks(ref)
	if len(checks) == 0 || registryChecks(a.facts, ref) {
		return question{}, false
	}
	entrypoint, _ := s.Field("entrypoint")
	command, _ := s.Field("command")
	r := runner{around: a, service: s, launched: launchedBy(entrypoint.Node, command.Node), settings: settingsOf(a.doc, s, a.facts)}
	if !r.serves(checks) {
		return question{}, false
	}
	q.choose(r, checks)
	if q.refuse == "" {
		q.weigh(r)
		q.weighImage(ref, byVersion, guess)
	}
	return q, true
}

// weighImage doubts what the image is.
func (q *question) weighImage(ref string, byVersion, guess bool) {
	if byVersion && strings.Contains(q.image, "$") {
		q.doubt("with another value of the variable in %s the image may have another program", withoutDigest(q.image))
	}
	if guess {
		q.doubt("which version %s is does not show in its tag", withoutDigest(ref))
	}
	if q.check.Doubt != "" {
		q.doubt("%s", q.check.Doubt)
	}
	if q.check.Level == images.Unverified {
		q.doubt("nobody has tried the check with this image")
	}
}

func (q *question) doubt(format string, args ...any) {
	q.doubts = append(q.doubts, fmt.Sprintf(format, args...))
}
