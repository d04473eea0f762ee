package source

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// Field is an entry of a mapping as Compose sees it: aliases and merge keys followed. The text stands where Key and Node
// say.
type Field struct {
	Key  *Node
	Node *Node // the value; never an alias, nil where the aliases lead nowhere
	// Via is the alias through which the value is reached, the outermost where there are several. It is nil where the
	// value is written in the mapping itself: only then does a change at Node change this one mapping alone.
	Via *Node
}

// maxAliasSteps ends the following of aliases that lead to aliases, or to themselves.
const maxAliasSteps = 64

// Resolve follows n where it is an alias; nil where that leads nowhere.
func (n *Node) Resolve() *Node {
	for range maxAliasSteps {
		if n == nil || n.YAML.Kind != yaml.AliasNode {
			return n
		}
		n = n.alias()
	}
	return nil
}

// Lookup is the entry of a mapping, or of the mapping an alias stands for, with merge keys followed: the mapping's own
// key wins, then the first merged mapping that has it. An entry with the tag !reset is none.
func (n *Node) Lookup(name string) (Field, bool) {
	own, ok := n.own()
	if !ok {
		return Field{}, false
	}
	if !own.mapping.merges() {
		return own.lookup(name)
	}
	for _, source := range own.mapping.merged() {
		if own.via != nil {
			source.via = own.via
		}
		if f, ok := source.lookup(name); ok {
			return f, true
		}
	}
	return Field{}, false
}

// Entries are all entries of a mapping, or of the mapping an alias stands for: its own in their order, then those merged
// into it that it does not have itself.
func (n *Node) Entries() []Field {
	sources := n.sources()
	most := 0
	for _, source := range sources {
		most += len(source.mapping.Children) / 2
	}
	fields := make([]Field, 0, most)
	var seen map[string]bool // nil where looking through fields is quicker
	if most > fewEntries {
		seen = make(map[string]bool, most)
	}
	for _, source := range sources {
		m := source.mapping
		for i := 0; i+1 < len(m.Children); i += 2 {
			key := m.Children[i]
			name := key.Resolve().Text()
			if isMerge(key) || seen[name] || seen == nil && hasEntry(fields, name) {
				continue
			}
			f := source.field(key, m.Children[i+1])
			if isReset(f.Node) {
				continue
			}
			if seen != nil {
				seen[name] = true
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// fewEntries is up to how many entries a mapping has few.
const fewEntries = 16

func hasEntry(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Key.Resolve().Text() == name })
}

// mergeSource is a mapping whose entries another one has.
type mergeSource struct {
	mapping *Node
	via     *Node
}

func (s mergeSource) lookup(name string) (Field, bool) {
	key, value := s.mapping.Get(name)
	if key == nil || isMerge(key) {
		return Field{}, false
	}
	f := s.field(key, value)
	if isReset(f.Node) {
		return Field{}, false
	}
	return f, true
}

func (s mergeSource) field(key, value *Node) Field {
	f := Field{Key: key, Node: value.Resolve(), Via: s.via}
	if f.Via == nil && value.YAML.Kind == yaml.AliasNode {
		f.Via = value
	}
	return f
}

// own is n where it is a mapping, or the mapping that the alias n stands for.
func (n *Node) own() (source mergeSource, ok bool) {
	if n != nil && n.YAML.Kind == yaml.AliasNode {
		source.via, n = n, n.Resolve()
	}
	source.mapping = n
	return source, n.IsMapping()
}

// sources are the mappings that n gets its entries from, itself first, in the order in which they win.
func (n *Node) sources() []mergeSource {
	own, ok := n.own()
	switch {
	case !ok:
		return nil
	case !own.mapping.merges():
		return []mergeSource{own}
	case own.via == nil:
		return own.mapping.merged()
	}
	list := slices.Clone(own.mapping.merged())
	for i := range list {
		list[i].via = own.via
	}
	return list
}

// merged are the sources of a mapping with merge keys, found when they are first asked for: many rules ask for many settings.
func (n *Node) merged() []mergeSource {
	if known := n.links.merged.Load(); known != nil {
		return *known
	}
	list := n.findMerged()
	n.links.merged.Store(&list)
	return list
}

// findMerged finds merged. A mapping that comes up again has nothing to add, so each is listed once, and mappings that merge
// themselves come to an end.
func (n *Node) findMerged() []mergeSource {
	var list []mergeSource
	seen := map[*Node]bool{}
	var add func(n, via *Node)
	add = func(n, via *Node) {
		if n != nil && n.YAML.Kind == yaml.AliasNode {
			if via == nil {
				via = n
			}
			n = n.Resolve()
		}
		switch {
		case n == nil || seen[n]:
		case n.IsMapping():
			seen[n] = true
			list = append(list, mergeSource{n, via})
			for i := 0; i+1 < len(n.Children); i += 2 {
				if isMerge(n.Children[i]) {
					add(n.Children[i+1], via)
				}
			}
		case n.IsSequence() && len(list) > 0: // <<: [*a, *b]
			seen[n] = true
			for _, item := range n.Children {
				add(item, via)
			}
		}
	}
	add(n, nil)
	return list
}

// isReset reports whether Compose takes an entry with that value out: as ResetProcessor of compose-go does it, before merge
// keys are looked at.
func isReset(n *Node) bool { return n != nil && n.YAML.Tag == "!reset" }

// isMerge reports whether a key merges another mapping into its own.
func isMerge(key *Node) bool {
	return key.YAML.Kind == yaml.ScalarNode && key.YAML.Value == "<<" && key.YAML.ShortTag() == "!!merge"
}

// Shared is the nearest node with an anchor that aliases use and that is n or around n; nil where there is none. A change
// at n then changes what the aliases stand for, too.
func (n *Node) Shared() *Node {
	for ; n != nil; n = n.Parent {
		if len(n.uses()) > 0 {
			return n
		}
	}
	return nil
}

// endless is more nodes than any file can hold.
const endless = 1 << 40

// expansion is the number of nodes in n when every alias in it is replaced by what it stands for, at most endless. A node
// that holds an alias of itself has no end.
func expansion(n *Node) int {
	sizes := map[*Node]int{} // of nodes with an anchor; 0 while it is counted
	var size func(n *Node) int
	size = func(n *Node) int {
		if target := n.alias(); target != nil {
			n = target
		}
		if known, begun := sizes[n]; begun && known == 0 {
			return endless
		} else if begun {
			return known
		}
		anchored := n.YAML.Anchor != ""
		if anchored {
			sizes[n] = 0
		}
		total := 1
		for _, c := range n.Children {
			total = min(total+size(c), endless)
		}
		if anchored {
			sizes[n] = total
		}
		return total
	}
	return size(n)
}
