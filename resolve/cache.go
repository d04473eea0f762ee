package resolve

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Bounds of what is kept of a repository, and how long.
const (
	maxFacts   = 2000
	maxHeads   = 500
	maxSeen    = 500
	maxBases   = 100
	maxCached  = 50_000 // tags of a list; a longer one is asked for anew in each run
	keepLists  = 24 * time.Hour
	negatives  = time.Hour // how long it holds that no version tag has a digest: one may be pushed any minute
	maxPartial = 8         // lists of tags with a prefix

	maxTagsSeen = 16 // of a digest
)

// fact says which version a digest is. It holds for ever, since digests are made from what they stand for; it is kept
// only where the registry gave the digest for both tags.
type fact struct {
	Version string    `json:"version,omitempty"` // "": no version tag has the digest
	At      time.Time `json:"at"`
}

// seen says when a digest was met for the first time, and as which tags.
type seen struct {
	At   time.Time `json:"at"`
	Tags []string  `json:"tags,omitempty"`
}

// memory is what is known of a repository. Facts are kept by tag and digest: latest and bookworm can be one digest, and
// different versions all the same, as the words of a tag stay. What a mirror has said is kept apart from what the repository
// itself has: see cache.of.
type memory struct {
	Heads map[string]head `json:"heads,omitempty"` // by tag or digest
	Facts map[string]fact `json:"facts,omitempty"` // by "tag digest"
	Seen  map[string]seen `json:"seen,omitempty"`  // by digest
	// Bases are kept by digest, which is made of them: whoever has sent them, they are the same.
	Bases map[string]baseMemory `json:"bases,omitempty"`
}

// tagList is the tag list of a repository, or what of it begins with a prefix.
type tagList struct {
	Tags []string  `json:"tags"`
	At   time.Time `json:"at"`
}

// cache is what is known of repositories, in memory and in a directory where there is one. It is safe for concurrent use.
type cache struct {
	dir     string // "": only in memory
	now     func() time.Time
	ageless bool // nothing in it is too old to be used
	// asked says which repository is asked in the place of one, nil: each itself. A mirror may have other images.
	asked func(name.Repository) string

	mu    sync.Mutex
	repos map[string]*room
}

// room is the part of the cache for one repository.
type room struct {
	memory
	lists        map[string]tagList // by prefix, "" for all
	listsRead    bool
	dirty        bool // the memory has changed
	changedLists bool
}

func newCache(dir string, now func() time.Time) *cache {
	return &cache{dir: dir, now: now, repos: map[string]*room{}}
}

// with hands over the room of a repository, read from the disk when it is first asked for.
func (c *cache) with(repo name.Repository, use func(*room)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.repos[repo.Name()]
	if r == nil {
		r = &room{memory: c.read(repo.Name()), lists: map[string]tagList{}}
		c.repos[repo.Name()] = r
	}
	use(r)
}

// of is a key with the repository that is really asked, where that is another one. No tag and no digest has a blank.
func (c *cache) of(repo name.Repository, key string) string {
	if c.asked == nil {
		return key
	}
	if asked := c.asked(repo); asked != repo.Name() {
		return asked + " " + key
	}
	return key
}

func (c *cache) head(repo name.Repository, reference string) (h head, ok bool) {
	id := c.of(repo, reference)
	c.with(repo, func(r *room) { h, ok = r.Heads[id] })
	return h, ok
}

func (c *cache) setHead(repo name.Repository, reference string, h head) {
	id := c.of(repo, reference)
	c.with(repo, func(r *room) {
		r.Heads[id] = h
		s, ok := r.Seen[h.Digest]
		if !ok {
			s.At = h.At
		}
		if reference != h.Digest && !slices.Contains(s.Tags, id) && len(s.Tags) < maxTagsSeen {
			s.Tags = append(slices.Clip(s.Tags), id)
		}
		r.Seen[h.Digest] = s
		r.dirty = true
	})
}

// fact is the version that a tag with a digest is, "" where there is none.
func (c *cache) fact(repo name.Repository, tag, digest string) (version string, ok bool) {
	id := c.of(repo, tag+" "+digest)
	c.with(repo, func(r *room) {
		f, found := r.Facts[id]
		version, ok = f.Version, found && (f.Version != "" || c.ageless || c.now().Sub(f.At) < negatives)
	})
	return version, ok
}

// known reports whether there is such a fact.
func (c *cache) known(repo name.Repository, tag, digest string) bool {
	_, ok := c.fact(repo, tag, digest)
	return ok
}

func (c *cache) setFact(repo name.Repository, tag, digest, version string) {
	id := c.of(repo, tag+" "+digest)
	c.with(repo, func(r *room) {
		r.Facts[id] = fact{version, c.now()}
		r.dirty = true
	})
}

// firstSeen is when a digest was first met.
func (c *cache) firstSeen(repo name.Repository, digest string) (s seen, ok bool) {
	c.with(repo, func(r *room) { s, ok = r.Seen[digest] })
	return s, ok
}

// base is what is known of an image by its digest.
func (c *cache) base(repo name.Repository, digest string) (m baseMemory) {
	c.with(repo, func(r *room) { m = r.Bases[digest] })
	return m
}

func (c *cache) setBase(repo name.Repository, digest string, m baseMemory) {
	c.with(repo, func(r *room) {
		r.Bases[digest] = m
		r.dirty = true
	})
}

// seenAs are the digests that were met as the tag, the newest first.
func (c *cache) seenAs(repo name.Repository, tag string) (digests []string) {
	id := c.of(repo, tag)
	c.with(repo, func(r *room) {
		for d, s := range r.Seen {
			if slices.Contains(s.Tags, id) {
				digests = append(digests, d)
			}
		}
		slices.SortFunc(digests, func(a, b string) int {
			if by := r.Seen[b].At.Compare(r.Seen[a].At); by != 0 {
				return by
			}
			return strings.Compare(a, b)
		})
	})
	return digests
}

// tags is a list that has all tags with the prefix.
func (c *cache) tags(repo name.Repository, prefix string) (tags []string, at time.Time, ok bool) {
	id, whole := c.of(repo, prefix), c.of(repo, "")
	c.with(repo, func(r *room) {
		c.lists(repo, r)
		part, found := r.lists[id]
		if all, ok := r.lists[whole]; ok && (!found || all.At.After(part.At)) {
			part, found = all, true
		}
		tags, at, ok = part.Tags, part.At, found
	})
	return tags, at, ok
}

// lists reads the lists of a repository from the disk: late, as they are large and seldom wanted.
func (c *cache) lists(repo name.Repository, r *room) {
	if !r.listsRead {
		r.listsRead = true
		for prefix, list := range c.readLists(repo.Name()) {
			r.lists[prefix] = list
		}
	}
}

func (c *cache) setTags(repo name.Repository, prefix string, tags []string, at time.Time) {
	if len(tags) > maxCached {
		return
	}
	id := c.of(repo, prefix)
	c.with(repo, func(r *room) {
		c.lists(repo, r)
		r.lists[id] = tagList{tags, at}
		r.changedLists = true
	})
}

// flush writes what has changed to the disk. Another process may have done so meanwhile: what it has learnt is kept.
func (c *cache) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" {
		return nil
	}
	var failed []error
	for repo, r := range c.repos {
		if r.dirty {
			r.merge(c.read(repo))
			r.prune(c.now())
			failed = append(failed, c.write(repo, r.memory))
		}
		if r.changedLists {
			failed = append(failed, c.writeLists(repo, pruneLists(r.lists, c.now())))
		}
		r.dirty, r.changedLists = false, false
	}
	for _, err := range failed {
		if err != nil {
			return err // the others will say the same
		}
	}
	return nil
}

// merge takes over what another memory knows and this one does not.
func (m *memory) merge(other memory) {
	for k, h := range other.Heads {
		if mine, ok := m.Heads[k]; !ok || h.At.After(mine.At) {
			m.Heads[k] = h
		}
	}
	for k, f := range other.Facts {
		if mine, ok := m.Facts[k]; !ok || mine.Version == "" && f.At.After(mine.At) {
			m.Facts[k] = f
		}
	}
	for k, s := range other.Seen {
		if mine, ok := m.Seen[k]; !ok || s.At.Before(mine.At) {
			m.Seen[k] = s
		}
	}
	m.mergeBases(other.Bases)
}

// mergeBases takes over what is known of images, also their files where only their configuration is known here.
func (m *memory) mergeBases(other map[string]baseMemory) {
	for k, b := range other {
		if mine, ok := m.Bases[k]; !ok || mine.Root == nil && b.Root != nil {
			m.Bases[k] = b
		}
	}
}

// prune drops the oldest of what is too much.
func (m *memory) prune(now time.Time) {
	maps.DeleteFunc(m.Facts, func(_ string, f fact) bool {
		return f.Version == "" && now.Sub(f.At) > keepLists
	})
	keepNewest(m.Heads, maxHeads, func(h head) time.Time { return h.At })
	keepNewest(m.Facts, maxFacts, func(f fact) time.Time { return f.At })
	keepNewest(m.Seen, maxSeen, func(s seen) time.Time { return s.At })
	keepNewest(m.Bases, maxBases, func(b baseMemory) time.Time { return b.At })
}

func keepNewest[V any](m map[string]V, most int, at func(V) time.Time) {
	if len(m) <= most {
		return
	}
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if by := at(m[b]).Compare(at(m[a])); by != 0 {
			return by
		}
		return strings.Compare(a, b)
	})
	for _, k := range keys[most:] {
		delete(m, k)
	}
}

// pruneLists leaves out lists that are too old to be of use, also without a network.
func pruneLists(lists map[string]tagList, now time.Time) map[string]tagList {
	kept := maps.Clone(lists)
	maps.DeleteFunc(kept, func(_ string, l tagList) bool { return now.Sub(l.At) > keepLists })
	keepNewest(kept, maxPartial, func(l tagList) time.Time { return l.At })
	return kept
}

// errCache is behind errors of the cache, which keep nothing from being answered.
var errCache = errors.New("the cache is not written")
