package dockerfile

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// question is what a check asks.
type question struct {
	port     string // digits
	variable string // the environment variable that changes the port; "" for none
	path     string // "" for a TCP connection
}

// command is the check in the form that HEALTHCHECK CMD takes, with the first program that the image is known to have. 127.0.0.1
// and not localhost: musl and newer versions of node try IPv6 first. "" where there is no program.
func (q question) command(l *launch) (command, with string) {
	runtime := l.program.runtime
	for _, way := range []struct {
		tool string
		make func(tool string) string
	}{
		{q.tool(l, runtime, "python", "python", "python3"), q.python},
		{q.tool(l, runtime, "node", "node", "/nodejs/bin/node"), q.node},
		{q.tool(l, runtime, "ruby", "ruby"), q.ruby},
		{q.tool(l, runtime, "php", "php"), q.php},
		{l.firstOf("curl"), q.curl},
		{l.firstOf("nc"), q.nc},
		{l.firstOf("bash"), q.bash},
	} {
		if way.tool == "" {
			continue
		}
		if command := way.make(way.tool); command != "" {
			return command, path.Base(way.tool)
		}
	}
	return "", ""
}

// tool is the interpreter of the server's own runtime: as the command calls it, else as the image has it.
func (q question) tool(l *launch, runtime, want string, names ...string) string {
	if runtime != want && !(want == "php" && l.has("php") && runtime == "") {
		return ""
	}
	if l.image.Has(want + "-old") {
		return ""
	}
	switch words := l.program.words; {
	case want == "python" && l.program.interpreter != "":
		return l.program.interpreter
	case len(words) > 0 && programName(words[0]) == want:
		return words[0]
	}
	return l.firstOf(names...)
}

// firstOf is the first of the programs that the image has, "" for none.
func (l *launch) firstOf(names ...string) string {
	for _, n := range names {
		if l.has(n) {
			return n
		}
	}
	return ""
}

// exec is the JSON form.
func exec(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(w) != nil {
			return ""
		}
		quoted[i] = strings.TrimSuffix(b.String(), "\n")
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (q question) python(tool string) string {
	port, module := q.port, ""
	if q.variable != "" {
		port, module = fmt.Sprintf("os.environ.get('%s', '%s')", q.variable, q.port), "os, "
	}
	switch {
	case q.path != "" && q.variable != "":
		return exec(tool, "-c", fmt.Sprintf("import %surllib.request; urllib.request.urlopen('http://127.0.0.1:' + %s + '%s', timeout=3)", module, port, q.path))
	case q.path != "":
		return exec(tool, "-c", fmt.Sprintf("import urllib.request; urllib.request.urlopen('http://127.0.0.1:%s%s', timeout=3)", port, q.path))
	}
	return exec(tool, "-c", fmt.Sprintf("import %ssocket; socket.create_connection(('127.0.0.1', %s), 3).close()", module, port))
}

func (q question) node(tool string) string {
	port := q.port
	if q.variable != "" {
		port = fmt.Sprintf("process.env.%s || %s", q.variable, q.port)
	}
	if q.path != "" {
		return exec(tool, "-e", fmt.Sprintf("require('http').get({host: '127.0.0.1', port: %s, path: '%s'}, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))", port, q.path))
	}
	return exec(tool, "-e", fmt.Sprintf("require('net').connect(%s, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))", port))
}

func (q question) ruby(tool string) string {
	port := q.port
	if q.variable != "" {
		port = fmt.Sprintf("ENV.fetch('%s', %s)", q.variable, q.port)
	}
	return exec(tool, "-rsocket", "-e", fmt.Sprintf("TCPSocket.new('127.0.0.1', %s).close", port))
}

func (q question) php(tool string) string {
	port := q.port
	if q.variable != "" {
		port = fmt.Sprintf("(int) (getenv('%s') ?: %s)", q.variable, q.port)
	}
	return exec(tool, "-r", fmt.Sprintf("exit(@fsockopen('127.0.0.1', %s) ? 0 : 1);", port))
}

// shellPort is the port as a shell reads it.
func (q question) shellPort() string {
	if q.variable != "" {
		return "${" + q.variable + ":-" + q.port + "}"
	}
	return q.port
}

// curl is for paths alone: it cannot ask whether a connection is taken.
func (q question) curl(string) string {
	switch {
	case q.path == "":
		return ""
	case q.variable != "":
		return fmt.Sprintf("curl -fsS -o /dev/null --max-time 3 http://127.0.0.1:%s%s || exit 1", q.shellPort(), q.path)
	}
	return exec("curl", "-fsS", "-o", "/dev/null", "--max-time", "3", "http://127.0.0.1:"+q.port+q.path)
}

// nc is BusyBox's, which has wget beside it.
func (q question) nc(string) string {
	switch {
	case q.path != "":
		return fmt.Sprintf("wget -q -T 3 -O /dev/null http://127.0.0.1:%s%s || exit 1", q.shellPort(), q.path)
	case q.variable != "":
		return fmt.Sprintf("nc -z -w 3 127.0.0.1 %s || exit 1", q.shellPort())
	}
	return exec("nc", "-z", "-w", "3", "127.0.0.1", q.port)
}

// bash opens the connection itself; a path is not asked for.
func (q question) bash(string) string {
	return exec("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/"+q.shellPort())
}
