package tag

import (
	"encoding/binary"
	"slices"
)

// kinds has each kind of the tags of a repository once. The zero value is ready.
type kinds struct {
	known map[string]*kind
	key   []byte // memory for the next one
}

// of is the kind that equals k, whose own memory may be used again.
func (all *kinds) of(k *kind) *kind {
	all.key = k.appendTo(all.key[:0])
	known, ok := all.known[string(all.key)]
	if !ok {
		made := *k
		made.revs, made.words = slices.Clone(k.revs), slices.Clone(k.words)
		known = &made
		if all.known == nil {
			all.known = map[string]*kind{}
		}
		all.known[string(all.key)] = known
	}
	return known
}

// appendTo appends what kinds have in common that are equal, and no others: all with their lengths.
func (k *kind) appendTo(key []byte) []byte {
	key = append(key, byte(k.scheme), byte(btoi(k.java8)), byte(btoi(k.opaque)), byte(k.pre.stage))
	key = appendNumbers(key, k.date)
	key = appendNumbers(key, k.pre.numbers)
	key = binary.AppendUvarint(key, uint64(len(k.revs)))
	for _, r := range k.revs {
		key = appendNumbers(appendName(key, r.mark), r.numbers)
	}
	for _, w := range k.words {
		key = appendNumbers(appendName(key, w.name), w.version)
	}
	return key
}

func appendName(key []byte, name string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(name))), name...)
}

func appendNumbers(key []byte, n []int) []byte {
	key = binary.AppendUvarint(key, uint64(len(n)))
	for _, x := range n {
		key = binary.AppendUvarint(key, uint64(x))
	}
	return key
}
