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

// outliner reads a YAML file by its indentation alone, as it may hold anything.
type outliner struct {
	sections []*section
	stack    []outlined
}

// outline gives the keys that each line of a YAML file stands below, and the mappings in it.
func outline(text string) (parents [][]string, sections []*section) {
	var o outliner
	root := o.section()
	for n, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		rest := strings.TrimLeft(line, " ")
		indent := len(line) - len(rest)
		if rest = strings.TrimSpace(rest); rest == "" || rest[0] == '#' {
			parents = append(parents, nil)
			continue
		}
		o.leave(indent, strings.HasPrefix(rest, "- "))
		var above []string
		for _, k := range o.stack {
			above = append(above, k.name)
		}
		parents = append(parents, above)
		o.line(root, rest, indent, n+1)
	}
	return parents, o.sections
}

func (o *outliner) section() *section {
	s := &section{values: map[string][]string{}, lines: map[string]int{}}
	o.sections = append(o.sections, s)
	return s
}

// leave forgets the keys that a line does not stand below. An item may stand as far left as the key of its list.
func (o *outliner) leave(indent int, item bool) {
	for n := len(o.stack); n > 0 && (o.stack[n-1].indent > indent || !item && o.stack[n-1].indent == indent); n-- {
		o.stack = o.stack[:n-1]
	}
}

var outlineKey = lazyregexp.New(`^["']?([\w./@-]+)["']?:(?:\s+(.*))?$`)

// line takes a line without its indentation.
func (o *outliner) line(root *section, rest string, indent, n int) {
	item := strings.HasPrefix(rest, "- ")
	for strings.HasPrefix(rest, "- ") {
		cut := strings.TrimLeft(rest[1:], " ")
		indent += len(rest) - len(cut)
		rest = cut
	}
	var top *outlined
	if len(o.stack) > 0 {
		top = &o.stack[len(o.stack)-1]
	}
	m := outlineKey.FindStringSubmatch(rest)
	if m == nil {
		if top != nil {
			top.in.add(top.name, rest, n)
		}
		return
	}
	in := root
	if top != nil {
		if item || top.below == nil {
			top.below = o.section()
		}
		in = top.below
	}
	in.add(m[1], m[2], n)
	k := outlined{name: m[1], indent: indent, in: in}
	if strings.HasPrefix(m[2], "{") && !strings.HasPrefix(m[2], "{{") {
		k.below = o.section()
		k.below.flow(strings.TrimSuffix(m[2][1:], "}"), n)
	}
	o.stack = append(o.stack, k)
}

// flow takes the entries of a mapping in braces.
func (s *section) flow(text string, line int) {
	for part := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(part, ":"); ok {
			s.add(strings.Trim(name, ` "'`), strings.TrimSpace(value), line)
		}
	}
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
