package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
	"gopkg.in/yaml.v3"
)

// NeedlessTool points out packages that nothing in the project uses.
var NeedlessTool = &fix.Rule{
	Name:  "needless-tool",
	Title: "an installed tool that nothing uses",
	Why: "An editor, a network tool or a second downloader makes the image larger, has updates of its own to follow, and helps whoever breaks in. The rule points out such packages where they are installed, never removed again, and named nowhere else: " +
		"not by another instruction, not by a script or source of the build context that was read, not by a check or command of a Compose file. What a program may call, such as curl or ping, is pointed out only where the source of the program was read; what a condition installs is not. " +
		"Images without a command, and those that people work in, are left alone.",
	Kind:  source.DockerfileKind,
	Wants: wantLaunch,
	Check: checkNeedlessTool,
}

// tools are packages with the programs that they are installed for.
var tools = map[string][]string{
	"vim": {"vim", "vi"}, "vim-tiny": {"vim", "vi"}, "vim-minimal": {"vim", "vi"}, "vim-enhanced": {"vim", "vi"}, "nano": {"nano"}, "emacs": {"emacs"}, "emacs-nox": {"emacs"}, "joe": {"joe"},
	"telnet": {"telnet"}, "net-tools": {"ifconfig", "netstat", "route", "arp", "hostname"}, "iputils-ping": {"ping"}, "iputils": {"ping"}, "inetutils-ping": {"ping"},
	"dnsutils": {"dig", "nslookup", "host", "nsupdate"}, "bind-tools": {"dig", "nslookup", "host"}, "bind-utils": {"dig", "nslookup", "host"}, "traceroute": {"traceroute"}, "mtr": {"mtr"},
	"tcpdump": {"tcpdump"}, "nmap": {"nmap", "ncat", "nc"}, "htop": {"htop"}, "strace": {"strace"}, "tmux": {"tmux"}, "screen": {"screen"}, "lsof": {"lsof"}, "man-db": {"man"}, "mc": {"mc"}, "iotop": {"iotop"}, "sysstat": {"iostat", "sar", "mpstat"},
	"tree": {"tree"}, "zsh": {"zsh"}, "fish": {"fish"}, "sudo": {"sudo", "sudoers"}, "curl": {"curl"}, "wget": {"wget"},
}

// forPeople are tools that no program calls. Any other may be called by one, so that its source must be known.
var forPeople = []string{"vim", "vim-tiny", "vim-minimal", "vim-enhanced", "nano", "emacs", "emacs-nox", "joe", "mc", "man-db", "htop", "iotop"}

func checkNeedlessTool(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		if !l.mayHaveTools() || l.declined() || l.image.Family == images.Windows || l.runsForPeople() {
			continue
		}
		for _, group := range l.byRun(l.idle(run)) {
			p.Report(fix.Finding{Span: group.in.Span, Message: "it installs " + listed(group.names) + ", and nothing that was read uses " + them(group.names) + l.evidence(),
				Reason: "leave " + them(group.names) + " out; docker debug, or a container beside this one, has tools when they are needed"})
		}
	}
}

// partsOfForPeople are texts of which each of forPeople has one.
var partsOfForPeople = []string{"vim", "nano", "emacs", "joe", "mc", "man-db", "htop", "iotop"}

// mayHaveTools reports whether a step may install one of the tools that are pointed out: few do, and then their packages need not be
// known.
func (l *launch) mayHaveTools() bool {
	return l.sourceRead() || slices.ContainsFunc(l.packageRuns(), func(in *source.Instruction) bool { return l.reader.says(in, partsOfForPeople...) })
}

// idle are the tools that stay in the image and that nothing names, each once.
func (l *launch) idle(run runStage) []string {
	kept := slices.DeleteFunc(l.kept(), func(name string) bool {
		_, tool := tools[name]
		return !tool || !slices.Contains(forPeople, name) && !l.sourceRead()
	})
	if len(kept) == 0 {
		return nil
	}
	slices.Sort(kept)
	texts := l.namedIn(run)
	return slices.DeleteFunc(slices.Compact(kept), func(name string) bool { return anyNamed(texts, append(slices.Clone(tools[name]), name)) })
}

func them(names []string) string {
	if len(names) == 1 {
		return "it"
	}
	return "them"
}

// installing is a RUN with packages that it installs.
type installing struct {
	in    *source.Instruction
	names []string
}

// byRun puts names to the RUN that installs them first, in the order of the file.
func (l *launch) byRun(names []string) []installing {
	var list []installing
	for _, name := range names {
		in := l.runWith(name)
		i := slices.IndexFunc(list, func(g installing) bool { return g.in == in })
		switch {
		case in == nil:
		case i < 0:
			list = append(list, installing{in, []string{name}})
		default:
			list[i].names = append(list[i].names, name)
		}
	}
	return list
}

// sourceRead reports whether the file that the program begins with is in the build context.
func (l *launch) sourceRead() bool {
	_, _, ok := l.text(l.program.file)
	return ok && l.program.file != "" && l.ctx.Failed == "" && l.ctx.Partial == ""
}

// namedIn are the texts in which a use of a program would be named: all of the file but the packages that it installs, the
// files of the build context that were read, and what services say.
func (l *launch) namedIn(run runStage) []string {
	var texts []string
	for _, in := range l.doc.Dockerfile.Instructions {
		calls := l.reader.calls(in)
		if in.Name != "RUN" || in.Declined != "" || in.JSON || calls == nil {
			texts = append(texts, l.doc.Text(in.Span))
			continue
		}
		for _, call := range calls {
			if p, packages := packagingOf(call); !packages || p.unclear {
				texts = append(texts, strings.Join(call, " "))
			}
		}
	}
	for name, text := range l.ctx.Texts {
		if path.Ext(name) != ".md" {
			texts = append(texts, string(text))
		}
	}
	for _, c := range run.contexts {
		if s := service(c); s != nil && s.Node != nil {
			texts = append(texts, scalars(s.Node.YAML, 0)...)
		}
	}
	return texts
}

func anyNamed(texts, programs []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return slices.ContainsFunc(programs, func(p string) bool { return hasWord(text, p) })
	})
}

// maxNesting bounds how deep a service is looked into; real ones have four levels.
const maxNesting = 12

// scalars are the texts below a YAML node.
func scalars(n *yaml.Node, depth int) []string {
	if n == nil || depth > maxNesting {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var list []string
	for _, c := range n.Content {
		list = append(list, scalars(c, depth+1)...)
	}
	return list
}
