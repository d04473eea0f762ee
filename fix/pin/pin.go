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

// images are the references of a document that a registry can be asked about: those that do not depend on a value which
// only the caller knows.
func images(doc *source.Document) []source.Image {
	return slices.DeleteFunc(doc.Images(), func(i source.Image) bool { return i.Ref == "" || split(i.Ref).name == "" })
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

// edit writes another reference in the place of an image. It is false where the bytes that may be replaced do not hold
// all that differs.
func edit(i source.Image, to reference) (fix.Edit, bool) {
	text, ok := strings.CutPrefix(to.String(), i.Before)
	return fix.Replace(i.Span, text), ok
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

// notLookedUp is the reason of a finding that no fact was gathered for.
const notLookedUp = "no registry was asked for it"
