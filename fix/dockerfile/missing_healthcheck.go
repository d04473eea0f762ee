package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

var checkNames = []string{"missing-healthcheck", "DL3057"}

// MissingHealthcheck finds servers without a HEALTHCHECK.
var MissingHealthcheck = &fix.Rule{
	Name:  checkNames[0],
	Title: "a server without a HEALTHCHECK",
	Why: "Without a HEALTHCHECK Docker, Swarm and depends_on of Compose take a server for ready as soon as its process is there, and for well as long as it is. (Kubernetes has probes of its own, and Podman keeps the check only with --format docker.) " +
		"The fix asks the port that the command, ENV or EXPOSE name, with a program that the image is known to have: nothing is installed for it. It asks for a path only where the file that the server starts with has that route; a TCP connection cannot be a wrong path. " +
		"It is held back where only a default or EXPOSE tells the port, another Dockerfile is built on the image or something in the repository runs it with another command, and refused where two of them differ, where there is no program to ask with, or where a HEALTHCHECK would be inherited by another stage. Where a service runs another command than the image the check belongs into the Compose file, and comes there, a service at a time. Programs that are no servers are left alone. " +
		"Of an image that dockfix has no line about, its registry is asked whether it has a check, and with which program one could be made.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: checkNames[1:],
	Changes: []string{"image.config.Healthcheck*"},
	Wants: func(doc *source.Document) []fix.Want {
		return append(wantLaunch(doc), wantDeployments(doc, "HEALTHCHECK")...)
	},
	WantsThen: wantBases(checkNames, needsBaseForCheck),
	Check:     checkMissingHealthcheck,
}

func checkMissingHealthcheck(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		if l.declined() || unchecked(l, run) {
			continue
		}
		if checkServices(p, l, run) {
			continue
		}
		c, ok := checkOf(l, run)
		if !ok {
			continue
		}
		c.inherited(l)
		f := fix.Finding{Span: run.stage.From.Span, Message: "no HEALTHCHECK tells whether " + c.server + " answers" + c.said + l.evidence(), Reason: c.refuse}
		if c.refuse == "" {
			f.Fix = &fix.Fix{Title: "ask " + c.asks, Safety: fix.Safe, Edits: []fix.Edit{healthcheckEdit(l, c)}}
			if doubt := childDoubt(p.Facts, "and would inherit the check"); doubt != "" {
				c.doubts = append(c.doubts, doubt)
			}
			for _, doubt := range commandDoubts(p.Facts) {
				c.doubt(doubt)
			}
			if len(c.doubts) > 0 {
				f.Fix.Safety, f.Reason = fix.Unsafe, strings.Join(c.doubts, "; ")
			}
		}
		f.Waits = f.Fix == nil && l.waits(f.Reason)
		p.Report(f)
	}
}

// unchecked tells images that need no check, or another one than this rule makes.
func unchecked(l *launch, run runStage) bool {
	return hasHealthcheck(l, run) || l.image.Family == images.Windows || l.doc.Dockerfile.Escape == '`' || forDevelopment(l)
}

// hasHealthcheck tells that the chain, the image, or each service that runs it has a check, or that the platform has one.
func hasHealthcheck(l *launch, run runStage) bool {
	if slices.Contains([]string{images.BuiltIn, images.SaidToBe, images.Platform}, l.image.Health) {
		return true
	}
	if slices.ContainsFunc(l.all(), func(in *source.Instruction) bool { return in.Name == "HEALTHCHECK" }) {
		return true
	}
	for _, c := range run.contexts {
		s := service(c)
		if s == nil {
			return false
		}
		if _, ok := s.Field("healthcheck"); !ok {
			return false
		}
	}
	return true
}

// forDevelopment tells images that nobody runs as a service.
func forDevelopment(l *launch) bool {
	return strings.HasPrefix(l.image.Root, "it is an image to develop in") || strings.HasPrefix(l.doc.Name, ".devcontainer/") || strings.Contains(l.doc.Name, "/.devcontainer/")
}

// check is what a HEALTHCHECK would do.
type check struct {
	server  string // what is asked, for the message
	asks    string // how, for the title
	said    string // who says the port, a clause behind the message
	command string // behind HEALTHCHECK CMD
	slow    bool
	refuse  string
	noTool  bool // refused because there is no program to ask with
	doubts  []string
}

// checkOf decides on a check; false for what is not known to be a server.
func checkOf(l *launch, run runStage) (check, bool) {
	c := check{server: l.program.name, slow: l.program.slow || l.program.dev || len(l.program.also) > 0}
	if ok := c.ofImage(l, run); ok {
		at := listening{port: l.image.Port}
		at.compare(run, nil)
		c.refuse = at.refuse
		c.weigh(l, run)
		return c, true
	}
	found, ok := portFor(l, run)
	if !ok {
		return c, false
	}
	c.refuse, c.doubts = found.refuse, found.doubts
	if found.server != "" {
		c.server = found.server
	}
	if found.port != "" && found.by != "" {
		c.said = fmt.Sprintf(" on port %s, which %s says", found.port, found.by)
	}
	c.weigh(l, run)
	if c.refuse != "" {
		return c, true
	}
	q := question{port: found.port, variable: found.variable}
	if found.http {
		q.path = routeOf(l)
	}
	command, with := q.command(l)
	if command == "" {
		c.noTool = true
		c.refuse = l.noToolFor(found.port)
		return c, true
	}
	c.command = command
	c.asks = fmt.Sprintf("port %s with %s", found.port, with)
	if q.path != "" {
		c.asks = fmt.Sprintf("%s on port %s with %s", q.path, found.port, with)
	}
	return c, true
}

// databaseServers are the commands of images whose check is known; with other words behind them they may listen elsewhere.
var databaseServers = []string{"postgres", "mysqld", "mariadbd", "redis-server", "valkey-server", "mongod", "rabbitmq-server"}

// ofImage takes the check that is known of the image, where the image's own command is what runs.
func (c *check) ofImage(l *launch, run runStage) bool {
	if l.image.Health == "" || l.entry != nil {
		return false
	}
	if l.command != nil {
		if !slices.Contains(databaseServers, l.program.name) {
			return false
		}
		if len(l.program.words) > 1 {
			c.doubts = append(c.doubts, "what the options of "+l.program.name+" change is not known")
		}
	}
	if configured(l) || mountsConfiguration(run) {
		c.doubts = append(c.doubts, "what the configuration that is copied changes is not known")
	}
	if from := l.chain[len(l.chain)-1].From; strings.Contains(from.Rest.Text, "$") {
		c.doubts = append(c.doubts, "with another value of the build argument in FROM the image may not have the program of the check")
	}
	c.command, c.server = l.image.Health, l.ref
	name := strings.FieldsFunc(l.image.Health, func(r rune) bool { return strings.ContainsRune(`[]", `, r) })
	c.asks = "it with " + name[0]
	return true
}

// weigh looks at the services that run the image, and at what is not known of the image.
func (c *check) weigh(l *launch, run runStage) {
	if !l.image.Known && l.ref != "" {
		c.doubts = append(c.doubts, l.notKnown())
	}
	if l.ref == "" {
		c.doubts = append(c.doubts, "the image it is built on depends on a build argument")
	}
	for _, b := range run.contexts {
		s := service(b)
		if s == nil {
			continue
		}
		if f, ok := s.Field("deploy"); ok && slices.ContainsFunc(f.Node.Entries(), func(e source.Field) bool { return e.Key.Resolve().Text() != "resources" }) {
			c.doubts = append(c.doubts, fmt.Sprintf("the service %s in %s has deploy: Swarm restarts what is not healthy", s.Name, b.Compose))
		}
		if f, ok := s.Field("labels"); ok && strings.Contains(labelText(f), "traefik.") {
			c.doubts = append(c.doubts, fmt.Sprintf("the service %s in %s has labels for Traefik, which leaves out what is not healthy", s.Name, b.Compose))
		}
		c.weighRelated(b)
	}
}

// inherited refuses a HEALTHCHECK that other stages would have as well.
func (c *check) inherited(l *launch) {
	for _, s := range l.doc.Dockerfile.Stages {
		if s.Base == l.stage && c.refuse == "" {
			c.refuse = fmt.Sprintf("the stage %s is built on this one, and would inherit the check", stageName(s))
		}
	}
}

// labelText joins the labels of a service.
func labelText(f source.Field) string {
	var b strings.Builder
	for _, e := range f.Node.Entries() {
		b.WriteString(e.Key.Resolve().Text() + "\n")
	}
	if f.Node.IsSequence() {
		for _, item := range f.Node.Children {
			b.WriteString(item.Resolve().Text() + "\n")
		}
	}
	return b.String()
}

// healthcheckEdit puts the check before the CMD or ENTRYPOINT of the stage, else behind its last instruction.
func healthcheckEdit(l *launch, c check) fix.Edit {
	doc, s := l.doc, l.stage
	start := "10s"
	if c.slow {
		start = "40s"
	}
	text := fmt.Sprintf("%s --interval=30s --timeout=5s --start-period=%s --retries=3 \\%s  CMD %s",
		keyword(doc, "HEALTHCHECK"), start, doc.Newline, c.command)
	for _, in := range s.Instructions {
		if in.Name == "CMD" || in.Name == "ENTRYPOINT" {
			return insertBefore(doc, in, text)
		}
	}
	if len(s.Instructions) == 0 {
		return insertAfter(doc, s.From, text)
	}
	return insertAfter(doc, s.Instructions[len(s.Instructions)-1], text)
}
