package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// packaging is one call of a package manager of the system.
type packaging struct {
	manager string
	remove  bool
	names   []string // without versions
	virtual string   // of apk add --virtual
	unclear bool     // some names stand in variables or patterns
}

// packageVerbs are the words with which package managers of systems install and remove.
var packageVerbs = map[string]bool{
	"install": false, "add": false, "in": false, "remove": true, "purge": true, "autoremove": true, "del": true, "erase": true, "autopurge": true,
}

// packagingOf reads a call of a package manager; false for any other, and for one without a word, which ENTRYPOINT [] is.
func packagingOf(call []string) (packaging, bool) {
	if len(call) == 0 {
		return packaging{}, false
	}
	for len(call) > 1 && (path.Base(call[0]) == "sudo" || strings.Contains(call[0], "=")) {
		call = call[1:]
	}
	p := packaging{manager: path.Base(call[0])}
	if _, ok := packageTools[p.manager]; !ok {
		return p, false
	}
	verb := ""
	for i := 1; i < len(call); i++ {
		w := call[i]
		remove, isVerb := packageVerbs[w]
		switch {
		case (w == "-t" || w == "--virtual" || w == "--repository" || w == "-X" || w == "-o" || w == "-c") && i+1 < len(call):
			if i++; p.manager == "apk" && (w == "-t" || w == "--virtual") {
				p.virtual = call[i]
			}
		case strings.HasPrefix(w, "-"):
			p.virtual = strings.TrimPrefix(firstWithPrefix(w, "--virtual="), "--virtual=") + p.virtual
		case verb == "" && isVerb:
			verb, p.remove = w, remove
		case verb != "" && strings.ContainsAny(w, "$*`{"):
			p.unclear = true
		case verb != "":
			name, _, _ := strings.Cut(w, "=")
			name, _, _ = strings.Cut(name, "<")
			p.names = append(p.names, strings.TrimRight(name, "~>@"))
		}
	}
	return p, verb != ""
}

func firstWithPrefix(w, prefix string) string {
	if strings.HasPrefix(w, prefix) {
		return w
	}
	return ""
}

// kept are the packages that the chain of a stage installs and does not remove again. It is empty where a removal names what
// cannot be read.
func (l *launch) kept() []string { return slices.Clone(l.packages.of(once{}, l.keptPackages)) }

func (l *launch) keptPackages() []string {
	var list []string
	virtual := map[string][]string{}
	calls := l.packageCalls()
	for _, p := range calls {
		switch {
		case !p.remove && !p.certainIn(calls):
		case p.remove && p.unclear:
			return nil
		case p.remove:
			gone := slices.Clone(p.names)
			for _, name := range p.names {
				gone = append(gone, virtual[name]...)
			}
			list = slices.DeleteFunc(list, func(name string) bool { return slices.Contains(gone, name) })
		default:
			list = append(list, p.names...)
			if p.virtual != "" {
				virtual[p.virtual] = append(virtual[p.virtual], p.names...)
			}
		}
	}
	return list
}

// packageCall is a call of a package manager in a chain.
type packageCall struct {
	packaging
	words   []string
	certain bool // it runs whatever a condition says
}

// packageCalls are the commands for packages of the chain.
func (l *launch) packageCalls() []packageCall {
	var list []packageCall
	for _, in := range l.packageRuns() {
		s := l.reader.script(in)
		for i, call := range l.reader.calls(in) {
			if p, ok := packagingOf(call); ok {
				list = append(list, packageCall{p, call, s != nil && !s.Commands[i].in(inIf, inCase, inLoop, inFunction)})
			}
		}
	}
	return list
}

// certainIn reports whether the same command runs whatever a condition says, there or elsewhere in the chain.
func (p packageCall) certainIn(calls []packageCall) bool {
	return p.certain || slices.ContainsFunc(calls, func(o packageCall) bool { return o.certain && strings.Join(o.words, " ") == strings.Join(p.words, " ") })
}

// runsForPeople tells images that someone works in: no CMD, a shell, a notebook, a login.
func (l *launch) runsForPeople() bool { return l.people.of(once{}, l.isForPeople) }

func (l *launch) isForPeople() bool {
	if l.command == nil && l.entry == nil || forDevelopment(l) || l.program.worker && slices.Contains([]string{"sleep", "tail", "cat", "true"}, l.program.name) {
		return true
	}
	if slices.ContainsFunc(l.chain, func(s *source.Stage) bool { return isWorkplace.MatchString(s.Name.Text) }) {
		return true
	}
	words := strings.Fields(strings.Join(l.words, " "))
	if len(words) > 0 && slices.Contains(loginShells, path.Base(words[len(words)-1])) {
		return true
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains(workplaces, path.Base(w)) || strings.Contains(w, "jupyter")
	})
}

// isWorkplace tells stages that are named for work in them.
var isWorkplace = lazyregexp.New(`(?i)(?:^|[-_.])(?:dev|devel|develop|development|devcontainer|debug|test|tests|testing|ci|tools)(?:$|[-_.])`)

var loginShells = []string{"sh", "bash", "ash", "zsh", "fish", "/bin/login"}

// workplaces are programs in which people work inside the container.
var workplaces = []string{"sshd", "jupyter", "jupyter-lab", "jupyter-notebook", "tmux", "screen", "code-server", "ttyd", "vim", "nvim", "emacs", "login", "start-notebook.sh", "ipython", "irb", "ghci", "vncserver", "xterm"}
