package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// listening is where a server listens, as far as it is known.
type listening struct {
	server   string // for the message; "" for the name of the program
	port     string // digits
	exposes  string // what has the EXPOSE that counts
	by       string // what says so: its command, ENV PORT, EXPOSE; "" where nothing does
	variable string // the environment variable that changes it, "" where none does
	http     bool   // a path may be asked for: it speaks plain HTTP
	refuse   string
	doubts   []string
}

// portFor decides on which port a server listens; false for what is not known to be a server. The command comes first, then
// the source file, then ENV, then a single EXPOSE, then the default of the server; those that say different things
// are a conflict.
func portFor(l *launch, run runStage) (listening, bool) {
	p := l.program
	at := listening{http: true}
	exposed := exposedPorts(l)
	if p.words == nil {
		return ownPort(l, run, exposed, p)
	}
	if p.worker || faas(l) || !p.server && !maybeServer(l, append(exposed, baseExposes(l)...)) {
		return at, false
	}
	literal, why := literalPort(p)
	if why != "" {
		return listening{refuse: why}, true
	}
	at.http = !strings.Contains(strings.Join(p.words, " "), "ssl") && !strings.Contains(strings.Join(p.words, " "), "certfile") && p.name != "php-fpm"
	at.choose(l, literal, exposed)
	if slices.Contains([]string{"nginx", "apache2-foreground", "httpd-foreground", "caddy", "catalina.sh", "php-fpm"}, p.name) && (configured(l) || mountsConfiguration(run)) {
		at.doubts = append(at.doubts, "what its configuration listens on is not known")
	}
	at.doubtHost(l)
	at.compare(run, exposed)
	return at, true
}

// ownPort is for images whose own command runs, and for commands that could not be read.
func ownPort(l *launch, run runStage, exposed []string, p program) (listening, bool) {
	switch {
	case l.command == nil && l.entry == nil && l.image.Port != "":
		at := listening{server: l.ref, port: l.image.Port}
		at.ownVariable(l)
		if configured(l) || mountsConfiguration(run) {
			at.doubts = append(at.doubts, "what its configuration listens on is not known")
		}
		if len(exposed) > 0 && !slices.Contains(exposed, at.port) {
			at.refuse = fmt.Sprintf("%s listens on port %s by itself, EXPOSE says %s", l.ref, at.port, strings.Join(exposed, ", "))
		}
		at.compare(run, nil)
		return at, true
	case len(exposed) == 1 && !several(l) && (strings.HasPrefix(p.why, "the script ") || strings.HasPrefix(p.why, "package.json")):
		return listening{server: "what runs on port " + exposed[0], refuse: p.why}, true
	}
	return listening{}, false
}

// takesPort are images whose own command takes its port from PORT, by the start of their names.
var takesPort = lazyregexp.New(`^tiangolo/(?:uvicorn|meinheld)-gunicorn`)

// ownVariable is for images whose own command takes its port from a variable, which the file may set.
func (at *listening) ownVariable(l *launch) {
	if !takesPort.MatchString(l.ref) {
		return
	}
	at.variable = "PORT"
	if value, set := l.env("PORT"); set {
		at.by, at.port = "ENV PORT", portOf(value)
		if at.port == "" || strings.Contains(at.port, "$") {
			at.refuse = "the port that ENV PORT gives is not one number"
		}
	}
}

// several tells a command that starts several programs, of which none is the server.
func several(l *launch) bool {
	return slices.ContainsFunc(l.words, func(w string) bool { return slices.Contains(workers, path.Base(w)) || w == "/init" })
}

// configuration finds files and folders of the configuration of servers. Pages below nginx/html are none.
var configuration = lazyregexp.New(`\.conf\b|\.cnf\b|\.ini\b|Caddyfile|server\.xml|/etc/|sites-|conf\.d|nginx/(?:templates|conf)`)

// edits finds steps that change a file in place, write one below /etc, or name the configuration of nginx.
var edits = lazyregexp.New(`\bsed\s+-i|>\s*/etc/|nginx\.conf|conf\.d`)

// configured reports whether a step of the file puts a configuration into the image, or edits one.
func configured(l *launch) bool {
	return slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		copied := (in.Name == "COPY" || in.Name == "ADD") && configuration.MatchString(in.Rest.Text)
		edited := in.Name == "RUN" && (edits.MatchString(in.Rest.Text) || slices.ContainsFunc(in.Heredocs, func(h source.Heredoc) bool { return edits.MatchString(l.doc.Text(h.Body)) }))
		return copied || edited
	})
}

// mountsConfiguration reports whether a service puts a configuration over that of the image.
func mountsConfiguration(run runStage) bool {
	for _, c := range run.contexts {
		if s := service(c); s != nil && slices.ContainsFunc(mountsOf(s), func(m mount) bool {
			return configuration.MatchString(m.target+"/") || configuration.MatchString(m.source)
		}) {
			return true
		}
	}
	return false
}

// faas tells programs that a platform calls and watches.
func faas(l *launch) bool {
	return slices.ContainsFunc(l.program.words, func(w string) bool {
		return strings.Contains(w, "functions-framework") || strings.Contains(w, "awslambdaric") || strings.Contains(w, "serverless")
	})
}

// serverImport finds the libraries in a Python file with which it can be a server by itself.
var serverImport = lazyregexp.New(`(?m)^\s*(?:import|from)\s+(flask|fastapi|django|aiohttp|tornado|http\.server|uvicorn|gradio|streamlit|bottle|sanic|quart|socketserver|grpc|starlette|waitress|cherrypy|falcon|dash|nicegui)\b`)

// serverCall finds in JavaScript what makes a server.
var serverCall = lazyregexp.New(`\.listen\(|createServer|fastify|express\(|new Koa|Hono|Bun\.serve|Deno\.serve|NestFactory|\bserve\(`)

// workerName finds files and programs that are named for work in the background.
var workerName = lazyregexp.New(`(?i)worker|consumer|cron|migrat|seed|batch|job|scheduler|bot\b|cli\b|build|test`)

// maybeServer tells programs that listen where the file and EXPOSE say so.
func maybeServer(l *launch, exposed []string) bool {
	p := l.program
	if workerName.MatchString(path.Base(p.file)) || workerName.MatchString(p.name) {
		return false
	}
	_, text, read := l.text(p.file)
	switch p.runtime {
	case "python":
		return read && serverImport.MatchString(text) && (len(exposed) > 0 || sourcePort(text) != "")
	case "node", "deno", "bun":
		if read {
			return serverCall.MatchString(text) && (len(exposed) > 0 || sourcePort(text) != "")
		}
		return (p.file != "" || p.dev) && len(exposed) > 0
	case "ruby", "php":
		return false
	case "java", "dotnet":
		literal, _ := literalPort(p)
		return p.file != "" && (len(exposed) > 0 || literal != "")
	}
	return len(exposed) > 0 && l.builtWith() != ""
}

// sourcePorts are the ways in which a source file says its port.
var sourcePorts = []*lazyregexp.Regexp{
	lazyregexp.New(`\.listen\(\s*(\d{2,5})`),
	lazyregexp.New(`(?i)\bport\s*[=:]\s*(?:int\()?["']?(\d{2,5})\b`),
	lazyregexp.New(`(?i)\bport["')\]]*\s*(?:\|\||\?\?|\bor\b)\s*["']?(\d{2,5})\b`),
	lazyregexp.New(`(?i)["'][A-Z_]*PORT["']\s*,\s*["']?(\d{2,5})\b`),
	lazyregexp.New(`(?:ListenAndServe(?:TLS)?|\.Run|\.Start|\.Listen)\(\s*"[\w.]*:(\d{2,5})"`),
}

// otherPorts are ports of databases, brokers and mail that sources name to connect to.
var otherPorts = []string{"25", "465", "587", "1025", "1433", "1521", "3306", "5432", "5672", "6379", "9042", "9092", "9200", "11211", "27017"}

// sourcePort is the port that a source file says; "" where it says none or several.
func sourcePort(text string) string {
	var found []string
	for _, r := range sourcePorts {
		for _, m := range r.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(found, m[1]) && !slices.Contains(otherPorts, m[1]) {
				found = append(found, m[1])
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// portNames are the variables that a server takes its port from, by the name of the server, then by its runtime. Those of
// programs that are read from their sources are under "".
var portNames = map[string][]string{
	"uvicorn": {"UVICORN_PORT"}, "gunicorn": {"PORT"}, "flask": {"FLASK_RUN_PORT"}, "streamlit": {"STREAMLIT_SERVER_PORT"}, "gradio": {"GRADIO_SERVER_PORT"},
	"next": {"PORT"}, "nuxt": {"NUXT_PORT", "PORT"}, "nest": {"PORT"}, "serve": {"PORT"}, "http-server": {"PORT"}, "rails": {"PORT"}, "puma": {"PORT"},
	"java": {"SERVER_PORT"}, "dotnet": {"ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS"},
	"": {"PORT", "SERVER_PORT", "HTTP_PORT", "APP_PORT"},
}

// variablesOf are the variables that the program may take its port from. Of those that any program may read only what
// its source names counts, where the source is known.
func variablesOf(p program, source string) []string {
	if p.server {
		return portNames[p.name]
	}
	if names, ok := portNames[p.runtime]; ok && p.runtime != "" {
		return names
	}
	return slices.DeleteFunc(slices.Clone(portNames[""]), func(name string) bool { return source != "" && !strings.Contains(source, name) })
}

// choose takes the first port of the order.
func (at *listening) choose(l *launch, literal string, exposed []string) {
	p := l.program
	if m := portVariable.FindStringSubmatch(literal); m != nil {
		at.fromVariable(l, m[1], m[2], exposed)
		return
	}
	if literal != "" {
		at.port, at.by = literal, "its command"
		return
	}
	text := ""
	if !p.server {
		text = l.entryText()
	}
	for _, name := range variablesOf(p, text) {
		if value, set := l.env(name); set {
			at.variable, at.by = name, "ENV "+name
			if text != "" && !slices.Equal(portReads(text), []string{name}) {
				at.doubts = append(at.doubts, fmt.Sprintf("that its source takes the port from %s alone is not known", name))
			}
			if strings.HasPrefix(name, "ASPNETCORE") {
				at.variable = ""
			}
			if at.port = portOf(strings.TrimSuffix(value, "/")); at.port == "" || strings.Contains(at.port, "$") {
				at.refuse = fmt.Sprintf("the port that ENV %s gives is not one number", name)
			}
			if text == "" && !p.server {
				at.doubts = append(at.doubts, fmt.Sprintf("only ENV %s says that it listens on %s", name, at.port))
			}
			if p.server && hasServerConfig(l) {
				at.doubts = append(at.doubts, fmt.Sprintf("a configuration file in the build context can say another port than ENV %s", name))
			}
			return
		}
	}
	if said := sourcePort(text); said != "" {
		at.port, at.by = said, "its source"
		if len(exposed) == 0 {
			at.doubts = append(at.doubts, fmt.Sprintf("only its source says that it listens on %s", said))
		}
		at.fromEnvironment(l, text)
		return
	}
	at.exposes = "EXPOSE"
	if own := baseExposes(l); len(exposed) == 0 && len(own) > 0 {
		exposed, at.exposes = own, "EXPOSE of "+l.imageName()
	}
	at.fromExpose(l, exposed)
}

// entryText is the text of the source file that the program begins with, where it is in the context; for a program that the file
// compiles, all of its sources.
func (l *launch) entryText() string {
	if _, text, ok := l.text(l.program.file); ok && l.program.file != "" {
		return text
	}
	if l.program.runtime != "" || len(l.ctx.Texts) == 0 {
		return ""
	}
	var b strings.Builder
	if language := l.builtWith(); language != "" {
		for _, name := range sourceFiles(l.ctx, runtimes[language].extensions) {
			b.Write(l.ctx.Texts[name])
		}
	}
	return b.String()
}

// fromVariable is for a command that names a variable: its value in ENV, its own default, or EXPOSE.
func (at *listening) fromVariable(l *launch, name, fallback string, exposed []string) {
	at.variable = name
	value, set := l.env(name)
	switch {
	case set && portNumber.MatchString(value):
		at.port, at.by = value, "ENV "+name
	case fallback != "":
		at.port, at.by = fallback, "its command"
	case len(exposed) == 1 && portNumber.MatchString(exposed[0]):
		at.port = exposed[0]
		at.doubts = append(at.doubts, fmt.Sprintf("nothing gives %s a value", name))
	default:
		at.refuse = fmt.Sprintf("its port comes from %s, which nothing gives a value", name)
	}
}

// fromExpose takes a single EXPOSE, or the default of the server.
func (at *listening) fromExpose(l *launch, exposed []string) {
	fallback, whose := defaultPort(l), l.program.name
	if whose == "java" {
		whose = "Spring" // java itself listens nowhere
	}
	switch {
	case len(exposed) > 1 && (fallback == "" || !slices.Contains(exposed, fallback)):
		at.refuse = fmt.Sprintf("EXPOSE names several ports: %s", strings.Join(exposed, ", "))
	case len(exposed) > 1:
		at.port = fallback
		at.doubts = append(at.doubts, fmt.Sprintf("%s names several ports, and only the default of %s says that it listens on %s", at.exposes, whose, fallback))
	case len(exposed) == 1 && !portNumber.MatchString(exposed[0]):
		at.refuse = "the port of EXPOSE is not one number"
	case len(exposed) == 1:
		at.port, at.by = exposed[0], at.exposes
		if fallback != "" && fallback != at.port {
			at.doubts = append(at.doubts, fmt.Sprintf("only %s says that it listens on %s, by itself %s takes %s", at.exposes, at.port, whose, fallback))
		}
		if fallback == at.port {
			at.doubts = append(at.doubts, fmt.Sprintf("only %s and the default of %s say that it listens on %s", at.exposes, whose, at.port))
		}
		if fallback == "" {
			at.doubts = append(at.doubts, fmt.Sprintf("only %s says that it listens on %s", at.exposes, at.port))
		}
	case fallback != "":
		at.port = fallback
		at.doubts = append(at.doubts, fmt.Sprintf("only the default of %s says that it listens on %s", whose, fallback))
	default:
		at.refuse = "nothing tells on which port it listens"
	}
}

// defaultPort is the port that a server takes by itself.
func defaultPort(l *launch) string {
	switch l.program.runtime {
	case "java":
		if l.program.fallback == "" {
			return "8080"
		}
	case "dotnet":
		if !l.image.Known || l.image.Family == images.Unknown || l.base != nil {
			return ""
		}
		if l.image.Account == nil {
			return "80"
		}
		return "8080"
	}
	return l.program.fallback
}

// compare requires EXPOSE and what services publish to know the port.
func (at *listening) compare(run runStage, exposed []string) {
	if at.refuse != "" {
		return
	}
	if len(exposed) > 0 && !slices.Contains(exposed, at.port) && portNumber.MatchString(exposed[0]) {
		at.refuse = fmt.Sprintf("it listens on port %s, EXPOSE says %s", at.port, strings.Join(exposed, ", "))
		return
	}
	for _, c := range run.contexts {
		s := service(c)
		if s == nil {
			continue
		}
		var targets []string
		for _, p := range s.Ports() {
			if !strings.EqualFold(p.Protocol, "udp") {
				targets = append(targets, p.Target)
			}
		}
		if len(targets) > 0 && !slices.Contains(targets, at.port) && !slices.ContainsFunc(targets, func(t string) bool { return strings.ContainsAny(t, "$-") }) {
			at.refuse = fmt.Sprintf("it listens on port %s, the service %s in %s publishes %s", at.port, s.Name, c.Compose, strings.Join(targets, ", "))
		}
	}
}
