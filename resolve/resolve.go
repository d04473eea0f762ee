// Package resolve says what image references mean now: which digest a tag has, which version that is, and whether there
// is a newer one.
//
// In: references as users write them, and what is to be known about each. Out: an answer for each, in the same order. For
//
//	r := resolve.New(resolve.Options{Registry: registry.New(registry.Options{}), CacheDir: dir})
//	answers := r.All(ctx, []resolve.Query{{Ref: "python"}})
//
// the answer has the version 3.14.7, a digest, and says why: "latest is 3.14.7 (same digest), pushed 3 days ago". A
// version is never guessed: the registry has said that its tag and the one that was written have the same digest.
//
// Each registry, repository and tag is asked once, whatever the number of references, and only with requests that are no
// pull. What is learnt is cached: what a tag means and which tags there are for ten minutes, which version a digest is for
// ever.
//
// Bases says what images bring with them that others are built on: their user, their health check, which programs they have. That does
// take pulls, and is cached for ever, too.
package resolve

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
)

// Registry is what a Resolver asks; *registry.Client is one.
type Registry interface {
	Announce(repos []name.Repository)
	Head(ctx context.Context, repo name.Repository, reference string) (registry.Manifest, error)
	Tags(ctx context.Context, repo name.Repository, o registry.TagsOptions) (tags []string, complete bool, err error)
	Pushed(ctx context.Context, repo name.Repository, tag string) (at time.Time, digest, source string, err error)
	Image(ctx context.Context, repo name.Repository, digest string) (registry.Image, error)
	Layer(ctx context.Context, repo name.Repository, l registry.Layer, read func(io.Reader) error) error
}

// asker is a Registry that asks elsewhere than a repository's name says: what it answers is cached for that place. Without a
// request, so that a Resolver that is offline uses it too.
type asker interface {
	Asked(repo name.Repository) string
}

// UnknownAge says what becomes of an update whose age nobody tells. The zero value holds it.
type UnknownAge int

// What becomes of an update of unknown age.
const (
	HoldUnknownAge UnknownAge = iota
	AllowUnknownAge
)

// Options say whom a Resolver asks and what it may take.
type Options struct {
	Registry   Registry      // with Offline it is only needed where it maps names (Asked); not used with Catalog
	Catalog    *Catalog      // answers come from it alone
	Offline    bool          // answers come from the cache alone, however old it is
	CacheDir   string        // where to keep what is learnt between runs; "": nowhere
	LedgerFile string        // a file to commit, with the time each digest was first seen; "": only the cache knows. See LedgerError
	TTL        time.Duration // how long a cached tag or tag list is good for; 0: 10 minutes
	MinAge     time.Duration // updates younger than it are held
	UnknownAge UnknownAge    // what becomes of updates that have no known age
	Parallel   int           // requests at once; 0: 16
	// BaseTexts and BasePrograms are what BaseQuery.Root looks for: paths of small files without a slash in front, and names of programs.
	BaseTexts, BasePrograms []string

	Now  func() time.Time
	Warn func(string) // told once that a cache cannot be written; nil: nobody
}

// Query asks about one reference. What is not asked for costs no request: a reference that is pinned already is only
// looked up for Update, Verify or Newest.
type Query struct {
	Ref     string       // as written: python, nginx:alpine, ghcr.io/a/b:1@sha256:...
	Precise bool         // make partial versions concrete too: 3.12-slim
	Update  *UpdateQuery // nil: none wanted
	Verify  bool         // whether what is pinned is still there, and the tag has its digest; only with Offline the cache answers that
	Newest  bool         // fill Answer.Newest
	// NewestDigests, with Newest, also asks what the newest tags are, with a request for each that is another one, so that a
	// catalogue of the answers can answer updates. Newest then has tags that are there.
	NewestDigests bool
}

// UpdateQuery says how far an update may go.
type UpdateQuery struct {
	Level tag.Level // 0: the default of the repository
	Hold  string    // constraint on the version: "<1.32"
}

// Answer is what is known about one reference.
type Answer struct {
	Ref        string // as in the query
	Repository string // index.docker.io/library/python
	Tag        string // "latest" where neither tag nor digest was written, "" where only a digest was
	Pinned     string // the digest that was written, or ""
	Digest     string // what the tag means now; Pinned where no registry was asked
	Index      bool   // the digest is that of an index, for several platforms
	Version    string // the most precise tag with that digest; Tag itself where it is concrete; "" where none was found
	Pushed     time.Time
	PushedBy   string               // who says so: "Docker Hub", "Last-Modified", "first seen"
	Newest     map[tag.Level]string // the newest tag of the family that is no further away than that; the version itself where none is
	Update     *Update              // nil: there is none
	Moved      bool                 // Verify, Newest: the tag has another digest than the pinned one
	Missing    bool                 // the tag or the pinned digest is not there; Why says which
	Why        string               // "latest is 3.14.7 (same digest), pushed 3 days ago"
	Err        error                // why there is no answer to what was asked; what is there is right all the same
	// Incomplete is why a registry, which has told what Tag means, did not tell its version or what is newest. Tag and Digest can
	// be pinned all the same, and belong together: Version is "" where it was looked for. Err is nil then.
	Incomplete error
	asked      bool            // Digest is what a registry, or the cache of one, has said
	heads      map[string]head // of the tags in Newest, where they were asked for
	base       baseMemory      // what the cache knows of Digest
}

// Update is a newer image in the place of a reference. Its tag and its digest belong together.
type Update struct {
	Tag      string
	Digest   string
	Level    tag.Level // 0: the same version, built anew
	Words    string    // "alpine3.17 to alpine3.24", "" where the words stay
	Held     string    // why it must wait or needs a person; "" where it may be taken
	Database bool      // a new major version of a database, whose data has to be migrated; Held says so too
	Pushed   time.Time
	PushedBy string
	Why      string // "3.11.16-slim is the newest patch of 3.11.1-slim, pushed 12 days ago"
}

// ErrOffline is behind the Err of an answer that would need a request.
var ErrOffline = errors.New("the cache does not know it, and nothing is asked with --offline")

// ErrNotInCatalog is behind the Err of an answer that the catalogue does not give.
var ErrNotInCatalog = errors.New("is not in the catalogue")

// Resolver answers queries. It is safe for concurrent use.
type Resolver struct {
	o      Options
	cache  *cache
	ledger *ledger

	layersTime time.Duration // how long the layers of an image may take
}

// New makes a Resolver.
func New(o Options) *Resolver {
	if o.Parallel == 0 {
		o.Parallel = 16
	}
	if o.TTL == 0 {
		o.TTL = 10 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	r := &Resolver{o: o, layersTime: layersTime}
	if o.Catalog != nil {
		r.o.Offline, r.o.LedgerFile = true, ""
		r.cache = o.Catalog.cache()
	} else {
		r.cache = newCache(o.CacheDir, o.Now)
		if elsewhere, ok := o.Registry.(asker); ok {
			r.cache.asked = elsewhere.Asked
		}
	}
	r.cache.ageless = r.o.Offline
	r.ledger = newLedger(r.o.LedgerFile, r.cache, o.Now)
	return r
}

// LedgerError says that Options.LedgerFile cannot be read, which is known as soon as there is a Resolver, or that All could not
// write it. It names the file. Without a ledger nothing would ever be old enough: go on with neither.
func (r *Resolver) LedgerError() error { return r.ledger.failure() }
