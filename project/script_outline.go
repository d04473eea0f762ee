package project

import (
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// section is a mapping of a YAML file: what its keys hold, those in lower case. Values over several lines are their lines.
type section struct {
	values map[string][]string
	lines  map[string]int // of the keys, 1-based
}

// outlined is a key in force at a line of a YAML file.
type outlined struct {
	name   string
	indent int
	in     *section // what it is a key of
	below  *section // what stands below it
}

var outlineKey = lazyregexp.New(`^["']?([\w./@-]+)["']?:(?:\s+(.*))?$`)

// outline reads a YAML file by its indentation alone, as it may hold anything: the keys that each line stands below, and its mappings.
func outline(text string) (parents [][]string, sections []*section) {
	newSection := func() *section {
		s := &section{values: map[string][]string{}, lines: map[string]int{}}
		sections = append(sections, s)
		return s
	}
	root := newSection()
	var stack []outlined
	for n, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		rest := strings.TrimLeft(line, " ")
		indent := len(line) - len(rest)
		rest = strings.TrimSpace(rest)
		if rest == "" || rest[0] == '#' {
			parents = append(parents, nil)
			continue
		}
		item := strings.HasPrefix(rest, "- ")
		for len(stack) > 0 && (stack[len(stack)-1].indent > indent || !item && stack[len(stack)-1].indent == indent) {
			stack = stack[:len(stack)-1]
		}
		for strings.HasPrefix(rest, "- ") {
			cut := strings.TrimLeft(rest[1:], " ")
			indent += len(rest) - len(cut)
			rest = cut
		}
		var above []string
		for _, k := range stack {
			above = append(above, k.name)
		}
		parents = append(parents, above)
		in := root
		if len(stack) > 0 {
			top := &stack[len(stack)-1]
			if item || top.below == nil {
				top.below = newSection()
			}
			in = top.below
		}
		m := outlineKey.FindStringSubmatch(rest)
		if m == nil {
			if len(stack) > 0 {
				top := stack[len(stack)-1]
				top.in.add(top.name, rest, n+1)
			}
			continue
		}
		in.add(m[1], m[2], n+1)
		k := outlined{name: m[1], indent: indent, in: in}
		if flow, ok := strings.CutPrefix(m[2], "{"); ok && !strings.HasPrefix(flow, "{") {
			k.below = newSection()
			for part := range strings.SplitSeq(strings.TrimSuffix(flow, "}"), ",") {
				if name, value, ok := strings.Cut(part, ":"); ok {
					k.below.add(strings.Trim(name, ` "'`), strings.TrimSpace(value), n+1)
				}
			}
		}
		stack = append(stack, k)
	}
	return parents, sections
}

// add adds a line to what a key holds.
func (s *section) add(key, value string, line int) {
	key = strings.ToLower(key)
	if _, known := s.lines[key]; !known {
		s.lines[key] = line
	}
	if value = strings.Trim(value, `"'`); value != "" && value != "|" && value != ">" && value != "|-" {
		s.values[key] = append(s.values[key], value)
	}
}

// first is what the first of some keys holds that are there.
func (s *section) first(keys ...string) (value string, line int) {
	for _, k := range keys {
		if v := s.values[k]; len(v) > 0 {
			return v[0], s.lines[k]
		}
	}
	return "", 0
}
