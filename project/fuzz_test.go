package project

import (
	"bytes"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// FuzzLook gives any text to everything that looks into files of unknown content.
func FuzzLook(f *testing.F) {
	for _, seed := range []string{
		"FROM a\nRUN <<EOF\n{{ x }}\nEOF\n", "{{ x }}\nFROM {{ y }}\n", "# escape=`\nFROM a\nRUN x `\n {% y %}\n",
		"services:\n  a: &a\n    image: {{ b }}\n  c: *a\n", "services: {a: {build: {context: \"@X@\"}}}", "# DO NOT EDIT\n",
		"? {a: b}\n: {{c}}\n", "ONBUILD COPY <<A <<-\"B\" /x\n{%\nA\n\tB\n", "\xef\xbb\xbf#syntax=a\n<% %>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		Sniff(b)
		Generated(b, source.DockerfileKind)
		legacyLines("x", string(b))
		ignores{{"/", parseIgnore(string(b))}}.ignored("/a/b c", true)
		lines := bytes.Count(b, []byte("\n")) + 1
		for _, line := range []int{dockerfileTemplateLine(b), composeTemplateLine(b)} {
			if line < 0 || line > lines {
				t.Errorf("line %d of %d", line, lines)
			}
		}
	})
}
