package images

import (
	"slices"
	"strings"
)

// table is a table of which some rows speak of each repository.
type table[Row any] struct {
	rows []Row
	by   index
}

// newTable indexes rows by what repository says of each.
func newTable[Row any](rows []Row, repository func(*Row) string) table[Row] {
	list := make([]string, len(rows))
	for i := range rows {
		list[i] = repository(&rows[i])
	}
	return table[Row]{rows, newIndex(list)}
}

// index tells which rows of a table speak of a repository without a look at each: most repositories stand in few rows, and some of
// the rules ask about every image of a file.
type index struct {
	named map[string][]int // the rows that match a repository that a row names, in their order
	globs []glob           // of the rows that have one, in their order
}

// glob is the repository of a row with * at an end: PREFIX* or *PART*.
type glob struct {
	part   string // without the *
	within bool   // it may stand anywhere
	row    int
}

// newIndex indexes a table by the repositories of its rows.
func newIndex(repositories []string) index {
	x := index{named: map[string][]int{}}
	for i, r := range repositories {
		if prefix, ok := strings.CutSuffix(r, "*"); ok {
			part, within := strings.CutPrefix(prefix, "*")
			x.globs = append(x.globs, glob{part, within, i})
		} else {
			x.named[r] = append(x.named[r], i)
		}
	}
	for name, rows := range x.named {
		rows = append(rows, x.globbed(name)...)
		slices.Sort(rows)
		x.named[name] = rows
	}
	return x
}

// rows gives the rows that speak of a repository, in their order.
func (x index) rows(repository string) []int {
	if list, ok := x.named[repository]; ok {
		return list
	}
	return x.globbed(repository)
}

// globbed gives the rows that match a repository by a glob, in their order.
func (x index) globbed(repository string) []int {
	var list []int
	for i := range x.globs {
		if x.globs[i].matches(repository) {
			list = append(list, x.globs[i].row)
		}
	}
	return list
}

func (g *glob) matches(repository string) bool {
	if g.within {
		return strings.Contains(repository, g.part)
	}
	return strings.HasPrefix(repository, g.part)
}
