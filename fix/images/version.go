package images

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// version is what a tag says, part by part. A part that it leaves out is the newest there is.
type version []int

// newest is the part of a version that is not written.
const newest = math.MaxInt

func (v version) part(i int) int {
	if i < len(v) {
		return v[i]
	}
	return newest
}

// floating are words of tags that mean the newest version, by themselves or as a variant: of systems, and of releases.
var floating = []string{
	"latest", "stable", "lts", "alpine", "slim", "debian", "ubuntu", "apache", "management", "main", "master", "edge", "nightly",
	"jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "bionic", "focal", "jammy", "noble", "dind", "rootless",
}

// tagVersion reads the version in a tag: 15.3 in 15.3-alpine, 2023.11.1 in release.2023-11-01t18-37-25z. Of a tag of which it
// is not known what it means it gives the newest, and false.
func tagVersion(tag string) (version, bool) {
	text, dated := strings.CutPrefix(tag, "release.")
	text = strings.TrimPrefix(text, "v")
	var v version
	for text != "" {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		number, err := strconv.Atoi(text[:n])
		if err != nil {
			break
		}
		v = append(v, number)
		if text = text[n:]; text == "" || text[0] != '.' && !(dated && text[0] == '-') {
			break
		}
		text = text[1:]
	}
	if len(v) > 0 {
		return v, true
	}
	word, _, _ := strings.Cut(tag, "-")
	return nil, slices.Contains(floating, strings.TrimRight(word, "0123456789."))
}

// bound is one end of a range: the versions before it, or from it on.
type bound struct {
	before bool
	at     []int
}

// ranges are ranges of versions, of which one must hold; none holds every version.
type ranges [][]bound

// parseRanges reads ">=10.4.24 <10.5 || >=10.5.15".
func parseRanges(text string) (ranges, error) {
	var list ranges
	if text == "" {
		return nil, nil
	}
	for _, part := range strings.Split(text, "||") {
		var ends []bound
		for _, word := range strings.Fields(part) {
			at, from := strings.CutPrefix(word, ">=")
			if !from {
				var before bool
				if at, before = strings.CutPrefix(word, "<"); !before {
					return nil, fmt.Errorf("%q is not >=VERSION or <VERSION", word)
				}
			}
			b := bound{before: !from}
			for _, digits := range strings.Split(at, ".") {
				n, err := strconv.Atoi(digits)
				if err != nil {
					return nil, err
				}
				b.at = append(b.at, n)
			}
			ends = append(ends, b)
		}
		list = append(list, ends)
	}
	return list, nil
}

func (r ranges) contain(v version) bool {
	holds := func(b bound) bool { return b.holds(v) }
	return len(r) == 0 || slices.ContainsFunc(r, func(ends []bound) bool {
		return !slices.ContainsFunc(ends, func(b bound) bool { return !holds(b) })
	})
}

func (b bound) holds(v version) bool {
	for i, n := range b.at {
		switch part := v.part(i); {
		case part < n:
			return b.before
		case part > n:
			return !b.before
		}
	}
	return !b.before
}
