package diffview

import "strings"

// slide moves pure insertions and deletions to where they read best. A block that ends with the line standing before it
// can as well begin with that line: "+CMD b", "+" and "+", "+CMD b" say the same thing.
func slide(changes []change, a, b []string) {
	for i := range changes {
		c := &changes[i]
		lines, start, end := b, c.b0, c.b1
		if c.b0 == c.b1 {
			lines, start, end = a, c.a0, c.a1
		} else if c.a0 != c.a1 {
			continue
		}
		// One unchanged line must stay between two changes.
		up, down := c.a0, len(a)-c.a1
		if i > 0 {
			up -= changes[i-1].a1 + 1
		}
		if i+1 < len(changes) {
			down = changes[i+1].a0 - c.a1 - 1
		}
		by := bestStart(lines, start, end, up, down) - start
		*c = change{c.a0 + by, c.a1 + by, c.b0 + by, c.b1 + by}
	}
}

// bestStart returns where the block from start to end, moved by at most up and down lines, begins best: the lowest of
// the places that startCost likes most, as git does without its heuristic.
func bestStart(lines []string, start, end, up, down int) int {
	best, cost := start, startCost(lines, start)
	consider := func(at int) {
		if c := startCost(lines, at); c < cost || c == cost && at > best {
			best, cost = at, c
		}
	}
	for n := 1; n <= up && lines[start-n] == lines[end-n]; n++ {
		consider(start - n)
	}
	for n := 0; n < down && lines[start+n] == lines[end+n]; n++ {
		consider(start + n + 1)
	}
	return best
}

// startCost rates a block that begins at the given line: best is a line that is not blank, little indented, and stands
// behind a blank one.
func startCost(lines []string, at int) int {
	text := strings.TrimLeft(lines[at], " \t")
	if strings.TrimSpace(text) == "" {
		return 1 << 30
	}
	cost := 2 * (len(lines[at]) - len(text))
	if at == 0 || strings.TrimSpace(lines[at-1]) != "" {
		cost++
	}
	return cost
}
