package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// rootRefusal says why no USER can be set; "" where one can. That the image is not known is said last: no registry is asked where
// something else is in the way.
func rootRefusal(l *launch, run runStage, u users) string {
	for _, reason := range []func() string{
		func() string { return refusedStage(l) },
		func() string { return refusedImage(l, u) },
		func() string { return refusedProgram(l) },
		func() string { return refusedHome(l) },
		func() string { return refusedServices(run) },
		func() string { return refusedUnknown(l, u) },
	} {
		if r := reason(); r != "" {
			return r
		}
	}
	return ""
}

// refusedStage looks at what the stage is for.
func refusedStage(l *launch) string {
	df := l.doc.Dockerfile
	if l.image.Family == images.Windows || df.Escape == '`' {
		return "accounts of Windows images are another matter: ContainerUser is there, and not all services run under it"
	}
	if strings.Contains(l.doc.Name, ".devcontainer") && strings.Contains("/"+strings.ReplaceAll(l.doc.Name, `\`, "/"), "/.devcontainer/") {
		return "it is an image to develop in: its tool sets the account"
	}
	for _, s := range df.Stages {
		if s.Base == l.stage {
			return fmt.Sprintf("the stage %s is built on this one, and what it runs would lose root", stageName(s))
		}
	}
	for _, s := range l.chain {
		for _, in := range s.Instructions {
			if in.Name == "ONBUILD" {
				return "it has ONBUILD triggers, which would run under that account"
			}
		}
	}
	return ""
}

func stageName(s *source.Stage) string {
	if s.Name.Text != "" {
		return s.Name.Text
	}
	return fmt.Sprint(s.Index)
}

// refusedImage looks at the image that the stage begins with.
func refusedImage(l *launch, u users) string {
	switch {
	case l.ref == "":
		return "the image it is built on depends on a build argument"
	case l.image.Root != "" && l.base != nil: // true of whatever runs in it
		return l.image.Root
	case l.image.Root != "" && l.inherit && (l.command == nil || ofEntrypoint(l.image.Root)):
		return l.image.Root
	case l.runsNothing():
		return "nothing in it says what runs: it is an image for others to build on"
	case interactive(l.program.words):
		return fmt.Sprintf("it only starts %s: it is an image for others to build on, or to work in", l.program.name)
	}
	return ""
}

// refusedUnknown tells an image of which nothing is known.
func refusedUnknown(l *launch, u users) string {
	if !knownImage(l) && u.earlier == nil {
		return l.notKnown()
	}
	return ""
}

// interactive tells a command that is an interpreter with nothing to interpret.
func interactive(words []string) bool {
	if len(words) == 0 {
		return false
	}
	name := programName(words[0])
	if !slices.Contains(shells, name) && !slices.Contains([]string{"python", "ipython", "jython", "node", "ruby", "irb", "php", "perl", "jshell", "ghci", "julia", "R", "fish", "lua", "erl", "iex", "swift", "scala", "psql"}, name) {
		return false
	}
	return len(words) == 1 || len(words) == 2 && slices.Contains([]string{"-a", "-l", "-i", "--login"}, words[1])
}

// ofEntrypoint tells the notes on images that hold whatever CMD says: those about its entrypoint, and about its purpose.
func ofEntrypoint(note string) bool {
	return strings.HasPrefix(note, "its ") || strings.HasPrefix(note, "it ") || strings.HasPrefix(note, "the platform") || strings.HasPrefix(note, "tools ")
}

// scriptRefusal are commands that only root can run, or that give up root.
var scriptRefusal = []string{
	"gosu", "su-exec", "setpriv", "su", "runuser", "chroot", "/init", "s6-svscan", "usermod", "useradd", "adduser", "groupmod", "groupadd", "addgroup", "chown", "apt-get", "apt", "apk", "yum", "dnf",
	"service", "update-ca-certificates", "iptables", "mount", "sysctl", "setcap", "chpasswd", "passwd", "systemctl", "sudo", "ip", "modprobe", "ldconfig", "update-alternatives", "a2enmod", "a2ensite",
}

// refusedProgram looks at what runs.
func refusedProgram(l *launch) string {
	p := l.program
	for _, s := range p.scripts {
		for _, call := range shellCalls(s.text) {
			if w := refusedWord(call); w != "" {
				return fmt.Sprintf("%s calls %s, which needs root", s.path, w)
			}
		}
		if strings.Contains(s.text, "PUID") || strings.Contains(s.text, "PGID") {
			return s.path + " takes the account from PUID and PGID"
		}
	}
	for _, call := range p.also {
		if w := refusedWord(call); w != "" {
			return fmt.Sprintf("its command calls %s, which needs root", w)
		}
	}
	for _, w := range l.words {
		if base := path.Base(w); slices.Contains(privileged, base) && (base != "init" || w == "/init" || w == "/sbin/init") && base != "rsync" {
			return needsRoot(base)
		}
	}
	if w := refusedWord(p.words); w != "" || p.words != nil && slices.Contains(privileged, p.name) {
		return needsRoot(p.name)
	}
	if strings.HasPrefix(p.why, "the script ") {
		return p.why + ": it may need root"
	}
	for _, name := range []string{"PUID", "PGID"} {
		if _, set := l.env(name); set {
			return "its entrypoint takes the account from " + name
		}
	}
	return ""
}

func needsRoot(program string) string {
	if program == "catalina.sh" {
		return "Tomcat writes to its folders logs, temp and work, which root owns"
	}
	return program + " needs root, or gives it up by itself"
}

// refusedWord is the word of a command that needs root.
func refusedWord(call []string) string {
	if len(call) > 0 && path.Base(call[0]) == "exec" {
		call = call[1:]
	}
	if len(call) == 0 {
		return ""
	}
	for _, w := range []string{call[0], path.Base(call[0])} {
		if slices.Contains(scriptRefusal, w) || slices.Contains(privileged, w) {
			return w
		}
	}
	return ""
}

var rootHome = lazyregexp.New(`(^|[^A-Za-z0-9_.-])/root(/|$|[:"',\s])`)

// refusedHome looks for files in the home directory of root, which no other account can read.
func refusedHome(l *launch) string {
	for _, in := range l.all() {
		switch in.Name {
		case "ENV", "WORKDIR", "COPY", "ADD", "CMD", "ENTRYPOINT", "VOLUME":
			if strings.Contains(in.Rest.Text, "/root") && rootHome.MatchString(in.Rest.Text) {
				line, _ := l.doc.Position(in.Start)
				return fmt.Sprintf("the %s on line %d uses /root, which only root can enter", in.Name, line)
			}
		}
	}
	if dir := l.workdir(); l.base != nil && (dir == "/root" || strings.HasPrefix(dir, "/root/")) {
		return "its working directory is " + dir + ", which only root can enter"
	}
	environments, poetry := false, ""
	for call := range l.callsSaying("--user", "virtualenvs.", "poetry", "pipenv", "setcap", "playwright") {
		joined := strings.Join(call, " ")
		switch {
		case strings.HasPrefix(call[0], "pip") && slices.Contains(call, "--user"):
			return userSite(l)
		case strings.Contains(joined, "virtualenvs."):
			environments = true
		case call[0] == "poetry" && slices.Contains(call, "install"), call[0] == "pipenv" && (slices.Contains(call, "install") || slices.Contains(call, "sync")) && !slices.Contains(call, "--system"):
			poetry = call[0]
		case call[0] == "setcap":
			return "it gives a program capabilities of root with setcap"
		case slices.Contains(call, "playwright") && slices.Contains(call, "install"):
			return "playwright puts its browsers below /root, which only root can enter"
		}
	}
	for _, name := range []string{"POETRY_VIRTUALENVS_CREATE", "POETRY_VIRTUALENVS_IN_PROJECT", "PIPENV_VENV_IN_PROJECT", "WORKON_HOME"} {
		_, set := l.env(name)
		environments = environments || set
	}
	if poetry != "" && !environments {
		return poetry + " puts the packages below /root, which only root can enter"
	}
	return ""
}

// userSite says whose home directory pip install --user fills.
func userSite(l *launch) string {
	user := ""
	for _, in := range l.all() {
		switch {
		case in.Name == "USER":
			user = in.Rest.Text
		case slices.ContainsFunc(l.reader.calls(in), func(c []string) bool { return strings.HasPrefix(c[0], "pip") && slices.Contains(c, "--user") }):
			if user != "" && !isRoot(user) {
				return fmt.Sprintf("pip install --user puts the packages into the home directory of %s, where root does not look for them", user)
			}
			return "pip install --user puts the packages below /root, which only root can enter"
		}
	}
	return "pip install --user puts the packages below /root, which only root can enter"
}

// refusedServices looks at the services that run the image.
func refusedServices(run runStage) string {
	for _, c := range run.contexts {
		if c == nil || c.Service == nil {
			continue
		}
		if why := rootService(c.Service); why != "" {
			return fmt.Sprintf("the service %s in %s %s", c.Service.Name, c.Compose, why)
		}
	}
	return ""
}

func rootService(s *source.Service) string {
	if f, ok := s.Field("user"); ok {
		if f.Node.Text() == "" {
			return "has a user of its own"
		}
		return "sets user " + f.Node.Text()
	}
	if f, ok := s.Field("privileged"); ok && f.Node.Text() == "true" {
		return "is privileged"
	}
	for _, name := range []string{"cap_add", "devices"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			return "has " + name
		}
	}
	for _, name := range []string{"network_mode", "pid"} {
		if f, ok := s.Field(name); ok && f.Node.Text() == "host" {
			return "has " + name + ": host"
		}
	}
	for _, m := range mountsOf(s) {
		if strings.HasSuffix(m.source, "docker.sock") {
			return "mounts the socket of Docker"
		}
	}
	return ""
}

// mount is one entry of volumes.
type mount struct {
	source, target string // source "" for a volume without a name
	bind, readOnly bool
}

func mountsOf(s *source.Service) []mount {
	f, _ := s.Field("volumes")
	var list []mount
	if !f.Node.IsSequence() {
		return nil
	}
	for _, item := range f.Node.Children {
		item = item.Resolve()
		m := mount{}
		if item.IsMapping() {
			get := func(name string) string { e, _ := item.Lookup(name); return e.Node.Text() }
			m = mount{get("source"), get("target"), get("type") == "bind", get("read_only") == "true"}
			if get("type") == "tmpfs" {
				continue
			}
		} else if parts := strings.Split(item.Text(), ":"); len(parts) == 1 {
			m.target = parts[0]
		} else {
			m = mount{source: parts[0], target: parts[1], readOnly: len(parts) > 2 && strings.Contains(parts[2], "ro")}
			m.bind = strings.ContainsAny(m.source, "/.~$")
		}
		list = append(list, m)
	}
	return list
}

// service is the service of a context; nil where none is known.
func service(c *fix.BuildContext) *source.Service {
	if c == nil {
		return nil
	}
	return c.Service
}
