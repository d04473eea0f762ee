package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Kind says what can be done about an Error.
type Kind int

// The kinds of errors.
const (
	Broken      Kind = iota // the registry answers, but not with what it should
	NotFound                // it has no such tag, digest or repository
	Denied                  // it wants other credentials, or hides that there is nothing
	Limited                 // it has had enough requests for now
	Unreachable             // it does not answer
	Canceled                // the caller has given up
)

// Error is why a registry did not tell what it was asked. It never has words that a registry sent, which could repeat
// credentials, and no URL.
type Error struct {
	Registry   string // index.docker.io
	Repository string // library/python
	Reference  string // tag or digest, "" for tag lists
	Kind       Kind
	Asked      string    // the host that was asked, where it is not Registry
	Detail     string    // the fact: "answers with status 500 (UNKNOWN)"
	Hint       string    // what to do, "" where nothing comes to mind
	Until      time.Time // Limited: when to try again; zero if the registry does not say

	cause   error
	dead    bool // nothing else of the host need be tried
	timeout bool
	retry   bool // worth another try
	// unsupported says that the registry does not take the method or a parameter.
	unsupported bool
}

// Error is one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.subject())
	b.WriteString(": ")
	if host := e.host(); host != "" {
		b.WriteString(host + " ")
	}
	b.WriteString(e.fact())
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// host is the one that was asked.
func (e *Error) host() string {
	if e.Asked != "" {
		return e.Asked
	}
	return e.Registry
}

// subject spells the image.
func (e *Error) subject() string {
	s := strings.Trim(e.Registry+"/"+e.Repository, "/")
	switch {
	case s == "":
		return "registry"
	case strings.HasPrefix(e.Reference, "sha256:"):
		return s + "@" + e.Reference
	case e.Reference != "":
		return s + ":" + e.Reference
	}
	return s
}

// fact is the detail, or what the kind says by itself.
func (e *Error) fact() string {
	if e.Detail != "" {
		return e.Detail
	}
	switch e.Kind {
	case NotFound:
		return "has no such image"
	case Denied:
		return "denies access"
	case Limited:
		return "allows no more requests for now"
	case Unreachable:
		return "does not answer"
	case Canceled:
		return "was not waited for"
	}
	return "gives a broken answer"
}

// Unwrap is what lies behind it: context.Canceled, a network error, or nil.
func (e *Error) Unwrap() error { return e.cause }

// broken is an error about the content of an answer.
func broken(format string, args ...any) *Error {
	return &Error{Kind: Broken, Detail: fmt.Sprintf(format, args...)}
}

// canceled is the error of a caller who no longer waits.
func canceled(ctx context.Context) *Error {
	return &Error{Kind: Canceled, cause: context.Cause(ctx)}
}

// named is a copy of the error that says what it is about. The error of a host is shared by all its images.
func named(err error, repo name.Repository, reference string) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Kind: Broken, Detail: err.Error(), cause: err}
	}
	one := *e
	one.Registry, one.Repository, one.Reference = repo.RegistryStr(), repo.RepositoryStr(), reference
	if one.Asked == one.Registry || one.Registry == hubName && one.Asked == hubHost {
		one.Asked = ""
	}
	if one.Kind == Denied && one.Hint == "" {
		one.Hint = "if it exists and is private: docker login " + loginName(one.host())
	}
	return &one
}

// loginName is what docker login calls a host.
func loginName(host string) string {
	if host == hubName || host == hubHost {
		return ""
	}
	return host
}

// kindOf is the kind of an error, and whether it is one of this package.
func kindOf(err error) (Kind, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind, true
	}
	return 0, false
}
