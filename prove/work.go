package prove

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"gopkg.in/yaml.v3"
)

// Bounds of what is converted. The front end has none of its own: thirty lines of "ENV A=$A$A" would fill the memory.
const (
	mostInstructions = 2000      // the longest real file known has 336; the time grows with the square
	longestVariable  = 128 << 10 // bytes; Linux passes no longer one to a command
	mostExpanded     = 64 << 20  // bytes in all places where variables are expanded
)

// tooMuch is a file that would take more work than any real one.
type tooMuch struct{ what string }

func (e tooMuch) Error() string { return "is refused: " + e.what }

// checkWork estimates from above how much text the expansion of variables will make.
func checkWork(ast *parser.Node) error {
	if n := len(ast.Children); n > mostInstructions {
		return tooMuch{fmt.Sprintf("it has %d instructions, more than %d", n, mostInstructions)}
	}
	w := work{sizes: map[string]int{}}
	for _, node := range ast.Children {
		if err := w.instruction(node); err != nil {
			return parser.WithLocation(err, node.Location())
		}
	}
	return nil
}

type work struct {
	sizes map[string]int // of each variable the length in bytes, at most
	all   int            // the sum of sizes
	total int
}

func (w *work) instruction(node *parser.Node) error {
	switch strings.ToLower(node.Value) {
	case "env":
		for n := node.Next; n != nil && n.Next != nil && n.Next.Next != nil; n = n.Next.Next.Next {
			if err := w.set(n.Value, n.Next.Value); err != nil {
				return err
			}
		}
	case "arg":
		for n := node.Next; n != nil; n = n.Next {
			name, value, _ := strings.Cut(n.Value, "=")
			if err := w.set(name, value); err != nil {
				return err
			}
		}
	case "run":
		w.total += w.all // each RUN has the whole environment
	}
	w.total += w.expanded(node.Original)
	for _, doc := range node.Heredocs {
		w.total += w.expanded(doc.Content)
	}
	if w.total > mostExpanded {
		return tooMuch{fmt.Sprintf("its variables expand to more than %d MB", mostExpanded>>20)}
	}
	return nil
}

func (w *work) set(name, value string) error {
	size := w.expanded(value)
	if size > longestVariable {
		return tooMuch{fmt.Sprintf("the variable %s grows to more than %d KB", name, longestVariable>>10)}
	}
	if old := w.sizes[name]; size > old {
		w.sizes[name] = size
		w.all += size - old
	}
	return nil
}

// expanded is the length of a text after expansion, at most.
func (w *work) expanded(text string) int {
	if !strings.Contains(text, "$") {
		return len(text)
	}
	size := len(text)
	for _, m := range variable.FindAllStringSubmatchIndex(text, -1) {
		own := w.sizes[text[m[2]:m[3]]]
		if strings.HasPrefix(text[m[0]:], "${") && strings.HasPrefix(text[m[1]:], "/") {
			// ${A/x/y} puts y, which may be another variable, in the place of every x.
			pattern, _, _ := strings.Cut(text[m[1]:], "}")
			own = (own + 1) * (1 + w.expanded(pattern))
		}
		if size += own; size > mostExpanded {
			break
		}
	}
	return size
}

// mostVisits is a bound for compose-go's walk over the nodes of a text: no node is shorter than half a byte, as the empty
// ones of "[,]" and "a:" are. Its own bound is far above what it can do in a second.
func mostVisits(text []byte) int { return min(2*len(text)+16, 100_000) }

// checkMerges refuses a map that is merged into itself. compose-go takes every merge for harmless and follows this one
// until it reaches its bound, in a time that grows with the square of it.
func checkMerges(text []byte) error {
	if !bytes.Contains(text, []byte("<<")) {
		return nil
	}
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document yaml.Node
		if d.Decode(&document) != nil {
			return nil // the end, or an error that compose-go will find as well
		}
		if err := noneWithinItself(&document, nil); err != nil {
			return err
		}
	}
}

func noneWithinItself(n *yaml.Node, above []*yaml.Node) error {
	if n.Kind == yaml.AliasNode && slices.Contains(above, n.Alias) {
		return fmt.Errorf("line %d: the value of an anchor contains itself", n.Line)
	}
	above = append(above, n)
	for _, child := range n.Content {
		if err := noneWithinItself(child, above); err != nil {
			return err
		}
	}
	return nil
}
