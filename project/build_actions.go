package project

import (
	"path/filepath"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

var (
	// buildsByAction is a step that builds an image: docker/build-push-action, redhat-actions/buildah-build.
	buildsByAction = lazyregexp.New(`(?m)^\s*(?:-\s+)?uses:\s*["']?\S*(?:build-push-action|buildah-build)`)
	stepStart      = lazyregexp.New(`^(\s*)-\s`)
	stepInput      = lazyregexp.New(`^(\s*)(context|file|tags|dockerfile|containerfiles):\s*(.*?)\s*$`)
	// namesImages are the names that docker/metadata-action makes tags of.
	namesImages = lazyregexp.New(`(?m)^(\s*)images:[ \t]*(.*?)[ \t]*\r?$`)
)

// actionTags are the names that the steps of a workflow give to the images they build. Where another step makes them, all that is
// made so in the file counts.
func actionTags(top, text string) (list []ImageTag) {
	if !buildsByAction.MatchString(text) {
		return nil
	}
	lines := strings.Split(strings.ReplaceAll(templated.ReplaceAllString(text, "$$X"), "\r", ""), "\n")
	var named []string
	for i, line := range lines {
		if m := namesImages.FindStringSubmatch(line); m != nil {
			named = append(named, valuesAt(lines, i, m[2], len(m[1]))...)
		}
	}
	for i, line := range lines {
		if !buildsByAction.MatchString(line) {
			continue
		}
		call := actionCall(stepAround(lines, i))
		file, ok := call.dockerfile(top)
		if !ok {
			continue
		}
		for _, name := range append(call.tags, named...) {
			list = append(list, ImageTag{name, file})
		}
	}
	return list
}

// stepAround are the lines of the step that a line is in.
func stepAround(lines []string, at int) []string {
	first, indent := at, 0
	for ; first > 0 && !stepStart.MatchString(lines[first]); first-- {
	}
	if m := stepStart.FindStringSubmatch(lines[first]); m != nil {
		indent = len(m[1])
	}
	end := at + 1
	for end < len(lines) && (strings.TrimSpace(lines[end]) == "" || indentOf(lines[end]) > indent) {
		end++
	}
	return lines[first:end]
}

// actionCall is what a step builds, as docker build would be told. Without a context it is the repository.
func actionCall(step []string) buildCall {
	call := buildCall{context: "."}
	for i, line := range step {
		m := stepInput.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		values := valuesAt(step, i, m[3], len(m[1]))
		switch {
		case len(values) == 0:
		case m[2] == "tags":
			call.tags = values
		case m[2] == "context":
			call.context = values[0]
		default:
			call.file = values[0]
		}
	}
	return call
}

// valuesAt are those behind a key, in its line or as a block below it.
func valuesAt(lines []string, at int, value string, indent int) (list []string) {
	if value == "" || value[0] == '|' || value[0] == '>' {
		value = ""
		for _, line := range lines[at+1:] {
			if strings.TrimSpace(line) == "" || indentOf(line) <= indent {
				break
			}
			value += line + "\n"
		}
	}
	for _, v := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",\n \t", r) }) {
		if v = strings.Trim(v, `"'`); v != "" && v != "-" && !strings.HasPrefix(v, "#") {
			list = append(list, strings.Clone(filepath.ToSlash(v)))
		}
	}
	return list
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
