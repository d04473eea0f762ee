package secret

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for names, want := range map[string]bool{
		"POSTGRES_PASSWORD PGPASSWORD MYSQL_PWD dbPass SMTP_PASSWD JWT_SECRET clientSecret API_KEY openai.api-key SECRET_KEY_BASE GITHUB_TOKEN AUTH_SALT SENTRY_DSN FERNET_KEY PASSWORD1 RAILS_MASTER_KEY AWS_SECRET_ACCESS_KEY AZURE_STORAGE_ACCESS_KEY AWS_ACCESS_KEY MINIO_ACCESS_KEY": true,
		"PWD POSTGRES_PASSWORD_FILE PASSWORD_MIN_LENGTH TOKEN_TTL KEY_PATH JWT_PUBLIC_KEY ALLOW_EMPTY_PASSWORD MAX_TOKENS RECAPTCHA_SITE_KEY COMPASS_MODE SECRET_NAME KEY KEYBOARD MONKEY PASSENGER PRIMARY_KEY SECRET_FORCED_LANGUAGE CREDENTIALS_SOURCE TOKENIZER":                      false,
	} {
		for _, name := range strings.Fields(names) {
			if Name(name) != want {
				t.Errorf("%s: %t", name, !want)
			}
		}
	}
	if Snake("springDatasource.pass-word") != "SPRING_DATASOURCE_PASS_WORD" || Password("API_KEY") || !Password("DB_PASS") {
		t.Error("names are read wrongly")
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        Kind
	}{
		{"A_PASSWORD", "hunter2", Literal}, {"A_PASSWORD", "password", Literal}, {"A_PASSWORD", "123456", Literal}, {"A_PASSWORD", "P@ss w0rd!", Literal}, {"A_TOKEN", "eyJhbGciOi", Literal},
		{"A_PASSWORD", "12", None}, {"A_TOKEN", "123456", None}, {"A_TOKEN", "30d", None}, {"A_SECRET", "/run/secrets/a", None}, {"A_KEY", "tls.key", None}, {"A_SECRET", "https://a/b", None},
		{"A_PASSWORD", "true", None}, {"A_PASSWORD", `"none"`, None}, {"A_PASSWORD", "", None}, {"A_TOKEN", "user_provided", None}, {"A_TOKEN", "0.0.0.0", None},
		{"A_PASSWORD", "changeme", StandIn}, {"A_PASSWORD", "change-me-please", StandIn}, {"A_TOKEN", "<token>", StandIn}, {"A_TOKEN", "xxxxxx", StandIn}, {"A_TOKEN", "your_api_key", StandIn}, {"A_TOKEN", "{{ token }}", StandIn},
		{"A_TOKEN", "replace_me", StandIn}, {"A_KEY", "ChooseStrongSecretKeyHere", StandIn}, {"A_KEY", "long-and-random-alphanumeric-string", StandIn}, {"A_PASSWORD", "mysecretpassword", Literal}, {"A_PASSWORD", "exchange1", Literal},
	} {
		if got := Value(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: %d, want %d", c.name, c.value, got, c.want)
		}
	}
	if !Form("ghp_0123456789abcdefghijklmnopqrstuvwxyz") || Form("risky-0123456789") {
		t.Error("forms are read wrongly")
	}
}

func TestWithin(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:pw@db:5432/x": "pw@db", "redis://:pw@cache": "pw@cache", "postgres://u@db/x": "", "http://a/b:c@d": "", "amqp://u:a@h,amqp://u:b@h2": "a@h b@h2",
		"Server=db;User=sa;Password=pw;Encrypt=1": "pw@db", "host=db password=pw dbname=x": "pw@db", "jdbc:mysql://h/d?user=u&password=pw": "pw@", "jdbc:mysql://h/d?passwordless=1": "", "redis:6379,password=pw": "pw@",
	} {
		var got []string
		for _, p := range Within(text) {
			got = append(got, text[p.From:p.To]+"@"+p.Host)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestInCommand(t *testing.T) {
	for text, want := range map[string]string{
		"redis-server --requirepass pw --port 1": "--requirepass pw", "redis-server --requirepass 'p w'": "--requirepass p w", `x --password="pw"`: "--password pw", "x --password-file=/a --token-ttl 5": "", "x --password --verbose": "",
		"x --password $PW": "", "x --api-key @file": "", "mysqladmin ping -h h -ppw": "-p pw", "tar -pxf a": "", "redis-cli -a pw ping": "-a pw", "x -a pw": "", "PGPASSWORD=pw psql": "PGPASSWORD pw", "A=b psql": "",
		"curl http://u:pw@h": " pw", "sh -c 'x --token abc'": "--token abc", "x --secret /run/secrets/a": "", `mysql -uroot -p"$$PW"`: "",
	} {
		var got []string
		for _, a := range InCommand(text) {
			got = append(got, fmt.Sprintf("%s %s", a.Flag, text[a.From:a.To]))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if !slices.ContainsFunc([]string{"--password"}, Flag) || Flag("--password-file") || Flag("password") || !NextWord("pw") || NextWord("--x") || NextWord("/run/secrets/x") {
		t.Error("words of a list are read wrongly")
	}
}

// TestQuickLookAtValues holds that no stand-in lacks what is looked for before an expression is asked.
func TestQuickLookAtValues(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	words := strings.Fields("change me this please Dummy placeholder replace with fill in redacted goes here insert fake unused not set your my super long random jwt API password Passwd pass secret token KEY value string hash salt credentials choose enter put todo tbd fixme n/a na n example x XX ** .. -- ___ ## ?? <a> {{a}} [a] %a% __a__ (a)")
	found := 0
	for range 20_000 {
		var text strings.Builder
		for i := range 1 + r.Intn(4) {
			if i > 0 {
				text.WriteString([]string{"", "_", "-", " "}[r.Intn(4)])
			}
			text.WriteString(words[r.Intn(len(words))])
		}
		value := text.String()
		if want := marks.MatchString(value) || standIns.MatchString(value); want {
			found++
			if !isPlace(value) && !slices.Contains(switches, strings.ToLower(value)) && Value("A_TOKEN", value) != StandIn {
				t.Errorf("%s is taken for a secret", value)
			}
		}
	}
	if found == 0 {
		t.Error("no value is a stand-in")
	}
}

// TestMayHaveFlag holds that no option of a secret is missed by the look before the expression.
func TestMayHaveFlag(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	parts := strings.Fields(`- -- --x- password passwd PASS require -pass masterauth secret Token api-key apikey access-key auth-key x pw 'pw' "pw" = ' " ; ,`)
	found := 0
	for range 50_000 {
		var text strings.Builder
		for range 1 + r.Intn(8) {
			text.WriteString(parts[r.Intn(len(parts))] + []string{"", "", " ", "\n"}[r.Intn(4)])
		}
		if inCommands[0].pattern.MatchString(text.String()) {
			found++
			if !mayHaveFlag(text.String()) {
				t.Errorf("%q has an option", text.String())
			}
		}
	}
	if found == 0 {
		t.Error("no text has an option")
	}
}

// TestLooks holds that no password is missed by the plain looks before expressions, and that some texts are passed over.
func TestLooks(t *testing.T) {
	for _, c := range []struct {
		name    string
		parts   []string
		look    func(string) bool
		matches func(string) bool
	}{
		{"settings", []string{"password", "PWD", "Pwd", "=", " ", ";", "&", "?", ",", "'", `"`, "x", "\n", "user"}, mayHaveSettings, pairs.MatchString},
		{"mysql -p", []string{"mysql", "mysqladmin", " ", " -p", "-p", "\n-p", "$", "pw", "'pw'", `"pw"`, "=", ";", "x"}, mayHaveShort, inCommands[2].pattern.MatchString},
		{"addresses", []string{"redis", "://", ":", "@", "pw", "/", "?", " ", "host", "'", "x"}, func(text string) bool { return len(inAddresses(text)) > 0 }, url.MatchString},
	} {
		r := rand.New(rand.NewSource(1))
		found, passed := 0, 0
		for range 50_000 {
			var b strings.Builder
			for range 1 + r.Intn(8) {
				b.WriteString(c.parts[r.Intn(len(c.parts))])
			}
			text := b.String()
			switch may := c.look(text); {
			case c.matches(text):
				found++
				if !may {
					t.Errorf("%s: %q has a password", c.name, text)
				}
			case !may:
				passed++
			}
		}
		if found == 0 || passed == 0 {
			t.Errorf("%s: %d texts have a password, %d are passed over", c.name, found, passed)
		}
	}
}
