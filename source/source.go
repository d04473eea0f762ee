// Package source turns the bytes of a Dockerfile, a Compose file or another file that names images into a Document that knows
// which bytes said what.
//
// BuildKit's parser and yaml.v3 decide what a file means; this package only finds where each piece stands, and checks
// every place it finds against the parser. What does not match is left out and listed in Document.Declined, so that no
// rule can edit text whose meaning is uncertain.
//
// In: the bytes of one file. Out: a Document whose every Span is a half-open byte range of these bytes. For
//
//	FROM python:3.12 AS build
//
// the Document has one Instruction with Keyword {0 4 "FROM"}, and Images() gives {Span: {5 16}, Ref: "python:3.12"}.
package source

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Span is a half-open range of bytes in a file: the only form of a position that is stored.
type Span struct{ Start, End int }

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether all of t lies in s.
func (s Span) Contains(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Touches reports whether s and t share a byte or stand end to end; two edits that touch cannot be made at once.
func (s Span) Touches(t Span) bool { return s.Start <= t.End && t.Start <= s.End }

// Splice replaces the bytes of Span by New. An empty Span inserts, an empty New deletes.
type Splice struct {
	Span
	New string
}

// Kind tells which language a document is written in.
type Kind int

// The kinds of documents dockfix reads.
const (
	DockerfileKind Kind = iota + 1
	ComposeKind
	// The kinds from here on have images, comments and nothing else.
	BakeKind         // docker-bake.hcl, docker-bake.json: builds of docker buildx bake
	ActionsKind      // .github/workflows/*.yml and action.yml of GitHub Actions
	GitLabKind       // .gitlab-ci.yml
	DevcontainerKind // devcontainer.json
	KubernetesKind   // YAML documents with apiVersion and kind
	EnvKind          // .env: no images, but values that images of a Compose file are made of
)

// String is the name used in messages.
func (k Kind) String() string {
	switch k {
	case DockerfileKind:
		return "Dockerfile"
	case ComposeKind:
		return "Compose file"
	case BakeKind:
		return "bake file"
	case ActionsKind:
		return "GitHub Actions file"
	case GitLabKind:
		return "GitLab CI file"
	case DevcontainerKind:
		return "devcontainer file"
	case KubernetesKind:
		return "Kubernetes manifest"
	case EnvKind:
		return ".env file"
	}
	return "unknown kind"
}

// Document is one parsed file. It never changes after Parse.
type Document struct {
	Name       string      // as shown to the user
	Kind       Kind        //
	Bytes      []byte      // the file as read, BOM and line ends included
	Newline    string      // the line end that most lines have: "\n" or "\r\n"
	Dockerfile *Dockerfile // set when Kind is DockerfileKind
	Compose    *Compose    // set when Kind is ComposeKind
	Env        *EnvFile    // set when Kind is EnvKind
	Comments   []Comment   // every comment of the file, in order
	Declined   []Declined  // what could not be mapped and must not be edited

	text   string  // Bytes as a string, which parts are cut out of without a copy
	lines  []int   // offset of the first byte of each line
	images []Image // of a kind that has nothing else
	bake   *bakeFile

	derived *derived // shared by copies under another name
}

// Comment is one comment: from its # to the end of its line, line end excluded.
type Comment struct {
	Span
	Text   string // what stands after the #, trimmed
	Own    bool   // the comment has its line for itself
	Inline bool   // it stands in a dockerfile_inline of a Compose file: for YAML it is text
}

// Declined is a piece of a document whose bytes could not be matched with what the parser says.
type Declined struct {
	Span
	Reason string
}

// Error is a file that cannot be parsed, with the place where the parser gave up.
type Error struct {
	Name    string
	Line    int // 1-based; 0 where the parser names none
	Column  int // 1-based, in runes; 0 where the parser names none
	Message string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.Name, e.Message)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

// Parse reads one file. The error is an *Error when the bytes are not a file of that kind.
func Parse(name string, kind Kind, b []byte) (*Document, error) {
	d := &Document{Name: name, Kind: kind, Bytes: b, text: string(b), Newline: dominantNewline(b), lines: lineStarts(b), derived: &derived{}}
	if err := checkText(name, b); err != nil {
		return nil, err
	}
	var err error
	switch kind {
	case DockerfileKind:
		err = d.parseDockerfile()
	case ComposeKind:
		err = d.parseCompose()
	case BakeKind:
		err = d.parseBake()
	case ActionsKind, GitLabKind, KubernetesKind:
		err = d.parseManifest()
	case DevcontainerKind:
		err = d.parseDevcontainer()
	case EnvKind:
		err = d.parseEnv()
	default:
		err = &Error{Name: name, Message: "of a kind that is not known"}
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// MaxBytes is the size of the largest file that is read. The largest hand-written file known is 60 KB.
const MaxBytes = 8 << 20

// bom is the UTF-8 byte order mark.
var bom = []byte("\xef\xbb\xbf")

// checkText refuses what no parser of text should see.
func checkText(name string, b []byte) error {
	switch {
	case len(b) > MaxBytes:
		return &Error{Name: name, Message: fmt.Sprintf("has %d bytes, more than the %d that are read", len(b), MaxBytes)}
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return &Error{Name: name, Message: "is UTF-16, which no builder reads; save it as UTF-8"}
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return &Error{Name: name, Line: 1 + bytes.Count(b[:i], []byte("\n")), Message: "has a NUL byte: binary, not text"}
	}
	return nil
}

// Text is the text of the file in s.
func (d *Document) Text(s Span) string { return d.text[s.Start:s.End] }

// Position gives the 1-based line and column of a byte offset. The column counts runes. Lines end at "\n"; in a
// Compose file without any, at "\r", as for YAML.
func (d *Document) Position(offset int) (line, column int) {
	line = d.lineAt(offset)
	start := d.lines[line-1]
	if start == 0 && bytes.HasPrefix(d.Bytes, bom) {
		start = min(len(bom), offset)
	}
	return line, 1 + utf8.RuneCount(d.Bytes[start:min(offset, len(d.Bytes))])
}

// Line is the span of a whole 1-based line, its line end included.
func (d *Document) Line(n int) Span {
	end := len(d.Bytes)
	if n < len(d.lines) {
		end = d.lines[n]
	}
	return Span{d.lines[n-1], end}
}

// Lines is the number of lines of the document; an empty one has one.
func (d *Document) Lines() int { return len(d.lines) }

// lineAt is the 1-based line that holds offset.
func (d *Document) lineAt(offset int) int {
	lo, hi := 0, len(d.lines)
	for lo+1 < hi {
		if m := (lo + hi) / 2; d.lines[m] <= offset {
			lo = m
		} else {
			hi = m
		}
	}
	return lo + 1
}

// Images lists the image references of the document, in the order of their spans.
func (d *Document) Images() []Image {
	switch d.Kind {
	case DockerfileKind:
		return d.dockerfileImages()
	case ComposeKind:
		return d.composeImages()
	}
	return slices.Clone(d.images)
}

func lineStarts(b []byte) []int {
	starts := make([]int, 1, bytes.Count(b, []byte("\n"))+1)
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '\n')
		if at += n + 1; n < 0 || at == len(b) {
			return starts
		}
		starts = append(starts, at)
	}
}

// dominantNewline is the line end a new line gets: that of most lines, LF when they are as many.
func dominantNewline(b []byte) string {
	if bytes.IndexByte(b, '\r') < 0 {
		return "\n"
	}
	crlf := bytes.Count(b, []byte("\r\n"))
	if 2*crlf > bytes.Count(b, []byte("\n")) {
		return "\r\n"
	}
	return "\n"
}
