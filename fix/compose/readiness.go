package compose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// The conditions of depends_on besides service_started.
const (
	healthy   = "service_healthy"
	completed = "service_completed_successfully"
)

// readiness is what can be waited for in a service.
type readiness struct {
	condition string // "" where only its start can
	doubt     string // why that is not certain, a clause
}

// gets tells that missing-service-healthcheck adds a check to a service in this round.
func (a *around) gets(p *fix.Pass, s *source.Service) bool {
	o := a.offerFor(s)
	return o != nil && o.refuse == "" && len(o.doubts) == 0 && o.err == nil && p.Makes(MissingServiceHealthcheck, s.Key.Span)
}

// readinessOf tells what a service that waits for another one can wait for. It is found once for all that wait for it.
func readinessOf(p *fix.Pass, name string) readiness {
	a := aroundOf(p)
	r, known := a.ready[name]
	if !known {
		r = findReadiness(p, a, name)
		if a.ready == nil {
			a.ready = map[string]readiness{}
		}
		a.ready[name] = r
	}
	return r
}

func findReadiness(p *fix.Pass, a *around, name string) readiness {
	s := a.services[name]
	if s == nil || neverRuns(s) {
		return readiness{}
	}
	if a.ending[name] {
		return readiness{condition: completed}
	}
	if p.Facts.Checked[name] {
		return readiness{condition: healthy}
	}
	if list := a.checksOf(s); len(list) > 0 {
		return ofSections(p, s, list)
	}
	if file := p.Facts.CheckedIn[name]; file != "" {
		return readiness{healthy, notAlwaysRead(name, file)}
	}
	if c := composedOf(p, name); c != nil {
		if why, sure := c.job(); sure {
			return readiness{condition: completed}
		} else if why != "" {
			return readiness{completed, why}
		}
	}
	return ofImage(p, s, nil)
}

// neverRuns tells of services with no container at all.
func neverRuns(s *source.Service) bool {
	f, ok := s.Field("scale")
	return ok && f.Node.Text() == "0"
}

// ofSections reads the healthcheck sections of a service: one that switches it off anywhere leaves nothing to wait for.
func ofSections(p *fix.Pass, s *source.Service, list []checked) readiness {
	var own, other *checked
	for i, c := range list {
		on, tests := readSection(c.Node)
		switch {
		case !on:
			return readiness{}
		case tests && c.file == "":
			own = &list[i]
		case tests:
			other = &list[i]
		}
	}
	switch {
	case own != nil:
		return readiness{healthy, aroundOf(p).vouch(p, s, askedBy(own.Node))}
	case other != nil:
		return readiness{healthy, notAlwaysRead(s.Name, other.file)}
	}
	return ofImage(p, s, list[0].Node) // the section has times alone: the test is that of the image
}

func notAlwaysRead(name, file string) string {
	return "the health check of " + name + " stands in " + file + ", which is not always read"
}

// readSection tells whether a healthcheck section leaves the check on, and whether it has a test of its own.
func readSection(n *source.Node) (on, tests bool) {
	if !n.IsMapping() {
		return false, false
	}
	if f, ok := n.Lookup("disable"); ok && f.Node.Text() != "false" {
		return false, false
	}
	f, ok := n.Lookup("test")
	if !ok {
		return true, false
	}
	words := testWords(f.Node)
	return len(words) > 0 && words[0] != "NONE", len(words) > 0
}

func testWords(n *source.Node) []string {
	if n.IsSequence() {
		return commandWords(n)
	}
	return strings.Fields(n.Text())
}

// newMariaDB finds the tags of MariaDB from 11 on.
var newMariaDB = lazyregexp.New(`^(?:docker\.io/)?(?:library/)?mariadb(?:@|$|:(?:1[1-9]|[2-9]\d|latest|lts|noble|ubi))`)

func isNewMariaDB(s *source.Service) bool {
	image, _ := s.Image()
	ref, _ := source.WithoutVariables(image.Node.Text())
	return s.Build() == nil && newMariaDB.MatchString(ref)
}

// baseOf is the image that the stage which is built begins with.
func baseOf(doc *source.Document, target string) string {
	s := stageOf(doc, target)
	for s != nil && s.Base != nil {
		s = s.Base
	}
	if s == nil {
		return ""
	}
	return s.Ref
}

// ofImage looks for a HEALTHCHECK in the image of a service, or in the Dockerfile that it is built from.
func ofImage(p *fix.Pass, s *source.Service, section *source.Node) readiness {
	a := aroundOf(p)
	if build := s.Build(); build != nil {
		doc := p.Facts.Dockerfiles[s.Name]
		if doc == nil || build.Inline != "" {
			return readiness{}
		}
		in, builtIn := instructionOf(p.Facts, doc, build.Target)
		switch {
		case builtIn:
			return readiness{healthy, cmp.Or(launchesOther(s), a.moved(s))}
		case in != nil:
			return readiness{healthy, cmp.Or(launchesOther(s), a.vouch(p, s, askedIn(in, section)))}
		}
		return readiness{}
	}
	image, ok := s.Image()
	ref, settled := source.WithoutVariables(image.Node.Text())
	if !ok || !settled || source.IsContext(ref, p.Facts.Local) {
		return readiness{}
	}
	switch health := images.Lookup(ref).Health; {
	case health == images.BuiltIn, registryChecks(p.Facts, ref):
		return readiness{healthy, cmp.Or(launchesOther(s), a.moved(s))}
	case health == images.SaidToBe:
		return readiness{healthy, "that " + withoutDigest(image.Node.Text()) + " has a health check is not verified"}
	}
	return readiness{}
}

// registryChecks tells that a registry was asked about an image, and says that it has a health check.
func registryChecks(facts *fix.Facts, ref string) bool {
	b := facts.Base(ref)
	return b != nil && b.Known && len(b.Config.Healthcheck) > 0 && b.Config.Healthcheck[0] != "NONE"
}

// instructionOf is the HEALTHCHECK in force at the end of the stage which is built; builtIn tells that there is none, and that the image below
// has a check.
func instructionOf(facts *fix.Facts, doc *source.Document, target string) (check *source.Instruction, builtIn bool) {
	for s := stageOf(doc, target); s != nil; s = s.Base {
		for _, in := range slices.Backward(s.Instructions) {
			if in.Name != "HEALTHCHECK" {
				continue
			}
			if in.Declined != "" || strings.EqualFold(strings.TrimSpace(in.Rest.Text), "none") {
				return nil, false
			}
			return in, false
		}
		if s.Base == nil {
			return nil, images.Lookup(s.Ref).Health == images.BuiltIn || registryChecks(facts, s.Ref)
		}
	}
	return nil, false
}

// stageOf is the stage that a target names, the last one where there is none.
func stageOf(doc *source.Document, target string) *source.Stage {
	stages := doc.Dockerfile.Stages
	for i := len(stages) - 1; i >= 0; i-- {
		if target == "" || strings.EqualFold(stages[i].Name.Text, target) {
			return stages[i]
		}
	}
	return nil
}
