package resolve

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// reference is an image reference, normalized for looking it up.
type reference struct {
	repo   name.Repository
	tag    string // "" where there is only a digest
	pinned string // the digest, or ""
}

var digestForm = lazyregexp.New(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

// tagForm is what the distribution specification calls a tag.
var tagForm = lazyregexp.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

func isTag(t string) bool { return tagForm.MatchString(t) }

// parse takes a reference apart. Unlike name.ParseReference it keeps a tag beside a digest.
func parse(ref string) (reference, error) {
	base, digest, pinned := strings.Cut(ref, "@")
	if pinned && !digestForm.MatchString(digest) {
		return reference{}, fmt.Errorf("%q is no image reference: %q is no digest", ref, digest)
	}
	t, err := name.NewTag(base, name.WeakValidation, name.WithDefaultTag("latest"))
	if err != nil {
		return reference{}, fmt.Errorf("%q is no image reference: %w", ref, err)
	}
	// python and library/python are one repository
	repo, err := name.NewRepository(t.Repository.Name(), name.WeakValidation)
	if err != nil {
		return reference{}, fmt.Errorf("%q is no image reference: %w", ref, err)
	}
	r := reference{repo: repo, tag: t.TagStr(), pinned: digest}
	if _, written := cutTag(base); pinned && written == "" {
		r.tag = ""
	}
	return r, nil
}

// Pinned puts a tag and a digest into a reference, whose name stays as the user spelled it:
//
//	Pinned("localhost:5000/x", "1.2", "sha256:ab") == "localhost:5000/x:1.2@sha256:ab"
//
// Without a version the tag stays, and with it the lack of one; without a digest there is none behind it.
func Pinned(ref, version, digest string) string {
	base, _, _ := strings.Cut(ref, "@")
	name, tag := cutTag(base)
	if version != "" {
		tag = version
	}
	if tag != "" {
		name += ":" + tag
	}
	if digest != "" {
		name += "@" + digest
	}
	return name
}

// cutTag cuts a tag off. It begins at the last colon behind the last slash: a registry can have a port.
func cutTag(base string) (name, tag string) {
	if i := strings.LastIndexByte(base, ':'); i > strings.LastIndexByte(base, '/') {
		return base[:i], base[i+1:]
	}
	return base, ""
}
