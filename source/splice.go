package source

import (
	"fmt"
	"sort"
)

// Apply makes splices that do not touch each other, given in any order, and returns the new text.
func Apply(b []byte, splices []Splice) ([]byte, error) {
	sorted := sortedSplices(splices)
	out := make([]byte, 0, len(b)+64)
	at := 0
	for _, s := range sorted {
		if s.Start < at || s.End < s.Start || s.End > len(b) {
			return nil, fmt.Errorf("edit of bytes %d to %d overlaps another or lies outside the %d bytes of the file", s.Start, s.End, len(b))
		}
		out = append(out, b[at:s.Start]...)
		out = append(out, s.New...)
		at = s.End
	}
	return append(out, b[at:]...), nil
}

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
