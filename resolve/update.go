package resolve

import (
	"fmt"
	"maps"
	"strings"

	"github.com/dockfix/dockfix/resolve/tag"
)

// maxTries bounds how many tags are asked for until one is there and old enough.
const maxTries = 8

// levels are those of an update that changes the version.
var levels = []tag.Level{tag.Patch, tag.Minor, tag.Major}

// updates fills in the newest tags of the family, and the update.
func (r *run) updates(a *Answer, q question, v version) {
	hold, err := tag.ParseConstraint(q.hold)
	if err != nil {
		a.Err = err
		return
	}
	current := q.tag
	if q.precise && v.tag != "" {
		current = v.tag
	}
	floating := tag.Parse(q.tag).Floating()
	if q.update && floating {
		r.rebuilt(a, q, v, current)
	}
	if floating && (v.tag == "" || !q.newest) {
		return
	}
	list, o, err := r.family(q, hold)
	if err != nil {
		a.unclear(err)
		return
	}
	if floating {
		r.newest(a, q, list, v.tag, o)
		return
	}
	r.newest(a, q, list, current, o)
	if o.Level = q.level; o.Level == 0 {
		o.Level = tag.DefaultLevel(q.repo.Name())
	}
	if q.update && !r.newer(a, q, list, current, o) && hold.Allows(tag.Parse(current)) {
		r.rebuilt(a, q, v, current)
	}
	if q.update && r.o.Catalog != nil {
		r.unlisted(a, q, current, o)
	}
}

// unlisted says so where the catalogue names a newer tag that it has no digest of: there is an update, but not from here.
func (r *run) unlisted(a *Answer, q question, current string, o tag.UpdateOptions) {
	newest := a.Newest[o.Level]
	if _, listed := r.cache.head(q.repo, newest); listed || newest == "" || newest == current || !o.Hold.Allows(tag.Parse(newest)) {
		return
	}
	if a.Update != nil && a.Update.Level > 0 {
		a.Update.Why += fmt.Sprintf("; %s %s", newest, ErrNotInCatalog)
		return
	}
	a.Err = fmt.Errorf("%s %w, which names it as the newest %s for %s", spelled(q.repo, newest), ErrNotInCatalog, scope(o.Level), current)
}

// unclear notes why it is not known what is newest.
func (a *Answer) unclear(err error) {
	if a.Incomplete == nil && a.Err == nil && a.Why != "" {
		a.Why += ", what is newest could not be found out"
	}
	a.fail(err)
}

// family is what updates are chosen from, with the version that latest is: what is above it is no release yet.
func (r *run) family(q question, hold tag.Constraint) (listing, tag.UpdateOptions, error) {
	list, err := r.tags(q.repo, "")
	if missing(err) { // no tag list: still there can be a new digest
		return listing{List: tag.NewList(q.repo.Name(), nil)}, tag.UpdateOptions{}, nil
	}
	if err != nil {
		return listing{}, tag.UpdateOptions{}, err
	}
	latest, err := r.floating(q.repo, "latest")
	if err != nil && !missing(err) {
		return listing{}, tag.UpdateOptions{}, err
	}
	o := tag.UpdateOptions{Cap: latest.tag, Hold: hold}
	if o.Cap == "" && r.o.Catalog != nil { // nothing else of the catalogue may go beyond what it names as the newest
		o.Cap = r.o.Catalog.newest(q.repo.Name(), q.tag)[tag.Major]
	}
	return list, o, nil
}

// newest fills in the newest tag for each level; that takes no request, unless their digests are wanted. What is gone is not
// the newest.
func (r *run) newest(a *Answer, q question, list listing, current string, o tag.UpdateOptions) {
	a.Newest = map[tag.Level]string{}
	gone := map[string]bool{}
	o.Skip = func(t string) bool { return gone[t] }
	for _, o.Level = range levels {
		if !a.Missing {
			a.Newest[o.Level] = current
		}
		for range maxTries {
			u, ok := list.Update(current, o)
			if ok && q.digests && r.absent(a, q, u.Tag) {
				gone[u.Tag] = true
				continue
			}
			if ok {
				a.Newest[o.Level] = u.Tag
			}
			break
		}
	}
	if r.o.Catalog != nil { // it may know more tags than it has digests of
		maps.Copy(a.Newest, r.o.Catalog.newest(q.repo.Name(), q.tag))
	}
}

// absent asks what a newest tag is, and reports whether it is nothing: the list is not of now.
func (r *run) absent(a *Answer, q question, newest string) bool {
	h, err := r.head(q.repo, newest)
	switch {
	case missing(err):
		return true
	case err != nil:
		a.unclear(err)
	default:
		if a.heads == nil {
			a.heads = map[string]head{}
		}
		a.heads[newest] = h
	}
	return false
}

// newer finds the newest tag that is there and old enough; where none is old enough, the newest that must wait. A database is
// brought up to date within its major version first: a new one is for a person, and must not keep the fixes away until then.
func (r *run) newer(a *Answer, q question, list listing, current string, o tag.UpdateOptions) bool {
	if o.Level != tag.Major || !tag.Database(q.repo.Name()) {
		return r.newestOf(a, q, list, current, o)
	}
	o.Level = tag.Minor
	if r.newestOf(a, q, list, current, o) {
		return true
	}
	o.Level = tag.Major
	return r.newestOf(a, q, list, current, o)
}

// newestOf is newer at one level.
func (r *run) newestOf(a *Answer, q question, list listing, current string, o tag.UpdateOptions) bool {
	skipped := map[string]bool{}
	o.Skip = func(t string) bool { return skipped[t] }
	var young *Update
	for range maxTries {
		u, ok := list.Update(current, o)
		if !ok {
			break
		}
		skipped[u.Tag] = true
		h, err := r.head(q.repo, u.Tag)
		if missing(err) { // the list is not of now, or it is no image
			continue
		}
		if err != nil {
			a.unclear(err)
			return true
		}
		update, waits := r.update(q, u, h, current)
		if !waits {
			a.Update = update
			break
		}
		if young == nil {
			young = update
		}
	}
	switch {
	case a.Update == nil:
		a.Update = young
	case young != nil:
		a.Update.Why += fmt.Sprintf("; %s waits: %s", young.Tag, young.Held)
	}
	return a.Update != nil
}

// update is the update to a tag whose head is known; waits tells that it is too young.
func (r *run) update(q question, u tag.Update, h head, current string) (update *Update, waits bool) {
	update = &Update{Tag: u.Tag, Digest: h.Digest, Level: u.Level, Words: u.Words}
	r.dated(q, update, h)
	waits = update.Held != ""
	if u.Level == tag.Major && tag.Database(q.repo.Name()) {
		update.Database = true
		update.hold("a new major version of a database needs its data migrated")
	}
	update.Why = fmt.Sprintf("%s is the newest %s for %s", u.Tag, scope(u.Level), current)
	if !update.Pushed.IsZero() {
		update.Why += ", " + told(update.Pushed, update.PushedBy, r.o.Now())
	}
	return update, waits
}

// dated fills in the age of an update, and holds it where that is not enough.
func (r *run) dated(q question, u *Update, h head) {
	u.Pushed, u.PushedBy = h.Modified, h.By
	if r.o.MinAge > 0 {
		age := r.age(q.repo, u.Tag, h)
		u.Pushed, u.PushedBy = age.at, age.by
		if why := r.held(age); why != "" {
			u.hold(why)
		}
	}
}

// hold adds a reason to wait.
func (u *Update) hold(why string) {
	if u.Held != "" {
		u.Held += ", and "
	}
	u.Held += why
}

// scope is what an update of a level is called.
func scope(l tag.Level) string {
	switch l {
	case tag.Patch:
		return "patch"
	case tag.Minor:
		return "minor version"
	}
	return "version"
}

// rebuilt offers the digest that the tag has now, in the place of the pinned one. Where that is too young, an older
// one that was seen since, if there is one: a tag that is built anew each week would never be old enough.
func (r *run) rebuilt(a *Answer, q question, v version, current string) {
	if q.pinned == "" || v.Digest == "" || v.Digest == q.pinned {
		return
	}
	update := &Update{Tag: current, Digest: v.Digest}
	r.dated(q, update, v.head)
	if update.Held != "" {
		if older := r.between(q, v.Digest); older != nil {
			older.Why = fmt.Sprintf("%s had it in between, %s; %s waits: %s", q.tag, told(older.Pushed, older.PushedBy, r.o.Now()), short(v.Digest), update.Held)
			update = older
		}
	}
	if update.Why == "" {
		update.Why = fmt.Sprintf("%s was built anew", q.tag)
		if !update.Pushed.IsZero() {
			update.Why += ", " + told(update.Pushed, update.PushedBy, r.o.Now())
		}
	}
	r.sameMajor(q, v, update)
	a.Update = update
}

// sameMajor holds a database back whose floating tag may have crossed a major version since it was pinned.
func (r *run) sameMajor(q question, v version, u *Update) {
	if !tag.Database(q.repo.Name()) || !tag.Parse(q.tag).Floating() {
		return
	}
	was, known := r.cache.fact(q.repo, q.tag, q.pinned)
	if known && was != "" && v.tag != "" && major(was) == major(v.tag) {
		return
	}
	u.Database = true
	u.hold(q.tag + " may be another major version now, and a database needs its data migrated then")
}

// major is the first number of a version, with what stands before it.
func major(t string) string {
	end := strings.IndexAny(t, "._-")
	if end < 0 {
		return t
	}
	return t[:end]
}

// between is the newest digest that the tag was seen with after the pinned one, that is old enough and still there.
func (r *run) between(q question, now string) *Update {
	pinned := r.ledger.seen(q.repo, q.pinned)
	tried := 0
	for _, digest := range r.cache.seenAs(q.repo, q.tag) {
		if digest == now || digest == q.pinned {
			continue
		}
		at := r.ledger.seen(q.repo, digest)
		if !at.After(pinned) || tried == 2 {
			return nil
		}
		if r.o.Now().Sub(at) < r.o.MinAge {
			continue
		}
		tried++
		if h, err := r.head(q.repo, digest); err == nil && h.Index {
			return &Update{Tag: q.tag, Digest: digest, Pushed: at, PushedBy: firstSeen}
		}
	}
	return nil
}
