package manifest

import (
	"encoding/json"
	"strings"
)

func deno(args []string) *Install {
	a := parse(args, "--config", "-c", "--lock", "--import-map")
	switch {
	case a.word(0) == "cache":
		return never("deno", "deno cache reads the sources that it is given")
	case a.word(0) != "install" || a.has("-g", "--global"):
		return nil
	case a.has("--entrypoint", "-e") || len(a.words) > 1:
		return never("deno", "deno install reads the sources that it is given")
	}
	return &Install{Manager: "deno", args: a, plan: func(p *planner) {
		p.fills("node_modules")
		if !p.has("deno.json") && !p.has("deno.jsonc") && !p.has("package.json") {
			p.refuse("deno.json is not in the build context, or is ignored")
		}
		for _, name := range []string{"deno.json", "deno.jsonc"} {
			p.denoConfig(name)
		}
		p.add("deno.lock", "package.json")
		p.npmrc()
	}}
}

func (p *planner) denoConfig(name string) {
	text, ok := p.text(name)
	if !ok {
		return
	}
	p.add(name)
	var config struct {
		ImportMap string
		Imports   map[string]string
		Workspace any
		Patch     any
		Links     any
	}
	if err := json.Unmarshal(withoutComments(text), &config); err != nil {
		p.refuse("%s cannot be read", p.at(name))
		return
	}
	if config.Workspace != nil || config.Patch != nil || config.Links != nil {
		p.refuse("%s has a workspace or links to other projects", p.at(name))
	}
	if config.ImportMap != "" && !url(config.ImportMap) {
		p.need(config.ImportMap)
	}
}

// withoutComments is JSON with the comments and trailing commas of JSONC left out.
func withoutComments(text string) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case text[i] == '"':
			n := stringEnd(rest)
			out = append(out, rest[:n]...)
			i += n - 1
		case strings.HasPrefix(rest, "//"):
			i += len(firstLine(rest)) - 1
		case strings.HasPrefix(rest, "/*"):
			body, _, _ := strings.Cut(rest[2:], "*/")
			i += len(body) + 3
		case text[i] == '}' || text[i] == ']':
			trimmed := strings.TrimRight(string(out), " \t\r\n")
			out = append([]byte(strings.TrimSuffix(trimmed, ",")), text[i])
		default:
			out = append(out, text[i])
		}
	}
	return out
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// stringEnd is the length of the JSON string that s begins with.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}
