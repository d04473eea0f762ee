package dockerfile

import (
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// childDoubt names a Dockerfile that is built on the image, and what a change would do to it; "" where there is none.
func childDoubt(facts *fix.Facts, what string) string {
	if facts == nil || len(facts.Children) == 0 {
		return ""
	}
	return facts.Children[0] + " is built on this image, " + what
}

// useDoubt names a script that runs something else as root in a container of the image; "" where there is none.
func useDoubt(facts *fix.Facts) string {
	if facts == nil || len(facts.Uses) == 0 {
		return ""
	}
	return facts.Uses[0] + " with the account of this image, and what that needs is not known"
}

// commandDoubts name who runs something else with the image.
func commandDoubts(facts *fix.Facts) []string {
	if facts == nil || len(facts.Commands) == 0 {
		return nil
	}
	return facts.Commands[:min(len(facts.Commands), maxNamedUses)]
}

// maxNamedUses is how many of those that use an image are named.
const maxNamedUses = 3

// deployedDoubt names who else runs the image and may count on root; "" where nobody does.
func deployedDoubt(facts *fix.Facts) string {
	if facts == nil || len(facts.Deployed) == 0 {
		return ""
	}
	return facts.Deployed[0]
}

// wantDeployments asks for them, but where the last instruction of that name settles it: HEALTHCHECK, or USER for another account than root.
func wantDeployments(doc *source.Document, name string) []fix.Want {
	settled := false
	for in := range instructions(doc, name) {
		settled = !isRoot(in.Rest.Text)
	}
	if settled && len(doc.Dockerfile.Stages) == 1 {
		return nil
	}
	return []fix.Want{fix.WantDeployments}
}
