package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// commandWords are all that the command says: the words in the file, and those that its scripts lead to.
func commandWords(l *launch) []string {
	var list []string
	for _, w := range append(l.words, l.program.words...) {
		for _, word := range strings.Fields(w) {
			list = append(list, strings.Trim(word, `"'`))
		}
	}
	for _, call := range l.program.also {
		list = append(list, call...)
	}
	return list
}

var (
	dataPath = lazyregexp.New(`^(unix:)?/+(var|run|data|tmp|logs?|cache|storage|mnt|media|backups?)(/|$)`)
	dataText = lazyregexp.New(`[\s"'=:]/+(var|run|data|logs?|cache|storage|mnt|media|backups?)(/|["'\s]|$)|(?i:sqlite)`)
)

// targetOptions are options that name a file or socket which the program makes, or a file that names more.
var targetOptions = []string{
	"--access-logfile", "--error-logfile", "--log-file", "--logfile", "--pid", "--pidfile", "--pid-file", "--uds", "--log-config", "--log-config-json", "--config", "--daemon",
	"--user", "--group", "--worker-tmp-dir", "--prof", "--cpu-prof", "--heap-prof", "--redirect-warnings", "--report-directory", "--diagnostic-dir", "--require", "--import", "--loader", "--experimental-loader",
}

// logOptions are those of them that take - for the output of the container, as gunicorn has it.
var logOptions = []string{"--access-logfile", "--error-logfile", "--log-file"}

// shortTargets are such options of one letter, by program.
var shortTargets = map[string][]string{"gunicorn": {"-p", "-c", "-D", "-u", "-g"}, "hypercorn": {"-c", "-p", "-u", "-g"}, "node": {"-r"}}

// keyOptions are options that name a key or a certificate.
var keyOptions = []string{"--ssl-keyfile", "--ssl-certfile", "--ssl-ca-certs", "--keyfile", "--certfile", "--ca-certs", "--key", "--cert", "--tls-key", "--tls-cert", "--ssl-key", "--ssl-cert"}

// commandDoubt looks for files that the command names: those that it may write, and keys that only root may read.
func commandDoubt(l *launch) string {
	for _, in := range []string{rawCommand(l, true), rawCommand(l, false)} {
		if redirects.MatchString(in) {
			return "the command redirects output into a file"
		}
	}
	words := commandWords(l)
	for i, w := range words {
		option, value, _ := strings.Cut(w, "=")
		switch {
		case slices.Contains(logOptions, option) && (value == "-" || w == option && i+1 < len(words) && words[i+1] == "-"): // standard output
		case value == "" && strings.HasSuffix(w, "="): // it names none
		case slices.Contains(keyOptions, option):
			return fmt.Sprintf("whether others than root can read what %s names is not known", option)
		case slices.Contains(targetOptions, option), slices.Contains(shortTargets[l.program.name], option):
			return fmt.Sprintf("the option %s may name a file that the program writes", option)
		case i > 0 && strings.Contains(w, "/") && (dataPath.MatchString(w) || dataPath.MatchString(value)), strings.HasPrefix(w, "unix:"), strings.HasPrefix(value, "unix:"):
			return fmt.Sprintf("the command names %s, which the program may write", w)
		}
	}
	for _, in := range l.all() {
		if in.Name != "ENV" {
			continue
		}
		line, _ := l.doc.Position(in.Start)
		if argumentsText.MatchString(in.Rest.Text) {
			return fmt.Sprintf("the ENV on line %d gives the program more options", line)
		}
		if dataText.MatchString(" " + in.Rest.Text) {
			return fmt.Sprintf("the ENV on line %d may name a file that the program writes", line)
		}
	}
	return ""
}

var argumentsText = lazyregexp.New(`\b(GUNICORN_CMD_ARGS|NODE_OPTIONS|JAVA_TOOL_OPTIONS|JAVA_OPTS|UVICORN_[A-Z_]+|FLASK_RUN_(CERT|KEY))\b`)

func rawCommand(l *launch, entry bool) string {
	in := l.command
	if entry {
		in = l.entry
	}
	if in == nil {
		return ""
	}
	return strings.Join(wordsOf(in), " ")
}

// configDoubt names a file of the context that may say where the program writes.
func configDoubt(c *fix.BuildContext) string {
	if c == nil {
		return ""
	}
	for _, e := range c.Entries {
		for _, pattern := range configFiles {
			if ok, _ := path.Match(pattern, path.Base(e.Path)); ok && e.Mode.IsRegular() && !foreign(strings.TrimSuffix(e.Path, path.Base(e.Path))) {
				return e.Path + " may name files that the program writes"
			}
		}
	}
	return ""
}

var configFiles = []string{
	"gunicorn.conf.py", "gunicorn*.py", "gunicorn_conf*", "application*.properties", "application*.yml", "application*.yaml", "bootstrap*.yml", "logback*.xml", "log4j*", "logging*.y*ml", "logging*.conf", "logging*.ini", "log_conf*",
	"schema.prisma", "uwsgi*.ini", "*.sqlite", "*.sqlite3", "*.db",
}
