package compose

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
)

func TestDataDecisions(t *testing.T) {
	mount := func(image, volume string) string {
		return "  a:\n    image: " + image + "\n    volumes: [" + volume + "]\n"
	}
	decide(t, DataBindMount, setting{}, []decision{
		{"directory", mount("postgres:16", "'./pg:/var/lib/postgresql/data/'"), "unsafe: keep it in the volume a-data"},
		{"absolute", mount("mysql:8", "/srv/mysql:/var/lib/mysql:Z"), "unsafe: keep it in the volume a-data"},
		{"home", mount("mongo", "~/mongo:/data/db"), "unsafe: keep it in the volume a-data"},
		{"drive", mount("mongo", `'C:\mongo:/data/db'`), "unsafe: keep it in the volume a-data"},
		{"second directory", mount("mongo", "db:/data/db, ./conf:/data/configdb"), "unsafe: keep it in the volume a-data-configdb"},
		{"without a name", mount("redis", "/data"), "unsafe: keep it in the volume a-data"},
		{"none", "  a:\n    image: postgres:16\n", "unsafe: keep it in the volume a-data"},
		{"none, of a version with another directory", "  a:\n    image: postgres:18\n", "unsafe: keep it in the volume a-data"},
		{"volume is there", "services:\n  a:\n    image: postgres:16\nvolumes:\n  a-data:\n", "no: the file has a volume a-data already, on line 5"},
		{"empty section", "services:\n  a:\n    image: postgres:16\nvolumes:\n", "no: volumes at the top level is no mapping to which one could be added"},
		{"variable", mount("postgres:16", "'${DIR:-./pg}:/var/lib/postgresql/data'"), "no: a variable says where it lies: give it the name of a volume, and name that below volumes"},
		{"variable in a path", mount("postgres:16", "'${DIR:-/srv}/pg:/var/lib/postgresql/data'"), "no: a variable says in which directory it lies: write the name of a volume in its place, and name that below volumes"},
		{"shared with another service", mount("postgres:16", "./pg:/var/lib/postgresql/data") + "  backup:\n    image: b\n    volumes: ['./pg/:/from:ro']\n", "no: backup mounts the directory too: both need the volume"},
		{"propagation", mount("postgres:16", "./pg:/var/lib/postgresql/data:rslave"), "no: its options are those of a directory alone"},
		{"settings of a bind mount", "  a:\n    image: postgres:16\n    volumes:\n      - type: bind\n        source: ./pg\n        target: /var/lib/postgresql/data\n        bind:\n          create_host_path: true\n", "no: it has settings of a bind mount, on line 8"},
		{"list of others", "x-v: &v ['./pg:/var/lib/postgresql/data']\nservices:\n  a:\n    image: postgres:16\n    volumes: *v\n", "no: the mount stands in a text that other services use"},
		{"cache without a volume", "  a:\n    image: redis\n", ""},
		{"parent is mounted", mount("postgres:16", "pg:/var/lib/postgresql"), ""},
		{"part is mounted", mount("wordpress:6", "./content:/var/www/html/wp-content"), ""},
		{"elsewhere", "  a:\n    image: elasticsearch:8.15.0\n    environment:\n      path.data: /es\n    command: -Epath.data=/es\n", ""},
		{"gateway", "  a:\n    image: minio/minio\n    command: gateway nas /x\n", ""},
		{"in memory", mount("postgres:16", "{type: tmpfs, target: /var/lib/postgresql/data}"), ""},
		{"file", mount("postgres:16", "./a.sql:/docker-entrypoint-initdb.d/a.sql, pg:/var/lib/postgresql/data"), ""},
	})
}

func TestLocalhostDecisions(t *testing.T) {
	file := func(variable string) string {
		return "  a:\n    build: .\n    ports: ['8000:80']\n    environment:\n      " + variable + "\n" +
			"  db:\n    image: postgres:16\n    ports: ['5433:5432']\n  api:\n    build: .\n    ports: ['3000:8080']\n  redis:\n    image: redis\n"
	}
	decide(t, Localhost, setting{}, []decision{
		{"published", file("URL: postgres://u:p@localhost:5433/d"), "unsafe: call it db:5432"},
		{"port of the image", file("URL: postgres://u:p@127.0.0.1:5432/d"), "unsafe: call it db:5432"},
		{"JDBC", file("URL: jdbc:postgresql://localhost:5433/d"), "unsafe: call it db:5432"},
		{"host and port", file("CACHE: localhost:6379"), "unsafe: call it redis:6379"},
		{"HTTP", file("API: http://localhost:3000/v1"), "no: for a browser it is right as it is; for a itself it would be api:8080"},
		{"HTTP on the inside", file("INTERNAL_API: http://localhost:3000/v1"), "unsafe: call it api:8080"},
		{"escapes", file(`URL: "postgres://u:\x70@localhost:5433/d"`), "no: the value is written with escapes or over several lines"},
		{"pair", "  a:\n    build: .\n    environment: [DB_HOST=localhost, DB_PORT=5433]\n  db:\n    image: postgres:16\n    ports: ['5433:5432']\n", "unsafe: call it db, at 5432"},
		{"pair with a variable", "  a:\n    build: .\n    environment: ['DB_HOST=localhost', 'DB_PORT=${P:-5433}']\n  db:\n    image: postgres:16\n    ports: ['${P:-5433}:5432']\n", "unsafe: call it db"},
		{"host by its name", file("REDIS_HOST: localhost"), "unsafe: call it redis"},
		{"anchor", "x-e: &e\n  URL: redis://localhost:6379\nservices:\n  a:\n    build: .\n    environment:\n      <<: *e\n  redis:\n    image: redis\n", "no: the variable stands in a text that other services use"},
		{"own port", file("URL: http://localhost:80"), ""},
		{"own published port", file("URL: http://localhost:8000"), ""},
		{"nobody's port", file("URL: http://localhost:9999"), ""},
		{"origin", file("CORS_ORIGIN: http://localhost:3000"), ""},
		{"built into pages", file("VITE_API: http://localhost:3000"), ""},
		{"listens", file("LISTEN: 127.0.0.1:6379"), ""},
		{"longer number", file("URL: redis://localhost:63790"), ""},
		{"two that listen on it", "  a:\n    build: .\n    environment:\n      URL: redis://localhost:6379\n  r1:\n    image: redis\n  r2:\n    image: redis\n", ""},
	})
}

func TestLinkDecisions(t *testing.T) {
	decide(t, Links, setting{}, []decision{
		{"same name twice", "  a:\n    image: x\n    links: ['b:b']\n    depends_on: [b]\n  b:\n    image: y\n", "safe: leave the links out"},
		{"condition", "  a:\n    image: x\n    links: [b]\n    depends_on:\n      b:\n        condition: service_healthy\n  b:\n    image: y\n", "safe: leave the links out"},
		{"own networks", "  a:\n    image: x\n    links: [b]\n    networks: [n]\n    depends_on: [b]\n  b:\n    image: y\n    networks: {n: {}}\n", "safe: leave the links out"},
		{"nothing waits", "  a:\n    image: x\n    links: [b]\n  b:\n    image: y\n", "unsafe: say depends_on instead"},
		{"nothing waits, with names", "  a:\n    image: x\n    links: ['b:b']\n  b:\n    image: y\n", "no: it also starts b first: add that to depends_on and leave the links out"},
		{"another name", "  a:\n    image: x\n    links: ['b:db']\n  b:\n    image: y\n", ""},
		{"service of another file", "  a:\n    image: x\n    links: [b]\n", ""},
		{"extends", "  a:\n    image: x\n    links: [b]\n  b:\n    extends: c\n  c:\n    image: y\n", ""},
		{"extended", "  a:\n    image: x\n    links: [b]\n    depends_on: [b]\n  b:\n    image: y\n  c:\n    extends: a\n", "no: the service c extends it"},
	})
}

func TestScaleDecisions(t *testing.T) {
	decide(t, ContainerNameScale, setting{}, []decision{
		{"replicas win", "  a:\n    image: x\n    container_name: a\n    scale: 1\n    deploy:\n      replicas: 2\n", "safe: let Compose name them"},
		{"own name", "  web:\n    image: x\n    container_name: web\n    scale: 2\n", "safe: let Compose name them"},
		{"used elsewhere", "  a:\n    image: x\n    container_name: shop\n    scale: 2\n  b:\n    image: y\n    command: ping shop\n", "unsafe: let Compose name them"},
		{"in a comment", "  # the proxy asks shop\n  a:\n    image: x\n    container_name: shop\n    scale: 2\n", "unsafe: let Compose name them"},
		{"variable", "  a:\n    image: x\n    container_name: n\n    scale: ${N:-2}\n", ""},
		{"swarm", "  a:\n    image: x\n    container_name: n\n    deploy:\n      replicas: 2\n      placement: {}\n", ""},
	})
}

func TestRightsDecisions(t *testing.T) {
	const does = "no: do without it if you can; else put a proxy such as tecnativa/docker-socket-proxy between that lets through only the requests it makes"
	reads := func(what string) string {
		return "no: it only reads: put a proxy such as tecnativa/docker-socket-proxy with " + what + " on a network of the two, and give it tcp://NAME:2375 in place of the socket"
	}
	socket := func(image string) string {
		return "  a:\n    image: " + image + "\n    volumes: ['/var/run/docker.sock:/tmp/docker.sock:ro']\n"
	}
	decide(t, DockerSocket, setting{}, []decision{
		{"reader", socket("nginxproxy/nginx-proxy:1.7"), reads("CONTAINERS=1")},
		{"reader of networks", socket("grafana/promtail:3.3.0"), reads("CONTAINERS=1 and NETWORKS=1")},
		{"companion that runs commands in a reader", socket("jrcs/letsencrypt-nginx-proxy-companion"), does},
		{"generator that may send signals", socket("nginxproxy/docker-gen"), does},
		{"proxy of websites", socket("lucaslorentz/caddy-docker-proxy:2.9"), does},
		{"pipe of Windows", "  a:\n    image: x/traefik-windows\n    volumes:\n      - type: npipe\n        source: \\\\.\\pipe\\docker_engine\n        target: \\\\.\\pipe\\docker_engine\n", "no: do without it if you can: the proxies that let through only some requests are for the socket of Linux"},
	})
	privileged := func(image string) string { return "  a:\n    image: " + image + "\n    privileged: true\n" }
	decide(t, Privileged, setting{}, []decision{
		{"needs it", privileged("rancher/rancher"), "no: Rancher needs it since 2.5 where it runs outside of a cluster, as it then starts one in the container"},
		{"its agent", privileged("rancher/rancher-agent"), "no: find what it needs, and give it that with cap_add or devices"},
		{"tunnel", privileged("acme/openconnect"), "no: cap_add: [NET_ADMIN] and devices: [/dev/net/tun] are enough"},
	})
}

func TestDevDecisions(t *testing.T) {
	const found = "no: keep it in compose.override.yaml, which production leaves out"
	command := func(text string) string { return "  a:\n    image: x\n    command: " + text + "\n" }
	decide(t, DevInProduction, setting{file: "docker-compose.prod.yml"}, []decision{
		{"uvicorn", command("uvicorn app:app --reload"), found},
		{"Flask", command("flask --app main run --debug"), found},
		{"Vite", command("npx vite --host"), found},
		{"Next", command("[npx, next, dev]"), found},
		{"Laravel", command("php artisan serve --host=0.0.0.0"), found},
		{"part of a service", "  a:\n    command: npm run dev\n", found},
		{"debug", "  a:\n    image: x\n    environment: [APP_DEBUG=true]\n", found},
		{"Vite builds", command("vite build"), ""},
		{"Vite preview", command("vite preview"), ""},
		{"reload of nginx", command("nginx -s reload"), ""},
		{"production", "  a:\n    image: x\n    environment: [NODE_ENV=production, APP_DEBUG=false]\n", ""},
		{"settings", "  a:\n    build: .\n    volumes: ['./etc/a.conf:/etc/a.conf:ro']\n", ""},
	})
	const mounted = "  a:\n    build: .\n    volumes: ['.:/work']\n"
	decide(t, DevInProduction, setting{builds: map[string]string{"a": "FROM x\nRUN apt-get install -y y\n"}}, []decision{{"image without files of the context", mounted, ""}})
	decide(t, DevInProduction, setting{builds: map[string]string{"a": "FROM x\nCOPY . /work\n"}}, []decision{{"image with files of the context", mounted, found}})
	decide(t, DevInProduction, setting{file: "compose.dev.yaml"}, []decision{{"for development", command("npm run dev"), ""}})
	decide(t, DevInProduction, setting{others: map[string]string{"compose.override.yaml": "  a:\n    image: y\n"}}, []decision{{"beside an override", command("npm run dev"), ""}})
	decide(t, DevInProduction, setting{}, []decision{{"alone", command("npm run dev"), found}})
	for name, says := range map[string]string{
		"dev/compose.yaml": "", "examples/web/compose.yaml": "", "tests/docker-compose.yml": "", "../dev-env/compose.yaml": "", "/home/me/shop/development/compose.yaml": "",
		"devices/compose.yaml": found, "/home/me/dev/shop/compose.yaml": found, "dev/compose.prod.yaml": found,
	} {
		decide(t, DevInProduction, setting{file: name}, []decision{{name, command("npm run dev"), says}})
	}
}

// The reasons tell of those who may be cut off.
func TestReasonsOfNamesAndPorts(t *testing.T) {
	const mongo = "  db:\n    image: mongo:7\n    ports: ['27018:27017']\n  api:\n    build: .\n    depends_on: [db]\n"
	const away = "whoever uses it from another machine could no longer"
	for _, c := range []struct {
		name, text string
		rule       *fix.Rule
		says       string
	}{
		{"network of the host", mongo + "    network_mode: host\n", ExposedPort, "api is on the network of the machine, where it reaches db at its published port alone; " + away},
		{"localhost", mongo + "    environment:\n      URL: mongodb://localhost:27018/shop\n", ExposedPort, "api looks for localhost:27018, where db may be meant; " + away},
		{"gateway", mongo + "    environment: [DB_HOST=host.docker.internal]\n", ExposedPort, "api looks for servers at host.docker.internal, which is not 127.0.0.1 on Linux; " + away},
		{"the gateway in a list of hosts", mongo + "    extra_hosts: ['host.docker.internal:host-gateway']\n", ExposedPort, "api looks for servers at host.docker.internal, which is not 127.0.0.1 on Linux; " + away},
		{"another network", mongo + "    networks: [other]\n", ExposedPort, away},
		{"name in a comment", "  # shop\n  a:\n    image: x\n    container_name: shop\n    scale: 2\n", ContainerNameScale, "who reaches it by this name in other files is not known"},
		{"name of an image and a volume", "services:\n  a:\n    image: redis:7\n    container_name: redis\n    scale: 2\n    volumes: ['redis:/data']\n    ports: ['${redis:-6379}:6379']\n  b:\n    image: redis:7\n    networks: [redis]\nname: redis\nvolumes:\n  redis:\nnetworks:\n  redis:\n", ContainerNameScale, "who reaches it by this name in other files is not known"},
		{"name in its own value", "  a:\n    image: x\n    container_name: shop\n    scale: 2\n    environment: [ADVERTISE=shop:9092]\n", ContainerNameScale, "something else in the file uses the name, which would lead nowhere"},
		{"name in a value", "  a:\n    image: x\n    container_name: shop\n    scale: 2\n  b:\n    image: y\n    command: ping shop\n", ContainerNameScale, "b uses the name, which would lead nowhere"},
		{"name outside of services", "services:\n  a:\n    image: x\n    container_name: shop\n    scale: 2\nx-proxy: http://shop/\n", ContainerNameScale, "something else in the file uses the name, which would lead nowhere"},
	} {
		r := fix.Run(context.Background(), parsed(t, "compose.prod.yaml", c.text), fix.Options{Rules: []*fix.Rule{c.rule}})
		if len(r.Findings) != 1 || r.Findings[0].Reason != c.says || r.Findings[0].Fix == nil || strings.HasPrefix(r.Findings[0].Fix.Title, "leave") {
			t.Errorf("%s: %s: %s", c.name, decided(r), r.Findings[0].Reason)
		}
	}
}
