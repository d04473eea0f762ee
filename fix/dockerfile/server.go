package dockerfile

import (
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// launch is what a stage runs when its image is started, and what is known of where it runs.
type launch struct {
	doc     *source.Document
	reader  *reader
	stage   *source.Stage
	chain   []*source.Stage   // the stage, and those it is built on, the nearest first
	image   images.Image      // of the image that the chain begins with
	ref     string            // that image; "" where it depends on the caller
	base    *fix.Base         // what a registry says of that image, where the table has no line; nil where nobody asked
	ctx     *fix.BuildContext // never nil
	entry   *source.Instruction
	command *source.Instruction
	inherit bool // the image's own ENTRYPOINT is in force, if it has one
	program program
	unread  bool // the image's own start script was not read, since nobody asked for its layers

	called [][]string // what calls gives, once it was asked
	words  []string   // those of ENTRYPOINT and CMD as the container runs them
	// people, packaging, tools, packages and built are what runsForPeople, packageRuns, has, kept and builtWith work out, once they are asked.
	people    memo[once, bool]
	packaging memo[once, []*source.Instruction]
	tools     memo[once, []string]
	packages  memo[once, []string]
	built     memo[once, string]
	moved     string // the folder that the shell program enters before it starts the program; "" where it stays
}

// launchKey is what the rules share the launch of a stage by.
type launchKey struct {
	stage *source.Stage
	ctx   *fix.BuildContext
}

// sharedLaunch is launchOf, once for all rules.
func sharedLaunch(p *fix.Pass, s *source.Stage, ctx *fix.BuildContext) *launch {
	r := sharedReader(p)
	return r.launches.of(launchKey{s, ctx}, func() *launch { return launchOf(r, s, ctx, p.Facts) })
}

// launchOf reads what the chain of a stage says. facts are asked about its image alone.
func launchOf(r *reader, s *source.Stage, ctx *fix.BuildContext, facts *fix.Facts) *launch {
	l := stepsOf(r, s, ctx)
	l.findCommand()
	l.findImage(facts)
	l.words = slices.Clip(l.allWords())
	switch {
	case l.command == nil && l.entry == nil:
		l.program = program{why: "nothing in the file says what runs"}
	default:
		l.program = l.read(l.words, 0)
	}
	return l
}

// stepsOf is the launch of a stage of which nothing but the steps of its chain is known.
func stepsOf(r *reader, s *source.Stage, ctx *fix.BuildContext) *launch {
	l := &launch{doc: r.doc, reader: r, stage: s, ctx: ctx}
	if ctx == nil {
		l.ctx = unknownContext
	}
	for ; s != nil; s = s.Base {
		l.chain = append(l.chain, s)
		l.ref = s.Ref
	}
	return l
}

// unknownContext is that of a stage of which nobody knows how it is built.
var unknownContext = &fix.BuildContext{Guess: true}

// findCommand looks for CMD and ENTRYPOINT. An ENTRYPOINT drops the CMD of the stages that its own is built on.
func (l *launch) findCommand() {
	l.inherit = true
	for _, s := range l.chain {
		for _, in := range slices.Backward(s.Instructions) {
			switch {
			case in.Name == "CMD" && l.command == nil && l.inherit:
				l.command = in
			case in.Name == "CMD" && l.command == nil && s == l.chain[0]:
				l.command = in
			case in.Name == "ENTRYPOINT" && l.entry == nil:
				l.entry, l.inherit = in, len(in.Args) == 0
			}
		}
		if l.entry != nil {
			break
		}
	}
}

// runsNothing tells that neither the file nor what is known of its image says what runs. An ENTRYPOINT [] takes away that of the image.
func (l *launch) runsNothing() bool {
	if l.entry != nil && l.entry.JSON && len(l.entry.Args) == 0 {
		return l.command == nil || l.command.JSON && len(l.command.Args) == 0
	}
	return l.command == nil && l.entry == nil && l.image.Port == ""
}

// allWords are those of ENTRYPOINT and CMD as the container runs them. A shell form stands for the words of its program.
func (l *launch) allWords() []string {
	words := slices.Clone(l.ownEntry())
	if l.entry != nil {
		words = wordsOf(l.entry)
		if !l.entry.JSON && len(words) > 0 {
			return words
		}
	}
	if l.command != nil {
		words = append(words, wordsOf(l.command)...)
	}
	return words
}

// wordsOf are the words of a CMD; a shell form is one program for sh -c.
func wordsOf(in *source.Instruction) []string {
	if in.Declined != "" {
		return nil
	}
	if !in.JSON {
		if in.Rest.Text == "" {
			return nil
		}
		return []string{"sh", "-c", in.Rest.Text}
	}
	words := make([]string, len(in.Args))
	for i, a := range in.Args {
		words[i] = a.Text
	}
	return words
}

// all gives the instructions of the chain in the order in which they take effect.
func (l *launch) all() []*source.Instruction {
	if len(l.chain) == 1 {
		return l.chain[0].Instructions
	}
	var list []*source.Instruction
	for _, s := range slices.Backward(l.chain) {
		list = append(list, s.Instructions...)
	}
	return list
}

// declined tells that an instruction of the chain cannot be read.
func (l *launch) declined() bool {
	for _, s := range l.chain {
		if s.From.Declined != "" || slices.ContainsFunc(s.Instructions, func(in *source.Instruction) bool { return in.Declined != "" }) {
			return true
		}
	}
	return false
}

// calls are the commands of all RUN instructions in the chain, a list of words each.
func (l *launch) calls() [][]string {
	if l.called != nil {
		return l.called
	}
	list := [][]string{}
	for _, in := range l.all() {
		list = append(list, l.reader.calls(in)...)
	}
	l.called = list
	return list
}

// callsSaying are those of calls that stand in a RUN that says one of the words.
func (l *launch) callsSaying(words ...string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for _, in := range l.all() {
			if in.Name != "RUN" || !l.reader.says(in, words...) {
				continue
			}
			for _, call := range l.reader.calls(in) {
				if !yield(call) {
					return
				}
			}
		}
	}
}

// packageTools are the programs that packages are installed with, by the family that has them.
var packageTools = map[string]images.Family{
	"apt-get": images.Debian, "apt": images.Debian, "apk": images.Alpine, "dnf": images.RedHat, "yum": images.RedHat, "microdnf": images.RedHatMinimal, "zypper": images.Suse,
}

// packageWords are texts of which each of packageTools has one.
var packageWords = []string{"apt", "apk", "dnf", "yum", "zypper"}

// familyByTools takes the family from the package manager that the file calls where the image tells none, and with it the programs
// that such images have.
func (l *launch) familyByTools(i images.Image) images.Image {
	if i.Family != images.Unknown {
		return i
	}
	for _, in := range l.packageRuns() {
		for _, call := range l.reader.calls(in) {
			family, ok := packageTools[call[0]]
			if !ok {
				continue
			}
			i.Family = family
			if i.Tools = append(slices.Clip(i.Tools), "sh"); family == images.Alpine { // those of the table are shared
				i.Tools = append(i.Tools, "wget", "nc")
			} else {
				i.Tools = append(i.Tools, "bash")
			}
			return i
		}
	}
	return i
}

// packageRuns are the RUNs of the chain that may call one of packageTools.
func (l *launch) packageRuns() []*source.Instruction {
	return l.packaging.of(once{}, func() (list []*source.Instruction) {
		for _, in := range l.all() {
			if in.Name == "RUN" && l.reader.says(in, packageWords...) {
				list = append(list, in)
			}
		}
		return list
	})
}

// has reports whether a program is in the image, or the file installs it.
func (l *launch) has(tool string) bool {
	return l.image.Has(tool) || slices.Contains(l.tools.of(once{}, l.installedTools), tool)
}

// installedTools are the programs for checks that the file installs.
func (l *launch) installedTools() []string {
	var tools []string
	for _, in := range l.packageRuns() {
		if !l.reader.says(in, checkTools...) {
			continue
		}
		for _, call := range l.reader.calls(in) {
			if _, ok := packageTools[call[0]]; ok && (slices.Contains(call, "install") || slices.Contains(call, "add")) {
				tools = append(tools, installed(call)...)
			}
		}
	}
	return tools
}

// checkTools are the words of installed.
var checkTools = []string{"curl", "wget", "bash", "python3", "php", "ruby", "nodejs"}

// installed are those of the words of an install command that checks can use.
func installed(call []string) []string {
	var tools []string
	for _, w := range call[1:] {
		name, _, _ := strings.Cut(w, "=")
		switch name {
		case "curl", "wget", "bash", "python3", "php", "ruby":
			tools = append(tools, name)
		case "nodejs":
			tools = append(tools, "node")
		}
	}
	return tools
}

// env is the value of a variable that ENV sets in the chain, or that the image has; a value with a variable counts as not known.
func (l *launch) env(name string) (value string, set bool) {
	for _, in := range l.all() {
		if in.Name != "ENV" {
			continue
		}
		for _, p := range in.Pairs {
			if p.Name.Text == name {
				value, set = strings.Trim(p.Value.Text, `"'`), true
			}
		}
	}
	if !set {
		return l.ownEnv(name)
	}
	return value, set
}

// workdir is the working directory at the end of the stage; "" where it is not known.
func (l *launch) workdir() string {
	dir := workdir{unknown: "the image"}
	if l.image.Family == images.Scratch {
		dir = workdir{dir: "/"}
	}
	if l.base != nil && l.base.Known {
		dir = workdir{dir: path.Join("/", l.base.Config.WorkingDir)}
	}
	for _, in := range l.all() {
		if in.Name == "WORKDIR" && in.Rest.Text != "" {
			dir = dir.join(in.Rest.Text)
		}
	}
	return dir.dir
}

// evidence names the files of the context that tell what the program does, as a clause behind a message.
func (l *launch) evidence() string {
	files := slices.Clone(l.program.evidence)
	if at, _, ok := l.text(l.program.file); ok && l.program.file != "" {
		files = append(files, at)
	}
	if l.base != nil && l.base.Known {
		files = append(files, l.image.Source)
	}
	if len(files) == 0 {
		return ""
	}
	slices.Sort(files)
	return "; read: " + strings.Join(slices.Compact(files), ", ")
}

// foreign tells of files of a context that are no part of the program that runs.
func foreign(p string) bool {
	for _, part := range strings.Split(p, "/") {
		switch part {
		case "node_modules", "vendor", ".git", ".venv", "venv", "test", "tests", "__tests__", "spec", "docs", "e2e", "migrations", "scripts", "cypress":
			return true
		}
	}
	base := path.Base(p)
	return strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.HasPrefix(base, "test_") || strings.Contains(base, "_test.") || strings.Contains(base, ".config.")
}

// wantLaunch asks for what tells how a program of the file behaves: the scripts that its commands name, the manifests of
// its language, and its sources.
func wantLaunch(doc *source.Document) []fix.Want {
	wants := []fix.Want{fix.WantContexts, fix.WantLocal, fix.WantChildren}
	for _, name := range []string{"package.json", "go.mod", "*.py", "*.js", "*.mjs", "*.cjs", "*.ts", "*.go", "*.rb", "*.php", "*.rs", "*.java", "*.cs", "pom.xml", "build.gradle*", "*.sh", "*.conf"} {
		wants = append(wants, fix.WantText(name))
	}
	return append(wants, wantStartScripts(doc)...)
}

// plainName tells of names of files that are no pattern, option or variable.
func plainName(name string) bool {
	return name != "" && name != "." && name != "/" && name[0] != '-' && !strings.ContainsAny(name, `*?[]\$"'&|;(){}<>=`)
}
