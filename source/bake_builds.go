package source

import (
	"maps"
	"slices"
)

// BakeBuild is what one target of a bake file builds, with all that it inherits. Values are filled in from the defaults of the
// file's variables; one that the file alone does not tell is "", or left out of a list.
type BakeBuild struct {
	Target     string
	Context    string // as written: a directory, a URL, target:NAME, ...; "." where none is set
	Dockerfile string // below Context; "Dockerfile" where none is set
	// Contexts are the additional contexts by name. A name that a FROM or --from of the Dockerfile uses is no image then, whatever
	// its value is: ./dir, docker-image://alpine:3.20, target:base or "".
	Contexts map[string]string
	Args     map[string]string // those that are literal
	Tags     []string          // the images that are built
	Inline   bool              // the Dockerfile stands in the bake file: Dockerfile counts for nothing

	args []bakeText // those of Args, with the paths of their targets
	path map[string]string
	part bool // other targets inherit it and no group names it: it may be nothing but a part of these
}

// BakeBuilds are the builds of a bake file, one for each target, in the order in which these first stand in it.
func (d *Document) BakeBuilds() []BakeBuild {
	if d.bake == nil {
		return nil
	}
	r := &bakeResolver{own: map[string][]*bakeTarget{}, done: map[string]*bakeResolved{}, room: mostInherited}
	var names []string
	inherited := map[string]bool{}
	for _, t := range d.bake.targets {
		if r.own[t.name] == nil {
			names = append(names, t.name)
		}
		r.own[t.name] = append(r.own[t.name], t)
		for _, in := range t.inherits {
			inherited[in.value] = true
		}
	}
	var builds []BakeBuild
	for _, name := range names {
		b := r.resolve(name).build()
		b.part = inherited[name] && !d.bake.grouped[name]
		builds = append(builds, b)
	}
	return builds
}

// bakeResolver puts targets together from what they inherit, as Target.Merge of bake does: the later of two wins, and the target itself wins
// over all.
type bakeResolver struct {
	own  map[string][]*bakeTarget
	done map[string]*bakeResolved // nil while a target is being resolved
	room int                      // how many entries may still be inherited
}

// mostInherited is how many args and contexts the targets of a file inherit at most: what a chain of thousands would hand on and
// on is left out.
const mostInherited = 100_000

// bakeResolved is a target with all that it inherits.
type bakeResolved struct {
	bakeTarget
	paths map[string]string // of args, by name
}

func (r *bakeResolver) resolve(name string) *bakeResolved {
	if known, begun := r.done[name]; begun {
		return known
	}
	r.done[name] = nil
	out := &bakeResolved{paths: map[string]string{}}
	out.name = name
	for _, t := range r.own[name] {
		for _, in := range t.inherits {
			from := r.resolve(in.value)
			if from == nil || !in.known {
				continue
			}
			if r.room -= len(from.args) + len(from.contexts); r.room < 0 {
				out.open = true
				continue
			}
			out.merge(&from.bakeTarget, func(arg string) string { return from.paths[arg] })
		}
	}
	for _, t := range r.own[name] {
		out.merge(t, func(arg string) string { return t.path + ".args." + arg })
	}
	r.done[name] = out
	return out
}

// merge takes over what another target sets.
func (r *bakeResolved) merge(t *bakeTarget, path func(arg string) string) {
	for _, s := range []struct{ to, from **bakeText }{{&r.context, &t.context}, {&r.dockerfile, &t.dockerfile}, {&r.inline, &t.inline}} {
		if *s.from != nil {
			*s.to = *s.from
		}
	}
	r.contexts, r.args = mergeEntries(r.contexts, t.contexts), mergeEntries(r.args, t.args)
	for _, a := range t.args {
		if !a.null {
			r.paths[a.name] = path(a.name)
		}
	}
	if t.tagged {
		r.tags, r.tagged = t.tags, true
	}
	r.open = r.open || t.open
}

func mergeEntries(list, others []bakeText) []bakeText {
	list = slices.Clone(list)
	at := make(map[string]int, len(list)+len(others))
	for n, e := range list {
		at[e.name] = n
	}
	for _, o := range others {
		n, ok := at[o.name]
		switch {
		case o.null:
			continue
		case ok:
			list[n] = o
			continue
		}
		at[o.name] = len(list)
		list = append(list, o)
	}
	return list
}

// build is the target with the defaults of bake.
func (r *bakeResolved) build() BakeBuild {
	b := BakeBuild{
		Target: r.name, Context: r.setting(r.context, "."), Dockerfile: r.setting(r.dockerfile, "Dockerfile"), Inline: r.inline != nil,
		Contexts: map[string]string{}, Args: map[string]string{}, path: maps.Clone(r.paths),
	}
	if r.dockerfile != nil && r.dockerfile.known && b.Dockerfile == "" {
		b.Dockerfile = "Dockerfile"
	}
	for _, c := range r.contexts {
		if !c.known || c.value != "" { // as Target.normalize of bake has it
			b.Contexts[c.name] = c.value
		}
	}
	for _, a := range r.args {
		if a.known && !a.variable {
			b.Args[a.name] = a.value
			b.args = append(b.args, a)
		}
	}
	for _, t := range r.tags {
		if t.known {
			b.Tags = append(b.Tags, t.value)
		}
	}
	return b
}

// setting is a value, or the default where none is set.
func (r *bakeResolved) setting(t *bakeText, none string) string {
	switch {
	case t != nil:
		return t.value
	case r.open:
		return ""
	}
	return none
}

// BakeArgImages lists the build arguments of targets that hold the tag of an image, or all of its reference. feedsOf gives for a
// build what Document.ArgFeeds says of its Dockerfile with the Args of the build.
func (d *Document) BakeArgImages(feedsOf func(build BakeBuild) []Feed) []Image {
	var images []Image
	uses, fed := map[Span]int{}, map[Span]int{} // by builds that are no parts
	for _, b := range d.BakeBuilds() {
		if len(b.args) == 0 {
			continue
		}
		feeds := feedsOf(b)
		for _, a := range b.args {
			if !b.part {
				uses[a.around]++
			}
			n := slices.IndexFunc(feeds, func(f Feed) bool { return f.Name == a.name })
			if n >= 0 && !b.part {
				fed[a.around]++
			}
			for _, f := range feeds {
				if f.Name == a.name {
					images = append(images, bakeArgImage(b, a, f))
				}
			}
		}
	}
	images = together(images)
	for n := range images {
		if i := &images[n]; i.Held == "" && fed[i.Span] < uses[i.Span] {
			i.Held = "the text is also an argument of a target whose Dockerfile uses it in another way: write each by itself"
		}
	}
	return images
}

func bakeArgImage(b BakeBuild, a bakeText, f Feed) Image {
	i := Image{Span: a.around, At: a.around, Ref: f.Ref, Before: f.Before, Held: f.Held, Where: WhereBuildArg}
	i.Services, i.Paths = []string{b.Target}, []string{b.path[a.name]}
	i.cut, i.exact = true, true
	at, ok := a.text.span(0, len(a.text.text))
	switch {
	case i.Held != "":
	case !ok:
		i.Held = "the value is no text, or escaped: write it as one text in quotes"
	default:
		i.Span, i.At = at, at
	}
	return i
}
