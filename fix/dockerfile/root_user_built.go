package dockerfile

import (
	"path"
	"slices"
	"strings"
)

// builtWith is the language of the program, where a stage of the file compiles it: go or rust; "" where none does.
func (l *launch) builtWith() string { return l.built.of(once{}, l.findBuilder) }

func (l *launch) findBuilder() string {
	named := !ofPackages(l.program) || names(l, l.program.name)
	for _, in := range l.all() {
		from, ok := in.Flag("from")
		if in.Name != "COPY" || !ok {
			continue
		}
		if i := targetOf(l.doc.Dockerfile.Stages, from.Unquoted(l.doc.Dockerfile.Escape)); i >= 0 {
			other := stepsOf(l.reader, l.doc.Dockerfile.Stages[i], l.ctx)
			if language := languageOf(other); language != "" && (named || names(other, l.program.name)) {
				return language
			}
		}
	}
	if named {
		return languageOf(l)
	}
	return ""
}

// ofPackages reports whether a program stands where packages put theirs, so that it may be one of the image.
func ofPackages(p program) bool {
	return len(p.words) == 0 || !strings.Contains(p.words[0], "/") || slices.Contains(binDirs, path.Dir(p.words[0]))
}

// names reports whether a stage copies or compiles something with the name of a program, or has a folder of that name, after which
// go build calls what it makes. Where none does, the program is one of the image: tar is not what the stage compiles.
func names(l *launch, program string) bool {
	for _, in := range l.all() {
		if slices.Contains([]string{"COPY", "ADD", "WORKDIR"}, in.Name) && strings.Contains(in.Rest.Text, program) {
			return true
		}
		if in.Name != "RUN" || !l.reader.says(in, withoutQuotes(program)) {
			continue
		}
		for _, call := range l.reader.calls(in) {
			if slices.Contains([]string{"go", "cargo", "cp", "mv", "install", "ln", "cd"}, path.Base(call[0])) && strings.Contains(strings.Join(call, " "), program) {
				return true
			}
		}
	}
	return false
}

// languageOf is the compiled language whose compiler a stage calls.
func languageOf(l *launch) string {
	for call := range l.callsSaying("go", "cargo") {
		switch {
		case path.Base(call[0]) == "go" && len(call) > 1 && (call[1] == "build" || call[1] == "install"):
			return "go"
		case path.Base(call[0]) == "cargo" && len(call) > 1 && (call[1] == "build" || call[1] == "install"):
			return "rust"
		}
	}
	return ""
}
