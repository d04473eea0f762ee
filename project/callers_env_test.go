package project

import (
	"fmt"
	"strings"
	"testing"
)

// TestEnvUses tells what one file says about the .env of Compose files: the kind of each place, with its line and what is named.
func TestEnvUses(t *testing.T) {
	kinds := map[EnvUseKind]string{EnvRun: "run", EnvElsewhere: "elsewhere", EnvContainer: "container", EnvSetting: "setting", EnvAssigned: "assigned", EnvRead: "read", EnvCI: "ci", EnvCIAny: "any"}
	for _, c := range []struct{ file, text, want string }{
		{"up.sh", "docker-compose -f a.yml -f=b/c.yml up -d\n", "run 1 [a.yml b/c.yml]"},
		{"up.sh", "cd x\ndocker compose \\\n  -f a.yml \\\n  --env-file ../.env up\n", "elsewhere 2 [a.yml]"},
		{"up.sh", "docker compose --env-file .env up\n", "run 1 []"},
		{"up.sh", "docker compose --project-directory=/srv up\n", "elsewhere 1 []"},
		{"Makefile", "up:\n\t$(COMPOSE) up\n", "run 2 []"},
		{"up.sh", "# docker compose up\necho docker compose up\n", ""},
		{"up.sh", "DB_PASS=x docker compose up\n", "assigned 1 [DB_PASS]; run 1 []"},
		{"Makefile", "DB_PASS ?= x\nexport DB_PASS\n", "assigned 1 [DB_PASS]"},
		{"package.json", "{\"config\": {\"DB_PASS\": \"x\"}}\n", "assigned 1 [DB_PASS]"},
		{".envrc", "export DB_PASS=x\n", "assigned 1 [DB_PASS]"},
		{".envrc", "dotenv\n", "read 1 []"},
		{".env", "DB_PASS=x\n", ""},
		{".env", "COMPOSE_FILE=a.yml:b/c.yml\n", "run 1 [a.yml b/c.yml]"},
		{"Makefile", "-include ./.env\n", "read 1 []"},
		{"up.sh", "cp .env.example .env\ntest -f .env\n", ""},
		{"up.sh", "export $(grep -v '^#' .env | xargs)\n", "read 1 []"},
		{"up.sh", ". ./.env\n", "read 1 []"},
		{"up.sh", "COMPOSE_DISABLE_ENV_FILE=1 true\n", "assigned 1 [COMPOSE_DISABLE_ENV_FILE]; setting 1 [COMPOSE_DISABLE_ENV_FILE]"},
		{"Dockerfile", "ENV DB_PASS=x\nCOPY .env .\n", ""},
		{"requirements.txt", "pytest_docker==1\n", "any 1 []"},
		{".gitlab-ci.yml", "test:\n  script: make\n", "ci 1 []"},
		{"/x/.github/workflows/a.yml", "steps:\n  - uses: isbang/compose-action@v1\n", "ci 1 []; any 2 []"},
		{"/x/.github/dependabot.yml", "version: 2\n", ""},
		{"devcontainer.json", "{\n\"dockerComposeFile\": [\"../a.yml\",\n \"b.yml\"]}\n", "container 2 [../a.yml b.yml]"},
		{"devcontainer.json", "{\"dockerComposeFile\": \"../a.yml\"}\n", "container 1 [../a.yml]"},
	} {
		var got []string
		for _, u := range envUses(c.file, c.text) {
			got = append(got, fmt.Sprint(kinds[u.Kind], " ", u.Line, " ", u.Names))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s %q: %q, want %q", c.file, c.text, got, c.want)
		}
	}
}
