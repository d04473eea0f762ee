package resolve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/rootfs"
)

// BaseQuery asks what an image that others are built on brings with it.
type BaseQuery struct {
	Ref  string // as written
	Root bool   // its files and programs too (Options.BaseTexts, Options.BasePrograms), which are in its layers alone
}

// Base is what an image brings with it, on linux/amd64.
type Base struct {
	Ref    string // as in the query
	Digest string // what was looked at: that of the index, where there is one; "" where it is not known
	Config *ImageConfig
	Root   *ImageRoot // nil where nobody asked for it
	Err    error      // why nothing is known, or no Root where one was asked for
}

// ErrPlatform is behind the Err of a Base that is there, but not for linux/amd64.
var ErrPlatform = registry.ErrPlatform

// maxLayers bounds the layers of an image that is looked into, in bytes as they are sent: what is larger is not fetched at all.
const maxLayers = 100_000_000

// layersTime bounds how long the layers of an image may take, all together.
const layersTime = 3 * time.Minute

// baseMemory is what is kept of an image. It holds for ever, since the digest it is kept under is made from it.
type baseMemory struct {
	Config *ImageConfig `json:"config,omitempty"`
	Root   *ImageRoot   `json:"root,omitempty"`
	At     time.Time    `json:"at"`
}

// Bases answers all queries, in their order: the tag of each is asked for as in All, so that both speak of the same digest. The failure of
// one never stops the others.
func (r *Resolver) Bases(ctx context.Context, queries []BaseQuery) []Base {
	run := &run{Resolver: r, ctx: ctx, slots: make(chan struct{}, r.o.Parallel)}
	bases := make([]Base, len(queries))
	refs := make([]reference, len(queries))
	for i, q := range queries {
		bases[i].Ref = q.Ref
		refs[i], bases[i].Err = parse(q.Ref)
	}
	run.announceBases(queries, refs, bases)
	for i, q := range queries {
		if bases[i].Err == nil {
			run.group.Go(func() { run.base(&bases[i], refs[i], q.Root) })
		}
	}
	run.group.Wait()
	if err := r.cache.flush(); err != nil {
		r.o.Warn(err.Error())
	}
	return bases
}

// announceBases tells the registry which repositories will be asked for.
func (r *run) announceBases(queries []BaseQuery, refs []reference, bases []Base) {
	if r.o.Offline {
		return
	}
	var repos []name.Repository
	for i, ref := range refs {
		if bases[i].Err == nil && !r.knowsBase(ref, queries[i].Root) {
			repos = append(repos, ref.repo)
		}
	}
	r.announceAll(repos)
}

// knowsBase reports whether the cache answers without a request.
func (r *run) knowsBase(ref reference, root bool) bool {
	digest := ref.pinned
	if digest == "" {
		h, ok := r.cache.head(ref.repo, ref.tag)
		if !ok || r.stale(h.At) {
			return false
		}
		digest = h.Digest
	}
	m := r.cache.base(ref.repo, digest)
	return m.Config != nil && (!root || r.covers(m.Root))
}

// base finds out about one image.
func (r *run) base(b *Base, ref reference, root bool) {
	b.Digest = ref.pinned
	if b.Digest == "" {
		h, err := r.head(ref.repo, ref.tag)
		if err != nil {
			b.Err = err
			return
		}
		b.Digest = h.Digest
	}
	m, err := r.baseMemory(ref.repo, b.Digest, root)
	b.Config, b.Err = m.Config, err
	if root {
		b.Root = m.Root
	}
}

// baseMemory is what is known of a digest, asked for where the cache does not know it: once in a run.
func (r *run) baseMemory(repo name.Repository, digest string, root bool) (baseMemory, error) {
	return r.bases.do(key(repo, digest)+fmt.Sprint(root), func() (baseMemory, error) {
		m := r.cache.base(repo, digest)
		switch {
		case m.Config != nil && (!root || r.covers(m.Root)):
			return m, nil
		case r.o.Offline:
			return m, r.unknown(repo, digest)
		}
		m.Root = nil
		defer r.slot()()
		image, err := r.o.Registry.Image(r.ctx, repo, digest)
		if err != nil {
			return m, err
		}
		if m.Config, err = readConfig(image.Config); err != nil {
			return m, fmt.Errorf("%s: its configuration: %w", spelled(repo, digest), err)
		}
		if root {
			m.Root, err = r.root(repo, image.Layers, m.Config)
		}
		m.At = r.o.Now()
		r.cache.setBase(repo, digest, m)
		return m, err
	})
}

// root reads the layers from the top, as long as the lower ones can say something new.
func (r *run) root(repo name.Repository, layers []registry.Layer, config *ImageConfig) (*ImageRoot, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.layersTime)
	defer cancel()
	look := newLook(r.o, config)
	size := int64(0)
	for _, l := range layers {
		if size += l.Size; l.Size <= 0 || size > maxLayers {
			return &ImageRoot{Partial: fmt.Sprintf("its layers have more than the %d MB that are read", maxLayers/1_000_000)}, nil
		}
	}
	for i := len(layers) - 1; i >= 0 && !look.search.Done(); i-- {
		var found *rootfs.Layer
		err := r.o.Registry.Layer(ctx, repo, layers[i], func(body io.Reader) (err error) {
			found, err = look.search.Read(body)
			return err
		})
		var failure *registry.Error
		switch {
		case ctx.Err() != nil && r.ctx.Err() == nil:
			return nil, fmt.Errorf("%s: its layers do not come within %s", spelled(repo, layers[i].Digest), r.layersTime)
		case errors.As(err, &failure):
			return nil, err
		case err != nil:
			return &ImageRoot{Partial: "one of its layers is not read: " + err.Error()}, nil
		}
		look.search.Add(found)
	}
	return look.root(), nil
}
