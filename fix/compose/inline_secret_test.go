package compose

import (
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// secretCase is one file and what is decided about each of its secrets, joined by "; ": the variable that it becomes, with a ?
// before the reason where that is held back, or the reason alone behind a !.
type secretCase struct {
	name, text string
	env        string // the .env, where there is one
	facts      func(*fix.Facts)
	want       string
}

// service is a Compose file with one service and these settings of it.
func service(name string, lines ...string) string {
	return "services:\n  " + name + ":\n    image: x:1\n    " + strings.Join(lines, "\n    ") + "\n"
}

func env(entry ...string) string {
	return service("web", append([]string{"environment:"}, indent(entry)...)...)
}

func indent(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, "  "+l)
	}
	return out
}

func TestSecretDecisions(t *testing.T) {
	for _, c := range []secretCase{
		// What is one.
		{name: "map", text: env("APP_PASSWORD: a1b2"), want: "APP_PASSWORD"},
		{name: "list", text: env("- APP_PASSWORD=a1b2"), want: "APP_PASSWORD"},
		{name: "camel case", text: env("spring.datasource.password: a1b2"), want: "SPRING_DATASOURCE_PASSWORD"},
		{name: "number", text: env("APP_PASSWORD: 123456"), want: "APP_PASSWORD"},
		{name: "short number", text: env("APP_PASSWORD: 12")},
		{name: "number of a token", text: env("APP_TOKEN: 123456")},
		{name: "switch", text: env("APP_PASSWORD: 'yes'", "APP_SECRET: none", "APP_TOKEN: \"\"")},
		{name: "path", text: env("APP_SECRET: /run/secrets/app", "APP_TOKEN: ./token.txt")},
		{name: "about a secret", text: env("PASSWORD_RESET_URL: abc", "TOKEN_TTL: abc", "SECRET_NAME: abc", "APP_KEY_ID: abc")},
		{name: "passed through", text: env("APP_PASSWORD:") + "  b: {image: a, environment: [APP_TOKEN]}\n"},
		{name: "reference", text: env("APP_PASSWORD: $X", "APP_TOKEN: ${Y}", "APP_SECRET: ${Z:?set it}", "API_KEY: ${A}-${B}")},
		{name: "default without a secret", text: env("APP_PASSWORD: ${X:-}", "APP_TOKEN: ${Y:-none}", "APP_SECRET: ${Z:-${Y}}")},
		{name: "form", text: env("ANYTHING: ghp_0123456789abcdefghijklmnopqrstuvwxyz"), want: "ANYTHING"},
		{name: "address", text: env("DATABASE_URL: postgres://u:pw@h/db"), want: "DATABASE_PASSWORD"},
		{name: "address without a user", text: env("REDIS_URL: redis://:pw@h:6379/0"), want: "REDIS_PASSWORD"},
		{name: "address with a variable", text: env("DATABASE_URL: postgres://u:${PW}@h/db", "B_URL: postgres://u:${PW:-${X}}@h/db")},
		{name: "address with the user a variable", text: env("DATABASE_URL: postgres://${U:-me}:pw@h/db"), want: "DATABASE_PASSWORD"},
		{name: "two addresses", text: env("MQ: amqp://u:pw@h1,amqp://u:qw@h2"), want: "MQ_PASSWORD; WEB_MQ_PASSWORD"},
		{name: "connection string", text: env("ConnectionStrings__Db: Server=db;User Id=sa;Password=pw1;"), want: "CONNECTION_STRINGS_DB_PASSWORD"},
		{name: "user and password", text: env("NEO4J_AUTH: neo4j/pw1", "B: a/b"), want: "NEO4J_AUTH_PASSWORD"},
		{name: "no user and password", text: env("NEO4J_AUTH: none")},
		{name: "build argument", text: service("web", "build:", "  context: .", "  args:", "    NPM_AUTH_TOKEN: abc"), want: "NPM_AUTH_TOKEN"},
		{name: "flag", text: service("web", "command: serve --port 80 --admin-password pw1 --token-ttl 5"), want: "WEB_PASSWORD"},
		{name: "flag in a list", text: service("web", "command: [serve, --api-key, abc1, '--password=pw1', --verbose]"), want: "WEB_API_KEY; WEB_PASSWORD"},
		{name: "flag with a shell variable", text: service("web", "command: serve --password $$PW --token ${T}")},
		{name: "flag of a file", text: service("web", "command: serve --password-file /x --password /run/secrets/x --secret @f --token -v")},
		{name: "health check", text: service("web", "healthcheck:", "  test: mysqladmin ping -h localhost -pabc1"), want: "WEB_PASSWORD"},
		{name: "health check in a list", text: service("web", "healthcheck:", "  test: [CMD, redis-cli, -a, abc1, ping]"), want: "WEB_PASSWORD"},
		{name: "escaped", text: env("APP_PASSWORD: a$$b"), want: "APP_PASSWORD"},
		{name: "dollar before no name", text: env("APP_PASSWORD: a$5"), want: "APP_PASSWORD"},

		// What is pointed out.
		{name: "stand-in", text: env("APP_PASSWORD: changeme", "APP_TOKEN: <your token>", "API_SECRET: your-secret-here"),
			want: "!whoever runs the file; !whoever runs the file; !whoever runs the file"},
		{name: "mixed", text: env("APP_PASSWORD: pa${X}ss"), want: "!it is put together from variables"},
		{name: "variables in JSON", text: env(`APP_SECRETS: '{"a":"${X:-}","b-2": "${Y}"}'`)},
		{name: "a secret in JSON beside a variable", text: env(`APP_SECRETS: '{"a":"${X}","b":"pw1"}'`), want: "!it is put together from variables"},
		{name: "a default in JSON", text: env(`APP_SECRETS: '{"a":"${X:-pw1}"}'`), want: "!it is put together from variables"},
		{name: "default", text: env("APP_PASSWORD: ${X:-pw1}"), want: "X?who runs the file without setting X"},
		{name: "default that the .env replaces", text: env("APP_PASSWORD: ${X:-pw1}"), env: "X=other\n", want: "X?who runs the file"},
		{name: "default of a variable that is passed on", text: env("- APP_PASSWORD=${X:-pw1}", "- X"), want: "!the variable X is read elsewhere"},
		{name: "default of a variable of another file", text: env("APP_PASSWORD: ${X:-pw1}"), facts: other("b.yaml", "services: {a: {image: '${X:-b}'}}"), want: "!the variable X is read elsewhere"},

		// What it is called.
		{name: "bare name", text: env("PASSWORD: pw1", "API_KEY: abc1"), want: "WEB_PASSWORD; WEB_API_KEY"},
		{name: "of the shell", text: env("GITHUB_TOKEN: abc1", "COMPOSE_SECRET: abc2"), want: "WEB_GITHUB_TOKEN; WEB_COMPOSE_SECRET"},
		{name: "two values", text: env("A_PASSWORD: pw1") + "  b:\n    image: x\n    environment: [A_PASSWORD=pw2]\n", want: "WEB_A_PASSWORD; B_A_PASSWORD"},
		{name: "another value in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {environment: {A_PASSWORD: pw2}}}"), want: "WEB_A_PASSWORD"},
		{name: "from a variable in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {environment: {A_PASSWORD: '${PROD_PASSWORD}'}}}"), want: "A_PASSWORD?b.yaml takes A_PASSWORD of web from elsewhere"},
		{name: "asked for in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {environment: {A_PASSWORD: '${PROD_PASSWORD:?set it}'}}}"), want: "A_PASSWORD"},
		{name: "passed on in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {environment: [A_PASSWORD]}}"), want: "WEB_A_PASSWORD?b.yaml takes A_PASSWORD of web from elsewhere"},
		{name: "of another service in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {b: {environment: {A_PASSWORD: '${X}'}}}"), want: "A_PASSWORD"},
		{name: "argument from a variable in another file", text: "services:\n  web:\n    build:\n      context: .\n      args: {A_PASSWORD: pw1}\n", facts: other("b.yaml", "services: {web: {build: {context: ., args: {A_PASSWORD: '${X}'}}}}"), want: "A_PASSWORD?b.yaml takes A_PASSWORD of web from elsewhere"},
		{name: "read in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {environment: {X: '${A_PASSWORD:-}'}}}"), want: "WEB_A_PASSWORD"},
		{name: "passed on to another service", text: env("A_PASSWORD: pw1") + "  b:\n    image: x\n    environment: [A_PASSWORD]\n", want: "WEB_A_PASSWORD"},
		{name: "there already", text: env("A_PASSWORD: pw1"), env: "A_PASSWORD=\"pw1\"\n", want: "A_PASSWORD"},
		{name: "there with another value", text: env("A_PASSWORD: pw1"), env: "A_PASSWORD=pw2\n", want: "WEB_A_PASSWORD"},
		{name: "both are there with another value", text: env("A_PASSWORD: pw1"), env: "A_PASSWORD=pw2\nWEB_A_PASSWORD=$X\n", want: "WEB_A_PASSWORD_2"},
		{name: "server and client", text: serverAndClient("pw1", "pw1"), want: "POSTGRES_PASSWORD; DB_PASS; POSTGRES_PASSWORD"},
		{name: "client that names the server", text: strings.Replace(serverAndClient("pw1", "pw1"), "DB_PASS:", "DB_HOST: db:5432\n      DB_PASS:", 1), want: "POSTGRES_PASSWORD; POSTGRES_PASSWORD; POSTGRES_PASSWORD"},
		{name: "client of another server", text: strings.Replace(serverAndClient("pw1", "pw1"), "DB_PASS:", "DB_HOST: example.org\n      DB_PASS:", 1), want: "POSTGRES_PASSWORD; DB_PASS; POSTGRES_PASSWORD"},
		{name: "the same password for something else", text: strings.NewReplacer("DB_PASS", "SMTP_PASS", "@db/", "@plane_rabbitmq_1/").Replace(serverAndClient("pw1", "pw1")), want: "DATABASE_PASSWORD; SMTP_PASS; POSTGRES_PASSWORD"},
		{name: "the same key", text: strings.Replace(serverAndClient("pw1", "pw1"), "DB_PASS", "POSTGRES_PASSWORD", 1), want: "POSTGRES_PASSWORD; POSTGRES_PASSWORD; POSTGRES_PASSWORD"},
		{name: "the container's name", text: strings.Replace(serverAndClient("pw1", "pw1"), "@db/", "@shop_db/", 1) + "    container_name: shop_db\n", want: "POSTGRES_PASSWORD; DB_PASS; POSTGRES_PASSWORD"},
		{name: "server of another file", text: "services:\n  db:\n    environment: {POSTGRES_PASSWORD: pw1}\n  web:\n    environment: {CONN: 'Server=db;Password=pw1;'}\n",
			facts: other("compose.yaml", "services: {db: {image: postgres}, web: {image: x}}"), want: "POSTGRES_PASSWORD; POSTGRES_PASSWORD"},
		{name: "another password", text: serverAndClient("pw1", "pw2"), want: "DATABASE_PASSWORD; DB_PASS; POSTGRES_PASSWORD"},
		{name: "two servers", text: "services:\n  a:\n    image: mysql\n    environment: {MYSQL_PASSWORD: pw1}\n  b:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: pw1}\n  c:\n    image: x\n    environment: {URL: 'x://u:pw1@b/', PASSWD: pw1}\n",
			want: "MYSQL_PASSWORD; POSTGRES_PASSWORD; POSTGRES_PASSWORD; C_PASSWD"},
		{name: "no password of another", text: "services:\n  a:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: abc1}\n  c:\n    image: x\n    environment: {JWT_SECRET: abc1}\n", want: "POSTGRES_PASSWORD; JWT_SECRET"},

		// Who reads the .env.
		{name: "env_file", text: env("A_PASSWORD: pw1") + "    env_file: .env\n", want: "!web gets all of .env by env_file"},
		{name: "env_file in a list", text: env("A_PASSWORD: pw1") + "    env_file: [a.env, {path: ./.env, required: false}]\n", want: "!web gets all of .env by env_file"},
		{name: "another env_file", text: env("A_PASSWORD: pw1") + "    env_file: [web.env, app/.env]\n", want: "A_PASSWORD"},
		{name: "env_file in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {web: {env_file: .env}}"), want: "!web in b.yaml gets all of .env by env_file"},
		{name: "tracked", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.DotEnv.Tracked = true }, want: "!git tracks .env, and would keep the secret: git rm --cached .env"},
		{name: "not known whether tracked", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.DotEnv.Unasked = true }, want: "A_PASSWORD?git does not tell"},
		{name: "standard input", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.DotEnv = fix.DotEnv{} }, want: "!a file from standard input"},
		{name: "broken .env", text: env("A_PASSWORD: pw1"), env: "A B=1\n", want: "!the .env cannot be read: .env:1"},
		{name: "stack", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.Project.Stack = "deploy.sh:3 runs docker stack deploy" }, want: "!deploy.sh:3 runs docker stack deploy, which reads no .env"},
		{name: "another .env", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.Project.EnvFile = "Makefile:3 gives Compose .env.prod" }, want: "A_PASSWORD?Makefile:3 gives Compose .env.prod in place of .env"},
		{name: "in CI", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.Project.CI = ".travis.yml:3 runs the file in CI" }, want: "A_PASSWORD?.travis.yml:3 runs the file in CI, where there is no .env: give it A_PASSWORD there first"},
		{name: "for a swarm", text: env("A_PASSWORD: pw1") + "    deploy: {placement: {constraints: [a]}}\n", want: "A_PASSWORD?web has deploy.placement"},
		{name: "for a swarm by its mode", text: env("A_PASSWORD: pw1") + "    deploy: {mode: replicated, replicas: 2}\n", want: "A_PASSWORD?web has deploy.mode, which is for Swarm, and docker stack deploy reads no .env"},
		{name: "for Compose, whatever is left of a swarm", text: env("A_PASSWORD: pw1") + "    deploy: {mode: replicated}\n    depends_on: {b: {condition: service_started}}\n  b:\n    image: x\n", want: "A_PASSWORD"},
		{name: "included from above", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) {
			other("../compose.yaml", "include: [app/compose.yaml]")(f)
			f.Project.Others[0].Includes = true
		}, want: "A_PASSWORD?../compose.yaml takes it over"},
		{name: "in a build context", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) {
			f.DotEnv.Contexts = []fix.DotEnvContext{{Service: "web", Path: ".env", Ignore: ".dockerignore"}}
		}, want: "A_PASSWORD"},
		{name: "in a build context that has it today", text: env("A_PASSWORD: pw1"), env: "B=1\n", facts: func(f *fix.Facts) {
			f.DotEnv.Contexts = []fix.DotEnvContext{{Service: "web", Path: ".env", Ignore: ".dockerignore"}}
		}, want: "A_PASSWORD?the build of web sees the .env"},
		{name: "taken into an image", text: env("A_PASSWORD: pw1"), facts: taken("*\n!.env\n"), want: "A_PASSWORD?.dockerignore takes the .env into the image of web"},
		{name: "taken into an image by a pattern", text: env("A_PASSWORD: pw1"), facts: taken(".env*\n!**/.env\n"), want: "A_PASSWORD?.dockerignore takes the .env into the image of web"},
		{name: "taken in and left out again", text: env("A_PASSWORD: pw1"), facts: taken("!.env\n.env\n"), want: "A_PASSWORD"},
		{name: "another is taken into an image", text: env("A_PASSWORD: pw1"), facts: taken(".env*\n!.env.example\n"), want: "A_PASSWORD"},
		{name: "read alike by Compose alone", text: env(`A_PASSWORD: "a'b$$c"`), want: "A_PASSWORD?docker-compose 1.x reads another value"},

		{name: "mounted", text: env("A_PASSWORD: pw1") + "    volumes: ['./.env:/app/.env:ro']\n", want: "A_PASSWORD?web mounts the .env, and may read this there too"},
		{name: "given as a config", text: env("A_PASSWORD: pw1") + "configs:\n  c: {file: ./.env}\n  d: {content: x}\n", want: "A_PASSWORD?a container gets the .env by configs"},
		{name: "its folder is mounted", text: env("A_PASSWORD: pw1") + "    volumes: ['./:/var/www/html']\n", want: "A_PASSWORD?web mounts the folder of the .env"},
		{name: "the folder above is mounted", text: env("A_PASSWORD: pw1") + "    volumes: [{type: bind, source: '${PWD}/..', target: /app}]\n", want: "A_PASSWORD?web mounts the folder of the .env"},
		{name: "its folder is mounted in another file", text: env("A_PASSWORD: pw1"), facts: other("b.yaml", "services: {b: {volumes: ['.:/app']}}"), want: "A_PASSWORD?b mounts the folder of the .env"},
		{name: "another folder is mounted", text: env("A_PASSWORD: pw1") + "    volumes: ['./src:/app', 'data:/data', '/:/host', ./.env.d:/x]\n", want: "A_PASSWORD"},
		{name: "cannot stand alone", text: "services:\n  web:\n    environment: {A_PASSWORD: pw1}\n", want: "A_PASSWORD?web has neither image nor build here"},
		{name: "cannot stand without another folder", text: "services:\n  web:\n    environment: {A_PASSWORD: pw1}\n", facts: other("../a.yaml", "services: {web: {image: x}}"), want: "A_PASSWORD?web has neither image nor build here"},
		{name: "stands with the file beside", text: "services:\n  web:\n    environment: {A_PASSWORD: pw1}\n", facts: other("a.yaml", "services: {web: {image: x}}"), want: "A_PASSWORD"},
		{name: "set in a script", text: env("A_PASSWORD: pw1"), env: "A_PASSWORD=pw1\n", facts: func(f *fix.Facts) { f.DotEnv.Assigned = map[string]string{"A_PASSWORD": "up.sh:1"} }, want: "WEB_A_PASSWORD"},
		{name: "read by a Makefile", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.DotEnv.ReadBy = "Makefile:1" }, want: "A_PASSWORD"},
		{name: "read by a Makefile as another value", text: env("A_PASSWORD: pw1 $$x"), facts: func(f *fix.Facts) { f.DotEnv.ReadBy = "Makefile:1" }, want: "A_PASSWORD?Makefile:1 reads the .env too"},
		{name: "a service of another folder reads it", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) { f.DotEnv.Readers = []string{"b in sub/compose.yaml"} }, want: "!b in sub/compose.yaml gets all of .env by env_file"},
		{name: "taken back in", text: env("A_PASSWORD: pw1"), facts: func(f *fix.Facts) {
			f.DotEnv.Gitignore, f.Files[".gitignore"] = ".gitignore", []byte(".env\n!.env*\n")
		}, want: "A_PASSWORD?.gitignore takes .env back in"},

		// Where the text stands.
		{name: "anchor", text: "x-env: &e\n  A_PASSWORD: pw1\nservices:\n  a:\n    image: x\n    environment: *e\n  b:\n    image: x\n    environment:\n      <<: *e\n", want: "A_PASSWORD"},
		{name: "two documents", text: env("A_PASSWORD: pw1") + "---\n" + env("B: c"), want: "!the file holds 2 YAML documents"},
		{name: "override tag", text: env("A_PASSWORD: !override pw1"), want: "!services.web.environment.A_PASSWORD carries the tag"},
		{name: "broken variable", text: env("A_PASSWORD: pw1", "B: ${}"), want: "!Compose cannot read the variable on line 6"},
		{name: "private key", text: env("A_PRIVATE_KEY: |", "  -----BEGIN PRIVATE KEY-----", "  abc", "  -----END PRIVATE KEY-----"), want: "A_PRIVATE_KEY"},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t) })
	}
}

func serverAndClient(server, client string) string {
	return "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgres://u:" + client + "@db/x\n      DB_PASS: " + client + "\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: " + server + "\n"
}

// taken puts an ignore file in force.
func taken(ignore string) func(*fix.Facts) {
	return func(f *fix.Facts) {
		f.DotEnv.Contexts = []fix.DotEnvContext{{Service: "web", Path: ".env", Ignore: ".dockerignore"}}
		f.Files[".dockerignore"] = []byte(ignore)
	}
}

// other puts another Compose file beside.
func other(name, text string) func(*fix.Facts) {
	return func(f *fix.Facts) {
		doc, err := source.Parse(name, source.ComposeKind, []byte(text))
		if err != nil {
			panic(err)
		}
		f.Project.Others = append(f.Project.Others, fix.ComposeFile{Doc: doc})
	}
}

func (c secretCase) test(t *testing.T) {
	t.Helper()
	doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(c.text))
	if err != nil {
		t.Fatal(err)
	}
	facts := &fix.Facts{Files: map[string][]byte{}, DotEnv: fix.DotEnv{Known: true}}
	if c.env != "" {
		facts.Files[".env"] = []byte(c.env)
	}
	if c.facts != nil {
		c.facts(facts)
	}
	found := fix.Check(doc, []*fix.Rule{InlineSecret}, facts)
	wants := strings.Split(c.want, "; ")
	if c.want == "" {
		wants = nil
	}
	if len(found) != len(wants) {
		t.Fatalf("%d findings, want %d: %s", len(found), len(wants), saidOf(found))
	}
	for i, want := range wants {
		if got := decisionOf(found[i]); !strings.HasPrefix(got, want) || !strings.ContainsAny(want, "?!") && got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		for _, secret := range []string{"pw1", "pw2", "abc1", "a1b2"} {
			if strings.Contains(found[i].Message+found[i].Reason, secret) {
				t.Errorf("the value is shown: %s: %s", found[i].Message, found[i].Reason)
			}
		}
	}
}

func decisionOf(f *fix.Finding) string {
	if f.Fix == nil {
		return "!" + f.Reason
	}
	name := strings.TrimPrefix(f.Fix.Title, "move it to .env as ")
	if f.Fix.Safety == fix.Unsafe {
		return name + "?" + f.Reason
	}
	return name
}

func saidOf(found []*fix.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, f.Message+" ("+decisionOf(f)+")")
	}
	return strings.Join(list, "; ")
}

// TestSecretFilesTable requires each line to name images, variables and a source, and to be read.
func TestSecretFilesTable(t *testing.T) {
	variables := 0
	for line := range strings.Lines(secretFilesTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if len(columns) != 5 || !strings.HasPrefix(columns[4], "https://") {
			t.Errorf("%q", line)
			continue
		}
		variables += len(strings.Fields(columns[2]))
	}
	if got := len(fileSupports()); got != variables || variables == 0 {
		t.Errorf("%d variables are read, %d stand there", got, variables)
	}
}

// TestSecretsToFiles tells which secrets go to files of their own. The wants are the lines of the new text that have "secret" in them.
func TestSecretsToFiles(t *testing.T) {
	const postgres = "services:\n  db:\n    image: docker.io/library/postgres:16\n    environment:\n      POSTGRES_PASSWORD: pw1\n"
	moved := []string{"POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "secrets:", "secrets:", "file: ./secrets/postgres_password.txt"}
	for _, c := range []struct {
		name, text string
		files      map[string]string
		want       []string
	}{
		{"known image", postgres, nil, moved},
		{"two of one service", strings.ReplaceAll(postgres, "docker.io/library/postgres:16", "mysql") + "      MYSQL_PASSWORD: pw2\n      MYSQL_ROOT_PASSWORD: pw3\n", nil,
			[]string{"MYSQL_PASSWORD_FILE: /run/secrets/mysql_password", "MYSQL_ROOT_PASSWORD_FILE: /run/secrets/mysql_root_password", "secrets:", "secrets:", "file: ./secrets/mysql_password.txt", "file: ./secrets/mysql_root_password.txt"}},
		{"secrets are there", postgres + "    secrets: \n      - a\nsecrets:\n  a:\n    file: ./a\n", nil, moved},
		{"an old image", strings.ReplaceAll(postgres, "postgres:16", "postgres:11-alpine"), nil, nil},
		{"an image from before the file was read as root", strings.NewReplacer("docker.io/library/postgres:16", "mysql:8.0.12", "POSTGRES_PASSWORD", "MYSQL_PASSWORD").Replace(postgres), nil, nil},
		{"the newest of a version", strings.ReplaceAll(postgres, "postgres:16", "postgres:13"), nil, moved},
		{"an image of no known version", strings.ReplaceAll(postgres, "postgres:16", "postgres:${PG:-16}"), nil, nil},
		{"a digest alone", strings.ReplaceAll(postgres, "postgres:16", "postgres@sha256:"+strings.Repeat("a", 64)), nil, nil},
		{"built on another", strings.ReplaceAll(postgres, "docker.io/library/postgres:16", "timescale/timescaledb:2.11.2-pg14"), nil, moved},
		{"built on an old one", strings.ReplaceAll(postgres, "docker.io/library/postgres:16", "timescale/timescaledb:1.7.5-pg11"), nil, nil},
		{"gives up root before it reads the file", strings.NewReplacer("docker.io/library/postgres:16", "mongo:7", "POSTGRES_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD").Replace(postgres), nil, nil},
		{"read by PHP", strings.NewReplacer("docker.io/library/postgres:16", "wordpress:6", "POSTGRES_PASSWORD", "WORDPRESS_DB_PASSWORD").Replace(postgres), nil, nil},
		{"env_file", postgres + "    env_file: db.env\n", nil, nil},
		{"another image", strings.ReplaceAll(postgres, "postgres:16", "other:16"), nil, nil},
		{"its own account", postgres + "    user: '999'\n", nil, nil},
		{"its own entrypoint", postgres + "    entrypoint: /x\n", nil, nil},
		{"built", postgres + "    build: .\n", nil, nil},
		{"named in the health check", postgres + "    healthcheck: {test: 'PGPASSWORD=$$POSTGRES_PASSWORD psql'}\n", nil, nil},
		{"shared text", strings.ReplaceAll(postgres, "environment:", "environment: &e") + "  b:\n    image: x\n    environment: *e\n", nil, nil},
		{"has the file already", postgres + "      POSTGRES_PASSWORD_FILE: /x\n", nil, nil},
		{"the file has another secret", postgres, map[string]string{"secrets/postgres_password.txt": "other"}, nil},
		{"the file has it", postgres, map[string]string{"secrets/postgres_password.txt": "pw1"}, moved},
		{"silenced", strings.ReplaceAll(postgres, "pw1", "pw1 # dockfix ignore=inline-secret"), nil, nil},
		{"a client has it too", postgres + "  web:\n    image: x\n    environment: ['URL=postgres://u:pw1@db/x']\n", nil,
			[]string{"POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "secrets:", "secrets:"}},
	} {
		doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(c.text))
		if err != nil {
			t.Fatal(c.name, err)
		}
		facts := &fix.Facts{Files: map[string][]byte{}, SecretFiles: true, DotEnv: fix.DotEnv{Known: true, Gitignore: ".gitignore"}}
		for name, text := range c.files {
			facts.Files[name] = []byte(text)
		}
		r := fix.Run(t.Context(), doc, fix.Options{Rules: []*fix.Rule{InlineSecret}, Facts: facts})
		var got []string
		for line := range strings.Lines(string(r.After)) {
			if strings.Contains(line, "secrets") && !strings.Contains(string(doc.Bytes), line) || strings.TrimSpace(line) == "secrets:" {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q\nwant %q\n%s", c.name, got, c.want, r.After)
		}
		if text, made := r.Files["secrets/postgres_password.txt"]; made && (string(text) != "pw1" || !r.Secret["secrets/postgres_password.txt"]) {
			t.Errorf("%s: the file has %q", c.name, text)
		}
	}
}

// TestSecretsSetElsewhere leaves out what another file of the project says something about: the container would have both variables.
func TestSecretsSetElsewhere(t *testing.T) {
	const postgres = "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: pw1\n"
	for text, want := range map[string]bool{
		"services: {db: {environment: [POSTGRES_PASSWORD=pw2]}}": false,
		"services: {db: {env_file: db.env}}":                     false,
		"services: {db: {user: '999'}}":                          false,
		"services: {db: {environment: [PGDATA=/x]}}":             true,
		"services: {web: {env_file: db.env}}":                    true,
	} {
		doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(postgres))
		if err != nil {
			t.Fatal(err)
		}
		facts := &fix.Facts{Files: map[string][]byte{}, SecretFiles: true, DotEnv: fix.DotEnv{Known: true}}
		other("b.yaml", text)(facts)
		found := fix.Check(doc, []*fix.Rule{InlineSecret}, facts)
		if got := len(found) == 1 && found[0].Fix != nil && strings.Contains(found[0].Fix.Title, "from a file"); got != want {
			t.Errorf("%s: %s", text, saidOf(found))
		}
	}
}

// TestSecretsOfHubTests leaves a file alone that Docker Hub runs.
func TestSecretsOfHubTests(t *testing.T) {
	for name, want := range map[string]fix.Safety{"docker-compose.test.yml": fix.Unsafe, "docker-compose.yml": fix.Safe} {
		doc, err := source.Parse(name, source.ComposeKind, []byte("services:\n  sut:\n    build: .\n    environment: {A_PASSWORD: pw1}\n"))
		if err != nil {
			t.Fatal(err)
		}
		found := fix.Check(doc, []*fix.Rule{InlineSecret}, &fix.Facts{Files: map[string][]byte{}, DotEnv: fix.DotEnv{Known: true}})
		if len(found) != 1 || found[0].Fix == nil || found[0].Fix.Safety != want {
			t.Errorf("%s: %s", name, saidOf(found))
		}
	}
}
