package compose

import (
	"bytes"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// files are the edits of other files that a variable in the .env needs. value is written as the .env has it.
func (m *secretMove) files(name, value string) []fix.Edit {
	var edits []fix.Edit
	if !m.has(name) {
		edits = m.addLine(".env", name+"="+value, true)
	}
	example := m.exampleFile()
	if !definesVariable(m.facts.Files[example], name) {
		edits = append(edits, m.addLine(example, name+"=", false)...)
	}
	edits = append(edits, m.gitignore(example)...)
	for _, c := range m.facts.DotEnv.Contexts {
		if !m.hidden(c) {
			edits = append(edits, m.addLine(c.Ignore, c.Path, false)...)
		}
	}
	return edits
}

// has reports whether the .env gives the variable its value already.
func (m *secretMove) has(name string) bool {
	if m.env == nil {
		return false
	}
	_, ok := m.env.Env.Entry(name)
	return ok
}

// exampleFile is the list of the variables without values that there is, else the usual name.
func (m *secretMove) exampleFile() string {
	for _, name := range exampleFiles {
		if _, ok := m.facts.Files[name]; ok {
			return name
		}
	}
	return exampleFiles[0]
}

// definesVariable reports whether a .env file has a line for a variable, in a comment too.
func definesVariable(text []byte, name string) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(bytes.TrimLeft(line, "# \t"))
		if rest, ok := bytes.CutPrefix(bytes.TrimPrefix(line, []byte("export ")), []byte(name)); ok && bytes.HasPrefix(bytes.TrimSpace(rest), []byte("=")) {
			return true
		}
	}
	return false
}

// gitignore makes git leave out the .env, and not the list of its names.
func (m *secretMove) gitignore(example string) []fix.Edit {
	file := m.facts.DotEnv.Gitignore
	if file == "" {
		return nil
	}
	text := m.facts.Files[file]
	var edits []fix.Edit
	if !m.facts.DotEnv.Ignored && (!hasLine(text, ".env") || takesBack(text, ".env")) {
		edits = m.addLine(file, ".env", false)
	}
	if back := "!" + exampleFiles[0]; example == exampleFiles[0] && m.facts.DotEnv.ExampleIgnored && !hasLine(text, back) {
		edits = append(edits, m.addLine(file, back, false)...)
	}
	return edits
}

// hasLine reports whether a text has a line that is this and nothing else.
func hasLine(text []byte, line string) bool {
	for l := range bytes.Lines(text) {
		if string(bytes.TrimRight(l, "\r\n")) == line {
			return true
		}
	}
	return false
}

// hidden reports whether a build context keeps the .env from the builder.
func (m *secretMove) hidden(c fix.DotEnvContext) bool { return m.hides(c, c.Path) }

func (m *secretMove) hides(c fix.DotEnvContext, path string) bool {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(m.facts.Files[c.Ignore]))
	if err != nil {
		return false
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return false
	}
	hidden, err := matcher.MatchesOrParentMatches(path)
	return err == nil && hidden
}

// addLine adds a line at the end of a file, with the line end of those in it. A new file is for programs that take a carriage
// return for a part of the line.
func (m *secretMove) addLine(file, line string, isSecret bool) []fix.Edit {
	text, newline := m.facts.Files[file], "\n"
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		newline = "\r\n"
	}
	end := source.Span{Start: len(text), End: len(text)}
	var edits []fix.Edit
	if len(text) > 0 && text[len(text)-1] != '\n' {
		edits = append(edits, fix.Edit{File: file, Span: end, New: newline})
	}
	return append(edits, fix.Edit{File: file, Span: end, New: line + newline, Secret: isSecret})
}
