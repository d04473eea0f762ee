package source

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestComposeAtRandom holds Compose files that are put together at random to what FuzzCompose asks of any text: fuzzing bytes seldom
// gets to files that parse and have anchors, merge keys, variables and inline Dockerfiles in them.
func TestComposeAtRandom(t *testing.T) {
	files := 1500
	if testing.Short() {
		files = 300
	}
	parsed := 0
	for seed := range uint64(files) {
		g := &composeText{r: rand.New(rand.NewPCG(seed, 2))}
		text := g.file()
		d, err := editable("compose.yaml", []byte(text))
		if err != nil {
			continue
		}
		parsed++
		checkMap(t, d)
		checkImages(t, d)
		checkComments(t, d)
		ops := yamlOperations(d)
		for i := range min(len(ops), 6) {
			op := ops[(int(seed)*7+i*5)%len(ops)]
			if _, wrong := op.check(d); wrong != "" {
				t.Errorf("%s: %s", op, wrong)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	if parsed < files/3 {
		t.Errorf("only %d of %d files parsed", parsed, files)
	}
}

// composeText writes one file.
type composeText struct {
	r       *rand.Rand
	b       strings.Builder
	anchors []string // of mappings
	scalars []string // anchors of scalars
}

func (g *composeText) of(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *composeText) in(n int) bool { return g.r.IntN(n) == 0 }

func (g *composeText) line(indent int, format string, args ...any) {
	g.b.WriteString(strings.Repeat(" ", indent) + fmt.Sprintf(format, args...))
	if g.in(9) {
		g.b.WriteString(g.of(" # note", "  # dockfix ignore unpinned-image", " "))
	}
	g.b.WriteString("\n")
	switch g.r.IntN(24) {
	case 0:
		g.b.WriteString("\n")
	case 1:
		g.b.WriteString(strings.Repeat(" ", indent) + "# a comment\n")
	case 2:
		g.b.WriteString("   \n")
	case 3:
		g.b.WriteString("# at the edge\n")
	}
}

func (g *composeText) file() string {
	if g.in(4) {
		g.line(0, "version: %s", g.of("'3'", `"2.1"`, "3.8"))
	}
	if g.in(3) {
		g.line(0, "x-base: %s", g.anchor(&g.anchors))
		g.settings(2)
	}
	for range 1 + g.r.IntN(2)*g.r.IntN(2) {
		g.line(0, "services:")
		for n := range 1 + g.r.IntN(3) {
			g.service(n)
		}
		if g.in(6) {
			g.line(0, "%s", g.of("...", "---"))
		}
	}
	if g.in(3) {
		g.line(0, "%s", g.of("volumes: {data: }", "networks:\n  a:\n", "volumes:\n  data: null"))
	}
	text := g.b.String()
	switch g.r.IntN(6) {
	case 0:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		text = "\ufeff" + text
	case 2:
		text = strings.TrimRight(text, "\n")
	}
	return text
}

func (g *composeText) anchor(list *[]string) string {
	name := fmt.Sprintf("a%d", len(g.anchors)+len(g.scalars))
	*list = append(*list, name)
	return "&" + name
}

func (g *composeText) service(n int) {
	name := fmt.Sprintf("%s%d", g.of("web", "db", `"q`, "s-"), n)
	if strings.HasPrefix(name, `"`) {
		name += `"`
	}
	switch g.r.IntN(8) {
	case 0:
		g.line(2, "%s: {image: %s, ports: [%s], environment: {A: %s}}", name, g.of("a:1", `"a"`, "a/b"), g.of("80:80", `"80:80"`, "", "1, 2"), g.of("b", `"x y"`, "1"))
	case 1:
		g.line(2, "%s: %s", name, g.anchor(&g.anchors))
		g.settings(4)
	case 2:
		if len(g.anchors) > 0 {
			g.line(2, "%s: *%s", name, g.of(g.anchors...))
			return
		}
		fallthrough
	default:
		g.line(2, "%s:", name)
		g.settings(4 + 2*g.r.IntN(2))
	}
}

// settings are those of one service, each at most once.
func (g *composeText) settings(indent int) {
	some := g.r.Perm(9)[:1+g.r.IntN(5)]
	for _, what := range some {
		switch what {
		case 0, 1:
			if what == 0 || !slices.Contains(some, 0) {
				g.image(indent)
			}
		case 2:
			g.environment(indent)
		case 3:
			g.line(indent, "ports:%s", g.of("", " # all"))
			for range 1 + g.r.IntN(2) {
				g.line(indent+2*g.r.IntN(1), "- %s", g.of("80:80", `"80:80"`, "'1:2'", "target: 80"))
			}
		case 4:
			g.build(indent)
		case 5:
			if len(g.anchors) > 1 {
				g.line(indent, "<<: %s", g.of("*"+g.anchors[0], "[*"+g.anchors[0]+"]"))
			}
		case 6:
			g.line(indent, "command: %s", g.of("run it", "[a, 'b']", ">\n"+strings.Repeat(" ", indent+2)+"a\n"+strings.Repeat(" ", indent+2)+"b", "|-\n"+strings.Repeat(" ", indent+1)+"a $$x"))
		case 7:
			g.line(indent, "depends_on: %s", g.of("[db0]", "\n"+strings.Repeat(" ", indent)+"- db0", "{db0: {condition: service_started}}"))
		case 8:
			g.line(indent, "labels:\n%s? a\n%[1]s: b", strings.Repeat(" ", indent+2))
		}
	}
}

func (g *composeText) image(indent int) {
	ref := g.of("a", "a:1", "r.io/a:1", "a:${V:-1}", "${I:-a:1}", "${I}", "a:$V", "${R:-r.io}/a:${V-2}", "a@sha256:"+strings.Repeat("0", 64), "${I:-${J:-a:2}}")
	switch g.r.IntN(8) {
	case 0:
		g.line(indent, "image: '%s'", ref)
	case 1:
		g.line(indent, "image:   \"%s\"", ref)
	case 2:
		g.line(indent, "image: >-\n%s%s", strings.Repeat(" ", indent+2), ref)
	case 3:
		g.line(indent, "image: %s %s", g.anchor(&g.scalars), ref)
	case 4:
		if len(g.scalars) > 0 {
			g.line(indent, "image: *%s", g.of(g.scalars...))
			return
		}
		fallthrough
	default:
		g.line(indent, "image: %s", ref)
	}
}

func (g *composeText) environment(indent int) {
	if g.in(2) {
		g.line(indent, "environment:")
		for n := range 1 + g.r.IntN(3) {
			g.line(indent, "- %s", g.of(fmt.Sprintf("A%d=b c", n), `"P=x"`, "Q", "R=${S:-t}", "EMPTY="))
		}
		return
	}
	g.line(indent, "environment: %s", g.of("", g.anchor(&g.anchors)))
	for n := range 1 + g.r.IntN(3) {
		g.line(indent+2, "A%d: %s", n, g.of("b c", `"x"`, "", "'it''s'", "1", "true", "${S:?no}", "|\n"+strings.Repeat(" ", indent+4)+"two\n\n"+strings.Repeat(" ", indent+4)+"lines"))
	}
}

func (g *composeText) build(indent int) {
	if g.in(3) {
		g.line(indent, "build: .")
		return
	}
	g.line(indent, "build:")
	g.line(indent+2, "context: .")
	if g.in(2) {
		g.line(indent+2, "args: %s", g.of("{V: 1}", "[V=2, W]", "\n"+strings.Repeat(" ", indent+4)+"V: \"3\""))
	}
	if g.in(2) {
		pad := "\n" + strings.Repeat(" ", indent+4)
		g.line(indent+2, "dockerfile_inline: %s%s", g.of("|", ">-", "|2-", "|+"), strings.Join([]string{"", "ARG V=1", "FROM " + g.of("a:$V", "a", "${V}", "a:1 AS b"), "RUN x \\", "  && y # z"}, pad))
	}
}
