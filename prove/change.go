package prove

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// wholeFile is the Stage of a change that belongs to no stage.
const wholeFile = -1

// Change is one difference between what two texts mean.
//
// The paths of a Dockerfile are a closed vocabulary, in which N counts from 0:
//
//	directive.syntax  directive.escape  directive.check        the parser directives on top of the file
//	arg.NAME                                                   the default of a global ARG, where no FROM shows it
//	stage-added  stage-removed  stage-name                     the list of stages
//	source-ref  source-attr.NAME  source-platform              an image, a URL or a repository that is built from
//	exec-args  exec-env  exec-user  exec-cwd  exec-mountN  exec-network  exec-security  exec-secret-env  exec-platform
//	file-aN  file-aN.owner  file-platform                      the Nth action of a COPY, ADD or WORKDIR
//	merge-inN  diff-inN  exec-other  source-other  file-other  what has no name of its own
//	step-added  step-removed  step-moved                       a whole RUN, COPY, ADD or WORKDIR
//	image.author  image.config.User  image.config.Cmd  ...     the image config as the OCI image specification spells it;
//	image.config.Env.NAME  image.config.Labels.NAME  ...       Env, Labels, ExposedPorts and Volumes by key
//
// The paths of a Compose file are those of its model after Compose made it canonical: services.web.image,
// services.web.environment.NAME, services.web.ports[0].published, services.web.depends_on.db.condition, version.
//
// The paths of any other file are those of what it decodes to: jobs.test.container, [1].spec.containers[0].image for the second
// document of a file, target.app.contexts.base. Where an alias stands for a value, its path is listed as well.
type Change struct {
	// Stage is the index of the Dockerfile stage in the text before, for an added stage in the text after; -1 for a Compose
	// file and for a file as a whole.
	Stage int
	Path  string
	// Before and After are JSON or plain text, "" where absent; a stage is "stage 0 (name)", and of an exec-env only the
	// variables that differ are given. They may hold secrets: print neither.
	Before, After string
	// Step is the 1-based RUN, COPY, ADD or WORKDIR of the stage in the text before, for an added step in the text after. A
	// base image is step 1, a base stage is none. 0 where the change is not one of a step.
	Step int
}

// Summary says what changed and holds no value, so that it can be printed always.
func (c Change) Summary() string {
	s := c.Path
	if c.Step > 0 {
		s = fmt.Sprintf("step %d: %s", c.Step, s)
	}
	if c.Stage >= 0 {
		s = fmt.Sprintf("stage %d: %s", c.Stage, s)
	}
	switch {
	case c.Before == "" && c.After != "" && !saysWhat(c.Path):
		s += " added"
	case c.Before != "" && c.After == "" && !saysWhat(c.Path):
		s += " removed"
	case !saysWhat(c.Path):
		s += " changed"
	}
	return s
}

// String is the Summary, with the values where they cannot be a secret.
func (c Change) String() string {
	if !printable.MatchString(c.Path) {
		return c.Summary()
	}
	return fmt.Sprintf("%s from %s to %s", c.Summary(), shown(c.Before), shown(c.After))
}

// saysWhat reports whether a path tells by itself whether something came or went.
func saysWhat(path string) bool {
	for _, suffix := range []string{"-added", "-removed", "-moved"} {
		if strings.HasSuffix(path, suffix) {
			return true
		}
	}
	return false
}

// printable lists the paths whose values are names, numbers and modes. Commands, variables, labels, file contents and
// build arguments are left out: all of them hold passwords in real files.
var printable = lazyregexp.New(`^(` + strings.Join([]string{
	`directive\.(syntax|escape|check)`,
	`stage-(name|added|removed)`, `step-moved`,
	`source-(ref|platform)`, `exec-(user|cwd|network|security|platform)`, `file-a\d+\.owner`, `file-platform`,
	`image\.config\.(User|WorkingDir|StopSignal)`, `image\.config\.(ExposedPorts|Volumes)\..*`, `image\.(os|architecture|variant)`,
	`version`, `services\.[^.]+\.(image|platform|restart|user)`, `services\.[^.]+\.ports\[\d+\].*`,
	`x-[^.]+\.image`, `jobs\.[^.]+\.(container|(container|services\.[^.]+)\.image|steps\[\d+\]\.uses)`,
	`(\[\d+\]\.)?(.*\.)?spec\.(initC|ephemeralC|c)ontainers\[\d+\]\.image`, `target\.[^.]+\.contexts\.[^.]+`,
	`services\.[^.]+\.depends_on\.[^.]+(\.\w+)?`, `services\.[^.]+\.deploy\.resources\..*`,
}, "|") + `)$`)

// shown is a value as String prints it: short, on one line, without the password of a URL.
func shown(v string) string {
	const most = 120 // bytes; a reference with a digest has about 100
	v = redacted(v)
	if v == "" {
		return "nothing"
	}
	if len(v) > most {
		v = strings.ToValidUTF8(v[:most], "") + "..."
	}
	return strings.ReplaceAll(v, "\n", " ")
}

// redacted leaves the user information and the query out of a URL: for a git or HTTP source they can be a token.
func redacted(v string) string {
	scheme, rest, found := strings.Cut(v, "://")
	if !found || scheme == "docker-image" {
		return v
	}
	authority, path, _ := strings.Cut(rest, "/")
	authority = authority[strings.LastIndex(authority, "@")+1:]
	path, _, _ = strings.Cut(path, "?")
	return scheme + "://" + authority + "/" + path
}
