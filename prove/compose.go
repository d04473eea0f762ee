package prove

import (
	"cmp"
	"context"
	"maps"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// composeFile is the name under which compose-go gets the text. It keeps one entry for each name it has warned about, so
// that the name must be the same for all files.
const composeFile = "compose.yaml"

// projectName stands in for the name of the project, from which compose-go derives the names of networks and volumes.
const projectName = "project"

// composeModel is what compose-go makes of a Compose file.
type composeModel struct {
	rung  rung
	fill  map[string]string // values that variables were given so that the text could be read: see rung.filled
	model map[string]any
}

// rung is one degree of strictness.
type rung struct {
	name       string // what was given up
	structure, // only the structure is read: the model is not bound to Compose's types
	noConsistency, noInterpolation, noValidation bool
	filled bool // variables that have neither a value nor a default have one, as a .env that is not there would give them
}

// ladder lists the rungs, the strictest first. Validation goes before interpolation and not with it: a file with an
// unknown key can still be compared with its variables replaced. Rungs that read the text alike are neighbours.
var ladder = []rung{
	{},
	{name: "consistency checks off", noConsistency: true},
	{name: "variables without a value given one", noConsistency: true, filled: true},
	{name: "interpolation off", noConsistency: true, noInterpolation: true},
	{name: "schema validation off", noConsistency: true, noValidation: true},
	{name: "schema validation off, variables without a value given one", noConsistency: true, noValidation: true, filled: true},
	{name: "schema validation and interpolation off", noConsistency: true, noInterpolation: true, noValidation: true},
	{name: "only the structure is read", noConsistency: true, noInterpolation: true, noValidation: true, structure: true},
}

// loadCompose loads a text in the strictest way in which compose-go accepts it.
func loadCompose(ctx context.Context, in Input) (*composeModel, error) {
	defer silence()()
	var first, err error
	var model map[string]any
	var last *rung
	given := in
	fill := missing(in)
	for i, r := range ladder {
		if r.filled && len(fill) == 0 {
			continue
		}
		if in = given; r.filled {
			in = given.with(fill)
		}
		if ctxErr := ctx.Err(); ctxErr != nil {
			return nil, ctxErr
		}
		if last == nil || !r.readsAs(*last) {
			model, err = r.read(in)
		}
		last = &ladder[i]
		if err == nil {
			var m *composeModel
			if m, err = r.bind(in, model); err == nil {
				if r.filled {
					m.fill = fill
				}
				return m, nil
			}
			first, err = cmp.Or(first, err), nil // the next rung may bind what was read
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// reloadCompose loads a text in the way in which another was loaded.
func reloadCompose(in Input, like *composeModel) (*composeModel, error) {
	defer silence()()
	in = in.with(like.fill)
	model, err := like.rung.read(in)
	if err != nil {
		return nil, err
	}
	m, err := like.rung.bind(in, model)
	if err != nil {
		return nil, err
	}
	m.fill = like.fill
	return m, nil
}

// readsAs reports whether two rungs differ only in what is done with the model.
func (r rung) readsAs(o rung) bool {
	return r.noInterpolation == o.noInterpolation && r.noValidation == o.noValidation && r.filled == o.filled
}

// details is the text as compose-go takes it. It writes into the environment.
func details(in Input) types.ConfigDetails {
	env := types.Mapping{}
	maps.Copy(env, in.Env)
	return types.ConfigDetails{
		WorkingDir:  "/" + projectName,
		Environment: env,
		// Content must not be nil, else compose-go reads the file from disk.
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: append([]byte{}, in.Text...)}},
	}
}

// read makes the model of a text. compose-go panics on some malformed files when it does not validate them.
func (r rung) read(in Input) (map[string]any, error) {
	return recovered(func() (map[string]any, error) {
		if err := checkMerges(in.Text); err != nil {
			return nil, err
		}
		return loader.LoadModelWithContext(context.Background(), details(in), r.options, func(o *loader.Options) {
			o.Interpolate.TypeCastMapping = castsFor(in.Text)
			o.MaxNodeVisits = mostVisits(in.Text)
		})
	})
}

// options makes compose-go read nothing but the text: no included or extended file, no env_file, no label_file and no
// path of this machine.
func (r rung) options(o *loader.Options) {
	o.SkipInclude, o.SkipExtends = true, true
	o.SkipResolveEnvironment, o.SkipResolveLabels = true, true
	o.ResolvePaths = false
	o.SkipNormalization = true // done by bind, which has to know the project's own name
	o.SkipConsistencyCheck = r.noConsistency
	o.SkipInterpolation = r.noInterpolation
	o.SkipValidation = r.noValidation
	o.SetProjectName(projectName, true)
	o.Interpolate.Substitute = substitute
}

// bind completes a model as Compose does, and checks that it fits Compose's types. Values that these types read in one
// way however they are written are taken from there. The given model stays as it is.
func (r rung) bind(in Input, model map[string]any) (*composeModel, error) {
	model = cloneTree(model).(map[string]any)
	if r.structure {
		return &composeModel{rung: r, model: model}, nil
	}
	return recovered(func() (*composeModel, error) {
		details := details(in)
		name, named := model["name"]
		model["name"] = projectName
		model, err := loader.Normalize(model, details.Environment)
		if err != nil {
			return nil, err
		}
		options := loader.ToOptions(&details, []func(*loader.Options){r.options})
		project, err := loader.ModelToProject(cloneTree(model).(map[string]any), options, details)
		if err != nil {
			return nil, err
		}
		useTypes(model, project)
		delete(model, "name")
		if named {
			model["name"] = name
		}
		return &composeModel{rung: r, model: model}, nil
	})
}

// useTypes replaces what a Compose file can write as a list or as a map, with numbers or with text, by what the
// container gets.
func useTypes(model map[string]any, project *types.Project) {
	services, _ := model["services"].(map[string]any)
	for _, group := range []types.Services{project.Services, project.DisabledServices} {
		for name, s := range group {
			service, _ := services[name].(map[string]any)
			replace(service, "environment", s.Environment)
			replace(service, "labels", s.Labels)
			if build, _ := service["build"].(map[string]any); s.Build != nil {
				replace(build, "args", s.Build.Args)
				replace(build, "labels", s.Build.Labels)
			}
		}
	}
}

// replace puts a map of text, or of pointers to text where there may be no value, in the place of an entry.
func replace[V string | *string](model map[string]any, key string, values map[string]V) {
	if _, present := model[key]; !present {
		return
	}
	m := make(map[string]any, len(values))
	for k, v := range values {
		switch v := any(v).(type) {
		case string:
			m[k] = v
		case *string:
			m[k] = nil
			if v != nil {
				m[k] = *v
			}
		}
	}
	model[key] = m
}

func cloneTree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = cloneTree(e)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = cloneTree(e)
		}
		return l
	}
	return v
}

// diffCompose compares the models of two Compose files.
func diffCompose(before, after *composeModel) []Change {
	return diffTree(wholeFile, "", before.model, after.model)
}
