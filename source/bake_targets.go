package source

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/tailscale/hujson"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// bakeFile is what a bake file says of builds.
type bakeFile struct {
	targets []*bakeTarget   // one for each block, in file order
	grouped map[string]bool // the targets that a group names
}

// bakeTarget is one target, or one of the blocks that make it up.
type bakeTarget struct {
	name                        string
	path                        string    // of prove.Change
	context, dockerfile, inline *bakeText // nil where it is not set
	contexts, args              []bakeText
	inherits, tags              []bakeText
	tagged                      bool // tags are set, be it to none
	open                        bool // it inherits what the file alone does not tell
}

// bakeText is a text of a bake file.
type bakeText struct {
	name     string // of an entry of args and contexts
	text     traced // where it is literal; else what stands before the first variable
	around   Span   // its bytes
	variable bool   // it is not literal
	value    string // with the defaults of variables
	known    bool   // value is all of it
	null     bool   // it is null, which for bake is as if it were not there
}

// maxBakeText is how many bytes of a text are put together from variables: no name or reference is longer.
const maxBakeText = 4096

// bakeReader reads the targets of a bake file.
type bakeReader struct {
	doc       *Document
	variables map[string]string // the defaults that are known
	bakeFile
}

func (r *bakeReader) declare(name string, value bakeText) {
	if value.known {
		r.variables[name] = value.value
	}
}

func (r *bakeReader) group(targets []bakeText) {
	if r.grouped == nil {
		r.grouped = map[string]bool{}
	}
	for _, t := range targets {
		r.grouped[t.value] = true
	}
}

// readBakeHCL reads the HCL form.
func readBakeHCL(d *Document, body *hclsyntax.Body) *bakeFile {
	r := &bakeReader{doc: d, variables: map[string]string{}}
	for _, block := range body.Blocks {
		if value := block.Body.Attributes["default"]; block.Type == "variable" && len(block.Labels) == 1 && value != nil {
			r.declare(block.Labels[0], r.hclText(value.Expr))
		}
	}
	named := map[string]bool{}
	for n, block := range body.Blocks {
		path := strings.Join(append([]string{block.Type}, block.Labels...), ".")
		if named[path] {
			path = fmt.Sprintf("%s#%d", path, n) // as prove has it
		}
		named[path] = true
		switch {
		case len(block.Labels) != 1:
		case block.Type == "group":
			targets, _ := r.hclList(block.Body, "targets")
			r.group(targets)
		case block.Type == "target":
			r.hclTarget(path, block)
		}
	}
	return &r.bakeFile
}

func (r *bakeReader) hclTarget(path string, block *hclsyntax.Block) {
	t := &bakeTarget{name: block.Labels[0], path: path}
	r.targets = append(r.targets, t)
	if block.Body.Attributes["matrix"] != nil { // its names hide those of variables
		known := r.variables
		r.variables = nil
		defer func() { r.variables = known }()
	}
	t.context, t.dockerfile = r.hclSetting(block.Body, "context"), r.hclSetting(block.Body, "dockerfile")
	t.inline = r.hclSetting(block.Body, "dockerfile-inline")
	t.contexts, t.args = r.hclEntries(block.Body, "contexts"), r.hclEntries(block.Body, "args")
	t.inherits, t.open = r.hclList(block.Body, "inherits")
	t.tags, _ = r.hclList(block.Body, "tags")
	t.tagged = block.Body.Attributes["tags"] != nil
}

func (r *bakeReader) hclSetting(body *hclsyntax.Body, name string) *bakeText {
	a := body.Attributes[name]
	if a == nil {
		return nil
	}
	text := r.hclText(a.Expr)
	if text.null {
		return nil
	}
	return &text
}

// hclList are the texts of a list; open where it may hold others than those known.
func (r *bakeReader) hclList(body *hclsyntax.Body, name string) (list []bakeText, open bool) {
	a := body.Attributes[name]
	if a == nil {
		return nil, false
	}
	tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil, true
	}
	for _, item := range tuple.Exprs {
		text := r.hclText(item)
		list, open = append(list, text), open || !text.known
	}
	return list, open
}

func (r *bakeReader) hclEntries(body *hclsyntax.Body, name string) []bakeText {
	a := body.Attributes[name]
	if a == nil {
		return nil
	}
	object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	var list []bakeText
	for _, item := range object.Items {
		text := r.hclText(item.ValueExpr)
		text.name = hcl.ExprAsKeyword(item.KeyExpr)
		if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok && text.name == "" {
			text.name = r.hclText(key.Wrapped).text.text
		}
		list = append(list, text)
	}
	return list
}

func (r *bakeReader) hclText(e hclsyntax.Expression) bakeText {
	var b bakeText
	b.text, b.around, b.variable = r.doc.hclText(e)
	if b.value, b.known = r.value(e, 0); b.known && len(e.Variables()) == 0 && b.variable {
		b.text, b.variable = unplaced(b.value), false // a number
	}
	if literal, ok := e.(*hclsyntax.LiteralValueExpr); ok {
		b.null = literal.Val.IsNull()
	}
	return b
}

// value is the text that an expression stands for; false where it is not a plain text with variables in it.
func (r *bakeReader) value(e hclsyntax.Expression, depth int) (string, bool) {
	if depth > maxReferenceDepth {
		return "", false
	}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		v, err := convert.Convert(e.Val, cty.String)
		if err != nil || v.IsNull() || !v.IsKnown() {
			return "", false
		}
		return v.AsString(), true
	case *hclsyntax.ScopeTraversalExpr:
		value, ok := r.variables[e.Traversal.RootName()]
		return value, ok && len(e.Traversal) == 1
	case *hclsyntax.TemplateWrapExpr:
		return r.value(e.Wrapped, depth+1)
	case *hclsyntax.TemplateExpr:
		var out strings.Builder
		for _, part := range e.Parts {
			text, ok := r.value(part, depth+1)
			if !ok || out.Len()+len(text) > maxBakeText {
				return "", false
			}
			out.WriteString(text)
		}
		return out.String(), true
	}
	return "", false
}

func (r *bakeReader) jsonTarget(name string, v hujson.Value) {
	t := &bakeTarget{name: name, path: "target." + name}
	r.targets = append(r.targets, t)
	if _, ok := member(v, "matrix"); ok {
		known := r.variables
		r.variables = nil
		defer func() { r.variables = known }()
	}
	setting := func(name string) *bakeText {
		value, ok := member(v, name)
		if !ok {
			return nil
		}
		text := r.jsonText(value)
		if text.null {
			return nil
		}
		return &text
	}
	t.context, t.dockerfile, t.inline = setting("context"), setting("dockerfile"), setting("dockerfile-inline")
	entries := func(name string) (list []bakeText) {
		value, _ := member(v, name)
		r.doc.members(value, func(name string, v hujson.Value) {
			text := r.jsonText(v)
			text.name = name
			list = append(list, text)
		})
		return list
	}
	t.contexts, t.args = entries("contexts"), entries("args")
	t.inherits, t.tags = r.jsonList(v, "inherits"), r.jsonList(v, "tags")
	for _, in := range t.inherits {
		t.open = t.open || !in.known
	}
	_, t.tagged = member(v, "tags")
}

func (r *bakeReader) jsonList(of hujson.Value, name string) []bakeText {
	v, _ := member(of, name)
	array, _ := v.Value.(*hujson.Array)
	if array == nil {
		return nil
	}
	var list []bakeText
	for _, item := range array.Elements {
		list = append(list, r.jsonText(item))
	}
	return list
}

func (r *bakeReader) jsonText(v hujson.Value) bakeText {
	b := bakeText{around: Span{v.StartOffset, v.EndOffset}}
	text, around, ok := r.doc.jsonString(v)
	if !ok {
		if lit, isLiteral := v.Value.(hujson.Literal); isLiteral && lit.Kind() != 'n' {
			b.value, b.known, b.text = string(lit), true, unplaced(string(lit))
		}
		b.variable, b.null = !b.known, v.Value == nil || v.Value.Kind() == 'n'
		return b
	}
	b.text, b.around, b.value, b.known = text, around, text.text, true
	if b.variable = strings.Contains(text.text, "${") || strings.Contains(text.text, "%{"); b.variable {
		e, problems := hclsyntax.ParseTemplate([]byte(text.text), r.doc.Name, hcl.InitialPos)
		if b.value, b.known = "", false; !problems.HasErrors() {
			b.value, b.known = r.value(e, 0)
		}
	}
	return b
}
