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
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Rules are the rules of this package, in the order of the documentation. Of two
// fixes for one reference the first is made: an update pins as well.
var Rules = []*fix.Rule{OutdatedImage, UnpinnedImage, MovedImage}

// others are the kinds of documents with images besides Dockerfiles.
var others = []source.Kind{
	source.ComposeKind, source.BakeKind, source.ActionsKind, source.GitLabKind, source.DevcontainerKind, source.KubernetesKind,
}

// changes are the ways in which a document can name another image.
var changes = []string{"source-ref", "directive.syntax", "image.config.OnBuild*", "services.*.image", "services.*.build.dockerfile_inline", "services.*.build.args.*", "arg.*"}

// envFile is the file from which Compose takes the values of variables.
const envFile = ".env"

// wants are the facts that tell which references of a document a registry can be asked about.
func wants(doc *source.Document) []fix.Want {
	list := append(wantScripts(doc), fix.WantLocal)
	switch doc.Kind {
	case source.ComposeKind:
		list = append(list, fix.WantDockerfiles, fix.WantFile(envFile))
	case source.BakeKind:
		list = append(list, fix.WantDockerfiles)
	}
	return list
}

// Place is where an image reference stands.
type Place struct {
	*source.Image
	File string // "" for the document itself, else the file beside it that holds the bytes at Span
}

// Places are the references of a document that a registry can be asked about: those that do not depend on a value which
// only the caller knows, and that mean an image of a registry.
func Places(doc *source.Document, facts *fix.Facts) []Place {
	list, fed := doc.Images(), []source.Feed(nil)
	env, ok := variables(doc, facts)
	if ok {
		list, fed = doc.VariableImages(env.Values())
	}
	feeds := func(built string, args map[string]string) []source.Feed {
		if dockerfile := facts.Dockerfiles[built]; dockerfile != nil {
			return dockerfile.ArgFeeds(args)
		}
		return nil
	}
	list = append(list, doc.ArgImages(func(s *source.Service, args map[string]string) []source.Feed { return feeds(s.Name, args) })...)
	if doc.Kind == source.BakeKind {
		list = append(list, doc.BakeArgImages(func(b source.BakeBuild) []source.Feed { return feeds(b.Target, b.Args) })...)
	}
	asked := func(ref string) bool {
		return ref != "" && split(ref).name != "" && !source.IsContext(ref, facts.Local)
	}
	places := make([]Place, 0, len(list)+len(fed))
	for i := range list {
		if asked(list[i].Ref) {
			places = append(places, Place{Image: &list[i]})
		}
	}
	for _, f := range fed {
		if asked(f.Ref) {
			places = append(places, fedPlace(f, env, facts))
		}
	}
	return places
}

// placesKey is what the rules share the places of a document by.
type placesKey struct{}

// placesOf are the Places of the document that a rule looks at.
func placesOf(p *fix.Pass) []Place {
	return p.Shared(placesKey{}, func() any { return Places(p.Doc, p.Facts) }).([]Place)
}

// variables are the values of the .env file beside a Compose file.
func variables(doc *source.Document, facts *fix.Facts) (*source.EnvFile, bool) {
	text, ok := facts.Files[envFile]
	if !ok || doc.Kind != source.ComposeKind {
		return nil, false
	}
	env, err := source.Parse(envFile, source.EnvKind, text)
	if err != nil {
		return nil, false
	}
	return env.Env, true
}

// fedPlace is the place of a tag in the .env file.
func fedPlace(f source.Feed, env *source.EnvFile, facts *fix.Facts) Place {
	entry, _ := env.Entry(f.Name)
	p := Place{File: envFile, Image: &source.Image{
		Span: entry.Span, Ref: f.Ref, Before: f.Before, Where: source.WhereVariable, Variables: []string{f.Name}, Held: f.Held, At: f.At,
		Services: f.Services, Paths: f.Paths,
	}}
	switch elsewhere := facts.VariablesElsewhere[f.Name]; {
	case p.Held != "":
	case elsewhere != "":
		p.Held = fmt.Sprintf("%s reads %s too", elsewhere, f.Name)
	case !entry.Exact:
		p.Held = fmt.Sprintf("the value of %s in %s is escaped, or made of other variables", f.Name, envFile)
	case !facts.EnvFiles:
		p.Held = fmt.Sprintf("its tag is the value of %s in %s: --env-files edits that", f.Name, envFile)
	}
	return p
}

// elsewhere reports whether a variable stands in the name of the image, so that a caller can have it from another registry.
func (p Place) elsewhere(doc *source.Document) bool {
	inDefault := p.Start > 0 && doc.Bytes[p.Start-1] == '-' // of ${TAG:-7}
	written := p.Where != source.WhereArg && p.Where != source.WhereBuildArg && p.Where != source.WhereVariable
	return written && p.File == "" && p.Before != "" && len(p.Variables) > 0 && !inDefault
}

// fixOf is the fix that writes another reference in a place. It is nil where the bytes that may be replaced do not hold all
// that differs.
func fixOf(p Place, to reference, title string, safety fix.Safety) *fix.Fix {
	text, ok := strings.CutPrefix(to.String(), p.Before)
	if !ok {
		return nil
	}
	e := fix.Replace(p.Span, text)
	e.File = p.File
	f := &fix.Fix{Title: title, Safety: safety, Edits: []fix.Edit{e}, Changes: p.Paths}
	if to.digest != "" { // without one the prover gives the image a digest of its own
		f.Expect = p.Expect(to.String())
	}
	return f
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
