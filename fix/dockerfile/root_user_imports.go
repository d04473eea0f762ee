package dockerfile

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// harmlessImports are the modules of which it is known that they write no files, or only where the sources say so in words
// that runtimes looks for.
var harmlessImports = map[string][]string{
	"python": strings.Fields("__future__ abc os sys re json typing typing_extensions datetime time math random collections itertools functools operator copy asyncio enum dataclasses uuid hashlib base64 logging contextlib string decimal secrets hmac html http" +
		" fastapi starlette pydantic pydantic_settings uvicorn flask jinja2 werkzeug httpx requests sqlalchemy asyncpg psycopg psycopg2 redis pymongo dotenv prometheus_client orjson jwt bcrypt email_validator"),
	"node": strings.Fields("http https url path crypto util events querystring express fastify koa cors helmet morgan body-parser dotenv pg ioredis redis mongodb mongoose axios jsonwebtoken bcrypt joi zod uuid prom-client"),
}

// importDoubt names what a source file imports of which it is not known where it writes.
func importDoubt(c *fix.BuildContext, runtime, name string, sources []string) string {
	text := strings.NewReplacer("\\\r\n", " ", "\\\n", " ").Replace(string(c.Texts[name]))
	var module string
	switch runtime {
	case "python":
		module = pythonImport(text, name, sources)
	case "node":
		module = nodeImport(text, name, sources)
	case "go":
		module = goImport(c, name)
	default:
		return fmt.Sprintf("%s uses libraries of which it is not known where they write", name)
	}
	if module == "" {
		return ""
	}
	return fmt.Sprintf("%s imports %s, of which it is not known where it writes", name, module)
}

var (
	pythonImports = lazyregexp.New(`(?m)(?:^|[;:])[ \t]*(import|from)[ \t]+([^\r\n]*)`)
	pythonModule  = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_.]*$`)
)

func pythonImport(text, name string, sources []string) string {
	for _, m := range pythonImports.FindAllStringSubmatch(text, -1) {
		rest, _, _ := strings.Cut(m[2], "#")
		rest, _, _ = strings.Cut(rest, ";")
		modules := strings.Split(rest, ",")
		if m[1] == "from" {
			var what string
			var is bool
			if rest, what, is = strings.Cut(rest, " import"); !is {
				continue
			}
			modules = []string{rest}
			if strings.TrimSpace(rest) == "os" && !slices.Contains([]string{"environ", "getenv", "path"}, strings.TrimSpace(what)) ||
				strings.TrimSpace(rest) == "logging" && (strings.Contains(what, "config") || strings.Contains(what, "handlers")) {
				return strings.TrimSpace(rest) + "." + strings.TrimSpace(what)
			}
		}
		for _, module := range modules {
			module, _, _ = strings.Cut(strings.TrimSpace(module), " ")
			if !pythonHarmless(module, name, sources) {
				return module
			}
		}
	}
	return ""
}

func pythonHarmless(module, name string, sources []string) bool {
	if strings.HasPrefix(module, ".") {
		return true
	}
	top, below, _ := strings.Cut(module, ".")
	switch {
	case !pythonModule.MatchString(module):
		return false
	case top == "logging" && below != "":
		return false
	case slices.Contains(harmlessImports["python"], top):
		return true
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		at := path.Join(dir, top)
		if slices.ContainsFunc(sources, func(s string) bool { return s == at+".py" || strings.HasPrefix(s, at+"/") }) {
			return true
		}
		if dir == "." || dir == "/" {
			return false
		}
	}
}

var (
	nodeCalls   = lazyregexp.New(`\b(?:require|import)(?:\.resolve)?\s*\(([^)]*)`)
	nodeImports = lazyregexp.New(`\b(?:from|import)\s*(["'][^"'\n]+["'])`)
	quotedWord  = lazyregexp.New("^\\s*[\"'`]([^\"'`$]+)[\"'`]\\s*$")
)

func nodeImport(text, name string, sources []string) string {
	for _, m := range append(nodeCalls.FindAllStringSubmatch(text, -1), nodeImports.FindAllStringSubmatch(text, -1)...) {
		word := quotedWord.FindStringSubmatch(m[1])
		if word == nil {
			return "what " + strings.TrimSpace(m[1]) + " names"
		}
		if module := strings.TrimPrefix(word[1], "node:"); !nodeHarmless(module, name, sources) {
			return module
		}
	}
	return ""
}

func nodeHarmless(module, name string, sources []string) bool {
	if !strings.HasPrefix(module, ".") {
		top, _, _ := strings.Cut(module, "/")
		return slices.Contains(harmlessImports["node"], top)
	}
	at := path.Join(path.Dir(name), module)
	bare := strings.TrimSuffix(at, ".js")
	return path.Ext(at) == ".json" || slices.ContainsFunc(sources, func(s string) bool {
		if s == at {
			return true
		}
		stem := strings.TrimSuffix(s, path.Ext(s))
		return stem == at || stem == bare || stem == path.Join(at, "index")
	})
}

// goImport allows the standard library, whose writes runtimes looks for, and the module itself.
func goImport(c *fix.BuildContext, name string) string {
	f, err := parser.ParseFile(token.NewFileSet(), name, c.Texts[name], parser.ImportsOnly)
	if err != nil {
		return "what cannot be read"
	}
	var own []string
	for file, text := range c.Texts {
		if path.Base(file) == "go.mod" {
			for line := range strings.Lines(string(text)) {
				if words := strings.Fields(line); len(words) > 1 && words[0] == "module" {
					own = append(own, strings.Trim(words[1], `"`))
				}
			}
		}
	}
	for _, spec := range f.Imports {
		module, _ := strconv.Unquote(spec.Path.Value)
		top, _, _ := strings.Cut(module, "/")
		mine := slices.ContainsFunc(own, func(m string) bool { return module == m || strings.HasPrefix(module, m+"/") })
		switch {
		case mine:
		case strings.Contains(top, "."), slices.Contains([]string{"C", "syscall", "plugin", "unsafe", "log/syslog", "os/exec", "os/user"}, module), module == "os" && spec.Name != nil:
			return module
		}
	}
	return ""
}
