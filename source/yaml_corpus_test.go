package source

import (
	"bytes"
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/corpus"
)

// composeCorpus are the Compose files of the corpus by name. Those that are there for their bad bytes are left out.
func composeCorpus(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range corpus.Prefixed(t, "compose") {
		if !strings.Contains(f.Name, "_derived-utf16") {
			files[f.Name] = f.Text
		}
	}
	return files
}

// fileShapes are the forms each real file is tried in: those of every property, one with text that is not ASCII, and one
// whose lines end as on the first Macintosh.
var fileShapes = append(slices.Clone(corpus.Shapes),
	corpus.Shape{Name: "non-ASCII", Of: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("a"), []byte("日é")) }},
	corpus.Shape{Name: "CR", Of: func(b []byte) []byte { return bytes.ReplaceAll(corpus.CRLF(b), []byte("\r\n"), []byte("\r")) }},
)

// TestYAMLCorpus makes edits on every real file: all on small files, every so many on large ones.
func TestYAMLCorpus(t *testing.T) {
	files := composeCorpus(t)
	for i, shape := range fileShapes {
		perFile := 15
		if i == 0 {
			perFile = 40
		}
		t.Run(shape.Name, func(t *testing.T) {
			t.Parallel()
			run := corpusRun{refusals: map[string]int{}, perFile: perFile}
			for _, name := range slices.Sorted(maps.Keys(files)) {
				run.file(t, name, shape.Of(files[name]))
			}
			run.report(t)
		})
	}
}

type corpusRun struct {
	files, unparsed, nodes, comments, declined, edits, wrong, perFile int
	refusals                                                          map[string]int
}

func (r *corpusRun) file(t *testing.T, name string, b []byte) {
	r.files++
	d, err := editable(name, b)
	if err != nil {
		r.unparsed++
		return
	}
	checkMap(t, d)
	r.comments += len(d.Comments)
	r.declined += len(d.Declined)
	for _, root := range d.Compose.Documents {
		walk(root, func(*Node) bool { r.nodes++; return true })
	}
	ops := yamlOperations(d)
	stride := len(ops)/r.perFile + 1
	for i := r.files % stride; i < len(ops); i += stride {
		r.edits++
		refused, wrong := ops[i].check(d)
		if wrong != "" {
			if r.wrong++; r.wrong <= 10 { // the name is enough: files hold secrets
				t.Errorf("%s: %s: the tree or the form of the file is not as expected", name, ops[i])
			}
		}
		if refused != "" {
			r.refusals[refusalKind(refused)]++
		}
	}
}

// specifics is what differs from one refusal of a kind to the next.
var specifics = regexp.MustCompile(`^.*? (is|are|carries|ends|stands|merges|names|goes|would|stand|looks)\b|&\S+ of \S+|&\S+|on lines? .*|entry of .*`)

func refusalKind(reason string) string { return specifics.ReplaceAllString(reason, "... $1") }

func (r *corpusRun) report(t *testing.T) {
	t.Logf("%d files (%d do not parse), %d nodes, %d declined, %d comments, %d edits, %d wrong",
		r.files, r.unparsed, r.nodes, r.declined, r.comments, r.edits, r.wrong)
	for _, kind := range slices.SortedFunc(maps.Keys(r.refusals), func(a, b string) int { return cmp.Compare(r.refusals[b], r.refusals[a]) }) {
		t.Logf("  %6d refused: %s", r.refusals[kind], kind)
	}
	if 1000*r.declined > r.nodes {
		t.Errorf("%d of %d nodes are declined", r.declined, r.nodes)
	}
	if 20*r.unparsed > r.files {
		t.Errorf("%d of %d files do not parse", r.unparsed, r.files)
	}
}

// TestYAMLSpeed compares the time of a whole Parse with that of the parser alone, on the same bytes in the same run.
func TestYAMLSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	files := composeCorpus(t)
	floor, whole := time.Duration(1<<62), time.Duration(1<<62)
	for range 5 {
		floor = min(floor, timeOf(files, func(b []byte) { _, _ = parseYAML(b) }))
		whole = min(whole, timeOf(files, func(b []byte) { _, _ = Parse("compose.yaml", ComposeKind, b) }))
	}
	t.Logf("parser alone %v, Parse %v: %.2f times, %d files", floor, whole, float64(whole)/float64(floor), len(files))
	if whole > 2*floor {
		t.Errorf("Parse takes %v, more than twice the %v of the parser alone", whole, floor)
	}
}

func timeOf(files map[string][]byte, parse func(b []byte)) time.Duration {
	start := time.Now()
	for _, b := range files {
		parse(b)
	}
	return time.Since(start)
}
