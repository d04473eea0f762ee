package pin

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// namespaced finds what may be the name of an image that is not an official one of Docker's, or a variable that may hold one.
var namespaced = lazyregexp.New(`[\w.}-]/[\w.$-]`)

// wantScripts asks for the scripts of the repository where an image may be one that they build, or where an ARG holds its tag.
func wantScripts(doc *source.Document) []fix.Want {
	for _, i := range doc.Images() {
		if i.Where == source.WhereArg || len(i.Variables) > 0 || strings.Contains(i.Ref, "/") && unpinned(i.Ref) {
			return []fix.Want{fix.WantScripts}
		}
	}
	if doc.Kind == source.ComposeKind && strings.Contains(string(doc.Bytes), "args") || doc.Kind == source.BakeKind {
		if namespaced.Match(doc.Bytes) {
			return []fix.Want{fix.WantScripts}
		}
	}
	return nil
}

// scriptDoubt says which script stands against giving an image a digest that has none: it builds the image, or reads its tag from the
// default of an ARG. "" for none.
func scriptDoubt(p *fix.Pass, i Place) string {
	if !unpinned(i.Ref) {
		return ""
	}
	name := split(i.Ref).name
	if at := p.Facts.Scripts.BuiltAt(i.Ref); at != "" {
		return fmt.Sprintf("%s may build or push %s: a pin would keep this repository from its own image", at, name)
	}
	if i.Where == source.WhereArg {
		for _, v := range i.Variables {
			if at := p.Facts.Scripts.ArgumentAt(v); at != "" {
				return fmt.Sprintf("%s reads the default of %s, which gets a digest", at, v)
			}
		}
	}
	return ""
}
