package dockerfile

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// CopyDirectory finds a COPY or ADD of several sources whose destination does not end with a slash.
var CopyDirectory = &fix.Rule{
	Name:    "copy-directory",
	Title:   "several sources copied to a directory without a slash",
	Why:     "A COPY of several sources needs a directory as its destination. BuildKit takes it for one; the classic builder, podman and kaniko reject it unless it ends with a slash, and readers cannot see which it is. The slash is added. Held back where a variable ends the destination, since it may be empty or end with a slash, and where the stage is for Windows.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3021"},
	Changes: []string{"file-a*"},
	Check:   checkCopyDirectory,
}

func checkCopyDirectory(p *fix.Pass) {
	for in := range instructions(p.Doc, "COPY", "ADD") {
		last := len(in.Args) - 1
		if in.Stage < 0 || len(in.Heredocs) > 0 || last < 2 || strings.Contains(in.Rest.Text, "{{") { // a template puts one word there
			continue
		}
		dest := in.Args[last]
		end := strings.TrimRight(dest.Text, `"'`)
		if end == "" || strings.HasSuffix(end, "/") || strings.HasSuffix(end, `\`) {
			continue
		}
		f := fix.Finding{Span: dest.Span, Message: in.Name + " of several sources goes to " + dest.Text + ", which has no slash at its end"}
		switch {
		case forWindows(p.Doc, p.Doc.Dockerfile.Stages[in.Stage]):
			f.Reason = "it is for Windows"
		case dest.Split:
			f.Reason = cut
		default:
			f.Fix = &fix.Fix{Title: "add the slash", Safety: fix.Safe, Edits: []fix.Edit{slashAtEnd(p.Doc, dest)}}
			if i := strings.LastIndexByte(end, '$'); i >= 0 && !strings.Contains(end[i:], "/") {
				f.Fix.Safety, f.Reason = fix.Unsafe, "its end is a variable, which may be empty"
			}
		}
		p.Report(f)
	}
}

// slashAtEnd puts a slash behind a destination, inside of its quotes. It replaces the last character, since an insertion at the
// end of a file would belong to no line.
func slashAtEnd(doc *source.Document, dest source.Word) fix.Edit {
	raw := strings.TrimRight(doc.Text(dest.Span), `"'`)
	end := dest.Start + len(raw)
	return fix.Replace(source.Span{Start: end - 1, End: end}, raw[len(raw)-1:]+"/")
}
