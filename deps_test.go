package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dockfix/dockfix"

// TestImports keeps each package in its room: which other rooms it may not enter, and that only resolve speaks to a
// network and only project touches the disk.
func TestImports(t *testing.T) {
	for _, c := range []struct {
		pkg       string
		forbidden []string // not even by way of others
	}{
		{"/source", []string{"/fix", "/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix/dockerfile", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix/manifest", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix/secret", []string{"/fix", "/source", "/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix/images", []string{"/fix", "/source", "/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/fix/compose", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/report", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
		{"/diffview", []string{"/source", "/fix", "/project", "/prove", "/command", "net/http"}},
		{"/project", []string{"/fix", "/prove", "/command", "net/http"}},
		{"/prove", []string{"/fix", "/project", "/command"}},
		{"/command", []string{"/prove"}},
		{"/resolve", []string{"/fix", "/project", "/prove", "/command", "/source"}},
		{"/resolve/tag", []string{"/resolve/registry", "net/http"}},
		{"/fix/pin", []string{"/project", "/prove", "/resolve", "/command", "net/http"}},
	} {
		for _, dep := range list(t, "-deps", module+c.pkg) {
			name, ours := strings.CutPrefix(dep, module)
			if !ours {
				name = dep
			}
			if slices.Contains(c.forbidden, name) {
				t.Errorf("%s reaches %s", c.pkg, dep)
			}
		}
	}
	for _, dep := range list(t, "-f", `{{join .Imports "\n"}}`, module+"/project", module+"/command", module+"/fix", module+"/source") {
		if dep == "net" {
			t.Errorf("%s is imported where only resolve speaks to a network", dep)
		}
	}
	for _, pkg := range []string{"/source", "/fix", "/fix/dockerfile", "/fix/manifest", "/fix/images", "/fix/secret", "/fix/compose", "/fix/pin", "/report", "/diffview", "/prove"} {
		for _, dep := range list(t, "-f", `{{join .Imports "\n"}}`, module+pkg) {
			if slices.Contains([]string{"os", "os/exec", "net", "syscall"}, dep) {
				t.Errorf("%s imports %s: only project touches the disk", pkg, dep)
			}
		}
	}
}

// TestNoEarlyExpressions: what a run may not need is not compiled before main, where it takes time and memory of every run.
func TestNoEarlyExpressions(t *testing.T) {
	files := token.NewFileSet()
	for _, dir := range list(t, "-f", "{{.Dir}}", "./...") {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if vars, ok := d.(*ast.GenDecl); ok {
					noExpressions(t, files, vars)
				}
			}
		}
	}
}

// noExpressions reports the calls of regexp.MustCompile outside of functions.
func noExpressions(t *testing.T, files *token.FileSet, vars *ast.GenDecl) {
	ast.Inspect(vars, func(n ast.Node) bool {
		if call, ok := n.(*ast.SelectorExpr); ok && call.Sel.Name == "MustCompile" {
			t.Errorf("%s: an expression that is compiled before main: use lazyregexp.New", files.Position(call.Pos()))
		}
		_, function := n.(*ast.FuncLit)
		return !function
	})
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
