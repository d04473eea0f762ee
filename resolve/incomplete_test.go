package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
)

// TestIncomplete requires a digest that is known to be answered where the rest is not, with the failure beside it.
func TestIncomplete(t *testing.T) {
	busy := &registry.Error{Registry: "index.docker.io", Kind: registry.Limited}
	pinned := "@" + digest(t, "python:3.12.1")
	for _, c := range []struct {
		q            Query
		fails        string
		version, why string
		update       string
	}{
		{Query{Ref: "python"}, "library/python tags ", "", "the version of latest could not be found out", "none"},
		{Query{Ref: "python"}, "library/python 3.14.7", "", "the version of latest could not be found out", "none"},
		{Query{Ref: "python:3.12-slim", Precise: true}, "library/python tags 3.12.", "", "the version of 3.12-slim could not be found out", "none"},
		{Query{Ref: "python:3.12-slim", Precise: true, Update: &UpdateQuery{}}, "library/python 3.12.14-slim", "", "the version of 3.12-slim could not be found out", "none"},
		{Query{Ref: "python:3.11.1", Update: &UpdateQuery{}}, "library/python tags ", "3.11.1", "3.11.1 has this digest, pushed N years ago, what is newest could not be found out", "none"},
		{Query{Ref: "python:3.11.1", Update: &UpdateQuery{}}, "library/python 3.14.7", "3.11.1", "3.11.1 has this digest, pushed N years ago, what is newest could not be found out", "none"},
		{Query{Ref: "python:3.11.1", Newest: true}, "library/python tags ", "3.11.1", "3.11.1 has this digest, pushed N years ago, what is newest could not be found out", "none"},
		{Query{Ref: "python:latest" + pinned, Update: &UpdateQuery{}}, "library/python tags ", "", "the version of latest could not be found out", "latest none"},
	} {
		f := newFake()
		f.errors[c.fails] = busy
		a := one(t, resolver(f), c.q)
		equal(t, c.q.Ref, []any{a.Err, a.Version, noAge(a.Why), brief(a.Update)}, []any{nil, c.version, noAge(c.why), c.update})
		if !errors.Is(a.Incomplete, busy) || a.Digest == "" || a.Newest != nil {
			t.Errorf("%s, %s: %+v", c.q.Ref, c.fails, a)
		}
	}
	f := newFake()
	f.errors["library/python tags "] = &registry.Error{Kind: registry.Canceled}
	if a := one(t, resolver(f), Query{Ref: "python"}); a.Err == nil || a.Incomplete != nil {
		t.Errorf("nobody waits any more: %+v", a)
	}
	f.errors["library/python tags "] = context.Canceled
	if a := one(t, resolver(f), Query{Ref: "python"}); a.Err == nil || a.Incomplete != nil {
		t.Errorf("nobody waits any more: %+v", a)
	}
}

// TestNewestAbsent requires what is gone, or was never there, not to be the newest, and a tag that has moved to be told.
func TestNewestAbsent(t *testing.T) {
	f := newFake()
	f.hub.Move("library/nginx", "1.31.4", "")
	older := digest(t, "nginx:1.28.0")
	for _, ref := range []string{"no/such:1.0.0", "nginx:1.31.4", "nginx:1.31.4@" + older, "no/such"} {
		a := one(t, resolver(f), Query{Ref: ref, Newest: true})
		if !a.Missing || len(a.Newest) > 0 || (a.Err == nil) != strings.Contains(ref, "@") {
			t.Errorf("%s: %+v", ref, a)
		}
	}
	f.hub.Move("library/nginx", "1.30.0", "")
	a := one(t, resolver(f), Query{Ref: "nginx:1.30.0", Newest: true})
	equal(t, "a newer one is there", a.Newest[tag.Minor], "1.31.4")
	f.requests()
	a = one(t, resolver(newFake()), Query{Ref: "nginx:1.31.3@" + older, Newest: true})
	if !a.Moved || a.Missing || a.Err != nil || !strings.HasPrefix(a.Why, "1.31.3 has "+short(a.Digest)+" now, not "+short(older)) {
		t.Errorf("moved: %+v", a)
	}
	a = one(t, resolver(newFake()), Query{Ref: "nginx:1.28.0@" + older, Newest: true})
	if a.Moved || a.Missing {
		t.Errorf("it has not moved: %+v", a)
	}
	f = newFake()
	one(t, resolver(f), Query{Ref: "nginx:1.31.3@" + older, Newest: true})
	if asked := strings.Join(f.requests(), " "); strings.Contains(asked, older) {
		t.Errorf("the digest was asked for: %s", asked)
	}
}
