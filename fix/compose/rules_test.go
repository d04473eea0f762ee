package compose

import (
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/ruletest"
	"github.com/dockfix/dockfix/source"
)

// row is what one rule makes of one text, as ruletest.Check takes it.
type row struct {
	name  string
	rule  *fix.Rule
	text  string
	after string // "" where nothing changes
	says  string // of each finding: the title of the fix made, the reason why there is none, or silenced
}

func (c row) test(t *testing.T) {
	t.Helper()
	ruletest.Check(t, c.name, c.rule, c.text, c.after, c.says)
}

const web = "services:\n  web:\n    image: a\n"

func TestVersionCases(t *testing.T) {
	const silence = "a comment that asks for silence here would silence the entry after it"
	for _, c := range []row{
		{"no value", Version, "version:\n" + web, web, "remove the line"},
		{"several documents", Version, "version: '3'\n" + web + "---\n" + web, "", "the file holds 2 YAML documents, which Compose merges into one"},
		{"key twice", Version, "version: '3'\n" + web + "version: '3'\n", "", `the key "version" is defined twice, on lines 1 and 5`},
		{"v1", Version, "version: '3'\nweb:\n  image: a\n", "", `Compose v1 file: the service "web" on line 2 stands at the top level, not under services`},
		{"not a mapping", Version, "- version: '3'\n", "", ""},
		{"below the top", Version, "services:\n  version:\n    image: a\n", "", ""},

		{"silence above", Version, "# dockfix ignore=unquoted-port\nversion: '3'\n" + web, "", silence},
		{"silence on the line", Version, "version: '3' # dockfix ignore=unquoted-port\n" + web, "", silence},
		{"silence of itself", Version, "version: '3' # dockfix ignore=compose-version\n" + web, "", "silenced"},
		{"silence below", Version, "version: '3'\n# dockfix ignore=unquoted-port\n" + web, "# dockfix ignore=unquoted-port\n" + web, "remove the line"},
	} {
		c.test(t)
	}
}

// The message does not end in a blank where the key has no value.
func TestVersionMessage(t *testing.T) {
	doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte("version:\n"+web))
	if err != nil {
		t.Fatal(err)
	}
	found := fix.Check(doc, []*fix.Rule{Version, UnquotedPort}, &fix.Facts{})
	if len(found) != 1 || found[0].Message != "version: is obsolete, Compose ignores it" {
		t.Errorf("findings %+v", found)
	}
}

// Where a script may need the key, the fix is unsafe; where the file cannot be edited, that comes first.
func TestVersionThatAScriptNeeds(t *testing.T) {
	for _, c := range []struct{ name, text, reason string }{
		{"script", "version: '3'\n" + web, "run.sh:1 runs docker-compose, which may need the key"},
		{"script and v1", "version: '3'\nweb:\n  image: a\n", `Compose v1 file: the service "web" on line 2 stands at the top level, not under services`},
	} {
		doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		found := fix.Check(doc, []*fix.Rule{Version, UnquotedPort}, &fix.Facts{LegacyCompose: "run.sh:1 runs docker-compose"})
		if len(found) != 1 || found[0].Reason != c.reason || found[0].Fix != nil && found[0].Fix.Safety != fix.Unsafe {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}

func TestPortCases(t *testing.T) {
	ports := func(list string) string { return web + "    ports: [" + list + "]\n" }
	const held = "it has quotes, backslashes or several lines"
	for _, c := range []row{
		{"several documents", UnquotedPort, ports("80:80") + "---\n" + web, "", "the file holds 2 YAML documents, which Compose merges into one"},
		{"key twice", UnquotedPort, ports("80:80") + "    image: b\n", "", `the key "image" is defined twice, on lines 3 and 5`},
		{"v1", UnquotedPort, "web:\n  image: a\n  ports: [80:80]\n", "", ""},
		{"long form", UnquotedPort, ports("{target: 80, published: 80, host_ip: '::1'}"), "", ""},
		{"long form with a colon", UnquotedPort, ports("{target: 80, host_ip: 127:1}"), "", ""},
		{"port alone", UnquotedPort, ports("80, 81-82"), "", ""},
		{"quote inside", UnquotedPort, ports("80:8'1"), "", held},
		{"double quote inside", UnquotedPort, ports("80:8\"1"), "", held},
		{"backslash", UnquotedPort, ports(`80:8\1`), "", held},
		{"across lines", UnquotedPort, web + "    ports:\n      - 80:80\n\n        81\n", "", held},
		{"variable", UnquotedPort, web + "    ports:\n      - ${P:-80}:80\n", web + "    ports:\n      - \"${P:-80}:80\"\n", `write "${P:-80}:80"`},
		{"alias", UnquotedPort, ports("&p 80:80") + "  b:\n    image: b\n    ports: [*p]\n", ports(`&p "80:80"`) + "  b:\n    image: b\n    ports: [*p]\n", `write "80:80"`},
		{"alias of the list", UnquotedPort, web + "    ports: &p [80:80]\n  b:\n    image: b\n    ports: *p\n", web + "    ports: &p [\"80:80\"]\n  b:\n    image: b\n    ports: *p\n", `write "80:80"`},
		{"no other quotes", UnquotedPort, ports("80:80"), ports(`"80:80"`), `write "80:80"`},
		{"as many of both quotes", UnquotedPort, ports(`'1:1', "2:2", 80:80`), ports(`'1:1', "2:2", "80:80"`), `write "80:80"`},
		{"more single quotes", UnquotedPort, ports(`'1:1', "2:2", '3:3', 80:80`), ports(`'1:1', "2:2", '3:3', '80:80'`), `write '80:80'`},
		{"quotes of a later service", UnquotedPort, ports("80:80") + "  b:\n    image: b\n    ports: ['1:1']\n", ports("'80:80'") + "  b:\n    image: b\n    ports: ['1:1']\n", `write '80:80'`},

		{"silence on the line", UnquotedPort, web + "    ports:\n      - 80:80 # dockfix ignore=unquoted-port\n      - 81:81\n", web + "    ports:\n      - 80:80 # dockfix ignore=unquoted-port\n      - \"81:81\"\n", `silenced; write "81:81"`},
		{"silence behind the list", UnquotedPort, web + "    ports: [\n      80:80,\n      81:81\n    ] # dockfix ignore=unquoted-port\n", "", "silenced; silenced"},
	} {
		c.test(t)
	}
}

func TestPortMessages(t *testing.T) {
	for _, c := range []struct{ port, message string }{
		{"22:22", "port 22:22 is not quoted: YAML 1.1 reads the number 1342"},
		{"1_0:2:3", "port 1_0:2:3 is not quoted: YAML 1.1 reads the number 36123"},
		{"22:60", "port 22:60 is not quoted"},
		{"0:22", "port 0:22 is not quoted"},
		{"22:22/udp", "port 22:22/udp is not quoted"},
	} {
		doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(web+"    ports:\n      - "+c.port+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if found := fix.Check(doc, []*fix.Rule{UnquotedPort}, &fix.Facts{}); len(found) != 1 || found[0].Message != c.message {
			t.Errorf("%s: %d findings, %+v", c.port, len(found), found)
		}
	}
}
