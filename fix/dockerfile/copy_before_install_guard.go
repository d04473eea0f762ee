package dockerfile

import (
	"fmt"
	"path"
	"slices"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// everywhere are directories that have one meaning wherever they lie.
var everywhere = []string{"node_modules", "obj"}

// guard keeps the late COPY from putting the host's directories over those that the install fills: each must be ignored.
func (d *decision) guard(p *fix.Pass, c *fix.BuildContext) {
	if d.refuse != "" {
		return
	}
	ig, err := ignoringOf(p, c)
	if err != nil {
		d.refuse = fmt.Sprintf("%s cannot be read: %s", c.Ignore, err)
		return
	}
	docs := append([]*source.Document{p.Doc}, otherDockerfiles(c)...)
	var lines []string
	for _, fill := range d.fills {
		if ig.hides(fill) {
			continue
		}
		if reason := d.trackedIn(c, ig, fill); reason != "" {
			d.refuse = reason
			return
		}
		pattern := d.pattern(c, ig, fill)
		next, err := ig.with(pattern)
		if err != nil {
			d.refuse = fmt.Sprintf("%s cannot be written in an ignore file", fill)
			return
		}
		if lost := ig.lostSource(next, docs); lost != "" {
			d.refuse = fmt.Sprintf("%s must be ignored, and COPY %s reads it", fill, lost)
			return
		}
		if !slices.Contains(lines, pattern) {
			lines = append(lines, pattern)
		}
		ig = next
	}
	edited := slices.ContainsFunc(d.edits, func(e fix.Edit) bool { return e.File == c.Ignore })
	if len(lines) > 0 && !edited {
		d.edits = append(d.edits, ig.addition(p.Doc, lines))
	}
}

// trackedIn refuses what git tracks in a directory that the install fills.
func (d *decision) trackedIn(c *fix.BuildContext, ig *ignoring, fill string) string {
	if !c.Has(fill) {
		return ""
	}
	if c.Tracked == nil {
		d.unsure = first(d.unsure, fmt.Sprintf("it is not known whether git tracks %s, which would be ignored", fill))
		return ""
	}
	switch is, known := c.Tracked(fill); {
	case is:
		return fmt.Sprintf("git tracks %s, which the install fills: the late COPY would put it over what was installed", fill)
	case !known:
		d.unsure = first(d.unsure, fmt.Sprintf("it is not known whether git tracks %s, which would be ignored", fill))
	}
	return ""
}

// pattern ignores a directory: at any depth where it means the same everywhere and git tracks none of its name.
func (d *decision) pattern(c *fix.BuildContext, ig *ignoring, fill string) string {
	name := path.Base(fill)
	if !slices.Contains(everywhere, name) {
		return fill
	}
	for _, e := range c.Entries {
		if path.Base(e.Path) == name && e.Path != fill && !ig.hides(e.Path) && c.Tracked != nil {
			if is, _ := c.Tracked(e.Path); is {
				return fill
			}
		}
	}
	return "**/" + name
}

// namedFiles are the names that the installs of a Dockerfile give: their texts are wanted too.
func namedFiles(doc *source.Document) []string {
	var names []string
	for in := range instructions(doc, "RUN") {
		r := readRun(doc, in, place{dir: "/"}, nil)
		for _, i := range r.installs {
			for _, f := range i.install.Files {
				if base := path.Base(f); !slices.Contains([]string{".", "/", ""}, base) {
					names = union(names, []string{base})
				}
			}
		}
	}
	return names
}
