package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// DevInProduction points out settings for development in files that production reads.
var DevInProduction = &fix.Rule{
	Name:  "dev-in-production",
	Title: "settings for development in a file that production reads",
	Why: "A server that reloads itself, debug mode, or the sources of the host over those of the image: good at a desk, slow or dangerous in production. Compose merges compose.override.yaml over compose.yaml where nobody names files, so that the base file can hold what is true everywhere and the override what is for development. " +
		"The rule looks at files whose name says production, and at a base file that stands alone, with no override and no file for production beside it, in no directory for development, tests or examples. It only points out: what moves where is yours to say.",
	Kind: source.ComposeKind,
	Wants: func(*source.Document) []fix.Want {
		return []fix.Want{fix.WantProject, fix.WantDockerfiles}
	},
	Check: checkDevInProduction,
}

// baseNames are the files that Compose reads where none is named.
var baseNames = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

func checkDevInProduction(p *fix.Pass) {
	if !isProduction(p.Doc.Name) && !standsAlone(p) || strings.Contains(p.Doc.Name, ".devcontainer") {
		return
	}
	for _, c := range servicesOf(p) {
		if c.has("profiles") {
			continue
		}
		reportDevCommand(p, c)
		reportDevStage(p, c)
		reportDevVariables(p, c)
		reportSourceMounts(p, c)
	}
}

// forDevelopment are words in names of directories for development, tests or examples: of dev, local-env, examples, e2e_tests.
var forDevelopment = strings.Fields("dev devel develop development devcontainer devcontainers local localhost debug test tests testing testdata fixture fixtures e2e ci example examples sample samples demo demos sandbox playground tutorial tutorials quickstart quickstarts benchmark benchmarks")

// inDirectoryForDevelopment reports whether a file lies in such a directory of its repository or, where that is not known, by its
// name. Of an absolute name only the last directory counts: where a project lies says nothing about it.
func inDirectoryForDevelopment(p *fix.Pass) bool {
	dir := p.Facts.Project.Folder
	if dir == "" {
		dir = path.Dir(p.Doc.Name)
	}
	if path.IsAbs(dir) {
		dir = path.Base(dir)
	}
	return isForDevelopment(dir)
}

func isForDevelopment(dir string) bool {
	for word := range strings.FieldsFuncSeq(dir, func(r rune) bool { return r == '/' || r == '.' || r == '_' || r == '-' }) {
		if slices.Contains(forDevelopment, strings.ToLower(word)) {
			return true
		}
	}
	return false
}

// standsAlone reports whether a file is the only one that says how its project runs.
func standsAlone(p *fix.Pass) bool {
	return slices.Contains(baseNames, path.Base(p.Doc.Name)) && !inDirectoryForDevelopment(p) && !slices.ContainsFunc(p.Facts.Project.Others, func(f fix.ComposeFile) bool {
		return f.Override || isProduction(f.Doc.Name)
	})
}

const toOverride = "keep it in compose.override.yaml, which production leaves out"

// devCommands are commands of servers for development. Most commands hold none of the words, which are looked for first.
var devCommands = []struct {
	words   []string
	pattern *lazyregexp.Regexp
	says    string
}{
	{[]string{"reload"}, lazyregexp.New(`(^| )--(reload|hot-reload|autoreload|livereload)( |=|$)`), "reloads itself when a file changes"},
	{[]string{"runserver"}, lazyregexp.New(`manage\.py (runserver|runserver_plus)( |$)`), "is the server of Django for development"},
	{[]string{"flask"}, lazyregexp.New(`(^| |/)flask (.* )?run( .*)? --debug( |$)|(^| |/)flask --debug `), "runs Flask in debug mode"},
	{[]string{"nodemon", "ts-node-dev", "watch", "reflex"}, lazyregexp.New(`(^| |/)(nodemon|ts-node-dev|tsx watch|cargo watch|reflex|watchexec|watchmedo)( |$)`), "starts again when a file changes"},
	{[]string{"npm ", "yarn ", "bun "}, lazyregexp.New(`(^| |/)(npm|pnpm|yarn|bun)( run)? (dev|develop|start:dev|dev:\w+|watch)( |$)`), "is a server for development"},
	{[]string{" dev"}, lazyregexp.New(`(^| |/)(next|nuxt|nuxi|astro|remix|gatsby) (dev|develop)( |$)`), "is a server for development"},
	{[]string{"vite"}, lazyregexp.New(`(^| |/)vite( --\S+| dev| serve|$)`), "is a server for development"},
	{[]string{" serve", "webpack-dev-server", "react-scripts"}, lazyregexp.New(`(^| |/)(ng serve|webpack serve|webpack-dev-server|vue-cli-service serve|react-scripts start)( |$)`), "is a server for development"},
	{[]string{"artisan", "php"}, lazyregexp.New(`(^| |/)(php )?artisan serve( |$)|(^| |/)php (.* )?-S `), "is the server of PHP for development"},
	{[]string{"dotnet", "go run", "spring-boot:run", "bootRun", "phx"}, lazyregexp.New(`(^| |/)(dotnet watch|go run|mvnw? spring-boot:run|gradlew? bootRun|mix phx\.server)( |$)`), "builds the program when it starts"},
}

func reportDevCommand(p *fix.Pass, c *composed) {
	for _, name := range []string{"entrypoint", "command"} {
		f, ok := c.Field(name)
		if !ok {
			continue
		}
		text := strings.Join(strings.Fields(strings.Join(commandWords(f.Node), " ")), " ")
		for _, d := range devCommands {
			if containsAny(text, d.words) && d.pattern.MatchString(text) {
				p.Report(fix.Finding{Span: f.Node.Span, Message: "the command of " + c.Name + " " + d.says, Reason: toOverride})
				return
			}
		}
	}
}

// devStage finds the names of stages of a Dockerfile that are for development.
var devStage = lazyregexp.New(`(?i)^(dev|devel|develop|development|dev-envs?|debug|local)$`)

func reportDevStage(p *fix.Pass, c *composed) {
	if b := c.Build(); b != nil && devStage.MatchString(b.Target) {
		f, _ := b.Node.Lookup("target")
		p.Report(fix.Finding{Span: f.Node.Span, Message: c.Name + " is built up to the stage " + b.Target, Reason: toOverride})
	}
}

// devValues are variables that turn development on, with their values in lower case.
var devValues = map[string][]string{
	"FLASK_ENV": {"development"}, "FLASK_DEBUG": {"1", "true"}, "NODE_ENV": {"development"}, "RAILS_ENV": {"development"}, "RACK_ENV": {"development"}, "APP_ENV": {"local", "dev", "development"},
	"APP_DEBUG": {"1", "true"}, "ASPNETCORE_ENVIRONMENT": {"development"}, "DOTNET_ENVIRONMENT": {"development"}, "DJANGO_DEBUG": {"1", "true"}, "MIX_ENV": {"dev"}, "SYMFONY_ENV": {"dev"}, "WORDPRESS_DEBUG": {"1", "true"},
	"CHOKIDAR_USEPOLLING": {"1", "true"}, "WATCHPACK_POLLING": {"1", "true"}, "WDS_SOCKET_PORT": {"0"},
}

func reportDevVariables(p *fix.Pass, c *composed) {
	for _, v := range c.Environment() {
		if values, ok := devValues[v.Name]; ok && slices.Contains(values, strings.ToLower(v.Value)) {
			p.Report(fix.Finding{Span: v.Node.Span, Message: v.Name + " of " + c.Name + " turns on what is for development", Reason: toOverride})
		}
	}
}

// reportSourceMounts points out mounts of the directory that an image is built from, over what was built.
func reportSourceMounts(p *fix.Pass, c *composed) {
	b := c.Build()
	if b == nil || b.Context == "" || copiesNothing(p.Facts.Dockerfiles[c.Name]) {
		return
	}
	for _, m := range c.read.mounts {
		if m.isBind() && isSourceDir(m, b.Context) {
			p.Report(fix.Finding{Span: m.node.Span, Message: c.Name + " mounts the files that it is built from, " + m.source, Reason: toOverride})
			return
		}
	}
}

// copiesNothing reports whether a Dockerfile is known to take no file of the build context, as where it only installs something: then a
// mount hides nothing of it. What the images below it do with ONBUILD is not known.
func copiesNothing(doc *source.Document) bool {
	if doc == nil || doc.Dockerfile == nil {
		return false
	}
	return !slices.ContainsFunc(doc.Dockerfile.Instructions, func(in *source.Instruction) bool {
		_, mounted := in.Flag("mount")
		return mounted || slices.Contains([]string{"COPY", "ADD", "ONBUILD"}, in.Name)
	})
}

// sourceDirs are names of directories with sources.
var sourceDirs = []string{"src", "app", "lib", "public", "pages", "components", "static", "templates", "server", "client", "api", "frontend", "backend", "web"}

// isSourceDir reports whether a mount puts the build context, or sources in it, in the place of what was built.
func isSourceDir(m mount, context string) bool {
	from, built := path.Clean(m.source), path.Clean(context)
	if path.IsAbs(from) || strings.Contains(from, "$") || strings.HasPrefix(from, "~") || systemDir(m.target) {
		return false
	}
	if from == built {
		return true
	}
	rest, inside := strings.CutPrefix(from, built+"/")
	if built == "." {
		rest, inside = from, !strings.HasPrefix(from, "..")
	}
	return inside && slices.Contains(sourceDirs, path.Base(rest)) && (path.Base(m.target) == path.Base(rest) || slices.Contains([]string{"/app", "/code", "/src", "/usr/src/app", "/var/www/html", "/workspace"}, m.target))
}

// systemDir reports whether a directory holds settings or data of a system, not a program that is built.
func systemDir(target string) bool {
	for _, dir := range []string{"/etc", "/data", "/config", "/var/lib", "/var/log", "/docker-entrypoint", "/backup", "/usr/share/nginx"} {
		if target == dir || strings.HasPrefix(target, dir+"/") || strings.HasPrefix(target, dir+"-") {
			return true
		}
	}
	return false
}
