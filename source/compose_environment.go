package source

import "strings"

// EnvironmentVariable is one entry of environment, or of the args of a build.
type EnvironmentVariable struct {
	Name  string
	Value string // as YAML gives it, before ${NAME} in it is replaced; empty where there is none
	Set   bool   // false for `- NAME`, `NAME:` and `NAME: null`: the value is that of whoever runs Compose
	Span  Span   // the bytes of the value alone, without NAME= and quotes, where Exact
	Exact bool   // the bytes of Span are Value, byte for byte
	Key   *Node  // of the mapping form: the name
	Node  *Node  // the value in the mapping form, NAME=VALUE in the list form; may be another kind of node than a scalar
	Via   *Node  // as in Field
}

// environment reads both forms of a list of variables.
func environment(f Field) []EnvironmentVariable {
	items, entries := f.items(), f.entries()
	list := make([]EnvironmentVariable, 0, len(items)+len(entries))
	for _, item := range items {
		if s, ok := item.Node.Scalar(); ok {
			list = append(list, listVariable(item, s))
		}
	}
	for _, e := range entries {
		v := EnvironmentVariable{Name: e.Key.Resolve().Text(), Key: e.Key, Node: e.Node, Via: e.Via}
		if s, ok := e.Node.Scalar(); ok && !e.Node.IsNull() {
			v.Value, v.Set, v.Span, v.Exact = s.Value, true, s.Span, s.Exact
		}
		list = append(list, v)
	}
	return list
}

// listVariable reads NAME=VALUE. Quotes after the = are part of the value.
func listVariable(item Field, s Scalar) EnvironmentVariable {
	v := EnvironmentVariable{Node: item.Node, Via: item.Via}
	v.Name, v.Value, v.Set = strings.Cut(s.Value, "=")
	if v.Set && s.Exact {
		v.Exact = true
		v.Span = Span{s.End - len(v.Value), s.End}
	}
	return v
}
