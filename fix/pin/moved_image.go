package pin

import (
	"fmt"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

var movedNames = []string{"moved-image"}

// MovedImage finds pins that no longer hold: the tag beside the digest has another one now, or what is pinned is gone.
var MovedImage = &fix.Rule{
	Name:  movedNames[0],
	Title: "a pinned tag that has another digest now, or is gone",
	Why: "Docker goes by the digest and ignores the tag beside it: python:3.12.1@sha256:... can be anything. dockfix pin --verify asks the " +
		"registry whether the tag still has the digest, and whether the digest still exists: registries delete what no tag points to any " +
		"more, and then the build breaks. A tag that moved is usually a new build of the same version; whether the old or the new one is wanted " +
		"only a person knows, so that the fix is made with --unsafe only.",
	Kind:    source.DockerfileKind,
	Also:    others,
	Off:     true,
	Safety:  fix.Unsafe,
	Changes: changes,
	Wants:   wants,
	WantsThen: func(doc *source.Document, facts *fix.Facts) []fix.Want {
		var list []fix.Want
		silent := fix.Suppressions(doc)
		for _, i := range Places(doc, facts) {
			if !unpinned(i.Ref) && !silent.Covers(movedNames, i.At, i.Span) {
				list = append(list, fix.WantVerify(i.Ref))
			}
		}
		return list
	},
	Check: checkMoved,
}

func checkMoved(p *fix.Pass) {
	for _, i := range placesOf(p) {
		known := p.Facts.Images[fix.WantVerify(i.Ref)]
		if known == nil {
			continue
		}
		r := split(i.Ref)
		shown := short(reference{name: r.name, tag: r.tag}.String(), r.digest)
		switch {
		case known.Failed != "":
			p.Report(fix.Finding{Span: i.At, Message: shown + " could not be verified", Reason: known.Failed, Waits: true, Alarm: known.Foreign})
		case known.Missing != "":
			p.Report(moved(i, known, fmt.Sprintf("%s: %s", shown, known.Missing)))
		case known.Moved:
			p.Report(moved(i, known, fmt.Sprintf("%s: the tag has another digest now", shown)))
		}
	}
}

// moved is the finding that a pin does not hold, with the digest that the tag has now as its fix where there is one.
func moved(i Place, known *fix.Image, message string) fix.Finding {
	f := fix.Finding{Span: i.At, Message: message, Alarm: true}
	to := split(i.Ref)
	to.digest = known.Digest
	switch {
	case i.Held != "":
		f.Reason = i.Held
	case known.Digest == "" || to == split(i.Ref):
		f.Reason = "the registry has nothing in its place"
	default:
		f.Reason = "only a person knows which of the two is wanted"
		f.Fix = fixOf(i, to, "take "+short("", known.Digest)+", which the tag has now", fix.Unsafe)
	}
	return f
}
