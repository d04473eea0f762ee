package resolve

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzPinned requires a pinned reference to be of the same repository, with what was put into it.
func FuzzPinned(f *testing.F) {
	for _, ref := range []string{"python", "python:latest", "localhost:5000/x", "ghcr.io/a/b:1@sha256:" + strings.Repeat("0", 64), "x@sha256:" + strings.Repeat("0", 64)} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		before, err := parse(ref)
		if err != nil {
			return
		}
		d := fmt.Sprintf("sha256:%064d", 7)
		after, err := parse(Pinned(ref, "1.2", d))
		if err != nil || after.repo != before.repo || after.tag != "1.2" || after.pinned != d {
			t.Errorf("%q became %+v, %v", ref, after, err)
		}
		if same := Pinned(ref, "", before.pinned); same != ref {
			t.Errorf("%q became %q", ref, same)
		}
	})
}

// FuzzReadCatalog requires whatever is read to be written so that it reads the same again, and no panic.
func FuzzReadCatalog(f *testing.F) {
	f.Add(fmt.Sprintf(byHand, 1, 2))
	f.Add(`{"version":1,"images":[{}]}`)
	f.Add(`{"version":1,"images":[null,7,"x"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadCatalog(strings.NewReader(text))
		if err != nil {
			return
		}
		first := written(t, c)
		again, err := ReadCatalog(strings.NewReader(first))
		if err != nil || written(t, again) != first {
			t.Errorf("%q became %q, %v", text, first, err)
		}
		c.cache()
	})
}
