package command

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/resolve"
	"github.com/dockfix/dockfix/source"
)

// baseRules are those of the run that want to know what the images bring with them that stages are built on.
func (s *session) baseRules() []*fix.Rule {
	return slices.DeleteFunc(slices.Clone(dockerfile.BaseRules), func(r *fix.Rule) bool { return !slices.Contains(s.rules, r) })
}

// lookAtBases asks about the images of the stages in some Dockerfiles: all of them at once for their configurations, then those that still
// leave something open for their layers.
func (s *session) lookAtBases(ctx context.Context, files []project.File) {
	s.askBases(ctx, func() []fix.Want {
		var mu sync.Mutex
		var wants []fix.Want
		var asking []project.File
		s.parallel(ctx, files, func(i int) {
			parsed, err := s.parse(files[i])
			if err != nil {
				return
			}
			defer s.lookups.parsed.put(files[i].Path, parsed)
			found := s.baseWants(ctx, files[i], parsed.doc)
			mu.Lock()
			defer mu.Unlock()
			if len(found) > 0 {
				asking = append(asking, files[i])
			}
			wants = append(wants, found...)
		})
		files = asking
		return wants
	})
}

// askBases asks until nothing more is wanted: two times at most, for configurations and for layers.
func (s *session) askBases(ctx context.Context, wanted func() []fix.Want) {
	if len(s.baseRules()) == 0 {
		return
	}
	for range 2 {
		wants := wanted()
		if len(wants) == 0 || ctx.Err() != nil {
			return
		}
		s.lookUpBases(ctx, wants)
	}
}

// baseWants is what the rules want to know about the images of the stages in a Dockerfile.
func (s *session) baseWants(ctx context.Context, f project.File, doc *source.Document) []fix.Want {
	if !dockerfile.AsksBases(doc) {
		return nil
	}
	rules := s.baseRules()
	facts, err := s.facts(ctx, doc, outcome{file: f, beside: map[string]beside{}}, rules)
	if err != nil {
		return nil
	}
	return fix.WantsThen(doc, rules, facts)
}

// lookUpBases asks for all wants, each image once, and tells of the registries that did not answer.
func (s *session) lookUpBases(ctx context.Context, wants []fix.Want) {
	roots := map[string]bool{} // by reference
	var queries []resolve.BaseQuery
	for _, w := range wants {
		ref, root, _ := w.Base()
		if _, seen := roots[ref]; !seen {
			queries = append(queries, resolve.BaseQuery{Ref: ref})
		}
		roots[ref] = roots[ref] || root
	}
	for i := range queries {
		queries[i].Root = roots[queries[i].Ref]
	}
	if s.lookups.bases == nil {
		s.lookups.bases = map[string]*fix.Base{}
	}
	failures := map[string]bool{}
	for _, b := range s.resolver.Bases(ctx, queries) {
		s.lookups.bases[b.Ref] = baseFact(b)
		if b.Err != nil && !errors.Is(b.Err, resolve.ErrOffline) && !errors.Is(b.Err, resolve.ErrNotInCatalog) && !errors.Is(b.Err, resolve.ErrPlatform) {
			failures[b.Err.Error()] = true
		}
	}
	s.tellFailures(ctx, failures)
}

// baseFact is an answer as rules see it.
func baseFact(a resolve.Base) *fix.Base {
	b := &fix.Base{Digest: a.Digest}
	switch {
	case errors.Is(a.Err, resolve.ErrOffline):
		b.Failed = notCached
	case a.Err != nil:
		b.Failed = a.Err.Error()
	}
	if a.Config != nil {
		b.Known, b.Config = true, images.Config(*a.Config)
	}
	if r := a.Root; r != nil {
		b.Root = &images.Root{Texts: r.Texts, Programs: r.Programs, Shell: r.Shell, Closed: r.Closed, Partial: r.Partial}
	}
	return b
}
