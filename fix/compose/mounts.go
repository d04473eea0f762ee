package compose

import (
	"strings"

	"github.com/dockfix/dockfix/source"
)

// mount is one entry of volumes. What is not given is empty.
type mount struct {
	node    *source.Node // the scalar of the short form, or the mapping of the long form
	via     *source.Node // as in source.Field
	long    bool
	kind    string // of the long form: bind, volume, tmpfs
	source  string // as written: a path, the name of a volume, or with variables
	target  string // the path in the container, without a slash at its end
	options string // of the short form: what follows the target
}

// mounts are the volumes of a service, in both forms.
func mounts(s *source.Service) []mount {
	f, _ := s.Field("volumes")
	if !f.Node.IsSequence() {
		return nil
	}
	list := make([]mount, 0, len(f.Node.Children))
	for _, item := range f.Node.Children {
		m := mount{node: item.Resolve(), via: f.Via}
		if m.node != item {
			m.via = item
		}
		if m.node.IsMapping() {
			m.long = true
			m.kind, m.source, m.target = text(m.node, "type"), text(m.node, "source"), text(m.node, "target")
		} else {
			m.readShort(m.node.Text())
		}
		if m.target != "/" {
			m.target = strings.TrimRight(m.target, "/")
		}
		list = append(list, m)
	}
	return list
}

func text(n *source.Node, name string) string {
	f, _ := n.Lookup(name)
	return f.Node.Text()
}

// readShort reads [SOURCE:]TARGET[:OPTIONS]. A colon in a variable, or behind the letter of a drive, is none that parts them.
func (m *mount) readShort(written string) {
	parts := colonParts(written)
	switch {
	case len(parts) == 1:
		m.target = parts[0]
	case len(parts) == 2:
		m.source, m.target = parts[0], parts[1]
	default:
		m.source, m.target, m.options = parts[0], parts[1], strings.Join(parts[2:], ":")
	}
}

func colonParts(text string) []string {
	parts := make([]string, 0, 3)
	start, depth := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ':':
			drive := i-start == 1 && i+1 < len(text) && (text[i+1] == '\\' || text[i+1] == '/') && start == 0 && text[0]|0x20 >= 'a' && text[0]|0x20 <= 'z'
			if depth == 0 && !drive {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// isBind reports whether a path of the host is mounted.
func (m mount) isBind() bool {
	if m.long {
		return m.kind == "bind"
	}
	return m.source != "" && strings.ContainsAny(m.source[:1], "./~") || strings.Contains(m.source, "/") || strings.Contains(m.source, `:\`)
}

// isAnonymous reports whether the volume has no name.
func (m mount) isAnonymous() bool {
	return m.source == "" && m.target != "" && (!m.long || m.kind == "volume")
}
