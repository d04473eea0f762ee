package pin

import (
	"cmp"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

var unpinnedNames = []string{"unpinned-image", "DL3006", "DL3007"}

// UnpinnedImage finds images that can be another one tomorrow.
var UnpinnedImage = &fix.Rule{
	Name:  unpinnedNames[0],
	Title: "an image without a version and a digest",
	Why: "A tag can be moved: what python:latest, and even python:3.12, means changes under a build that nobody touched. " +
		"The fix writes the digest that the tag has now, and in place of latest, of no tag, or of a word such as alpine or stable the " +
		"version that has the same digest: never the newest version, but the one that the tag is. Words such as slim stay, and none are " +
		"added. --precise makes partial versions precise too: 3.12-slim becomes 3.12.14-slim. --pin=version or --pin=digest " +
		"writes only one of the two. Where no version has the digest, the tag stays. The digest is that of the index, so that it " +
		"holds for every platform. Held back where the registry did not answer, where the reference is put together from variables, and where a script or CI file of the " +
		"repository may build the image itself, or reads its tag from the default of an ARG; " +
		"without a finding are stages, scratch, images that the same Compose file builds, and references that " +
		"already have a digest.",
	Kind:    source.DockerfileKind,
	Also:    others,
	Safety:  fix.Safe,
	Aliases: unpinnedNames[1:],
	Changes: changes,
	Wants:   wants,
	WantsThen: func(doc *source.Document, facts *fix.Facts) []fix.Want {
		var list []fix.Want
		silent := fix.Suppressions(doc)
		for _, i := range Places(doc, facts) {
			if unpinned(i.Ref) && i.Held == "" && !silent.Covers(unpinnedNames, i.At, i.Span) {
				list = append(list, fix.WantImage(i.Ref))
			}
		}
		return list
	},
	Check: checkUnpinned,
}

func unpinned(ref string) bool { return split(ref).digest == "" }

func checkUnpinned(p *fix.Pass) {
	for _, i := range placesOf(p) {
		if !unpinned(i.Ref) {
			continue
		}
		f := fix.Finding{Span: i.At, Message: missing(i.Ref, p.Facts.Pin)}
		known := imageFact(p.Facts.Images, i.Ref)
		switch {
		case i.Held != "":
			f.Reason = i.Held
		case known == nil:
			f.Waits, f.Reason = true, notLookedUp
		case known.Failed != "":
			f.Waits, f.Reason, f.Alarm = true, known.Failed, known.Foreign
		default:
			if !pinTo(&f, i, known, p.Facts.Pin) {
				continue
			}
			switch doubt := scriptDoubt(p, i); {
			case f.Fix == nil:
			case i.elsewhere(p.Doc):
				f.Fix.Safety, f.Reason = fix.Unsafe, "a variable says where the image comes from: another registry may not have this digest"
			case doubt != "":
				f.Fix.Safety, f.Reason = fix.Unsafe, doubt
			}
		}
		p.Report(f)
	}
}

// imageFact is what is known of a reference. One that a round before made precise was not asked for: what is known of the one that
// stood there holds for it.
func imageFact(known map[fix.Want]*fix.Image, ref string) *fix.Image {
	if i, ok := known[fix.WantImage(ref)]; ok {
		return i
	}
	now := split(ref)
	for w, i := range known {
		q, _ := w.Image()
		if !q.Update && !q.Verify && i.Failed == "" && split(q.Ref).name == now.name && i.Version == now.tag {
			return i
		}
	}
	return nil
}

// missing says what a reference lacks.
func missing(ref string, pin fix.Pin) string {
	r := split(ref)
	switch {
	case r.tag == "":
		return ref + " has no tag, which means latest"
	case r.tag == "latest":
		return ref + " is whatever was pushed last"
	case pin == fix.PinVersion:
		return ref + " does not say which version"
	}
	return ref + " has no digest"
}

// pinTo completes a finding with the fix. It is false where the reference is what the policy asks for already.
func pinTo(f *fix.Finding, i Place, known *fix.Image, pin fix.Pin) bool {
	from := split(i.Ref)
	to := from
	if pin != fix.PinDigest {
		to.tag = cmp.Or(known.Version, from.tag, "latest")
	}
	if pin != fix.PinVersion {
		to.digest = known.Digest
	}
	if to == from || pin == fix.PinVersion && to.tag == cmp.Or(from.tag, "latest") {
		return false
	}
	title := "pin to " + short(to.tag, to.digest)
	if known.Why != "" {
		title += ": " + known.Why
	}
	if f.Fix = fixOf(i, to, title, fix.Safe); f.Fix == nil {
		f.Reason = apart
	}
	return true
}
