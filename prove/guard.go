package prove

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// guard runs one load so that neither a panic of a front end nor its slowness reaches the caller. The front ends take no
// context where the time goes, so that work is left behind when ctx ends; it checks ctx between its parts.
func guard(ctx context.Context, in Input, load func() (*Model, error)) (*Model, error) {
	name := in.Name
	type outcome struct {
		m   *Model
		err error
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(in.Text) > source.MaxBytes {
		return nil, located(name, tooMuch{fmt.Sprintf("it has more than %d MB", source.MaxBytes>>20)})
	}
	done := make(chan outcome, 1)
	go func() {
		m, err := recovered(load)
		done <- outcome{m, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", name, ctx.Err())
	case o := <-done:
		switch {
		case o.err == nil:
			return o.m, nil
		case ctx.Err() != nil && errors.Is(o.err, ctx.Err()):
			return nil, fmt.Errorf("%s: %w", name, ctx.Err())
		}
		return nil, located(name, o.err)
	}
}

// recovered turns a panic of f into an error: both front ends have inputs that they do not survive.
func recovered[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{r}
		}
	}()
	return f()
}

// panicError is a front end that panicked. The value is not part of the message: it can quote the file.
type panicError struct{ value any }

func (e *panicError) Error() string { return "the front end cannot read it (it panicked)" }

// located puts an error of a front end into the form of this project: the file, the line where known, the fact.
func located(name string, err error) *source.Error {
	e := &source.Error{Name: name, Line: errorLine(err), Message: oneLine(err.Error())}
	e.Message = composePrefix.ReplaceAllString(e.Message, "")
	e.Message = quotedText.ReplaceAllStringFunc(e.Message, func(quoted string) string {
		if !strings.HasPrefix(quoted, `"`) { // names of keys and services, which say where to look
			return quoted
		}
		return `"..."`
	})
	e.Message = anchor.ReplaceAllString(e.Message, "anchor")
	e.Message = userinfo.ReplaceAllString(e.Message, "://...@")
	e.Message = repository.ReplaceAllString(e.Message, "")
	if m := linePrefix.FindStringSubmatch(e.Message); m != nil {
		if e.Line == 0 {
			e.Line, _ = strconv.Atoi(m[1])
		}
		e.Message = e.Message[len(m[0]):]
	}
	if escapeDirective.MatchString(e.Message) {
		e.Line++ // BuildKit counts the lines of the escape directive from 0
	}
	return e
}

var (
	composePrefix = lazyregexp.New(`^(?:(?:failed to parse|validating) ` + regexp.QuoteMeta(composeFile) + `: )?(?:yaml: )?`)
	// linePrefix matches "dockerfile parse error on line 3: ", "line 3, column 9: ", and where yaml.v4 names two lines, as in
	// "while parsing a block mapping at line 1, column 1: line 3, column 9: ", captures the last one: the error is there.
	linePrefix = lazyregexp.New(`^(?:(?:while [a-z ]+ at |(?:dockerfile )?[Pp]arse error on )?line (\d+)(?:, column \d+)?: )+`)
	// The front ends repeat words that they cannot read, with the values of variables put in: any may be a secret, and so
	// may what a URL has before its host.
	quotedText      = lazyregexp.New(`(?:mapping key |service )?"(?:\\.|[^"\\])*"`)
	anchor          = lazyregexp.New(`anchor '[^']*'`)
	repository      = lazyregexp.New(` \(\S*/[^)]*\)`)
	userinfo        = lazyregexp.New(`://[^/@\s]+@`)
	escapeDirective = lazyregexp.New(`escape (?:parser directive|token)`)
)

// errorLine is the 1-based line at which BuildKit says the error is, 0 where it says none.
func errorLine(err error) int {
	var at *parser.LocationError
	if !errors.As(err, &at) || len(at.Locations) == 0 || len(at.Locations[0]) == 0 {
		return 0
	}
	return at.Locations[0][0].Start.Line
}

// oneLine keeps the first line that says something. Compose quotes the value that it could not interpolate on a later
// line, and that value may be a secret.
func oneLine(message string) string {
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasSuffix(line, "errors:") && !strings.HasSuffix(line, "error(s):") {
			return line
		}
	}
	return "is not accepted"
}
