package source

import (
	"bytes"
	"slices"
	"strings"
)

// composeImages lists the images that services pull. Each text is listed once, where it stands, however many services
// get it through aliases and merge keys. Left out are the images of services with a build section, which are built and
// not pulled, and texts that are not the reference byte for byte: with escapes, or over several lines.
//
// Ref is the reference as Compose reads it when no variable is set, empty where that has no meaning; Variables tells
// that it is not all the text there is.
func (d *Document) composeImages() []Image {
	var images []Image
	seen := map[*Node]bool{}
	for _, s := range d.Compose.Services {
		f, ok := s.Image()
		if _, built := s.Field("build"); !ok || built || seen[f.Node] {
			continue
		}
		seen[f.Node] = true
		if image, ok := d.image(f.Node); ok {
			images = append(images, image)
		}
	}
	slices.SortFunc(images, func(a, b Image) int { return a.Start - b.Start })
	return images
}

func (d *Document) image(n *Node) (Image, bool) {
	s, ok := n.Scalar()
	if !ok || n.Declined != "" || n.IsNull() {
		return Image{}, false
	}
	if !s.Exact {
		if s.Span, ok = d.onlyLine(s); !ok {
			return Image{}, false
		}
	}
	image := Image{Span: s.Span, Where: WhereService, Variables: VariableNames(d.Text(s.Span))}
	if ref, ok := WithoutVariables(d.Text(s.Span)); ok {
		image.Ref = ref
	}
	return image, image.Ref != "" || len(image.Variables) > 0
}

// onlyLine is the text of a literal or folded scalar of one line that does not count its line end (|- or >-). With the
// line end it would be no reference.
func (d *Document) onlyLine(s Scalar) (Span, bool) {
	if s.Style != LiteralStyle && s.Style != FoldedStyle || s.Value == "" || strings.ContainsAny(s.Value, "\n\u2028\u2029") {
		return Span{}, false
	}
	at := bytes.LastIndex(d.Bytes[s.Start:s.End], []byte(s.Value))
	if at < 0 {
		return Span{}, false
	}
	return Span{s.Start + at, s.Start + at + len(s.Value)}, true
}
