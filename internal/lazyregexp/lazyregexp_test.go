package lazyregexp

import (
	"slices"
	"testing"
)

// TestNew: what is made has the answers of the expression, and in tests one that is none does not wait for its first use.
func TestNew(t *testing.T) {
	r := New(`(\w+)=(\d+)`)
	if got := r.FindStringSubmatch("port=80"); !slices.Equal(got, []string{"port=80", "port", "80"}) {
		t.Errorf("found %q", got)
	}
	if r.MatchString("port") || r.ReplaceAllString("port=80", "$2") != "80" {
		t.Error("another expression")
	}
	defer func() {
		if recover() == nil {
			t.Error("an expression that is none is taken")
		}
	}()
	New(`(`)
}

// TestLate: out of tests an expression is compiled by its first use, and once.
func TestLate(t *testing.T) {
	defer func(was bool) { inTest = was }(inTest)
	inTest = false
	r := New(`(`)
	defer func() {
		if recover() == nil {
			t.Error("it was not compiled")
		}
	}()
	r.MatchString("")
}
