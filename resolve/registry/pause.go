package registry

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// backoff says how long to wait before another try where the host does not.
type backoff struct {
	base   time.Duration // before the second try; three times as much before each further one
	broken int           // tries where the host has trouble
	busy   int           // tries where it asks to wait
}

var usualBackoff = backoff{base: 300 * time.Millisecond, broken: 3, busy: 6}

func (b backoff) delay(try int) time.Duration {
	d := b.base
	for range min(try, 6) - 1 {
		d *= 3
	}
	return d
}

// pause is a time in which a host is not asked. Docker Hub limits pulls alone, so that they have their own.
type pause struct {
	until   time.Time
	refused bool // longer than the budget: who asks is told at once
}

func class(pull bool) int {
	if pull {
		return 1
	}
	return 0
}

// ready waits until the host may be asked.
func (h *host) ready(ctx context.Context, pull bool) error {
	for {
		h.mu.Lock()
		dead, p := h.dead, h.pause[class(pull)]
		h.mu.Unlock()
		left := time.Until(p.until)
		switch {
		case dead != nil:
			return dead
		case left <= 0:
			return nil
		case p.refused:
			return limited(h.name, p.until)
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

// rest makes all requests to the host wait, as far as the budget goes.
func (c *Client) rest(h *host, pull bool, d time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, now := &h.pause[class(pull)], time.Now()
	from := now
	if p.until.After(now) {
		from = p.until
	}
	more := max(now.Add(d).Sub(from), 0)
	if p.refused && p.until.After(now) || h.waited+more > c.o.Budget {
		return false
	}
	h.waited += more
	p.until, p.refused = from.Add(more), false
	return true
}

// refuse makes all requests fail until the host will have them again.
func (h *host) refuse(pull bool, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pause[class(pull)] = pause{until, true}
}

// spend takes a wait of one request from the budget of the host.
func (c *Client) spend(h *host, d time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waited+d > c.o.Budget {
		return false
	}
	h.waited += d
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	}
}

// limited is the error of a host that wants no more requests; until is zero where it does not say for how long.
func limited(host string, until time.Time) *Error {
	e := &Error{Kind: Limited, Asked: host, Until: until, Detail: "allows no more requests for now"}
	if !until.IsZero() {
		left := time.Until(until).Round(time.Second)
		e.Detail = fmt.Sprintf("allows no more requests until %s (in %s)", until.Local().Format(time.DateTime), left)
	}
	e.Hint = "later runs take up what is cached"
	if host == hubHost {
		e.Hint = "docker login raises the limit"
	}
	return e
}

// maxRetryAfter bounds what is believed; a header that says more means a day.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header of that name, seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

// tell warns once when less than a fifth of a quota is left. Docker Hub sends ratelimit-limit and ratelimit-remaining, with
// the seconds they are for: "100;w=21600".
func (c *Client) tell(h *host, header http.Header) {
	limit, window := quota(header.Get("RateLimit-Limit"))
	remaining, _ := quota(header.Get("RateLimit-Remaining"))
	if limit <= 0 || remaining < 0 || remaining*5 >= limit {
		return
	}
	h.mu.Lock()
	told := h.quota
	h.quota = true
	h.mu.Unlock()
	if told {
		return
	}
	text := fmt.Sprintf("%s: %d of %d pulls are left", h.name, remaining, limit)
	if window > 0 {
		text += " for " + window.String()
	}
	c.warn(text + "; they are not used up by dockfix, which sends no pulls to pin a tag")
}

// quota reads 100;w=21600; -1 where there is no number.
func quota(value string) (n int, window time.Duration) {
	number, parameters, _ := strings.Cut(value, ";")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 0 || n > 1<<30 {
		return -1, 0
	}
	if w, ok := strings.CutPrefix(strings.TrimSpace(parameters), "w="); ok {
		if seconds, err := strconv.Atoi(w); err == nil && seconds > 0 && seconds < 1<<30 {
			window = time.Duration(seconds) * time.Second
		}
	}
	return n, window
}
