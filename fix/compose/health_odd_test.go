package compose

import (
	"context"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Whatever stands where a setting should, the two rules about health come to an end, leave a file that parses, and find nothing more to do
// in it.
func TestHealthOddValues(t *testing.T) {
	keys := []string{
		"image", "command", "entrypoint", "healthcheck", "depends_on", "volumes", "configs", "env_file", "environment", "labels", "deploy", "extends",
		"links", "volumes_from", "network_mode", "scale", "restart", "build", "ports", "read_only",
	}
	values := []string{
		"", "~", "[]", "{}", "x", "[null]", "[x, null]", "{x: null}", "{x: y}", "{x: [y]}", "[[x]]", "[{x: y}]", "1", "!reset null", "!override [x]", "*a",
		"[*a]", "{test: null}", "{test: {x: y}}", "{db: null}", "{db: x}", "{db: {condition: null}}", "[db, db]", "'sh -c'", "sh", "'sh -c \"\"'", "[sh, -c]",
		"[sh, -c, '']", "'\"'", "'${X'", "[db]", "{db: {condition: service_started}}", "'redis-server --requirepass'", "'redis-server --requirepass $'",
		"{path: null}", "postgres:", "':16'", "'${A}:${B}'", "postgres:16@sha256:",
	}
	bases := []string{"image: postgres:16", "image: redis:7", "image: apache/kafka:3.9.0", "build: ."}
	for i, key := range keys {
		for j, value := range values {
			base, setting := bases[(i+j)%len(bases)], "\n    "+key+": "+value
			text := "x-a: &a {y: z}\nservices:\n  it:\n    " + base + setting + "\n  db:\n    image: postgres:16" + setting + "\n  app:\n    image: a\n    depends_on: [it, db]\n"
			doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(text))
			if err != nil {
				continue
			}
			for _, unsafe := range []bool{false, true} {
				settles(t, doc, unsafe)
			}
		}
	}
}

func settles(t *testing.T, doc *source.Document, unsafe bool) {
	t.Helper()
	run := func(doc *source.Document) *fix.Result {
		return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{MissingServiceHealthcheck, DependsOnNotHealthy}, Facts: &fix.Facts{}, Unsafe: unsafe})
	}
	r := run(doc)
	after, err := source.Parse("compose.yaml", source.ComposeKind, r.After)
	if r.Err != nil || err != nil {
		t.Errorf("%s\n%v, %v", doc.Bytes, r.Err, err)
		return
	}
	if again := run(after); again.Changed() {
		t.Errorf("a second run changes\n%s\nto\n%s", r.After, again.After)
	}
}
