package prove

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// dockerfileModel is what BuildKit makes of a Dockerfile.
type dockerfileModel struct {
	mode       dockerfileMode
	directives map[string]string // "syntax", "escape", "check": value, absent where not given
	args       []globalArg
	stages     []stage
	graph      graph
	lint       []Warning
}

// stage is one FROM with what follows it.
type stage struct {
	name  string          // lower case, as BuildKit compares names; "" where it has none
	from  string          // the base as the FROM says it, arguments not expanded
	base  int             // index of the stage it is built on, -1 where that is an image or scratch
	uses  map[string]bool // the global arguments that its FROM depends on
	head  ref             // the last step
	image map[string]any  // the image config, by JSON key, prepared by imageOf
}

// dockerfileMode is how a Dockerfile was loaded.
type dockerfileMode struct {
	platform     ocispecs.Platform
	buildArgs    map[string]string // those of the Input and the placeholders
	placeholders []string          // the names of the arguments that have no value of their own, sorted
	target       string
	images       map[string]Image
	lenient      bool // the check directive asks for errors, and they were switched off
}

func (m dockerfileMode) relaxed() string {
	var parts []string
	if len(m.placeholders) > 0 {
		parts = append(parts, "placeholder values for ARG "+strings.Join(m.placeholders, ", "))
	}
	if m.lenient {
		parts = append(parts, "check=error off")
	}
	return strings.Join(parts, "; ")
}

// loadDockerfile finds a mode in which BuildKit accepts the text and loads it in that mode.
func loadDockerfile(ctx context.Context, in Input) (*dockerfileModel, error) {
	p, err := readPlan(in.Text)
	if err != nil {
		return nil, err
	}
	mode := dockerfileMode{
		buildArgs: maps.Clone(in.BuildArgs),
		target:    cmp.Or(in.Target, "default"),
		images:    fullNames(in.Images),
		lenient:   p.checksAreErrors(),
	}
	if mode.buildArgs == nil {
		mode.buildArgs = map[string]string{}
	}
	mode.platform = platformOf(p, mode)
	m, err := loadPlan(ctx, p, mode)
	tried := 0
	for _, missing := range []func(globalArg) bool{withoutValue, withoutText} {
		if err == nil || ctx.Err() != nil {
			break
		}
		names := p.missingArgs(mode, missing)
		if len(names) == tried {
			continue
		}
		tried = len(names)
		if again, err := loadPlan(ctx, p, mode.withPlaceholders(p, names)); err == nil {
			return again, nil
		}
	}
	return m, err
}

// reloadDockerfile loads a text in a given mode.
func reloadDockerfile(ctx context.Context, in Input, mode dockerfileMode) (*dockerfileModel, error) {
	p, err := readPlan(in.Text)
	if err != nil {
		return nil, err
	}
	if len(in.Images) > 0 {
		known := maps.Clone(mode.images)
		maps.Copy(known, fullNames(in.Images))
		mode.images = known
	}
	return loadPlan(ctx, p, mode)
}

// loadPlan converts every stage. BuildKit tells only about the stage that is built and leaves out what that stage does
// not need, so that each stage is converted as the last one of a text of its own.
func loadPlan(ctx context.Context, p *plan, mode dockerfileMode) (*dockerfileModel, error) {
	m := &dockerfileModel{mode: mode, directives: p.directives, args: p.globalArgs(mode), graph: graph{}}
	m.stages = make([]stage, len(p.stages))
	last := len(p.stages) - 1
	for i := last; i >= 0; i-- { // the last first: it is the whole text, and most texts that fail do so there
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := conversion{mode: mode, graph: m.graph, checks: i == last}
		head, image, err := c.stage(ctx, p, i)
		if err != nil {
			return nil, err
		}
		if i == last {
			m.lint = c.warnings
		}
		s := p.stages[i]
		base, uses := p.baseOf(i, mode)
		m.stages[i] = stage{name: s.Name, from: s.BaseName, base: base, uses: uses, head: head, image: image}
	}
	slices.SortStableFunc(m.lint, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	m.lint = slices.Compact(m.lint)
	return m, nil
}

// where names a stage for a reader.
func (s stage) where(i int) string {
	if s.name == "" {
		return fmt.Sprintf("stage %d", i)
	}
	return fmt.Sprintf("stage %d (%s)", i, s.name)
}
