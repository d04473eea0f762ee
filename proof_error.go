package main

import (
	"cmp"
	"errors"
	"sort"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// placed makes an error of Compose one that can be shown: it names services but no lines, and it can repeat values of the
// file, which may be secrets.
func (p *prover) placed(err error) error {
	var at *source.Error
	if p.doc.Kind != source.ComposeKind || !errors.As(err, &at) {
		return err
	}
	shown := *at
	shown.Message = withoutValues(p.doc.Compose, at.Message)
	if shown.Line == 0 {
		shown.Line = serviceLine(p.doc.Compose, at.Message)
	}
	return &shown
}

// service finds the service that an error of Compose speaks of.
var service = lazyregexp.New(`services\.([\w-]+)|service "([\w.-]+)"`)

// serviceLine is the line of the service that a message names, 0 where it names none.
func serviceLine(c *source.Compose, message string) int {
	m := service.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	for _, s := range c.Services {
		if s.Name == cmp.Or(m[1], m[2]) {
			return s.Key.Line()
		}
	}
	return 0
}

// shortest is the length in bytes of the shortest text that is taken for a value: one of three letters is in most words.
const shortest = 4

// withoutValues puts "..." in place of every value of the file that stands in a message. What is a key too, as the name
// of a service is, stays.
func withoutValues(c *source.Compose, message string) string {
	keys, values := map[string]bool{}, []string{}
	for _, root := range c.Documents {
		gather(root, keys, &values)
	}
	sort.Slice(values, func(i, j int) bool { return len(values[i]) > len(values[j]) })
	for _, v := range values {
		if len(v) >= shortest && !keys[v] {
			message = strings.ReplaceAll(message, v, "...")
		}
	}
	return message
}

// gather collects the keys and the values below a node; of NAME=value the value, of ${NAME:-default} the default.
func gather(n *source.Node, keys map[string]bool, values *[]string) {
	for _, child := range n.Children {
		gather(child, keys, values)
	}
	text := n.Text()
	switch {
	case text == "":
		return
	case n.IsKey():
		keys[text] = true
		return
	}
	*values = append(*values, text)
	if _, value, ok := strings.Cut(text, "="); ok {
		*values = append(*values, value)
	}
	references, _ := source.References(text)
	for _, r := range references {
		*values = append(*values, r.Argument)
	}
}
