package resolve

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/tag"
)

// Catalog is a list of images with what their references meant when it was made. A Resolver that has one asks no
// registry: for networks without one, to approve images, and to show dockfix.
type Catalog struct {
	Images []CatalogImage `json:"images"`
}

// CatalogImage is what one reference means.
type CatalogImage struct {
	Ref        string            `json:"ref"`        // as somebody wrote it
	Repository string            `json:"repository"` // index.docker.io/library/python
	Tag        string            `json:"tag"`
	Version    string            `json:"version,omitempty"`
	Digest     string            `json:"digest"`
	Index      bool              `json:"index"`
	Newest     map[string]string `json:"newest,omitempty"` // by "patch", "minor", "major"
	Pushed     time.Time         `json:"pushed,omitzero"`
	PushedBy   string            `json:"pushedBy,omitempty"`
	Base       *CatalogBase      `json:"base,omitempty"` // what it brings with it, where that is known
	Where      []Place           `json:"where,omitempty"`
}

// CatalogBase is what an image brings with it.
type CatalogBase struct {
	Config ImageConfig `json:"config"`
	Root   *ImageRoot  `json:"root,omitempty"` // nil where its layers were not read
}

// Place is where a reference stands.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
}

// catalogVersion is the version of the file that is read and written.
const catalogVersion = 1

// NewCatalog makes a catalogue of the answers that have a digest. An update that may be taken is listed too, and the newest tags
// whose digests were asked for (Query.NewestDigests), so that updates can be answered from the catalogue. Where is left to the
// caller.
func NewCatalog(answers []Answer) *Catalog {
	c := &Catalog{}
	have := map[string]bool{}
	add := func(i CatalogImage) {
		if k := i.Repository + ":" + i.Tag; i.Digest != "" && i.Tag != "" && !have[k] {
			have[k] = true
			c.Images = append(c.Images, i)
		}
	}
	for _, a := range answers {
		if !a.asked {
			continue // the digest is only what was written
		}
		image := CatalogImage{Ref: a.Ref, Repository: a.Repository, Tag: a.Tag, Version: a.Version, Digest: a.Digest, Index: a.Index,
			Pushed: a.Pushed, PushedBy: a.PushedBy}
		if a.base.Config != nil {
			image.Base = &CatalogBase{Config: *a.base.Config, Root: a.base.Root}
		}
		for level, t := range a.Newest {
			if image.Newest == nil {
				image.Newest = map[string]string{}
			}
			image.Newest[level.String()] = t
		}
		add(image)
	}
	for _, a := range answers {
		if u := a.Update; u != nil && u.Level > 0 {
			add(newer(a, u.Tag, head{Digest: u.Digest, Index: true, Modified: u.Pushed, By: u.PushedBy}))
		}
		for _, t := range slices.Sorted(maps.Keys(a.heads)) {
			add(newer(a, t, a.heads[t]))
		}
	}
	return c
}

// newer is the entry of a tag that can take the place of what was asked for.
func newer(a Answer, t string, h head) CatalogImage {
	return CatalogImage{Ref: Pinned(a.Ref, t, ""), Repository: a.Repository, Tag: t, Version: t, Digest: h.Digest, Index: h.Index,
		Pushed: h.Modified, PushedBy: h.By}
}

// Write writes the catalogue as JSON, in the order of repositories and tags: the same images give the same bytes.
func (c *Catalog) Write(w io.Writer) error {
	images := append([]CatalogImage{}, c.Images...) // never null
	slices.SortStableFunc(images, func(a, b CatalogImage) int {
		return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Ref, b.Ref))
	})
	for i := range images {
		images[i].Where = slices.Clone(images[i].Where)
		slices.SortFunc(images[i].Where, func(a, b Place) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Version int            `json:"version"`
		Images  []CatalogImage `json:"images"`
	}{catalogVersion, images})
}

// newest are the newest tags for an image of the catalogue, by level.
func (c *Catalog) newest(repository, written string) map[tag.Level]string {
	all := map[tag.Level]string{}
	for _, i := range c.Images {
		if i.Repository != repository || i.Tag != written {
			continue
		}
		for word, t := range i.Newest {
			if level, err := tag.ParseLevel(word); err == nil {
				all[level] = t
			}
		}
	}
	return all
}

// cache is the catalogue as a cache that knows nothing else, in which nothing grows old. An image can be asked for by
// its tag, its version and its digest.
func (c *Catalog) cache() *cache {
	filled := newCache("", time.Now)
	tags := map[string][]string{}
	put := func(i CatalogImage, reference string, replace bool) {
		repo, err := name.NewRepository(i.Repository, name.WeakValidation)
		if err != nil {
			return // only in a catalogue that was not read
		}
		if _, ok := filled.head(repo, reference); ok && !replace {
			return
		}
		if i.Base != nil {
			filled.setBase(repo, i.Digest, baseMemory{Config: &i.Base.Config, Root: i.Base.Root})
		}
		filled.setHead(repo, reference, head{Digest: i.Digest, Index: i.Index, Modified: i.Pushed, By: i.PushedBy})
		if reference != i.Digest {
			tags[i.Repository] = append(tags[i.Repository], reference)
			filled.setTags(repo, "", tags[i.Repository], time.Time{})
		}
		if reference == i.Tag && i.Version != "" {
			filled.setFact(repo, i.Tag, i.Digest, i.Version)
		}
	}
	for _, i := range c.Images {
		put(i, i.Tag, true)
	}
	for _, i := range c.Images {
		if i.Version != "" {
			put(i, i.Version, false)
		}
		put(i, i.Digest, false)
	}
	return filled
}
