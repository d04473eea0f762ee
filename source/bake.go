package source

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/tailscale/hujson"
	"github.com/zclconf/go-cty/cty"
)

// parseBake reads the build contexts of a bake file that are images, in HCL or in JSON.
func (d *Document) parseBake() error {
	d.bake = &bakeFile{}
	text := bytes.TrimSpace(bytes.TrimPrefix(d.Bytes, bom))
	var err error
	if bytes.HasPrefix(text, []byte("{")) || strings.HasSuffix(strings.ToLower(d.Name), ".json") {
		err = d.parseBakeJSON()
	} else {
		err = d.parseBakeHCL()
	}
	for _, t := range d.bake.targets {
		for _, e := range t.contexts {
			d.bakeContext(t, e)
		}
	}
	d.images = together(d.images)
	return err
}

// bakeContext adds the image that a build context of a target is.
func (d *Document) bakeContext(t *bakeTarget, e bakeText) {
	ref, ok := strings.CutPrefix(e.text.text, imageContext)
	if !ok || strings.EqualFold(ref, "scratch") {
		return
	}
	whole := len(e.text.text)
	i := newImage(e.text.slice(whole-len(ref), whole), e.around, WhereContext)
	if e.variable {
		i = Image{Span: e.around, At: e.around, Where: WhereContext, Held: "it depends on a variable, which only the caller knows"}
	}
	i.written(strings.TrimPrefix(strings.Trim(d.Text(e.around), `"`), imageContext))
	i.Services = []string{t.name}
	i.Paths, i.prefix, i.exact = []string{t.path + ".contexts." + e.name}, imageContext, true
	d.images = append(d.images, i)
}

// parseBakeJSON reads the JSON form, in which a text is a template as in HCL.
func (d *Document) parseBakeJSON() error {
	v, err := d.parseJSON()
	if err != nil {
		return err
	}
	r := &bakeReader{doc: d, variables: map[string]string{}}
	declared, _ := member(v, "variable")
	d.members(declared, func(name string, v hujson.Value) {
		if value, ok := member(v, "default"); ok {
			r.declare(name, r.jsonText(value))
		}
	})
	groups, _ := member(v, "group")
	d.members(groups, func(_ string, v hujson.Value) { r.group(r.jsonList(v, "targets")) })
	targets, _ := member(v, "target")
	d.members(targets, func(name string, v hujson.Value) { r.jsonTarget(name, v) })
	d.bake = &r.bakeFile
	return nil
}

func (d *Document) members(v hujson.Value, visit func(name string, v hujson.Value)) {
	object, _ := v.Value.(*hujson.Object)
	if object == nil {
		return
	}
	for _, m := range object.Members {
		if lit, ok := m.Name.Value.(hujson.Literal); ok {
			visit(lit.String(), m.Value)
		}
	}
}

func (d *Document) parseBakeHCL() error {
	skip := len(d.Bytes) - len(bytes.TrimPrefix(d.Bytes, bom))
	start := hcl.Pos{Line: 1, Column: 1, Byte: skip}
	tokens, _ := hclsyntax.LexConfig(d.Bytes[skip:], d.Name, start)
	file, problems := hclsyntax.ParseConfig(d.Bytes[skip:], d.Name, start)
	for _, p := range problems {
		if p.Severity == hcl.DiagError {
			e := &Error{Name: d.Name, Message: "is not HCL: " + lowerFirst(p.Summary)}
			if p.Subject != nil {
				e.Line, e.Column = p.Subject.Start.Line, p.Subject.Start.Column
			}
			return e
		}
	}
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			d.addOtherComment(Span{t.Range.Start.Byte, t.Range.End.Byte})
		}
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	d.bake = readBakeHCL(d, body)
	return nil
}

// hclText is the text of a quoted expression with its place, and whether it has parts that are no text. The text is then that
// before the first of them.
func (d *Document) hclText(e hclsyntax.Expression) (t traced, around Span, variable bool) {
	around = Span{e.Range().Start.Byte, e.Range().End.Byte}
	template, ok := e.(*hclsyntax.TemplateExpr)
	if !ok {
		return traced{}, around, true
	}
	var out tracing
	for _, part := range template.Parts {
		literal, ok := part.(*hclsyntax.LiteralValueExpr)
		if !ok || literal.Val.IsNull() || !literal.Val.Type().Equals(cty.String) {
			return out.traced(), around, true
		}
		out.add(d.hclLiteral(literal))
	}
	if around.Len() >= 2 && d.Bytes[around.Start] == '"' {
		around = Span{around.Start + 1, around.End - 1}
	}
	return out.traced(), around, false
}

// hclLiteral is a piece of text between the quotes.
func (d *Document) hclLiteral(e *hclsyntax.LiteralValueExpr) traced {
	s := Span{e.Range().Start.Byte, e.Range().End.Byte}
	if text := e.Val.AsString(); d.Text(s) != text {
		return unplaced(text)
	}
	return exactly(d.Text(s), s.Start)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return fmt.Sprintf("%s%s", strings.ToLower(s[:1]), s[1:])
}
