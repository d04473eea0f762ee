package dockerfile

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// indexReader finds in a text what installs packages from an index, and what fetches one.
type indexReader struct {
	tool            string // as in fix.Install
	installs, fetch *lazyregexp.Regexp
}

var (
	aptReader = indexReader{"apt-get", aptInstall, lazyregexp.New(`update`)}
	apkReader = indexReader{"apk", lazyregexp.New(`\bapk\s[^&|;\n]*\badd\b`), lazyregexp.New(`\bapk\s[^&|;\n]*\bupdate\b|--no-cache|--update|\s-U\b`)}
)

// wantStarts asks for what may install packages when a container is started, where the Dockerfile has the package manager.
func wantStarts(doc *source.Document, tool string) []fix.Want {
	if !bytes.Contains(doc.Bytes, []byte(tool)) {
		return nil
	}
	return append(wantStartScripts(doc), fix.WantContexts, fix.WantInstalls)
}

// wantStartScripts asks for the files that CMD and ENTRYPOINT name.
func wantStartScripts(doc *source.Document) (wants []fix.Want) {
	for _, base := range startNames(doc) {
		wants = append(wants, fix.WantText(base))
	}
	return wants
}

// startNames are the names of files that CMD and ENTRYPOINT may name.
func startNames(doc *source.Document) (names []string) {
	for in := range instructions(doc, "CMD", "ENTRYPOINT") {
		words := wordsOf(in)
		if !in.JSON && len(words) > 0 {
			words = strings.Fields(in.Rest.Text)
		}
		for _, w := range words {
			if base := path.Base(w); plainName(base) {
				names = append(names, base)
			}
		}
	}
	return names
}

// startInstallKey is what the findings of a document share what startInstall says by.
type startInstallKey struct{ tool string }

// startInstall says what installs packages in a container without fetching an index first; "" where nothing is known to.
func startInstall(p *fix.Pass, r indexReader) string {
	if p.Facts == nil {
		return ""
	}
	return p.Shared(startInstallKey{r.tool}, func() any { return findStartInstall(p, r) }).(string)
}

func findStartInstall(p *fix.Pass, r indexReader) string {
	starts := startNames(p.Doc)
	for _, c := range p.Facts.Contexts {
		for _, name := range sortedTexts(c) {
			if !slices.Contains(starts, path.Base(name)) {
				continue
			}
			if line := r.line(string(c.Texts[name])); line > 0 {
				return fmt.Sprintf("%s:%d installs with %s and does not fetch the index first", name, line, r.tool)
			}
		}
		if c.Service == nil {
			continue
		}
		for _, s := range append([]fix.RelatedService{{Service: c.Service, Compose: c.Compose}}, c.Related...) {
			for _, section := range []string{"command", "entrypoint"} {
				if r.line(sectionText(s.Service, section)) > 0 {
					return fmt.Sprintf("the %s of the service %s in %s installs with %s and does not fetch the index first", section, s.Name, s.Compose, r.tool)
				}
			}
		}
	}
	for _, i := range p.Facts.Installs {
		if i.Tool == r.tool && !runInBuild(p.Doc, i.File) {
			return fmt.Sprintf("%s installs with %s, maybe in a container of the image, and does not fetch the index first", i.Place, r.tool)
		}
	}
	return ""
}

// line is that of the first call in a text that installs packages with no call before it that fetches the index; 0 for none.
func (r indexReader) line(text string) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		at := r.installs.FindStringIndex(line)
		switch {
		case at == nil && r.fetch.MatchString(line), at != nil && r.fetch.MatchString(line[:at[0]]):
			return 0
		case at != nil && (r.tool != "apk" || !r.fetch.MatchString(line[at[1]:])):
			return n
		}
	}
	return 0
}

// sectionText are the words of the command of a service.
func sectionText(s *source.Service, name string) string {
	f, _ := s.Field(name)
	if !f.Node.IsSequence() {
		return f.Node.Text()
	}
	var words []string
	for _, item := range f.Node.Children {
		words = append(words, item.Resolve().Text())
	}
	return strings.Join(words, " ")
}

// runInBuild reports whether a step of the Dockerfile runs a script, and nothing starts with it.
func runInBuild(doc *source.Document, script string) bool {
	if slices.Contains(startNames(doc), script) {
		return false
	}
	for in := range instructions(doc, "RUN") {
		if strings.Contains(in.Rest.Text, script) {
			return true
		}
	}
	return false
}

func sortedTexts(c *fix.BuildContext) []string {
	names := make([]string, 0, len(c.Texts))
	for name := range c.Texts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
