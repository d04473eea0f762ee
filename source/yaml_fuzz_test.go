package source

import (
	"errors"
	"testing"
)

// FuzzCompose checks that no text makes Parse panic, that the map of what parses keeps its promises, and that an edit does
// what it says or is refused.
func FuzzCompose(f *testing.F) {
	for _, trap := range yamlTraps {
		f.Add([]byte(trap.text), uint16(len(trap.text)))
	}
	f.Add([]byte("services:\n  web:\n    image: ${A:-b}:1\n    environment: &e\n      - A=b\n  c:\n    <<: *e\n"), uint16(7))
	for _, c := range rivalCases {
		f.Add([]byte(c.text), uint16(3))
	}
	f.Add([]byte(inlineText), uint16(5))
	f.Fuzz(func(t *testing.T, b []byte, pick uint16) {
		d, err := editable("compose.yaml", b)
		if err != nil {
			if e := new(Error); !errors.As(err, &e) || e.Line < 0 {
				t.Errorf("error of an unknown kind: %v", err)
			}
			return
		}
		checkMap(t, d)
		checkImages(t, d)
		checkComments(t, d)
		d.ServiceImages()
		for _, s := range d.Compose.Services {
			s.Environment()
			s.DependsOn()
			s.Ports()
			s.Build()
			s.Extends()
		}
		ops := yamlOperations(d)
		for i := range min(len(ops), 8) {
			op := ops[(int(pick)+i)%len(ops)]
			if _, wrong := op.check(d); wrong != "" {
				t.Errorf("%s: %s", op, wrong)
			}
		}
	})
}

// checkComments makes sure that comments stand in the order of the file, each where it says, and that what one of an inline
// Dockerfile speaks of is a part of that.
func checkComments(t *testing.T, d *Document) {
	last := -1
	for _, c := range d.Comments {
		text := d.Text(c.Span)
		if c.Start <= last || text == "" || text[0] != '#' {
			t.Errorf("the comment %q at %d behind one at %d", text, c.Start, last)
		}
		last = c.Start
		file, inline := d.InlineFile(c)
		scope, ok := d.InlineScope(c)
		if inline != c.Inline || ok && (!file.Contains(scope) || scope.End <= c.Start) {
			t.Errorf("the comment %q, inline: %t, in %v, speaks of %v", text, c.Inline, file, scope)
		}
	}
}
