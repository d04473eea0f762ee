package compose

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// healthDecision is what missing-service-healthcheck makes of one service: quiet, fixed, held or refused; says stands in the new text where it is
// fixed, else in the reason.
type healthDecision struct {
	name    string
	service string // the settings of the service "it", a line each, with ; between
	want    string
	says    string
}

var healthDecisions = []healthDecision{
	{"postgres", "image: postgres:16", "fixed", `-d \"$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}\""]`},
	{"postgres by digest", "image: postgres:16@sha256:1c5e000000000000000000000000000000000000000000000000000000000000", "fixed", "pg_isready"},
	{"postgres with options", "image: postgres:16;command: postgres -c shared_buffers=256MB -c max_connections=200", "fixed", "pg_isready"},
	{"postgres with options alone", "image: postgres:16;command: -c log_statement=all", "fixed", "pg_isready"},
	{"postgres everywhere", "image: postgres:16;command: [postgres, -c, \"listen_addresses=*\", -p, \"5432\"]", "fixed", "pg_isready"},
	{"postgres on another port", "image: postgres:16;command: postgres -p 5433", "refused", "its command has -p"},
	{"postgres on another port by a setting", "image: postgres:16;command: postgres -c port=5433", "refused", "its command has port"},
	{"postgres on another port by a variable", "image: postgres:16;environment: {PGPORT: 5433}", "refused", "its environment has PGPORT"},
	{"postgres on the same port by a variable", "image: postgres:16;environment: [PGPORT=5432]", "fixed", "pg_isready"},
	{"postgres with a configuration", "image: postgres:16;volumes: [./pg.conf:/etc/postgresql/postgresql.conf];command: -c config_file=/etc/postgresql/postgresql.conf", "refused", "config_file"},
	{"postgres with scripts", "image: postgres:16;volumes: [./init:/docker-entrypoint-initdb.d, data:/var/lib/postgresql/data]", "fixed", "pg_isready"},
	{"postgres of a variable", "image: postgres:${PG:-16}", "held", "with another value of the variable"},
	{"postgres of an open variable", "image: postgres:${PG}", "held", "with another value of the variable"},
	{"registry of a variable", "image: ${REGISTRY}/postgres:16", "quiet", ""},
	{"postgres of another registry", "image: registry.example.com/postgres:16", "quiet", ""},
	{"postgres too old", "image: postgres:9.2", "quiet", ""},
	{"a client", "image: postgres:16;command: psql -h db -f /init.sql", "quiet", ""},
	{"a backup", "image: postgres:16;entrypoint: sh -c 'pg_dump -h db | gzip > /b.gz'", "quiet", ""},
	{"script that ends in the server", `image: postgres:16;command: ["sh", "-c", "mkdir -p /x && exec postgres -c fsync=off"]`, "fixed", "pg_isready"},
	{"script that cannot be read", `image: postgres:16;command: ["sh", "-c", "postgres & wait"]`, "refused", "cannot be read"},
	{"entrypoint of the image", "image: postgres:16;entrypoint: docker-entrypoint.sh;command: postgres", "fixed", "pg_isready"},

	{"mysql", "image: mysql:8.0", "fixed", `["CMD", "mysqladmin", "ping", "-h", "127.0.0.1", "--silent"]`},
	{"mysql with options", "image: mysql:8.0;command: --character-set-server=utf8mb4 --default-authentication-plugin=mysql_native_password", "fixed", "mysqladmin"},
	{"mysql for all addresses", "image: mysql:8.0;command: [mysqld, --bind-address=0.0.0.0]", "fixed", "mysqladmin"},
	{"mysql on another port", "image: mysql:8.0;command: [mysqld, --port=3307]", "refused", "its command has --port"},
	{"mysql with a configuration", "image: mysql:8.0;volumes: [./conf.d:/etc/mysql/conf.d:ro]", "held", "what is mounted at /etc/mysql/conf.d"},
	{"mysql too old", "image: mysql:5.6", "quiet", ""},
	{"mariadb", "image: mariadb:11", "fixed", `["CMD", "healthcheck.sh", "--connect"]`},
	{"mariadb that is upgraded", "image: mariadb:11;environment: [MARIADB_AUTO_UPGRADE=1]", "fixed", `["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]`},
	{"mariadb from before its script", "image: mariadb:10.5.8", "fixed", "mysqladmin"},

	{"redis", "image: redis:7-alpine", "fixed", `["CMD-SHELL", "redis-cli ping | grep -q PONG"]`},
	{"redis with options", "image: redis:7;command: redis-server --appendonly yes", "fixed", "redis-cli"},
	{"redis with a variable", "image: redis:7;command: redis-server --requirepass ${REDIS_PASSWORD}", "fixed", `"REDISCLI_AUTH=\"$$1\" redis-cli ping | grep -q PONG", "sh", "${REDIS_PASSWORD}"]`},
	{"redis with a variable of its own", "image: redis:7;command: redis-server --requirepass ${PW};environment: {REDIS_PASS: '${PW}'}", "fixed", `["CMD-SHELL", "REDISCLI_AUTH=\"$$REDIS_PASS\" redis-cli ping | grep -q PONG"]`},
	{"redis with the container's variable", `image: redis:7;command: ["sh", "-c", "redis-server --requirepass $${PW}"];environment: [PW]`, "fixed", `REDISCLI_AUTH=\"$$PW\" redis-cli`},
	{"redis with a default in its script", `image: redis:7;command: ["sh", "-c", "redis-server --requirepass \"$${PW:-shop}\""];environment: [PW]`, "refused", "the password in its command is more than a variable"},
	{"redis with a literal", "image: redis:7;command: redis-server --requirepass hunter2", "refused", "its password stands in its command"},
	{"redis without a password", `image: redis:7;command: ["redis-server", "--requirepass", ""]`, "fixed", `["CMD-SHELL", "redis-cli ping | grep -q PONG"]`},
	{"old redis with a password", "image: redis:4;command: redis-server --requirepass ${PW}", "refused", "in its arguments only"},
	{"redis on another port", "image: redis:7;command: redis-server --port 6380", "refused", "its command has --port"},
	{"redis with TLS", "image: redis:7;command: redis-server --tls-port 6379 --port 0", "refused", "its command has --port"},
	{"redis with accounts", "image: redis:7;command: redis-server --aclfile /users.acl", "refused", "--aclfile"},
	{"redis with a configuration", "image: redis:7;command: redis-server /etc/redis.conf", "held", "what redis.conf says"},
	{"sentinel", "image: redis:7;command: redis-sentinel /etc/sentinel.conf", "quiet", ""},
	{"valkey", "image: valkey/valkey:8", "fixed", "valkey-cli ping"},

	{"mongo", "image: mongo:7", "fixed", "mongosh"},
	{"mongo before mongosh", "image: mongo:4.4", "fixed", `["CMD", "mongo", "--quiet"`},
	{"mongo as a replica set", "image: mongo:7;command: [--replSet, rs0, --bind_ip_all]", "fixed", "mongosh"},
	{"mongo with TLS", "image: mongo:7;command: mongod --tlsMode requireTLS", "refused", "--tlsMode"},
	{"mongo of an unknown tag", "image: mongo:mine", "held", "which version"},
	{"rabbitmq", "image: rabbitmq:3-management-alpine", "fixed", `["CMD", "rabbitmq-diagnostics", "-q", "ping"]`},

	{"minio", "image: minio/minio;command: server /data --console-address :9001", "fixed", `["CMD", "mc", "ready", "local"]`},
	{"minio that prints its help", "image: minio/minio", "refused", "the check needs server in its command"},
	{"old minio", "image: minio/minio:RELEASE.2022-10-24T18-35-07Z;command: server /data", "fixed", "curl"},
	{"minio at another address", "image: minio/minio;command: server /data --address :9100", "refused", "--address"},
	{"minio at the same address", "image: minio/minio;command: minio server --address 0.0.0.0:9000 /data", "fixed", "mc"},
	{"read-only minio", "image: minio/minio;command: server /data;read_only: true", "held", "read-only"},

	{"nginx", "image: nginx:1.27", "fixed", "curl -fsS"},
	{"nginx on Alpine", "image: nginx:alpine", "fixed", "wget -q"},
	{"nginx with a configuration", "image: nginx:1.27;volumes: [./nginx.conf:/etc/nginx/nginx.conf]", "held", "/etc/nginx/nginx.conf"},
	{"nginx with pages", "image: nginx:1.27;volumes: [{type: bind, source: ./www, target: /usr/share/nginx/html}]", "held", "/usr/share/nginx/html"},
	{"nginx in the foreground", `image: nginx:1.27;command: nginx -g "daemon off;"`, "fixed", "curl"},

	{"elasticsearch 8", "image: elasticsearch:8.13.0", "fixed", "missing authentication credentials"},
	{"elasticsearch without security", "image: elasticsearch:8.13.0;environment: [xpack.security.enabled=false, discovery.type=single-node]", "fixed", "http://127.0.0.1:9200/_cluster/health"},
	{"elasticsearch 7", "image: docker.elastic.co/elasticsearch/elasticsearch:7.17.0", "fixed", "http://127.0.0.1:9200/_cluster/health"},
	{"elasticsearch of a variable", "image: elasticsearch:8.13.0;environment: [\"xpack.security.enabled=${SEC:-false}\"]", "held", "depends on what is not in this file"},
	{"elasticsearch with security over plain HTTP", "image: elasticsearch:8.13.0;environment: [xpack.security.enabled=true, xpack.security.http.ssl.enabled=false]", "held", "nobody has tried"},
	{"optimized keycloak", "image: quay.io/keycloak/keycloak:26.0;command: start --optimized;environment: {KC_HEALTH_ENABLED: 'true'}", "refused", "--optimized"},
	{"memcached without UDP", "image: memcached:1.6-alpine;command: memcached -m 64 -U 0", "fixed", "nc 127.0.0.1"},
	{"memcached on a socket", "image: memcached:1.6;command: -s /tmp/m.sock", "refused", "its command has -s"},
	{"elasticsearch with its own TLS", "image: elasticsearch:8.13.0;environment: [xpack.security.enabled=true]", "refused", "the check needs"},

	{"traefik with ping", "image: traefik:v3;command: [--ping=true, --providers.docker]", "fixed", `["CMD", "traefik", "healthcheck", "--ping"]`},
	{"traefik without", "image: traefik:v3;command: [--providers.docker]", "refused", "the check needs --ping in its command"},
	{"keycloak", "image: quay.io/keycloak/keycloak:26.0;command: start-dev;environment: {KC_HEALTH_ENABLED: 'true'}", "fixed", "0<>/dev/tcp/127.0.0.1/9000"},
	{"keycloak that tells nothing", "image: quay.io/keycloak/keycloak:26.0;command: start-dev", "refused", "KC_HEALTH_ENABLED=true"},
	{"vault for development", "image: hashicorp/vault:1.15", "fixed", "vault"},
	{"vault", "image: hashicorp/vault:1.15;command: server", "refused", "the check needs the command of the image, or -dev"},
	{"kafka", "image: apache/kafka:3.9.0", "fixed", "--bootstrap-server 127.0.0.1:9092"},
	{"kafka with listeners", "image: apache/kafka:3.9.0;environment: {KAFKA_LISTENERS: 'CONTROLLER://:9093,PLAINTEXT://0.0.0.0:19092'}", "fixed", "127.0.0.1:19092"},
	{"kafka with accounts", "image: apache/kafka:3.9.0;environment: {KAFKA_LISTENERS: 'SASL_SSL://:9092'}", "refused", "none of its listeners"},
	{"kafka of Confluent", "image: confluentinc/cp-kafka:6.2.0;environment: {KAFKA_ADVERTISED_LISTENERS: 'SSL://k:9093,HOST://k:29092', KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'SSL:SSL,HOST:PLAINTEXT'}", "held", "the image documents no check"},
	{"kafka of a variable", "image: apache/kafka:3.9.0;environment: {KAFKA_LISTENERS: '${L}'}", "refused", "none of its listeners"},
	{"entrypoint in a script", `image: elasticsearch:7.17.0;command: ["bash", "-c", "docker-entrypoint.sh & wait"]`, "refused", "cannot be read"},
	{"zookeeper", "image: zookeeper:3.9", "fixed", "zkServer.sh status"},
	{"zookeeper with the word", "image: zookeeper:3.9;environment: {ZOO_4LW_COMMANDS_WHITELIST: 'ruok,srvr'}", "fixed", "zkServer.sh"},
	{"zookeeper without the word", "image: zookeeper:3.9;environment: {ZOO_4LW_COMMANDS_WHITELIST: ruok}", "refused", "ZOO_4LW"},
	{"meilisearch", "image: getmeili/meilisearch:v1.8;environment: {MEILI_HTTP_ADDR: '0.0.0.0:7700'}", "fixed", "curl"},
	{"n8n that works", "image: n8nio/n8n;command: worker", "quiet", ""},
	{"wordpress", "image: wordpress:6", "fixed", "curl"},
	{"wordpress for FastCGI", "image: wordpress:6-fpm", "quiet", ""},
	{"cron of nextcloud", "image: nextcloud:apache;entrypoint: /cron.sh", "quiet", ""},
	{"nobody has tried", "image: neo4j:5", "held", "nobody has tried"},
	{"qdrant", "image: qdrant/qdrant:v1.9", "held", "only bash can ask"},

	{"elasticsearch with security in a setting", "image: elasticsearch:7.17.0;environment: [ES_SETTING_XPACK_SECURITY_ENABLED=true]", "refused", "ES_SETTING_XPACK_SECURITY_ENABLED"},
	{"elasticsearch at one address", "image: elasticsearch:7.17.0;environment: [network.host=_site_]", "refused", "network.host"},
	{"elasticsearch everywhere", "image: elasticsearch:7.17.0;environment: [network.host=0.0.0.0, http.host=_local_]", "fixed", "curl"},
	{"caddy as a proxy", "image: caddy:2;command: caddy reverse-proxy --from :80 --to app:8000", "refused", "reverse-proxy"},
	{"caddy with files", "image: caddy:2;command: caddy file-server --browse", "refused", "file-server"},
	{"kafka that is watched", "image: apache/kafka:3.9.0;environment: {JMX_PORT: 9999}", "refused", "the program that asks would open the same port"},
	{"kafka with an agent", "image: apache/kafka:3.9.0;environment: {KAFKA_OPTS: '-javaagent:/j.jar=7071:/c.yml'}", "refused", "KAFKA_OPTS"},
	{"postgres moved in one word", "image: postgres:16;command: postgres -cport=5433", "refused", "-cport"},
	{"postgres moved by initdb", "image: postgres:16;environment: {POSTGRES_INITDB_ARGS: '-c port=5433'}", "refused", "POSTGRES_INITDB_ARGS"},
	{"postgres with an encoding", "image: postgres:16;environment: {POSTGRES_INITDB_ARGS: '--encoding=UTF-8 --data-checksums'}", "fixed", "pg_isready"},
	{"redis in upper case", "image: redis:7;command: redis-server --REQUIREPASS ${PW}", "fixed", "REDISCLI_AUTH"},
	{"redis without ping", "image: redis:7;command: redis-server --rename-command PING ''", "refused", "--rename-command"},
	{"test of a configuration", "image: nginx:1.27;command: nginx -t", "quiet", ""},
	{"version of postgres", "image: postgres:16;command: postgres --version", "quiet", ""},

	{"has one", "image: postgres:16;healthcheck: {test: pg_isready}", "quiet", ""},
	{"switched off", "image: postgres:16;healthcheck: {disable: true}", "quiet", ""},
	{"built", "image: postgres:16;build: ./db", "quiet", ""},
	{"built in", "image: vaultwarden/server:latest", "quiet", ""},
	{"an application", "image: ghcr.io/shop/api:1", "quiet", ""},
	{"no way to ask", "image: portainer/portainer-ce", "quiet", ""},
	{"behind Traefik", "image: nginx:1.27;labels: [traefik.enable=true]", "held", "labels for Traefik"},
	{"for Swarm", "image: postgres:16;deploy: {placement: {constraints: [node.role == manager]}}", "held", "deploy.placement"},
	{"with limits", "image: postgres:16;deploy: {resources: {limits: {memory: 1G}}}", "fixed", "pg_isready"},
	{"for autoheal", "image: postgres:16;labels: {autoheal: 'true'}", "held", "autoheal"},
	{"variables from elsewhere", "image: postgres:16;env_file: /etc/shop.env", "held", "what /etc/shop.env sets is not known"},
	{"in braces", "image: &i postgres:16;volumes: []", "fixed", "pg_isready"},
}

func TestHealthDecisions(t *testing.T) {
	for _, c := range healthDecisions {
		text := "services:\n  it:\n    " + strings.ReplaceAll(strings.ReplaceAll(c.service, `daemon off;`, "daemon off\x00"), ";", "\n    ") + "\n"
		text = strings.ReplaceAll(text, "\x00", ";")
		healthDecided(t, c, text, &fix.Facts{})
	}
}

func healthDecided(t *testing.T, c healthDecision, text string, facts *fix.Facts) {
	t.Helper()
	doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{MissingServiceHealthcheck}, Facts: facts})
	got, said := "quiet", string(r.After)
	for _, f := range r.Findings {
		switch {
		case f.Outcome == fix.Fixed:
			got = "fixed"
		case f.Fix == nil:
			got, said = "refused", f.Reason
		default:
			got, said = "held", f.Reason
		}
	}
	if got != c.want || c.says != "" && !strings.Contains(said, c.says) {
		t.Errorf("%s: %s, want %s with %q:\n%s", c.name, got, c.want, c.says, said)
	}
	if strings.Contains(said, "hunter2") && got != "fixed" {
		t.Errorf("%s: a password is told: %s", c.name, said)
	}
}

// What stands around the service decides too.
func TestHealthDecisionsAround(t *testing.T) {
	const db = "services:\n  it:\n    image: postgres:16\n"
	parse := func(name, text string) *source.Document {
		doc, err := source.Parse(name, source.ComposeKind, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	other := func(text string, f fix.ComposeFile) *fix.Facts {
		f.Doc = parse("other.yaml", text)
		return &fix.Facts{Project: fix.ComposeProject{Others: []fix.ComposeFile{f}}}
	}
	for _, c := range []struct {
		healthDecision
		text  string
		facts *fix.Facts
	}{
		{healthDecision{name: "override has one", want: "quiet"}, db, other(db+"    healthcheck: {test: x}\n", fix.ComposeFile{Override: true})},
		{healthDecision{name: "a part has one", want: "quiet"}, db, other("services:\n  it:\n    healthcheck: {test: x}\n", fix.ComposeFile{})},
		{healthDecision{name: "another project has one", want: "fixed"}, db, other(db+"    healthcheck: {test: x}\n", fix.ComposeFile{})},
		{healthDecision{name: "override has another command", want: "held", says: "other.yaml gives it another command"}, db, other("services:\n  it:\n    command: postgres -p 1\n", fix.ComposeFile{Override: true})},
		{healthDecision{name: "override moves it", want: "held", says: "other.yaml sets PGPORT"}, db, other("services:\n  it:\n    environment: [PGPORT=1]\n", fix.ComposeFile{Override: true})},
		{healthDecision{name: "Swarm", want: "held", says: "up.sh:1 runs docker stack deploy with Swarm, which replaces"}, db, &fix.Facts{Project: fix.ComposeProject{Stack: "up.sh:1 runs docker stack deploy"}}},
		{healthDecision{name: "old docker-compose", want: "held", says: "up.sh:1 asks for docker-compose 1.20, which may not know start_period"}, db, &fix.Facts{LegacyCompose: "up.sh:1 asks for docker-compose 1.20"}},
		{healthDecision{name: "an image of the project", want: "quiet"}, db, &fix.Facts{Local: []string{"postgres:16"}}},
		{healthDecision{name: "extended by another program", want: "refused", says: "the service job extends it with another command"}, db + "  job:\n    extends: it\n    command: psql\n", &fix.Facts{}},
		{healthDecision{name: "extended by the same", want: "fixed"}, db + "  two:\n    extends: {service: it}\n    ports: ['1:1']\n", &fix.Facts{}},
		{healthDecision{name: "extended elsewhere", want: "refused", says: "the service job in other.yaml extends it with another command"}, db,
			other("services:\n  job:\n    extends: {file: compose.yaml, service: it}\n    command: psql\n", fix.ComposeFile{Extends: true})},
		{healthDecision{name: "extends one that has it", want: "quiet"}, "services:\n  it:\n    extends: base\n    image: postgres:16\n  base:\n    image: busybox\n    healthcheck: {test: x}\n", &fix.Facts{}},
		{healthDecision{name: "waited for to end", want: "quiet"}, db + "  app:\n    image: a\n    depends_on: {it: {condition: service_completed_successfully}}\n", &fix.Facts{}},
		{healthDecision{name: "autoheal for all", want: "held", says: "heal restarts"}, db + "  heal:\n    image: willfarrell/autoheal\n    environment: [AUTOHEAL_CONTAINER_LABEL=all]\n", &fix.Facts{}},
		{healthDecision{name: "through an anchor", want: "refused", says: "the anchor &x"}, "services:\n  it: &x\n    image: postgres:16\n  two: *x\n", &fix.Facts{}},
		{healthDecision{name: "merged check", want: "quiet"}, "x-c: &c\n  healthcheck: {test: x}\nservices:\n  it:\n    <<: *c\n    image: postgres:16\n", &fix.Facts{}},
		{healthDecision{name: "variables of a file", want: "refused", says: "PGPORT"}, db + "    env_file: [./db.env]\n", &fix.Facts{Read: map[string][]byte{"db.env": []byte("PGPORT=1\n")}}},
		{healthDecision{name: "harmless variables of a file", want: "fixed"}, db + "    env_file: {path: db.env}\n", &fix.Facts{Read: map[string][]byte{"db.env": []byte("POSTGRES_PASSWORD=hunter2\n")}}},
		{healthDecision{name: "harmless configuration", want: "fixed"}, "services:\n  it:\n    image: mysql:8\n    volumes: [./my.cnf:/etc/mysql/conf.d/my.cnf]\n",
			&fix.Facts{Read: map[string][]byte{"my.cnf": []byte("[mysqld]\n# port=1\nmax_connections=9\n")}}},
		{healthDecision{name: "configuration that moves it", want: "held", says: "/etc/mysql/conf.d/my.cnf"}, "services:\n  it:\n    image: mysql:8\n    volumes: [./my.cnf:/etc/mysql/conf.d/my.cnf]\n",
			&fix.Facts{Read: map[string][]byte{"my.cnf": []byte("[mysqld]\nport = 3307\n")}}},
		{healthDecision{name: "of several documents", want: "quiet"}, db + "---\n" + db, &fix.Facts{}},
	} {
		healthDecided(t, c.healthDecision, c.text, c.facts)
	}
	if n := len(healthDecisions); n < 60 {
		t.Errorf("%d decisions, not 60", n)
	}
}
