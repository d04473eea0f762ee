package tag

import (
	"bufio"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// images are the tags of a repository, those of one image a line; the first so many are kept up to date.
type images struct {
	name string
	tags [][]string
	live []int
}

//go:embed testdata/*.txt
var lists embed.FS

// simulated are the lists of hubsim.
func simulated() []images {
	var all []images
	for name, r := range hubsim.Repositories() {
		i := images{name: name}
		for _, image := range r.Images {
			i.tags, i.live = append(i.tags, image.Tags), append(i.live, image.Live)
		}
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b images) int { return strings.Compare(a.name, b.name) })
	return all
}

// handmade are the lists of testdata: excerpts that show how other repositories name their tags. "-" before a tag: its
// publisher no longer moves it; "#" begins a comment.
func handmade(t *testing.T) []images {
	entries, err := lists.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var all []images
	for _, e := range entries {
		b, err := lists.ReadFile(path.Join("testdata", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(strings.NewReader(string(b)))
		for lines.Scan() {
			words := strings.Fields(lines.Text())
			if len(words) == 0 || words[0] == "#" {
				continue
			}
			if words[0] == "repository" {
				all = append(all, images{name: words[1]})
				continue
			}
			all[len(all)-1].add(words)
		}
	}
	return all
}

func (i *images) add(words []string) {
	var tags []string
	live := 0
	for _, w := range words {
		tag, dead := strings.CutPrefix(w, "-")
		if !dead {
			live++
		}
		tags = append(tags, tag)
	}
	i.tags, i.live = append(i.tags, tags), append(i.live, live)
}

func (i *images) all() []string { return slices.Concat(i.tags...) }

// count is the outcome for the floating tags of some repositories.
type count struct {
	floating, resolved, first, three, heads int
	missed, wrong                           []string
}

func (c *count) add(o count) {
	c.floating, c.resolved, c.first = c.floating+o.floating, c.resolved+o.resolved, c.first+o.first
	c.three, c.heads = c.three+o.three, c.heads+o.heads
	c.missed, c.wrong = append(c.missed, o.missed...), append(c.wrong, o.wrong...)
}

func (c count) String() string {
	share := func(n int) float64 { return 100 * float64(n) / float64(max(c.floating, 1)) }
	return fmt.Sprintf("%5d floating, %5d resolved %5.1f %%, first %5.1f %%, within three %5.1f %%, mean %.2f requests",
		c.floating, c.resolved, share(c.resolved), share(c.first), share(c.three), float64(c.heads)/float64(max(c.floating, 1)))
}

// resolveAll looks for the version of each live tag that has a more precise one of the same image, as package resolve
// does: the candidates in turn, then the sharper tags, a digest compared for each.
func (i *images) resolveAll() count {
	l := NewList("index.docker.io/"+i.name, i.all())
	image := map[string]int{}
	for n, tags := range i.tags {
		for _, tag := range tags {
			image[tag] = n
		}
	}
	var c count
	for n, tags := range i.tags {
		for _, raw := range tags[:i.live[n]] {
			t := l.parse(raw)
			if t.opaque || len(t.date) > 0 || !slices.ContainsFunc(tags, func(o string) bool { return sharpens(l, o, t) }) {
				continue
			}
			c.floating++
			hit, heads := "", 0
			for _, o := range l.Candidates(raw, 12) {
				if heads++; image[o] == n {
					hit = o
					break
				}
			}
			c.heads += heads
			if hit == "" {
				c.missed = append(c.missed, fmt.Sprintf("%s:%s (%d) = %v", i.name, raw, heads, tags))
				continue
			}
			c.resolved++
			c.first += btoi(heads == 1)
			c.three += btoi(heads <= 3)
			if why := wrong(l, t, l.parse(hit), tags); why != "" {
				c.wrong = append(c.wrong, fmt.Sprintf("%s:%s is not %s: %s", i.name, raw, hit, why))
			}
			if heads > 1 && testing.Verbose() {
				fmt.Printf("   %s:%s -> %s after %v\n", i.name, raw, hit, l.Candidates(raw, heads))
			}
		}
	}
	return c
}

// sharpens tells whether the other tag of the same image fixes the version more precisely.
func sharpens(l *List, other string, t Tag) bool {
	o := l.parse(other)
	return !o.opaque && !o.Floating() && o.precision() > t.precision()
}

// wrong tells what speaks against the hit, knowing all tags of the image.
func wrong(l *List, t, hit Tag, tags []string) string {
	for _, w := range t.words {
		if !hit.has(w.name) && slices.ContainsFunc(tags, func(o string) bool { p := l.parse(o); return p.precision() > t.precision() && p.has(w.name) }) {
			return "the word " + w.name + " is gone"
		}
	}
	if !begins(hit.numbers, t.numbers) {
		return "another version"
	}
	if hit.opaque || hit.build() {
		return "a build"
	}
	for _, o := range tags {
		p := l.parse(o)
		if p.Raw == t.Raw || p.Floating() || p.opaque || p.precision() < hit.precision() || p.scheme != t.scheme && len(t.numbers) > 0 {
			continue
		}
		if len(p.words) < len(hit.words) && keeps(p, t, hit) {
			return "fewer words: " + o
		}
		if hit.PreRelease() && !p.PreRelease() && keeps(p, t, hit) {
			return "released: " + o
		}
	}
	return ""
}

// keeps tells whether p has each word of t that the hit has.
func keeps(p, t, hit Tag) bool {
	for _, w := range t.words {
		if hit.has(w.name) && !p.has(w.name) {
			return false
		}
	}
	return true
}

func evaluate(t *testing.T, repositories []images) {
	var total count
	for _, i := range repositories {
		c := i.resolveAll()
		t.Logf("%-32s %6d tags, %v", i.name, len(i.all()), c)
		total.add(c)
	}
	t.Logf("%-32s %v", "together", total)
	for _, m := range total.missed {
		t.Log("missed ", m)
	}
	for _, w := range total.wrong {
		t.Error(w)
	}
	if n := total.floating; n == 0 || total.resolved*100 < 98*n || total.first*100 < 94*n {
		t.Errorf("%v: want 98 %% and 94 %%", total)
	}
}

// TestSimulated requires the share of tags that resolve, and of those at the first request, on the lists of hubsim.
func TestSimulated(t *testing.T) { evaluate(t, simulated()) }

// TestHandmade requires the same of the conventions that hubsim lacks.
func TestHandmade(t *testing.T) { evaluate(t, handmade(t)) }
