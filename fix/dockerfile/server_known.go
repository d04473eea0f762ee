package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// known is a program that is known to be a server.
type known struct {
	runtime string
	port    string // that it listens on by itself; from the documentation of each
	verb    string // the first argument that makes it a server; "" for any
	slow    bool
}

// servers are the programs that listen, by name.
var servers = map[string]known{
	"uvicorn": {"python", "8000", "", false}, "hypercorn": {"python", "8000", "", false}, "daphne": {"python", "8000", "", false},
	"gunicorn": {"python", "8000", "", false}, "granian": {"python", "8000", "", false}, "waitress-serve": {"python", "8080", "", false},
	"flask": {"python", "5000", "run", false}, "fastapi": {"python", "8000", "run", false}, "streamlit": {"python", "8501", "run", false},
	"http.server": {"python", "8000", "", false}, "gradio": {"python", "7860", "", false}, "jupyter": {"python", "8888", "", false},
	"next": {"node", "3000", "start", true}, "nuxt": {"node", "3000", "start", true}, "nest": {"node", "3000", "start", true},
	"vite": {"node", "4173", "preview", false}, "serve": {"node", "3000", "", false}, "http-server": {"node", "8080", "", false},
	"rails": {"ruby", "3000", "s", true}, "puma": {"ruby", "3000", "", true}, "unicorn": {"ruby", "8080", "", true}, "rackup": {"ruby", "9292", "", true},
	"php-fpm": {"php", "9000", "", false}, "mix": {"", "4000", "phx.server", true},
	"nginx": {"", "80", "", false}, "apache2-foreground": {"php", "80", "", false}, "httpd-foreground": {"", "80", "", false}, "caddy": {"", "80", "run", false},
	"catalina.sh": {"java", "8080", "run", true},
}

// privileged are programs that need root or give it up by themselves.
var privileged = []string{
	"sshd", "dind", "cron", "crond", "supervisord", "systemd", "init", "dockerd", "fail2ban-server", "fail2ban-client", "openvpn", "nginx", "apache2", "apache2ctl", "apachectl", "httpd",
	"apache2-foreground", "httpd-foreground", "dnsmasq", "named", "postfix", "rsyslogd", "syslog-ng", "haproxy", "smbd", "vsftpd", "s6-svscan", "runsvdir", "runit", "my_init", "caddy",
	"mysqld", "mysqld_safe", "postgres", "squid", "dhcpd", "slapd", "proftpd", "pure-ftpd", "xinetd", "inetd", "tor", "bind", "catalina.sh", "exim", "dovecot", "rsync", "openresty", "strongswan", "ipsec", "pppd", "wg-quick", "iptables", "unbound", "ntpd", "chronyd", "runsvinit", "circusd", "monit", "containerd", "buildkitd", "kubelet", "varnishd", "gosu", "su-exec", "setpriv", "runuser", "su", "chroot",
}

// workers are programs that listen on no port.
var workers = []string{"celery", "rq", "sidekiq", "resque", "arq", "dramatiq", "huey", "huey_consumer", "faktory", "bundle-audit", "cron", "crond", "supervisord", "pytest", "ansible", "terraform", "tail", "sleep", "cat", "echo", "true", "ls"}

// recognise tells what a program is from its words. A word that unwrap marked comes from python -m.
func recognise(words []string) program {
	p := program{words: words, name: programName(words[0])}
	args := words[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], moduleMark) {
		p.runtime, p.interpreter, args = "python", args[0][len(moduleMark):], args[1:]
		p.words = append([]string{words[0]}, args...)
	}
	if helpOnly(args) {
		p.worker = true
		return p
	}
	if k, ok := servers[p.name]; ok && (k.verb == "" || slices.ContainsFunc(args, func(a string) bool { return a == k.verb || k.verb == "s" && a == "server" })) {
		p.server, p.fallback, p.slow = true, k.port, k.slow
		if k.runtime != "" {
			p.runtime = k.runtime
		}
		p.dev = p.name == "nest" || p.name == "jupyter"
		p.file = moduleFile(p.name, args)
		return p
	}
	if slices.Contains(workers, p.name) {
		p.worker = true
		return p
	}
	p.byRuntime(args)
	return p
}

var versionSuffix = lazyregexp.New(`-?[0-9.]+$`)

// programName is the name of a program without its folder, and without the version of python3.12 or php-fpm8.
func programName(word string) string {
	name := path.Base(word)
	for _, known := range []string{"python", "php-fpm", "php", "ruby", "node", "pip"} {
		if strings.HasPrefix(name, known) && versionSuffix.ReplaceAllString(name, "") == known {
			return known
		}
	}
	return strings.TrimSuffix(name, ".exe")
}

// helpOnly tells a command that only prints something.
func helpOnly(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{"--help", "-h", "--version", "-V", "help", "version"}, args[len(args)-1])
}

// byRuntime knows the programs that run a file of a language.
func (p *program) byRuntime(args []string) {
	file := firstFile(args)
	switch p.name {
	case "python":
		p.runtime, p.file = "python", file
		if path.Base(file) == "manage.py" && slices.Contains(args, "runserver") {
			p.server, p.fallback, p.dev = true, "8000", true
		}
	case "node", "ts-node", "tsx", "nodemon", "pm2-runtime":
		p.runtime, p.file, p.dev = "node", file, p.name != "node"
	case "ruby", "php", "deno", "bun":
		p.runtime, p.file = p.name, file
		if i := slices.Index(args, "-S"); i >= 0 && p.name == "php" {
			p.server = true
		}
	case "java":
		p.runtime, p.slow = "java", true
		if i := slices.Index(args, "-jar"); i >= 0 && i+1 < len(args) {
			p.file = args[i+1]
		}
	case "dotnet":
		p.runtime, p.slow = "dotnet", true
		if strings.HasSuffix(file, ".dll") {
			p.file = file
		}
	case "react-scripts", "webpack-dev-server", "webpack", "ng", "vue-cli-service", "vite", "gatsby", "next", "nuxt", "nest", "parcel":
		p.runtime, p.dev = "node", true
	}
}

// firstFile is the first word that is no option. A value of an option that takes it as a word of its own is found, too:
// such a name is no file of the context.
func firstFile(args []string) string {
	for i, a := range args {
		switch {
		case a == "-r" || a == "--require" || a == "--import" || a == "--loader":
			continue
		case i > 0 && slices.Contains([]string{"-r", "--require", "--import", "--loader"}, args[i-1]):
			continue
		case a == "run" || a == "serve" || a == "start":
			continue
		case !strings.HasPrefix(a, "-") && !strings.Contains(a, "="):
			return a
		}
	}
	return ""
}

// moduleFile is the file of the application that a server of Python is given: main.py for main:app, app/main.py for app.main:app.
func moduleFile(name string, args []string) string {
	if name == "streamlit" {
		for _, a := range args {
			if strings.HasSuffix(a, ".py") {
				return a
			}
		}
		return ""
	}
	for i, a := range args {
		module, _, found := strings.Cut(a, ":")
		if found && modulePattern.MatchString(module) && (i == 0 || !takesValue(args[i-1])) {
			return path.Join(appFolder(args), strings.ReplaceAll(module, ".", "/")+".py")
		}
		if strings.HasSuffix(a, ".py") && name == "fastapi" {
			return a
		}
	}
	return ""
}

// appFolder is the folder that a server of Python looks for its application in; "" for the working directory.
func appFolder(args []string) string {
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		if name != "--app-dir" && name != "--chdir" && name != "--pythonpath" {
			continue
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		return value
	}
	return ""
}

// takesValue tells the options of servers whose value can look like module:object.
func takesValue(option string) bool {
	return slices.Contains([]string{"-b", "--bind", "-k", "--worker-class", "--host", "-c", "--config", "--http"}, option)
}

var modulePattern = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_.]*$`)
