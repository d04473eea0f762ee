package project

import (
	"path"
	"strings"
)

// optionsApart are the Compose files that a script names apart from its calls of Compose, as in a variable for its options.
type optionsApart struct {
	file    string
	folders []string
	line    int // of the first
	names   []string
	called  []string // those of calls with a variable, which may stand for the others, and those of programs, whose lists go on
}

// add takes the files that a statement names, with the places of its calls of Compose.
func (o *optionsApart) add(s statement, calls [][]int) {
	if !strings.Contains(s.text, "-f") {
		return
	}
	names := fileOptions(s.text)
	switch {
	case len(calls) > 0 && (strings.Contains(s.text, "$") || programExtensions[path.Ext(o.file)]):
		o.called = append(o.called, names...)
	case len(calls) == 0 && len(names) > 0:
		if len(o.names) == 0 {
			o.line = s.line
		}
		o.names = append(o.names, names...)
	}
}

// uses are the files as one call of Compose, where they are several.
func (o *optionsApart) uses() []EnvUse {
	names := append(o.names, o.called...)
	if len(o.names) == 0 || len(names) < 2 {
		return nil
	}
	return []EnvUse{{Path: o.file, Line: o.line, Names: names, Folders: o.folders}}
}

// fileOptions are the YAML files behind -f in a statement.
func fileOptions(text string) (names []string) {
	text = strings.NewReplacer("(", " ", `"`, " ", "'", " ").Replace(withoutFolders(text))
	for _, f := range composeFileWord.FindAllStringSubmatch(" "+text, -1) {
		if name := strings.TrimRight(f[1], ",)]"); path.Ext(name) == ".yml" || path.Ext(name) == ".yaml" {
			names = append(names, name)
		}
	}
	return names
}
