package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// jsonAround are the edits that make a command the last string of a JSON array, its lines and comments as they are; nil where it
// has characters that JSON would need written otherwise. before ends with the quote that opens the string.
func jsonAround(doc *source.Document, in *source.Instruction, before string) []fix.Edit {
	if strings.ContainsFunc(in.Rest.Text, func(r rune) bool { return r == '\\' || r < ' ' }) {
		return nil
	}
	edits := around(doc, in.Rest.Span, before, `"]`)
	for at := in.Rest.Start; at < in.Rest.End; at++ {
		switch {
		case doc.Bytes[at] != '"' || inComment(doc, at):
		case at == in.Rest.End-1:
			edits[1].New = `\` + edits[1].New
		default:
			edits = append(edits, fix.Replace(source.Span{Start: at, End: at}, `\`))
		}
	}
	return edits
}

func inComment(doc *source.Document, at int) bool {
	return slices.ContainsFunc(doc.Comments, func(c source.Comment) bool { return c.Start <= at && at < c.End })
}
