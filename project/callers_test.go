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

func TestBuildArguments(t *testing.T) {
	dir := tree(t, `
-- .git/HEAD --
-- Makefile --
build:
	# docker build --build-arg OLD_TOKEN .
	docker build --build-arg NPM_TOKEN --build-arg "VERSION=$(V)" \
	  --build-arg=API_TOKEN="$$T" .
-- .github/workflows/ci.yml --
    - uses: docker/build-push-action@v6
      with:
        build-args: |
          NPM_TOKEN=${{ secrets.NPM_TOKEN }}
          VERSION=1
      env:
        OTHER: ${{ secrets.OTHER }}
-- app/deploy.sh --
export NPM_TOKEN=x
docker build --build-arg 'NPM_TOKEN=x' .
docker stack deploy -c compose.yml app
-- app/Dockerfile --
`)
	var c Callers
	found, err := c.BuildArguments(context.Background(), filepath.Join(dir, "app"))
	must(t, err)
	var got []string
	for _, e := range found {
		rel, err := filepath.Rel(dir, e.Path)
		must(t, err)
		got = append(got, fmt.Sprintf("%s:%d:%s", filepath.ToSlash(rel), e.Line, e.Argument))
	}
	want := "app/deploy.sh:2:NPM_TOKEN Makefile:3:NPM_TOKEN Makefile:3:VERSION Makefile:4:API_TOKEN .github/workflows/ci.yml:4:NPM_TOKEN"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, " "), want)
	}
	if legacy, _ := c.LegacyCompose(context.Background(), filepath.Join(dir, "app")); len(legacy) != 1 || !legacy[0].Stack {
		t.Errorf("evidence of old programs: %v", legacy)
	}
}

func TestLegacyComposeWithoutRepository(t *testing.T) {
	dir := tree(t, "-- Makefile --\nup:\n\tdocker stack deploy app\n-- app/compose.yml --\n")
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

// TestLegacyComposeFiles has a script in each place that is looked at.
func TestLegacyComposeFiles(t *testing.T) {
	const run = "#!/bin/sh\ndocker stack deploy app\n"
	for _, name := range strings.Fields(`
		deploy bin/deploy up.sh up.bat up.cmd up.zsh up.fish up.ps1 fabfile.py Rakefile main.tf .envrc deploy.yml deploy-prod.yaml
		playbook.yml playbooks/web.yml playbook-swarm/roles/main.yml deploy.sh.j2 Makefile Makefile.inc rules.mk Jenkinsfile.prod
		.gitea/workflows/ci.yml .github/workflows/ci.yaml .github/actions/up/action.yml .woodpecker.yml .woodpecker/up.yml
		deployment/up.sh devops/up.sh docker/up.sh scripts/prod/up.sh Scripts/up.sh scripts/up.py ansible/tasks/up.yml
		requirements/ci.txt constraints.txt requirements.in Dockerfile dev.Dockerfile docker/Dockerfile.build app/up.sh
	`) {
		if found := scriptAt(t, name, run); len(found) != 1 || found[0].Line != 2 {
			t.Errorf("%s: found %v", name, found)
		}
	}
	for _, name := range strings.Fields(`
		README.md deploy.txt up.sh.bak up.sh~ config.yml main.py src/up.sh scripts/prod/old/up.sh scripts/node_modules/up.sh
		scripts/vendor/up.sh .git/up.sh node_modules/up.sh .github/ISSUE_TEMPLATE/bug.yml scripts/compose.yml
		.github/actions/up/more/action.yml requirements/old/ci.txt
	`) {
		if found := scriptAt(t, name, run); len(found) > 0 {
			t.Errorf("%s: found %v", name, found)
		}
	}
	if found := scriptAt(t, "bin/deploy", strings.TrimPrefix(run, "#!")); len(found) > 0 {
		t.Errorf("without #!: found %v", found)
	}
}

// scriptAt is the evidence for app/compose.yml in a repository with one script.
func scriptAt(t *testing.T, name, text string) []Evidence {
	t.Helper()
	dir := tree(t, "-- .git/HEAD --\n-- app/compose.yml --\n-- "+name+" --\n"+text)
	var c Callers
	found, err := c.LegacyCompose(context.Background(), filepath.Join(dir, "app"))
	must(t, err)
	return found
}

func TestLegacyComposeLinks(t *testing.T) {
	outside := tree(t, "-- up.sh --\ndocker stack deploy app\n-- more/up.sh --\ndocker stack deploy app\n")
	dir := tree(t, "-- .git/HEAD --\n-- src/x/up.sh --\ndocker stack deploy app\n-- vendor/up.sh --\ndocker stack deploy app\n-- compose.yml --\n")
	symlinkOrSkip(t, filepath.Join("src", "x", "up.sh"), filepath.Join(dir, "in.sh"))
	symlinkOrSkip(t, filepath.Join("src", "x"), filepath.Join(dir, "scripts"))
	symlinkOrSkip(t, filepath.Join("vendor", "up.sh"), filepath.Join(dir, "vendored.sh"))
	symlinkOrSkip(t, filepath.Join(outside, "up.sh"), filepath.Join(dir, "out.sh"))
	symlinkOrSkip(t, filepath.Join(outside, "more"), filepath.Join(dir, "deploy"))
	symlinkOrSkip(t, "loop.sh", filepath.Join(dir, "loop.sh"))
	symlinkOrSkip(t, ".", filepath.Join(dir, "ci"))
	// The repository is reached by a link too.
	way := filepath.Join(t.TempDir(), "way")
	symlinkOrSkip(t, dir, way)
	for _, at := range []string{dir, way} {
		var c Callers
		found, err := c.LegacyCompose(context.Background(), at)
		must(t, err)
		const want = "in.sh:1 docker stack deploy\nci/in.sh:1 docker stack deploy\nci/ci/in.sh:1 docker stack deploy\nci/scripts/up.sh:1 docker stack deploy\nscripts/up.sh:1 docker stack deploy\n"
		if got := showEvidence(t, at, found); got != want {
			t.Errorf("got:\n%s", got)
		}
	}
}

func TestLegacyComposeBounds(t *testing.T) {
	const run = "docker stack deploy app\n"
	if found := scriptAt(t, "up.sh", run+strings.Repeat("echo\n", maxScript/5)+run); len(found) != 1 {
		t.Errorf("a large script: found %v", found)
	}
	var b strings.Builder
	b.WriteString("-- .git/HEAD --\n-- compose.yml --\n")
	for i := range maxScripts + 5 {
		fmt.Fprintf(&b, "-- scripts/%d.sh --\n%s", i, run)
	}
	for i := range maxBelow + 5 {
		fmt.Fprintf(&b, "-- deploy/%d/up.sh --\n%s", i, run)
	}
	var c Callers
	found, err := c.LegacyCompose(context.Background(), tree(t, b.String()))
	must(t, err)
	if len(found) != maxScripts+maxBelow {
		t.Errorf("found %d", len(found))
	}
}
