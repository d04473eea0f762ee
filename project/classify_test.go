package project

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestClassify(t *testing.T) {
	const d, c = source.DockerfileKind, source.ComposeKind
	for name, want := range map[string]source.Kind{
		"Dockerfile": d, "dockerfile": d, "DOCKERFILE": d, "Containerfile": d, "a/b/Dockerfile": d,
		"Dockerfile.dev": d, "Dockerfile-dev": d, "Dockerfile_dev": d, "Dockerfile.3.12": d, "Dockerfile.original": d,
		"dev.Dockerfile": d, "dev.dockerfile": d, "a.b.containerfile": d, "Containerfile.ubi": d, "Dockerfile.windows": d,
		"compose.yaml": c, "compose.yml": c, "docker-compose.yml": c, "docker-compose.YAML": c, "docker_compose.yaml": c,
		"compose.dev.yaml": c, "compose-dev.yml": c, "docker-compose.override.yml": c, "docker-compose2.yml": c, "x/docker-compose-a.yaml": c,

		"Dockerfile~": 0, "Dockerfile.bak": 0, "Dockerfile.swp": 0, ".Dockerfile.swp": 0, "Dockerfile.orig": 0, "Dockerfile.rej": 0,
		"Dockerfile.dockerignore": 0, "dev.Dockerfile.dockerignore": 0, ".dockerignore": 0, "Dockerfile.patch": 0,
		"Dockerfile.j2": 0, "Dockerfile.in": 0, "Dockerfile-alpine.template": 0, "compose.yml.erb": 0, "docker-compose.tmpl": 0,
		"Dockerfiles": 0, "MyDockerfile": 0, "Dockerfile.": 0, "mydockerfile.txt": 0, "Dockerfile-": 0,
		"dockerfile.go": 0, "dockerfile_test.go": 0, "Dockerfile.md": 0, "dockerfile.yml": 0,
		"composer.yaml": 0, "composer.json": 0, "compose.json": 0, "compose": 0, "docker-composer.yml": 0, "decompose.yml": 0,
		"compose.yaml.bak": 0, "compose.yml~": 0, "": 0, ".": 0, "/": 0, "values.yaml": 0,
	} {
		got, ok := Classify(name)
		if ok != (want != 0) || ok && got != want {
			t.Errorf("Classify(%q) = %v, %v, want %v", name, got, ok, want)
		}
	}
}

func TestNamedTemplate(t *testing.T) {
	for name, want := range map[string]bool{
		"dockerfile.j2": true, "dockerfile.template": true, "dockerfile-alpine.template": true, "compose.yml.erb": true,
		"docker-compose.yml.tmpl.j2": true, "dev.dockerfile.in": true,
		"dockerfile": false, "nginx.conf.j2": false, "dockerfile.bak.j2": false, "compose.j2": false, ".j2": false, "": false,
	} {
		if got := namedTemplate(name); got != want {
			t.Errorf("namedTemplate(%q) = %v", name, got)
		}
	}
}

func TestSniff(t *testing.T) {
	const d, c = source.DockerfileKind, source.ComposeKind
	for text, want := range map[string]source.Kind{
		"FROM scratch": d,
		"# syntax=docker/dockerfile:1\n\nFROM a AS b\r\n": d,
		"\xef\xbb\xbfARG V=1\nARG W\nfrom a:$V\n":         d,
		"FROM --platform=$BUILDPLATFORM a as b\nRUN x\n":  d,
		"FROM a\nRUN <<EOF\nnever closed\n":               d,
		"services:\n  a:\n    image: b\n":                 c,
		"version: '3'\nservices: {a: {image: b}}\n":       c,
		`{"services": {"a": {"image": "b"}}}`:             c,
		"services:\n  a:\n    image: b\n   bad: indent\n": c,
		"from a import b\n":                               0,
		"from . import b\n":                               0,
		"FROM a b\n":                                      0,
		"FROM\n":                                          0,
		"RUN x\nFROM a\n":                                 0,
		"SELECT 1\nFROM a\n":                              0,
		"# FROM a\n":                                      0,
		"services:\n  - redis\nscript: make\n":            0,
		"a:\n  services:\n    b: {}\n":                    0,
		"services: none\n":                                0,
		"":                                                0,
		"\x00\x01\xff":                                    0,
		"\xff\xfeF\x00R\x00O\x00M\x00":                    0,
	} {
		got, ok := Sniff([]byte(text))
		if ok != (want != 0) || ok && got != want {
			t.Errorf("Sniff(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}
