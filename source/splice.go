package source

import "sort"

// sortedSplices orders splices by their place; those at one place keep the order they were given in.
func sortedSplices(splices []Splice) []Splice {
	sorted := append([]Splice(nil), splices...)
	sort.SliceStable(sorted, func(i, j int) bool {
		if sorted[i].Start != sorted[j].Start {
			return sorted[i].Start < sorted[j].Start
		}
		return sorted[i].End < sorted[j].End
	})
	return sorted
}
