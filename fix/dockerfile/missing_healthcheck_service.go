package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AsksCompose reports whether a health check may belong into the Compose file instead of the Dockerfile: a service that has none
// runs another command than the image. The rule then wants to edit that file.
func AsksCompose(facts *fix.Facts) bool {
	return slices.ContainsFunc(facts.Contexts, runsOther)
}

// runsOther tells that the service of a build runs something else than its Dockerfile says, and has no healthcheck.
func runsOther(c *fix.BuildContext) bool {
	s := service(c)
	if s == nil || hasSection(s) {
		return false
	}
	return given(s, "command") || given(s, "entrypoint")
}

// weighRelated looks at the services that run the same image, or say more of the one that builds it, in files that may be read or not.
func (c *check) weighRelated(b *fix.BuildContext) {
	for _, r := range b.Related {
		if hasSection(r.Service) {
			continue
		}
		for _, name := range []string{"command", "entrypoint"} {
			if given(r.Service, name) {
				c.doubt(fmt.Sprintf("the service %s in %s runs another %s with the image", r.Name, r.Compose, name))
			}
		}
		for _, v := range r.Environment() {
			if strings.HasSuffix(v.Name, "PORT") && !otherServer.MatchString(v.Name) {
				c.doubt(fmt.Sprintf("the service %s in %s sets %s", r.Name, r.Compose, v.Name))
			}
		}
	}
}

func (c *check) doubt(clause string) {
	if !slices.Contains(c.doubts, clause) {
		c.doubts = append(c.doubts, clause)
	}
}

// given tells that a service has a setting with a value.
func given(s *source.Service, name string) bool {
	f, ok := s.Field(name)
	return ok && !f.Node.IsNull()
}

// hasSection tells that a service has a healthcheck, or has it switched off.
func hasSection(s *source.Service) bool {
	_, ok := s.Field("healthcheck")
	return ok
}

// checkServices puts the checks of a stage into the Compose file, a service at a time: where they run different commands a
// HEALTHCHECK would be that of none or of all. It reports false where every service runs what the image says.
func checkServices(p *fix.Pass, l *launch, run runStage) bool {
	i := slices.IndexFunc(run.contexts, runsOther)
	if i < 0 {
		return false
	}
	other := run.contexts[i]
	for _, c := range run.contexts {
		if s := service(c); s == nil || hasSection(s) {
			continue
		}
		checkService(p, l.startedBy(c), runStage{run.stage, []*fix.BuildContext{c}}, other)
	}
	return true
}

// startedBy is the launch of an image as a service starts it.
func (l *launch) startedBy(c *fix.BuildContext) *launch {
	started := *l
	started.ctx, started.built = c, memo[once, string]{} // that depends on the program
	f, ok := service(c).Field("command")
	if !ok || f.Node.IsNull() || l.entry != nil && !l.entry.JSON {
		return &started
	}
	var words []string
	if l.entry != nil {
		words = wordsOf(l.entry)
	}
	if f.Node.IsSequence() {
		for _, item := range f.Node.Children {
			words = append(words, item.Resolve().Text())
		}
	} else {
		last, before, why := lastCall(f.Node.Text())
		if why != "" || len(before) > 0 {
			last = []string{"sh", "-c", f.Node.Text()}
		}
		words = append(words, last...)
	}
	started.command = &source.Instruction{Name: "CMD"}
	started.program = started.read(words, 0)
	return &started
}

// checkService looks at one service. A check that the Compose file cannot take is refused with the service that is in the way of a
// HEALTHCHECK.
func checkService(p *fix.Pass, l *launch, run runStage, other *fix.BuildContext) {
	c := run.contexts[0]
	s := service(c)
	made, ok := checkOf(l, run)
	if !ok {
		return
	}
	who := other.Service.Name
	if who == s.Name && other.Compose != c.Compose {
		who += " in " + other.Compose
	}
	f := fix.Finding{
		Span:    run.stage.From.Span,
		Message: fmt.Sprintf("nothing tells whether %s of the service %s answers%s; the service %s runs another command than the image%s", made.server, s.Name, made.said, who, l.evidence()),
		Reason:  made.refuse,
	}
	belongs := fmt.Sprintf("the service %s in %s runs another command: a healthcheck belongs there", other.Service.Name, other.Compose)
	switch {
	case given(s, "entrypoint") || dependsOnVariables(s):
		f.Reason = belongs
	case made.refuse != "":
	default:
		e, err := editCompose(p.Facts, c.ComposeFile)
		if err == nil {
			if now := e.service(s.Name); now != nil && hasSection(now) {
				return // a round before
			}
			err = e.addHealthcheck(s.Name, made)
		}
		if err != nil {
			f.Reason = belongs
			break
		}
		f.Fix = &fix.Fix{Title: "ask " + made.asks + ", in " + c.Compose, Safety: fix.Safe, Expect: map[string]string{}}
		withCompose(f.Fix, []*composeEdit{e})
		if len(made.doubts) > 0 {
			f.Fix.Safety, f.Reason = fix.Unsafe, strings.Join(made.doubts, "; ")
		}
	}
	f.Waits = f.Fix == nil && l.waits(f.Reason)
	p.Report(f)
}

// dependsOnVariables tells that Compose or a shell puts something into the command.
func dependsOnVariables(s *source.Service) bool {
	f, _ := s.Field("command")
	if !f.Node.IsSequence() {
		return strings.Contains(f.Node.Text(), "$")
	}
	return slices.ContainsFunc(f.Node.Children, func(n *source.Node) bool { return strings.Contains(n.Resolve().Text(), "$") })
}

// addHealthcheck gives a service a healthcheck.
func (e *composeEdit) addHealthcheck(service string, c check) error {
	s := e.service(service)
	if s == nil {
		return errNotEditable
	}
	for _, heir := range e.doc.Compose.Services {
		if x := heir.Extends(); x != nil && x.Service == service {
			return errNotEditable
		}
	}
	test := exec("CMD-SHELL", c.command)
	if words, ok := strings.CutPrefix(c.command, "["); ok {
		test = `["CMD", ` + words
	}
	start := "10s"
	if c.slow {
		start = "40s"
	}
	e.changes = append(e.changes, "services."+service+".healthcheck")
	return e.do(e.doc.AppendEntry(s.Node, e.nested("healthcheck",
		"test: "+strings.ReplaceAll(test, "$", "$$"), "interval: 30s", "timeout: 5s", "retries: 3", "start_period: "+start)))
}
