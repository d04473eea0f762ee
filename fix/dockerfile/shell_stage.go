package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// lineage are the instructions that are in force before in: those before it in its stage, and those of the stages it is built
// on, nearest last. The slice may be that of the stage.
func lineage(df *source.Dockerfile, in *source.Instruction) []*source.Instruction {
	return inChain(df.Stages[in.Stage], in.Start)
}

// setBefore reports whether ENV or ARG sets one of the variables before in, or the program sets it before its command c.
func (s *script) setBefore(c *shellCommand, names ...string) bool {
	for _, name := range names {
		if slices.ContainsFunc(s.reader.setters(name), func(in *source.Instruction) bool { return inForce(s.doc.Dockerfile, in, s.In) }) {
			return true
		}
	}
	named := func(a assignment) bool { return slices.Contains(names, a.Name) }
	return slices.ContainsFunc(c.Assigned, named) || slices.ContainsFunc(s.Exports, named)
}

// inForce reports whether what an instruction does holds at another one: it stands before it in its stage, or in one that this is
// built on.
func inForce(df *source.Dockerfile, in, at *source.Instruction) bool {
	if in.Start >= at.Start || in.Stage < 0 {
		return false
	}
	st := df.Stages[at.Stage]
	for st != nil && st.Index > in.Stage {
		st = st.Base
	}
	return st != nil && st.Index == in.Stage
}

// mounted reports whether a cache, tmpfs or other mount of the RUN is where a tool keeps its cache: at or above one of the
// directories, or at a path that names one of the words.
func (s *script) mounted(words []string, dirs ...string) bool {
	for _, f := range s.In.Flags {
		if f.Name != "mount" {
			continue
		}
		target := mountTarget(f.Value.Text)
		if target == "" || strings.Contains(target, "$") || strings.Contains(target, "/.cache") {
			return true
		}
		for _, w := range words {
			if strings.Contains(target, w) {
				return true
			}
		}
		for _, d := range dirs {
			if strings.HasPrefix(d+"/", strings.TrimRight(target, "/")+"/") {
				return true
			}
		}
	}
	return false
}

// mountTarget is where a mount of a RUN stands; "/run/mounted" for a secret or a file of the build context, whose place does not
// matter. What another stage gives may be its cache.
func mountTarget(value string) string {
	value = strings.Trim(value, `"'`)
	target, stage := "", strings.Contains(","+value, ",from=")
	for _, field := range strings.Split(value, ",") {
		key, v, _ := strings.Cut(field, "=")
		switch key {
		case "target", "dst", "destination":
			target = v
		case "type":
			if v == "secret" || v == "ssh" || v == "bind" && !stage {
				return "/run/mounted"
			}
		}
	}
	if !strings.Contains(value, "type=") && !stage { // a bind mount of the build context
		return "/run/mounted"
	}
	return target
}

// base is the image that a stage is built on in the end, as the builder reads it: "debian:12"; "" where that is not
// known.
func base(st *source.Stage) string {
	for st.Base != nil {
		st = st.Base
	}
	ref, _, _ := strings.Cut(st.Ref, "@")
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		ref = strings.TrimPrefix(ref, prefix)
	}
	return ref
}

// nameAndTag cuts a reference at its tag.
func nameAndTag(ref string) (name, tag string) {
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		return ref[:i], ref[i+1:]
	}
	return ref, ""
}

// system is the family of a base image, by its name and tag.
type system string

// The families that rules tell apart. The empty one is not known.
const (
	debianSystem  system = "Debian"
	alpineSystem  system = "Alpine"
	redhatSystem  system = "Red Hat"
	busyboxSystem system = "busybox"
)

// debianImages are the official images whose tags without another word are built on Debian (their Dockerfiles in
// github.com/docker-library). Their user is root.
var debianImages = []string{"node", "python", "ruby", "php", "golang", "rust", "perl", "buildpack-deps", "openjdk", "nginx", "httpd", "postgres", "mysql", "mariadb", "redis", "gcc", "r-base", "tomcat", "pypy", "haskell", "julia", "erlang", "elixir", "wordpress", "drupal", "rabbitmq", "mongo", "maven", "eclipse-temurin", "rails", "java", "iojs"}

// systemOf tells the family of a stage's base image.
func systemOf(st *source.Stage) system {
	name, tag := nameAndTag(base(st))
	last := path.Base(name)
	switch {
	case name == "":
		return ""
	case last == "alpine" || strings.Contains(tag, "alpine"):
		return alpineSystem
	case name == "busybox" || strings.Contains(tag, "busybox"):
		return busyboxSystem
	case slices.Contains([]string{"debian", "ubuntu", "ubuntu-debootstrap"}, name), slices.Contains(debianImages, name) && !strings.Contains(tag, "ol"),
		last == "cuda" && strings.Contains(tag, "ubuntu"), name == "phusion/baseimage":
		return debianSystem
	case slices.Contains([]string{"centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux"}, name), strings.Contains(name, "redhat.") && strings.Contains(last, "ubi"):
		return redhatSystem
	}
	return ""
}

// rootImages have no USER of their own (official images, docker-library); the others of debianImages neither.
var rootImages = []string{"alpine", "debian", "ubuntu", "centos", "fedora", "rockylinux", "almalinux", "amazonlinux", "oraclelinux", "busybox", "archlinux", "opensuse/leap", "opensuse/tumbleweed", "scratch"}

// userBefore is who runs a RUN: the USER in force, "root" for what amounts to it, "" where the base image decides and is not
// known to leave it at root.
func userBefore(df *source.Dockerfile, in *source.Instruction) string {
	for _, i := range slices.Backward(lineage(df, in)) {
		if i.Name == "USER" {
			return asRoot(strings.Trim(i.Rest.Text, `"'`))
		}
	}
	name, _ := nameAndTag(base(df.Stages[in.Stage]))
	if slices.Contains(rootImages, name) || slices.Contains(debianImages, name) {
		return "root"
	}
	return ""
}

func asRoot(user string) string {
	if name, _, _ := strings.Cut(user, ":"); name == "0" || name == "root" {
		return "root"
	}
	return user
}

// oldReleases are the tags of releases from before 2015, by image.
var oldReleases = map[string][]string{
	"debian": {"7", "8", "wheezy", "jessie", "squeeze", "oldoldstable"}, "ubuntu": {"10.04", "12.04", "14.04", "13.", "14.10"}, "centos": {"5", "6", "centos5", "centos6"},
	"alpine": {"2.", "3.1", "3.2"}, "phusion/baseimage": {"0.8", "0.9"},
}

// oldSystem names the base of a stage where it is a release from before 2015, whose tools do not know the flags of today: pip
// before 6, gem before 2, apk before 2.6.
func oldSystem(st *source.Stage) string {
	ref := base(st)
	name, tag := nameAndTag(ref)
	for _, v := range oldReleases[name] {
		if tag == v || strings.HasPrefix(tag, v+".") || strings.HasPrefix(tag, v+"-") || strings.HasSuffix(v, ".") && strings.HasPrefix(tag, v) || name == "phusion/baseimage" && strings.HasPrefix(tag, v) {
			return ref
		}
	}
	for _, word := range []string{"wheezy", "jessie", "trusty", "precise", "ubuntu14.04", "ubuntu12.04", "centos6"} {
		if strings.Contains(tag, word) {
			return ref
		}
	}
	return ""
}
