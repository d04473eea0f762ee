package source

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// parseJSON reads JSON with comments and commas behind last entries, and records the comments.
func (d *Document) parseJSON() (hujson.Value, error) {
	skip := len(d.Bytes) - len(strings.TrimPrefix(string(d.Bytes), string(bom)))
	// The parser counts from the start of what it gets: white space in place of the mark keeps the offsets. It wants a line
	// end behind a comment.
	text := append([]byte(strings.Repeat(" ", skip)), d.Bytes[skip:]...)
	text = append(text, '\n')
	v, err := hujson.Parse(text)
	if err != nil {
		return v, d.jsonError(err)
	}
	d.jsonComments(&v)
	return v, nil
}

// jsonPlace is how the parser begins its messages.
var jsonPlace = lazyregexp.New(`line (\d+), column (\d+): ([a-z -]+)`)

// jsonError says where the parser gave up, and why without what it repeats of the text, which may be a secret.
func (d *Document) jsonError(err error) *Error {
	e := &Error{Name: d.Name, Message: "is not JSON"}
	if m := jsonPlace.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column, _ = strconv.Atoi(m[2])
		e.Message += ": " + strings.TrimSpace(m[3])
	}
	return e
}

// jsonComments records the comments in a value and around it.
func (d *Document) jsonComments(v *hujson.Value) {
	d.extraComments(v.BeforeExtra, v.StartOffset-len(v.BeforeExtra))
	beforeBrace := func(extra hujson.Extra) { d.extraComments(extra, v.EndOffset-1-len(extra)) }
	switch v := v.Value.(type) {
	case *hujson.Object:
		for i := range v.Members {
			d.jsonComments(&v.Members[i].Name)
			d.jsonComments(&v.Members[i].Value)
		}
		beforeBrace(v.AfterExtra)
	case *hujson.Array:
		for i := range v.Elements {
			d.jsonComments(&v.Elements[i])
		}
		beforeBrace(v.AfterExtra)
	}
	d.extraComments(v.AfterExtra, v.EndOffset)
}

// extraComments records the comments of one gap of white space and comments that starts at offset.
func (d *Document) extraComments(extra hujson.Extra, offset int) {
	text := string(extra)
	for i := 0; i < len(text); {
		end := i + 1
		switch {
		case strings.HasPrefix(text[i:], "//"):
			if end = strings.IndexByte(text[i:], '\n'); end < 0 {
				end = len(text) - i
			}
			end += i
		case strings.HasPrefix(text[i:], "/*"):
			end = i + strings.Index(text[i:], "*/") + len("*/")
		default:
			i++
			continue
		}
		d.addOtherComment(Span{offset + i, offset + end})
		i = end
	}
}

// addOtherComment records a comment that starts with //, # or /*.
func (d *Document) addOtherComment(s Span) {
	for s.End > s.Start && (d.Bytes[s.End-1] == '\r' || d.Bytes[s.End-1] == '\n') {
		s.End--
	}
	text := strings.TrimSuffix(strings.TrimLeft(strings.TrimPrefix(d.Text(s), "/*"), "/#"), "*/")
	line := d.Line(d.lineAt(s.Start))
	own := strings.TrimSpace(strings.TrimPrefix(d.Text(Span{line.Start, s.Start}), string(bom))) == ""
	d.Comments = append(d.Comments, Comment{Span: s, Text: strings.TrimSpace(text), Own: own})
}

// jsonString is the text of a JSON string with its place; false where v is none.
func (d *Document) jsonString(v hujson.Value) (t traced, around Span, ok bool) {
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '"' {
		return traced{}, Span{}, false
	}
	around = Span{v.StartOffset + 1, v.EndOffset - 1}
	if text := d.Text(around); text == lit.String() && utf8.ValidString(text) {
		return exactly(text, around.Start), around, true
	}
	return unplaced(lit.String()), around, true
}

// member is the value of the last entry of that name of an object, which is the one that counts.
func member(v hujson.Value, name string) (value hujson.Value, ok bool) {
	object, _ := v.Value.(*hujson.Object)
	if object == nil {
		return value, false
	}
	for _, m := range object.Members {
		if lit, isText := m.Name.Value.(hujson.Literal); isText && lit.String() == name {
			value, ok = m.Value, true
		}
	}
	return value, ok
}

// parseDevcontainer reads the image of a devcontainer.json. Features are no images.
func (d *Document) parseDevcontainer() error {
	v, err := d.parseJSON()
	if err != nil {
		return err
	}
	value, _ := member(v, "image")
	t, around, ok := d.jsonString(value)
	if !ok || t.text == "" {
		return nil
	}
	i := newImage(t, around, WhereService)
	if strings.Contains(t.text, "${") {
		i = Image{Span: around, At: around, Where: WhereService, Held: "it depends on a variable, which only the caller knows"}
	}
	i.written(t.text)
	i.Paths, i.exact = []string{"image"}, true
	d.images = []Image{i}
	return nil
}
