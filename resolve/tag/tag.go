// Package tag is the algebra of image tags: what a tag says, which concrete tags a floating one may stand for, and which
// tag is the next version of another. It reads names only: no registry is asked, nothing is stored.
//
// In go the tags of one repository and one of them; out come other tags of that repository, likeliest first, to be
// confirmed by comparing digests:
//
//	l := tag.NewList("index.docker.io/library/python", []string{"3.13.9-slim", "3.14-slim", "3.14.7-slim", "3.14.7", "slim"})
//	l.Candidates("slim", 12)                                  // 3.14.7-slim, 3.13.9-slim, ...
//	l.Update("3.13.9-slim", tag.UpdateOptions{Level: Minor})  // 3.14.7-slim, Minor
package tag

import (
	"fmt"
	"strings"
)

// Level is how far a version may move, or has moved.
type Level int

// The levels in ascending order; the zero Level is none of them.
const (
	Patch Level = iota + 1
	Minor
	Major
)

var levelNames = [...]string{"none", "patch", "minor", "major"}

// ParseLevel reads "patch", "minor" or "major".
func ParseLevel(s string) (Level, error) {
	for l := Patch; l <= Major; l++ {
		if s == levelNames[l] {
			return l, nil
		}
	}
	return 0, fmt.Errorf("level %q is none of patch, minor, major", s)
}

// String is the name that ParseLevel reads; "none" for the zero Level.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// Tag is a tag taken apart; Parse makes it. Tags of one repository should be parsed by its List where there is one: whether
// the number in "otp-27" is the version of the image or of a part of it, only the other tags tell.
type Tag struct {
	Raw string // as it was written

	numbers []int // 3.12.1; 8u504 is 8.0.504
	*kind
}

// kind is what a tag says beside its numbers. It is not changed: thousands of tags of a List differ in their numbers alone, and
// share it.
type kind struct {
	scheme scheme
	java8  bool       // written 8u504, and followed by the number of the build: b07
	opaque bool       // a commit, a pull request, a number of a build: names no version
	date   []int      // 20260805, and what follows: 20260816.0.574111
	pre    preRelease // rc1, beta.2; without numbers: any of them
	revs   []revision // r4, ls200, _7, -1
	words  []word     // slim, alpine3.22, in the order of the tag
}

// scheme is how versions are introduced. Versions of different schemes are not compared for updates.
type scheme uint8

const (
	plain    scheme = iota // 1.2.3
	vPrefix                // v1.2.3
	labelled               // version-1.2.3
	release                // RELEASE.2024-01-01T16-36-33Z, of MinIO
	schemeCount
)

// word is a part of a tag that is no version of the image, with the version that it may carry.
type word struct {
	name    string // lower case
	version []int  // of alpine3.22: 3, 22
}

// revision counts builds of one version: the mark is what introduces the number, "#" where nothing does.
type revision struct {
	mark    string
	numbers []int
}

// preRelease is the stage before a version; its zero value is the version itself.
type preRelease struct {
	stage   stage
	numbers []int
}

// Parse takes a tag apart. It takes every string: what it does not know is a word.
func Parse(raw string) Tag { return parse(raw, &lexicon{}) }

// Floating reports whether the tag names no version of its own: "", latest, alpine, lts, bookworm. Such a tag may
// mean anything tomorrow.
func (t Tag) Floating() bool {
	return !t.opaque && len(t.numbers) == 0 && len(t.date) == 0
}

// Partial reports whether the tag has a version that a more precise tag may sharpen: 22, v1, 3.12-slim. Whether the
// repository has such a tag, only its list tells: postgres has nothing below 18.6.
func (t Tag) Partial() bool {
	return !t.opaque && len(t.numbers) > 0 && !t.concrete()
}

// PreRelease reports whether the tag says that its image is not released yet: 3.15.0rc1, nightly-20260801, edge, and
// the numbered builds between versions (12.4.0-19383843421).
func (t Tag) PreRelease() bool {
	return t.pre.stage != released || t.channel() || t.build()
}

// concrete tells whether the tag is as precise as tags usually get: three numbers, a date or a revision.
func (t Tag) concrete() bool {
	return len(t.numbers) >= 3 || len(t.date) > 0 || len(t.revs) > 0
}

// channel tells whether a word of the tag names a stream of unreleased images.
func (t Tag) channel() bool {
	for _, w := range t.words {
		if channelWords[w.name] {
			return true
		}
	}
	return false
}

// build tells whether a tag of a whole version is one of many builds on the way to it. Red Hat numbers its releases
// the same way, but behind two numbers only: 9.5-1732804088.
func (t Tag) build() bool {
	for _, r := range t.revs {
		if r.mark == "#" && len(t.numbers) >= 3 && len(r.numbers) == 1 && r.numbers[0] >= 1e8 {
			return true
		}
	}
	return false
}

// precision counts the numbers that fix the version of the image.
func (t Tag) precision() int {
	n := len(t.numbers) + len(t.date) + len(t.pre.numbers)
	for _, r := range t.revs {
		n += len(r.numbers)
	}
	return n
}

// has tells whether one of the words has the name.
func (t Tag) has(name string) bool {
	for _, w := range t.words {
		if w.name == name {
			return true
		}
	}
	return false
}

// SeekPrefix is the beginning that the tags share which sharpen a partial tag: "3.12." for 3.12-slim. A registry that
// sorts can start there. Where dates or builds follow the version by another sign (18.0-20250807, 8u504, 21_35),
// nothing is found there and the whole list is needed. False where the tag is not partial or its version stands
// behind a word that may not be the first of the others.
func SeekPrefix(floating string) (string, bool) {
	t := Parse(floating)
	if !t.Partial() {
		return "", false
	}
	for i := range len(floating) {
		if digit(floating[i]) {
			_, rest := numbers(floating[i:])
			if i > 0 && floating[i-1] != '-' && !strings.EqualFold(floating[:i], "v") {
				return "", false
			}
			return floating[:len(floating)-len(rest)] + ".", true
		}
	}
	return "", false
}
