package dockerfile

import (
	"path"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

var majorTag = lazyregexp.New(`^v?([0-9]+)(\.|-|$)`)

// nodeMajor is the major version of Node.js in the base image, as its tag says; a large one for latest and lts.
func nodeMajor(st *source.Stage) (int, bool) {
	name, tag := nameAndTag(base(st))
	if path.Base(name) != "node" || name != "node" && !strings.HasSuffix(name, "/node") {
		return 0, false
	}
	if m := majorTag.FindStringSubmatch(tag); m != nil {
		n, err := strconv.Atoi(m[1])
		return n, err == nil
	}
	for _, word := range []string{"lts", "latest", "alpine", "slim", "current", "bookworm", "bullseye", "trixie"} {
		if tag == "" || strings.HasPrefix(tag, word) {
			return 1000, true
		}
	}
	return 0, false
}
