package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// realFiles are the Dockerfiles and Compose files of the corpus, templates and re-encoded copies with them.
func realFiles(t *testing.T) []corpus.File {
	t.Helper()
	return append(corpus.Prefixed(t, "dockerfile"), corpus.Prefixed(t, "compose")...)
}

func kindOf(f corpus.File) source.Kind {
	if strings.HasPrefix(f.Kind, "compose") {
		return source.ComposeKind
	}
	return source.DockerfileKind
}

// looksStandard is a second opinion on file names, by globs.
func looksStandard(f corpus.File) bool {
	base := strings.ToLower(filepath.Base(f.Name))
	globs := []string{"dockerfile", "dockerfile.*", "*.dockerfile"}
	if kindOf(f) == source.ComposeKind {
		globs = []string{"compose.y*ml", "compose[.-]*.y*ml", "docker-compose.y*ml", "docker-compose[.-]*.y*ml"}
	}
	for _, g := range globs {
		if ok, _ := filepath.Match(g, base); ok {
			return !strings.HasSuffix(base, ".orig") && !strings.HasSuffix(f.Kind, "template")
		}
	}
	return false
}

func TestCorpusNames(t *testing.T) {
	standard, other, unknown := 0, 0, 0
	for _, f := range realFiles(t) {
		kind, ok := Classify(f.Name)
		switch {
		case ok && kind != kindOf(f):
			t.Errorf("%s is taken for a %s", f.Name, kind)
		case looksStandard(f) && !ok:
			t.Errorf("%s is not known by its name", f.Name)
		case looksStandard(f):
			standard++
		case ok:
			other++
		default:
			unknown++
		}
	}
	t.Logf("known by name: %d of usual names and %d others; not known: %d", standard, other, unknown)
}

// templatesByContent are files that the manifest has among the Dockerfiles because they parse, and that cannot be
// built as they are: the first two are project templates of Django, whose paths hold {{ project_name }}; the third
// has the names of a sed script for instructions.
var templatesByContent = set(
	"files/vsoch__github-dockerfiles/data/g/GeoNode/geonode-project/Dockerfile.0",
	"files/vsoch__github-dockerfiles/data/t/torchbox/wagtail-template/Dockerfile.0",
	"files/vsoch__github-dockerfiles/data/z/ZVampirEM77/rgw-container/Dockerfile.3",
)

func TestCorpusTemplates(t *testing.T) {
	found, quiet := 0, 0
	for _, f := range realFiles(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		reason, got := Template(b, kindOf(f))
		want := strings.HasSuffix(f.Kind, "template") || templatesByContent[f.Name]
		switch {
		case got && !want:
			t.Errorf("%s is taken for %s", f.Name, reason)
		case !got && want:
			t.Errorf("%s is not taken for a template", f.Name)
		case got:
			found++
		default:
			quiet++
		}
	}
	t.Logf("%d templates found by their text, %d other files quiet", found, quiet)
}

// generators are the repositories whose Dockerfiles a program writes.
var generators = set("docker-library__php", "docker-library__postgres", "docker-library__python", "nextcloud__docker",
	"webdevops__Dockerfile", "unit9/docklabs")

// TestCorpusGenerated finds no generated file elsewhere: what other files say about generated things is not about
// themselves.
func TestCorpusGenerated(t *testing.T) {
	count := map[string]int{}
	for _, f := range realFiles(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		if reason, ok := Generated(b, kindOf(f)); ok {
			author := strings.Split(strings.TrimPrefix(f.Name, "files/"), "/")[0]
			if author == "vsoch__github-dockerfiles" {
				author = strings.Join(strings.Split(f.Name, "/")[4:6], "/")
			}
			count[author]++
			if !generators[author] {
				t.Errorf("%s is taken for %s", f.Name, reason)
			}
		}
	}
	if len(count) != len(generators) {
		t.Errorf("generated files found of %v, want all of %v", count, generators)
	}
	t.Logf("generated files: %v", count)
}

// TestCorpusSniff holds the content against the name: what both can tell they tell alike.
func TestCorpusSniff(t *testing.T) {
	alike, byText, neither := 0, 0, 0
	for _, f := range realFiles(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		kind, ok := Sniff(b)
		switch {
		case ok && kind != kindOf(f):
			t.Errorf("%s reads as a %s", f.Name, kind)
		case !ok:
			neither++
		default:
			if _, named := Classify(f.Name); named {
				alike++
			} else {
				byText++
			}
		}
	}
	t.Logf("told by name and text alike: %d, by the text alone: %d, not by the text: %d", alike, byText, neither)
}
