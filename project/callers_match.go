package project

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// legacyLines finds the lines of a script that count, in order.
func legacyLines(file, text string) (found []Evidence) {
	all := syntaxOf(file).statements(text)
	names := map[string]bool{}
	for _, s := range all {
		addVersionNames(names, s.text)
	}
	for _, s := range all {
		for _, p := range append(s.pins(), s.assigned(names)...) {
			found = append(found, Evidence{Path: file, Line: s.lineAt(p.offset), Version: p.version})
		}
		for _, offset := range s.stackDeploys() {
			found = append(found, Evidence{Path: file, Line: s.lineAt(offset), Stack: true})
		}
		for _, m := range passesArgument.FindAllStringSubmatchIndex(s.text, -1) {
			found = append(found, Evidence{Path: file, Line: s.lineAt(m[0]), Argument: s.text[m[2]:m[3]]})
		}
		if m := workflowArgument.FindStringSubmatch(s.text); m != nil {
			found = append(found, Evidence{Path: file, Line: s.line, Argument: m[1]})
		}
	}
	slices.SortStableFunc(found, func(a, b Evidence) int { return cmp.Compare(a.Line, b.Line) })
	return slices.Compact(found)
}

// passesArgument finds --build-arg NAME and --build-arg=NAME=value; workflowArgument a line of the build-args of a workflow.
var (
	passesArgument   = lazyregexp.New(`--build-arg[\s=]+["']?([A-Za-z_]\w*)`)
	workflowArgument = lazyregexp.New(`^\s*(?:build-args:\s*)?["']?([A-Za-z_]\w*)=\$\{\{`)
)

// callLines finds the calls of Compose that tell about the .env, in order.
func callLines(file, text string) (found []Evidence) {
	ci := ofCI(file)
	if !strings.Contains(text, "--env-file") && (!ci || !mentionsCompose.MatchString(text) && !strings.Contains(text, "docker compose")) {
		return nil
	}
	for _, s := range syntaxOf(file).statements(text) {
		for _, m := range s.envFiles() {
			found = append(found, Evidence{Path: file, Line: s.lineAt(m[0]), EnvFile: s.text[m[2]:m[3]], Command: s.text[m[0]:m[1]]})
		}
		if m := composeRun.FindStringIndex(s.text); m != nil && ci {
			found = append(found, Evidence{Path: file, Line: s.lineAt(m[0]), CI: true, Command: s.text[m[0]:m[1]]})
		}
	}
	return found
}

// pin is a docker-compose 1.x that is asked for.
type pin struct {
	offset  int
	version string
}

// version is the start of a version 1 as it is written: 1.25.0, v1.8, 1.*.
const version = `v?(1\.[\d*x][\w.*]*)`

// withDefault is the start of ${NAME:-1.25.0}.
const withDefault = `(?:\$\{\w+:?[-=])?`

// pinPatterns have the version as their last group, and an operator as one before it.
var pinPatterns = []*lazyregexp.Regexp{
	// pip, apt, apk, conda, Pipfile and Poetry: docker-compose==1.25.0, docker-compose~=1.25, docker-compose = "^1.25",
	// docker-compose>=1.20,<1.27, docker-compose = {version = "1.25.0"}. A lower bound alone installs the newest. The npm
	// package docker-compose has a version 1 too, and is written with a colon.
	lazyregexp.New(`(?i)docker[-_]compose(?:\[\w+\])?["' ]*(?:= *\{[^}]*version *)?(?:= *["'])?(?:[<>!]=? *[\w.*]+ *, *)*(<=?|[=~]=?=?) *["'=~^]*` + version),
	// Chocolatey: choco install docker-compose --version 1.25.0.
	lazyregexp.New(`(?i)\binstall\b[^;&|\n]*\bdocker-compose\b[^;&|\n]*--version[= ]+["']?` + version),
	// The image: docker/compose:1.24.0, docker/compose:alpine-1.27.4, someone/docker-compose:1.12.
	lazyregexp.New(`(?i)(?:docker/compose|\w/docker-compose):(?:[a-z]+-)?` + withDefault + version),
	// The release, downloaded.
	lazyregexp.New(`(?i)compose/releases/download/` + withDefault + version),
	// A variable of that name: DOCKER_COMPOSE_VERSION=1.25.0, docker_compose_version: "1.25.0". A COMPOSE_VERSION can be
	// that of Jetpack Compose, and counts where docker-compose is downloaded by it.
	lazyregexp.New(`(?i)docker[-_.]?compose[-_.]?ver(?:sion)?["'} ]*(?:[:?+]?=|:|)["' \[]*` + withDefault + version),
}

// pins finds versions that stand where docker-compose is asked for.
func (s statement) pins() (all []pin) {
	if !mentionsCompose.MatchString(s.text) {
		return nil
	}
	for _, p := range pinPatterns {
		for _, m := range p.FindAllStringSubmatchIndex(s.text, -1) {
			n := len(m)
			v := s.text[m[n-2]:m[n-1]]
			if n > 4 && s.text[m[2]:m[3]] == "<" && (v == "1.27" || v == "1.27.0") {
				v = "<" + v // 1.27 is the first that is new enough
			}
			all = append(all, pin{m[n-2], v})
		}
	}
	return all
}

// mentionsCompose is cheap, and part of all that is looked for but docker stack deploy.
var mentionsCompose = lazyregexp.New(`(?i)docker[-_/.]?compose|compose/releases`)

// envFile matches a call of Compose with another file in place of .env.
var envFile = lazyregexp.New(`(?i)\bdocker[- ]compose\s[^;&|\n]*--env-file[= ]+["']?([^\s"';&|]+)[^;&|\n]*`)

// envFiles finds where Compose is given another file than .env.
func (s statement) envFiles() [][]int {
	if !strings.Contains(s.text, "--env-file") {
		return nil
	}
	return slices.DeleteFunc(envFile.FindAllStringSubmatchIndex(s.text, -1), func(m []int) bool {
		return strings.TrimPrefix(s.text[m[2]:m[3]], "./") == ".env"
	})
}

// composeRun matches a call of Compose that reads the variables of a file.
var composeRun = lazyregexp.New(`(?i)\bdocker[- ]compose\s[^;&|\n]*\b(?:up|run|build|create|start|pull|config|exec|push)\b[^;&|\n]*`)

// ofCI reports whether a file belongs to a CI service: what it runs has what is in the repository, and no .env.
func ofCI(file string) bool {
	base := strings.ToLower(filepath.Base(file))
	if slices.Contains(ciFiles, base) || strings.HasPrefix(base, "jenkinsfile") || strings.HasSuffix(base, ".jenkinsfile") || strings.HasPrefix(base, "azure-pipelines") {
		return true
	}
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(filepath.Dir(file)), "/"), func(folder string) bool {
		return slices.Contains(ciFolders, strings.ToLower(folder))
	})
}

var (
	ciFolders = strings.Fields(".azure .azure-pipelines azure-pipelines bamboo-specs .buildkite .circleci .gitlab .semaphore .woodpecker .github .gitea .forgejo")
	ciFiles   = strings.Fields(".appveyor.yml .cirrus.yml .drone.yml .gitlab-ci.yaml .gitlab-ci.yml .travis.yml .woodpecker.yaml .woodpecker.yml appveyor.yml bitbucket-pipelines.yml buildspec.yml circle.yml cloudbuild.yaml cloudbuild.yml")
)

// ComposeFiles are the files that the Command names with -f; none where it takes the usual one.
func (e Evidence) ComposeFiles() (names []string) {
	for _, m := range composeFileFlag.FindAllStringSubmatch(e.Command, -1) {
		names = append(names, m[1])
	}
	return names
}

var composeFileFlag = lazyregexp.New(`\s(?:-f|--file)[= ]+["']?([^\s"']+)`)

var (
	// versionPlace is where the version of docker-compose stands: in its download, its image, its pip requirement.
	versionPlace = lazyregexp.New(`(?i)(?:compose/releases/download/|docker/compose:|docker[-_]compose["' ]*==? *)([^/\n]{1,80})`)
	// nameUse is a variable of shells, make, PowerShell, cmd, Terraform, Ansible, GitHub, Ruby and Python: $V, ${V}, $(V),
	// $env:V, %V%, ${var.v}, {{ v }}, ${{ env.V }}, #{v}, + V.
	nameUse = lazyregexp.New(`[${(%#+] *(?:\w+[.:])?([A-Za-z_]\w*(?:-[A-Za-z]\w*)*)`)
	// assignment gives a variable a version 1: V=1.25.0, V ?= 1.25.0, v: "1.25.0", ENV V 1.25.0, "${V:=1.25.0}".
	assignment = lazyregexp.New(`(?:^|[^\w-])([A-Za-z_][\w-]*)["'}]*\s*(?:[:?+]?=|:|\s)["'\[\s]*` + withDefault + version)
)

// addVersionNames adds the variables that hold the version of docker-compose.
func addVersionNames(names map[string]bool, text string) {
	if !mentionsCompose.MatchString(text) {
		return
	}
	for _, place := range versionPlace.FindAllStringSubmatch(text, -1) {
		for _, use := range nameUse.FindAllStringSubmatch(place[1], -1) {
			names[strings.ToLower(use[1])] = true
		}
	}
}

// assigned finds what is given to such a variable.
func (s statement) assigned(names map[string]bool) (all []pin) {
	if len(names) == 0 {
		return nil
	}
	for _, m := range assignment.FindAllStringSubmatchIndex(s.text, -1) {
		if names[strings.ToLower(s.text[m[2]:m[3]])] {
			all = append(all, pin{m[4], s.text[m[4]:m[5]]})
		}
	}
	return all
}
