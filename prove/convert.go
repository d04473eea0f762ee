package prove

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// conversion turns one stage into a build graph and an image config.
type conversion struct {
	mode     dockerfileMode
	graph    graph           // what is found is added here
	checks   bool            // collect the warnings of all stages
	refused  map[string]bool // the references that the resolver must not be asked for
	warnings []Warning
}

// stage converts stage i of the plan. The last stage comes with the whole text, so that BuildKit's checks see it.
func (c *conversion) stage(ctx context.Context, p *plan, i int) (ref, map[string]any, error) {
	if c.checks {
		return c.text(ctx, p.text)
	}
	c.refused = p.refused
	head, image, err := c.text(ctx, p.alone(i, c.mode))
	if errors.Is(err, errLeftOut) {
		c.refused = nil
		return c.text(ctx, p.upTo(i))
	}
	return head, image, err
}

// text converts the last stage of a text.
func (c *conversion) text(ctx context.Context, text []byte) (ref, map[string]any, error) {
	if c.mode.lenient {
		text = withoutErrors(text)
	}
	res, err := dockerfile2llb.Dockerfile2LLB(ctx, text, c.options())
	if err != nil {
		return ref{}, nil, err
	}
	// Without a fixed id every context source would carry a random one.
	def, err := res.State.Marshal(ctx, llb.LocalUniqueID("context"))
	if err != nil {
		return ref{}, nil, err
	}
	head, err := c.graph.add(def)
	if err != nil {
		return ref{}, nil, err
	}
	res.Image.Created, res.Image.History, res.Image.RootFS = nil, nil, ocispecs.RootFS{}
	b, err := json.Marshal(res.Image)
	if err != nil {
		return ref{}, nil, err
	}
	image, err := imageOf(b)
	return head, image, err
}

func (c *conversion) options() dockerfile2llb.ConvertOpt {
	buildArgs := maps.Clone(c.mode.buildArgs) // BuildKit deletes from it
	if _, ok := buildArgs["TARGETSTAGE"]; !ok {
		buildArgs["TARGETSTAGE"] = c.mode.target // else it would be another one for each stage
	}
	files := llb.Local("context")
	opt := dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: buildArgs, BuildPlatforms: []ocispecs.Platform{c.mode.platform}},
		MainContext:    &files,
		MetaResolver:   standIns{known: c.mode.images, refused: c.refused},
		TargetPlatform: &c.mode.platform,
		LLBCaps:        capabilities(),
	}
	if c.checks {
		opt.Warn = c.warn
		opt.AllStages = true
	}
	return opt
}

// capabilities are all that a BuildKit can have. They are not changed.
var capabilities = sync.OnceValue(func() *apicaps.CapSet {
	set := pb.Caps.CapSet(pb.Caps.All())
	return &set
})

// warn is a linter.LintWarnFunc.
func (c *conversion) warn(rule, _, _, message string, at []parser.Range) {
	w := Warning{Rule: rule, Message: message}
	if len(at) > 0 {
		w.Line = at[0].Start.Line
	}
	c.warnings = append(c.warnings, w)
}

// imageOf decodes an image config and gives its Env a form in which each variable has a path of its own. What is not
// part of an image's behaviour, its history and layers, is left out by the caller.
func imageOf(b []byte) (map[string]any, error) {
	var image map[string]any
	if err := json.Unmarshal(b, &image); err != nil {
		return nil, err
	}
	delete(image, "rootfs")
	config, _ := image["config"].(map[string]any)
	list, _ := config["Env"].([]any)
	if len(list) > 0 {
		config["Env"] = envOf(list)
	}
	return image, nil
}

func envOf(list []any) ordered {
	env := ordered{values: map[string]any{}}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry.(string), "=")
		env.names = append(env.names, name)
		env.values[name] = value
	}
	return env
}
