package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// DependsOnNotHealthy finds depends_on that waits for processes where it could wait for servers that answer.
var DependsOnNotHealthy = &fix.Rule{
	Name:  "depends-on-not-healthy",
	Title: "depends_on that does not wait until a server answers",
	Why: "The list form of depends_on waits until a container is started, which a database is seconds before it takes a connection. Where the other service has a health check, in the file, in its image or in its Dockerfile, the fix waits until it is healthy; where it is a job that ends, such as a migration, until it has ended well. " +
		"Services without a check stay as they are: missing-service-healthcheck comes first, and what it adds counts in the same run. " +
		"It is unsafe where service_started is written out, where nothing tells that a check which is there already is ever healthy (that its programs are in the image, and the port that of the server), where the check stands in a file that is not always read or another file changes the service, and where a script runs an old docker-compose, which knows the list alone. It is refused where services wait for each other, where an anchor shares the text with others, and in files for Swarm, which takes the list form only and waits for nothing.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.depends_on.*.condition"},
	Wants: func(d *source.Document) []fix.Want {
		return append(MissingServiceHealthcheck.Wants(d), fix.WantDockerfiles)
	},
	Check: checkDependsOn,
}

func checkDependsOn(p *fix.Pass) {
	if p.Doc.Compose.Root == nil || p.Doc.Compose.Refusal != "" {
		return
	}
	seen := map[*source.Node]bool{}
	for _, s := range p.Doc.Compose.Services {
		f, ok := s.Field("depends_on")
		if !ok || seen[f.Node] {
			continue
		}
		seen[f.Node] = true
		w := waiting{pass: p, around: aroundOf(p), service: s, field: f}
		if f.Node.IsSequence() {
			w.checkList()
		} else {
			w.checkMap()
		}
	}
}

// waiting is the depends_on of a service.
type waiting struct {
	pass    *fix.Pass
	around  *around
	service *source.Service
	field   source.Field
}

// wait is what one dependency could wait for.
type wait struct {
	source.Dependency
	readiness
}

// checkList looks at the list form, which waits for all or none. It is left for the next round where a check is to come in this one.
func (w waiting) checkList() {
	var sure, doubtful []wait
	for _, d := range readingOf(w.pass.Doc, w.service).dependencies {
		if other := w.around.services[d.Name]; other != nil && w.around.gets(w.pass, other) {
			return
		}
		r := w.readinessOf(d.Name)
		switch {
		case r.condition == "":
		case r.doubt == "":
			sure = append(sure, wait{d, r})
		default:
			doubtful = append(doubtful, wait{d, r})
		}
	}
	if len(sure) == 0 {
		sure = doubtful
	}
	if len(sure) > 0 {
		w.reportList(sure)
	}
}

// readinessOf tells what can be waited for in one that the service depends on. A reverse proxy may answer only once the service itself does.
func (w waiting) readinessOf(name string) readiness {
	r := readinessOf(w.pass, name)
	if s := w.around.services[name]; r.condition == healthy && r.doubt == "" && s != nil && passesOn(w.pass, s) {
		r.doubt = name + " may pass on to " + w.service.Name + " what its health check asks"
	}
	return r
}

func (w waiting) reportList(waits []wait) {
	f := w.finding(w.field.Key.Span, waits)
	if f.Reason == "" && strings.Contains(w.pass.Doc.Text(w.field.Node.Span), "$") {
		f.Reason = "a variable names one of the services, and Compose puts none into keys"
	}
	if f.Reason == "" {
		doubts := doubtsOf(waits)
		if legacy := w.pass.Facts.LegacyCompose; legacy != "" {
			doubts = append(doubts, legacy+", which may know the list form alone")
		}
		f.Reason = strings.Join(doubts, "; ")
		splices, err := w.pass.Doc.ListToMap(w.field.Node, func(item *source.Node) ([]string, error) {
			condition := "service_started"
			for _, one := range waits {
				if one.Name == item.Text() {
					condition = one.condition
				}
			}
			return []string{entryName(item.Text()) + ":", strings.Repeat(" ", w.pass.Doc.Compose.Step) + "condition: " + condition}, nil
		})
		w.fix(&f, waits, splices, err)
	}
	w.pass.Report(f)
}

// checkMap looks at the map form, an entry at a time.
func (w waiting) checkMap() {
	for _, d := range readingOf(w.pass.Doc, w.service).dependencies {
		condition, ok := d.Node.Lookup("condition")
		if !ok || d.Condition != "service_started" {
			continue
		}
		r := w.readinessOf(d.Name)
		if r.condition == "" {
			continue
		}
		waits := []wait{{d, r}}
		f := w.finding(d.Key.Span, waits)
		shared := condition.Node.Shared()
		switch {
		case f.Reason != "":
		case shared != nil:
			f.Reason = "the condition stands in the text of the anchor &" + shared.YAML.Anchor + ", which is used elsewhere too"
		default:
			f.Reason = strings.Join(append([]string{"service_started is written out, which may be meant"}, doubtsOf(waits)...), "; ")
			splices, err := w.pass.Doc.ReplaceScalar(condition.Node, r.condition)
			w.fix(&f, waits, splices, err)
		}
		w.pass.Report(f)
	}
}

// finding says what is there, and refuses where no fix can be right.
func (w waiting) finding(at source.Span, waits []wait) fix.Finding {
	f := fix.Finding{Span: at, Message: w.service.Name + " does not wait " + waitText(waits)}
	for _, one := range waits {
		if w.around.inLoop(one.Name, w.service.Name) {
			f.Reason = fmt.Sprintf("%s waits for %s in turn", one.Name, w.service.Name)
		}
	}
	if f.Reason == "" && w.around.swarm != "" {
		f.Reason = w.around.swarm + ", which takes the list form alone and waits for nothing"
	}
	return f
}

// fix adds the edits, with the exact conditions that they give.
func (w waiting) fix(f *fix.Finding, waits []wait, splices []source.Splice, err error) {
	safety := fix.Safe
	if f.Reason != "" {
		safety = fix.Unsafe
	}
	edit(f, "wait "+waitText(waits), safety, splices, err)
	if f.Fix == nil {
		return
	}
	f.Fix.Expect = map[string]string{}
	for _, one := range waits {
		f.Fix.Expect["services."+w.service.Name+".depends_on."+one.Name+".condition"] = one.condition
	}
}

func doubtsOf(waits []wait) []string {
	var doubts []string
	for _, one := range waits {
		if one.doubt != "" && !slices.Contains(doubts, one.doubt) {
			doubts = append(doubts, one.doubt)
		}
	}
	return doubts
}

// waitText names what is waited for.
func waitText(waits []wait) string {
	var healthy, ended, parts []string
	for _, one := range waits {
		if one.condition == completed {
			ended = append(ended, one.Name)
		} else {
			healthy = append(healthy, one.Name)
		}
	}
	if len(healthy) > 0 {
		parts = append(parts, "until "+listed(healthy)+plural(healthy, " is", " are")+" healthy")
	}
	if len(ended) > 0 {
		parts = append(parts, "until "+listed(ended)+plural(ended, " has", " have")+" ended well")
	}
	return strings.Join(parts, ", and ")
}

func plural(list []string, one, several string) string {
	if len(list) == 1 {
		return one
	}
	return several
}

// listed joins names as a sentence does.
func listed(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// entryName is a service's name as a key.
func entryName(name string) string {
	if plainKey.MatchString(name) && !oddKey.MatchString(name) {
		return name
	}
	return jsonText(name)
}

// plainKey finds names that need no quotes, odd the words that some readers of YAML take for something else.
var (
	plainKey = lazyregexp.New(`^[A-Za-z_][\w.-]*$`)
	oddKey   = lazyregexp.New(`(?i)^(?:y|n|yes|no|on|off|true|false|null)$`)
)
