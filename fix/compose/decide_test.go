package compose

import (
	"context"
	"path"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// decision is what a rule makes of the services of one file. Below services stand the texts of the services, indented by two.
type decision struct {
	name     string
	services string
	says     string // of each finding: safe, unsafe or no, and what is done or why nothing; joined by "; "
}

// setting is what is around the file of a decision.
type setting struct {
	file   string // compose.yaml where empty
	others map[string]string
	stack  string
	ends   string
	builds map[string]string // the Dockerfiles of services
}

func decide(t *testing.T, rule *fix.Rule, at setting, cases []decision) {
	t.Helper()
	for _, c := range cases {
		if at.file == "" {
			at.file = "compose.yaml"
		}
		doc := parsed(t, at.file, c.services)
		facts := &fix.Facts{Project: fix.ComposeProject{Stack: at.stack, Ends: at.ends}}
		for name, text := range at.others {
			facts.Project.Others = append(facts.Project.Others, fix.ComposeFile{Doc: parsed(t, name, text), Override: strings.Contains(name+at.file, ".override.")})
		}
		facts.Dockerfiles = map[string]*source.Document{}
		for name, text := range at.builds {
			dockerfile, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			facts.Dockerfiles[name] = dockerfile
		}
		r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{rule}, Facts: facts})
		if got := decided(r); got != c.says {
			t.Errorf("%s: %s:\n%s\nwant\n%s", rule.Name, c.name, got, c.says)
		}
	}
}

// parsed is a Compose file of these services; a text that does not start with a blank is the whole file.
func parsed(t *testing.T, name, text string) *source.Document {
	t.Helper()
	if strings.HasPrefix(text, " ") {
		text = "services:\n" + text
	}
	doc, err := source.Parse(name, source.ComposeKind, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", path.Base(name), err)
	}
	return doc
}

func decided(r *fix.Result) string {
	var says []string
	for _, f := range r.Findings {
		switch {
		case f.Fix == nil:
			says = append(says, "no: "+f.Reason)
		case f.Fix.Safety == fix.Safe:
			says = append(says, "safe: "+f.Fix.Title)
		default:
			says = append(says, "unsafe: "+f.Fix.Title)
		}
	}
	return strings.Join(says, "; ")
}

func TestMissingRestartDecisions(t *testing.T) {
	const safe, unsafe = "safe: restart it unless it was stopped", "unsafe: restart it unless it was stopped"
	decide(t, MissingRestart, setting{}, []decision{
		{"ports", "  a:\n    build: .\n    ports: ['80:80']\n", safe},
		{"line of the text as it was, below a fix", "  a:\n    image: nginx\n  b: &b\n    image: nginx\n  c:\n    <<: *b\n    restart: always\n", "safe: restart it always, as the others; no: services.b is used through the anchor &b, on line 7 too"},
		{"health check", "  a:\n    build: .\n    healthcheck:\n      test: [CMD, x]\n", safe},
		{"server", "  a:\n    image: postgres:16\n", safe},
		{"server with flags", "  a:\n    image: postgres:16\n    command: -c max_connections=200\n", safe},
		{"server of a mirror", "  a:\n    image: docker.io/library/redis:7@sha256:" + strings.Repeat("a", 64) + "\n", safe},
		{"server whose tag is a variable", "  a:\n    image: mariadb:${VERSION}\n", safe},
		{"server whose tag has a default", "  a:\n    image: mariadb:${VERSION:-11}\n", safe},
		{"worker that is known", "  a:\n    build: .\n    command: celery -A app worker\n", safe},
		{"server behind exec", "  a:\n    build: .\n    command: sh -c 'migrate up && exec gunicorn app'\n", safe},
		{"label of a proxy", "  a:\n    build: .\n    labels:\n      - traefik.http.services.a.loadbalancer.server.port=80\n", safe},
		{"as the others", "  a:\n    image: nginx\n  b:\n    image: nginx\n    restart: always\n", "safe: restart it always, as the others"},
		{"waited for", "  a:\n    build: .\n  b:\n    image: nginx\n    restart: on-failure\n    depends_on:\n      a:\n        condition: service_healthy\n", safe},
		{"flow", "  a: {image: nginx}\n", "no: services.a is written in { }"},
		{"unknown", "  a:\n    build: .\n", unsafe},
		{"terminal", "  a:\n    image: nginx\n    tty: true\n", unsafe},
		{"keeps a container", "  a:\n    build: .\n    command: sleep infinity\n", unsafe},
		{"keeps a container with tail", "  a:\n    build: .\n    command: tail -f /dev/null\n", unsafe},
		{"extends what is not known", "  a:\n    image: nginx\n    extends:\n      file: ../base.yaml\n      service: a\n", unsafe},
		{"extended", "  a:\n    image: nginx\n  b:\n    restart: always\n    extends:\n      service: a\n", "no: the service b extends it"},
		{"given by what it extends", "  b:\n    image: nginx\n    restart: always\n  a:\n    extends: b\n", ""},
		{"migration", "  a:\n    build: .\n    command: python manage.py migrate --noinput\n", ""},
		{"last command of a script", "  a:\n    build: .\n    command: [sh, -c, 'gunicorn --check-config && alembic upgrade head']\n", ""},
		{"copies", "  a:\n    image: busybox\n    command: cp -r /a /b\n    volumes: ['b:/b']\n", ""},
		{"long-lived tool", "  a:\n    image: alpine\n    command: sh -c 'while true; do date; sleep 60; done'\n", ""},
		{"shell", "  a:\n    image: debian:12\n    command: bash\n", ""},
		{"interpreter", "  a:\n    image: python:3.12\n", ""},
		{"certificates", "  a:\n    image: certbot/certbot\n    command: certonly --webroot\n", ""},
		{"workers by number", "  a:\n    build: .\n    command: celery -A shop worker -c 4\n", safe},
		{"a configuration", "  a:\n    build: .\n    command: gunicorn -c conf.py shop:app\n", safe},
		{"a statement", "  a:\n    build: .\n    command: psql -h db -c 'create table t (id int)'\n", ""},
		{"a job of another user", "  a:\n    build: .\n    command: su - shop -c 'cd /shop && python manage.py migrate'\n", ""},
		{"a server of another user", "  a:\n    build: .\n    entrypoint: [tini, --, bash, -o, pipefail, -c]\n    command: [\"./wait && nginx\"]\n", safe},
		{"a server by a strict shell", "  a:\n    build: .\n    command: [bash, -euo, errexit, -c, \"./wait && nginx\"]\n", safe},
		{"no command", "  a:\n    image: nginx\n    command: null\n", safe},
		{"job of a swarm", "  a:\n    image: nginx\n    deploy:\n      mode: replicated-job\n", ""},
		{"part of a service", "  a:\n    ports: ['80:80']\n", ""},
		{"alias of a service", "x-a: &a\n  image: nginx\nservices:\n  a: *a\n", "no: x-a is used through the anchor &a, on line 4 too"},
		{"several documents", "services:\n  a:\n    image: nginx\n---\nservices:\n  b:\n    image: nginx\n", ""},
	})
	web := "  a:\n    image: nginx\n"
	decide(t, MissingRestart, setting{builds: map[string]string{"a": "FROM x AS run\nEXPOSE 80\nFROM run AS job\nCMD [\"j\"]\nFROM y\n"}}, []decision{
		{"built with EXPOSE", "  a:\n    build: {context: ., target: run}\n", safe},
		{"built on EXPOSE", "  a:\n    build: {context: ., target: job}\n", safe},
		{"another stage", "  a:\n    build: .\n", unsafe},
		{"another command", "  a:\n    build: {context: ., target: run}\n    command: ./x\n", unsafe},
	})
	for _, c := range []struct {
		at   setting
		says string
	}{
		{setting{others: map[string]string{"compose.override.yaml": "  a:\n    restart: always\n"}}, ""},
		{setting{others: map[string]string{"compose.override.yaml": "  a:\n    ports: ['80:80']\n"}}, safe},
		{setting{file: "compose.override.yaml", others: map[string]string{"compose.yaml": "  a:\n    build: .\n"}}, ""},
		{setting{file: "compose.override.yaml", others: map[string]string{"compose.yaml": "  b:\n    build: .\n"}}, safe},
		{setting{others: map[string]string{"jobs.yaml": "  b:\n    image: x\n    depends_on:\n      a:\n        condition: service_completed_successfully\n"}}, ""},
		{setting{others: map[string]string{"other.yaml": "  b:\n    extends:\n      file: ./compose.yaml\n      service: a\n"}}, "no: the service b in other.yaml extends it"},
		{setting{stack: "deploy.sh:3 runs docker stack deploy"}, ""},
		{setting{file: "docker-stack.yml"}, ""},
		{setting{ends: "Makefile:3 runs Compose with --exit-code-from"}, "un" + safe},
		{setting{file: "docker-compose.test.yml"}, ""},
		{setting{file: "e2e/compose.yaml"}, ""},
		{setting{file: "latest/compose.yaml"}, safe},
		{setting{file: "/builds/ci/shop/compose.yaml"}, safe},
		{setting{file: "compose.prod.yaml"}, "safe: restart it always"},
	} {
		decide(t, MissingRestart, c.at, []decision{{"beside others", web, c.says}})
	}
}

func TestMissingLimitsDecisions(t *testing.T) {
	const nobody = "no: see with docker stats what they need, and set deploy.resources.limits.memory above that"
	decide(t, MissingLimits, setting{}, []decision{
		{"known", "  a:\n    image: redis:7\n", "unsafe: limit its memory to 512M"},
		{"below deploy", "  a:\n    image: redis:7\n    deploy:\n      resources:\n        devices: []\n", "unsafe: limit its memory to 512M"},
		{"heap", "  a:\n    image: elasticsearch:8.15.0\n    environment:\n      - ES_JAVA_OPTS=-Xms2g -Xmx2g\n", "no: its ES_JAVA_OPTS says how much memory it takes: set deploy.resources.limits.memory above that"},
		{"flag", "  a:\n    image: postgres:16\n    command: postgres -c shared_buffers=4GB\n", "no: its command says how much memory it takes: set deploy.resources.limits.memory above that"},
		{"alias", "x-d: &d\n  replicas: 1\nservices:\n  a:\n    image: redis:7\n    deploy: *d\n", "no: x-d is used through the anchor &d, on line 6 too"},
		{"empty", "  a:\n    image: redis:7\n    deploy:\n", "no: services.a.deploy is there already, on line 4"},
		{"unknown", "  a:\n    build: .\n  b:\n    image: mine\n", nobody},
		{"reservation", "  a:\n    image: redis:7\n    deploy:\n      resources:\n        reservations:\n          memory: 1G\n", ""},
		{"cpus", "  a:\n    image: redis:7\n    cpus: 2\n", ""},
		{"job", "  a:\n    image: postgres:16\n    command: pg_dump shop\n", ""},
	})
}

func TestExposedPortDecisions(t *testing.T) {
	const bound = "unsafe: bind it to 127.0.0.1"
	ports := func(image, list string) string { return "  a:\n    image: " + image + "\n    ports: [" + list + "]\n" }
	decide(t, ExposedPort, setting{}, []decision{
		{"every address of IPv6", ports("postgres:16", "'[::]:5432:5432'"), bound},
		{"number", ports("redis", "6379"), bound},
		{"range", ports("mongo", "'27017-27019:27017-27019'"), bound},
		{"protocol", ports("memcached", "'11211:11211/udp'"), bound},
		{"variable with a default", ports("postgres:16", "'5432:${PORT:-5432}'"), bound},
		{"long form in a list", ports("redis", "{target: 6379, published: 6379}"), "no: services.a.ports[0] is written in { }"},
		{"alias", "x-p: &p ['5432:5432']\nservices:\n  a:\n    image: postgres:16\n    ports: *p\n", "no: the port stands in a text that other services use"},
		{"bound", ports("postgres:16", "'10.0.0.1:5432:5432'"), ""},
		{"address of a variable", ports("postgres:16", "'${BIND}:5432:5432'"), ""},
		{"other port", ports("postgres:16", "'8080:8080'"), ""},
		{"builds", "  a:\n    build: .\n    image: postgres:16\n    ports: ['5432:5432']\n", ""},
		{"for a browser", ports("grafana/grafana", "'3000:3000'"), ""},
	})
	db := ports("postgres:16", "'5432:5432'")
	user := "  web:\n    build: .\n    depends_on: [a]\n"
	for _, c := range []struct {
		at         setting
		text, says string
	}{
		{setting{file: "compose.prod.yaml"}, db + user, "unsafe: leave the port out: web reaches a without it"},
		{setting{file: "compose.prod.yaml"}, db + user + "    environment: [U=localhost:54320]\n", "unsafe: leave the port out: web reaches a without it"},
		{setting{file: "compose.prod.yaml"}, db, bound},
		{setting{file: "compose.prod.yaml"}, ports("postgres:16", "'5432:5432', '5433:5433'") + user, bound},
		{setting{file: "products.yaml"}, db + user, bound},
		{setting{stack: "x"}, db, "no: a swarm knows no address to bind to: leave the port out, other services reach it by the name a"},
		{setting{file: "compose.override.yaml", others: map[string]string{"compose.yaml": "  a:\n    image: redis\n"}}, "  a:\n    ports: ['6379:6379']\n", bound},
	} {
		decide(t, ExposedPort, c.at, []decision{{c.at.file, c.text, c.says}})
	}
}

func TestNetworkDecisions(t *testing.T) {
	two := "  a:\n    image: x\n  b:\n    image: y\n"
	decide(t, DefaultNetwork, setting{}, []decision{
		{"two", two, "unsafe: put them on a network of their own, app"},
		{"name is taken", two + "  app:\n    image: z\n", "unsafe: put them on a network of their own, internal"},
		{"anchor", "  a: &a\n    image: x\n  b:\n    <<: *a\n", "no: services.a is used through the anchor &a, on line 5 too"},
		{"extends", "  a:\n    image: x\n  b:\n    extends: a\n", "no: a: the service b extends it"},
		{"name of the network", two + "    environment: [NET=shop_default]\n", "no: the file names the network shop_default, which would go"},
		{"others use the host", "  a:\n    image: x\n  b:\n    image: y\n    network_mode: host\n", ""},
		{"empty networks", two + "    networks:\n", ""},
		{"network_mode of another", "  a:\n    image: x\n  b:\n    image: y\n    network_mode: service:a\n  c:\n    image: z\n", "unsafe: put them on a network of their own, app"},
	})
	decide(t, DefaultNetwork, setting{others: map[string]string{"compose.override.yaml": "  c:\n    image: z\n"}}, []decision{
		{"another file adds a service", two, "no: the services of compose.override.yaml would stay on the network default: give them the network too"}})
	decide(t, DefaultNetwork, setting{others: map[string]string{"compose.override.yaml": "  a:\n    ports: ['80:80']\n"}}, []decision{
		{"another file adds to a service, which keeps its networks", two, "unsafe: put them on a network of their own, app"}})
	decide(t, DefaultNetwork, setting{others: map[string]string{"compose.override.yaml": "  a:\n    network_mode: host\n"}}, []decision{
		{"another file takes a service away", two + "  c:\n    image: z\n", "no: the services of compose.override.yaml would stay on the network default: give them the network too"}})
	decide(t, DefaultNetwork, setting{others: map[string]string{"compose.override.yaml": "networks:\n  default:\n    name: shared\n"}}, []decision{
		{"another file names the network", two, ""}})
	decide(t, DefaultNetwork, setting{others: map[string]string{"more.yaml": "  c:\n    image: z\n    depends_on: [a]\n"}}, []decision{
		{"another file waits for a service", two, "no: the services of more.yaml would stay on the network default: give them the network too"}})
	decide(t, DefaultNetwork, setting{others: map[string]string{"another.yaml": "  a:\n    image: z\n  c:\n    image: z\n"}}, []decision{
		{"another project in the folder", two, "unsafe: put them on a network of their own, app"}})
	decide(t, DefaultNetwork, setting{stack: "x"}, []decision{{"swarm", two, ""}})
}
