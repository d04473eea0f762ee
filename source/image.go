package source

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// Image is one place of a document that says which image is used.
//
// A text that several stages or services use is one Image: the default of an ARG, the value at an anchor.
type Image struct {
	Span        // the bytes to replace, quotes excluded: the reference or, after Before, its tag. Where Held, only a place to show
	Ref  string // the reference as the builder reads it with the defaults of the file; "" where it depends on a value only the caller knows
	// Text is what is written in place of a reference where Ref is "": "${REGISTRY}python:latest". It is "" where Ref is not.
	Text string
	// Before is what of Ref stands before the bytes at Span: "python:" where these are the tag alone, as in the default
	// of a variable. Ref is Before and then the text at Span, unless Held.
	Before string
	Where  Where
	// Variables are the names of the variables that the reference reads. Whoever sets one of them uses another image.
	Variables []string
	// Held says why the bytes at Span must not be replaced, as a clause that says what to do instead; "" where they may.
	Held string
	// At is where a finding belongs: the FROM that uses the default of an ARG, else Span.
	At Span
	// Stages are the indexes of the stages of a Dockerfile that use it, empty for a syntax directive.
	Stages []int
	// Services are the names of the services of a Compose file that use it, in file order.
	Services []string
	// Paths are the paths of prove.Change that another reference changes. Those of a Dockerfile belong to its Stages.
	Paths []string

	nodes  []*Node // of a Compose file: the texts that say it
	prefix string  // what stands before Ref in the value at Paths: "docker://"
	suffix string  // what stands behind it
	cut    bool    // the value at Paths has what follows Before, not all of Ref
	exact  bool    // the value at Paths is prefix, Ref and suffix
}

// Where says what kind of place an image reference stands in.
type Where string

// The places an image reference can stand in.
const (
	WhereFrom      Where = "FROM"
	WhereCopyFrom  Where = "COPY --from"
	WhereMountFrom Where = "RUN --mount from"
	WhereSyntax    Where = "# syntax"
	WhereArg       Where = "ARG default"
	WhereService   Where = "image"          // of a service, a job or a container
	WhereContext   Where = "docker-image"   // a build context that is an image
	WhereUses      Where = "docker"         // a step of GitHub Actions: docker://alpine:3.20
	WhereBuildArg  Where = "build argument" // of a Compose file, for an ARG in a FROM
	WhereVariable  Where = "variable"       // of a .env file
)

// Paths of prove.Change. Each image of a stage has a source-ref of its own; onBuild is the list of all triggers of a stage.
const (
	sourceRef = "source-ref"
	onBuild   = "image.config.OnBuild"
)

// Feed is a value from outside of a document that holds the tag of one of its images, or all of the reference: a build
// argument for a Dockerfile, a variable for a Compose file.
type Feed struct {
	Name   string // of the argument or variable
	Ref    string // what the builder reads with that value
	Before string // as in Image: what of Ref does not come from the value
	Held   string // as in Image: why the value must not get another tag
	At     Span   // the reference in the document that reads it
	Stages []int
	// Services and Paths are as in Image.
	Services, Paths []string

	nodes []*Node
}

// Expect is what another reference changes, by path, with the values that prove.Change has in After (JSON strings decoded).
// It is nil where the values cannot be told from the document alone; the paths are known even then.
func (i Image) Expect(ref string) map[string]string {
	if !i.exact {
		return nil
	}
	text := ref
	if i.cut {
		text = strings.TrimPrefix(ref, i.Before)
	}
	values := make(map[string]string, len(i.Paths))
	for _, path := range i.Paths {
		values[path] = i.prefix + text + i.suffix
		if path == sourceRef {
			values[path] = imageContext + fullName(ref)
		}
	}
	return values
}

// IsContext reports whether a reference names one of the build contexts that a build is given by name, which BuildKit
// then takes in place of the image. (NamedContext of its package dockerui; the names are read as buildx does.)
func IsContext(ref string, contexts []string) bool {
	if len(contexts) == 0 {
		return false
	}
	name := contextName(ref)
	last, _, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	last, _, _ = strings.Cut(last, "@") // of a run's many contexts most do not have this in their names
	return name != "" && slices.ContainsFunc(contexts, func(c string) bool { return strings.Contains(c, last) && contextName(c) == name })
}

// contextName is the name under which a build context takes the place of an image, "" for what is no reference.
func contextName(ref string) string {
	first, _, nested := strings.Cut(ref, "/")
	elsewhere := nested && (strings.Contains(first, ".") || first == "localhost" || first == "library") // or another way to write Docker Hub
	if plainReference(ref) && !elsewhere && !strings.Contains(ref, "@") {
		return strings.TrimSuffix(ref, ":latest") // as below, without the regular expressions of the grammar
	}
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(reference.FamiliarString(reference.TagNameOnly(named)), ":latest")
}

// newImage is the image that a reference names, at the place where it can be replaced; around is shown where it cannot.
func newImage(t traced, around Span, where Where) Image {
	i := Image{Span: around, At: around, Ref: t.text, Where: where, Variables: t.variables()}
	if !isReference(t.text) {
		i.Ref, i.Text, i.Held = "", t.text, "it is not an image reference"
		return i
	}
	s, before, ok := t.place()
	if !ok {
		i.Held = heldApart(t, where)
		return i
	}
	i.Span, i.Before = s, before
	if around.Contains(s) {
		i.At = s
	}
	return i
}

// The reasons of a reference whose bytes do not stand in one piece. The places of its bytes alone do not tell the two apart:
// see inPieces.
const (
	cutByLine      = "a line continuation cuts it: write it on one line"
	hiddenByQuotes = "it is quoted or escaped in a way that hides its bytes: write it plainly"
)

// inPieces corrects the reason of a reference whose word stands on one line: quotes or escapes inside it take it apart.
func (i *Image) inPieces(word Word) {
	if i.Held == cutByLine && !word.Split {
		i.Held = hiddenByQuotes
	}
}

// heldApart is why a reference that has no place of its own cannot be edited.
func heldApart(t traced, where Where) string {
	start, _ := tagStart(t.text)
	reads := func(f filled) bool { return f.to >= start }
	switch {
	case !slices.ContainsFunc(t.put, reads) && !slices.Contains(t.at[start:], nowhere):
		return cutByLine
	case !slices.ContainsFunc(t.put, reads):
		return hiddenByQuotes
	case where == WhereFrom:
		return fmt.Sprintf("its tag is put together from several texts: write ARG BASE=%s above the first FROM and FROM ${BASE}", t.text)
	}
	return fmt.Sprintf("its tag is put together from several texts: write ${IMAGE:-%s}", t.text)
}

// written says what stands in place of a reference that is not known.
func (i *Image) written(text string) {
	if i.Ref == "" {
		i.Text = text
	}
}

// sharedValues makes Expect unknown for images that have the value at a path in common, such as those of one inline Dockerfile:
// of two that are edited at once each would demand the whole value with its own change alone.
func sharedValues(images []Image) []Image {
	in := map[string]int{}
	for n := range images { // an Image is large
		for _, path := range images[n].Paths {
			if path != sourceRef {
				in[images[n].valueAt(path)]++
			}
		}
	}
	for n := range images {
		i := &images[n]
		i.exact = i.exact && !slices.ContainsFunc(i.Paths, func(path string) bool { return path != sourceRef && in[i.valueAt(path)] > 1 })
	}
	return images
}

// valueAt tells the value at a path from those of other stages.
func (i *Image) valueAt(path string) string {
	if len(i.Stages) > 0 && path == onBuild {
		return fmt.Sprintf("%s of stage %d", path, i.Stages[0])
	}
	return path
}

// together makes one Image of those with the same bytes to replace. Where they do not agree on what these bytes are, it is
// held, and where one of them must stay, all must.
func together(images []Image) []Image {
	apart := true
	for n := 1; n < len(images); n++ {
		apart = apart && images[n-1].Start < images[n].Start
	}
	if apart { // as in most files: an Image is large, and sorting moves it
		return images
	}
	slices.SortStableFunc(images, func(a, b Image) int { return a.Start - b.Start })
	list := make([]Image, 0, len(images))
	known := make(map[Span]int, len(images))
	held := map[Span]string{}
	for _, i := range images {
		n, seen := known[i.Span]
		if !seen || i.Held != "" {
			if i.Held == "" {
				known[i.Span] = len(list)
			} else if i.Ref != "" {
				held[i.Span] = i.Held
			}
			list = append(list, i)
			continue
		}
		list[n].join(i)
	}
	for n, i := range list {
		if why := held[i.Span]; i.Held == "" && why != "" {
			list[n].Held = why
		}
	}
	return list
}

// join adds the uses of another Image with the same bytes to replace.
func (i *Image) join(o Image) {
	if i.Ref != o.Ref || i.Before != o.Before {
		i.Held = fmt.Sprintf("its text is part of %s and of %s: give each a text of its own", i.Ref, o.Ref)
	}
	i.Stages, i.Services = append(i.Stages, o.Stages...), append(i.Services, o.Services...)
	i.Paths, i.nodes = append(i.Paths, o.Paths...), append(i.nodes, o.nodes...)
	slices.Sort(i.Paths)
	i.Paths = slices.Compact(i.Paths)
	for _, name := range o.Variables {
		if !slices.Contains(i.Variables, name) {
			i.Variables = append(i.Variables, name)
		}
	}
	i.exact = i.exact && o.exact
}

// jsonText is a value as prove.Change shows it.
func jsonText(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
