// Package pin has the rules about image references: which version and which digest they name.
//
// In: a document of any kind with its image references, and what registries say about these. Out: findings whose fix
// writes a tag and a digest into the reference, in the user's own spelling of the name. For
//
//	FROM python:3.12-slim
//
// and the fact that the tag has the digest sha256:1c5e... now, unpinned-image puts 3.12-slim@sha256:1c5e... in place of
// the tag.
package pin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Rules are the rules of this package, in the order of the documentation.
var Rules = []*fix.Rule{UnpinnedImage, OutdatedImage, MovedImage}

// others are the kinds of documents with images besides Dockerfiles.
var others = []source.Kind{source.ComposeKind}

// changes are the ways in which a document can name another image.
var changes = []string{"source-ref", "directive.syntax", "image.config.OnBuild*", "services.*.image", "services.*.build.dockerfile_inline", "services.*.build.args.*", "arg.*"}

// wants are the facts that tell which references of a document a registry can be asked about.
func wants(doc *source.Document) []fix.Want {
	if doc.Kind == source.ComposeKind {
		return []fix.Want{fix.WantLocal, fix.WantDockerfiles}
	}
	return []fix.Want{fix.WantLocal}
}

// images are the references of a document that a registry can be asked about: those that do not depend on a value which
// only the caller knows, and that mean an image of a registry.
func images(doc *source.Document, facts *fix.Facts) []source.Image {
	list := append(doc.Images(), doc.ArgImages(func(s *source.Service, args map[string]string) []source.Feed {
		if dockerfile := facts.Dockerfiles[s.Name]; dockerfile != nil {
			return dockerfile.ArgFeeds(args)
		}
		return nil
	})...)
	return slices.DeleteFunc(list, func(i source.Image) bool {
		return i.Ref == "" || split(i.Ref).name == "" || source.IsContext(i.Ref, facts.Local)
	})
}

// fixOf is the fix that writes another reference in the place of an image. It is nil where the bytes that may be replaced do not
// hold all that differs.
func fixOf(i source.Image, to reference, title string, safety fix.Safety) *fix.Fix {
	text, ok := strings.CutPrefix(to.String(), i.Before)
	if !ok {
		return nil
	}
	return &fix.Fix{Title: title, Safety: safety, Edits: []fix.Edit{fix.Replace(i.Span, text)}, Expect: i.Expect(to.String())}
}

// reference is an image reference taken apart.
type reference struct {
	name   string // registry and repository as written
	tag    string // "" where there is none
	digest string // "sha256:..."; "" where there is none
}

// split takes a reference apart. The tag begins at the last colon behind the last slash: a registry can have a port.
func split(ref string) reference {
	var r reference
	r.name, r.digest, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(r.name, ':'); i > strings.LastIndexByte(r.name, '/') {
		r.name, r.tag = r.name[:i], r.name[i+1:]
	}
	return r
}

// String puts the reference together again.
func (r reference) String() string {
	s := r.name
	if r.tag != "" {
		s += ":" + r.tag
	}
	if r.digest != "" {
		s += "@" + r.digest
	}
	return s
}

// short is a tag with a digest cut to the dozen digits that people compare.
func short(tag, digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	switch {
	case digest == "":
		return tag
	case tag == "":
		return "sha256:" + hex[:min(12, len(hex))]
	}
	return fmt.Sprintf("%s@sha256:%s", tag, hex[:min(12, len(hex))])
}

// apart is the reason of a finding whose name and tag are written in two places, so that only a person can change both.
const apart = "the name of the image and its tag do not stand in one place"

// notLookedUp is the reason of a finding that no fact was gathered for.
const notLookedUp = "no registry was asked for it"
