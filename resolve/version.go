package resolve

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/tag"
)

// version is the concrete tag that a floating one is now.
type version struct {
	head
	tag string // "" where no version tag has the digest
	why string // why there is none
}

// How many tags are tried: most for versions, and behind a hit of low precision, "25", for more precise ones.
const (
	maxCandidates = 12
	maxSharper    = 4
)

// floating finds the version that a tag is now: the one whose tag has the same digest. The head is right also where an
// error kept it from finding the version.
func (r *run) floating(repo name.Repository, tag string) (version, error) {
	return r.floats.do(key(repo, tag), func() (version, error) {
		prefix, _ := seekPrefix(repo, tag)
		if !r.remembered(repo, tag) && !r.o.Offline {
			r.prefetch(repo, prefix)
		}
		h, err := r.head(repo, tag)
		if err != nil {
			return version{}, err
		}
		known, ok := r.cache.fact(repo, tag, h.Digest)
		if ok && known != tag { // a catalogue that was not asked to be precise names the tag itself
			return named(h, tag, known), nil
		}
		if r.o.Offline && r.o.Catalog == nil {
			return version{head: h}, r.unknown(repo, tag)
		}
		v, err := r.search(repo, tag, prefix, h)
		if err == nil && v.tag == "" && prefix != "" && !r.plans[repo.Name()].everything() {
			v, err = r.search(repo, tag, "", h)
		}
		if ok && err == nil && v.tag == "" {
			return v, fmt.Errorf("the whole version of %s %w", spelled(repo, tag), ErrNotInCatalog)
		}
		if err == nil && (v.tag != "" || v.why == unmatched(tag)) {
			r.cache.setFact(repo, tag, h.Digest, v.tag)
		}
		return v, err
	})
}

// prefetch asks for tags beside the HEAD; search gets what comes of it.
func (r *run) prefetch(repo name.Repository, prefix string) {
	p := r.plans[repo.Name()]
	p.users.Add(1)
	r.group.Go(func() {
		defer p.done()
		r.tags(repo, prefix)
	})
}

// everything reports whether the list that the plan gets has all tags.
func (p *plan) everything() bool { return p.all }

// remembered reports whether the version is known if the tag has not moved: then its digest is all that is asked for.
func (r *run) remembered(repo name.Repository, tag string) bool {
	h, ok := r.cache.head(repo, tag)
	return ok && r.cache.known(repo, tag, h.Digest)
}

func named(h head, tag, v string) version {
	if v == "" {
		return version{head: h, why: unmatched(tag)}
	}
	return version{head: h, tag: v}
}

// unmatched says that no tag tells more than the one that is written.
func unmatched(written string) string {
	if tag.Parse(written).Floating() {
		return "no version tag has the digest of " + written
	}
	return "no more precise tag has the digest of " + written
}

// search tries the likely tags of the list.
func (r *run) search(repo name.Repository, tag, prefix string, h head) (version, error) {
	list, err := r.tags(repo, prefix)
	if missing(err) {
		return version{head: h, why: "the registry has no tag list for " + tag}, nil // GitLab's dependency proxy, for one
	}
	if err != nil {
		return version{head: h}, err
	}
	hit, err := r.same(repo, h.Digest, list.Candidates(tag, maxCandidates), 1, 3)
	if err == nil && hit != "" {
		sharper, failed := r.same(repo, h.Digest, list.Sharper(hit, maxSharper), maxSharper, maxSharper)
		if failed == nil && sharper != "" {
			hit = sharper
		}
		err = failed
	}
	if err != nil {
		return version{head: h, tag: hit}, err
	}
	if hit == "" && list.part > 0 {
		return version{head: h, why: fmt.Sprintf("none of the first %d tags of the repository has the digest of %s", list.part, tag)}, nil
	}
	return named(h, tag, hit), nil
}

// same is the first of the tags that has the digest. It asks for the first few at once, then in waves.
func (r *run) same(repo name.Repository, digest string, tags []string, first, wave int) (string, error) {
	for size := first; len(tags) > 0; size = wave {
		now := tags[:min(size, len(tags))]
		tags = tags[len(now):]
		heads, errs := r.every(repo, now)
		for i := range now {
			if errs[i] == nil && heads[i].Digest == digest {
				return now[i], nil
			}
			// A tag of the list that is gone is no match; one that the registry does not tell about may be one.
			if errs[i] != nil && !missing(errs[i]) {
				return "", errs[i]
			}
		}
	}
	return "", nil
}

// every asks for several tags at once.
func (r *run) every(repo name.Repository, tags []string) ([]head, []error) {
	heads, errs := make([]head, len(tags)), make([]error, len(tags))
	var group sync.WaitGroup
	for i, t := range slices.All(tags) {
		group.Go(func() { heads[i], errs[i] = r.head(repo, t) })
	}
	group.Wait()
	return heads, errs
}

// missing reports whether the registry, or the catalogue, says that there is no such thing.
func missing(err error) bool {
	return notFound(err) || errors.Is(err, ErrNotInCatalog)
}
