package prove

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// comparison compares the steps of two Dockerfiles.
type comparison struct {
	before, after *dockerfileModel
	stageOf       []int // for each stage before its index after, -1 where it is gone
	same          map[[2]ref]bool
	heads         [2]map[ref][]int // before and after: the stages that end with a step
	changes       []Change
}

func newComparison(before, after *dockerfileModel, stageOf []int) *comparison {
	c := &comparison{before: before, after: after, stageOf: stageOf, same: map[[2]ref]bool{}}
	for n, m := range []*dockerfileModel{before, after} {
		c.heads[n] = map[ref][]int{}
		for i, s := range m.stages {
			if s.head != (ref{}) {
				c.heads[n][s.head] = append(c.heads[n][s.head], i)
			}
		}
	}
	return c
}

// stage compares the steps that stage b before and stage a after have of their own.
func (c *comparison) stage(b, a int) {
	sb, sa := c.before.stages[b], c.after.stages[a]
	if sb.head == sa.head {
		return
	}
	var untilB, untilA ref
	if sb.base >= 0 && sa.base >= 0 && c.stageOf[sb.base] == sa.base {
		untilB, untilA = c.before.stages[sb.base].head, c.after.stages[sa.base].head
	}
	own, foundB := c.before.graph.chain(sb.head, untilB)
	now, foundA := c.after.graph.chain(sa.head, untilA)
	if !foundB || !foundA { // built on different stages: all of their steps count
		own, _ = c.before.graph.chain(sb.head, ref{})
		now, _ = c.after.graph.chain(sa.head, ref{})
	}
	c.chains(b, 0, own, now)
}

// chains compares two lists of steps. The steps of a nested list, from which a COPY or a mount takes its files, are
// reported under the number of the step that takes them.
func (c *comparison) chains(stage, step int, before, after []*step) {
	number := func(i int) int {
		if step > 0 {
			return step
		}
		return i + 1
	}
	left := align(len(before), len(after), func(i, j int) bool { return c.sameStep(before[i], after[j]) })
	left = c.moved(stage, number, before, after, left)
	for _, gap := range left {
		pairs := pairUp(gap.before, gap.after, func(i, j int) int { return c.distance(before[i], after[j]) })
		for _, p := range pairs {
			switch {
			case p.after < 0:
				c.report(Change{Stage: stage, Step: number(p.before), Path: "step-removed", Before: before[p.before].String()})
			case p.before < 0:
				c.report(Change{Stage: stage, Step: number(p.after), Path: "step-added", After: after[p.after].String()})
			default:
				c.stepFields(stage, number(p.before), before[p.before], after[p.after])
			}
		}
	}
}

func (c *comparison) report(change Change) { c.changes = append(c.changes, change) }

// moved reports the steps that are in both lists at different places, and gives what is left of the gaps.
func (c *comparison) moved(stage int, number func(int) int, before, after []*step, gaps []gap) []gap {
	for g := range gaps {
		gaps[g].before = slices.DeleteFunc(gaps[g].before, func(i int) bool {
			for h := range gaps {
				for n, j := range gaps[h].after {
					if g != h && c.sameStep(before[i], after[j]) {
						gaps[h].after = slices.Delete(gaps[h].after, n, n+1)
						c.report(Change{Stage: stage, Step: number(i), Path: "step-moved", Before: strconv.Itoa(i + 1), After: strconv.Itoa(j + 1)})
						return true
					}
				}
			}
			return false
		})
	}
	return gaps
}

// stepFields reports every property in which two steps of one kind differ.
func (c *comparison) stepFields(stage, number int, before, after *step) {
	for _, d := range fieldDiffs(before, after) {
		if d.name == "env" {
			d.before, d.after = entriesThatDiffer(d.before, d.after)
		}
		c.report(Change{Stage: stage, Step: number, Path: before.kind + "-" + d.name, Before: d.before, After: d.after})
	}
	for _, key := range inputKeys(before, after) {
		if b, a := before.input(key), after.input(key); !c.sameRef(b, a) {
			c.inputs(stage, number, b, a)
		}
	}
}

// entriesThatDiffer leaves out of two JSON lists what both have, unless they differ in the order only.
func entriesThatDiffer(before, after string) (string, string) {
	var b, a []string
	if json.Unmarshal([]byte(before), &b) != nil || json.Unmarshal([]byte(after), &a) != nil {
		return before, after
	}
	without := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
	}
	x, y := without(b, a), without(a, b)
	if len(x)+len(y) == 0 {
		return before, after
	}
	return listText(x), listText(y)
}

func listText(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return jsonOf(list)
}

// inputKeys lists the fields that both steps have and that one of them takes files for. An input that came or went with
// its field is part of that change.
func inputKeys(before, after *step) []string {
	var keys []string
	for _, in := range slices.Concat(before.inputs, after.inputs) {
		if before.has(in.key) && after.has(in.key) && !slices.Contains(keys, in.key) {
			keys = append(keys, in.key)
		}
	}
	return keys
}

// inputs reports how two file systems differ that a step takes files from.
func (c *comparison) inputs(stage, number int, before, after ref) {
	if len(c.heads[0][before]) > 0 || len(c.heads[1][after]) > 0 || before == (ref{}) || after == (ref{}) {
		c.report(Change{Stage: stage, Step: number, Path: "source-ref", Before: c.inputName(0, before), After: c.inputName(1, after)})
		return
	}
	b, _ := c.before.graph.chain(before, ref{})
	a, _ := c.after.graph.chain(after, ref{})
	c.chains(stage, number, b, a)
}

// inputName names a file system: by stage, or by the image or address it starts from.
func (c *comparison) inputName(side int, r ref) string {
	m := []*dockerfileModel{c.before, c.after}[side]
	if stages := c.heads[side][r]; len(stages) > 0 {
		return m.stages[stages[0]].where(stages[0])
	}
	if steps, _ := m.graph.chain(r, ref{}); len(steps) > 0 {
		return steps[0].String()
	}
	return "scratch"
}

// sameStep reports whether two steps do the same with the same files; what they stand on is not looked at.
func (c *comparison) sameStep(b, a *step) bool {
	if b == a {
		return true
	}
	if b.sig != a.sig || len(b.inputs) != len(a.inputs) {
		return false
	}
	for n := range b.inputs {
		if b.inputs[n].key != a.inputs[n].key || !c.sameRef(b.inputs[n].ref, a.inputs[n].ref) {
			return false
		}
	}
	return true
}

// sameRef reports whether two file systems are the same, where a stage counts as the same whatever is in it: its own
// changes are reported for that stage.
func (c *comparison) sameRef(b, a ref) bool {
	if b == a {
		return true
	}
	for _, i := range c.heads[0][b] {
		if j := c.stageOf[i]; j >= 0 && slices.Contains(c.heads[1][a], j) {
			return true
		}
	}
	if b == (ref{}) || a == (ref{}) || b.output != a.output {
		return false
	}
	key := [2]ref{b, a}
	if same, known := c.same[key]; known {
		return same
	}
	sb, sa := c.before.graph[b.digest], c.after.graph[a.digest]
	same := sb != nil && sa != nil && c.sameStep(sb, sa) && c.sameRef(sb.parent, sa.parent)
	c.same[key] = same
	return same
}

// distance is the number of properties in which two steps differ, -1 when one cannot be the other, changed.
func (c *comparison) distance(b, a *step) int {
	if b.kind != a.kind || b.act != a.act {
		return -1
	}
	n := len(fieldDiffs(b, a))
	for _, key := range inputKeys(b, a) {
		if !c.sameRef(b.input(key), a.input(key)) {
			n++
		}
	}
	return n
}

type fieldDiff struct{ name, before, after string }

// fieldDiffs merges the sorted fields of two steps and lists what differs.
func fieldDiffs(b, a *step) []fieldDiff {
	var out []fieldDiff
	for i, j := 0, 0; i < len(b.fields) || j < len(a.fields); {
		switch {
		case j == len(a.fields) || i < len(b.fields) && b.fields[i].key < a.fields[j].key:
			out = append(out, fieldDiff{b.fields[i].name, b.fields[i].value, ""})
			i++
		case i == len(b.fields) || a.fields[j].key < b.fields[i].key:
			out = append(out, fieldDiff{a.fields[j].name, "", a.fields[j].value})
			j++
		default:
			if b.fields[i].value != a.fields[j].value {
				out = append(out, fieldDiff{a.fields[j].name, b.fields[i].value, a.fields[j].value})
			}
			i, j = i+1, j+1
		}
	}
	return out
}

// String is the step in one line; it can hold secrets.
func (s *step) String() string {
	for _, f := range s.fields {
		switch f.name {
		case "ref":
			return f.value
		case "args", "a0":
			return fmt.Sprintf("%s %s", s.kind, f.value)
		}
	}
	return s.kind
}
