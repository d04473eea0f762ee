package prove

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// refusals classifies why BuildKit or compose-go does not accept a file. A message that fits none fails the test.
type refusals struct {
	classes []*regexp.Regexp
	counts  map[string]int
}

func newRefusals(classes ...string) *refusals {
	r := &refusals{counts: map[string]int{}}
	for _, c := range classes {
		r.classes = append(r.classes, regexp.MustCompile(c))
	}
	return r
}

func (r *refusals) add(t *testing.T, path string, err error) {
	for _, c := range r.classes {
		if c.MatchString(err.Error()) {
			r.counts[c.String()]++
			return
		}
	}
	r.counts["?"]++
	t.Errorf("%s: not accepted for a new reason: %v", path, err)
}

func (r *refusals) log(t *testing.T) {
	for _, class := range slices.Sorted(maps.Keys(r.counts)) {
		t.Logf("%5d not accepted: %s", r.counts[class], class)
	}
}

func TestCorpusDockerfiles(t *testing.T) {
	refused := newRefusals(
		`unsupported modifier \(:i\)`, // a template, ${templateOption:name}
		`unexpected end of statement`, // an open quote
		`must be lowercase`,           // a base image in capitals
		`invalid containerPort`,       // a template
		`invalid reference format$`,   // a template, %%TAG%%
	)
	relaxed := map[string]int{}
	parsed, loaded, stages, heredocs := 0, 0, 0, 0
	var times []time.Duration
	for _, f := range corpus.Prefixed(t, "dockerfile") {
		ast, ok := parsesAsDockerfile(f.Text)
		if !ok {
			continue
		}
		parsed++
		in := Input{Kind: source.DockerfileKind, Name: f.Name, Text: f.Text}
		start := time.Now()
		m, err := Load(t.Context(), in)
		if err != nil {
			refused.add(t, f.Name, err)
			continue
		}
		times = append(times, time.Since(start))
		loaded++
		stages += len(m.dockerfile.stages)
		relaxed[kindOf(m.Relaxed())]++
		wantChanges(t, m, in, "again", f.Text, "")
		if hasHeredoc(ast) { // its line ends are part of the command
			heredocs++
		} else {
			wantChanges(t, m, in, "with CRLF", withCRLF(f.Text), "")
		}
		if fed := withInstruction(ast, f.Text, "USER 4242"); fed != nil {
			wantChanges(t, m, in, "with a USER", fed, lastUser(m))
		}
	}
	t.Logf("%d Dockerfiles parse, %d load, with %d stages, %d of them with heredocs", parsed, loaded, stages, heredocs)
	refused.log(t)
	logCounts(t, "relaxed", relaxed)
	logTimes(t, times)
}

func kindOf(relaxed string) string {
	kind, _, _ := strings.Cut(relaxed, " for ARG")
	return kind
}

func parsesAsDockerfile(text []byte) (*parser.Node, bool) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, false
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	return parsed.AST, err == nil && len(stages) > 0
}

func hasHeredoc(ast *parser.Node) bool {
	return slices.ContainsFunc(ast.Children, func(n *parser.Node) bool { return len(n.Heredocs) > 0 })
}

func withCRLF(text []byte) []byte {
	lf := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
}

// withInstruction adds an instruction as the last one, nil where the last one is open at its end.
func withInstruction(ast *parser.Node, text []byte, instruction string) []byte {
	fed := slices.Concat(text, []byte("\n"+instruction+"\n"))
	after, ok := parsesAsDockerfile(fed)
	if !ok || len(after.Children) != len(ast.Children)+1 {
		return nil
	}
	return fed
}

// lastUser is the one path that a last USER changes.
func lastUser(m *Model) string {
	return strconv.Itoa(len(m.dockerfile.stages)-1) + " image.config.User"
}

// wantChanges loads another text in the mode of m and compares the changes with the wanted ones.
func wantChanges(t *testing.T, m *Model, in Input, how string, text []byte, want string) {
	t.Helper()
	in.Text = text
	other, err := m.Reload(t.Context(), in)
	if err != nil {
		t.Errorf("%s %s: %v", in.Name, how, err)
		return
	}
	if got := where(Diff(m, other)); got != want {
		t.Errorf("%s %s: got %q, want %q", in.Name, how, got, want)
	}
}

// What stage by stage is loaded from a text without the other stages must be what the whole text says.
func TestCorpusStagesAlone(t *testing.T) {
	files, stages := 0, 0
	for _, f := range corpus.Prefixed(t, "dockerfile") {
		m, err := Load(t.Context(), Input{Kind: source.DockerfileKind, Name: f.Name, Text: f.Text})
		if err != nil || len(m.dockerfile.stages) < 3 {
			continue
		}
		files++
		p, err := readPlan(f.Text)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range m.dockerfile.stages {
			c := conversion{mode: m.dockerfile.mode, graph: graph{}}
			head, image, err := c.text(t.Context(), p.upTo(i))
			if err != nil {
				t.Errorf("%s stage %d: %v", f.Name, i, err)
				continue
			}
			stages++
			if head != s.head {
				t.Errorf("%s stage %d: another graph", f.Name, i)
			}
			for _, c := range diffTree(i, "image", s.image, image) {
				t.Errorf("%s: %s", f.Name, c.Summary())
			}
		}
	}
	t.Logf("%d stages of %d files", stages, files)
}

func TestCorpusCompose(t *testing.T) {
	refused := newRefusals(
		`invalid leading UTF-8 octet`,
		`did not find expected|could not find expected`,
		`already defined at line`,
		`unknown anchor`,
		`is missing a mount target`,
	)
	modes := map[string]int{}
	all, loaded := 0, 0
	var times []time.Duration
	for _, f := range corpus.Prefixed(t, "compose") {
		all++
		in := Input{Kind: source.ComposeKind, Name: f.Name, Text: f.Text}
		start := time.Now()
		m, err := Load(t.Context(), in)
		if err != nil {
			refused.add(t, f.Name, err)
			continue
		}
		times = append(times, time.Since(start))
		loaded++
		modes[m.Relaxed()]++
		wantChanges(t, m, in, "again", f.Text, "")
		wantChanges(t, m, in, "with CRLF", withCRLF(f.Text), "")
		if !bytes.HasSuffix(f.Text, []byte("\n")) {
			continue // a block of text can stand at the end, and a line end would become part of it
		}
		// A backslash makes castsFor keep all conversions.
		wantChanges(t, m, in, "with a backslash", slices.Concat(f.Text, []byte("# \\\n")), "")
		wantChanges(t, m, in, "with an extension", slices.Concat(f.Text, []byte("x-of-the-test: 1\n")), "-1 x-of-the-test")
	}
	t.Logf("%d Compose files, %d load", all, loaded)
	refused.log(t)
	logCounts(t, "mode", modes)
	logTimes(t, times)
}

func logCounts(t *testing.T, what string, counts map[string]int) {
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d %s: %q", counts[k], what, k)
	}
}

func logTimes(t *testing.T, times []time.Duration) {
	slices.Sort(times)
	at := func(q float64) time.Duration { return times[int(q*float64(len(times)-1))].Round(time.Microsecond) }
	t.Logf("Load: median %v, 90 %% %v, 99 %% %v, slowest %v", at(0.5), at(0.9), at(0.99), at(1))
}
