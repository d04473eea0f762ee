package project

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

func TestTemplateDockerfile(t *testing.T) {
	for text, want := range map[string]string{
		"FROM {{ image }}\n":                                                   "a template, by line 1",
		"FROM a\nWORKDIR /src/{{project}}\n":                                   "a template, by line 2",
		"FROM a\nCOPY {{ x }}/ /app\n":                                         "a template, by line 2",
		"{% if x %}\nFROM a\n{% endif %}\n":                                    "a template, by line 1",
		"# c\n\n{{ if x -}}\nFROM a\n{{ end }}\n":                              "a template, by line 3",
		"FROM @BASE@\n":                                                        "a template, by line 1",
		"FROM balenalib/%%BALENA_MACHINE_NAME%%-node\n":                        "a template, by line 1",
		"FROM a:__TAG__\n":                                                     "a template, by line 1",
		"FROM a\n__INSTALL__\n":                                                "a template, by line 2",
		"FROM <%= image %>\n":                                                  "a template, by line 1",
		"FROM a\nRUN x && \\\n{% if y %}\n  z && \\\n{% endif %}\n w\n":        "a template, by line 3",
		"FROM a\nENV A\n{{ x }}\nRUN <<EOF\n":                                  "a template, by line 3", // does not parse
		"FROM a\nRUN apt-get install \\\n  b \\\n  {{ range .X }} \\\n  c\n":   "a template, by line 4",
		"FROM a\n# escape\nUSER <%= u %>\n":                                    "a template, by line 3",
		"FROM a\n#{{ if .Debug }}\nCMD q\n#{{ else }}\nCMD r\n#{{ end }}\n":    "a template, by line 2",
		"FROM a\nCMD q\n# {%- endif %}\n":                                      "a template, by line 3",
		"FROM a\nMAINTAINER {{ author }}\n":                                    "a template, by line 2",
		"FROM a\nRUN docker inspect -f '{{.State}}' x\n":                       "",
		"FROM a\nRUN docker inspect -f \\\n  {{.State}} x\n":                   "",
		"FROM a\nRUN sed -i s@FOO@BAR@ x\n":                                    "",
		"FROM a\nRUN sed -i 's/__VERSION__/1/' x\nENV __A__=1\n":               "",
		"FROM a\nENV T=\"{{ x }}\"\nLABEL a={{.b}}\nCMD [\"{{x}}\"]\n":         "",
		"FROM a\nHEALTHCHECK CMD x --format {{.y}}\n":                          "",
		"FROM a\n# {{ comment }}\nRUN x \\\n  # {% comment %}\n  y\n":          "",
		"FROM a\nCOPY <<EOF /x\n{% if y %}\n{{ z }}\nFROM {{ a }}\nEOF\nRUN x": "",
		"FROM a\nRUN <<A cat && <<-\"B\" cat\n{{ 1 }}\nA\n\t{% x %}\n\tB\n":    "",
		"FROM a\nCOPY node_modules/@babel/core /x\n":                           "",
		"FROM a\nCOPY src/__MOCKS__ /x\n":                                      "",
		"FROM ${BASE:-alpine}\nRUN echo ${#x} %PATH% %%A%%\n":                  "",
		"FROM mcr/x\nRUN msiexec ACCOUNT=%COMPUTERNAME%\\a PASSWORD=B@dP@ss\n": "",
		"": "",
	} {
		if got, _ := Template([]byte(text), source.DockerfileKind); got != want {
			t.Errorf("Template(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTemplateCompose(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  a:\n    image: {{ x }}\n":                                               "a template, by line 3",
		"services:\n  a:\n    image: \"{{ x }}/a\"\n":                                         "a template, by line 3",
		"services:\n  {{ name }}:\n    image: a\n":                                            "a template, by line 2",
		"services:\n  a:\n    image: b\n    ports:\n      - {{ p }}:80\n":                     "a template, by line 5",
		"{% for s in x %}\nservices:\n  a: {}\n":                                              "a template, by line 1",
		"services:\n<% if x %>\n  a:\n    image: b\n<% end %>\n":                              "a template, by line 2",
		"services:\n  a:\n    image: @IMAGE@\n":                                               "a template, by line 3",
		"services:\n  a:\n    image: a:%%TAG%%\n":                                             "a template, by line 3",
		"services:\n  a:\n    build: {context: \"@SRC@\"}\n":                                  "a template, by line 3",
		"services:\n  app__NAME__:\n    image: a\n":                                           "a template, by line 2",
		"services:\n  a:\n    hostname: \"{{.Service.Name}}-{{.Task.Slot}}\"\n":               "",
		"services:\n  a:\n    environment:\n      - ID={{.Task.Slot}}\n      A__B__C__D: 1\n": "",
		"services:\n  a:\n    labels:\n      traefik.rule: Host(`{{ normalize .Name }}`)\n":   "",
		"services:\n  a:\n    command: x --format '{{ .State }}'\n":                           "",
		"configs:\n  a:\n    content: |\n      {{ range .X }}\n      {% if y %}\n":            "",
		"services:\n  a:\n    # image: {{ x }}\n    image: b\n":                               "",
		"services:\n  a:\n    image: ${IMAGE:-b}\n    mem_limit: {a: {b: c}}\n":               "",
		"services:\n  a: &x\n    image: b\n  c: *x\n":                                         "",
		"- {{\n":  "a template, by line 1",
		"":        "",
		"# {{\n":  "",
		"{{":      "a template, by line 1",
		"a: 'x\n": "",
	} {
		if got, _ := Template([]byte(text), source.ComposeKind); got != want {
			t.Errorf("Template(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestGenerated(t *testing.T) {
	for text, want := range map[string]string{
		"# DO NOT EDIT\nFROM a\n": "a generated file, by line 1",
		"#\n# NOTE: THIS DOCKERFILE IS GENERATED VIA \"x.sh\"\n#\nFROM a":     "a generated file, by line 2",
		"# syntax=docker/dockerfile:1\n\n# Please do not edit it directly.\n": "a generated file, by line 3",
		"### AUTOGENERATED - please look elsewhere\r\nFROM a\r\n":             "a generated file, by line 1",
		"#+++\n#   -- automatically generated  --\n#+++\nFROM a\n":            "a generated file, by line 2",
		"# Code generated by gen; all yours\nFROM a\n":                        "a generated file, by line 1",
		"# This file was auto-generated by x\nservices: {}\n":                 "a generated file, by line 1",
		"# Generated by docker-gen 1.2\nservices: {}\n":                       "a generated file, by line 1",
		"\xef\xbb\xbf# @generated\nFROM a\n":                                  "a generated file, by line 1",
		"#This compose file is automatically generated\n":                     "a generated file, by line 1",
		"# Don't edit this file by hand\nFROM a\n":                            "a generated file, by line 1",

		"FROM a\n# DO NOT EDIT\n":                                 "",
		"# This image is generated by hand\nFROM a\n":             "",
		"# the certificates are automatically generated\nFROM a":  "",
		"# generates docs\n# Two stages: generate, serve\nFROM a": "",
		"# do not edit the version below, bump.sh does\nFROM a":   "",
		"#for vim modeline: x\n":                                  "",
		"# only edit this Dockerfile\nFROM a\n":                   "",
		"RUN echo DO NOT EDIT\n":                                  "",
		"":                                                        "",
	} {
		if got, _ := Generated([]byte(text), source.DockerfileKind); got != want {
			t.Errorf("Generated(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestGeneratedLooksAtTheHeadOnly(t *testing.T) {
	long := ""
	for range headLines {
		long += "# licence\n"
	}
	if _, ok := Generated([]byte(long+"# DO NOT EDIT\n"), source.DockerfileKind); ok {
		t.Errorf("a notice after %d lines counts", headLines)
	}
}
