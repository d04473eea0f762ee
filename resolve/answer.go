package resolve

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
)

// answer answers one question.
func (r *run) answer(q question) Answer {
	a := Answer{Repository: q.repo.Name(), Tag: q.tag, Pinned: q.pinned}
	switch {
	case q.silent():
		a.Digest, a.Why = q.pinned, "it is pinned already"
		if q.tag != "" && !tag.Parse(q.tag).Floating() {
			a.Version = q.tag
		}
	case q.tag == "":
		r.verifyDigest(&a, q)
	default:
		r.ask(&a, q)
	}
	if a.Digest != "" {
		a.base = r.cache.base(q.repo, a.Digest)
	}
	return a
}

// ask finds out what the tag means, and what depends on it.
func (r *run) ask(a *Answer, q question) {
	v, err := r.meaning(q)
	a.Digest, a.Index, a.Pushed, a.PushedBy = v.Digest, v.Index, v.Modified, v.By
	if a.asked = v.Digest != ""; err != nil {
		v.tag = ""
		a.fail(err)
	}
	a.Version = v.tag
	switch {
	case a.asked:
		a.Why = r.why(q, v)
	case notFound(err):
		a.Missing, a.Why = true, fmt.Sprintf("the tag %s no longer exists", q.tag)
		if q.pinned != "" && (q.verify || q.update || q.newest) {
			a.Err = nil // it did answer
		}
	}
	if (q.verify || q.newest) && q.pinned != "" && a.Err == nil {
		r.verify(a, q, v)
	}
	if (q.update || q.newest) && (a.Err == nil && (a.Incomplete == nil || tag.Parse(q.tag).Floating()) || a.Missing) {
		r.updates(a, q, v)
		if a.Update != nil && notFound(a.Err) {
			a.Err = nil // what is written is gone, but something can take its place
		}
	}
}

// fail notes an error. One of a registry that has told the digest leaves enough to pin it.
func (a *Answer) fail(err error) {
	var failure *registry.Error
	if a.asked && errors.As(err, &failure) && failure.Kind != registry.Canceled {
		a.Incomplete = err
		return
	}
	a.Err = err
}

// meaning is what the tag of the question is now: with the version where one is wanted, else with itself.
func (r *run) meaning(q question) (version, error) {
	if q.searches() {
		return r.floating(q.repo, q.tag)
	}
	h, err := r.head(q.repo, q.tag)
	if err != nil {
		return version{}, err
	}
	v := version{head: h, tag: q.tag}
	if tag.Parse(q.tag).Floating() {
		v.tag = ""
	}
	return v, nil
}

// why tells what led to the answer.
func (r *run) why(q question, v version) string {
	var s string
	switch {
	case v.why != "":
		s = v.why
	case v.tag == "" && q.searches():
		s = "the version of " + q.tag + " could not be found out"
	case v.tag != "" && v.tag != q.tag:
		s = fmt.Sprintf("%s is %s (same digest)", q.tag, v.tag)
	default:
		s = q.tag + " has this digest"
	}
	if (v.tag != "" || !q.searches()) && !v.Modified.IsZero() {
		s += ", " + told(v.Modified, v.By, r.o.Now())
	}
	if r.o.Offline && r.o.Catalog == nil {
		s += fmt.Sprintf(", as of %s ago", span(r.o.Now().Sub(v.At)))
	}
	if !v.Index {
		s += "; it is a manifest for one platform, not an index"
	}
	return s
}

// verify compares what is pinned with what the tag has now; whether the digest is still there takes a request, which has to be
// asked for.
func (r *run) verify(a *Answer, q question, v version) {
	if a.Digest == a.Pinned {
		return
	}
	a.Moved = a.Digest != ""
	if a.Moved {
		a.Why = fmt.Sprintf("%s has %s now, not %s", a.Tag, short(a.Digest), short(a.Pinned))
		if !v.Modified.IsZero() {
			a.Why += ", " + told(v.Modified, v.By, r.o.Now())
		}
	}
	if !q.verify {
		return
	}
	h, err := r.head(q.repo, q.pinned)
	switch {
	case notFound(err):
		a.Missing = true
		a.Why += ", and the pinned digest no longer exists"
	case errors.Is(err, ErrNotInCatalog):
		a.Why += ", and the pinned digest " + ErrNotInCatalog.Error()
	case err != nil:
		a.Err = err
	case a.Index && !h.Index:
		a.Why += "; the pinned digest is that of one platform, not of an index"
	}
}

// verifyDigest finds out whether a digest without a tag is there.
func (r *run) verifyDigest(a *Answer, q question) {
	a.Digest = q.pinned
	h, err := r.head(q.repo, q.pinned)
	switch {
	case notFound(err):
		a.Missing, a.Why = true, "the pinned digest no longer exists"
	case err != nil:
		a.Err = err
	default:
		a.Index, a.Why = h.Index, "the digest exists"
		if !h.Index {
			a.Why += "; it is that of one platform, not of an index"
		}
	}
}

// notFound reports whether the registry says that there is no such thing.
func notFound(err error) bool {
	var failure *registry.Error
	return errors.As(err, &failure) && failure.Kind == registry.NotFound
}

// short is a digest cut to the dozen digits that people compare.
func short(digest string) string {
	algorithm, hex, _ := strings.Cut(digest, ":")
	return algorithm + ":" + hex[:min(12, len(hex))]
}
