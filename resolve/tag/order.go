package tag

import (
	"cmp"
	"slices"
	"strings"
)

// compare orders tags by version: its numbers, a pre-release before the version, then date and revision; of the same
// version the one with later versions of its words (of Java, with long-term support), and in the end the spelling, so that no two tags are equal.
func compare(a, b *Tag) int {
	return cmp.Or(
		compareVersions(a, b),
		compareWords(a.words, b.words),
		strings.Compare(b.Raw, a.Raw), // of two spellings the first in byte order counts as newer: it is named first
	)
}

// compareVersions orders tags by version alone.
func compareVersions(a, b *Tag) int {
	return cmp.Or(
		slices.Compare(a.numbers, b.numbers),
		cmp.Compare(a.pre.stage, b.pre.stage),
		slices.Compare(a.pre.numbers, b.pre.numbers),
		slices.Compare(a.date, b.date),
		slices.CompareFunc(a.revs, b.revs, func(x, y revision) int { return slices.Compare(x.numbers, y.numbers) }),
	)
}

func compareWords(a, b []word) int {
	return slices.CompareFunc(a, b, func(x, y word) int {
		return cmp.Or(btoi(x.lts())-btoi(y.lts()), slices.Compare(x.version, y.version))
	})
}

// lts tells whether the word is a Java with long-term support.
func (w word) lts() bool { return javaWords[w.name] && len(w.version) > 0 && javaLTS(w.version) }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// begins tells whether n begins with prefix.
func begins(n, prefix []int) bool {
	return len(n) >= len(prefix) && slices.Equal(n[:len(prefix)], prefix)
}

// newest are the k newest tags, newest first. It takes one pass over the tags, however many there are.
func newest(tags []*Tag, k int) []*Tag {
	var top []*Tag
	for _, t := range tags {
		if len(top) == k && compare(t, top[k-1]) < 0 {
			continue
		}
		i, twice := slices.BinarySearchFunc(top, t, func(x, y *Tag) int { return compare(y, x) })
		if !twice {
			top = slices.Insert(top, i, t)
			top = top[:min(k, len(top))]
		}
	}
	return top
}
