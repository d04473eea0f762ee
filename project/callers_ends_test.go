package project

import (
	"fmt"
	"testing"
)

// TestEndEvidence finds the lines by which Compose ends with one of its containers.
func TestEndEvidence(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"Makefile", "test:\n\tdocker compose -f test.yml up --exit-code-from tests\n", "2 --exit-code-from [test.yml]"},
		{"Makefile", "test:\n\t$(COMPOSE) up --abort-on-container-exit\n", "2 --abort-on-container-exit []"},
		{"run.sh", "docker-compose -f a.yml \\\n  up --abort-on-container-exit \\\n  --build\n", "2 --abort-on-container-exit [a.yml]"},
		{"package.json", `{"scripts": {"e2e": "docker compose up --abort-on-container-failure"}}`, "1 --abort-on-container-failure []"},
		{"/r/.github/workflows/a.yml", "    - run: docker compose up --exit-code-from=app app\n", "1 --exit-code-from []"},
		{"run.sh", "# docker compose up --exit-code-from app\n", ""},
		{"run.sh", "docker compose up -d\n", ""},
	} {
		got := ""
		for _, e := range endLines(c.file, c.text) {
			got += fmt.Sprint(e.Line, " ", e.Ends, " ", e.ComposeFiles())
		}
		if got != c.want {
			t.Errorf("%s: %q: %q, want %q", c.file, c.text, got, c.want)
		}
	}
}
