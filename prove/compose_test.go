package prove

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/dockfix/dockfix/source"
)

func loadYAML(t *testing.T, text string, env map[string]string) *Model {
	t.Helper()
	m, err := Load(t.Context(), Input{Kind: source.ComposeKind, Name: "compose.yaml", Text: []byte(text), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func composeChanges(t *testing.T, before, after string) []Change {
	t.Helper()
	m := loadYAML(t, before, nil)
	n, err := m.Reload(t.Context(), Input{Name: "compose.yaml", Text: []byte(after)})
	if err != nil {
		t.Fatalf("%v in\n%s", err, after)
	}
	return Diff(m, n)
}

// paths gives the paths of the changes of a Compose file.
func paths(cs []Change) string {
	var s []string
	for _, c := range cs {
		s = append(s, c.Path)
	}
	return strings.Join(s, ", ")
}

func TestComposeOneEdit(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"comment", "    restart:", "    # why\n    restart:", ""},
		{"version", "name: shop", "version: '3.8'\nname: shop", ""},
		{"quoted port", "- 9090:90", `- "9090:90"`, ""},
		{"environment as a map", "      - LOG=info\n      - TOKEN=${TOKEN:-none}", "      LOG: info\n      TOKEN: ${TOKEN:-none}", ""},
		{"environment as a list", "{A: b}", "[A=b]", ""},
		{"labels as a list", `traefik.enable: "true"`, `- traefik.enable=true`, ""},
		{"build arguments as a list", "MODE: release", "- MODE=release", ""},
		{"number as the container gets it", "RETRIES: 012", `RETRIES: "10"`, ""},
		{"number as text", "RETRIES: 012", `RETRIES: "012"`, "services.db.environment.RETRIES"},
		{"depends_on as a map", "depends_on: [db]", "depends_on: {db: {condition: service_started}}", ""},
		{"healthy", "depends_on: [db]", "depends_on: {db: {condition: service_healthy}}", "services.web.depends_on.db.condition"},
		{"depends_on gone", "    depends_on: [db]\n", "", "services.web.depends_on.db"},
		{"image", "postgres:16", "postgres:17", "services.db.image"},
		{"variable", "hunter2", "hunter3", "services.db.environment.POSTGRES_PASSWORD"},
		{"variable in a disabled service", "{A: b}", "{A: c}", "services.job.environment.A"},
		{"variable added", "LOG=info", "LOG=info\n      - B=c", "services.web.environment.B"},
		{"variable of a service without any", "    healthcheck:", "    labels: {B: c}\n    healthcheck:", "services.db.labels.B"},
		{"default of a variable", "TOKEN:-none", "TOKEN:-some", "services.web.environment.TOKEN"},
		{"published port", "8080:80", "127.0.0.1:8080:80", "services.web.ports[0].host_ip"},
		{"port added", "- 9090:90", "- 9090:90\n      - 7070:70", "services.web.ports[2]"},
		{"port removed", "      - \"8080:80\"\n", "", "services.web.ports[0]"},
		{"restart", "unless-stopped", "always", "services.web.restart"},
		{"restart removed", "    restart: unless-stopped\n", "", "services.web.restart"},
		{"health check", "interval: 10s", "interval: 10s\n      retries: 5", "services.db.healthcheck.retries"},
		{"health check added", "    restart:", "    healthcheck: {test: [CMD, a]}\n    restart:", "services.web.healthcheck"},
		{"volume", "  data:\nx-", "  data:\n  more:\nx-", "volumes.more"},
		{"extension", "x-owner: team", "x-owner: other", "x-owner"},
		{"extension added", "x-owner: team", "x-owner: team\nx-b: 1", "x-b"},
		{"service added", "  job:", "  new: {image: a}\n  job:", "services.new"},
		{"profile", "[tools]", "[tools, more]", "services.job.profiles[1]"},
		{"project name", "name: shop", "name: store", "name"},
		{"project name removed", "name: shop\n", "", "name"},
		{"document", "x-owner: team", "---\nservices: {db: {restart: always}}\nx-owner: team", "services.db.restart"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if strings.Count(composeBase, row.old) != 1 {
				t.Fatalf("%q is not in the base exactly once", row.old)
			}
			got := composeChanges(t, composeBase, strings.Replace(composeBase, row.old, row.new, 1))
			if paths(got) != row.want {
				t.Errorf("got  %s\nwant %s", paths(got), row.want)
			}
			for _, c := range got {
				if c.Stage != -1 || c.Step != 0 {
					t.Errorf("%+v has a stage or a step", c)
				}
			}
		})
	}
}

// A default of the whole file, as a rule that moves a literal to .env leaves it, is proven with the new .env.
func TestSecretMovedToEnv(t *testing.T) {
	m := loadYAML(t, composeBase, nil)
	moved := strings.Replace(composeBase, "hunter2", "${DB_PASSWORD:?set DB_PASSWORD in .env}", 1)
	n, err := m.Reload(t.Context(), Input{Name: "compose.yaml", Text: []byte(moved), Env: map[string]string{"DB_PASSWORD": "hunter2"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := Diff(m, n); len(got) > 0 {
		t.Error(paths(got))
	}
	n, err = m.Reload(t.Context(), Input{Name: "compose.yaml", Text: []byte(moved), Env: map[string]string{"DB_PASSWORD": "other"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(Diff(m, n)); got != "services.db.environment.POSTGRES_PASSWORD" {
		t.Errorf("another value: %s", got)
	}
	if _, err := m.Reload(t.Context(), Input{Name: "compose.yaml", Text: []byte(moved)}); err == nil {
		t.Error("a required variable without a value is accepted")
	}
}

func TestProcessEnvironmentIsNotUsed(t *testing.T) {
	t.Setenv("DOCKFIX_TEST_TAG", "from-the-process")
	const text = "services: {a: {image: 'b:x${DOCKFIX_TEST_TAG}', environment: [DOCKFIX_TEST_TAG]}}\n"
	m := loadYAML(t, text, nil)
	if s := textOf(m.compose.model); strings.Contains(s, "from-the-process") {
		t.Error(s)
	}
	m = loadYAML(t, text, map[string]string{"DOCKFIX_TEST_TAG": "given"})
	if s := textOf(m.compose.model); strings.Count(s, "given") != 2 {
		t.Error(s)
	}
}

// Nothing but the text is read: what a file refers to need not exist.
func TestComposeTouchesNoDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	m := loadYAML(t, "include: [absent.yaml]\nservices:\n  a:\n    image: b\n    env_file: absent.env\n    label_file: absent.labels\n    volumes: [./absent:/x, ~/y:/y]\n  c:\n    extends: {file: absent.yaml, service: d}\n    image: e\n", nil)
	if m.Relaxed() != "" {
		t.Errorf("relaxed: %s", m.Relaxed())
	}
	home, _ := os.UserHomeDir()
	if s := textOf(m.compose.model); home != "" && home != "/" && strings.Contains(s, home) {
		t.Errorf("the model has a path of this machine: %s", s)
	}
}

func TestComposeLadder(t *testing.T) {
	for _, row := range []struct{ text, relaxed, old, new, want string }{
		{"services: {a: {image: b}}", "", "b}", "c}", "services.a.image"},
		{"services: {a: {environment: {A: b}}}", "consistency checks off", "b}", "c}", "services.a.environment.A"},
		{"services: {a: {image: b, volumes: ['data:/x']}}", "consistency checks off", "/x", "/y", "services.a.volumes[0].target"},
		{"services: {a: {image: '${X:?need}'}}", "variables without a value given one", "'$", "'c$", "services.a.image"},
		{"services: {a: {image: '${X:?need}${Y:?need}'}}", "variables without a value given one", "${X:?need}${Y:?need}", "${Y}${X}", "services.a.image"},
		{"services: {a: {image: '${X:?need}', command: '${Y:-d}'}}", "variables without a value given one", "${Y:-d}", "d", ""},
		{"services: {a: {image: b, healthcheck: {test: [CMD, x], interval: $I, retries: $R}}}", "variables without a value given one", "b,", "c,", "services.a.image"},
		{"services: {a: {image: '${ X}'}}", "interpolation off", "X}", "Y}", "services.a.image"},
		{"services: {a: {image: b, unknown: '${X:-1}'}}", "schema validation off", "-1", "-2", "services.a.unknown"},
		{"version: '3'\nservices: {a: {image: b, unknown: 1}}", "schema validation off", "version: '3'\n", "", "version"},
		{"services: {a: {image: '${X:?y}', unknown: 1}}", "schema validation off, variables without a value given one", "1}", "2}", "services.a.unknown"},
		{"services: {a: {image: '${ X}', unknown: 1}}", "schema validation and interpolation off", "1}", "2}", "services.a.unknown"},
		{"a:\n  image: b\n", "schema validation off", "b", "c", "a.image"},
		{"services: {a: text, b: {image: c}}", "only the structure is read", "c}", "d}", "services.b.image"},
		{"services: {a: {image: b, ports: ['${P}']}}", "variables without a value given one", "b,", "c,", "services.a.image"},
	} {
		m := loadYAML(t, row.text, nil)
		if m.Relaxed() != row.relaxed {
			t.Errorf("%q: relaxed is %q, want %q", row.text, m.Relaxed(), row.relaxed)
		}
		if got := paths(composeChanges(t, row.text, strings.Replace(row.text, row.old, row.new, 1))); got != row.want {
			t.Errorf("%q: got %q, want %q", row.text, got, row.want)
		}
	}
}

// What the loader accepts, and what it says where it does not.
func TestComposeFacts(t *testing.T) {
	for _, row := range []struct{ service, want string }{
		{"ports: ['22:22', '3306:3306', 56:56]", ""},
		{"depends_on: {c: {condition: service_healthy}}", ""},
		{"depends_on: {c: }", "services.a.depends_on.c must be a mapping"},
		{"depends_on: [c, c]", "services.a.depends_on items at 0 and 1 are equal"},
		{"depends_on: [d]", `service "a" depends on undefined service "d": invalid compose project`},
		{"mem_limit: 512m, deploy: {resources: {limits: {memory: 256M}}}", "services.a: can't set distinct values on 'mem_limit' and 'deploy.resources.limits.memory': invalid compose project"},
		{"cpus: 0.5, deploy: {resources: {limits: {cpus: '0.25'}}}", "services.a: can't set distinct values on 'cpus' and 'deploy.resources.limits.cpus': invalid compose project"},
		{"restart: no", ""},
		{"restart: 'no', deploy: {restart_policy: {condition: any}}", ""},
		{"healthcheck: {interval: 10}", "services.a.healthcheck.interval must be a string"},
		{"healthcheck: {disable: true, test: [CMD, x]}", ""},
		{"volumes: ['data:/x']", `service "a" refers to undefined volume data: invalid compose project`},
		{"networks: [n]", `service "a" refers to undefined network n: invalid compose project`},
		{"environment: {K: .inf}", "json: unsupported value: +Inf"},
		{"environment: ['K : v']", ""},
	} {
		text := "services: {a: {image: b, " + row.service + "}, c: {image: d}}"
		_, err := reloadCompose(Input{Text: []byte(text)}, &composeModel{rung: ladder[0]})
		switch {
		case err == nil && row.want == "":
		case err == nil:
			t.Errorf("%s: accepted, want %s", row.service, row.want)
		case located("x", err).Message != row.want:
			t.Errorf("%s: got %q, want %q", row.service, located("x", err).Message, row.want)
		}
	}
	for text, want := range map[string]string{
		"a:\n  image: b\n":           "additional properties 'a' not allowed",
		"version: '3'\nservices: {}": "",
		"services:\n":                "services must be a mapping",
		"version: '2'\n":             "empty compose file",
	} {
		_, err := reloadCompose(Input{Text: []byte(text)}, &composeModel{rung: ladder[0]})
		if got := fmt.Sprint(err); !strings.Contains(got, want) || err == nil && want != "" {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// The original decides how strict the comparison is: a fix must not break what was valid.
func TestComposeReloadIsAsStrict(t *testing.T) {
	m := loadYAML(t, "services: {a: {image: b, mem_limit: 512m}}", nil)
	for _, text := range []string{
		"services: {a: {image: b, unknown: 1}}",
		"services: {a: {image: b, depends_on: [c]}}",
		"services: {a: {image: b, mem_limit: 512m, deploy: {resources: {limits: {memory: 256M}}}}}",
	} {
		if _, err := m.Reload(t.Context(), Input{Name: "compose.yaml", Text: []byte(text)}); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestBrokenCompose(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "compose.yaml: empty compose file",
		"services: {a: {image: b}}\n---\n- x\n": "compose.yaml: top-level object must be a mapping", // fine for yaml.v3
		"- a\n":                                 "compose.yaml: top-level object must be a mapping",
		"services:\n  a: *none\n":               "compose.yaml:2: unknown anchor referenced",
		"services:\n  a:\n    image: b\n    image: c\n":                        `compose.yaml:4: mapping key "image" already defined at line 3`,
		"services:\n  a: [\n":                                                  "compose.yaml:2: did not find expected node content",
		"services:\n\ta: b\n":                                                  "compose.yaml:2: found character that cannot start any token",
		"services: {a: {image: b, depends_on: [c, c]}}\n---\n- x\n":            "compose.yaml: services.a.depends_on items at 0 and 1 are equal",
		"services: {a: {image: b, environment: {K: 'pa${ss w0rd'}, ports: 5}}": "compose.yaml: invalid interpolation format for services.a.environment.K.",
	} {
		_, err := Load(t.Context(), Input{Kind: source.ComposeKind, Name: "compose.yaml", Text: []byte(text)})
		switch {
		case err == nil:
			t.Errorf("%q is accepted", text)
		case err.Error() != want:
			t.Errorf("%q\n got %s\nwant %s", text, err, want)
		case strings.Contains(err.Error(), "w0rd"):
			t.Error("the message quotes a value")
		}
	}
}

// compose-go warns through a logger that belongs to the whole process.
func TestWarningsAreNotPrinted(t *testing.T) {
	var printed bytes.Buffer
	old := logrus.StandardLogger().Out
	logrus.SetOutput(&printed)
	defer logrus.SetOutput(old)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := Load(t.Context(), Input{Kind: source.ComposeKind, Name: "c", Text: []byte("version: '3'\nservices: {a: {image: 'b$X', tty: 'yes'}}")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if printed.Len() > 0 {
		t.Errorf("printed %q", printed.String())
	}
	if logrus.StandardLogger().Out != io.Writer(&printed) {
		t.Error("the output of the logger was not given back")
	}
}
