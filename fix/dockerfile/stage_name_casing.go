package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// StageNameCasing finds stage names with capitals.
var StageNameCasing = &fix.Rule{
	Name:    "stage-name-casing",
	Title:   "a stage name with capitals",
	Why:     "BuildKit knows stages by their names in lower case, so that FROM finds no other; other builders compare names as they are written. The name is written in lower case together with every FROM, COPY --from and RUN --mount of the file that uses it. BuildKit finds it by --target and Compose's target in any case. ONBUILD stays as it is: its text is a part of the image and names the stages of a later build. Held back where two stages have the same name but for case, and where an earlier FROM takes an image of that name. Left to --unsafe where a script names the stage as it is written, or runs a builder that compares names so.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"StageNameCasing"},
	Wants:   wantTargets,
	Check:   checkStageNameCasing,
}

// wantTargets asks for the scripts where a stage is found.
func wantTargets(doc *source.Document) []fix.Want {
	for _, s := range doc.Dockerfile.Stages {
		if s.Name.Text != strings.ToLower(s.Name.Text) {
			return []fix.Want{fix.WantScripts}
		}
	}
	return nil
}

func checkStageNameCasing(p *fix.Pass) {
	for _, s := range p.Doc.Dockerfile.Stages {
		name := s.Name.Text
		lower := strings.ToLower(name)
		if name == lower || s.From.Declined != "" {
			continue
		}
		f := fix.Finding{Span: s.Name.Span, Message: fmt.Sprintf("stage name %q has capitals", name)}
		places := stageReferences(p.Doc, name)
		switch {
		case collides(p.Doc.Dockerfile, s):
			f.Reason = fmt.Sprintf("%q is the name of another stage or of an image in the file", lower)
		case anySplit(append(places, s.Name)):
			f.Reason = cut
		case oddReference(p.Doc, name):
			f.Reason = "a --from or --mount names the stage in a way that is not understood"
		default:
			f.Fix = &fix.Fix{Title: "write " + lower + " wherever the stage is named", Safety: fix.Safe}
			for _, w := range append([]source.Word{s.Name}, places...) {
				f.Fix.Edits = append(f.Fix.Edits, fix.Replace(w.Span, lower))
			}
			if f.Reason = exactName(p.Facts, name); f.Reason != "" {
				f.Fix.Safety = fix.Unsafe
			}
		}
		p.Report(f)
	}
}

// exactName says which script needs the name of a stage as it is written; "" for none.
func exactName(facts *fix.Facts, name string) string {
	named, exact := facts.Scripts.TargetedAt(name)
	switch {
	case named != "":
		return fmt.Sprintf("%s names the stage %s, and other builders than BuildKit compare names as they are written", named, name)
	case exact != "":
		return exact + " runs a builder that compares names of stages as they are written, and may ask for this one"
	}
	return ""
}

// collides reports whether the lower-case name of s already means something else.
func collides(df *source.Dockerfile, s *source.Stage) bool {
	for _, other := range df.Stages {
		if other != s && strings.EqualFold(other.Name.Text, s.Name.Text) {
			return true
		}
		if other.Index <= s.Index && strings.EqualFold(other.Ref, s.Name.Text) {
			return true
		}
	}
	return false
}

// stageReferences are the places outside of its own FROM that name a stage with capitals.
func stageReferences(doc *source.Document, name string) []source.Word {
	var places []source.Word
	add := func(w source.Word) {
		if strings.EqualFold(w.Text, name) && w.Text != strings.ToLower(name) {
			places = append(places, w)
		}
	}
	for in := range instructions(doc, "FROM", "COPY", "RUN") {
		if in.Name == "FROM" {
			add(in.Args[0])
			continue
		}
		for _, f := range in.Flags {
			switch {
			case in.Name == "COPY" && f.Name == "from":
				add(f.Inner())
			case in.Name == "RUN" && f.Name == "mount":
				add(f.MountFrom())
			}
		}
	}
	return places
}

// oddReference reports whether a flag names the stage in a form that stageReferences does not find, as "from=Build" in
// quotes inside of --mount.
func oddReference(doc *source.Document, name string) bool {
	for in := range instructions(doc, "COPY", "RUN") {
		for _, f := range in.Flags {
			value := strings.ToLower(f.Unquoted(doc.Dockerfile.Escape))
			lower := strings.ToLower(name)
			switch {
			case f.Name == "from" && value == lower && !strings.EqualFold(f.Inner().Text, name):
				return true
			case f.Name == "mount" && slices.Contains(strings.Split(value, ","), "from="+lower) && !strings.EqualFold(f.MountFrom().Text, name):
				return true
			}
		}
	}
	return false
}

func anySplit(words []source.Word) bool {
	for _, w := range words {
		if w.Split {
			return true
		}
	}
	return false
}
