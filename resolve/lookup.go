package resolve

import (
	"fmt"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
)

// head is what a HEAD request has said about a tag or a digest.
type head struct {
	Digest   string    `json:"digest"`
	Index    bool      `json:"index,omitempty"`
	Modified time.Time `json:"modified,omitzero"` // when it was pushed, zero if unknown
	By       string    `json:"by,omitempty"`      // who says so
	At       time.Time `json:"at"`                // when it was asked
}

// listing is a tag list, or the part of one that begins with a prefix.
type listing struct {
	*tag.List
	part int // how many tags it has, where it has not all; else 0
}

// plan says how the tags of a repository are to be had: all, or only those that begin with one of a few prefixes.
type plan struct {
	all      bool
	prefixes map[string]bool
	lists    flight[listing] // by prefix
	users    atomic.Int32    // questions without an answer and requests under way: they may need the lists
}

// maxTags bounds the tags of a repository that are looked at; taken apart they take some 200 bytes each. Few
// repositories have more than 10,000; hexpm/elixir has a million.
const maxTags = 200_000

// maxPrefixes of a repository are asked for one by one; more than these, and the whole list is cheaper.
const maxPrefixes = 3

// lastModified is what Answer.PushedBy says of the time that comes with a manifest.
const lastModified = "Last-Modified"

// plans finds out for each repository whether prefixes do for all questions about it.
func plans(questions []question) map[string]*plan {
	all := map[string]*plan{}
	for _, q := range questions {
		p := all[q.repo.Name()]
		if p == nil {
			p = &plan{prefixes: map[string]bool{}}
			all[q.repo.Name()] = p
		}
		p.users.Add(1)
		if q.update || q.newest {
			p.all = true
		} else if q.searches() {
			prefix, ok := seekPrefix(q.repo, q.tag)
			p.all = p.all || !ok
			p.prefixes[prefix] = true
		}
	}
	for _, p := range all {
		p.all = p.all || len(p.prefixes) > maxPrefixes
	}
	return all
}

// seekPrefix is a prefix that the candidates for a tag share: those of 3.12-slim begin with 3.12, and those of the
// codenames of Debian and Ubuntu with the codename, since the dated tags do: bookworm-20260803-slim.
func seekPrefix(repo name.Repository, floating string) (string, bool) {
	if prefix, ok := tag.SeekPrefix(floating); ok {
		return prefix, true
	}
	word, _, _ := strings.Cut(floating, "-")
	switch base := path.Base(repo.RepositoryStr()); {
	case base != "debian" && base != "ubuntu", word == "", word == "latest", word == "devel", word == "rolling":
		return "", false
	}
	return word + "-", true
}

// stale reports whether what was asked at a time has to be asked again.
func (r *Resolver) stale(at time.Time) bool {
	age := r.o.Now().Sub(at)
	return age > r.o.TTL || age < 0
}

// head asks what a tag or a digest is, once in a run.
func (r *run) head(repo name.Repository, reference string) (head, error) {
	id := key(repo, reference)
	return r.heads.do(id, func() (head, error) {
		h, ok := r.cache.head(repo, reference)
		if ok && (r.o.Offline || !r.stale(h.At) && !r.fresh[id]) {
			return h, nil
		}
		if r.o.Offline {
			return head{}, r.unknown(repo, reference)
		}
		defer r.slot()()
		m, err := r.o.Registry.Head(r.ctx, repo, reference)
		if err != nil {
			return head{}, err
		}
		if !digestForm.MatchString(m.Digest) || digestForm.MatchString(reference) && m.Digest != reference {
			return head{}, fmt.Errorf("%s: %s answers with the digest %q", spelled(repo, reference), repo.RegistryStr(), m.Digest)
		}
		h = r.read(m)
		r.cache.setHead(repo, reference, h)
		return h, nil
	})
}

// read takes over what a manifest's headers say, but for times that cannot be: builders set clocks to 1970 and 1980.
func (r *run) read(m registry.Manifest) head {
	now := r.o.Now()
	h := head{Digest: m.Digest, Index: m.Index, At: now}
	if m.Modified.Year() >= 2013 && m.Modified.Before(now.Add(24*time.Hour)) { // Docker's first year
		h.Modified, h.By = m.Modified.UTC(), lastModified
	}
	return h
}

// unknown is the error of what the cache, or the catalogue, does not know.
func (r *run) unknown(repo name.Repository, reference string) error {
	if r.o.Catalog != nil {
		return wrap(repo, reference, ErrNotInCatalog)
	}
	return wrap(repo, reference, ErrOffline)
}

// tags asks which tags a repository has, once in a run; those that begin with the prefix are enough.
func (r *run) tags(repo name.Repository, prefix string) (listing, error) {
	p := r.plans[repo.Name()]
	if p.all {
		prefix = ""
	}
	return p.lists.do(prefix, func() (listing, error) {
		tags, at, ok := r.cache.tags(repo, prefix)
		if ok && (r.o.Offline || !r.stale(at)) {
			return listing{List: tag.NewList(repo.Name(), tags)}, nil
		}
		if r.o.Offline {
			return listing{}, r.unknown(repo, "latest")
		}
		defer r.slot()()
		tags, complete, err := r.o.Registry.Tags(r.ctx, repo, registry.TagsOptions{Prefix: prefix, Most: maxTags})
		if err != nil {
			return listing{}, err
		}
		list := listing{List: tag.NewList(repo.Name(), tags)}
		if complete {
			r.cache.setTags(repo, prefix, tags, r.o.Now())
		} else {
			list.part = len(tags)
		}
		return list, nil
	})
}

// done ends a use of the lists. The last one drops them: taken apart they are most of what a run remembers.
func (p *plan) done() {
	if p.users.Add(-1) == 0 {
		p.lists.forget()
	}
}

// slot waits until fewer requests than Parallel are under way, and returns what ends this one.
func (r *run) slot() func() {
	r.slots <- struct{}{}
	return func() { <-r.slots }
}
