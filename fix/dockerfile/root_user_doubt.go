package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// rootDoubts are the conditions that could not be checked, a clause each, but for what is in the image.
func rootDoubts(facts *fix.Facts, l *launch, run runStage, u users, a account) []string {
	var doubts []string
	add := func(clause string) {
		if clause != "" && !slices.Contains(doubts, clause) {
			doubts = append(doubts, clause)
		}
	}
	if !l.image.Known {
		add(l.notKnown())
	}
	add(baseDoubt(l))
	add(deliberate(l, u))
	add(lowPort(l))
	add(homeDoubt(l))
	add(modeDoubt(l))
	add(commandDoubt(l))
	add(childDoubt(facts, "and its steps would lose root"))
	add(useDoubt(facts))
	add(deployedDoubt(facts))
	add(writeDoubt(l, a))
	for _, c := range run.contexts {
		add(hiddenDoubt(c))
		add(configDoubt(c))
		add(serviceDoubt(c))
		if c == nil {
			continue // nothing is known of how it is built
		}
		for _, r := range c.Related {
			also := *c
			also.Service, also.Compose = r.Service, r.Compose
			add(serviceDoubt(&also))
		}
	}
	return doubts
}

// deliberate tells a USER root that nothing after it needs: somebody may have wanted the program to run as root.
func deliberate(l *launch, u users) string {
	if u.last == nil || u.last.Stage != l.stage.Index {
		return ""
	}
	for _, in := range l.stage.Instructions {
		if in.Start > u.last.Start && slices.Contains([]string{"RUN", "COPY", "ADD", "WORKDIR"}, in.Name) {
			return ""
		}
	}
	return "no step comes after USER " + u.last.Rest.Text + ": the program may be meant to run as root"
}

var homeText = lazyregexp.New(`(^|[\s"'=:])(~/|\$HOME|\$\{HOME\}|/root/)`)

// homeParts are texts of which each text that homeText finds has one.
var homeParts = []string{"~/", "HOME", "/root/"}

// homeWords are texts of which each step that homeDoubt is about has one: homeParts, and what the programs of fetches have in their names.
var homeWords = append([]string{"corepack", "python", "uv", "node", "hf", "huggingface-cli", "nltk", "spacy", "ollama", "rustup", "nvm", "conda", "sh"}, homeParts...)

// homeDoubt looks for steps that put something below the home directory of root. A cache that is mounted or removed is none.
func homeDoubt(l *launch) string {
	for _, in := range l.all() {
		if in.Name != "RUN" || !l.reader.says(in, homeWords...) {
			continue
		}
		for _, call := range l.reader.calls(in) {
			joined := strings.Join(call, " ")
			if what := fetches(call); what != "" {
				line, _ := l.doc.Position(in.Start)
				return fmt.Sprintf("%s on line %d may put files into the home directory of root, which only root can enter", what, line)
			}
			if call[0] != "rm" && containsAny(joined, homeParts) && homeText.MatchString(joined) || call[0] == "corepack" {
				line, _ := l.doc.Position(in.Start)
				return fmt.Sprintf("line %d puts files into the home directory of root, which only root can enter", line)
			}
		}
	}
	return ""
}

// fetches names a step that may download something into the home directory: code of which only Python or a shell knows.
func fetches(call []string) string {
	name := path.Base(call[0])
	switch {
	case strings.HasPrefix(name, "python") && len(call) > 1:
		for i, w := range call[1:] {
			switch {
			case w == "-m" && len(call) > i+2:
				if slices.Contains([]string{"pip", "venv", "compileall", "ensurepip"}, call[i+2]) {
					return ""
				}
				return "python -m " + call[i+2]
			case w == "--version" || w == "-V":
				return ""
			case !strings.HasPrefix(w, "-") || w == "-c" || w == "-":
				return name + " " + w
			}
		}
	case name == "uv" && len(call) > 2 && call[1] == "python", name == "uv" && (slices.Contains(call, "--python") || slices.Contains(call, "-p")):
		return "uv with a Python of its own"
	case name == "node" && len(call) > 1 && call[1] != "--version" && call[1] != "-v":
		return "node " + call[1]
	case slices.Contains([]string{"huggingface-cli", "hf", "nltk", "spacy", "ollama", "rustup", "nvm", "pyenv", "conda"}, name):
		return name
	case slices.Contains(shells, name) && !slices.Contains(call, "-c") && (len(call) == 1 || strings.HasPrefix(call[1], "-")):
		return "a script for " + name
	}
	return ""
}

// runtimes tells which files are the sources of a runtime, and what in them writes files.
var runtimes = map[string]struct {
	name       string
	extensions []string
	writes     *lazyregexp.Regexp
}{
	"python": {"Python", []string{".py"}, lazyregexp.New(`\bopen\(|(?i:sqlite)|\.mkdir\(|makedirs|FileHandler|write_text|write_bytes|shelve\.|\.save\(|to_csv|to_pickle|shutil\.|UPLOAD_|mkdtemp|getpass\.|expanduser|Path\.home|subprocess|\bos\.(system|open|rename|replace|remove|unlink|symlink|link|mkfifo|chmod|chown|set|nice|popen|exec|spawn|chroot)|__import__|\bexec\(|(?s:basicConfig\([^)]*filename)|\buds\s*=|unix_(server|connection)|(?i:ssl)_?(keyfile|certfile|context)|load_cert_chain|BytecodeCache|MULTIPROC|multiprocess|write_to_textfile|set_key\(`)},
	"node":   {"JavaScript", []string{".js", ".mjs", ".cjs", ".ts"}, lazyregexp.New(`writeFile|createWriteStream|mkdir|appendFile|(?i:sqlite)|multer|nedb|lowdb|transports\.File|\.rename\(|homedir|userInfo\(|child_process|openSync|getBuiltinModule|process\.(binding|dlopen|report|set)|listen\(\s*(["'][./]|\d{1,3}\b)|createRequire|readFile`)},
	"go":     {"Go", []string{".go"}, lazyregexp.New(`os\.(Create|CreateTemp|WriteFile|OpenFile|Mkdir|MkdirAll|Rename|UserHomeDir)\b|ioutil\.WriteFile|(?i:sqlite)|bolt\.|badger\.|exec\.Command|user\.Current|SaveUploadedFile|os\.(Symlink|Link|Remove|RemoveAll|Chmod|Chown|Truncate|CopyFS|OpenRoot|MkdirTemp|StartProcess)\b|ListenAndServeTLS|ServeTLS|LoadX509KeyPair|ListenPacket|ListenIP|"unix"|":\d{1,3}"`)},
	"rust":   {"Rust", []string{".rs"}, lazyregexp.New(`File::create|fs::write|create_dir|OpenOptions|(?i:sqlite)|sled::|home_dir|Command::new`)},
	"ruby":   {"Ruby", []string{".rb"}, lazyregexp.New(`File\.(open|write|new)|FileUtils|(?i:sqlite)|Logger\.new\(?\s*["']|Dir\.(mkdir|home)`)},
	"php":    {"PHP", []string{".php"}, lazyregexp.New(`file_put_contents|fopen|move_uploaded_file|mkdir|(?i:sqlite)|storage_path|touch\(`)},
	"java":   {"Java", []string{".java"}, lazyregexp.New(`FileOutputStream|FileWriter|Files\.(write|create|copy|newBuffered)|h2:file|RollingFile|transferTo|ProcessBuilder|user\.home`)},
	"dotnet": {"C#", []string{".cs"}, lazyregexp.New(`File\.(Write|Create|Open|Append|Copy|Move)|FileStream|(?i:sqlite)|Directory\.Create|SpecialFolder`)},
}

// readOnly finds calls of open in Python that only read.
var readOnly = lazyregexp.New(`\bopen\(\s*["'][^"'/\n][^"'\n]*["']\s*(,\s*["']rb?["']\s*)?(,\s*encoding\s*=\s*["'][^"']*["']\s*)?\)`)

// harmlessPrograms are what runs sources and writes no files by itself.
var harmlessPrograms = map[string][]string{
	"python": {"python", "uvicorn", "gunicorn", "flask", "fastapi", "hypercorn"},
	"node":   {"node", "next"},
}

// maxRead is as many texts as are gathered of one context: with that many some may be missing.
const maxRead = 500

// writeDoubt tells why it is not known that the program writes no files but those whose directories are made.
func writeDoubt(l *launch, a account) string {
	p := l.program
	switch {
	case p.why != "" && p.words == nil:
		return "which files it writes is not known: " + p.why
	case p.dev:
		name := p.name
		if name == "python" {
			name = "manage.py runserver"
		}
		return name + " is a tool to develop with: it writes beside its sources"
	}
	if p.name == "next" || p.runtime == "node" && nextFiles(l) {
		return "Next.js writes the pages that it renders again below .next, which stays owned by root"
	}
	for _, w := range l.words {
		if strings.Contains(" "+w+" ", " uv ") || strings.Contains(" "+w+" ", " npx ") {
			return "uv run and npx may install packages when the program starts"
		}
	}
	if call := busyStep(p); call != "" {
		return fmt.Sprintf("%s runs before the program and may write files", call)
	}
	return sourceDoubt(l)
}

// nextFiles tells an application of Next.js, whose standalone server is a plain server.js.
func nextFiles(l *launch) bool {
	return slices.ContainsFunc(l.ctx.Entries, func(e fix.ContextEntry) bool { return strings.HasPrefix(path.Base(e.Path), "next.config.") }) ||
		slices.ContainsFunc(l.doc.Dockerfile.Stages, func(s *source.Stage) bool {
			return slices.ContainsFunc(s.Instructions, func(in *source.Instruction) bool { return strings.Contains(in.Rest.Text, ".next") })
		})
}

// harmless are commands of start scripts that write nothing.
var harmless = []string{"set", "echo", "printf", "cd", "export", "sleep", "test", "[", "true", ":", "exec", "exit", "wait", "umask", "ulimit", "until", "nc", "curl", "pg_isready", "wait-for-it.sh", "shift", "env", "id", "ls", "date", "read", "local", "return", "command", "grep", "cat", "hostname", "trap"}

func busyStep(p program) string {
	steps := slices.Clone(p.also)
	for _, s := range p.scripts {
		if redirects.MatchString(s.text) {
			return s.path
		}
	}
	for _, call := range steps {
		if !slices.Contains(harmless, path.Base(call[0])) {
			return path.Base(call[0])
		}
	}
	return ""
}

// redirects finds output that goes into a file.
var redirects = lazyregexp.New(`(^|[^0-9&>])>>?\s*["']?[A-Za-z./$]+`)

// sourceDoubt reads the sources of the program.
func sourceDoubt(l *launch) string {
	runtime := l.program.runtime
	if runtime == "" {
		runtime = l.builtWith()
	}
	language, ok := runtimes[runtime]
	if !ok {
		return fmt.Sprintf("which files %s writes is not known", l.program.name)
	}
	if l.ctx.Failed != "" {
		return l.ctx.Failed
	}
	if l.ctx.Partial != "" || len(l.ctx.Texts) >= maxRead {
		return "the build context is too large to read all sources in it"
	}
	if f := l.program.file; f != "" && slices.Contains(language.extensions, path.Ext(f)) {
		if image := l.fromImage(f); image != "" {
			return fmt.Sprintf("%s may come from %s: which files it writes is not known", f, image)
		}
		if _, _, ok := l.text(f); !ok && !compiled(l, f) {
			return f + l.absent(f) + ": which files it writes is not known"
		}
	}
	seen := false
	if names := harmlessPrograms[runtime]; names != nil && !slices.Contains(names, l.program.name) {
		return fmt.Sprintf("the command runs %s, of which it is not known where it writes", l.program.name)
	}
	sources := sourceFiles(l.ctx, language.extensions)
	for _, name := range sources {
		seen = true
		text := readOnly.ReplaceAll(l.ctx.Texts[name], nil)
		if at := language.writes.FindIndex(text); at != nil {
			line := 1 + strings.Count(string(text[:at[0]]), "\n")
			return fmt.Sprintf("%s:%d may write files, and where is not known", name, line)
		}
		if doubt := importDoubt(l.ctx, runtime, name, sources); doubt != "" {
			return doubt
		}
	}
	if !seen {
		return fmt.Sprintf("no %s sources are in the build context: which files %s writes is not known", language.name, l.program.name)
	}
	return ""
}

// compiled tells that a file is made by another stage, or by a step.
func compiled(l *launch, file string) bool {
	if slices.ContainsFunc(l.stage.Instructions, func(in *source.Instruction) bool { _, from := in.Flag("from"); return in.Name == "COPY" && from }) {
		return true
	}
	for call := range l.callsSaying("build") {
		if slices.Contains(call, "build") {
			return true
		}
	}
	return false
}

func sourceFiles(c *fix.BuildContext, extensions []string) []string {
	var names []string
	for name := range c.Texts {
		if slices.Contains(extensions, path.Ext(name)) && !foreign(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// hiddenDoubt finds files of the context that only their owner can read: COPY keeps the mode and makes root the owner.
func hiddenDoubt(c *fix.BuildContext) string {
	if c == nil {
		return "what is in the build context is not known"
	}
	if c.Failed != "" {
		return c.Failed
	}
	for _, e := range c.Entries {
		switch {
		case e.Mode.IsRegular() && e.Mode&0o004 == 0:
			return fmt.Sprintf("%s is readable for its owner alone, and COPY keeps that", e.Path)
		case e.Mode.IsRegular() && e.Mode&0o101 == 0o100:
			return fmt.Sprintf("only its owner can run %s, and COPY keeps that", e.Path)
		case e.Mode.IsDir() && e.Mode&0o005 != 0o005:
			return fmt.Sprintf("the directory %s is open for its owner alone, and COPY keeps that", e.Path)
		}
	}
	return ""
}

// serviceDoubt looks at what a service mounts and runs.
func serviceDoubt(c *fix.BuildContext) string {
	s := service(c)
	if s == nil {
		return ""
	}
	for _, name := range []string{"command", "entrypoint"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			return fmt.Sprintf("the service %s in %s runs another command", s.Name, c.Compose)
		}
	}
	for _, name := range []string{"develop", "env_file", "volumes_from", "extends", "secrets", "configs", "tmpfs"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			return fmt.Sprintf("the service %s in %s has %s, and what that changes is not known", s.Name, c.Compose, name)
		}
	}
	for _, e := range c.Entries {
		if overrides.MatchString(e.Path) {
			return fmt.Sprintf("%s may change what the service %s runs and mounts", e.Path, s.Name)
		}
	}
	if why := environmentDoubt(s); why != "" {
		return fmt.Sprintf("the service %s in %s %s", s.Name, c.Compose, why)
	}
	for _, m := range mountsOf(s) {
		switch {
		case m.bind && !m.readOnly && !inContext(s, m.source):
			return fmt.Sprintf("the service %s in %s mounts %s, which keeps its owner", s.Name, c.Compose, m.source)
		case !m.bind && m.source != "":
			return fmt.Sprintf("what is already in the volume %s of %s keeps its owner", m.source, c.Compose)
		}
	}
	return ""
}

// overrides finds Compose files that others are merged with.
var overrides = lazyregexp.New(`^(docker-)?compose\.[A-Za-z0-9_-]+\.ya?ml$`)

// environmentDoubt looks for low ports, and for files that the program writes, among the variables of a service.
func environmentDoubt(s *source.Service) string {
	f, ok := s.Field("environment")
	if !ok || f.Node.IsNull() {
		return ""
	}
	for _, e := range s.Environment() {
		name, value := e.Name, e.Value
		port, err := strconv.Atoi(value)
		switch {
		case err == nil && strings.HasSuffix(name, "PORT") && 0 < port && port < 1024:
			return fmt.Sprintf("sets %s to %d, and that port needs root where low ports are not open to all", name, port)
		case argumentsText.MatchString(name):
			return "gives the program more options in " + name
		case dataText.MatchString(" " + value):
			return fmt.Sprintf("sets %s, which may name a file that the program writes", name)
		}
	}
	return ""
}

// inContext reports whether a service mounts its whole build context: the modes of these files are known, and so is whether
// the program writes. A part of it may be data.
func inContext(s *source.Service, mounted string) bool {
	b := s.Build()
	return b != nil && strings.HasPrefix(mounted, ".") && path.Clean(mounted) == path.Clean(b.Context)
}
