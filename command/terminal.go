package command

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// isTerminal reports whether a stream is a terminal that a person looks at.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colors decides whether a stream gets colours: FORCE_COLOR, NO_COLOR and TERM=dumb are asked first (no-color.org).
func colors(w io.Writer) bool {
	switch {
	case os.Getenv("FORCE_COLOR") != "":
		return true
	case os.Getenv("NO_COLOR") != "", os.Getenv("TERM") == "dumb":
		return false
	}
	return isTerminal(w)
}

// output is a writer that stops at its first error: a full disk or a closed pipe is told once, not for each file.
type output struct {
	io.Writer
	err error
}

// Write writes as long as that works.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(b)
	o.err = err
	return n, err
}

// progress is a line on a terminal that tells how far a long run is. It appears after half a second.
type progress struct {
	w     io.Writer // nil where nobody looks
	start time.Time
	last  time.Time
	shown bool
}

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, start: time.Now()}
}

func (p *progress) show(n, of int) {
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < 500*time.Millisecond || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r%d of %d files", n, of)
}

// clear removes the line before something else is printed.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
