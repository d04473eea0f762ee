package compose

import (
	"regexp"
	"strconv"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// ContainerNameScale finds services of several containers with one name.
var ContainerNameScale = &fix.Rule{
	Name:  "container-name-scale",
	Title: "one container name for several containers",
	Why: "A name belongs to one container. Compose refuses a file that gives a service a container_name and more than one container. The name goes: the containers are then called PROJECT-SERVICE-1 and so on, and other services reach them by the name of the service. " +
		"Held back where something in the file uses the name.",
	Kind:    source.ComposeKind,
	Safety:  fix.Safe,
	Changes: []string{"services.*.container_name"},
	Wants:   project,
	Check:   checkContainerNameScale,
}

func checkContainerNameScale(p *fix.Pass) {
	for _, c := range wholeServices(p) {
		key, value := c.Node.Get("container_name")
		by, n := scale(c)
		if key == nil || n < 2 || c.forSwarm(p) {
			continue
		}
		f := fix.Finding{Span: key.Span, Message: "the " + strconv.Itoa(n) + " containers of " + c.Name + " (" + by + ") cannot have one name"}
		safety := fix.Safe
		if name := value.Text(); name != c.Name && mentions(p.Doc, name) > 1 {
			safety, f.Reason = fix.Unsafe, "the name stands elsewhere in the file, where it would lead nowhere"
		}
		splices, err := p.Doc.DeleteEntry(key, true)
		p.Report(withEdit(f, c, "let Compose name them", safety, splices, err))
	}
}

// mentions is how often a name stands in a file as a word.
func mentions(d *source.Document, name string) int {
	word := regexp.MustCompile(`(?:^|[^\w.-])` + regexp.QuoteMeta(name) + `(?:$|[^\w-])`)
	return len(word.FindAllIndex(d.Bytes, -1))
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
