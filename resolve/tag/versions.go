package tag

import "encoding/binary"

// versions is a set of versions.
type versions map[string]bool

func (v versions) has(version []int) bool {
	return len(v) > 0 && len(version) > 0 && v[versionKey(version)]
}

// add adds the version and the lines that it belongs to.
func (v versions) add(version []int) {
	for n := range version {
		v[versionKey(version[:n+1])] = true
	}
}

func versionKey(n []int) string {
	var b []byte
	for _, x := range n {
		b = binary.AppendUvarint(b, uint64(x))
	}
	return string(b)
}

// released are the versions of the family that are out, and their lines.
func (f *family) released() versions {
	out := versions{}
	for _, t := range f.tags {
		if !t.PreRelease() {
			out.add(t.numbers)
		}
	}
	return out
}

// unreleased are the lines of which the family has pre-releases only. A tag 9.0 beside 9.0.0-rc.1 is one of them.
func (f *family) unreleased() versions {
	var ahead versions
	for _, t := range f.tags {
		if t.pre.stage != released && t.concrete() {
			if ahead == nil {
				ahead = versions{}
			}
			ahead.add(t.numbers)
		}
	}
	if ahead == nil {
		return nil
	}
	for _, t := range f.tags {
		for n := range t.numbers {
			if t.pre.stage == released && t.concrete() {
				delete(ahead, versionKey(t.numbers[:n+1]))
			}
		}
	}
	return ahead
}
