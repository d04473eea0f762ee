package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// FatBase finds images that are built on the large variant of an official image where the small one may do.
var FatBase = &fix.Rule{
	Name:  "fat-base",
	Title: "a base image with compilers that nothing uses",
	Why: "python:3.12 has compilers, headers and version control in it, for building; python:3.12-slim has what runs a program, in an eighth of the size, and far fewer packages in which holes are found. " +
		"The fix writes the slim variant of the official images of Python, Node.js and Ruby, and the JRE in place of the JDK of Eclipse Temurin: the same version, the same Debian, never Alpine, whose C library is another one. " +
		"It is held back always: a library that has no build of its own for the platform needs the compiler, and that cannot be seen here. Without a finding are stages that only others copy from, or build on, those where a command uses what only the large variant has, and dependencies that are known to be compiled.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"source-ref"},
	Wants: func(doc *source.Document) []fix.Want {
		return append(wantLaunch(doc), fix.WantText("requirements*.txt"), fix.WantText("Pipfile"), fix.WantText("pyproject.toml"))
	},
	Check: checkFatBase,
}

func checkFatBase(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		small, ok := smallerOf(l.ref)
		if !ok || l.program.dev || l.declined() || l.isCopiedFrom() || l.isBuiltOn() || l.runsForPeople() || !l.fits(small) {
			continue
		}
		bottom := l.chain[len(l.chain)-1]
		f := fix.Finding{Span: bottom.Image.Span, Message: fmt.Sprintf("%s is about %s; %s, about %s, has what runs a program", small.was, small.wasSize, small.ref, small.size)}
		l.shrink(&f, bottom, small)
		p.Report(f)
	}
}

// shrink gives the finding its fix.
func (l *launch) shrink(f *fix.Finding, bottom *source.Stage, s smaller) {
	images := l.doc.Images()
	i := slices.IndexFunc(images, func(i source.Image) bool {
		return i.Where == source.WhereFrom && slices.Contains(i.Stages, bottom.Index)
	})
	switch {
	case strings.Contains(l.ref, "@"):
		f.Reason = "its digest is that of the large image: take the one of " + s.ref
	case i < 0 || images[i].Held != "" || images[i].Before != "" || len(images[i].Variables) > 0 || len(images[i].Stages) != 1:
		f.Reason = "a variable or another stage shares the reference: write " + s.ref + " there"
	default:
		f.Fix = &fix.Fix{Title: "build on " + s.ref, Safety: fix.Unsafe, Edits: []fix.Edit{fix.Replace(images[i].Span, s.ref)}, Changes: images[i].Paths}
		f.Reason = "a library without a build of its own for this platform needs the compiler: whether there is one was not checked"
	}
}

// isBuiltOn tells that another stage of the file continues one of the chain.
func (l *launch) isBuiltOn() bool {
	return slices.ContainsFunc(l.doc.Dockerfile.Stages, func(s *source.Stage) bool {
		return s.Base != nil && slices.Contains(l.chain, s.Base) && !slices.Contains(l.chain, s)
	})
}

// smaller is the small variant of an image. The sizes are those of amd64 on Docker Hub, unpacked and rounded.
type smaller struct {
	was, ref      string
	wasSize, size string
	runtime       string
}

var (
	plainVersion = lazyregexp.New(`^(\d+)(?:\.\d+)*$`)
	onRelease    = lazyregexp.New(`^((\d+)(?:\.\d+)*|lts|current)-(bookworm|bullseye|trixie)$`)
	jdkTag       = lazyregexp.New(`^(\d+)(?:\.\d+)*(?:[._+]\d+)*(?:-jdk)?(-jammy|-noble|-focal|-alpine)?$`)
)

// smallerOf is the small variant of an official image; false where there is none, or the image is small.
func smallerOf(ref string) (smaller, bool) {
	whole, _, _ := strings.Cut(ref, "@")
	repository, tag := whole, ""
	if i := strings.LastIndexByte(whole, ':'); i > strings.LastIndexByte(whole, '/') {
		repository, tag = whole[:i], whole[i+1:]
	}
	s := smaller{was: whole}
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(repository, "docker.io/"), "library/"), "public.ecr.aws/docker/library/")
	switch name {
	case "python":
		s.runtime, s.wasSize, s.size = "python", "1.0 GB", "0.1 GB"
		tag = slimTag(tag, 3, true)
	case "node":
		s.runtime, s.wasSize, s.size = "node", "1.1 GB", "0.2 GB"
		tag = slimTag(tag, 8, false)
	case "ruby":
		s.runtime, s.wasSize, s.size = "ruby", "1.0 GB", "0.2 GB"
		tag = slimTag(tag, 2, true)
	case "eclipse-temurin":
		s.runtime, s.wasSize, s.size = "java", "0.45 GB", "0.25 GB"
		tag = jreTag(tag)
	default:
		return s, false
	}
	s.ref = repository + ":" + tag
	return s, tag != ""
}

// slimTag is the tag of the slim variant; "" where it is not known to exist. The name of the Debian release stands behind slim in
// the images of Python and Ruby, and before it in those of Node.js.
func slimTag(tag string, since int, slimFirst bool) string {
	if tag == "" || tag == "latest" {
		return "slim"
	}
	if m := plainVersion.FindStringSubmatch(tag); m != nil && atLeast(m[1], since) {
		return tag + "-slim"
	}
	if !slimFirst && (tag == "lts" || tag == "current") {
		return tag + "-slim"
	}
	m := onRelease.FindStringSubmatch(tag)
	switch {
	case m == nil || m[2] == "" && slimFirst || m[2] != "" && !atLeast(m[2], since):
		return ""
	case slimFirst:
		return m[1] + "-slim-" + m[3]
	}
	return tag + "-slim"
}

func atLeast(number string, least int) bool {
	n, err := strconv.Atoi(number)
	return err == nil && n >= least
}

// jreTag is the tag with the JRE; "" where there is none. Version 8 writes its updates with other characters.
func jreTag(tag string) string {
	m := jdkTag.FindStringSubmatch(tag)
	if m == nil || !atLeast(m[1], 8) {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(tag, m[2]), "-jdk") + "-jre" + m[2]
}

// onlyInLarge are programs that the large variants have from buildpack-deps, and the slim ones do not.
var onlyInLarge = []string{
	"gcc", "g++", "cc", "c++", "make", "cmake", "automake", "autoconf", "libtool", "ld", "git", "hg", "svn", "bzr", "curl", "wget", "ssh", "scp", "ssh-keyscan", "ssh-keygen", "unzip", "patch", "file", "pkg-config", "mysql_config", "pg_config",
	"convert", "identify", "magick", "xz", "bzip2", "dpkg-buildpackage", "procps", "ps", "top", "gpg", "node-gyp", "javac", "jar", "jlink", "jcmd", "jmap", "jstack", "jstat", "mvn", "gradle", "mvnw", "gradlew", "sbt", "lein", "keytool", "native-image",
}

// compiledLibraries are dependencies that are compiled on every platform, or fetched with git.
var compiledLibraries = lazyregexp.New(`(?im)^\s*"?(?:psycopg2|mysqlclient|uwsgi|python-ldap|pycairo|pygraphviz|pyodbc|pycurl|mod[-_]wsgi|pygobject|dbus-python|python-snappy|cx[-_]freeze|gdal|pyaudio|m2crypto|systemd-python|node-sass|canvas|node-gyp|re2|libxmljs2?|node-expat|pg-native|zeromq|robotjs)"?\s*(?:[=<>~!;:\[,]|$)|git\+|github:|@\s*git`)

// fits tells that nothing in the file is known to need the large variant.
func (l *launch) fits(s smaller) bool {
	if l.program.why != "" || l.program.runtime != s.runtime || l.image.Family == images.Windows {
		return false
	}
	installed := l.kept()
	calls := append(slices.Clone(l.calls()), l.program.also...)
	for _, in := range l.all() {
		if in.Name == "HEALTHCHECK" || in.Name == "CMD" || in.Name == "ENTRYPOINT" {
			calls = append(calls, strings.FieldsFunc(in.Rest.Text, func(r rune) bool { return strings.ContainsRune(` "[],;&|'()`, r) }))
		}
	}
	for _, s := range l.program.scripts {
		calls = append(calls, shellCalls(s.text)...)
	}
	for _, call := range calls {
		if _, packages := packagingOf(call); packages {
			continue
		}
		for _, w := range call {
			if name := path.Base(w); slices.Contains(onlyInLarge, name) && !slices.Contains(installed, name) || strings.Contains(w, "git+") {
				return false
			}
		}
	}
	return !l.compilesLibraries(s, installed)
}

// compilesLibraries tells that libraries are installed which are known to be compiled, and no compiler with them.
func (l *launch) compilesLibraries(s smaller, installed []string) bool {
	if slices.ContainsFunc(installed, func(name string) bool { return slices.Contains(compilers, name) }) {
		return false
	}
	for _, call := range l.calls() {
		call = unwrap(call)
		if len(call) < 2 {
			continue
		}
		switch name := programName(call[0]); {
		case s.runtime == "ruby" && (name == "bundle" || name == "gem") && slices.Contains(call, "install"):
			return true // most gems with C in them have no build of their own
		case compiledLibraries.MatchString(strings.Join(call[1:], "\n")):
			return true
		}
	}
	for name, text := range l.ctx.Texts {
		base := path.Base(name)
		manifest := strings.HasPrefix(base, "requirements") || base == "Pipfile" || base == "pyproject.toml" || base == "package.json"
		if manifest && !foreign(name) && compiledLibraries.Match(text) {
			return true
		}
	}
	return false
}
