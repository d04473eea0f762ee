package compose

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// parsed is a document, for facts.
func parsedAs(t *testing.T, name string, kind source.Kind, text string) *source.Document {
	t.Helper()
	doc, err := source.Parse(name, kind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// What the service waits for decides: the settings of "it", a line each, with ; between, and the condition that app gets in depends_on:
// [it]; "" where there is no finding. Without a fix, or with an unsafe one, says stands in the reason.
func TestDependsOnDecisions(t *testing.T) {
	for _, c := range []struct{ name, service, condition, says string }{
		{"a check", "image: postgres:16;healthcheck: {test: pg_isready}", "service_healthy", ""},
		{"a check as a list", "image: postgres:16;healthcheck: {test: [CMD, pg_isready, -U, postgres]}", "service_healthy", ""},
		{"a check of an unknown image", "image: a;healthcheck: {test: [CMD, x]}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"none", "image: a", "", ""},
		{"none of a known image", "image: postgres:16", "", ""},
		{"switched off", "image: a;healthcheck: {disable: true}", "", ""},
		{"switched off by its test", "image: a;healthcheck: {test: [NONE]}", "", ""},
		{"not switched off", "image: postgres:16;healthcheck: {disable: false, test: pg_isready}", "service_healthy", ""},
		{"an empty test", "image: a;healthcheck: {test: []}", "", ""},
		{"times alone", "image: a;healthcheck: {interval: 5s}", "", ""},
		{"times of a check built in", "image: axllent/mailpit;healthcheck: {interval: 5s}", "service_healthy", ""},
		{"built in", "image: louislam/uptime-kuma:1", "service_healthy", ""},
		{"said to be built in", "image: selenium/hub:4", "service_healthy", "is not verified"},
		{"no container", "image: a;healthcheck: {test: x};scale: 0", "", ""},
		{"without the program", "image: redis:7;healthcheck: {test: [CMD, curl, -f, 'http://localhost']}", "service_healthy", "calls curl, which redis:7 is not known to have"},
		{"another port", "image: redis:7-alpine;healthcheck: {test: wget -q http://localhost}", "service_healthy", "asks port 80, and its server is not known to listen there"},
		{"another port of a list", "image: postgres:16;healthcheck: {test: [CMD, pg_isready, -p, '5433']}", "service_healthy", "asks port 5433"},
		{"with the program", "image: nginx:1.27;healthcheck: {test: curl -f http://localhost/ || exit 1}", "service_healthy", ""},
		{"another page", "image: nginx:1.27;healthcheck: {test: curl -f http://localhost/health}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"the client of another server", "image: postgres:16;healthcheck: {test: [CMD, mysqladmin, ping]}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"no curl in qdrant", "image: qdrant/qdrant:v1.9.0;healthcheck: {test: [CMD, curl, -f, 'http://localhost:6333/healthz']}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"no curl in prometheus", "image: prom/prometheus:v2.50.0;healthcheck: {test: curl -f http://localhost:9090/-/healthy}", "service_healthy", "not known"},
		{"no curl in keycloak", "image: quay.io/keycloak/keycloak:24.0;command: start-dev;healthcheck: {test: curl -f http://localhost:8080/health/ready}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"a shell in a list", "image: postgres:16;healthcheck: {test: [CMD, sh, -c, 'pg_isready -U $$POSTGRES_USER || exit 1']}", "service_healthy", ""},
		{"with a timeout", "image: redis:7;healthcheck: {test: [CMD, timeout, 3s, redis-cli, ping]}", "service_healthy", ""},
		{"an answer in a condition", "image: redis:7;healthcheck: {test: 'if [ \"$$(redis-cli ping)\" = PONG ]; then exit 0; fi'}", "service_healthy", ""},
		{"curl in a condition", "image: redis:7;healthcheck: {test: '[ $$(curl -s localhost:6379) = PONG ]'}", "service_healthy", "calls curl, which redis:7 is not known to have"},
		{"a script of the user", "image: postgres:16;healthcheck: {test: [CMD, sh, /health.sh]}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"no password", "image: redis:7;command: redis-server --requirepass ${P};healthcheck: {test: redis-cli ping | grep PONG}", "service_healthy", "gives no password"},
		{"with its password", "image: redis:7;command: redis-server --requirepass ${P};healthcheck: {test: 'redis-cli -a ${P} ping | grep PONG'}", "service_healthy", ""},
		{"a server that was moved", "image: postgres:16;command: postgres -p 5433;healthcheck: {test: pg_isready}", "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"the host of another service", "image: postgres:16;healthcheck: {test: pg_isready -h app}", "service_healthy", "the health check of it asks app"},
		{"once in an hour", "image: postgres:16;healthcheck: {test: pg_isready, interval: 1h}", "service_healthy", "is made for the first time after 1h"},
		{"once in an hour, but at the start", "image: postgres:16;healthcheck: {test: pg_isready, interval: 1h, start_period: 10s}", "service_healthy", ""},
		{"a proxy", "image: nginx:1.27;volumes: ['./n.conf:/etc/nginx/conf.d/default.conf'];healthcheck: {test: curl -f http://localhost/}", "service_healthy", "it may pass on to app what its health check asks"},
		{"built in, of another command", "image: louislam/uptime-kuma:1;command: sleep 1d", "service_healthy", "runs another command"},
		{"mysqladmin that went", "image: mariadb:11.4;healthcheck: {test: [CMD, mysqladmin, ping]}", "service_healthy", "mysqladmin"},
		{"mysqladmin that is there", "image: mariadb:10.5;healthcheck: {test: [CMD, mysqladmin, ping]}", "service_healthy", ""},
		{"mysqladmin of a version that a variable names", "image: mariadb:${V:-10.5};healthcheck: {test: [CMD, mysqladmin, ping]}", "service_healthy", "with another value of the variable in mariadb:${V:-10.5} the image may not have mysqladmin"},
		{"mysqladmin of every version", "image: mysql:${V:-8.0};healthcheck: {test: [CMD, mysqladmin, ping]}", "service_healthy", ""},

		{"migration", "image: a;command: alembic upgrade head", "service_completed_successfully", ""},
		{"migration after a wait", `image: a;command: ["sh", "-c", "python manage.py wait_for_db && python manage.py migrate"]`, "service_completed_successfully", ""},
		{"migration by npm", "image: a;command: npm run db:migrate;restart: 'no'", "service_completed_successfully", ""},
		{"migration by npx", "image: a;command: [npx, prisma, migrate, deploy]", "service_completed_successfully", ""},
		{"migration by rails", "image: a;command: bundle exec rails db:prepare;restart: on-failure", "service_completed_successfully", ""},
		{"image of a migration", "image: migrate/migrate:v4;command: [-path, /m, up]", "service_completed_successfully", ""},
		{"buckets", `image: minio/mc;entrypoint: ["/bin/sh", "-c", "until mc alias set m http://minio:9000 a b; do sleep 1; done; mc mb m/x; exit 0"]`, "service_completed_successfully", ""},
		{"mirror that goes on", "image: minio/mc;command: mirror --watch a b", "", ""},
		{"migration that is started again", "image: a;command: alembic upgrade head;restart: always", "", ""},
		{"migration before the server", `image: a;command: ["sh", "-c", "alembic upgrade head && python main.py"]`, "", ""},
		{"migration and a server, badly", "image: a;command: alembic upgrade head && uvicorn main:app", "", ""},
		{"migration that publishes a port", "image: a;command: npm run migrate;ports: ['1:1']", "", ""},
		{"job by its name", "image: a;restart: 'no'", "", ""},
		{"image of a migration of Docker Hub", "image: docker.io/migrate/migrate:v4;command: [-path, /m, up]", "service_completed_successfully", ""},
		{"migration by a shell with options", `image: a;command: ["bash", "-euxc", "pip list && alembic upgrade head\n# done"]`, "service_completed_successfully", ""},
		{"migration that a start script is given", `image: a;entrypoint: ["bash", "--norc", "run.sh"];command: alembic upgrade head`, "", ""},
		{"migration without an entrypoint", "image: a;entrypoint: null;command: alembic upgrade head", "service_completed_successfully", ""},
		{"server called migrate", "image: a;command: python migrate_server.py", "", ""},
	} {
		text := "services:\n  app:\n    image: app\n    depends_on: [it]\n  it:\n    " + strings.ReplaceAll(strings.ReplaceAll(c.service, "; ", "\x00 "), ";", "\n    ") + "\n"
		text = strings.ReplaceAll(text, "\x00", ";")
		dependsOn(t, c.name, text, &fix.Facts{}, c.condition, c.says)
	}
}

// dependsOn runs depends-on-not-healthy alone, and with unsafe fixes where it is to hold back.
func dependsOn(t *testing.T, name, text string, facts *fix.Facts, condition, says string) {
	t.Helper()
	doc := parsedAs(t, "compose.yaml", source.ComposeKind, text)
	run := func(unsafe bool) *fix.Result {
		return fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}, Facts: facts, Unsafe: unsafe})
	}
	r := run(false)
	switch {
	case condition == "" && says == "":
		if len(r.Findings) > 0 {
			t.Errorf("%s: %+v", name, r.Findings[0])
		}
		return
	case len(r.Findings) != 1:
		t.Errorf("%s: %d findings", name, len(r.Findings))
		return
	case says != "":
		if r.Changed() || !strings.Contains(r.Findings[0].Reason, says) {
			t.Errorf("%s: says %q, not %q, changed %v", name, r.Findings[0].Reason, says, r.Changed())
		}
		if condition == "" {
			if run(true).Changed() {
				t.Errorf("%s: refused, and --unsafe changes it", name)
			}
			return
		}
		r = run(true)
	}
	if want := "      it:\n        condition: " + condition + "\n"; !strings.Contains(string(r.After), want) {
		t.Errorf("%s: no %s in\n%s", name, condition, r.After)
	}
}

func TestDependsOnAround(t *testing.T) {
	const (
		app   = "services:\n  app:\n    image: app\n    depends_on: [it]\n  it:\n    image: postgres:16\n"
		check = "    healthcheck: {test: pg_isready}\n"
	)
	other := func(text string, f fix.ComposeFile) *fix.Facts {
		f.Doc = parsedAs(t, "other.yaml", source.ComposeKind, text)
		return &fix.Facts{Project: fix.ComposeProject{Others: []fix.ComposeFile{f}}}
	}
	built := func(text string) *fix.Facts {
		return &fix.Facts{Dockerfiles: map[string]*source.Document{"it": parsedAs(t, "Dockerfile", source.DockerfileKind, text)}}
	}
	const builds = "services:\n  app:\n    image: app\n    depends_on: [it]\n  it:\n    build: {context: ., target: run}\n"
	for _, c := range []struct {
		name, text      string
		facts           *fix.Facts
		condition, says string
	}{
		{"another file has the check", app, other("services:\n  it:\n"+check, fix.ComposeFile{Override: true}), "service_healthy", "stands in other.yaml, which is not always read"},
		{"another file switches it off", app + check, other("services:\n  it:\n    healthcheck: {disable: true}\n", fix.ComposeFile{}), "", ""},
		{"another project switches it off", app + check, other("services:\n  it:\n    image: b\n    healthcheck: {disable: true}\n", fix.ComposeFile{}), "service_healthy", ""},
		{"the service it extends is started again", app + "    command: alembic upgrade head\n    extends: base\n  base:\n    image: a\n    restart: always\n", &fix.Facts{}, "", ""},
		{"a migration of a service that is extended", app + "    extends: base\n  base:\n    image: a\n    command: alembic upgrade head\n", &fix.Facts{}, "service_completed_successfully", ""},
		{"an override starts it again", app + "    command: alembic upgrade head\n", other("services:\n  it:\n    restart: always\n", fix.ComposeFile{Override: true}), "service_completed_successfully", "other.yaml gives it another restart"},
		{"another file makes a migration of it", app, other("services:\n  it:\n    command: alembic upgrade head\n", fix.ComposeFile{}), "", ""},
		{"what it extends is not read", app + "    command: alembic upgrade head\n    extends: {file: far.yaml, service: base}\n", &fix.Facts{}, "service_completed_successfully", "whether it is started again is not known: it extends a service of a file that is not read here"},
		{"the service it extends has the check", app + "    extends: base\n  base:\n    image: postgres:16\n" + check, &fix.Facts{}, "service_healthy", ""},
		{"merged check", "x-c: &c\n  healthcheck: {test: pg_isready}\n" + app + "    <<: *c\n", &fix.Facts{}, "service_healthy", ""},
		{"built with a check", builds, built("FROM python:3.12-slim AS run\nEXPOSE 80\nHEALTHCHECK CMD python -c 'import socket; socket.create_connection((\"127.0.0.1\", 80))'\n"), "service_healthy", ""},
		{"built with a check of unknown programs", builds, built("FROM a AS run\nHEALTHCHECK CMD x\n"), "service_healthy", "whether the health check of it is ever healthy is not known"},
		{"built with a check without its program", builds, built("FROM python:3.12-slim AS run\nEXPOSE 80\nHEALTHCHECK CMD curl -f http://localhost\n"), "service_healthy", "calls curl, which its image is not known to have"},
		{"built with a check of another port", builds, built("FROM python:3.12 AS run\nEXPOSE 80\nHEALTHCHECK CMD [\"curl\", \"-f\", \"http://localhost:81\"]\n"), "service_healthy", "asks port 81"},
		{"built with a slow check", builds, built("FROM python:3.12 AS run\nEXPOSE 80\nHEALTHCHECK --interval=5m CMD curl -f http://localhost\n"), "service_healthy", "after 5m"},
		{"built, and made faster", builds + "    healthcheck: {interval: 5s}\n", built("FROM python:3.12 AS run\nEXPOSE 80\nHEALTHCHECK --interval=5m CMD curl -f http://localhost\n"), "service_healthy", ""},
		{"built, and another command", builds + "    command: celery worker\n", built("FROM python:3.12 AS run\nEXPOSE 80\nHEALTHCHECK CMD curl -f http://localhost\n"), "service_healthy", "runs another command"},
		{"a proxy that is built", builds, built("FROM nginx:1.27 AS run\nCOPY default.conf /etc/nginx/conf.d/\nHEALTHCHECK CMD curl -f http://localhost\n"), "service_healthy", "may pass on to app"},
		{"another service waits for it", strings.Replace(app, "postgres:16", "b", 1) + "    healthcheck: {test: x}\n  two:\n    image: b\n    depends_on: {it: {condition: service_healthy}}\n", &fix.Facts{}, "service_healthy", ""},
		{"another file has another image", app + check, other("services:\n  it:\n    image: shop/stub\n", fix.ComposeFile{Override: true}), "service_healthy", "other.yaml gives it another image"},
		{"another file takes it away", app + check, other("services:\n  it:\n    healthcheck: !reset null\n", fix.ComposeFile{Override: true}), "service_healthy", "other.yaml takes the healthcheck of it away"},
		{"another file moves it", app + check, other("services:\n  it:\n    environment: {PGPORT: 1}\n", fix.ComposeFile{Override: true}), "service_healthy", "other.yaml sets PGPORT"},
		{"built with a check in the stage below", builds, built("FROM python:3.12 AS base\nEXPOSE 80\nHEALTHCHECK CMD curl localhost\nFROM base AS run\nUSER 1\n"), "service_healthy", ""},
		{"built with a check in another stage", builds, built("FROM a AS run\nFROM a\nHEALTHCHECK CMD x\n"), "", ""},
		{"built without it", builds, built("FROM a AS run\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n"), "", ""},
		{"built on an image with it", builds, built("FROM axllent/mailpit AS run\n"), "service_healthy", ""},
		{"built, and switched off", builds + "    healthcheck: {disable: true}\n", built("FROM a AS run\nHEALTHCHECK CMD x\n"), "", ""},
		{"built without the program", builds + "    healthcheck: {test: curl -f localhost}\n", built("FROM python:3.12-slim AS run\n"), "service_healthy", "curl, which its image is not known to have"},
		{"built with the program", builds + "    healthcheck: {test: curl -f localhost}\n", built("FROM python:3.12-slim AS run\nEXPOSE 80\nRUN apt-get install -y curl\n"), "service_healthy", ""},
		{"in a circle", app + check + "    depends_on: [app]\n", &fix.Facts{}, "", "it waits for app in turn"},
		{"in a circle of three", app + check + "    links: [b]\n  b:\n    image: b\n    network_mode: service:app\n", &fix.Facts{}, "", "it waits for app in turn"},
		{"for Swarm", app + check + "    deploy: {update_config: {order: start-first}}\n", &fix.Facts{}, "", "it has deploy.update_config, which is for Swarm, which takes the list form alone"},
		{"settings of Swarm beside conditions, which Swarm rejects", app + check + "    deploy: {mode: replicated}\n  two:\n    image: b\n    depends_on: {it: {condition: service_healthy}}\n", &fix.Facts{}, "service_healthy", ""},
		{"labels for Swarm", app + check + "    deploy: {labels: [a=b]}\n", &fix.Facts{}, "", "it has deploy.labels, which is for Swarm"},
		{"an overlay", app + check + "networks:\n  back:\n    driver: overlay\n", &fix.Facts{}, "", "the network back is an overlay, which is for Swarm"},
		{"given to Swarm", app + check, &fix.Facts{Project: fix.ComposeProject{Stack: "up.sh:1 runs docker stack deploy"}}, "", "up.sh:1 runs docker stack deploy with Swarm"},
		{"old docker-compose", app + check, &fix.Facts{LegacyCompose: "up.sh:1 asks for docker-compose 1.20"}, "service_healthy", "up.sh:1 asks for docker-compose 1.20, which may know the list form alone"},
		{"others wait for its end", app + "  two:\n    image: b\n    depends_on: {it: {condition: service_completed_successfully}}\n", &fix.Facts{}, "service_completed_successfully", ""},
		{"a variable", "services:\n  app:\n    image: app\n    depends_on: [it, \"${X:-y}\"]\n  it:\n    image: a\n" + check, &fix.Facts{}, "", "Compose puts none into keys"},
		{"shared list", "x-d: &d [it]\nservices:\n  app:\n    image: app\n    depends_on: *d\n  two:\n    image: b\n    depends_on: *d\n  it:\n    image: a\n" + check, &fix.Facts{}, "", "the anchor &d"},
		{"of several documents", app + check + "---\n" + app, &fix.Facts{}, "", ""},
		{"not there", "services:\n  app:\n    image: app\n    depends_on: [it]\n", &fix.Facts{}, "", ""},
	} {
		dependsOn(t, c.name, c.text, c.facts, c.condition, c.says)
	}
}

// A name and a restart policy are a hint, and no more.
func TestDependsOnJobByItsName(t *testing.T) {
	const text = "services:\n  app:\n    image: app\n    depends_on: [db-init]\n  db-init:\n    image: a\n    restart: 'no'\n"
	doc := parsedAs(t, "compose.yaml", source.ComposeKind, text)
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}})
	if len(r.Findings) != 1 || r.Changed() || r.Findings[0].Reason != "that db-init ends by itself is told by its name and its restart policy alone" {
		t.Errorf("%+v", r.Findings)
	}
	r = fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}, Unsafe: true})
	if !strings.Contains(string(r.After), "      db-init:\n        condition: service_completed_successfully\n") {
		t.Errorf("after\n%s", r.After)
	}
}

// The check that comes in the same run counts; without that rule, or where a comment silences it, nothing is waited for.
func TestDependsOnInOneRun(t *testing.T) {
	const text = "services:\n  app:\n    image: app\n    depends_on: [db, cache, mail]\n  db:\n    image: postgres:16\n  cache: # dockfix ignore=missing-service-healthcheck\n    image: redis:7\n  mail:\n    image: axllent/mailpit\n"
	const want = "    depends_on:\n      db:\n        condition: service_healthy\n      cache:\n        condition: service_started\n      mail:\n        condition: service_healthy\n"
	doc := parsedAs(t, "compose.yaml", source.ComposeKind, text)
	both := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{MissingServiceHealthcheck, DependsOnNotHealthy}})
	if !strings.Contains(string(both.After), want) {
		t.Errorf("together:\n%s", both.After)
	}
	alone := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}})
	if after := string(alone.After); !strings.Contains(after, "      db:\n        condition: service_started\n") || !strings.Contains(after, "      mail:\n        condition: service_healthy\n") {
		t.Errorf("alone:\n%s", after)
	}
}

// A condition that is written out may be meant; what stands beside it stays.
func TestDependsOnWrittenOut(t *testing.T) {
	const text = "services:\n  app:\n    image: app\n    depends_on:\n      db: {condition: 'service_started', required: false, restart: true}\n  db:\n    image: postgres:16\n    healthcheck: {test: pg_isready}\n"
	doc := parsedAs(t, "compose.yaml", source.ComposeKind, text)
	if r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}}); r.Changed() || len(r.Findings) != 1 || r.Findings[0].Reason != "service_started is written out, which may be meant" {
		t.Errorf("%+v", r.Findings)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{DependsOnNotHealthy}, Unsafe: true})
	if want := strings.Replace(text, "service_started", "service_healthy", 1); string(r.After) != want {
		t.Errorf("after\n%s", r.After)
	}
}

// A condition that an anchor shares would change for others too, be it with one service, one entry or an x- section.
func TestDependsOnSharedCondition(t *testing.T) {
	const it = "  it:\n    image: a\n    healthcheck: {test: x}\n"
	for _, c := range []struct{ name, text, anchor string }{
		{"an entry", "x-d: &started\n  condition: service_started\nservices:\n  app:\n    image: app\n    depends_on:\n      it:\n        <<: *started\n      no:\n        <<: *started\n  no: {image: b}\n" + it, "started"},
		{"a scalar", "services:\n  app:\n    image: app\n    depends_on:\n      no: {condition: &c service_started}\n      it: {condition: *c}\n  no: {image: b}\n" + it, "c"},
		{"a section", "x-d: &d\n  depends_on:\n    it: {condition: service_started}\nservices:\n  app:\n    image: app\n    <<: *d\n" + it, "d"},
		{"a service", "services:\n  app: &app\n    image: app\n    depends_on:\n      it: {condition: service_started}\n  two:\n    <<: *app\n" + it, "app"},
	} {
		dependsOn(t, c.name, c.text, &fix.Facts{}, "", "in the text of the anchor &"+c.anchor+", which is used elsewhere too")
	}
}
