package dockerfile

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// InstructionCasing finds keywords that are not written like most of the file's.
var InstructionCasing = &fix.Rule{
	Name:    "instruction-casing",
	Title:   "instructions in mixed upper and lower case",
	Why:     "Keywords mean the same in any case, but a file that mixes them is hard to scan. The keyword gets the case that most instructions have; capitals where it is a draw. BuildKit counts the same way. What ONBUILD triggers is left alone: its text is a part of the image.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"ConsistentInstructionCasing"},
	Check:   checkInstructionCasing,
}

func checkInstructionCasing(p *fix.Pass) {
	name, want := "capitals", strings.ToUpper
	if mostlyLower(p.Doc) {
		name, want = "lower case", strings.ToLower
	}
	for in := range instructions(p.Doc) {
		kw := in.Keyword
		if kw.Text == want(kw.Text) {
			continue
		}
		f := fix.Finding{Span: kw.Span, Message: fmt.Sprintf("%s is not in %s, the case of the file", kw.Text, name)}
		replace(&f, "write "+want(kw.Text), kw, want(kw.Text))
		p.Report(f)
	}
}

// mostlyLower counts the instructions of the stages, as BuildKit's validateCommandCasing does: those in mixed case count
// for neither, and a draw goes to capitals.
func mostlyLower(doc *source.Document) bool {
	balance := 0
	for _, in := range doc.Dockerfile.Instructions {
		kw := in.Keyword.Text
		switch {
		case in.Stage < 0:
		case kw == in.Name: // in capitals
			balance--
		case kw == strings.ToLower(kw):
			balance++
		}
	}
	return balance > 0
}
