package project

import (
	"fmt"
	"strings"
	"testing"
)

// TestEnvUses tells what one file says about the .env of Compose files: the kind of each place, with its line and what is named.
func TestEnvUses(t *testing.T) {
	kinds := map[EnvUseKind]string{EnvRun: "run", EnvElsewhere: "elsewhere", EnvContainer: "container", EnvSetting: "setting", EnvAssigned: "assigned", EnvRead: "read", EnvCI: "ci", EnvCIAny: "any", EnvApart: "apart", EnvMade: "made", EnvWritten: "written"}
	for _, c := range []struct{ file, text, want string }{
		{"up.sh", "docker-compose -f a.yml -f=b/c.yml up -d\n", "run 1 [a.yml b/c.yml]"},
		{"up.sh", "cd x\ndocker compose \\\n  -f a.yml \\\n  --env-file ../.env up\n", "elsewhere 2 [a.yml]"},
		{"up.sh", "docker compose --env-file .env up\n", "run 1 []"},
		{"up.sh", "docker compose --env-file $X/.env up\n", "elsewhere 1 []"},
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
		{"up.sh", "cp .env.example .env\ntest -f .env\n", "made 1 [.env]"},
		{"up.sh", "touch .env\ncp .env /backup/\ncp app.conf.example app.conf\n", ""},
		{"Makefile", "env:\n\ttest -f .env || cp .env.example .env\n", "made 2 [.env]"},
		{"Makefile", "deploy/.env: deploy/.env.dist\n\tcp $< $@\n", "made 1 [deploy/.env]"},
		{"up.sh", "cp -n sub/env.sample sub/.env\n", "made 1 [sub/.env]"},
		{"up.sh", "cp .env{.example,}\n", "made 1 [.env]"},
		{"up.sh", "ln -sf .env.prod .env\n", "made 1 [.env]"},
		{"up.sh", "cp \"$ROOT/.env.example\" \"$ROOT/.env\"\n", "made 1 [.env]"},
		{"bin/setup", "FileUtils.cp '.env.sample', '.env'\n", "made 1 [.env]"},
		{"up.sh", "echo A=$1 > .env\n", "written 1 [.env]"},
		{"up.sh", "printf x | tee sub/.env\n", "written 1 [sub/.env]"},
		{"up.sh", "echo A=$1 >> .env\n", ""},
		{"composer.json", "{\"scripts\": {\"a\": [\"@php -r \\\"file_exists('.env') || copy('.env.example', '.env');\\\"\"]}}\n", "made 1 [.env]"},
		{"up.sh", "export $(grep -v '^#' .env | xargs)\n", "read 1 []"},
		{"up.sh", ". ./.env\n", "read 1 []"},
		{"up.sh", "COMPOSE_DISABLE_ENV_FILE=1 true\n", "assigned 1 [COMPOSE_DISABLE_ENV_FILE]; setting 1 [COMPOSE_DISABLE_ENV_FILE]"},
		{"Dockerfile", "ENV DB_PASS=x\nCOPY .env .\n", ""},
		{"requirements.txt", "pytest_docker==1\n", "any 1 []"},
		{".gitlab-ci.yml", "test:\n  script: make\n", "ci 1 []"},
		{"/x/.github/workflows/a.yml", "steps:\n  - uses: isbang/compose-action@v1\n", "ci 1 []; any 2 []"},
		{"/x/.github/dependabot.yml", "version: 2\n", ""},
		{"devcontainer.json", "{\n\"dockerComposeFile\": [\"../a.yml\",\n \"b.yml\"]}\n", "container 2 [../a.yml b.yml]"},
		{"Makefile", "FILES := -f a.yml -f b/c.yml\nCOMPOSE := docker compose\n", "assigned 1 [FILES]; assigned 2 [COMPOSE]; run 1 [a.yml b/c.yml]"},
		{"Makefile", "x:\n\ttar -f x.tar -f y.tar # compose\n", ""},
		{"up.sh", "docker compose -f \"$(dirname \"$0\")/a.yml\" -f $ROOT/b/c.yml -f ${ROOT}/d.yml up\n", "run 1 [a.yml b/c.yml d.yml]"},
		{".envrc", "export COMPOSE_FILE=$PWD/a.yml:$PWD/b/c.yml\n", "assigned 1 [COMPOSE_FILE]; run 1 [a.yml b/c.yml]"},
		{"up.sh", "args=\"-f a.yml\"\nargs=\"$args -f b/c.yml\"\ndocker compose $args up\n", "run 3 []; run 1 [a.yml b/c.yml]"},
		{"up.sh", "FILES=(-f a.yml -f b/c.yml)\ndocker compose \"${FILES[@]}\" up\n", "assigned 1 [FILES]; run 2 []; run 1 [a.yml b/c.yml]"},
		{"up.sh", "X=\"-f b/c.yml\"\ndocker compose -f a.yml $X up\n", "run 2 [a.yml]; run 1 [b/c.yml a.yml]"},
		{"up.sh", "kubectl apply -f k.yml\ndocker compose -f a.yml up\n", "run 2 [a.yml]"},
		{"up.py", "run(['docker', 'compose', '-f', 'a.yml',\n  '-f', 'b/c.yml', 'up'])\n", "run 1 [a.yml]; run 2 [b/c.yml a.yml]"},

		// Where the .env is not.
		{"deploy.sh", "ssh prod 'cd /srv && git pull && docker compose up -d'\n", "apart 1 []"},
		{"deploy.sh", "ssh prod <<EOF\ngit pull\ndocker compose up -d\nEOF\n", "apart 3 []"},
		{"deploy.sh", "ssh prod '\n  docker compose up -d\n'\n", "apart 2 []"},
		{"update.sh", "git pull\ndocker compose up -d\n", "apart 2 []"},
		{"Makefile", "update:\n\tgit pull\n\nup:\n\tdocker compose up -d\n", "run 5 []"},
		{"Makefile", "update:\n\tgit pull\n\tdocker compose up -d\n", "apart 3 []"},
		{"Makefile", "deploy:\n\t$(SSH) 'docker compose up -d'\n", "apart 2 []"},
		{"main.tf", "user_data = <<EOT\ndocker compose up -d\nEOT\n", "apart 2 []"},
		{"deploy.sh", "docker compose build\nssh prod uptime\n", "run 1 []"},
		{"deploy.sh", "scp .env prod:/srv/\nssh prod 'docker compose up -d'\n", "run 2 []"},
		{"deploy.sh", "rsync -a ./ prod:/srv/\nssh prod 'docker compose up -d'\n", "run 2 []"},
		{"deploy.sh", "scp docker-compose.yml prod:/srv/\n", "apart 1 [docker-compose.yml]"},
		{"deploy.sh", "scp a/docker-compose*.yml prod:/srv/ && ssh prod \"docker compose up\"\n", "apart 1 []; apart 1 [a/docker-compose*.yml]"},
		{"deploy.sh", "rsync -a --exclude .env . prod:/srv/\nssh prod 'docker compose up -d'\n", "apart 2 []; apart 1 []"},
		{"deploy.sh", "rsync -a --filter=':- .gitignore' . prod:/srv/\nssh prod 'docker compose up -d'\n", "apart 2 []; apart 1 []"},
		{"up.sh", "DOCKER_HOST=ssh://prod docker compose up -d\n", "assigned 1 [DOCKER_HOST]; run 1 []"},
		{"fabfile.py", "c.run('docker compose up -d')\n", "apart 1 []"},
		{"fabfile.py", "local('docker compose up -d')\n", "run 1 []"},
		{"deploy.yml", "- copy: src=files/docker-compose.yml dest=/srv\n- community.docker.docker_compose_v2:\n    project_src: /srv\n", "apart 2 [files/docker-compose.yml]"},
		{"deploy.yml", "- docker_compose:\n    project_src: /srv\n", "apart 1 []"},
		{"deploy.yml", "- hosts: web\n  tasks:\n  - shell: docker compose up -d\n", "apart 3 []"},
		{"deploy.yml", "- hosts: localhost\n  tasks:\n  - shell: docker compose up -d\n", "run 3 []"},
		{"/x/ansible/roles/app/tasks/main.yml", "- shell: docker compose up -d\n", "apart 1 []"},
		{"deploy.yml", "- template: src=docker-compose.yml.j2 dest=/srv\n- docker_compose:\n    project_src: /srv\n", ""},
		{"deploy.yml", "- docker_compose:\n    definition: {services: {}}\n", ""},
		{"Earthfile", "t:\n  WITH DOCKER --load a --compose docker-compose.yml\n", "apart 2 [docker-compose.yml]"},
		{".gitpod.yml", "tasks:\n- command: docker compose up\n", "apart 2 []"},

		// CI services and tests.
		{"azure-pipelines-pr.yml", "steps:\n- task: DockerCompose@0\n", "ci 1 []; any 2 []"},
		{"/x/.azure/pipelines/ci.yml", "steps:\n- script: docker compose up -d\n", "ci 1 []; run 2 []"},
		{"/x/.buildkite/pipeline.yml", "steps:\n- plugins:\n  - docker-compose#v4:\n", "ci 1 []; any 3 []"},
		{"cloudbuild.yaml", "steps:\n- name: 'gcr.io/$PROJECT_ID/docker-compose'\n  args: [up]\n", "ci 1 []; any 2 []"},
		{"e2e.jenkinsfile", "sh 'docker compose up'\n", "ci 1 []; run 1 []"},
		{"Tiltfile", "docker_compose('a.yml')\n", "any 1 []"},
		{"T.java", "static ComposeContainer c = new ComposeContainer(new File(\"a.yml\"));\n", "any 1 []"},
		{"conftest.py", "def docker_compose_file():\n", "any 1 []"},
		{"up.sh", "DOCKER_COMPOSE_FILE=a.yml\n", "assigned 1 [DOCKER_COMPOSE_FILE]"},
		{"pom.xml", "<artifactId>spring-boot-docker-compose</artifactId>\n", "any 1 []"},
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

// TestToldUses tells what a text for people says about the .env.
func TestToldUses(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       int
	}{
		{"README.md", "    docker compose -f a.yml -f b/c.yml up -d\n", 1},
		{"README.md", "    docker compose up -d\n", 0},
		{"README.md", "    DB_PASS=x docker compose -f a.yml up -d\n", 0},
		{"README.md", "`cp .env.example .env`\n", 1},
		{"README.md", "    docker compose --env-file dev.env up\n", 1},
		{"README.md", "Copy `.env.example` to `.env`.\n", 1},
		{"README.md", "Rename **.env.dist** to **.env**.\n", 0},
		{"README.md", "See `.env.example`; Compose reads `.env`.\n", 0},
		{"README.md", "> .env is read by Compose\n.env: what is secret\n", 0},
		{"README.md", "    echo DB_PASS=x > .env\n", 1},
		{"README.md", "Set DB_PASS in .env\n", 0},
		{"composer.json", "{\"scripts\": {\"up\": \"docker compose up\"}}\n", 1},
	} {
		if got := toldUses(c.file, c.text); len(got) != c.want || c.want > 0 && got[0].Prose != (c.file == "README.md") {
			t.Errorf("%s %q: %v", c.file, c.text, got)
		}
	}
}
