package images

import "strings"

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
	globs []int            // those that match by a glob, in their order
	list  []string         // the repository of each row, a glob with * at an end
}

// newIndex indexes a table by the repositories of its rows.
func newIndex(repositories []string) index {
	x := index{named: map[string][]int{}, list: repositories}
	for i, r := range repositories {
		if strings.HasSuffix(r, "*") {
			x.globs = append(x.globs, i)
		} else {
			x.named[r] = nil
		}
	}
	for i, r := range repositories {
		if !strings.HasSuffix(r, "*") {
			x.named[r] = append(x.named[r], i)
			continue
		}
		for name := range x.named {
			if globMatches(r, name) {
				x.named[name] = append(x.named[name], i)
			}
		}
	}
	return x
}

// rows gives the rows that speak of a repository, in their order.
func (x index) rows(repository string) []int {
	if list, ok := x.named[repository]; ok {
		return list
	}
	var list []int
	for _, i := range x.globs {
		if globMatches(x.list[i], repository) {
			list = append(list, i)
		}
	}
	return list
}

// globMatches reports whether a repository is one of prefix* or *part*.
func globMatches(glob, repository string) bool {
	prefix := strings.TrimSuffix(glob, "*")
	if part, within := strings.CutPrefix(prefix, "*"); within {
		return strings.Contains(repository, part)
	}
	return strings.HasPrefix(repository, prefix)
}
