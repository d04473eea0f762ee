package project

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shown is the evidence in a script, as "2:1.25.0 3:stack"; the line is left out where it is the first.
func shown(file, text string) string {
	var all []string
	for _, e := range legacyLines(file, text) {
		what := e.Version
		if e.Stack {
			what = "stack"
		}
		if e.Line > 1 {
			what = fmt.Sprintf("%d:%s", e.Line, what)
		}
		all = append(all, what)
	}
	return strings.Join(all, " ")
}

func TestLegacyLines(t *testing.T) {
	for line, want := range map[string]string{
		"pip install docker-compose==1.29.2":                            "1.29.2",
		"RUN pip install --no-cache-dir docker-compose==1.24.0":         "1.24.0",
		"pip install 'docker-compose~=1.25'":                            "1.25",
		"pip install docker-compose<1.26":                               "1.26",
		"pip install 'docker-compose>=1.20,<1.27'":                      "<1.27",
		"docker-compose<1.27.0,>=1.20":                                  "<1.27.0",
		"docker-compose[ssh]>=1.20, <=1.26.2":                           "1.26.2",
		"docker-compose!=1.20,==1.25.*":                                 "1.25.*",
		`docker-compose = "^1.29"`:                                      "1.29",
		`docker-compose = ">=1.20,<1.25"`:                               "1.25",
		`docker-compose = {extras = ["ssh"], version = "==1.25.0"}`:     "1.25.0",
		"apt-get install docker-compose=1.25.0-1":                       "1.25.0",
		"apk add docker-compose=~1.25":                                  "1.25",
		"choco install docker-compose -y --version=1.24.0":              "1.24.0",
		"- name: docker-compose==1.24.0":                                "1.24.0",
		"FROM docker/compose:1.24.0":                                    "1.24.0",
		"image: docker/compose:1.24.1":                                  "1.24.1",
		"image: docker/compose:alpine-1.27.4":                           "1.27.4",
		"docker run someone/docker-compose:1.12 up":                     "1.12",
		"curl https://x/docker/compose/releases/download/1.8.0/y -o z":  "1.8.0",
		"curl https://x/compose/releases/download/${V:-1.21.2}/y":       "1.21.2",
		`  DOCKER_COMPOSE_VERSION: "1.23.2"`:                            "1.23.2",
		"docker_compose_version: 1.23.2":                                "1.23.2",
		"ENV DOCKER_COMPOSE_VERSION 1.23.2":                             "1.23.2",
		"export DOCKER_COMPOSE_VERSION=${DOCKER_COMPOSE_VERSION:-1.22}": "1.22",
		"def dockerComposeVersion = '1.23.2'":                           "1.23.2",
		"docker-compose==1.*":                                           "1.*",
		`echo "docker-compose==1.20.0" >> requirements.txt`:             "1.20.0",

		"docker stack deploy -c compose.yml b":                        "stack",
		"docker stack deploy app":                                     "stack",
		"docker\tstack\t deploy app":                                  "stack",
		"\t@docker -H ssh://x stack deploy a":                         "stack",
		"sudo docker --tls --config d stack up a":                     "stack",
		"docker --context=stack stack deploy a":                       "stack",
		"docker stack --orchestrator swarm deploy a":                  "stack",
		"docker stack --orchestrator=swarm deploy a":                  "stack",
		`docker --tlscacert "a b" stack deploy a`:                     "stack",
		`docker --tlscacert="a b" stack deploy a`:                     "stack",
		"docker $DOCKER_OPTS stack deploy a":                          "stack",
		"$DOCKER stack deploy a":                                      "stack",
		`"$DOCKER" stack deploy a`:                                    "stack",
		"${DOCKER} stack deploy a":                                    "stack",
		"${DOCKER:-/usr/bin/docker} stack deploy a":                   "stack",
		"\t$(DOCKER) stack deploy a":                                  "stack",
		"& $env:DOCKER stack deploy a":                                "stack",
		"%DOCKER% stack deploy a":                                     "stack",
		"{{docker}} stack deploy a":                                   "stack",
		"docker.exe stack deploy a":                                   "stack",
		"/usr/bin/docker stack deploy a":                              "stack",
		`"docker" "stack" "deploy" a`:                                 "stack",
		`["docker","stack","deploy"]`:                                 "stack",
		`["docker", "stack", "deploy", "-c", stack_file, "app"]`:      "stack",
		`docker("stack", "deploy", "app")`:                            "stack",
		`run("docker stack deploy -c " + path)`:                       "stack",
		`run(f"docker stack deploy -c {path} app")`:                   "stack",
		`"up": "docker --config \"a b\" stack deploy app",`:           "stack",
		`{"name": "x", "scripts": {"up": "docker stack deploy app"}}`: "stack",
		`bash -c "docker stack deploy" && echo "done"`:                "stack",
		"  community.docker.docker_stack:":                            "stack",
		"echo go; docker stack deploy app":                            "stack",
		"echo go && docker stack deploy app || echo no":               "stack",
		`echo "$(docker stack deploy app)"`:                           "stack",
		`echo "docker stack deploy app" | ssh host`:                   "stack",
		`echo "docker stack deploy app" > up.sh`:                      "stack",
		`ssh host "echo go; docker stack deploy app"`:                 "stack",
		`test "$#" = 1 && docker stack deploy app`:                    "stack",

		"docker stack deploy --compose-file docker-compose.prod.yml a": "stack",
		"docker stack deploy --compose-file=../compose.yml a":          "stack",
		`docker stack deploy -c "$FILE" a`:                             "stack",
		"docker stack deploy -c stack-${ENV}.yml a":                    "stack",
		"docker-compose config | docker stack deploy -c - a":           "stack",
		"docker stack deploy -c stack.yml -c docker-compose.yml a":     "stack",
		"docker stack deploy -c <(docker-compose config) a":            "stack",
		"docker stack deploy a; tar -c x.yml":                          "stack",
		"docker stack deploy -c docker-stack.yml":                      "",
		"docker stack deploy --compose-file=docker-stack.yml a":        "",
		"docker stack deploy -c=dir/compose/stack.yml a":               "",
		`["docker","stack","deploy","-c","stack.yml","app"]`:           "",
		"docker stack deploy -c stack.yml a; ls docker-compose.yml":    "",

		"docker-compose up":                                        "",
		"docker-compose==2.1":                                      "",
		"pip install docker-compose":                               "",
		"docker-compose>=1.20,<2":                                  "",
		"docker-compose<2,>=1.20":                                  "",
		"docker-compose>=1.20":                                     "",
		"docker-compose!=1.20":                                     "",
		`"docker-compose": "1.1.0"`:                                "",
		`"docker-compose": "~1.1.0"`:                               "",
		"docker-compose config >1.yml":                             "",
		"docker-compose >1.log":                                    "",
		"curl https://x/docker/compose/releases/download/v2.1.0/y": "",
		"image: docker/compose:2.1":                                "",
		"DOCKER_COMPOSE_VERSION=2.1.0":                             "",
		"compose_version=1.5.4":                                    "",
		"  compose_version: 1.4.0":                                 "",
		"docker stack ls; docker stack rm deploy":                  "",
		"docker build -t stack deploy":                             "",
		"docker stack; deploy":                                     "",
		"docker-stack deploy":                                      "",
		"   # docker stack deploy":                                 "",
		"echo hi # docker stack deploy was replaced":               "",
		"make up # needs docker-compose==1.20?":                    "",
		"up: ## run docker stack deploy":                           "",
		`echo "do not run docker stack deploy any more"`:           "",
		`@echo "  up   docker stack deploy"`:                       "",
		"\t@printf 'docker stack deploy: %s\\n' now":               "",
		"\t@echo docker stack deploy with $(STACK)":                "",
		"\t@echo \"$(DOCKER) stack deploy\"":                       "",
		"$(info docker stack deploy)":                              "",
		"if x; then echo 'docker stack deploy'; fi":                "",
		"-h) echo 'docker stack deploy' >&2; exit ;;":              "",
		"- run: echo docker stack deploy":                          "",
		"print('docker stack deploy')":                             "",
		"desc 'docker stack deploy'":                               "",
		"- name: docker stack deploy":                              "",
		`"description": "docker stack deploy of everything",`:      "",
	} {
		if got := shown("x", line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestLegacyScripts(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"up.sh", "docker stack \\\n  deploy app", "stack"},
		{"up.sh", "cd x\ndocker \\\n  stack \\\n  deploy app", "2:stack"},
		{"up.sh", "docker \\\r\n  stack deploy app\r\n", "stack"},
		{"up.sh", "echo a \\\n  b; docker stack deploy app", "2:stack"},
		{"up.sh", "echo a \\\\\ndocker stack deploy app", "2:stack"},
		{"up.sh", "# a \\\ndocker stack deploy app", "2:stack"},
		{"up.sh", "docker stack deploy \\\n  -c docker-stack.yml \\\n  app", ""},
		{"Dockerfile", "RUN a && \\\n# why\n  pip install \\\n    docker-compose==1.24.0", "4:1.24.0"},
		{"up.ps1", "docker stack `\n  deploy app", "stack"},
		{"up.ps1", "cd C:\\\ndocker stack deploy app", "2:stack"},
		{"up.bat", "docker stack ^\r\n  deploy app", "stack"},
		{"up.bat", "echo Don't panic & docker stack deploy app", "stack"},
		{"up.bat", "@REM docker stack deploy\r\n:: docker stack deploy", ""},
		{"up.bat", "@echo docker stack deploy", ""},

		{"up.sh", ": <<'EOF'\ndocker stack deploy app\nEOF\ndocker stack deploy b", "4:stack"},
		{"up.sh", "  : << EOF\ndocker stack deploy app\nEOF", ""},
		{"up.sh", ": '\ndocker stack deploy app\n'\n", ""},
		{"up.sh", "usage() { cat >&2 <<-EOF\n\tdocker stack deploy\n\tEOF\n}", ""},
		{"up.sh", "cat <<EOF | ssh host\ndocker stack deploy app\nEOF", "2:stack"},
		{"up.sh", "ssh host <<EOF\ndocker stack deploy app\nEOF", "2:stack"},
		{"up.sh", ": <<EOF\ndocker stack deploy app", "2:stack"}, // never closed
		{"up.sh", "echo \"usage:\n  docker stack deploy\"\ndocker stack deploy a", "3:stack"},
		{"up.sh", "echo \"cd x\n  docker stack deploy a\" | ssh host", "2:stack"},
		{"up.ps1", "<#\ndocker stack deploy app\n#>\nls", ""},
		{"up.ps1", "docker <# why #> stack deploy app", "stack"},
		{"up.ps1", "ls <# docker stack deploy #>", ""},
		{"up.ps1", "Write-Host \"docker stack deploy\"", ""},
		{"Jenkinsfile", "/* docker stack\n docker stack deploy\n*/ sh 'x' // docker stack deploy", ""},
		{"Jenkinsfile", "junit '**/*.xml'\nsh 'docker stack deploy app'\nsh 'ls */'", "2:stack"},
		{"main.tf", "command = \"docker stack deploy app\" // x", "stack"},
		{"Rakefile", "=begin\ndocker stack deploy\n=end\nsh 'docker stack deploy app'", "4:stack"},
		{"fabfile.py", "def up():\n  \"\"\"Runs\n  docker stack deploy.\"\"\"\n  run('docker stack deploy app')", "4:stack"},
		{"fabfile.py", "run(\"\"\"\ndocker stack deploy app\n\"\"\")\nx = 1\nrun('docker stack deploy b')\n\"\"\"docker stack deploy\"\"\"", "2:stack 5:stack"},

		{"up.sh", "VERSION=\"1.25.0\"\ncurl https://x/compose/releases/download/$VERSION/y", "1.25.0"},
		{"up.sh", "DC_VER=1.25.0\ncurl https://x/compose/releases/download/${DC_VER}/y", "1.25.0"},
		{"up.sh", "COMPOSE_VERSION=1.25.0\ncurl https://x/docker/compose/releases/download/v${COMPOSE_VERSION}/y", "1.25.0"},
		{"Makefile", "up:\n\tcurl https://x/compose/releases/download/$(V)/y\nV ?= 1.25.0", "3:1.25.0"},
		{"Dockerfile", "ARG V=1.24.0\nFROM docker/compose:$V", "1.24.0"},
		{"Dockerfile", "ENV V 1.24.0\nRUN pip install docker-compose==$V", "1.24.0"},
		{"deploy.yml", "v: \"1.24.0\"\nurl: https://x/compose/releases/download/{{ v }}/y", "1.24.0"},
		{".github/workflows/ci.yml", "env:\n  V: 1.24.0\nrun: curl https://x/compose/releases/download/${{ env.V }}/y", "2:1.24.0"},
		{"up.ps1", "$v = \"1.24.0\"\niwr \"https://x/compose/releases/download/$v/y\"", "1.24.0"},
		{"up.bat", "set \"V=1.24.0\"\r\ncurl https://x/compose/releases/download/%V%/y", "1.24.0"},
		{"fabfile.py", "V = '1.24.0'\nrun('curl https://x/compose/releases/download/' + V + '/y')", "1.24.0"},
		{"up.sh", "DOCKER_COMPOSE_VERSION=1.25.0\ncurl https://x/compose/releases/download/$DOCKER_COMPOSE_VERSION/y", "1.25.0"},
		{"up.sh", "VERSION=1.25.0\ncurl https://x/other/releases/download/$VERSION/y", ""},
		{"up.sh", "VERSION=2.25.0\ncurl https://x/compose/releases/download/$VERSION/y", ""},
		{"gradle.sh", "compose_version=1.5.4\n./gradlew -Pcompose=$compose_version", ""},
		{".travis.yml", "env:\n  compose_version: 1.4.0\nscript: docker-compose up", ""},
	} {
		if got := shown(c.file, c.text); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.file, c.text, got, c.want)
		}
	}
}

// TestLegacyLinesSlow has texts that begin again and again what never ends. Sixteen times the text takes some sixteen times as long, and
// would take 256 times as long if each beginning looked at all that follows: the bound lies between, far from both on a busy machine.
func TestLegacyLinesSlow(t *testing.T) {
	took := func(file, text string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			legacyLines(file, text)
			best = min(best, time.Since(start))
		}
		return best
	}
	for _, c := range []struct{ file, piece string }{
		{"x.sh", "docker -x stack "}, {"x.sh", "docker stack -x \\\n"}, {"x.sh", ": <<A\n"}, {"x.sh", "echo \"\n\n"},
		{"x.ps1", "<#\n"}, {"x.py", "'''\n\"\"\" a\n"}, {"x.sh", "docker-compose>=1.2,"}, {"x.sh", "echo a > b ;"},
		{"x.sh", "V=1.2 docker/compose:$V "}, {"x.sh", "docker stack deploy -c "},
	} {
		n := maxScript / 64 / len(c.piece)
		small, large := took(c.file, strings.Repeat(c.piece, n)), took(c.file, strings.Repeat(c.piece, 16*n))
		if t.Logf("%q: %v, then %v", c.piece, small, large); large > 80*small+100*time.Millisecond {
			t.Errorf("%q again and again: sixteen times the text takes %v in place of %v", c.piece, large, small)
		}
	}
}
