package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// AddLocal finds ADD where COPY does the same.
var AddLocal = &fix.Rule{
	Name:    "add-local",
	Title:   "ADD of local files that it does not unpack",
	Why:     "ADD downloads addresses and unpacks tar archives; COPY says that neither is meant, so that nobody has to look. Whether ADD unpacks a file depends on its bytes, not on its name, and they are read in the build context: made where every source is a directory or is no archive. Held back where a file cannot be read and only its name speaks against an archive. Refused where a source has a variable, which may hold an address, or may be an archive for all that is known. An ADD of an archive or an address is left alone.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3020"},
	Changes: []string{"file-a*"},
	Wants:   wantsAddLocal,
	Check:   checkAddLocal,
}

// wantsAddLocal asks for the files that ADD names.
func wantsAddLocal(doc *source.Document) []fix.Want {
	var wants []fix.Want
	for in := range instructions(doc, "ADD") {
		for _, w := range in.Args[:max(0, len(in.Args)-1)] {
			name := contextPath(w.Text, doc.Dockerfile.Escape)
			if name != "." && !isRemote(w.Text) && !strings.Contains(name, "$") {
				wants = append(wants, fix.WantText(name))
			}
		}
	}
	return wants
}

func checkAddLocal(p *fix.Pass) {
	for in := range instructions(p.Doc, "ADD") {
		if in.Stage < 0 || len(in.Args) < 2 || len(in.Heredocs) > 0 || needsAdd(in) {
			continue
		}
		verdict, reason := worst(p, in)
		if verdict == addUnpacks {
			continue
		}
		f := fix.Finding{Span: in.Span, Message: "ADD of local files does what COPY does", Reason: reason}
		if verdict == addUnknown {
			f.Message = "ADD of what may be local files"
		} else {
			replace(&f, "use COPY", in.Keyword, likeCase("COPY", in.Keyword.Text))
		}
		if f.Fix != nil && verdict == addLikely {
			f.Fix.Safety = fix.Unsafe
		}
		p.Report(f)
	}
}

// needsAdd reports whether the ADD has a flag that COPY has not.
func needsAdd(in *source.Instruction) bool {
	return slices.ContainsFunc(in.Flags, func(f source.Flag) bool {
		return f.Name == "checksum" || f.Name == "keep-git-dir" || f.Name == "unpack"
	})
}

// addVerdict is what ADD does with a source, from the harmless on.
type addVerdict int

const (
	addCopies  addVerdict = iota // it was seen that COPY does the same
	addLikely                    // only the name says so
	addUnknown                   // nothing says so
	addUnpacks                   // it unpacks or downloads
)

// worst judges all sources of an ADD in all build contexts; the reason belongs to the worst of them.
func worst(p *fix.Pass, in *source.Instruction) (addVerdict, string) {
	verdict, reason := addCopies, ""
	contexts := p.Facts.Contexts
	if len(contexts) == 0 {
		contexts = []*fix.BuildContext{nil}
	}
	last := len(in.Args) - 1
	for _, w := range in.Args[:last] {
		for _, c := range contexts {
			if v, r := addSource(p.Doc, c, w.Text, in.Args[last].Text); v > verdict {
				verdict, reason = v, r
			}
		}
	}
	return verdict, reason
}

// addSource judges one source; c is nil where no build context is known.
func addSource(doc *source.Document, c *fix.BuildContext, text, dest string) (addVerdict, string) {
	name := contextPath(text, doc.Dockerfile.Escape)
	switch {
	case isRemote(text), archiveName.MatchString(name):
		return addUnpacks, ""
	case strings.Contains(text, "$"):
		return addUnknown, "a source has a variable, which may hold an address or the name of an archive"
	case strings.ContainsAny(text, `"'`) && !strings.HasPrefix(text, "/"):
		return addUnknown, "a source has quotes"
	case name == ".":
		return addCopies, ""
	}
	if c != nil && c.Failed == "" && c.Partial == "" {
		if v, r, found := addEntries(c, name); found {
			return v, r
		}
	}
	return addByName(text, name, dest)
}

// addEntries judges a source by what it matches in a build context; not found where it matches nothing.
func addEntries(c *fix.BuildContext, name string) (verdict addVerdict, reason string, found bool) {
	for _, e := range c.Entries {
		if ok, err := path.Match(name, e.Path); err != nil || !ok {
			continue
		}
		found = true
		v, r := addEntry(c, e)
		if v > verdict {
			verdict, reason = v, r
		}
	}
	return verdict, reason, found
}

func addEntry(c *fix.BuildContext, e fix.ContextEntry) (addVerdict, string) {
	text, read := c.Texts[e.Path]
	switch {
	case e.Mode.IsDir():
		return addCopies, ""
	case e.Mode.IsRegular() && read:
		return addBytes(text, e.Path)
	case e.Mode.IsRegular() && e.Size == 0:
		return addCopies, ""
	case !suspicious.MatchString(path.Base(e.Path)):
		return addLikely, "whether " + e.Path + " is an archive can only be told by its name: it is too large to read, or a link"
	}
	return addUnknown, e.Path + " cannot be read, and may be an archive"
}

// addByName judges a source that is in no known build context.
func addByName(text, name, dest string) (addVerdict, string) {
	base := path.Base(name)
	absent := name + " is not in the build context"
	switch {
	case suspicious.MatchString(base):
		return addUnknown, absent + ", and may be an archive"
	case strings.HasSuffix(text, "/"):
		return addLikely, absent + ": that it is a directory is told by its slash alone"
	case strings.HasSuffix(base, "*"):
		return addUnknown, "the pattern " + name + " may match an archive, and matches nothing in the build context"
	case path.Ext(base) == "" && path.Clean(dest) == "/":
		return addUnknown, absent + " and may be an archive: it goes to /"
	}
	return addLikely, absent + ": that it is no archive is told by its name alone"
}

// contextPath is a source as a path of the build context.
func contextPath(text string, escape byte) string {
	if escape == '`' {
		text = strings.ReplaceAll(text, `\`, "/")
	}
	return path.Clean(strings.TrimLeft(strings.TrimPrefix(text, "./"), "/") + "/.")
}

var (
	remote      = lazyregexp.New(`(?i)^(https?|ftps?|ssh|git)://|^git@|^[^/ ]+@[^/ ]+:|\.git(#.*)?$|^(github|gitlab|bitbucket)\.(com|org)/`)
	archiveName = lazyregexp.New(`(?i)\.(tar|tgz|tbz2?|txz|tlz|tzst|taz|cpio)$|\.tar\.[a-z0-9]+$`)
	// suspicious are names under which tar archives go about without saying so.
	suspicious = lazyregexp.New(`(?i)\.(gz|xz|bz2?|zst|z|lzma|img|layer)$|root-?fs|layer|archive|bundle|backup|tarball|release`)
)

func isRemote(text string) bool { return remote.MatchString(text) }
