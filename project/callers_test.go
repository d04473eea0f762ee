package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLegacyCompose(t *testing.T) {
	dir := tree(t, `
-- .git/HEAD --
-- Makefile --
up:
	# docker stack deploy -c x y
	docker-compose up
	docker --context prod stack deploy -c compose.yml app
-- README.md --
docker stack deploy, docker-compose==1.2
-- package.json --
{"dependencies": {"docker-compose": "^1.2.0"}, "scripts": {"up": "docker compose up"}}
-- requirements-dev.txt --
docker-compose==1.29.2
#docker-compose==1.1.0
-- .github/workflows/ci.yml --
run: curl -L https://example.com/docker/compose/releases/download/1.25.0/docker-compose-Linux
-- scripts/up.sh --
docker run docker/compose:1.24.1 up
-- other/up.sh --
docker stack deploy -c a b
-- app/Jenkinsfile --
// docker stack deploy
sh 'docker-compose up'
-- app/deploy/.travis.yml --
env: DOCKER_COMPOSE_VERSION=1.23.2
-- app/deploy/compose.yml --
`)
	var c Callers
	found, err := c.LegacyCompose(context.Background(), filepath.Join(dir, "app", "deploy"))
	must(t, err)
	got := showEvidence(t, dir, found)
	want := `
app/deploy/.travis.yml:1 docker-compose 1.23.2
Makefile:4 docker stack deploy
requirements-dev.txt:1 docker-compose 1.29.2
.github/workflows/ci.yml:1 docker-compose 1.25.0
scripts/up.sh:1 docker-compose 1.24.1
`
	if got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got:\n%s", got)
	}
	// Each directory is read once.
	must(t, os.Remove(filepath.Join(dir, "Makefile")))
	if again, _ := c.LegacyCompose(context.Background(), dir); !strings.Contains(showEvidence(t, dir, again), "Makefile:4") {
		t.Error("the directory was read again")
	}
}

func showEvidence(t *testing.T, dir string, found []Evidence) string {
	t.Helper()
	var b strings.Builder
	for _, e := range found {
		rel, err := filepath.Rel(dir, e.Path)
		must(t, err)
		what := "docker-compose " + e.Version
		if e.Stack {
			what = "docker stack deploy"
		}
		fmt.Fprintf(&b, "%s:%d %s\n", filepath.ToSlash(rel), e.Line, what)
	}
	return b.String()
}

func TestLegacyComposeWithoutRepository(t *testing.T) {
	dir := tree(t, "-- Makefile --\nup:\n\tdocker stack deploy -c a b\n-- app/compose.yml --\n")
	if _, ok := Repository(dir); ok {
		t.Skip("the temporary directory lies in a repository")
	}
	var c Callers
	if found, err := c.LegacyCompose(context.Background(), filepath.Join(dir, "app")); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v above a directory without a repository", found, err)
	}
	if found, _ := c.LegacyCompose(context.Background(), dir); len(found) != 1 {
		t.Errorf("found %v", found)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.LegacyCompose(ctx, dir); err != context.Canceled {
		t.Errorf("err is %v", err)
	}
}

func TestLegacyLines(t *testing.T) {
	for line, want := range map[string]string{
		"pip install docker-compose==1.29.2":                           "1.29.2",
		"pip install 'docker-compose~=1.25'":                           "1.25",
		"pip install docker-compose<1.26":                              "1.26",
		`docker-compose = "^1.29"`:                                     "1.29",
		"apt-get install docker-compose=1.25.0-1":                      "1.25.0",
		"image: docker/compose:1.24.1":                                 "1.24.1",
		"image: docker/compose:alpine-1.27.4":                          "1.27.4",
		"curl https://x/docker/compose/releases/download/1.8.0/y -o z": "1.8.0",
		`  DOCKER_COMPOSE_VERSION: "1.23.2"`:                           "1.23.2",
		"COMPOSE_VERSION ?= 1.23.2":                                    "1.23.2",
		"export COMPOSE_VERSION=${COMPOSE_VERSION:-1.22.0}":            "1.22.0",
		"docker-compose==1.*":                                          "1.*",
		"docker stack deploy -c a.yml b":                               "stack",
		"\t@docker -H ssh://x stack deploy a":                          "stack",
		"sudo docker --tls --config d stack up a":                      "stack",
		"docker-compose up":                                            "",
		"docker-compose==2.1":                                          "",
		"pip install docker-compose":                                   "",
		`"docker-compose": "1.1.0"`:                                    "",
		`"docker-compose": "~1.1.0"`:                                   "",
		"docker-compose config >1.yml":                                 "",
		"docker-compose >1.log":                                        "",
		"curl https://x/docker/compose/releases/download/v2.1.0/y":     "",
		"image: docker/compose:2.1":                                    "",
		"COMPOSE_VERSION=2.1.0":                                        "",
		"docker stack ls; docker stack rm deploy":                      "",
		"docker build -t stack deploy":                                 "",
		"   # docker stack deploy":                                     "",
		"echo docker-stack deploy":                                     "",
	} {
		got := ""
		for _, e := range legacyLines("x", line) {
			got += e.Version
			if e.Stack {
				got += "stack"
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
