package source

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
)

// pin is a digest that no file of the corpus has.
const pin = "@sha256:5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de"

// checkImages makes sure that each image of d that may be edited is what its bytes say, and that another reference in their
// place is read as that and changes no other image.
func checkImages(t testing.TB, d *Document) (edits int) {
	images := d.Images()
	for n, i := range images {
		if i.Ref != "" && i.Text != "" {
			t.Errorf("%s: %q is known and written as %q", d.Name, i.Ref, i.Text)
		}
		switch text := d.Text(i.Span); {
		case i.Held != "":
			continue
		case i.Ref != i.Before+text:
			t.Errorf("%s: %s %q with %q before is not %q", d.Name, i.Where, text, i.Before, i.Ref)
			continue
		}
		unpinned, _, _ := strings.Cut(i.Ref, "@")
		text, tail := strings.TrimPrefix(unpinned+pin, i.Before), ""
		if strings.HasSuffix(i.Before, "@") {
			text = strings.TrimPrefix(pin, "@")
			unpinned = strings.TrimSuffix(i.Before, "@")
		}
		b, err := Apply(d.Bytes, []Splice{{i.Span, text + tail}})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			continue
		}
		now, err := Parse(d.Name, d.Kind, b)
		if err != nil {
			t.Errorf("%s: with %s pinned: %v", d.Name, i.Ref, err)
			continue
		}
		edits++
		checkPinned(t, now, images, n, unpinned+pin)
	}
	return edits
}

// checkPinned compares the images of an edited document with those before, of which the nth has another reference now.
func checkPinned(t testing.TB, now *Document, before []Image, n int, ref string) {
	after := now.Images()
	if len(after) != len(before) {
		t.Errorf("%s: with %s there are %d images, not %d", now.Name, ref, len(after), len(before))
		return
	}
	for k, a := range after {
		b := before[k]
		if k == n {
			b.Ref = ref
		}
		if a.Ref != b.Ref || a.Where != b.Where || (a.Held == "") != (b.Held == "") || !slices.Equal(a.Paths, b.Paths) {
			t.Errorf("%s: with %s, image %d is %s %q (%s), was %s %q (%s)", now.Name, ref, k, a.Where, a.Ref, a.Held, b.Where, b.Ref, b.Held)
		}
	}
}

// TestImageCorpus pins every image of the real files, one at a time.
func TestImageCorpus(t *testing.T) {
	files := append(corpus.Prefixed(t, "dockerfile"), corpus.Prefixed(t, "compose")...)
	for _, shape := range corpus.Shapes {
		t.Run(shape.Name, func(t *testing.T) {
			t.Parallel()
			count := map[string]int{}
			for _, f := range files {
				kind := DockerfileKind
				if strings.HasPrefix(f.Kind, "compose") {
					kind = ComposeKind
				}
				d, err := Parse(f.Name, kind, shape.Of(f.Text))
				if err != nil {
					continue
				}
				count["edited and read again"] += checkImages(t, d)
				for _, i := range d.Images() {
					count[fmt.Sprintf("%s held: %t", i.Where, i.Held != "")]++
					if list := os.Getenv("DOCKFIX_LIST_IMAGES"); list != "" && shape.Name == list {
						line, _ := d.Position(i.Start)
						fmt.Printf("IMAGE\t%s:%d\t%s\t%q\t%q\t%q\t%v\t%s\n", f.Name, line, i.Where, d.Text(i.Span), i.Before, i.Ref, i.Services, i.Held)
					}
				}
			}
			for _, what := range slices.Sorted(maps.Keys(count)) {
				t.Logf("%6d %s", count[what], what)
			}
		})
	}
}
