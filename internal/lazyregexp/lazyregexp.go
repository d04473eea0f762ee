// Package lazyregexp has regular expressions that are compiled when they are first used. There are some three hundred in variables
// of packages, most runs use a few of them, and compiled they take ten times the memory of all else that is made before main.
//
// In: an expression as regexp.MustCompile takes it. Out: what has the methods of a *regexp.Regexp.
//
//	var fromLine = lazyregexp.New(`(?i)^\s*from\s`)
//
// The name and the idea are those of internal/lazyregexp of the Go project.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is an expression that may not be compiled yet. It is safe for concurrent use.
type Regexp struct {
	expression string
	once       sync.Once
	regexp     *regexp.Regexp
	look       sync.Once
	words      words
}

// New makes an expression, which is compiled when it is first used. One that is none panics then; in tests it does so at once.
func New(expression string) *Regexp {
	r := &Regexp{expression: expression}
	if inTest {
		r.compiled()
	}
	return r
}

func (r *Regexp) compiled() *regexp.Regexp {
	r.once.Do(func() { r.regexp = regexp.MustCompile(r.expression) })
	return r.regexp
}

// may reports whether a text can match: most texts that rules ask about lack what a match must have, and need no look by the
// expression, which then may need no compiling either.
func (r *Regexp) may(s string) bool {
	r.look.Do(func() { r.words = wordsOf(r.expression) })
	return r.words.in(s)
}

// inTest tells that this is the program of a package's tests. testing.Testing would link that package into dockfix.
var inTest = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// Find is that of regexp.Regexp.
func (r *Regexp) Find(b []byte) []byte { return r.compiled().Find(b) }

// FindAllString is that of regexp.Regexp.
func (r *Regexp) FindAllString(s string, n int) []string {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindAllString(s, n)
}

// FindAllStringIndex is that of regexp.Regexp.
func (r *Regexp) FindAllStringIndex(s string, n int) [][]int {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindAllStringIndex(s, n)
}

// FindAllStringSubmatch is that of regexp.Regexp.
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex is that of regexp.Regexp.
func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindAllStringSubmatchIndex(s, n)
}

// FindAllSubmatch is that of regexp.Regexp.
func (r *Regexp) FindAllSubmatch(b []byte, n int) [][][]byte {
	return r.compiled().FindAllSubmatch(b, n)
}

// FindString is that of regexp.Regexp.
func (r *Regexp) FindString(s string) string {
	if !r.may(s) {
		return ""
	}
	return r.compiled().FindString(s)
}

// FindStringIndex is that of regexp.Regexp.
func (r *Regexp) FindStringIndex(s string) []int {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindStringIndex(s)
}

// FindStringSubmatch is that of regexp.Regexp.
func (r *Regexp) FindStringSubmatch(s string) []string {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindStringSubmatch(s)
}

// FindStringSubmatchIndex is that of regexp.Regexp.
func (r *Regexp) FindStringSubmatchIndex(s string) []int {
	if !r.may(s) {
		return nil
	}
	return r.compiled().FindStringSubmatchIndex(s)
}

// Match is that of regexp.Regexp.
func (r *Regexp) Match(b []byte) bool { return r.compiled().Match(b) }

// MatchString is that of regexp.Regexp.
func (r *Regexp) MatchString(s string) bool { return r.may(s) && r.compiled().MatchString(s) }

// ReplaceAll is that of regexp.Regexp.
func (r *Regexp) ReplaceAll(src, repl []byte) []byte { return r.compiled().ReplaceAll(src, repl) }

// ReplaceAllString is that of regexp.Regexp.
func (r *Regexp) ReplaceAllString(src, repl string) string {
	if !r.may(src) {
		return src
	}
	return r.compiled().ReplaceAllString(src, repl)
}

// ReplaceAllStringFunc is that of regexp.Regexp.
func (r *Regexp) ReplaceAllStringFunc(src string, repl func(string) string) string {
	if !r.may(src) {
		return src
	}
	return r.compiled().ReplaceAllStringFunc(src, repl)
}

// Split is that of regexp.Regexp.
func (r *Regexp) Split(s string, n int) []string {
	if n != 0 && !r.may(s) {
		return []string{s}
	}
	return r.compiled().Split(s, n)
}

// FindIndex is that of regexp.Regexp.
func (r *Regexp) FindIndex(b []byte) []int { return r.compiled().FindIndex(b) }
