package dockerfile

import "github.com/dockfix/dockfix/fix"

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
