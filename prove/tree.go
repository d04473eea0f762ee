package prove

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/tailscale/hujson"
	"gopkg.in/yaml.v3"

	"github.com/dockfix/dockfix/source"
)

// treeModel is a file that no engine is asked about: what its own format decodes to. Comments, quotes and the way a text is
// laid out are no part of it.
type treeModel struct{ root any }

// other is a value that is no text, list or mapping: a number, an expression, what has a tag of its own.
type other struct{ Kind, Text string }

// loadTree decodes a file.
func loadTree(in Input) (*treeModel, error) {
	text := bytes.TrimPrefix(in.Text, []byte("\xef\xbb\xbf"))
	var root any
	var err error
	switch {
	case in.Kind == source.EnvKind:
		root, err = envTree(in)
	case in.Kind == source.DevcontainerKind, in.Kind == source.BakeKind && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")):
		root, err = jsonTree(text)
	case in.Kind == source.BakeKind:
		root, err = hclTree(text)
	default:
		root, err = yamlTree(text)
	}
	return &treeModel{root}, err
}

// envTree has the values of a .env file by name. Of several of one name the last counts; the others are numbered.
func envTree(in Input) (any, error) {
	d, err := source.Parse(in.Name, in.Kind, in.Text)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	for n, e := range d.Env.Entries {
		if old, ok := tree[e.Name]; ok {
			tree[fmt.Sprintf("%s#%d", e.Name, n)] = old
		}
		if tree[e.Name] = e.Value; !e.Exact {
			tree[e.Name] = other{"expression", e.Value}
		}
	}
	return tree, nil
}

// yamlTree has the documents of a YAML file: the only one itself, several as a list.
func yamlTree(text []byte) (any, error) {
	var documents []any
	t := yamlReader{}
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document yaml.Node
		if err := d.Decode(&document); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if err := noneWithinItself(&document, nil); err != nil {
			return nil, err
		}
		for _, root := range document.Content {
			tree, err := t.tree(root)
			if err != nil {
				return nil, err
			}
			documents = append(documents, tree)
		}
	}
	if len(documents) == 1 {
		return documents[0], nil
	}
	return documents, nil
}

// mostNodes is how many nodes a YAML file has at most when every alias is replaced by what it stands for.
const mostNodes = 1_000_000

type yamlReader struct{ visited int }

func (t *yamlReader) tree(n *yaml.Node) (any, error) {
	if t.visited++; t.visited > mostNodes {
		return nil, tooMuch{"its aliases stand for too much text"}
	}
	tag := n.ShortTag()
	switch n.Kind {
	case yaml.AliasNode:
		return t.tree(n.Alias)
	case yaml.MappingNode:
		tree, err := t.mapping(n)
		return tagged(tag, "!!map", tree), err
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = t.tree(item); err != nil {
				return nil, err
			}
		}
		return tagged(tag, "!!seq", list), nil
	}
	switch tag {
	case "!!str":
		return n.Value, nil
	case "!!null":
		return nil, nil
	}
	return other{tag, n.Value}, nil
}

// tagged is a collection with the tag that it has besides its own.
func tagged(tag, own string, v any) any {
	if tag == own {
		return v
	}
	return map[string]any{tag: v}
}

// mapping decodes a mapping. Its own keys win over those of mappings that are merged into it, and of these the first.
func (t *yamlReader) mapping(n *yaml.Node) (map[string]any, error) {
	tree := map[string]any{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		name, err := t.name(key)
		if err != nil {
			return nil, err
		}
		if _, twice := tree[name]; twice {
			return nil, fmt.Errorf("line %d: a key is defined twice", key.Line)
		}
		if tree[name], err = t.tree(value); err != nil {
			return nil, err
		}
	}
	for _, value := range merged {
		if err := t.merge(tree, value); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

func (t *yamlReader) name(key *yaml.Node) (string, error) {
	tree, err := t.tree(key)
	if text, ok := tree.(string); ok {
		return text, err
	}
	return textOf(tree), err
}

func (t *yamlReader) merge(into map[string]any, value *yaml.Node) error {
	tree, err := t.tree(value)
	if err != nil {
		return err
	}
	list, ok := tree.([]any)
	if !ok {
		list = []any{tree}
	}
	for _, item := range list {
		from, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("line %d: what is merged is no mapping", value.Line)
		}
		for name, v := range from {
			if _, own := into[name]; !own {
				into[name] = v
			}
		}
	}
	return nil
}

func jsonTree(text []byte) (any, error) {
	v, err := hujson.Parse(append(bytes.Clone(text), '\n')) // a comment must end in a line end
	if err != nil {
		return nil, errors.New("is not JSON")
	}
	return jsonValue(v)
}

func jsonValue(v hujson.Value) (any, error) {
	switch v := v.Value.(type) {
	case *hujson.Object:
		tree := map[string]any{}
		for _, m := range v.Members {
			name := m.Name.Value.(hujson.Literal).String()
			if _, twice := tree[name]; twice {
				return nil, errors.New("a name is defined twice in one object")
			}
			var err error
			if tree[name], err = jsonValue(m.Value); err != nil {
				return nil, err
			}
		}
		return tree, nil
	case *hujson.Array:
		list := make([]any, len(v.Elements))
		for i, e := range v.Elements {
			var err error
			if list[i], err = jsonValue(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	case hujson.Literal:
		if v.Kind() == '"' {
			return v.String(), nil
		}
		return other{"literal", string(v)}, nil
	}
	return nil, nil
}

func hclTree(text []byte) (any, error) {
	file, problems := hclsyntax.ParseConfig(text, "bake", hcl.InitialPos)
	if problems.HasErrors() {
		for _, p := range problems {
			if p.Severity == hcl.DiagError && p.Subject != nil {
				return nil, fmt.Errorf("line %d: %s", p.Subject.Start.Line, strings.ToLower(p.Summary))
			}
		}
		return nil, errors.New("is not HCL")
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, errors.New("is not HCL")
	}
	return hclBody(body, text), nil
}

// hclBody has the attributes of a body by name and its blocks by type and labels. Blocks of one name are numbered.
func hclBody(body *hclsyntax.Body, text []byte) map[string]any {
	tree := map[string]any{}
	for name, a := range body.Attributes {
		tree[name] = hclValue(a.Expr, text)
	}
	for n, block := range body.Blocks {
		name := strings.Join(append([]string{block.Type}, block.Labels...), ".")
		if _, twice := tree[name]; twice {
			name = fmt.Sprintf("%s#%d", name, n)
		}
		tree[name] = hclBody(block.Body, text)
	}
	return tree
}

// hclValue is a text, list or object as such, and any other expression as it is written.
func hclValue(e hclsyntax.Expression, text []byte) any {
	r := e.Range()
	switch x := e.(type) {
	case *hclsyntax.TemplateExpr:
		if v, problems := x.Value(nil); !problems.HasErrors() && x.IsStringLiteral() && v.IsKnown() {
			return v.AsString()
		}
	case *hclsyntax.TupleConsExpr:
		list := make([]any, len(x.Exprs))
		for i, item := range x.Exprs {
			list[i] = hclValue(item, text)
		}
		return list
	case *hclsyntax.ObjectConsExpr:
		tree := map[string]any{}
		for n, item := range x.Items {
			name := hcl.ExprAsKeyword(item.KeyExpr)
			if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok && name == "" {
				name, _ = hclValue(key.Wrapped, text).(string)
			}
			if _, twice := tree[name]; twice || name == "" {
				name = fmt.Sprintf("%s#%d", name, n)
			}
			tree[name] = hclValue(item.ValueExpr, text)
		}
		return tree
	}
	return other{"expression", string(text[r.Start.Byte:r.End.Byte])}
}
