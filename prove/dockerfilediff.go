package prove

import (
	"maps"
	"slices"
	"strings"
)

// diffDockerfile compares two Dockerfiles: what stands above the stages, the list of stages, then each stage.
func diffDockerfile(before, after *dockerfileModel) []Change {
	stageOf, added := matchStages(before.stages, after.stages)
	c := newComparison(before, after, stageOf)
	c.directives()
	for b, a := range stageOf {
		if a < 0 {
			c.report(Change{Stage: b, Path: "stage-removed", Before: before.stages[b].where(b)})
			continue
		}
		c.names(b, a)
		c.stage(b, a)
		c.changes = append(c.changes, diffTree(b, "image", before.stages[b].image, after.stages[a].image)...)
	}
	for _, a := range added {
		c.report(Change{Stage: a, Path: "stage-added", After: after.stages[a].where(a)})
	}
	c.globalArgs()
	slices.SortStableFunc(c.changes, func(x, y Change) int { return x.Stage - y.Stage })
	return c.changes
}

// matchStages gives for each stage before its index after, -1 where it is gone, and the stages that are new. Lists of one
// length belong together as they stand; else a stage is known by its name, or by its base where it has none.
func matchStages(before, after []stage) (stageOf, added []int) {
	stageOf = span(0, len(before))
	if len(before) == len(after) {
		return stageOf, nil
	}
	known := func(s stage) string {
		if s.name != "" {
			return "AS " + s.name
		}
		return "FROM " + s.from
	}
	gone, fresh := map[int]bool{}, map[int]bool{}
	for _, g := range align(len(before), len(after), func(i, j int) bool { return known(before[i]) == known(after[j]) }) {
		for _, i := range g.before {
			gone[i] = true
		}
		for _, j := range g.after {
			fresh[j] = true
			added = append(added, j)
		}
	}
	j := 0
	for i := range before {
		if gone[i] {
			stageOf[i] = -1
			continue
		}
		for fresh[j] {
			j++
		}
		stageOf[i] = j
		j++
	}
	return stageOf, added
}

func (c *comparison) directives() {
	for _, name := range []string{"syntax", "escape", "check"} {
		if b, a := c.before.directives[name], c.after.directives[name]; b != a {
			c.report(Change{Stage: wholeFile, Path: "directive." + name, Before: b, After: a})
		}
	}
}

func (c *comparison) names(b, a int) {
	if before, after := c.before.stages[b].name, c.after.stages[a].name; before != after {
		c.report(Change{Stage: b, Path: "stage-name", Before: before, After: after})
	}
}

// globalArgs reports the defaults of the global arguments that changed, unless a FROM that depends on one shows it
// already as a changed source.
func (c *comparison) globalArgs() {
	before, after := lastArgs(c.before.args), lastArgs(c.after.args)
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, known := before[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b, a := before[name], after[name]
		if b.text() != a.text() && !c.shownBySource(name) {
			c.report(Change{Stage: wholeFile, Path: "arg." + name, Before: b.text(), After: a.text()})
		}
	}
}

// text is the default as a change shows it: "" where the argument does not exist, null where it has none.
func (a globalArg) text() string {
	switch {
	case a.name == "":
		return ""
	case !a.declared:
		return "null"
	}
	return jsonOf(a.value)
}

func lastArgs(args []globalArg) map[string]globalArg {
	last := map[string]globalArg{}
	for _, a := range args {
		last[a.name] = a
	}
	return last
}

func (c *comparison) shownBySource(name string) bool {
	return slices.ContainsFunc(c.changes, func(x Change) bool {
		return x.Stage >= 0 && strings.HasPrefix(x.Path, "source-") && x.Step == 1 &&
			x.Stage < len(c.before.stages) && c.before.stages[x.Stage].uses[name]
	})
}
