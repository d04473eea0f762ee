package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// corpusFile is one row of the corpus' manifest.
type corpusFile struct {
	Class string // dockerfile, compose-template, ...
	Path  string // absolute
	Name  string // as in the manifest
}

// corpus is the list of real files beside the repository, or where DOCKFIX_CORPUS says; the test is skipped without it.
func corpus(t *testing.T) []corpusFile {
	t.Helper()
	dir := os.Getenv("DOCKFIX_CORPUS")
	for up := ".."; dir == "" && len(up) < 40; up = filepath.Join("..", up) {
		if exists(filepath.Join(up, "go.mod")) {
			dir = filepath.Join(up, "..", "shared", "corpus")
		}
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Skip("no corpus of real files: DOCKFIX_CORPUS is not set and ../shared/corpus is not there")
	}
	var files []corpusFile
	for line := range strings.Lines(string(manifest)) {
		columns := strings.Split(line, "\t")
		if class := columns[0]; strings.HasPrefix(class, "dockerfile") || strings.HasPrefix(class, "compose") {
			files = append(files, corpusFile{class, filepath.Join(dir, columns[1]), columns[1]})
		}
	}
	return files
}

func (f corpusFile) kind() source.Kind {
	if strings.HasPrefix(f.Class, "compose") {
		return source.ComposeKind
	}
	return source.DockerfileKind
}

// looksStandard is a second opinion on file names, by globs.
func looksStandard(f corpusFile) bool {
	base := strings.ToLower(filepath.Base(f.Name))
	globs := []string{"dockerfile", "dockerfile.*", "*.dockerfile"}
	if f.kind() == source.ComposeKind {
		globs = []string{"compose.y*ml", "compose[.-]*.y*ml", "docker-compose.y*ml", "docker-compose[.-]*.y*ml"}
	}
	for _, g := range globs {
		if ok, _ := filepath.Match(g, base); ok {
			return !strings.HasSuffix(base, ".orig") && !strings.HasSuffix(f.Class, "template")
		}
	}
	return false
}

func TestCorpusNames(t *testing.T) {
	standard, other, unknown := 0, 0, 0
	for _, f := range corpus(t) {
		kind, ok := Classify(f.Name)
		switch {
		case ok && kind != f.kind():
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
	for _, f := range corpus(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		reason, got := Template(b, f.kind())
		want := strings.HasSuffix(f.Class, "template") || templatesByContent[f.Name]
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
	for _, f := range corpus(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		if reason, ok := Generated(b, f.kind()); ok {
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
	for _, f := range corpus(t) {
		b, err := os.ReadFile(f.Path)
		must(t, err)
		kind, ok := Sniff(b)
		switch {
		case ok && kind != f.kind():
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
