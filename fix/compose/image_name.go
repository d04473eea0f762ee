package compose

import (
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// pinned finds the digest of an image reference, also of one that is the default of a variable.
var pinned = lazyregexp.New(`@[a-z0-9]+:[0-9a-f]{32,}`)

// withoutDigest is an image as messages name it: nobody reads the digest, and it fills the line.
func withoutDigest(image string) string { return pinned.ReplaceAllString(image, "") }

// repositoryOf is the name of an image without its tag, and without the registry of Docker Hub.
func repositoryOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image = image[:i]
	}
	return strings.TrimPrefix(strings.TrimPrefix(image, "docker.io/"), "library/")
}

// withoutOpenVariables takes the tag of an image whose tag is a variable for the newest version.
func withoutOpenVariables(image string) string {
	name, tag, _ := strings.Cut(image, ":")
	if strings.Contains(name, "$") || !strings.HasPrefix(tag, "$") {
		return ""
	}
	return name
}
