package prove

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// ordered is a map that also has an order, such as the variables of an image.
type ordered struct {
	names  []string
	values map[string]any
}

// keyed names the maps that are reported entry by entry also where the whole map came or went: none of them differs
// from an empty one.
var keyed = map[string]bool{
	"image.config.Env": true, "image.config.Labels": true, "image.config.ExposedPorts": true, "image.config.Volumes": true,
	"services": true, "networks": true, "volumes": true, "secrets": true, "configs": true,
	"environment": true, "labels": true, "args": true, "depends_on": true,
}

// diffTree compares two JSON-like trees. Maps are compared by key, lists place by place, or where their lengths differ by
// what they share; everything else as a whole. In a list of an image config the order and number of the entries are one
// value: a command is not a set of words.
func diffTree(stage int, path string, before, after any) []Change {
	t := treeDiff{stage: stage, whole: stage >= 0}
	t.diff(path, path, before, after)
	return t.changes
}

type treeDiff struct {
	stage   int
	whole   bool // report a list as one value
	changes []Change
}

// diff compares two values; kind is the last part of the path, or all of it in an image config.
func (t *treeDiff) diff(path, kind string, before, after any) {
	if before == nil && after == nil || reflect.DeepEqual(before, after) {
		return
	}
	if b, a, ok := bothMaps(kind, before, after); ok {
		t.diffMaps(path, b, a)
		t.diffOrder(path, before, after)
		return
	}
	b, isList := before.([]any)
	a, both := after.([]any)
	if isList && both && !t.whole {
		t.diffLists(path, b, a)
		return
	}
	if x, y := textOf(before), textOf(after); x != y {
		t.changes = append(t.changes, Change{Stage: t.stage, Path: path, Before: x, After: y})
	}
}

// bothMaps gives two maps to be compared by key, an empty one for an absent map that is keyed.
func bothMaps(kind string, before, after any) (b, a map[string]any, ok bool) {
	b, isMap := asMap(before)
	a, both := asMap(after)
	switch {
	case isMap && both:
	case isMap && after == nil && keyed[kind]:
	case both && before == nil && keyed[kind]:
	default:
		return nil, nil, false
	}
	return b, a, true
}

func asMap(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case ordered:
		return v.values, true
	}
	return nil, false
}

func (t *treeDiff) diffMaps(path string, before, after map[string]any) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		sub, kind := name, name
		if path != "" {
			sub = path + "." + name
		}
		if t.whole {
			kind = sub
		}
		b, inB := before[name]
		a, inA := after[name]
		if inB != inA && b == nil && a == nil { // a key without a value came or went
			t.changes = append(t.changes, Change{Stage: t.stage, Path: sub, Before: nullIf(inB), After: nullIf(inA)})
			continue
		}
		t.diff(sub, kind, b, a)
	}
}

func nullIf(present bool) string {
	if present {
		return "null"
	}
	return ""
}

// diffOrder reports that the entries which two ordered maps share come in another order.
func (t *treeDiff) diffOrder(path string, before, after any) {
	b, _ := before.(ordered)
	a, _ := after.(ordered)
	shared := func(names []string, other map[string]any) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { _, ok := other[n]; return !ok })
	}
	x, y := shared(b.names, a.values), shared(a.names, b.values)
	if !slices.Equal(x, y) {
		t.changes = append(t.changes, Change{Stage: t.stage, Path: path, Before: jsonOf(x), After: jsonOf(y)})
	}
}

func (t *treeDiff) diffLists(path string, before, after []any) {
	place := func(i int) string { return path + "[" + strconv.Itoa(i) + "]" }
	if len(before) == len(after) {
		for i := range before {
			t.diff(place(i), "", before[i], after[i])
		}
		return
	}
	gaps := align(len(before), len(after), func(i, j int) bool { return reflect.DeepEqual(before[i], after[j]) })
	for _, g := range gaps {
		for k := range max(len(g.before), len(g.after)) {
			switch {
			case k >= len(g.before):
				t.changes = append(t.changes, Change{Stage: t.stage, Path: place(g.after[k]), After: textOf(after[g.after[k]])})
			case k >= len(g.after):
				t.changes = append(t.changes, Change{Stage: t.stage, Path: place(g.before[k]), Before: textOf(before[g.before[k]])})
			default:
				t.diff(place(g.before[k]), "", before[g.before[k]], after[g.after[k]])
			}
		}
	}
}

// textOf is a value as JSON, "" for none.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case ordered:
		return textOf(v.values)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%v", v) // a number that JSON has no form for, such as .inf
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
