// Package dockerfile holds the rules for Dockerfiles, one a file, and their table.
//
// In: a fix.Pass over a parsed Dockerfile. Out: findings with byte edits. For
//
//	from golang:1.23 AS build
//
// from-as-casing reports "AS" and puts "as" in its place. A rule opens nothing and remembers nothing.
package dockerfile

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Rules are the rules in the order of the documentation, which also decides between fixes at one place.
var Rules = []*fix.Rule{
	InstructionCasing,
	FromAsCasing,
	StageNameCasing,
	LegacyKeyValue,
	Maintainer,
	EmptyContinuation,
	ExposeCasing,
	ExposeMapping,
	RedundantPlatform,
	RepeatedCommand,
	RelativeWorkdir,
	AptCommand,
	InstallYes,
	SplitAptUpdate,
	AptRecommends,
	AptLists,
	ApkCache,
	RpmCache,
	PipCache,
	NpmCache,
	YarnCache,
	GemDocs,
	ComposerCache,
	ComposerDev,
	NpmCi,
	NpmOnlyProduction,
	UseraddLog,
	WgetProgress,
	CurlFail,
	Sudo,
	PythonEnv,
	AddLocal,
	CopyDirectory,
	CopyThenOwn,
	ShellForm,
	InvalidJSONForm,
	NamedUser,
	RunCd,
	LeftBehind,
	AdjacentRun,
	Dockerignore,
	CopyBeforeInstall,
	SecretInEnv,
	RootUser,
	MissingHealthcheck,
	FatBase,
	DevDependencies,
	SingleStageBuild,
	NeedlessTool,
	UntrustedBase,
	SeveralProcesses,
	Pipefail,
}

// cut is the reason that holds back every fix of a word that continues on the next line.
const cut = "it is cut by a line continuation"

// instructions gives those of the named instructions whose bytes are known; without a name it gives all of them.
func instructions(doc *source.Document, names ...string) iter.Seq[*source.Instruction] {
	return func(yield func(*source.Instruction) bool) {
		for _, in := range doc.Dockerfile.Instructions {
			named := len(names) == 0 || slices.Contains(names, in.Name)
			if in.Declined == "" && named && !yield(in) {
				return
			}
		}
	}
}

// reportUnless reports findings of a rule where the document has none of the texts that tell otherwise. It is searched only where there
// is something to report.
func reportUnless(p *fix.Pass, found []fix.Finding, texts ...string) {
	if len(found) == 0 || slices.ContainsFunc(texts, func(t string) bool { return bytes.Contains(p.Doc.Bytes, []byte(t)) }) {
		return
	}
	for _, f := range found {
		p.Report(f)
	}
}

// replace makes text in place of w the fix of f; a word that is cut gets none.
func replace(f *fix.Finding, title string, w source.Word, text string) {
	if w.Split {
		f.Reason = cut
		return
	}
	f.Fix = &fix.Fix{Title: title, Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(w.Span, text)}}
}

// likeCase writes a keyword in capitals or not, as model is written.
func likeCase(keyword, model string) string {
	if model == strings.ToLower(model) {
		return strings.ToLower(keyword)
	}
	return strings.ToUpper(keyword)
}

// commentsIn are the comment lines between the lines of an instruction, with their line ends.
func commentsIn(doc *source.Document, in *source.Instruction) string {
	var b strings.Builder
	for _, c := range doc.Comments {
		if c.Start >= in.Lines.Start && c.End <= in.Lines.End {
			b.WriteString(doc.Text(c.Span) + doc.Newline)
		}
	}
	return b.String()
}

// remove makes the removal of an instruction the fix of f, unless a comment would then silence something else. What expect says is
// the Fix's Expect.
func remove(p *fix.Pass, f *fix.Finding, in *source.Instruction, title string, expect map[string]string) {
	if p.Silence().Within(in.Lines) {
		f.Reason = "a comment that asks for silence here would silence the instruction after it"
		return
	}
	f.Fix = &fix.Fix{Title: title, Safety: fix.Safe, Edits: []fix.Edit{removal(p.Doc, in)}, Expect: expect}
}

// removal deletes all lines of an instruction, but keeps the comments between them. Where that would leave two blank
// lines in a row, one goes too.
func removal(doc *source.Document, in *source.Instruction) fix.Edit {
	lines, comments := in.Lines, commentsIn(doc, in)
	if comments == "" && blankAt(doc, lines.Start-1) && blankAt(doc, lines.End) {
		n, _ := doc.Position(lines.End)
		lines.End = doc.Line(n).End
	}
	return fix.Replace(lines, comments)
}

// blankAt reports whether the line that holds offset is blank; there are none outside the file.
func blankAt(doc *source.Document, offset int) bool {
	if offset < 0 || offset >= len(doc.Bytes) {
		return false
	}
	n, _ := doc.Position(offset)
	return strings.TrimSpace(doc.Text(doc.Line(n))) == ""
}
