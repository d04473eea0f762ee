package dockerfile

import (
	"fmt"
	"testing"

	"github.com/dockfix/dockfix/fix"
)

// BenchmarkLargeContext is a project whose node_modules nobody ignores.
func BenchmarkLargeContext(b *testing.B) {
	files := []string{"package.json={}", "package-lock.json={}", ".git/", ".git/HEAD", "node_modules/"}
	for i := range 200 {
		files = append(files, fmt.Sprintf("node_modules/p%d/", i))
		for j := range 95 {
			files = append(files, fmt.Sprintf("node_modules/p%d/f%d.js", i, j))
		}
	}
	c := contextOf(".", files...)
	for b.Loop() {
		runWith(b, "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", []*fix.Rule{Dockerignore, CopyBeforeInstall}, &fix.Facts{Contexts: []*fix.BuildContext{c}, Files: map[string][]byte{}}, false)
	}
}
