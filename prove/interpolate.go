package prove

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// substitute is the default of compose-go without its warning for each variable that is not set.
func substitute(text string, value template.Mapping) (string, error) {
	return template.SubstituteWithOptions(text, value, template.WithoutLogging)
}

// with is the input with values for variables that have none.
func (in Input) with(values map[string]string) Input {
	if len(values) == 0 {
		return in
	}
	env := maps.Clone(values)
	maps.Copy(env, in.Env)
	in.Env = env
	return in
}

// variableIn is a variable of a text, with the operator behind its name.
var variableIn = lazyregexp.New(`\$\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)(:?[-+?])?`)

// durationOf captures a variable that is the whole of a setting which takes a time.
var durationOf = lazyregexp.New(`(?m)\b(?:interval|timeout|start_period|start_interval|stop_grace_period|delay|window|monitor|max_delay)["']?\s*:\s*["']?\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// missing gives each variable of a text that has neither a value nor a default anywhere a value of its own. It is one that most
// settings take: a number, which is a port and text too, or a time where one is needed.
func missing(in Input) map[string]string {
	values, defaults := map[string]string{}, map[string]bool{}
	for _, m := range variableIn.FindAllSubmatch(in.Text, -1) {
		name, operator := string(m[1]), string(m[2])
		if _, known := in.Env[name]; known || name == "" {
			continue
		}
		values[name] = ""
		if strings.HasSuffix(operator, "-") || strings.HasSuffix(operator, "+") {
			defaults[name] = true
		}
	}
	maps.DeleteFunc(values, func(name, _ string) bool { return defaults[name] })
	for i, name := range slices.Sorted(maps.Keys(values)) {
		values[name] = strconv.Itoa(firstFilled + i)
	}
	for _, m := range durationOf.FindAllSubmatch(in.Text, -1) {
		if n, ok := values[string(m[1])]; ok && !strings.HasSuffix(n, "s") {
			values[string(m[1])] += "s"
		}
	}
	return values
}

// firstFilled is the first number that stands for a value that is not there.
const firstFilled = 20_001

// castsFor keeps the conversions to numbers and booleans for which the text has all the keys of their path. compose-go
// compares each value with all of them, splitting both paths each time, which would be a third of its time.
func castsFor(text []byte) map[tree.Path]interpolation.Cast {
	if hiddenKeys.Match(text) {
		return allCasts()
	}
	has := keysIn(text, castKeys().words)
	casts := map[tree.Path]interpolation.Cast{}
	for path, keys := range castKeys().byPath {
		if !slices.ContainsFunc(keys, func(key string) bool { return !has[key] }) {
			casts[path] = allCasts()[path]
		}
	}
	return casts
}

// allCasts is what compose-go converts.
var allCasts = sync.OnceValue(func() map[tree.Path]interpolation.Cast {
	return loader.ToOptions(&types.ConfigDetails{}, nil).Interpolate.TypeCastMapping
})

// castKeys lists for each conversion the keys of its path that are not wildcards, and all of these keys.
var castKeys = sync.OnceValue(func() (k struct {
	byPath map[tree.Path][]string
	words  map[string]bool
}) {
	k.byPath, k.words = map[tree.Path][]string{}, map[string]bool{}
	for path := range allCasts() {
		for _, key := range path.Parts() {
			if key != tree.PathMatchAll && key != tree.PathMatchList {
				k.byPath[path] = append(k.byPath[path], key)
				k.words[key] = true
			}
		}
	}
	return k
})

// hiddenKeys matches a text in which a key need not be followed by its colon: "? key" on lines of its own, or an escape
// by which a key can be spelled in another way.
var hiddenKeys = lazyregexp.New(`(?m)\\|(^|[\s,{\[-])\?(\s|$)`)

// keysIn tells which of the words are in the text as a key: before a colon, in quotes or not.
func keysIn(text []byte, words map[string]bool) map[string]bool {
	found := map[string]bool{}
	for i, c := range text {
		if c != ':' {
			continue
		}
		end := i
		for end > 0 && strings.IndexByte(" \t\r\n", text[end-1]) >= 0 {
			end--
		}
		if end > 0 && (text[end-1] == '"' || text[end-1] == '\'') {
			end--
		}
		start := end
		for start > 0 && isKeyByte(text[start-1]) {
			start--
		}
		if words[string(text[start:end])] {
			found[string(text[start:end])] = true
		}
	}
	return found
}

func isKeyByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}
