package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/images"
)

const (
	wantConfig = "config:"
	wantRoot   = "root:"
)

// WantConfig asks for the configuration of the image that a reference names.
func WantConfig(ref string) Want { return Want(wantConfig + ref) }

// WantRoot asks also for what is in the file system of that image, which takes its layers.
func WantRoot(ref string) Want { return Want(wantRoot + ref) }

// Base is the reference of the image that the Want asks about, if it does, and whether its file system is asked for.
func (w Want) Base() (ref string, root, ok bool) {
	if ref, ok = strings.CutPrefix(string(w), wantRoot); ok {
		return ref, true, true
	}
	ref, ok = strings.CutPrefix(string(w), wantConfig)
	return ref, false, ok
}

// Base is what a registry says of an image that a stage is built on.
type Base struct {
	Failed string // why nothing is known, or nothing of its file system where that was asked for; a clause, "" where nothing failed
	Known  bool   // Config is what the registry says
	Digest string // sha256:... of what was looked at: of the index, where there is one
	Config images.Config
	Root   *images.Root // nil where it was not asked for, or not found out
}

// Base is what is known of the image that a reference names, nil where nobody asked. A reference that a round before pinned is the one
// that stood there.
func (f *Facts) Base(ref string) *Base {
	if f == nil {
		return nil
	}
	if b := f.Bases[ref]; b != nil {
		return b
	}
	name, tag, digest := splitReference(ref)
	for _, asked := range slices.Sorted(maps.Keys(f.Bases)) {
		b := f.Bases[asked]
		was, _, _ := splitReference(asked)
		if was != name {
			continue
		}
		image := f.Images[WantImage(asked)]
		if digest != "" && b.Digest == digest || digest == "" && image != nil && image.Version == tag {
			return b
		}
	}
	return nil
}

// splitReference takes a reference apart. The tag begins at the last colon behind the last slash: a registry can have a port.
func splitReference(ref string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}
