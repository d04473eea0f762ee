package compose

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Version finds the top-level version key.
var Version = &fix.Rule{
	Name:   "compose-version",
	Title:  "the obsolete version key",
	Why:    "Compose has ignored the key since 2020 and warns about it on every command. The line goes; a comment on it becomes a line of its own. Held back where a script around the file runs docker-compose 1.x, which takes a file without the key for another format, or docker stack deploy, which wanted it until 2022, and where a comment that asks for silence would be left behind.",
	Kind:   source.ComposeKind,
	Safety: fix.Safe,
	// Compose only keeps the key where it reads a file without checking it.
	Changes: []string{"version"},
	Wants: func(d *source.Document) []fix.Want {
		if key, _ := versionKey(d); key != nil {
			return []fix.Want{fix.WantLegacyCompose}
		}
		return nil
	},
	Check: checkVersion,
}

func versionKey(d *source.Document) (key, value *source.Node) { return d.Compose.Root.Get("version") }

func checkVersion(p *fix.Pass) {
	if p.Doc.Compose.Root == nil {
		reportUneditable(p)
		return
	}
	key, value := versionKey(p.Doc)
	if key == nil {
		return
	}
	f := fix.Finding{Span: key.Span, Message: strings.TrimSpace("version: "+value.Text()) + " is obsolete, Compose ignores it"}
	safety := fix.Safe
	if p.Facts.LegacyCompose != "" {
		safety = fix.Unsafe
		f.Reason = p.Facts.LegacyCompose + ", which may need the key"
	}
	entry := source.Span{Start: key.Span.Start, End: max(key.Span.End, value.Span.End)}
	if p.Silence().Within(entry) {
		f.Reason = "a comment that asks for silence here would silence the entry after it"
	} else {
		splices, err := p.Doc.DeleteEntry(key, true)
		edit(&f, "remove the line", safety, splices, err)
	}
	p.Report(f)
}

// reportUneditable finds the key in a file of several documents, of which none is edited.
func reportUneditable(p *fix.Pass) {
	for _, root := range p.Doc.Compose.Documents {
		if key, _ := root.Get("version"); key != nil {
			p.Report(fix.Finding{Span: key.Span, Message: "version is obsolete, Compose ignores it", Reason: p.Doc.Compose.Refusal})
		}
	}
}
