package compose

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// MissingLimits finds services that may take all the memory of the machine.
var MissingLimits = &fix.Rule{
	Name:  "missing-limits",
	Title: "a service without a memory limit",
	Why: "Without a limit one service that leaks takes the memory of all others, and the kernel ends whichever it likes. For images of which somebody says how much they need, " +
		"a limit with which they work at a small load is proposed below deploy.resources.limits, which Compose heeds without a swarm. It is always held back: the right number is that of your load, which docker stats shows. " +
		"Where the settings of the service say how much it takes (-Xmx, maxmemory, shared_buffers and the like) none is proposed. Services of other images are named once a file.",
	Kind:    source.ComposeKind,
	Safety:  fix.Unsafe,
	Changes: []string{"services.*.deploy", "services.*.deploy.resources", "services.*.deploy.resources.limits", "services.*.deploy.resources.limits.memory"},
	Wants:   project,
	Check:   checkMissingLimits,
}

// limits are the settings that limit a service, or keep memory for it: whoever wrote one has thought about it.
var limits = []string{"deploy.resources.limits", "deploy.resources.reservations", "mem_limit", "memswap_limit", "mem_reservation", "cpus", "cpu_quota"}

func checkMissingLimits(p *fix.Pass) {
	var others []*composed
	for _, c := range wholeServices(p) {
		if c.has(limits...) || c.mayEnd(p) {
			continue
		}
		memory := c.server(p).Memory
		if memory == "" {
			others = append(others, c)
			continue
		}
		p.Report(limitMemory(p.Doc, c, memory))
	}
	reportUnlimited(p, others)
}

// sizes are parts of settings, in lower case, that say how much memory a server takes.
var sizes = []string{"-xmx", "-xms", "maxram", "maxmemory", "max-memory", "shared_buffers", "buffer_pool", "wiredtiger", "cachesizegb", "heap", "memory_limit", "dbms_memory", "dbms.memory",
	"max_server_memory", "vm_memory", "pagecache", "max_old_space"}

// sized is the setting of a service that says how much memory it takes, its name without its value; "" where there is none.
func (c *composed) sized() string {
	for _, v := range c.Environment() {
		if containsAny(strings.ToLower(v.Name), sizes) || containsAny(strings.ToLower(v.Value), sizes) {
			return v.Name
		}
	}
	for _, name := range []string{"command", "entrypoint"} {
		if f, ok := c.first(name); ok && containsAny(strings.ToLower(strings.Join(commandWords(f.Node), " ")), sizes) {
			return name
		}
	}
	return ""
}

func limitMemory(d *source.Document, c *composed, memory string) fix.Finding {
	f := fix.Finding{Span: c.Key.Span, Message: c.Name + " may take all the memory of the machine"}
	if by := c.sized(); by != "" {
		f.Reason = "its " + by + " says how much memory it takes: set deploy.resources.limits.memory above that"
		return f
	}
	f.Reason = "how much it needs is for its load to say: compare with docker stats"
	if c.unread != "" {
		f.Reason = c.unread + ", which may limit it"
	}
	splices, err := addLimit(d, c.Service, "memory: "+memory)
	return withEdit(f, c, "limit its memory to "+memory, fix.Unsafe, splices, err)
}

// addLimit puts a limit below deploy.resources of a service, as much of which is made as is not there.
func addLimit(d *source.Document, s *source.Service, limit string) ([]source.Splice, error) {
	lines := nest(d, "limits", limit)
	deploy, _ := s.Field("deploy")
	resources, _ := deploy.Node.Lookup("resources")
	switch {
	case resources.Node.IsMapping():
		return d.AppendEntry(resources.Node, lines)
	case deploy.Node.IsMapping():
		return d.AppendEntry(deploy.Node, nest(d, "resources", lines...))
	}
	return addSetting(d, s, nest(d, "deploy", nest(d, "resources", lines...)...), "restart")
}

// reportUnlimited names the services of which nobody says how much memory they need, once a file.
func reportUnlimited(p *fix.Pass, list []*composed) {
	const most = 4 // names in a message
	var names []string
	for _, c := range list {
		if len(names) < most {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	text := strings.Join(names, ", ")
	if len(list) > most {
		text += " and others"
	}
	p.Report(fix.Finding{Span: list[0].Key.Span, Message: "no memory limit is set for " + text,
		Reason: "see with docker stats what they need, and set deploy.resources.limits.memory above that"})
}
