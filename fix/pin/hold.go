package pin

import (
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/resolve/tag"
	"github.com/dockfix/dockfix/source"
)

// holdList are the pieces of a document whose images are held.
type holdList []hold

// hold is a piece of a document and the constraint on the versions of the images in it.
type hold struct {
	source.Span
	constraint string
}

// holdComment keeps an image below a version, or at the one it has: # dockfix hold <1.32, # dockfix hold
var holdComment = lazyregexp.New(`^dockfix\s+hold\b\s*([^;]*?)\s*(?:;.*)?$`)

// holdAll is a constraint that no version meets.
const holdAll = "<0"

// Holds reads the comments of a document that hold images:
//
//	# dockfix hold <1.32             the instruction that follows, or the YAML entry below or on the line, stays below 1.32
//	# dockfix hold; see issue 12     stays as it is
//
// A constraint that cannot be read holds everything.
func Holds(doc *source.Document) holdList {
	var list holdList
	for _, c := range doc.Comments {
		m := holdComment.FindStringSubmatch(c.Text)
		if m == nil {
			continue
		}
		if _, err := tag.ParseConstraint(m[1]); m[1] == "" || err != nil {
			m[1] = holdAll
		}
		if at, ok := fix.Scope(doc, c); ok {
			list = append(list, hold{at, m[1]})
		}
	}
	return list
}

// Misread are the comments that hold images below something that is no version, with what is wrong.
func Misread(doc *source.Document) (comments []source.Comment, wrong []error) {
	for _, c := range doc.Comments {
		m := holdComment.FindStringSubmatch(c.Text)
		if m == nil || m[1] == "" {
			continue
		}
		if _, err := tag.ParseConstraint(m[1]); err != nil {
			comments, wrong = append(comments, c), append(wrong, err)
		}
	}
	return comments, wrong
}

// on is the constraint on an image, "" for none; of several the innermost.
func (l holdList) on(p Place) string {
	constraint, size := "", 0
	for _, h := range l {
		if (h.Contains(p.At) || p.File == "" && h.Contains(p.Span)) && (constraint == "" || h.Len() < size) {
			constraint, size = h.constraint, h.Len()
		}
	}
	return constraint
}
