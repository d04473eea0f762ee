package source

import (
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
)

// BenchmarkImages lists the images of all real files; the time is that of one file.
func BenchmarkImages(b *testing.B) {
	for _, kind := range []Kind{DockerfileKind, ComposeKind} {
		b.Run(strings.Fields(kind.String())[0], func(b *testing.B) {
			var docs []*Document
			for _, f := range corpus.Files(b, strings.ToLower(strings.Fields(kind.String())[0])) {
				if d, err := Parse(f.Name, kind, f.Text); err == nil {
					docs = append(docs, d)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				docs[i%len(docs)].Images()
			}
		})
	}
}
