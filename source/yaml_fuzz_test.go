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
