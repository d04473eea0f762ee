package pin

import (
	"fmt"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

var outdatedNames = []string{"outdated-image"}

// OutdatedImage finds images that have a newer version, or a new build of the same version.
var OutdatedImage = &fix.Rule{
	Name:  outdatedNames[0],
	Title: "a pinned image that has a newer version or build",
	Why: "A pin that nobody moves stops receiving security fixes. dockfix pin --update writes the newest version of the same family (the same " +
		"words, the same number of parts) and its digest, both or neither. --level says how far a version may move; without it databases stay within " +
		"their minor version and all others within their major version. --min-age leaves alone what was pushed only just now. " +
		"A comment such as # dockfix hold <1.32 above the image keeps it below a version. A new major version of a database needs its " +
		"data migrated, so that the fix for it is made with --unsafe only.",
	Kind:    source.DockerfileKind,
	Also:    others,
	Off:     true,
	Safety:  fix.Safe,
	Changes: changes,
	Wants:   wants,
	WantsThen: func(doc *source.Document, facts *fix.Facts) []fix.Want {
		var list []fix.Want
		holds, silent := Holds(doc), fix.Suppressions(doc)
		for _, i := range Places(doc, facts) {
			if i.Held == "" && !silent.Covers(outdatedNames, i.At, i.Span) {
				list = append(list, fix.WantUpdate(i.Ref, holds.on(i)))
			}
		}
		return list
	},
	Check: checkOutdated,
}

func checkOutdated(p *fix.Pass) {
	holds := Holds(p.Doc)
	for _, i := range placesOf(p) {
		if i.Held != "" { // another place may have asked for the same reference
			continue
		}
		known := updateFact(p.Facts.Images, i.Ref, holds.on(i))
		switch {
		case known == nil:
		case known.Failed != "":
			p.Report(fix.Finding{Span: i.At, Message: i.Ref + " may have a newer version", Reason: known.Failed, Waits: true})
		case known.Update != nil:
			f := updateTo(i, known.Update, p.Facts.Pin)
			if doubt := scriptDoubt(p, i); doubt != "" && f.Fix != nil && f.Fix.Safety == fix.Safe {
				f.Fix.Safety, f.Reason = fix.Unsafe, doubt
			}
			p.Report(f)
		}
	}
}

// updateFact is what is known of updates of a reference. One that a round before gave a digest was asked for without.
func updateFact(known map[fix.Want]*fix.Image, ref, hold string) *fix.Image {
	if i, ok := known[fix.WantUpdate(ref, hold)]; ok {
		return i
	}
	r := split(ref)
	r.digest = ""
	return known[fix.WantUpdate(r.String(), hold)]
}

// updateTo is the finding that an image has an update. Tag and digest are written together: the tag alone would be ignored beside an
// old digest.
func updateTo(i Place, u *fix.ImageUpdate, pin fix.Pin) fix.Finding {
	from := split(i.Ref)
	to := from
	to.tag = u.Tag
	if from.digest != "" || pin != fix.PinVersion {
		to.digest = u.Digest
	}
	f := fix.Finding{Span: i.At, Message: fmt.Sprintf("%s: there is %s", reference{name: from.name, tag: from.tag}, u.Tag), Reason: u.Held}
	if u.Level == "digest" {
		f.Message = fmt.Sprintf("%s was built anew", reference{name: from.name, tag: from.tag})
	}
	title := fmt.Sprintf("update to %s (%s)", short(to.tag, to.digest), u.Level)
	if u.Why != "" {
		title += ": " + u.Why
	}
	safety := fix.Safe
	if u.Held != "" {
		safety = fix.Unsafe
	}
	if f.Fix = fixOf(i, to, title, safety); f.Fix == nil {
		f.Reason = apart
	}
	return f
}
