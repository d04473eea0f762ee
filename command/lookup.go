package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/fix/pin"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/resolve"
	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
	"github.com/dockfix/dockfix/source"
)

// lookups are what registries say about the images of a run. They are gathered for all files at once, before any of these is
// worked on, so that a reference is asked for once however many files have it.
type lookups struct {
	images map[fix.Want]*fix.Image
	bases  map[string]*fix.Base // by reference
	failed bool                 // some registry did not answer: exit status 3
	told   map[string]bool      // the failures that were told
	parsed parsedFiles
}

// parsedFiles keeps the documents of a look-around for the work on them, as long as there are few.
type parsedFiles struct {
	mu    sync.Mutex
	files map[string]parsedFile // by path
	size  int                   // of the texts, as parsedFile.size counts
}

// parsedFile is a file that was read and parsed.
type parsedFile struct {
	content *project.Content
	doc     *source.Document
}

// maxParsed bounds the text in bytes whose documents are kept from the look-around to the work: memory must not grow with
// the number of files. A document takes some twenty times its text, and that of an empty file as much as one of minParsed.
const (
	maxParsed = 128 << 10
	minParsed = 256
)

func (f parsedFile) size() int { return minParsed + len(f.content.Bytes) }

// put keeps a file where there is room.
func (p *parsedFiles) put(path string, f parsedFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size+f.size() > maxParsed {
		return
	}
	p.size += f.size()
	if p.files == nil {
		p.files = map[string]parsedFile{}
	}
	p.files[path] = f
}

// take gives a kept file, once.
func (p *parsedFiles) take(path string) (parsedFile, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.files[path]
	if delete(p.files, path); ok {
		p.size -= f.size()
	}
	return f, ok
}

// parse reads and parses a file, or takes what the look-around kept of it.
func (s *session) parse(f project.File) (parsedFile, error) {
	if kept, ok := s.lookups.parsed.take(f.Path); ok {
		return kept, nil
	}
	content, err := project.Read(f)
	if err != nil {
		return parsedFile{}, err
	}
	doc, err := source.Parse(f.Name, f.Kind, content.Bytes)
	return parsedFile{content, doc}, err
}

// lookAround gathers what the rules want to know from registries about all files. What cannot be read or parsed is told when the
// file is worked on.
func (s *session) lookAround(ctx context.Context, files []project.File) {
	if !slices.ContainsFunc(s.rules, asksRegistries) && len(s.baseRules()) == 0 {
		return
	}
	var mu sync.Mutex
	byFile, onBases := map[int][]fix.Want{}, map[int]bool{}
	s.around(ctx, files, func(i int, f project.File) error {
		parsed, err := s.parse(f)
		if err != nil {
			return nil
		}
		s.builds.note(f, parsed.doc)
		wants := s.imageWants(ctx, f, parsed.doc)
		s.lookups.parsed.put(f.Path, parsed)
		mu.Lock()
		defer mu.Unlock()
		byFile[i], onBases[i] = wants, dockerfile.AsksBases(parsed.doc)
		return nil
	})
	wants := map[fix.Want]bool{}
	for i, list := range byFile {
		local := s.builds.local(ctx, files[i])
		for _, w := range list {
			if q, _ := w.Image(); !source.IsContext(q.Ref, local) {
				wants[w] = true
			}
		}
	}
	s.lookUp(ctx, slices.Sorted(maps.Keys(wants)))
	var asking []project.File
	for i, f := range files {
		if onBases[i] {
			asking = append(asking, f)
		}
	}
	s.lookAtBases(ctx, asking)
}

// around looks at all files once. Which names are no images is not known meanwhile: that depends on all files.
func (s *session) around(ctx context.Context, files []project.File, look func(i int, f project.File) error) {
	s.builds.early = true
	s.parallel(ctx, files, func(i int) {
		if err := look(i, files[i]); err != nil {
			s.tellMu.Lock()
			defer s.tellMu.Unlock()
			s.fail(err)
		}
	})
	s.builds.early = false
}

// imageWants is what the rules want to know from registries about one document.
func (s *session) imageWants(ctx context.Context, f project.File, doc *source.Document) []fix.Want {
	rules := slices.DeleteFunc(slices.Clone(s.rules), func(r *fix.Rule) bool { return !asksRegistries(r) })
	facts, err := s.facts(ctx, doc, outcome{file: f, beside: map[string]beside{}}, rules)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(fix.WantsThen(doc, rules, facts), func(w fix.Want) bool { _, ok := w.Image(); return !ok })
}

// asksRegistries reports whether a rule is one that needs a registry.
func asksRegistries(r *fix.Rule) bool { return slices.Contains(pin.Rules, r) }

// parallel does something for each file by its index, as many at a time as there are jobs. A panic is left to the work on the file,
// which tells of it.
func (s *session) parallel(ctx context.Context, files []project.File, do func(i int)) {
	queue := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(s.jobs, len(files))) {
		wg.Go(func() {
			for i := range queue {
				func() {
					defer func() { _ = recover() }()
					do(i)
				}()
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		queue <- i
	}
	close(queue)
	wg.Wait()
}

// lookUp asks for all wants and tells of the registries that did not answer, each once.
func (s *session) lookUp(ctx context.Context, wants []fix.Want) {
	if len(wants) == 0 {
		return
	}
	queries := make([]resolve.Query, len(wants))
	for i, w := range wants {
		q, _ := w.Image()
		queries[i] = resolve.Query{Ref: q.Ref, Precise: s.lookup.precise, Verify: q.Verify}
		if q.Update {
			queries[i].Update = &resolve.UpdateQuery{Level: s.lookup.update.level, Hold: q.Hold}
		}
	}
	s.lookups.images = make(map[fix.Want]*fix.Image, len(wants))
	for i, a := range s.ask(ctx, queries) {
		s.lookups.images[wants[i]] = imageFact(a)
	}
}

// ask puts the queries to the registries and tells what they did not answer.
func (s *session) ask(ctx context.Context, queries []resolve.Query) []resolve.Answer {
	answers := s.asked(ctx, queries)
	if err := s.resolver.LedgerError(); err != nil {
		s.fail(err)
	}
	failures := map[string]bool{}
	for _, a := range answers {
		// What no registry was asked for has not failed: the user wants it so.
		if a.Err != nil && !errors.Is(a.Err, resolve.ErrOffline) && !errors.Is(a.Err, resolve.ErrNotInCatalog) {
			failures[a.Err.Error()] = true
		}
		if a.Incomplete != nil {
			failures[a.Incomplete.Error()] = true
		}
	}
	s.tellFailures(ctx, failures)
	return answers
}

// asked are the answers of the registries. Meanwhile garbage is collected four times as often as usual: the processor waits for the network
// anyway, and what tag lists leave behind is most of the memory of a run.
func (s *session) asked(ctx context.Context, queries []resolve.Query) []resolve.Answer {
	defer debug.SetGCPercent(debug.SetGCPercent(gcAsking))
	return s.resolver.All(ctx, queries)
}

// gcAsking is by how many percent the heap may grow between two collections while registries are asked.
const gcAsking = 25

// tellFailures tells what registries did not answer, each thing once in a run.
func (s *session) tellFailures(ctx context.Context, failures map[string]bool) {
	if ctx.Err() != nil || len(failures) == 0 {
		return
	}
	s.lookups.failed = true
	maps.DeleteFunc(failures, func(message string, _ bool) bool { return s.lookups.told[message] })
	s.tty.clear()
	for i, message := range slices.Sorted(maps.Keys(failures)) {
		if i == maxFailures {
			s.complain(fmt.Errorf("%s more", report.Count(len(failures)-i, "failed look-up")))
			break
		}
		s.complain(errors.New(message))
	}
	if s.lookups.told == nil {
		s.lookups.told = map[string]bool{}
	}
	maps.Copy(s.lookups.told, failures)
}

// maxFailures is how many failed look-ups are told one by one.
const maxFailures = 20

// maxCatalog bounds the size in bytes of a catalogue: one with the places of 100,000 images has some 20 MB.
const maxCatalog = 64 << 20

// notCached is why nothing is known offline.
const notCached = "the cache does not know it, and --offline asks no registry"

// imageFact is an answer as rules see it.
func imageFact(a resolve.Answer) *fix.Image {
	switch {
	case errors.Is(a.Err, resolve.ErrOffline):
		return &fix.Image{Failed: notCached}
	case a.Err != nil:
		return &fix.Image{Failed: a.Err.Error(), Foreign: errors.Is(a.Err, resolve.ErrNotInCatalog)}
	}
	i := &fix.Image{Version: cmp.Or(a.Version, a.Tag), Digest: a.Digest, Why: a.Why, Moved: a.Moved}
	if a.Missing {
		i.Missing = a.Why
	}
	if u := a.Update; u != nil {
		i.Update = &fix.ImageUpdate{Tag: u.Tag, Digest: u.Digest, Level: levelName(u.Level), Why: u.Why, Held: u.Held}
	}
	return i
}

// levelName is how far an update goes.
func levelName(l tag.Level) string {
	if l == 0 {
		return "digest"
	}
	return l.String()
}

// openRegistries makes what answers the queries of the run, as the flags say.
func (s *session) openRegistries() error {
	o := resolve.Options{
		BaseTexts: images.Texts, BasePrograms: images.Programs, Offline: s.lookup.offline, MinAge: s.lookup.update.minAge, LedgerFile: s.lookup.update.ledger,
		Warn: func(warning string) { s.tty.clear(); s.complain(errors.New(warning)) },
	}
	if s.lookup.update.allowUnknown {
		o.UnknownAge = resolve.AllowUnknownAge
	}
	if s.lookup.catalog != "" {
		text, err := project.ReadUpTo(s.lookup.catalog, maxCatalog)
		if err != nil {
			return err
		}
		if o.Catalog, err = resolve.ReadCatalog(bytes.NewReader(text)); err != nil {
			return fmt.Errorf("%s: %w", s.lookup.catalog, err)
		}
	}
	if dir, err := os.UserCacheDir(); err == nil {
		o.CacheDir = filepath.Join(dir, "dockfix")
	}
	if o.Catalog == nil { // offline it is asked nothing but which mirror a name stands for
		o.Registry = registry.New(registry.Options{
			Transport: s.Transport, UserAgent: "dockfix/" + version(), Insecure: s.lookup.insecure, Map: s.lookup.mirrors, Warn: o.Warn,
		})
	}
	s.resolver = resolve.New(o)
	return s.resolver.LedgerError()
}
