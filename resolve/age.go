package resolve

import (
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// firstSeen is what PushedBy says of a time from the ledger.
const firstSeen = "first seen"

// age is what is known about when a digest was pushed.
type age struct {
	at    time.Time
	by    string
	known bool // by the registry; else the image is at least as old as the ledger's time says
}

// age asks when what a tag means was pushed: Docker Hub's own time of the tag, if it has the digest there too, then the
// time that came with the manifest. The ledger's is taken where it is earlier: Docker Hub counts from the last push, also
// of an image that it has had for long.
func (r *run) age(repo name.Repository, tag string, h head) age {
	known, _ := r.ages.do(key(repo, tag+" "+h.Digest), func() (age, error) { return r.askAge(repo, tag, h), nil })
	return known
}

func (r *run) askAge(repo name.Repository, tag string, h head) age {
	a := age{h.Modified, h.By, !h.Modified.IsZero()}
	if !r.o.Offline && (h.By == lastModified || h.By == "") {
		if at, by, ok := r.pushed(repo, tag, h); ok {
			a = age{at, by, true}
		}
	}
	if seen := r.ledger.seen(repo, h.Digest); a.at.IsZero() || seen.Before(a.at) {
		a.at, a.by = seen, firstSeen
	}
	return a
}

// pushed asks the registry itself, and keeps the answer for the next run.
func (r *run) pushed(repo name.Repository, tag string, h head) (at time.Time, by string, ok bool) {
	defer r.slot()()
	at, digest, by, err := r.o.Registry.Pushed(r.ctx, repo, tag)
	if err != nil || digest != h.Digest || at.IsZero() {
		return time.Time{}, "", false // another time does as well
	}
	h.Modified, h.By = at.UTC(), by
	r.cache.setHead(repo, tag, h)
	return at, by, true
}

// held says why an update of that age must wait, "" where it need not.
func (r *run) held(a age) string {
	old := r.o.Now().Sub(a.at)
	switch {
	case r.o.MinAge <= 0 || old >= r.o.MinAge:
		return ""
	case a.known:
		return fmt.Sprintf("%s, less than %s", told(a.at, a.by, r.o.Now()), span(r.o.MinAge))
	case r.o.UnknownAge == AllowUnknownAge:
		return ""
	}
	return fmt.Sprintf("its age is not known: %s, less than %s", told(a.at, a.by, r.o.Now()), span(r.o.MinAge))
}

// told is a time in words: "pushed 3 days ago".
func told(at time.Time, by string, now time.Time) string {
	verb := "pushed"
	if by == firstSeen {
		verb = "first seen"
	}
	if now.Sub(at) < time.Minute {
		return verb + " just now"
	}
	return fmt.Sprintf("%s %s ago", verb, span(now.Sub(at)))
}

// span is a duration in the largest unit of which there are two, or in whole ones: "36 hours", "3 days".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*365*day:
		return plural(int(d/(365*day)), "year")
	case d >= 2*day || d == day:
		return plural(int(d/day), "day")
	case d >= 2*time.Hour || d == time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return plural(int(d/time.Minute), "minute")
	}
	return plural(int(d/time.Second), "second")
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
