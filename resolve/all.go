package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/tag"
)

// question is a Query whose reference is taken apart. Two questions that are equal have the same answer, however the
// references are spelled.
type question struct {
	reference
	precise, verify, newest, update bool
	digests                         bool // of the newest
	level                           tag.Level
	hold                            string
}

// run is what is asked and answered during one call of All: each thing once.
type run struct {
	*Resolver
	ctx    context.Context
	slots  chan struct{}
	plans  map[string]*plan // by repository
	fresh  map[string]bool  // heads that the cache must not answer
	heads  flight[head]
	floats flight[version]
	ages   flight[age]
	bases  flight[baseMemory]
	group  sync.WaitGroup // of all that is under way
}

// All answers all queries, in their order. The failure of one never stops the others: it is the Err of its answer.
// Answers to the same question share their Update and Newest. Whether the ledger was written, LedgerError tells.
func (r *Resolver) All(ctx context.Context, queries []Query) []Answer {
	questions, of, failed := unique(queries)
	run := &run{Resolver: r, ctx: ctx, slots: make(chan struct{}, r.o.Parallel), plans: plans(questions), fresh: fresh(questions)}
	run.announce(questions)
	found := make([]Answer, len(questions))
	open := make(chan struct{}, r.o.Parallel) // with all open at once, the tag lists of all repositories would be in memory
	for _, i := range byRepository(questions) {
		open <- struct{}{}
		run.group.Go(func() {
			defer func() { <-open }()
			defer run.plans[questions[i].repo.Name()].done()
			found[i] = run.answer(questions[i])
		})
	}
	run.group.Wait()
	r.ledger.flush()
	if err := r.cache.flush(); err != nil {
		r.o.Warn(err.Error())
	}
	answers := make([]Answer, len(queries))
	for i, q := range queries {
		if of[i] < 0 {
			answers[i] = Answer{Err: failed[q.Ref]}
		} else {
			answers[i] = found[of[i]]
		}
		answers[i].Ref = q.Ref
	}
	return answers
}

// byRepository are the indices of the questions, those about one repository beside each other.
func byRepository(questions []question) []int {
	order := make([]int, len(questions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(questions[a].repo.Name(), questions[b].repo.Name()) })
	return order
}

// unique finds out which queries ask the same; of says for each query which question it is, -1 where it has failed.
func unique(queries []Query) (questions []question, of []int, failed map[string]error) {
	parsed, failed, index := map[string]reference{}, map[string]error{}, map[question]int{}
	of = make([]int, len(queries))
	for i, q := range queries {
		of[i] = -1
		ref, seen := parsed[q.Ref]
		if !seen && failed[q.Ref] == nil {
			var err error
			if ref, err = parse(q.Ref); err != nil {
				failed[q.Ref] = err
			} else {
				parsed[q.Ref] = ref
			}
		}
		if failed[q.Ref] != nil {
			continue
		}
		asked := q.question(ref)
		at, ok := index[asked]
		if !ok {
			at = len(questions)
			index[asked] = at
			questions = append(questions, asked)
		}
		of[i] = at
	}
	return questions, of, failed
}

func (q Query) question(ref reference) question {
	asked := question{reference: ref, precise: q.Precise, verify: q.Verify, newest: q.Newest, digests: q.Newest && q.NewestDigests}
	if q.Update != nil {
		asked.update, asked.level, asked.hold = true, q.Update.Level, q.Update.Hold
	}
	return asked
}

// silent reports whether the answer needs no request: what is pinned is pinned.
func (q question) silent() bool {
	return q.pinned != "" && (!q.update && !q.verify && !q.newest || q.tag == "" && !q.verify)
}

// announce tells the registry which repositories will be asked for, those of one registry together: one token may then
// do for many.
func (r *run) announce(questions []question) {
	if r.o.Offline {
		return
	}
	var repos []name.Repository
	for _, q := range questions {
		if !q.silent() && r.asks(q) {
			repos = append(repos, q.repo)
		}
	}
	r.announceAll(repos)
}

// announceAll announces repositories, each once, those of one registry beside each other.
func (r *run) announceAll(repos []name.Repository) {
	slices.SortFunc(repos, func(a, b name.Repository) int {
		return cmp.Or(strings.Compare(a.RegistryStr(), b.RegistryStr()), strings.Compare(a.RepositoryStr(), b.RepositoryStr()))
	})
	if len(repos) > 0 {
		r.o.Registry.Announce(slices.Compact(repos))
	}
}

// asks reports whether the cache leaves something to ask for.
func (r *run) asks(q question) bool {
	if q.update || q.verify || q.newest {
		return true
	}
	h, ok := r.cache.head(q.repo, q.tag)
	return !ok || r.stale(h.At) || q.searches() && !r.cache.known(q.repo, q.tag, h.Digest)
}

// searches reports whether a version is to be found for the tag. To verify a pin, digests are enough.
func (q question) searches() bool {
	t := tag.Parse(q.tag)
	if q.tag == "" || q.silent() || q.pinned != "" && q.verify && !q.update && !q.newest {
		return false
	}
	return t.Floating() || q.precise && t.Partial()
}

// fresh are the references that are to be verified, by repository and reference.
func fresh(questions []question) map[string]bool {
	all := map[string]bool{}
	for _, q := range questions {
		if q.verify {
			all[key(q.repo, q.tag)] = true
			all[key(q.repo, q.pinned)] = true
		}
	}
	return all
}

func key(repo name.Repository, reference string) string {
	return repo.Name() + " " + reference
}

// flight does a thing once for each key; whoever asks again gets the same.
type flight[V any] struct {
	mu    sync.Mutex
	calls map[string]func() (V, error)
}

func (f *flight[V]) do(key string, work func() (V, error)) (V, error) {
	f.mu.Lock()
	if f.calls == nil {
		f.calls = map[string]func() (V, error){}
	}
	call, ok := f.calls[key]
	if !ok {
		call = sync.OnceValues(work)
		f.calls[key] = call
	}
	f.mu.Unlock()
	return call()
}

// forget drops what was done.
func (f *flight[V]) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.calls)
}

// wrap names the image in an error that does not do so itself.
func wrap(repo name.Repository, reference string, err error) error {
	if errors.Is(err, ErrOffline) || errors.Is(err, ErrNotInCatalog) {
		separator := ": "
		if errors.Is(err, ErrNotInCatalog) {
			separator = " "
		}
		return fmt.Errorf("%s%s%w", spelled(repo, reference), separator, err)
	}
	return err
}

// spelled is the name of an image as docker prints it.
func spelled(repo name.Repository, reference string) string {
	s := strings.TrimPrefix(strings.TrimPrefix(repo.Name(), "index.docker.io/"), "library/")
	if strings.HasPrefix(reference, "sha256:") || strings.HasPrefix(reference, "sha512:") {
		return s + "@" + reference
	}
	return s + ":" + reference
}
