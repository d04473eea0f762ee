package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// otherHost finds an address that a server can listen on without 127.0.0.1: in its source, a variable, localhost, or one that is written;
// in its command too.
var (
	otherHost   = lazyregexp.New(`(?:process\.env\.|env\[?["'.(]+|getenv\(\s*["']|environ\S{0,5}["'])HOST(?:NAME)?\b|\blisten\([^)\n]*["']localhost["']|["']\[?::\d?\]?["':]`)
	commandHost = lazyregexp.New(`\$\{?(?:HOST|BIND|ADDR)|(?:^|[\s=\[])::1?(?:[\s\]]|$)|HOSTNAME`)
	address     = lazyregexp.New(`(?:^|[\s="'/])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?:[\s"':]|$)`)
)

// doubtHost holds back where the server may not listen on 127.0.0.1, which the check asks.
func (at *listening) doubtHost(l *launch) {
	words, text := strings.Join(l.program.words, " "), ""
	if !l.program.server {
		text = l.entryText()
	}
	other := text != "" && (otherHost.MatchString(text) || otherHostIn(text)) || commandHost.MatchString(words) || otherHostOf(l.program.words)
	if both := words + "\n" + text; !other && strings.Count(both, ".") >= 3 {
		for _, m := range address.FindAllStringSubmatch(both, -1) {
			other = other || m[1] != "0.0.0.0" && !strings.HasPrefix(m[1], "127.0.0.1")
		}
	}
	standalone := slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		return in.Name == "COPY" && strings.Contains(in.Rest.Text, ".next/standalone")
	})
	if value, _ := l.env("HOSTNAME"); standalone && value == "0.0.0.0" {
		standalone = false
	}
	if other || standalone {
		at.doubts = append(at.doubts, "that it listens on 127.0.0.1 too is not known")
	}
}

// portRead finds where a source reads a variable that is named for a port; portNamed, such a name that may be read in another way.
var (
	portRead  = lazyregexp.New(`(?:process\.env(?:\.|\[\s*["'])|Bun\.env\.|(?i:getenv|lookupenv|environ\.get|env\.get|env\.fetch|env::var)\(\s*["']|(?:environ|ENV)\[\s*["'])(\w*PORT\w*)`)
	portNamed = lazyregexp.New(`["']\w*PORT\w*["']|(?i:process\.env|environ|getenv|env::|ENV\[|settings|config)`)
)

// portReads are the variables that a source may take its port from, without those of other servers.
func portReads(text string) []string {
	var names []string
	for _, m := range portRead.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) && !otherServer.MatchString(m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// otherServer finds variables that are named for the ports of databases, brokers and mail.
var otherServer = lazyregexp.New(`^(?:DB|DATABASE|REDIS|POSTGRES|PG|MYSQL|MONGO|SMTP|MAIL|EMAIL|RABBIT|KAFKA)`)

// fromEnvironment tells which variable changes a port that the source says.
func (at *listening) fromEnvironment(l *launch, text string) {
	names := portReads(text)
	switch {
	case len(names) == 1 && names[0] == "PORT":
		at.variable = "PORT"
		at.doubtEnvFile(l, text)
	case len(names) > 0:
		at.doubts = append(at.doubts, fmt.Sprintf("its source takes the port from %s, which the check does not read", strings.Join(names, ", ")))
	case strings.Contains(text, "PORT") && portNamed.MatchString(text):
		at.doubts = append(at.doubts, "from which variable its source takes the port is not known")
	}
}

// serverConfig finds the files that servers which are started without options take their port from.
var serverConfig = lazyregexp.New(`(?:^|/)(?:gunicorn\.conf\.py|gunicorn_conf.*\.py|puma\.rb|puma/.*\.rb|\.streamlit/config\.toml|application[\w-]*\.(?:properties|ya?ml)|appsettings[\w.]*\.json)$`)

// hasServerConfig reports whether such a file is in the build context.
func hasServerConfig(l *launch) bool {
	return slices.ContainsFunc(l.ctx.Entries, func(e fix.ContextEntry) bool { return serverConfig.MatchString(e.Path) })
}

// envFiles finds what fills the environment of a program from a file.
var envFiles = lazyregexp.New(`(?i)dotenv|env-file|loadEnvFile|decouple|environs|environ\.Env|BaseSettings`)

// doubtEnvFile holds back where a file can give the variable of the port, which the check would not see.
func (at *listening) doubtEnvFile(l *launch, text string) {
	file := slices.ContainsFunc(l.ctx.Entries, func(e fix.ContextEntry) bool {
		b := path.Base(e.Path)
		return b == ".env" || strings.HasPrefix(b, ".env.")
	})
	if file || envFiles.MatchString(text) || envFiles.MatchString(strings.Join(l.program.words, " ")) {
		at.doubts = append(at.doubts, "a .env file can say another port, and the check would not know it")
	}
}
