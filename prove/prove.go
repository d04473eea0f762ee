// Package prove says what an edit changes in the thing a file builds or describes.
//
// It asks the real engines: BuildKit's Dockerfile front end turns a Dockerfile into a build graph and, for every stage,
// an image config; compose-go turns a Compose file into a model. Other files that name images are decoded, and nothing is
// asked what they mean. Two texts are loaded in the same way, and Diff lists
// every difference between their meanings. Nothing is built, no file is read and no socket is opened: images that are
// not described in the Input get a stand-in, which is the same for the same reference.
//
// In: the text before and after. Out: a list of Changes. For
//
//	FROM alpine:3.20                   FROM alpine:3.20
//	CMD ["httpd"]                      USER 10001
//	                                   CMD ["httpd"]
//
// the list has one entry, {Stage: 0, Path: "image.config.User", Before: "", After: `"10001"`}.
//
// What is proven is what the engines are told to do, not what the commands they run will do.
package prove

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/dockfix/dockfix/source"
)

// Input is one file with what its front end needs besides the text.
type Input struct {
	Kind source.Kind
	Name string // for messages only
	Text []byte

	// Env holds the values a Compose file is interpolated with: the project's .env. The environment of the process is
	// never used.
	Env map[string]string

	// BuildArgs are the values of --build-arg for a Dockerfile.
	BuildArgs map[string]string
	// Target is the value of the TARGETSTAGE argument, "default" when empty. Every stage is compared whatever it says.
	Target string
	// Images is what is known of the images of a Dockerfile, by reference as a FROM or COPY --from writes it.
	Images map[string]Image
}

// Image is what a registry says about an image reference.
type Image struct {
	Digest string // "sha256:..."; "" where unknown
	Config []byte // the image config, JSON; nil where unknown
}

// Model is what one text means to its engine's front end. It never changes after Load.
type Model struct {
	kind       source.Kind
	dockerfile *dockerfileModel // set when kind is source.DockerfileKind
	compose    *composeModel    // set when kind is source.ComposeKind
	tree       *treeModel       // set for every other kind
}

// Warning is one finding of BuildKit's own checks, those of "docker build --check".
type Warning struct {
	Rule    string // BuildKit's name of the check, e.g. "FromAsCasing"
	Message string
	Line    int // 1-based; 0 where BuildKit names none
}

// Load asks the front end what the input means.
//
// It is as strict as the text allows: where the front end does not accept it, Load gives up one kind of strictness after
// another, and Relaxed says which. A text that is not accepted in any way gives a *source.Error with the reason of the
// strictest attempt.
//
// A stage that BuildKit cannot convert makes the whole file unacceptable, also where the last stage does not need it, as
// it does for "docker build --check".
//
// When ctx ends, Load returns its error at once. The front ends cannot be interrupted: work under way goes on in the
// background until the part in hand, one stage or one Compose load, is done.
func Load(ctx context.Context, in Input) (*Model, error) {
	return guard(ctx, in, func() (*Model, error) {
		switch in.Kind {
		case source.DockerfileKind:
			d, err := loadDockerfile(ctx, in)
			return &Model{kind: in.Kind, dockerfile: d}, err
		case source.ComposeKind:
			c, err := loadCompose(ctx, in)
			return &Model{kind: in.Kind, compose: c}, err
		case 0:
			return nil, errors.New("of a kind that is not known")
		}
		t, err := loadTree(in)
		return &Model{kind: in.Kind, tree: t}, err
	})
}

// notUTF8 is the first line with bytes that are not UTF-8, 0 where all are.
func notUTF8(text []byte) int {
	line := 1
	for l := range bytes.Lines(text) {
		if !utf8.Valid(l) {
			return line
		}
		line++
	}
	return 0
}

// Reload loads another text in the mode in which m was loaded: with the same relaxations, the same platform and the same
// placeholders, so that Diff compares like with like. Of in, the Text, Name and Env are used, and Images are added to those
// of m; the other fields are those of m. Errors and ctx are as for Load.
func (m *Model) Reload(ctx context.Context, in Input) (*Model, error) {
	return guard(ctx, in, func() (*Model, error) {
		switch m.kind {
		case source.DockerfileKind:
			d, err := reloadDockerfile(ctx, in, m.dockerfile.mode)
			return &Model{kind: m.kind, dockerfile: d}, err
		case source.ComposeKind:
			c, err := reloadCompose(in, m.compose)
			return &Model{kind: m.kind, compose: c}, err
		}
		in.Kind = m.kind
		t, err := loadTree(in)
		return &Model{kind: m.kind, tree: t}, err
	})
}

// Diff lists what changed, in a stable order: the file as a whole first, then stage by stage. It is empty when the two
// mean the same. Both models should come from the same Load, one of them through Reload.
func Diff(before, after *Model) []Change {
	switch {
	case before.kind != after.kind:
		return []Change{{Stage: wholeFile, Path: "kind", Before: before.kind.String(), After: after.kind.String()}}
	case before.kind == source.DockerfileKind:
		return diffDockerfile(before.dockerfile, after.dockerfile)
	case before.kind == source.ComposeKind:
		return diffCompose(before.compose, after.compose)
	}
	return diffTree(wholeFile, "", before.tree.root, after.tree.root)
}

// Relaxed says which strictness was given up so that the text loads: "" when none, else e.g. "schema validation off".
// It names build arguments but holds none of their values.
func (m *Model) Relaxed() string {
	switch m.kind {
	case source.DockerfileKind:
		return m.dockerfile.mode.relaxed()
	case source.ComposeKind:
		return m.compose.rung.name
	}
	return ""
}

// Uninterpolated reports whether a Compose file could only be loaded with its variables as they are written.
func (m *Model) Uninterpolated() bool {
	return m.kind == source.ComposeKind && m.compose.rung.noInterpolation
}

// Lint lists what BuildKit's own checks say about a Dockerfile, by line. It is nil for any other file.
func (m *Model) Lint() []Warning {
	if m.kind == source.DockerfileKind {
		return m.dockerfile.lint
	}
	return nil
}
