package dockerfile

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// SingleStageBuild points out images that keep the compiler that built the program.
var SingleStageBuild = &fix.Rule{
	Name:  "single-stage-build",
	Title: "the image keeps the compiler that built its program",
	Why: "Compilers, their caches and the sources make an image several times as large as the program in it, and are tools for whoever breaks in. A second stage copies only what was built. " +
		"The rule points out a stage that compiles and that runs what it compiled, where no stage copies from another: the command that compiles, or the packages of a compiler that are installed for a pip, npm or gem install and never removed. " +
		"What to copy differs from project to project, so that nothing is rewritten. Images without a command, for work in them, and those that compile when they start are left alone.",
	Kind:  source.DockerfileKind,
	Wants: wantLaunch,
	Check: checkSingleStageBuild,
}

func checkSingleStageBuild(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		if l.declined() || l.image.Family == images.Windows || l.program.dev || l.program.why != "" && l.program.runtime == "" || l.copiesFromStage() || l.isCopiedFrom() || l.startsForWork() {
			continue
		}
		in, found := l.compiles()
		if in == nil || l.runsForPeople() {
			continue
		}
		p.Report(fix.Finding{Span: in.Span, Message: found.message, Reason: found.advice})
	}
}

// copiesFromStage tells that something comes from another stage or image.
func (l *launch) copiesFromStage() bool {
	return slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		_, from := in.Flag("from")
		return from
	})
}

// isCopiedFrom tells that another stage takes from the chain what it needs.
func (l *launch) isCopiedFrom() bool {
	for in := range instructions(l.doc, "COPY") {
		from, ok := in.Flag("from")
		if ok && slices.ContainsFunc(l.chain, func(s *source.Stage) bool {
			return s.Name.Text != "" && strings.EqualFold(from.Value.Text, s.Name.Text) || from.Value.Text == strconv.Itoa(s.Index)
		}) {
			return true
		}
	}
	return false
}

// startsForWork tells commands that give out files, or that start a program in the way of its developers.
func (l *launch) startsForWork() bool {
	return slices.ContainsFunc(l.words, func(w string) bool {
		w, _, _ = strings.Cut(w, " ")
		return slices.Contains([]string{"tar", "cp", "rsync", "zip", "dev", "start:dev", "watch", "test"}, path.Base(w))
	}) || slices.Contains([]string{"tar", "cp", "rsync", "zip"}, l.program.name)
}

// builder is a command that compiles a program.
type builder struct {
	verbs []string // one of its words
	keeps string   // what stays in the image beside the program
	leave string   // what the last stage needs
}

// builders are the commands that turn sources into a program which runs without them.
var builders = map[string]builder{
	"go":      {[]string{"build", "install"}, "the Go compiler and its caches", "copy the binary into gcr.io/distroless/static, alpine or scratch"},
	"cargo":   {[]string{"build", "install"}, "the Rust compiler and target/", "copy the binary into a slim image of the same system"},
	"mvn":     {[]string{"package", "install", "verify"}, "Maven and its repository", "copy the jar into an image with a JRE"},
	"mvnw":    {[]string{"package", "install", "verify"}, "Maven and its repository", "copy the jar into an image with a JRE"},
	"gradle":  {[]string{"build", "bootJar", "assemble", "installDist", "shadowJar", "jar", "clean"}, "Gradle and its caches", "copy the jar into an image with a JRE"},
	"gradlew": {[]string{"build", "bootJar", "assemble", "installDist", "shadowJar", "jar"}, "Gradle and its caches", "copy the jar into an image with a JRE"},
	"sbt":     {[]string{"assembly", "dist", "stage", "package", "universal:packageBin"}, "sbt and its caches", "copy what it made into an image with a JRE"},
	"lein":    {[]string{"uberjar"}, "Leiningen and its repository", "copy the jar into an image with a JRE"},
	"dotnet":  {[]string{"publish"}, "the .NET SDK", "copy what was published into mcr.microsoft.com/dotnet/aspnet or runtime"},
	"swift":   {[]string{"build"}, "the Swift toolchain", "copy the binary into the slim image of Swift"},
	"stack":   {[]string{"build", "install"}, "GHC and the packages of Haskell", "copy the binary into a slim image of the same system"},
	"cabal":   {[]string{"build", "install"}, "GHC and the packages of Haskell", "copy the binary into a slim image of the same system"},
}

// tooling are programs whose presence in the command tells that the image is for building.
var tooling = []string{"go", "cargo", "mvn", "mvnw", "gradle", "gradlew", "sbt", "lein", "swift", "stack", "cabal", "make", "cmake", "gcc", "rustc", "javac", "air", "reflex", "fresh", "realize", "CompileDaemon", "modd", "gin", "clj", "clojure", "amp"}

// compiledFinding is what is said about a compiler.
type compiledFinding struct{ message, advice string }

// compiles is the RUN that compiles what the image runs, with what to say; nil where there is none.
func (l *launch) compiles() (*source.Instruction, compiledFinding) {
	for _, call := range append(l.program.also, l.program.words) {
		if len(call) > 0 && slices.Contains(tooling, path.Base(call[0])) {
			return nil, compiledFinding{}
		}
	}
	if in, f := l.builds(); in != nil {
		return in, f
	}
	return l.compilerPackages()
}

// builds is the last RUN with a command that compiles the program of the image.
func (l *launch) builds() (*source.Instruction, compiledFinding) {
	for _, in := range slices.Backward(l.all()) {
		if in.Name != "RUN" || !l.reader.says(in, "go", "cargo", "mvn", "gradle", "sbt", "lein", "dotnet", "swift", "stack", "cabal") { // in the names of all builders
			continue
		}
		calls := l.reader.calls(in)
		for i, call := range calls {
			call = unwrap(call)
			if len(call) < 2 {
				continue
			}
			name := path.Base(call[0])
			b, ok := builders[name]
			if !ok || !slices.ContainsFunc(call[1:], func(w string) bool { return slices.Contains(b.verbs, w) }) || fetchesTool(name, call) || cleansUp(name, calls[i:]) || !l.ranHere(name) {
				continue
			}
			return in, compiledFinding{"the image keeps " + b.keeps + " behind " + name + " " + verbOf(call, b.verbs), "compile in a stage of its own, and " + b.leave}
		}
	}
	return nil, compiledFinding{}
}

func verbOf(call, verbs []string) string {
	i := slices.IndexFunc(call, func(w string) bool { return slices.Contains(verbs, w) })
	return call[i]
}

// fetchesTool tells an install of somebody else's program: go install example.com/x@latest, cargo install x.
func fetchesTool(name string, call []string) bool {
	switch name {
	case "go":
		return slices.ContainsFunc(call, func(w string) bool { return strings.Contains(w, "@") || w == "std" })
	case "cargo", "cabal", "stack":
		return slices.Contains(call, "install") && !slices.Contains(call, "--path") && name == "cargo"
	case "mvn", "mvnw":
		return slices.ContainsFunc(call, func(w string) bool { return strings.HasPrefix(w, "dependency:") })
	}
	return false
}

// cleansUp tells that the compiler is taken away again behind a build.
func cleansUp(name string, calls [][]string) bool {
	for _, call := range calls {
		if p, ok := packagingOf(call); ok && p.remove {
			return true
		}
		if call[0] == "rm" && slices.ContainsFunc(call, func(w string) bool {
			return strings.Contains(w, "/usr/local/go") || strings.Contains(w, ".cargo") || strings.Contains(w, "rustup") || strings.Contains(w, "/usr/lib/go") || strings.Contains(w, "/opt/"+name) || strings.Contains(w, "maven")
		}) {
			return true
		}
	}
	return false
}

// ranHere reports whether what runs can be what was compiled: a program in another language is not.
func (l *launch) ranHere(builder string) bool {
	java := builder == "mvn" || builder == "mvnw" || strings.HasPrefix(builder, "gradle") || builder == "sbt" || builder == "lein"
	switch l.program.runtime {
	case "":
		return !l.program.worker
	case "java":
		return java
	case "dotnet":
		return builder == "dotnet"
	}
	return false
}

// compilers are packages of systems that have a compiler in them.
var compilers = []string{"build-essential", "gcc", "g++", "build-base", "clang", "gcc-c++", "gfortran", "alpine-sdk"}

// partsOfCompilers are texts of which each of compilers has one.
var partsOfCompilers = []string{"build-", "gcc", "g++", "clang", "gfortran", "alpine-sdk"}

// libraryInstallers are the programs that install the libraries of an interpreter.
var libraryInstallers = map[string][]string{"python": {"pip", "pipenv", "poetry"}, "node": {"npm", "yarn"}, "ruby": {"gem", "bundle"}}

// libraryInstalls are the commands for which they are installed.
var libraryInstalls = map[string]string{"pip": "pip install", "npm": "npm install", "yarn": "yarn", "gem": "gem install", "bundle": "bundle install", "pipenv": "pipenv install", "poetry": "poetry install"}

// compilerPackages is the RUN that installs a compiler for the libraries of an interpreter and leaves it in the image.
func (l *launch) compilerPackages() (*source.Instruction, compiledFinding) {
	installers := libraryInstallers[l.program.runtime]
	if len(installers) == 0 || !slices.ContainsFunc(l.packageRuns(), func(in *source.Instruction) bool { return l.reader.says(in, partsOfCompilers...) }) {
		return nil, compiledFinding{}
	}
	kept := slices.DeleteFunc(l.kept(), func(name string) bool { return !slices.Contains(compilers, name) })
	if len(kept) == 0 {
		return nil, compiledFinding{}
	}
	for _, call := range l.calls() {
		call = unwrap(call)
		if len(call) < 2 {
			continue
		}
		name := programName(call[0])
		if slices.Contains(installers, name) && slices.ContainsFunc(call[1:], func(w string) bool { return w == "install" || w == "ci" }) {
			slices.Sort(kept)
			kept = slices.Compact(kept)
			return l.runWith(kept[0]), compiledFinding{"the image keeps " + listed(kept) + ", installed for " + libraryInstalls[name],
				"install the libraries in a stage of its own and copy them, a virtual environment for Python, or remove the compiler in the same RUN"}
		}
	}
	return nil, compiledFinding{}
}

// runWith is the first RUN of the chain that installs a package.
func (l *launch) runWith(name string) *source.Instruction {
	for _, in := range l.all() {
		for _, call := range l.reader.calls(in) {
			if p, ok := packagingOf(call); ok && !p.remove && slices.Contains(p.names, name) {
				return in
			}
		}
	}
	return nil
}
