package resolve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/resolve/tag"
)

const days = 24 * time.Hour

// brief is an update in a few words.
func brief(u *Update) string {
	if u == nil {
		return "none"
	}
	s := u.Tag + " " + u.Level.String()
	if u.Held != "" {
		s += " (" + u.Held + ")"
	}
	return s
}

// TestUpdate requires the newest tag within the level, its own digest, and no more than latest.
func TestUpdate(t *testing.T) {
	for _, c := range []struct {
		ref   string
		level tag.Level
		hold  string
		want  string
	}{
		{"python:3.11.1-slim", tag.Patch, "", "3.11.16-slim patch"},
		{"python:3.11.1-slim", tag.Minor, "", "3.14.7-slim minor"},
		{"python:3.11.1-slim", 0, "", "3.14.7-slim minor"},
		{"python:3.11.1-slim", tag.Minor, "<3.13", "3.12.14-slim minor"},
		{"python:3.11.1-slim", tag.Minor, "<0", "none"},
		{"python:3.14.7-slim", tag.Major, "", "none"},
		{"mongo:6.0.5", tag.Patch, "", "6.0.28 patch"},
		{"postgres:14.1-alpine", tag.Minor, "", "14.24-alpine patch"},
		{"postgres:14.1-alpine", tag.Major, "", "14.24-alpine patch"}, // first within the major version
		{"postgres:14.24-alpine", tag.Major, "", "18.6-alpine major (a new major version of a database needs its data migrated)"},
		{"mongo:6.0.28", tag.Major, "", "8.2.12 major (a new major version of a database needs its data migrated)"}, // 8.3.8 is above latest
	} {
		a := one(t, resolver(newFake()), Query{Ref: c.ref, Update: &UpdateQuery{Level: c.level, Hold: c.hold}})
		equal(t, c.ref+" "+c.level.String()+" "+c.hold, brief(a.Update), c.want)
		if a.Err != nil {
			t.Errorf("%s: %v", c.ref, a.Err)
		}
		if u := a.Update; u != nil {
			name, _, _ := strings.Cut(c.ref, ":")
			equal(t, c.ref, u.Digest, digest(t, name+":"+u.Tag))
			equal(t, c.ref, u.Database, u.Held != "")
		}
	}
}

// TestUpdateTold requires an update to say what it is and how old, and Newest to go beyond the level.
func TestUpdateTold(t *testing.T) {
	a := one(t, resolver(newFake()), Query{Ref: "python:3.11.1-slim", Newest: true, Update: &UpdateQuery{Level: tag.Patch}})
	equal(t, "why", noAge(a.Update.Why), noAge("3.11.16-slim is the newest patch for 3.11.1-slim, pushed 4 days ago"))
	equal(t, "newest", a.Newest, map[tag.Level]string{tag.Patch: "3.11.16-slim", tag.Minor: "3.14.7-slim", tag.Major: "3.14.7-slim"})
	a = one(t, resolver(newFake()), Query{Ref: "python:3.11.1-slim", Newest: true})
	if a.Update != nil || len(a.Newest) != 3 {
		t.Errorf("only the newest are asked for: %+v", a)
	}
	a = one(t, resolver(newFake()), Query{Ref: "python", Newest: true})
	equal(t, "newest", a.Newest, map[tag.Level]string{tag.Patch: "3.14.7", tag.Minor: "3.14.7", tag.Major: "3.14.7"})
	a = one(t, resolver(newFake()), Query{Ref: "python:3.11.1", Update: &UpdateQuery{Hold: "around 3"}})
	if a.Err == nil {
		t.Error("no error for a constraint that is none")
	}
}

// TestUpdateGone requires a tag of the list that is gone to be passed over, and an update for a tag that is gone itself.
func TestUpdateGone(t *testing.T) {
	f := newFake()
	f.errors["library/python 3.11.16-slim"] = absentTag
	f.errors["library/python 3.11.1-slim"] = absentTag
	a := one(t, resolver(f), Query{Ref: "python:3.11.1-slim@" + digest(t, "python:3.11.1-slim"), Update: &UpdateQuery{Level: tag.Patch}})
	equal(t, "update", brief(a.Update), "3.11.15-slim patch")
	if !a.Missing || a.Err != nil {
		t.Errorf("missing %v, %v", a.Missing, a.Err)
	}
}

// TestUpdateDigest requires a tag that was built anew to be offered with its new digest, and no half of an update.
func TestUpdateDigest(t *testing.T) {
	older := digest(t, "nginx:1.28.0")
	f := newFake()
	a := one(t, resolver(f), Query{Ref: "nginx:1.31.4@" + older, Update: &UpdateQuery{}})
	equal(t, "update", brief(a.Update), "1.31.4 none")
	equal(t, "digest", a.Update.Digest, digest(t, "nginx:1.31.4"))
	equal(t, "why", noAge(a.Update.Why), noAge("1.31.4 was built anew, pushed 4 days ago"))
	a = one(t, resolver(f), Query{Ref: "nginx:1.31.4@" + a.Digest, Update: &UpdateQuery{}})
	equal(t, "no update", brief(a.Update), "none")
	a = one(t, resolver(f), Query{Ref: "nginx:1.31.4@" + older, Update: &UpdateQuery{Hold: "<0"}})
	equal(t, "held", brief(a.Update), "none")
	a = one(t, resolver(f), Query{Ref: "nginx:latest@" + older, Update: &UpdateQuery{}})
	equal(t, "latest", brief(a.Update), "latest none")
}

// TestUpdateFloatingDatabase requires a major version of a database not to be crossed because its tag says latest.
func TestUpdateFloatingDatabase(t *testing.T) {
	for from, want := range map[string]string{
		"18.4":  "latest none",
		"17.11": "latest none (latest may be another major version now, and a database needs its data migrated then)",
	} {
		f, dir := newFake(), t.TempDir()
		f.hub.Move("library/postgres", "latest", from)
		pinned := one(t, at(f, dir, 0), Query{Ref: "postgres"}).Digest
		f.hub.Move("library/postgres", "latest", "18.6")
		a := one(t, at(f, dir, days), Query{Ref: "postgres:latest@" + pinned, Update: &UpdateQuery{}})
		equal(t, from+" to 18.6", brief(a.Update), want)
		equal(t, from+" to 18.6", a.Version, "18.6")
		a = one(t, at(f, "", days), Query{Ref: "postgres:latest@" + pinned, Update: &UpdateQuery{}})
		equal(t, "from what nobody knows", a.Update.Database, true)
	}
}

// TestUpdateBetween requires a tag that is built anew all the time to get the newest build that is old enough.
func TestUpdateBetween(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	for _, undo := range timeless(f, "library/nginx") {
		defer undo()
	}
	ask := func(later time.Duration, ref string) Answer {
		return one(t, at(f, dir, later, func(o *Options) { o.MinAge = 3 * days }), Query{Ref: ref, Update: &UpdateQuery{}})
	}
	builds := []string{"1.28.0", "1.29.0", "1.30.0"} // of the tag 1.31.4, in three weeks
	for week, build := range builds {
		f.hub.Move("library/nginx", "1.31.4", build)
		ask(time.Duration(week)*7*days, "nginx:1.31.4")
	}
	a := ask(15*days, "nginx:1.31.4@"+digest(t, "nginx:1.28.0"))
	equal(t, "the one in between", brief(a.Update)+a.Update.Digest, "1.31.4 none"+digest(t, "nginx:1.29.0"))
	equal(t, "why", a.Update.Why, "1.31.4 had it in between, first seen 8 days ago; "+short(digest(t, "nginx:1.30.0"))+
		" waits: its age is not known: first seen 1 day ago, less than 3 days")
	a = ask(15*days, "nginx:1.31.4@"+digest(t, "nginx:1.29.0"))
	if a.Update.Held == "" || a.Update.Digest != digest(t, "nginx:1.30.0") {
		t.Errorf("nothing in between: %+v", a.Update)
	}
	a = ask(18*days, "nginx:1.31.4@"+digest(t, "nginx:1.28.0"))
	equal(t, "old enough", brief(a.Update)+a.Update.Digest, "1.31.4 none"+digest(t, "nginx:1.30.0"))
}

// TestMinAge requires young updates to wait, the newest old one to be offered in their place, and the source of each time.
func TestMinAge(t *testing.T) {
	f := newFake()
	f.pushed["library/nginx 1.31.4"] = today.Add(-1 * days)
	f.pushed["library/nginx 1.31.3"] = today.Add(-5 * days)
	aged := func(o *Options) { o.MinAge = 3 * days }
	a := one(t, resolver(f, aged), Query{Ref: "nginx:1.31.0", Update: &UpdateQuery{}})
	equal(t, "update", brief(a.Update), "1.31.3 patch")
	equal(t, "why", a.Update.Why, "1.31.3 is the newest patch for 1.31.0, pushed 5 days ago; 1.31.4 waits: pushed 1 day ago, less than 3 days")
	equal(t, "source", a.Update.PushedBy, "Docker Hub")
	a = one(t, resolver(f, aged), Query{Ref: "nginx:1.31.3", Update: &UpdateQuery{}})
	equal(t, "only a young one", brief(a.Update), "1.31.4 patch (pushed 1 day ago, less than 3 days)")
}

// TestUnknownAge requires an update without a time to be held or allowed as the user says, and let through once it was
// seen for long enough.
func TestUnknownAge(t *testing.T) {
	f := newFake()
	for _, i := range timeless(f, "library/nginx") {
		defer i()
	}
	now := today
	file := filepath.Join(t.TempDir(), "seen.json")
	ask := func(u UnknownAge) string {
		r := resolver(f, func(o *Options) {
			o.MinAge, o.UnknownAge, o.LedgerFile, o.Now = 3*days, u, file, func() time.Time { return now }
			o.Warn = func(s string) { t.Error(s) }
		})
		return brief(one(t, r, Query{Ref: "nginx:1.31.3", Update: &UpdateQuery{}}).Update)
	}
	equal(t, "allow", ask(AllowUnknownAge), "1.31.4 patch")
	equal(t, "hold", ask(HoldUnknownAge), "1.31.4 patch (its age is not known: first seen just now, less than 3 days)")
	now = now.Add(2 * days)
	equal(t, "hold later", ask(HoldUnknownAge), "1.31.4 patch (its age is not known: first seen 2 days ago, less than 3 days)")
	now = now.Add(days)
	equal(t, "seen for long", ask(HoldUnknownAge), "1.31.4 patch")
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), digest(t, "nginx:1.31.4")) || !strings.Contains(string(b), "2026-08-23T12:00:00Z") {
		t.Errorf("the ledger has %s, %v", b, err)
	}
}
