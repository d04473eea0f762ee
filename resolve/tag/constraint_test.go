package tag

import "testing"

func TestConstraint(t *testing.T) {
	for _, c := range []struct {
		constraint string
		allowed    []string
		others     []string
	}{
		{"", []string{"1.2.3", "latest", ""}, nil},
		{"<1.32", []string{"1.31.4", "v1.31", "1.31-alpine3.22", "0"}, []string{"1.32", "1.32.0", "1", "2", "latest"}},
		{">=2,<3", []string{"2", "2.9.9"}, []string{"1.9", "3", "3.0.0-rc.1", "20260801"}},
		{">= 2, < 3", []string{"2.1"}, []string{"3.1"}},
		{"<=1.32", []string{"1.32.5", "1.2"}, []string{"1.33"}},
		{">1.32", []string{"1.33", "2"}, []string{"1.32.5"}},
		{"1.x", []string{"1", "1.9.9"}, []string{"2", "10.1"}},
		{"1.2", []string{"1.2", "1.2.9"}, []string{"1.20", "1"}},
		{"=1.2.3", []string{"1.2.3", "1.2.3-slim"}, []string{"1.2.4"}},
		{"==1.2.3 !=1.2.3.4", []string{"1.2.3.5"}, []string{"1.2.3.4"}},
		{"!=1.30.2", []string{"1.30.3"}, []string{"1.30.2"}},
		{"^1.2", []string{"1.2", "1.9"}, []string{"1.1", "2.0"}},
		{"^0.2.1", []string{"0.2.9"}, []string{"0.3.0", "0.2.0"}},
		{"~1.2.3", []string{"1.2.9"}, []string{"1.3.0", "1.2.2"}},
		{"~1", []string{"1.9"}, []string{"2.0"}},
		{"<20260101", []string{"20251231", "bookworm-20250811"}, []string{"20260805"}},
		{"*", []string{"1", "latest"}, nil},
	} {
		got, err := ParseConstraint(c.constraint)
		if err != nil {
			t.Errorf("%q: %v", c.constraint, err)
		}
		for _, raw := range c.allowed {
			if !got.Allows(Parse(raw)) {
				t.Errorf("%q does not allow %q", c.constraint, raw)
			}
		}
		for _, raw := range c.others {
			if got.Allows(Parse(raw)) {
				t.Errorf("%q allows %q", c.constraint, raw)
			}
		}
	}
	for _, bad := range []string{"<", "x.1", "<1.x", "1.2 ||", "latest", ">=2,<", "1.2.3-rc1", "<<1"} {
		if c, err := ParseConstraint(bad); err == nil {
			t.Errorf("%q is read as %v", bad, c)
		}
	}
}
