package project

import (
	"bytes"
	"fmt"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// Generated tells whether the comments at the head of a file, before anything else, say that a program writes it, and
// which line says so: "DO NOT EDIT", "automatically generated", "This Dockerfile is generated from ...". A comment about
// something else that is generated, or one further down, does not count. Both kinds of files have the same comments.
func Generated(b []byte, _ source.Kind) (reason string, ok bool) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	for n, line := range bytes.SplitAfterN(b, []byte("\n"), headLines+1) {
		line = bytes.TrimSpace(line)
		switch {
		case n == headLines, len(line) > 0 && line[0] != '#':
			return "", false
		case generatedLine.Match(line):
			return fmt.Sprintf("a generated file, by line %d", n+1), true
		}
	}
	return "", false
}

// headLines bounds the head of a file, in lines: licences of 25 lines stand before the notice.
const headLines = 60

// generatedLine is a comment about the file itself. Its wordings are those of Docker Official Images, of webdevops, of
// Go's convention for generated code and of Meta's @generated.
var generatedLine = lazyregexp.New(`(?i)^#.*\b(?:do not|don't) (?:edit|modify|change)\b` +
	`(?:\W*$|\s*[-:;.,!()]|\s+(?:this|it|by hand|manually|directly)\b)` +
	`|^#\W*(?:(?:code |file )?auto(?:matically)?[ -]?generated\b|(?:code |file )?generated (?:by|from|via|with|using)\b)` +
	`|^#.*\bthis (?:\w+[ -]?)?file (?:is|was|has been) (?:\w+[ -])?(?:auto)?generated\b` +
	`|^#.*@generated\b`)
