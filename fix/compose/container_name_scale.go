package compose

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// ContainerNameScale finds services of several containers with one name.
var ContainerNameScale = &fix.Rule{
	Name:  "container-name-scale",
	Title: "one container name for several containers",
	Why: "A name belongs to one container. Compose refuses a file that gives a service a container_name and more than one container. The name goes: the containers are then called PROJECT-SERVICE-1 and so on, and other services reach them by the name of the service. " +
		"Held back where the name is another one than that of the service: who calls the containers by it in other files, such as the settings of a proxy or a Makefile, is not known.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.container_name"},
	Wants:   project,
	Check:   checkContainerNameScale,
}

func checkContainerNameScale(p *fix.Pass) {
	for _, c := range wholeServices(p) {
		key, value := c.Node.Get("container_name")
		if key == nil {
			continue
		}
		by, n := scale(c)
		if n < 2 || c.forSwarm(p) {
			continue
		}
		f := fix.Finding{Span: key.Span, Message: "the " + strconv.Itoa(n) + " containers of " + c.Name + " (" + by + ") cannot have one name"}
		safety := fix.Safe
		// The name of the service leads to its containers by itself.
		if name := value.Text(); name != c.Name {
			safety, f.Reason = fix.Unsafe, "who reaches it by this name in other files is not known"
			if user := mentions(p, c, name); user != "" {
				f.Reason = user + " uses the name, which would lead nowhere"
			}
		}
		splices, err := p.Doc.DeleteEntry(key, true)
		p.Report(withEdit(f, c, "let Compose name them", safety, splices, err))
	}
}

// noHosts are settings whose values name images, volumes, networks or ports, or are the name itself: none leads to a container.
var noHosts = []string{"image", "container_name", "volumes", "networks", "ports", "name", "services"}

// mentions is the first other service of the file that has a name as a word in a value, or else "something else in the file"; ""
// where nothing has it. Comments do not count.
func mentions(p *fix.Pass, c *composed, name string) string {
	word := regexp.MustCompile(`(?:^|[^\w.-])` + regexp.QuoteMeta(name) + `(?:$|[^\w-])`)
	has := func(n *source.Node) bool {
		return slices.ContainsFunc(n.Entries(), func(e source.Field) bool {
			return !slices.Contains(noHosts, e.Key.Resolve().Text()) && slices.ContainsFunc(scalars(e.Node), word.MatchString)
		})
	}
	for _, o := range servicesOf(p) {
		if o.Service != c.Service && has(o.Node) {
			return o.Name
		}
	}
	if has(c.Node) || has(p.Doc.Compose.Root) {
		return "something else in the file"
	}
	return ""
}

// scale is the number of containers of a service and the setting that says so. Of the two settings deploy.replicas wins.
func scale(c *composed) (by string, n int) {
	for _, by := range []string{"deploy.replicas", "scale"} {
		if f, ok := lookup(c.Service, by); ok {
			n, err := strconv.Atoi(f.Node.Text())
			if err != nil {
				return by, 0 // a variable
			}
			return by, n
		}
	}
	return "", 1
}
