package dockerfile

import (
	"slices"
	"sort"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// baseSystem is what is known of an image by its name alone.
type baseSystem int

// What /bin/sh is in an image. A base that is not known may have anything, or no shell at all.
const (
	baseUnknown baseSystem = iota
	baseBusybox            // busybox ash: it replaces itself with the last command, and knows set -o pipefail
	baseDash               // Debian and Ubuntu: dash, which does neither; /bin/bash is there
	baseBash               // the Red Hat family and openSUSE: /bin/sh is bash
)

// dashImages are official images on Docker Hub whose tags without a word for another distribution stand on Debian or
// Ubuntu, and that set no SHELL: the Dockerfiles that github.com/docker-library/official-images names.
var dashImages = []string{
	"debian", "ubuntu", "buildpack-deps", "python", "node", "golang", "ruby", "php", "perl", "rust", "gcc", "httpd", "nginx",
	"redis", "postgres", "eclipse-temurin", "maven", "tomcat", "elixir", "erlang", "haskell", "julia", "pypy", "memcached",
}

// bashImages are official images in which /bin/sh is bash.
var bashImages = []string{"centos", "fedora", "rockylinux", "almalinux", "oraclelinux", "amazonlinux", "redhat/ubi8", "redhat/ubi9", "opensuse/leap", "opensuse/tumbleweed"}

// rootStage is the stage at the bottom of what a stage is built on.
func rootStage(s *source.Stage) *source.Stage {
	for s.Base != nil {
		s = s.Base
	}
	return s
}

// baseOf tells what a stage stands on.
func baseOf(s *source.Stage) baseSystem {
	repository, tag := hubName(rootStage(s).Ref)
	words := strings.FieldsFunc(tag, func(r rune) bool { return r == '-' || r == '_' })
	alpine := slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "alpine") })
	switch {
	case repository == "alpine", repository == "busybox" && !strings.Contains(tag, "glibc"):
		return baseBusybox
	case slices.Contains(bashImages, repository):
		return baseBash
	case !slices.Contains(dashImages, repository) || elsewhere(words):
		return baseUnknown
	case alpine:
		return baseBusybox
	}
	return baseDash
}

// elsewhere reports whether a word of a tag names a system that is neither Debian nor Alpine.
func elsewhere(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		for _, other := range []string{"windows", "nanoserver", "ubi", "centos", "oracle", "ol", "amazon", "al2", "fedora", "corretto", "distroless", "chiseled", "ltsc", "busybox"} {
			if strings.HasPrefix(w, other) {
				return true
			}
		}
		return false
	})
}

// hubName is the repository and tag of a reference to Docker Hub, "library" left out; "" for one to another registry.
func hubName(ref string) (repository, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		ref = strings.TrimPrefix(ref, prefix)
	}
	if host, _, found := strings.Cut(ref, "/"); found && strings.ContainsAny(host, ".:") {
		return "", ""
	}
	repository, tag, _ = strings.Cut(ref, ":")
	return repository, tag
}

// forWindows reports whether a stage is for Windows, where shells and paths are others.
func forWindows(doc *source.Document, s *source.Stage) bool {
	ref := strings.ToLower(rootStage(s).Ref)
	return s.ForWindows() || doc.Dockerfile.Escape == '`' || strings.Contains(ref, "windows") || strings.Contains(ref, "nanoserver") || strings.Contains(ref, "servercore")
}

// inChain are the instructions of a stage and of those it is built on, the lowest first, up to and without the one at
// before; all of them where before is 0. The slice may be that of the stage.
func inChain(s *source.Stage, before int) []*source.Instruction {
	own := s.Instructions
	if before > 0 {
		own = own[:sort.Search(len(own), func(i int) bool { return own[i].Start >= before })]
	}
	if s.Base == nil {
		return slices.Clip(own)
	}
	return append(inChain(s.Base, 0), own...)
}

// builtOn are the stages that are built on s, directly or not.
func builtOn(df *source.Dockerfile, s *source.Stage) []*source.Stage {
	var list []*source.Stage
	for _, other := range df.Stages {
		for b := other.Base; b != nil; b = b.Base {
			if b == s {
				list = append(list, other)
			}
		}
	}
	return list
}

// oneOf finds an instruction of one of these names.
func oneOf(list []*source.Instruction, names ...string) *source.Instruction {
	for _, in := range list {
		if slices.Contains(names, in.Name) {
			return in
		}
	}
	return nil
}

// releases are words in tags of any image that tell the distribution it stands on.
var releases = map[string]baseSystem{
	"alpine": baseBusybox, "debian": baseDash, "ubuntu": baseDash, "buster": baseDash, "bullseye": baseDash, "bookworm": baseDash,
	"trixie": baseDash, "focal": baseDash, "jammy": baseDash, "noble": baseDash,
}

// shellOf tells what /bin/sh is in a stage: by its base, a word in its tag, or the package manager that its RUNs use.
func shellOf(doc *source.Document, s *source.Stage) baseSystem {
	if b := baseOf(s); b != baseUnknown || forWindows(doc, s) {
		return b
	}
	_, tag, _ := strings.Cut(stageImage(s), ":")
	for _, w := range strings.FieldsFunc(tag, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if b := releases[w]; b != baseUnknown {
			return b
		}
	}
	for _, in := range inChain(s, 0) {
		if in.Name != "RUN" || in.JSON {
			continue
		}
		words := strings.FieldsFunc(in.Rest.Text, func(r rune) bool { return strings.ContainsRune(" \t;&|(){}", r) })
		for i, w := range words[:max(0, len(words)-1)] {
			switch next := words[i+1]; {
			case w == "apk" && (next == "add" || next == "update" || strings.HasPrefix(next, "--")):
				return baseBusybox
			case w == "apt-get" && (next == "update" || next == "install" || strings.HasPrefix(next, "-")):
				return baseDash
			case (w == "yum" || w == "dnf" || w == "microdnf" || w == "zypper") && (next == "install" || next == "update" || strings.HasPrefix(next, "-")):
				return baseBash
			}
		}
	}
	return baseUnknown
}
